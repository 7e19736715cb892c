"""Before a ceremony: choose a script, then see what it would do."""

from __future__ import annotations

from collections.abc import Iterator

from textual.containers import Vertical
from textual.widget import Widget

from ceremony.errors import CeremonyError
from ceremony.tui.asks import Ask
from ceremony.tui.bars import Keys
from ceremony.tui.big import Big
from ceremony.tui.blocks import Block, Gap, Line, Pair, Para, clip, digest_blocks, fault_blocks, finding_blocks
from ceremony.tui.frame import Frame
from ceremony.tui.glyphs import prose
from ceremony.tui.launcher import ArchiveView, PlanView, ScriptChoice
from ceremony.tui.paper import Menu, Note, Paper
from ceremony.tui.room import spoken


class Outside(Frame):
    """A screen outside a ceremony: nothing is open, so F10 leaves at once."""

    SHOWS_HEAD = False
    HELP = ""

    def footer(self) -> Keys:
        """See Frame."""
        commit: Keys = [("F2", self.COMMIT)] if self.COMMIT else []
        return [("F1", "Help"), *commit, ("F5", "Redraw"), ("F10", "Leave")]

    def press_leave(self) -> None:
        """F10."""
        self.house.leave()

    def press_back(self) -> None:
        """Esc."""
        self.say("F10 leaves.")

    def press_evidence(self) -> None:
        """F3, F4, F7, F8, F9."""
        self.say("This key works in a ceremony.")

    press_record = press_evidence
    press_note = press_evidence
    press_deviation = press_evidence
    press_aloud = press_evidence


class PickScreen(Outside):
    """The scripts there are; Enter opens one. Nothing begins here."""

    HELP = "Up and Down point at a script, Enter opens it. Opening only reads: nothing is made or signed yet."

    def __init__(self) -> None:
        super().__init__()
        self._choices: list[ScriptChoice] = []

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        yield Menu("Choose a ceremony script", id="paper")

    def start(self) -> None:
        """See Frame."""
        self.say("Looking for scripts. Please wait.")
        self.call_after_refresh(self.house.jobs.list_scripts, self)  # the first picture does not wait for it

    def show_scripts(self, found: list[ScriptChoice] | CeremonyError) -> None:
        """The scripts were found, or could not be read."""
        if isinstance(found, CeremonyError):
            self.paper.put(fault_blocks(found), "No script can be shown")
            self.say("F10 leaves.")
        elif not found:
            self.paper.put([Para("There is no ceremony script here.", "warn")])
            self.say("F10 leaves.")
        else:
            self._choices = found
            self.paper.put([ChoiceBlock(choice) for choice in found])
            self.say("Up and Down point at a script, Enter opens it.")
        self.set_focus(self.paper)

    def footer(self) -> Keys:
        """See Frame."""
        return [("F1", "Help"), ("Enter", "Open"), ("F5", "Redraw"), ("F10", "Leave")]

    def press_enter(self) -> None:
        """Enter."""
        paper = self.paper
        if not self._choices or not isinstance(paper, Menu):
            return
        choice = self._choices[paper.pointed]
        if choice.problem:
            self.say(choice.problem)
        else:
            self.house.open_preflight(choice.path)

    def press_commit(self) -> None:
        """F2."""
        self.say("Enter opens the script that > points at.")

    def press_move(self) -> None:
        """F6."""


class ChoiceBlock:
    """A script: title, authority and file, digest and words, and what is wrong with it."""

    def __init__(self, choice: ScriptChoice) -> None:
        self._choice = choice

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        choice = self._choice
        lines: list[Line] = [
            [(clip(prose(choice.title), width), "strong")],
            [(clip(f"  {prose(choice.ca)}   {prose(choice.path)}", width), "")],
        ]
        if choice.sha256:
            lines.append([(clip(f"  {choice.sha256[:16]}  {prose(choice.words)}", width), "label")])
        if choice.problem:
            lines += Para(choice.problem, "bad", indent=2, lead="! ").lines(width)
        return [*lines, []]


