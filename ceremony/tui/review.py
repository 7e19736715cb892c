"""Everything about bytes that are to be signed, in four parts; each must be seen to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget

from ceremony.engine.questions import FieldRow as Row
from ceremony.engine.questions import Review
from ceremony.tui.bars import Keys
from ceremony.tui.blocks import Block, Columns, Gap, Para, Verbatim, digest_blocks, finding_blocks
from ceremony.tui.frame import Frame
from ceremony.tui.glyphs import prose
from ceremony.tui.paper import Note, Paper

PARTS = ("Fields", "Findings", "Raw", "Digest")
_WIDTHS = (20, 28, 28)
_COLUMNS = Columns(("Field", "Policy wants", "Will be signed"), _WIDTHS, style="label")


class ReviewScreen(Frame):
    """Space pages through all four parts; F2 goes on when everything was on the screen."""

    COMMIT = "Seen"
    HELP = (
        "Left and Right change the part, Space and PgDn page on. Each part must be seen to its end before F2 works. "
        "Fields compares what the policy wants with what the bytes say: = means equal, != means different."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "part(1)", show=False),
        Binding("left", "part(-1)", show=False),
        *(Binding(str(number + 1), f"go({number})", show=False) for number in range(len(PARTS))),
        Binding("space", "next_page", show=False),
    ]

    def __init__(self, request: Review) -> None:
        super().__init__()
        self.request = request
        self._part = 0
        self._papers: list[Paper] = []

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        self._papers = [
            ReviewPaper(title, blocks, id=f"part-{at}", on_seen=self._count, sticky=_COLUMNS if at == 0 else None)
            for at, (title, blocks) in enumerate(zip(PARTS, self._contents(), strict=True))
        ]
        with Vertical(id="body"):
            yield Note(self._summary(), id="summary")
            yield Note(id="parts")
            yield from self._papers

    def start(self) -> None:
        """See Frame."""
        self.action_go(0)

    @property
    def paper(self) -> Paper:
        """See Frame."""
        return self._papers[self._part]

    @property
    def complete(self) -> bool:
        """Whether each part was seen to its end."""
        return all(paper.seen >= len(paper.blocks) for paper in self._papers)

    def _contents(self) -> list[list[Block]]:
        review = self.request
        digest: list[Block] = [
            Para("SHA-256 of exactly the bytes that would be signed.", "label"),
            Para("Read it aloud; others compare it with what they wrote down."),
            Gap(),
            *digest_blocks("Hex", review.digest, (), column=10),
            Para(" ".join(review.digest_words), "strong", lead="In words  "),
            Gap(),
            Para(f"{review.size} bytes."),
        ]
        return [
            [_row(row) for row in review.rows] or [Para("The policy names no fields for this.")],
            finding_blocks(review.findings) or [Para("No findings.", "good")],
            [Verbatim(line) for line in review.dump.rstrip("\n").split("\n")],
            digest,
        ]

    def _summary(self) -> list[Block]:
        different = sum(1 for row in self.request.rows if not row.equal)
        blocking = sum(1 for finding in self.request.findings if finding.severity.blocks)
        blocks: list[Block] = [Para(f"To be signed: {self.request.title}", "strong")]
        if different:
            text = f"{different} of {len(self.request.rows)} fields are NOT what the policy wants."
            blocks.append(Para(text, "warn"))
        if blocking:
            blocks.append(Para(f"{blocking} findings are errors.", "bad"))
        return blocks

    # -- moving ---------------------------------------------------------------------------------------------------

    def action_go(self, part: int) -> None:
        """Show a part."""
        self._part = part
        for at, paper in enumerate(self._papers):
            paper.display = at == part
        self.set_focus(self.paper)
        self._count()

    def action_part(self, by: int) -> None:
        """To the next part or the one before."""
        self.action_go((self._part + by) % len(PARTS))

    def action_next_page(self) -> None:
        """On by a page; from the end of a part to the next one."""
        if not self.paper.at_end:
            self.paper.action_page(1)
        elif self._part + 1 < len(PARTS):
            self.action_go(self._part + 1)
        elif not self.complete:
            self.action_go(next(at for at, paper in enumerate(self._papers) if paper.seen < len(paper.blocks)))

    def _count(self) -> None:
        cells = []
        for at, (title, paper) in enumerate(zip(PARTS, self._papers, strict=True)):
            whole = len(paper.blocks)
            mark = "[x]" if paper.seen >= whole else "[ ]"
            name = f">{at + 1} {title} " if at == self._part else f" {at + 1} {title} "
            cells.append(f"{mark}{name}{paper.seen}/{whole}")
        self.query_one("#parts", Note).put([Para("  ".join(cells), "label")])
        if self.complete:
            self.say("EVERYTHING WAS SEEN. F2 goes on to the approval.")
        else:
            here = f"{PARTS[self._part]} {self.paper.seen}/{len(self.paper.blocks)} seen"
            self.say(f"READ EACH PART TO ITS END: {here}. Space pages on.")
        self.show_keys()

    # -- keys -----------------------------------------------------------------------------------------------------

    def footer(self) -> Keys:
        """See Frame."""
        return [pair for pair in super().footer() if pair[0] != "F2" or self.complete]

    def press_commit(self) -> None:
        """F2."""
        if self.complete:
            self.house.questions.answer(None, None)
            return
        parts = zip(PARTS, self._papers, strict=True)
        left = [title for title, paper in parts if paper.seen < len(paper.blocks)]
        self.say(f"F2 is off. Not yet seen to the end: {', '.join(left)}.")

    def aloud(self) -> str:
        """What is read aloud with F9."""
        return f"{prose(self.request.title)}\n{' '.join(self.request.digest_words)}"


class ReviewPaper(Paper):
    """A part; Space belongs to the screen, so that it goes on to the next part."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "screen.next_page", show=False)]


def _row(row: Row) -> Block:
    mark = "=" if row.equal else "!="
    return Columns((row.name, row.wanted, row.found), _WIDTHS, mark, "" if row.equal else "warn")
