"""Pages that are only read and that Esc closes: help, evidence, the record, the read-aloud view."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.engine.notices import StepView
from ceremony.tui.bars import Keys
from ceremony.tui.big import Big
from ceremony.tui.blocks import Block, Gap, Pair, Para, digest_blocks
from ceremony.tui.frame import Frame
from ceremony.tui.room import Room, spoken

KEY_HELP = (
    ("F1", "this page"),
    ("F2", "done, or commit what was typed"),
    ("F3", "evidence: everything entered so far"),
    ("F4", "the record, line by line"),
    ("F5", "draw the screen again"),
    ("F6", "move between the steps and the question"),
    ("F7", "a note for the record; F7 once more: people come and go, a break"),
    ("F8", "a deviation from the script, and who concurs"),
    ("F9", "large clock, and the text to read aloud"),
    ("F10", "abort the ceremony"),
    ("Tab", "next field; Up, Down, PgUp, PgDn scroll"),
    ("Enter", "next field; it never commits"),
    ("Esc", "closes a page; it never leaves the ceremony"),
)

KIND_HELP = {
    "roll-call": "Each person named answers to the name and shows a paper; the others agree that it is that person.",
    "attest": "A statement is read aloud and a person makes it by typing a word.",
    "record": "Numbers and names that only people can see are typed in and read back.",
    "compare-clock": "The clock of this machine is compared with one that everybody can see. It dates what is signed.",
    "open-token": "The token is found by its label and serial number, and opened with a PIN, or with enough shares.",
    "renew-pins": "The token gets new PINs, and new holders their cards. Every card from before is worthless then.",
    "generate-key": "The token makes a key pair inside itself. The private key never leaves it.",
    "self-sign": "A certificate that a key signs for itself is reviewed, approved by its digest, and signed.",
    "issue": "A certificate is reviewed, approved by its digest, and signed by the key of its issuer.",
    "review-inventory": "What the token holds is compared with what the record says it must hold.",
    "export": "Certificates are copied to a medium and read back. Private keys are never copied.",
    "close": "The token is logged out and the record is sealed.",
}


class PageScreen(Frame):
    """Something to read."""

    def __init__(self, title: str, blocks: Sequence[Block], *, at_end: bool = False) -> None:
        super().__init__()
        self._heading = title
        self._content = list(blocks)
        self._at_end = at_end

    def start(self) -> None:
        """See Frame."""
        self.paper.put(self._content, self._heading)
        self.set_focus(self.paper)
        self.say("Esc goes back.")
        if self._at_end:
            self.call_after_refresh(self._to_end)

    def _to_end(self) -> None:
        while not self.paper.at_end:
            self.paper.action_page(1)

    def footer(self) -> Keys:
        """See Frame."""
        keys: Keys = [("Esc", "Back"), ("PgUp", "Up"), ("PgDn", "Down"), ("F5", "Redraw")]
        return [*keys, ("F10", "Abort")] if self.room.overview is not None and self.room.outcome is None else keys

    def press_back(self) -> None:
        """Esc."""
        self.house.close_page(self)

    def press_commit(self) -> None:
        """F2."""
        self.say("This page is only read. Esc goes back.")

    press_help = press_commit
    press_evidence = press_commit
    press_record = press_commit
    press_note = press_commit
    press_deviation = press_commit
    press_aloud = press_commit
    press_enter = press_commit


class AloudScreen(PageScreen):
    """A large clock, and the text spaced for a reader."""

    def __init__(self, room: Room, text: str) -> None:
        super().__init__("Read aloud", [])
        self._from = room
        self._text = text

    def start(self) -> None:
        """See Frame."""
        super().start()
        self.tick()

    def tick(self) -> None:
        """See Frame."""
        super().tick()
        moment = self._from.moment()
        agreed = "agreed clock, UTC" if self._from.offset_seconds is not None else "machine clock, UTC, not agreed"
        blocks: list[Block] = [
            Big(moment.strftime("%H:%M:%S")),
            Para(f"{moment:%Y-%m-%d}  {agreed}", "label"),
            Gap(),
        ]
        for line in self._text.split("\n"):
            blocks += [Spaced(line), Gap()]
        self.paper.put(blocks, keep=True)


class Spaced(Para):
    """A paragraph with an empty line after each line."""

    __slots__ = ()

    def lines(self, width: int) -> list[list[tuple[str, str]]]:
        """See Block."""
        spaced: list[list[tuple[str, str]]] = []
        for line in Para(self.text, "strong", indent=2).lines(min(width - 2, 90)):
            spaced += [line, []]
        return spaced


def help_page(step: StepView | None, here: str) -> list[Block]:
    """Help for this step and this screen, then all keys."""
    blocks: list[Block] = []
    if step is not None:
        blocks.append(Para(step.heading, "strong"))
        if step.before and step.text:
            blocks.append(Para(step.text))
        elif step.kind in KIND_HELP:
            blocks.append(Para(KIND_HELP[step.kind]))
    if here:
        blocks.append(Para(here))
    blocks += [Gap(), *(Pair(key, text, column=8, style="") for key, text in KEY_HELP)]
    return blocks


def evidence_page(room: Room) -> list[Block]:
    """Everything that people entered or stated so far."""
    blocks: list[Block] = []
    step: StepView | None = None
    for item in room.evidence:
        if step is None or item.step.heading != step.heading:
            step = item.step
            blocks += [Gap(), Para(step.heading, "label")]
        blocks.append(Pair(item.name, item.value, column=28, exactly=True))
    return blocks[1:] or [Para("Nothing has been entered yet.")]


def record_page(room: Room) -> list[Block]:
    """The record so far, each line with its own digest, then the chain head in full.

    Of a ceremony that goes on, the lines from before the interruption stand apart.
    """
    blocks: list[Block] = []
    for number, line in enumerate(room.record):
        if room.before and number in {0, room.before}:
            blocks.append(Para("AFTER THE INTERRUPTION" if number else "BEFORE THE INTERRUPTION", "label"))
        text = f"{line.at[11:]}  {line.step}  {line.kind}  {line.summary}  {line.head[:8]}"
        blocks.append(Para(text, lead=f"{line.seq:>4}  "))
    if not blocks:
        return [Para("The record is empty.")]
    return [*blocks, Gap(), *digest_blocks("Chain head", room.head, spoken(room.head), column=14)]