class PreflightScreen(Outside):
    """What the script would do, in plain words; F2 begins it, and only where the plan has no errors."""

    HELP = (
        "The plan was worked out without a token, and the ceremonies before this one were proved. Compare the words of "
        "the last head with what people took home. F2 says that they agree, and begins the ceremony. Nothing is made "
        "or signed before that."
    )

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.plan: PlanView | None = None
        self.archive: ArchiveView | None = None
        self._started = False

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        with Vertical(id="body"):
            yield Note([Gap(), Big(self.room.mode.upper()), Gap()], id="banner")
            yield Paper("Plan", [Para("Reading and checking the script. Please wait.")], id="paper")

    def start(self) -> None:
        """See Frame."""
        self.set_focus(self.paper)
        self.say("Reading and checking the script. Please wait.")
        self.house.jobs.compute_plan(self)

    @property
    def ready(self) -> bool:
        """Whether F2 may begin the ceremony."""
        return self.plan is not None and self.plan.ok and self.archive is not None and not self._started

    def footer(self) -> Keys:
        """See Frame."""
        keys: Keys = [("F1", "Help"), ("Esc", "Back"), ("F5", "Redraw"), ("F10", "Leave")]
        return [("F1", "Help"), ("F2", "Begin the ceremony"), *keys[1:]] if self.ready else keys

    def show_plan(self, plan: PlanView) -> None:
        """The plan is there; what came before is proved next, where it can be started at all."""
        self.plan = plan
        self._lay_out(plan)
        if plan.ok:
            self.say("Proving the ceremonies before this one. Please wait; the plan can be read.")
            self.house.jobs.prove_archive(self)
        else:
            self.say("NOT READY: this cannot be started.")

    def show_archive(self, archive: ArchiveView) -> None:
        """The earlier ceremonies are proved."""
        self.archive = archive
        if self.plan is not None:
            self._lay_out(self.plan)
        compare = "Compare the words above with your receipts, read the plan; then F2 begins."
        self.say(compare if len(archive.lines) > 1 else "Read the plan to its end; then F2 begins.")

    def _lay_out(self, plan: PlanView) -> None:
        problems = finding_blocks(plan.findings)
        blocks: list[Block] = []
        if not (plan.lines and plan.lines[0].startswith(plan.title)):
            blocks += [Para(plan.title, "strong"), Gap()]
        if not plan.ok:
            blocks += [Para("This cannot be started. The findings say why.", "bad"), *problems, Gap()]
        if plan.ok:
            blocks += self._earlier()
        blocks += [Para(line) if line.strip() else Gap() for line in plan.lines]
        blocks += [Gap(), Pair("Keys to make", str(plan.key_generations)), Pair("Signatures", str(plan.signatures))]
        for name, digest in (
            ("Plan", plan.plan_sha256),
            ("Policy", plan.policy_sha256),
            ("Script", plan.script_sha256),
        ):
            blocks += digest_blocks(f"{name} SHA-256", digest, spoken(digest, 8))
        if plan.ok:
            blocks += [Gap(), Para("Findings", "label"), *(problems or [Para("None.", "good")])]
        self.paper.put(blocks, f"Plan, {plan.mode}")
        self.show_keys()

    def _earlier(self) -> list[Block]:
        """What is said of the archive, above the plan."""
        if self.archive is None:
            return [Para("The ceremonies before this one are being proved.", "label"), Gap()]
        return [
            *(Para(line, "strong", lead="  ") for line in self.archive.lines),
            *(Para(line, "warn", lead="! ") for line in self.archive.warnings),
            Gap(),
        ]

    def show_fault(self, error: CeremonyError, *, doing: str = "The script cannot be opened") -> None:
        """The plan could not be made, or the ceremony could not be opened."""
        self._started = False
        self.plan = self.archive = None
        self.paper.put(fault_blocks(error), doing)
        self.show_keys()
        self.say("NOT READY. Esc goes back, F10 leaves.")

    def press_commit(self) -> None:
        """F2."""
        if self.ready:
            self._started = True
            self.show_keys()
            self.say("Opening the ceremony. Please wait.")
            self.house.jobs.start_ceremony(self)
        elif self._started:
            self.say("Opening the ceremony. Please wait.")
        else:
            waits = self.plan is None or (self.plan.ok and self.archive is None)
            self.say("F2 is off: please wait." if waits else "F2 is off: this cannot be started.")

    def press_back(self) -> None:
        """Esc: back to the scripts, where the app began there."""
        if self._started:
            self.say("The ceremony is being opened. Please wait.")
        elif not self.house.back_to_picker(self):
            self.say("F10 leaves.")

    def press_leave(self) -> None:
        """F10."""
        if self._started:
            self.say("The ceremony is being opened. Please wait.")
        else:
            super().press_leave()


class LastWords(Ask):
    """A fault after which the app can only be left."""

    VERB = "Leave"
    TITLE = "The ceremony has ended"
    HELP = "Read this to its end. F2 leaves."

    def __init__(self, error: CeremonyError) -> None:
        super().__init__(None)
        self.error = error

    def page(self) -> list[Block]:
        """See Ask."""
        return fault_blocks(self.error)

    def waiting(self) -> str:
        """See Ask."""
        return "Read this to its end. F2 leaves."
