"""How it ended: what was made, its digests and words, the chain head, and certificates as QR codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from textual.containers import Vertical
from textual.widget import Widget

from ceremony.canonical import sha256_hex
from ceremony.engine.notices import Artefact, Outcome
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, TooLarge, read_in
from ceremony.tui.bars import Header, Keys
from ceremony.tui.blocks import Block, Gap, Line, Pair, Para, Verbatim, clip, digest_blocks, fault_blocks
from ceremony.tui.frame import Frame
from ceremony.tui.glyphs import prose
from ceremony.tui.paper import Ink, Menu, Paper
from ceremony.tui.room import spoken
from ceremony.tui.static_code import draw_code

BESIDE = 26
"""Columns kept beside a code for its digest."""

LARGEST_FILE = 1 << 20
"""Octets; a larger file is not even read, no code could hold it."""


class FinishScreen(Frame):
    """The last screen, with the verdict on one page where the record is sealed; F2 leaves the app."""

    COMMIT = "Leave"
    HELP = "Write down the chain head, or photograph it: it fixes the whole record. Enter on a file shows its QR code."

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        with Vertical(id="body"):
            yield Paper("How it ended", self._summary(), id="paper")
            if self.outcome.artefacts:
                blocks = [ArtefactBlock(artefact) for artefact in self.outcome.artefacts]
                yield Menu("Files that were made", blocks, id="artefacts")

    def start(self) -> None:
        """See Frame."""
        self.set_focus(self.paper)
        self.say("Write down the chain head. F6: files, Enter: QR code of one, F2: leave.")

    def footer(self) -> Keys:
        """See Frame."""
        return [
            ("F1", "Help"),
            ("F2", "Leave"),
            ("F3", "Evid"),
            ("F4", "Log"),
            ("F5", "Redraw"),
            ("F6", "Files"),
            ("F9", "Read"),
            ("Enter", "QR code"),
        ]

    def _summary(self) -> list[Block]:
        outcome = self.outcome
        blocks: list[Block] = [
            Para(outcome.headline, "bad" if outcome.refused else "good" if outcome.closed else "warn")
        ]
        if not (outcome.closed or outcome.sealed):
            blocks.append(Para("The record is NOT closed and sealed.", "warn"))
        if outcome.verdict:
            blocks.append(Para(outcome.verdict))
        if outcome.fault is not None:
            blocks += [Gap(), *fault_blocks(outcome.fault), Gap()]
        page: list[Block] = [Gap(), *map(Verbatim, outcome.proof.page)] if outcome.proof is not None else []
        if outcome.refused:  # why comes first
            blocks += [*page, Gap()]
        blocks += [Pair(name, place, column=28) for name, place in outcome.made]
        blocks.append(Pair("Folder", outcome.folder, column=14, exactly=True))
        blocks += [Pair("Copies", copy, column=14, exactly=True) for copy in outcome.copies]
        blocks += digest_blocks("Chain head", outcome.head, spoken(outcome.head), column=14)
        blocks.append(Pair("Made", f"{outcome.key_generations} keys, {outcome.signatures} signatures", column=14))
        return blocks if outcome.refused else [*blocks, *page]

    def press_enter(self) -> None:
        """Enter on a file."""
        menus = self.query(Menu)
        if not menus or self.focused is not menus.first():
            self.say("F6 goes to the files; Enter there shows a QR code.")
            return
        artefact = self.outcome.artefacts[menus.first().pointed]
        self.house.push(CodeScreen(artefact, Path(self.outcome.folder) / artefact.path))

    def press_commit(self) -> None:
        """F2."""
        self.house.questions.answer(None, None)

    def press_note(self) -> None:
        """F7, F8, F10."""
        self.say("The ceremony is over. F2 leaves.")

    press_deviation = press_note
    press_leave = press_note

    def press_back(self) -> None:
        """Esc."""
        self.say("F2 leaves.")

    def aloud(self) -> str:
        """What is read aloud with F9."""
        return f"{self.outcome.headline}\n{' '.join(spoken(self.outcome.head))}"


class ArtefactBlock:
    """A file: name and size, its SHA-256, the words of its first eight octets."""

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        artefact = self._artefact
        return [
            [(clip(f"{prose(artefact.name)}  {artefact.size} bytes", width), "strong")],
            *Para(artefact.sha256, indent=2).lines(width),
            *Para(" ".join(spoken(artefact.sha256, 8)), "label", indent=2).lines(width),
        ]


class CodeScreen(Frame):
    """One file as a static QR code; the header is one line here, so that larger codes fit."""

    SHOWS_HEAD = False
    SHOWS_STATUS = False

    def __init__(self, artefact: Artefact, path: Path) -> None:
        super().__init__()
        self._artefact = artefact
        self._path = path

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        yield Code(self._artefact, self._path)

    def start(self) -> None:
        """See Frame."""
        self.query_one(Header).styles.height = 1

    def footer(self) -> Keys:
        """See Frame."""
        return [("Esc", "Back"), ("", "Scan the code, then compare SHA-256 or its words on the other side.")]

    def action_key(self, name: str) -> None:
        """Esc goes back; nothing else is here."""
        if name == "back":
            self.house.close_page(self)
        elif name == "redraw":
            self.house.redraw()

    def action_scroll_paper(self, how: str, amount: int) -> None:
        """Nothing scrolls."""


class Code(Ink):
    """The code at the left, what it is at the right; a sentence where it does not fit."""

    def __init__(self, artefact: Artefact, path: Path) -> None:
        super().__init__(id="body")
        self._artefact = artefact
        self._path = path
        self._drawn: list[Line] = []
        self._drawn_for = (0, 0)

    def line(self, y: int) -> Line:
        """See Ink."""
        size = (self.size.width, self.size.height)
        if size != self._drawn_for:
            self._drawn_for = size
            self._drawn = self._draw(*size)
        return self._drawn[y] if y < len(self._drawn) else []

    def _draw(self, width: int, height: int) -> list[Line]:
        artefact = self._artefact
        about: list[Block] = [
            Para(artefact.name, "strong"),
            Para(f"{artefact.size} bytes"),
            Gap(),
            Para("SHA-256", "label"),
            Para(" ".join(artefact.sha256[at : at + 8] for at in range(0, 64, 8))),
            Gap(),
            Para("In words", "label"),
            Para(" ".join(spoken(artefact.sha256))),
        ]
        try:
            code = draw_code(_octets(self._path, artefact.sha256), width - BESIDE, height)
        except CeremonyError as error:
            return _all([*fault_blocks(error), Gap(), *about], width)
        if isinstance(code, int):
            sentence = (
                f"The QR code of this file does not fit into this terminal: it is {code} modules wide and high, and "
                f"there are {width - BESIDE} columns and {height} rows for it. Use a larger terminal, or take the file "
                "out on a USB medium, and compare its SHA-256."
            )
            return _all([Para(sentence, "warn"), Gap(), *about], width)
        wide = len(code[0])
        beside = _all(about, width - wide - 3)
        return [[(row, "paper"), ("   ", ""), *(beside[at] if at < len(beside) else [])] for at, row in enumerate(code)]


def _all(blocks: list[Block], width: int) -> list[Line]:
    return [[(" ", ""), *line] for block in blocks for line in block.lines(max(1, width - 2))]


def _octets(path: Path, sha256: str) -> bytes:
    """The file as it is on the disk now. Raises CeremonyError where it cannot be read or is another one."""
    try:
        octets = read_in(path.parent, path.name, LARGEST_FILE)
    except TooLarge:
        octets = b""
    except NotRead as refused:
        raise CeremonyError(
            "The file cannot be read any more.",
            detail=f"{path}: {refused.reason}.",
            not_done="No code was drawn.",
            next_step="Compare the SHA-256 of your copy with the one shown here.",
            code="FILE-READ",
        ) from None
    if octets and sha256_hex(octets) != sha256:
        raise CeremonyError(
            "The file is not the one that was recorded.",
            detail=f"{path} has another SHA-256 now.",
            not_done="No code was drawn.",
            next_step="Record this as a deviation, and use a copy whose SHA-256 is the one shown here.",
            code="FILE-CHANGED",
        )
    return octets
