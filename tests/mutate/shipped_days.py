"""Days of the shipped policies: whole lives in production, a rehearsal, and a hard day.

Each function leaves `archive/` and `softhsm/` in its folder. The own tokens of all people stay, with one PIN.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ceremony.cli.planning import compiled
from ceremony.engine.answers import load_answers
from ceremony.engine.practice import ShownSecrets, practice_tokens
from ceremony.engine.questions import ApprovalRequest, Choice, Confirmation, Form, SecretRequest, WordsRequest
from ceremony.engine.unattended import Remark
from ceremony.room.clock import FixedClock
from ceremony.secret import Secret
from tests.house.people import slipped
from tests.resume.killed import Named
from tests.shipped import hold_life
from tests.shipped.hold_life import Copying, Life, alone

LATER = timedelta(minutes=30)
"""How long after its rehearsal a ceremony begins on the other days."""
DAY = datetime(2027, 3, 2, 8, tzinfo=UTC)


class Walking(FixedClock):
    """A clock that goes on a little whenever it is read."""

    def utc(self) -> datetime:
        self.advance(0.4)
        return super().utc()


class Days(Life):
    """A life in which time passes."""

    clock = Walking


class Slipping(Copying):
    """Types a share wrong, once."""

    slipped = False

    def secret_words(self, request: WordsRequest) -> Secret | None:
        words = super().secret_words(request)
        if words is None or self.slipped:
            return words
        self.slipped = True
        return Secret(slipped(words.reveal()))

    def choose(self, choice: Choice) -> str:
        return "again" if "again" in {option.name for option in choice.options} else super().choose(choice)


class Troubled(Copying):
    """Plays the answers, and has a hard day: each thing goes wrong once, in one run or in one that goes on with it."""

    gone_wrong: Path
    _tell: Remark

    def once(self, what: str) -> bool:
        """Whether it did not happen before."""
        path = self.gone_wrong / what.replace("/", "-")
        new = not path.exists()
        path.touch()
        return new

    def bind_remarks(self, callback: Remark) -> None:
        self._tell = callback
        super().bind_remarks(callback)

    def confirm(self, confirmation: Confirmation) -> bool:
        step = confirmation.step.id
        if step == "read-purpose" and self.once("declined"):
            self._tell("note", {"text": "The purpose was not read aloud to its end."})
            return False
        if step == "machine-is-alone" and self.once("deviation"):
            self._tell(
                "deviation",
                {
                    "expected": "A laptop without a camera.",
                    "happened": "It has one.",
                    "decided": "It was taped over.",
                    "decided_by": "Rini Wulandari",
                    "raised_by": "agus",
                    "clauses": "CPS 6.5.1",
                    "asked": " ".join(self._people),
                    "dissent:yohanes": "Tape can be taken off.",
                },
            )
        if step == "auditor-statement" and self.once("jump"):
            self._clock.set_wall(self._clock.machine_utc() + timedelta(hours=1))
        return super().confirm(confirmation)

    def approve(self, request: ApprovalRequest) -> bool:
        return super().approve(request) and not (request.step.id == "sign-root-r1" and self.once("refused"))

    def secret(self, request: SecretRequest) -> Secret:
        if request.name == "credential-pin:OWN-DEWI" and self.once(request.name):
            return Secret("mistyped")
        return super().secret(request)

    def record(self, form: Form) -> dict[str, str]:
        for blank in form.blanks:
            if blank.name == "heads" and blank.check is not None:
                heads = next(number for number in map(str, range(1, 9)) if blank.check(number) is None)
                self._answers.answers.steps[form.step.id].fields["heads"] = heads
        return super().record(form)

    def choose(self, choice: Choice) -> str:
        names = {option.name for option in choice.options}
        if "dissent" in names and "Yohanes" in f"{choice.title} {choice.step.actor}":
            return "dissent"
        if "discard" in names and "root-e1" in choice.title:
            return "discard"
        if "try-again" in names:
            return "try-again"
        return super().choose(choice)


MOVES = {
    "roll-call": {"absent": ["siti", "bambang"]},
    "room-is-fit": {
        "moves": [{"kind": "entered", "person": "bambang"}, {"kind": "break", "reason": "Midday prayer."}],
        "fields": {"sealed": "The laptop, in BAG-000301.", "bags": "Whole."},
    },
    "clock": {"moves": [{"kind": "left", "person": "dewi", "reason": "Looks for the key of the cabinet."}]},
    "open-token": {
        "moves": [{"kind": "left", "person": "bambang", "reason": "Called away."}],
        "meanwhile": [{"kind": "returned", "person": "dewi"}],
    },
    "sign-root-e1": {"moves": [{"kind": "returned", "person": "bambang"}]},
    "close": {"fields": {"words": "The tape worries me still."}},
}
"""Who comes and goes on the hard day, beside what the answers say."""

CUT = (
    "after the line token-opened",
    "after the line key-intended",
    "before the line key-made",
    "within the line signed",
    "before the line key-made",
    "",
)
"""Where each run of the hard day is cut short; the last is not."""


class HardDay(Days):
    """One day of the demonstration on which all goes wrong that can, and comes to its close."""

    officiant = Troubled

    def hold_in_pieces(self, name: str) -> None:
        """One run after another, each killed at its point."""
        Troubled.gone_wrong = self.folder / "gone-wrong"
        Troubled.gone_wrong.mkdir()
        for number, point in enumerate(CUT):
            if not self._killed(name, DAY + timedelta(hours=number), point):
                return
        sys.exit("The hard day did not come to its close.")

    def _killed(self, name: str, moment: datetime, point: str) -> bool:
        child = os.fork()
        if not child:
            if point:
                Named(point).install()
            self.hold(name, moment)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code > 0:
            sys.exit(code)
        return code < 0


def lived(folder: Path, ca: str, days: int | None = None) -> None:
    """The first days of a shipped CA, each rehearsed and then performed."""
    life = Days(folder, ca)
    life.officiant = Slipping if ca == "demo" else Copying
    life.warm_up()
    alone(life.credentials, life.days[0][1])
    for name, moment in life.days[:days]:
        alone(life.rehearse, name, moment)
        life.kept = alone(life.hold, name, moment + LATER)


def troubled(folder: Path) -> None:
    """The demonstration in production, on a hard day."""
    life = HardDay(folder, "demo")
    life.days = (("root-generation", DAY),)
    answers = life.ca / "answers" / "root-generation.yaml"
    said = hold_life.yaml.safe_load(answers.read_text("utf-8"))
    for step, more in MOVES.items():
        said["steps"].setdefault(step, {}).update(more)
    answers.write_text(hold_life.yaml.safe_dump(said), "utf-8")
    life.warm_up()
    alone(life.credentials, DAY)
    life.hold_in_pieces("root-generation")


def rehearsed(folder: Path) -> None:
    """The demonstration rehearsed; everybody's practice token stays."""
    life = Days(folder, "demo")

    def rehearse() -> None:
        clock = Walking(DAY)
        plan = compiled(life._script("root-generation"), "practice", clock, str(life.archive)).plan
        answers = load_answers(life._answers("root-generation"))
        with practice_tokens(plan, kept=folder / "softhsm") as tokens:
            life._perform(plan, answers, tokens, ShownSecrets(), clock)

    alone(rehearse)
