"""What the screens show of the ceremony: changed by the officiant's messages, on the app's thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ceremony.engine.notices import (
    AgreedClock,
    Earlier,
    InRoom,
    Line,
    Notice,
    Outcome,
    Overview,
    People,
    StepChange,
    StepState,
    StepView,
)
from ceremony.tui.launcher import Mode

STATE_MARKS: dict[StepState, str] = {
    "todo": "[ ]",
    "doing": "[>]",
    "done": "[x]",
    "deviated": "[!]",
    "failed": "[!]",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that people entered or stated, for the page of F3. Never a secret."""

    step: StepView
    name: str
    value: str


@dataclass(slots=True)
class Room:
    """The ceremony as it stands."""

    mode: Mode
    clock: Callable[[], datetime]
    """The clock that dates what is signed, UTC: the machine's until people agree it, the agreed one from then on."""
    overview: Overview | None = None
    states: dict[str, StepState] = field(default_factory=dict)
    step: StepView | None = None
    record: list[Line] = field(default_factory=list)
    before: int = 0
    """How many of its lines were written before an interruption."""
    evidence: list[Evidence] = field(default_factory=list)
    offset_seconds: int | None = None
    """What people agreed to add to the machine's clock; None until they have. `clock` has it in it already."""
    outcome: Outcome | None = None
    people: tuple[InRoom, ...] = ()
    """Everybody of the script, and whether they are in the room; empty until the roll is called."""

    def begin(self, overview: Overview) -> None:
        """The ceremony's record is open."""
        self.overview = overview
        self.mode = overview.mode
        self.states = {step.id: "todo" for step in overview.steps}

    def take(self, notice: Notice) -> None:
        """Something changed."""
        match notice:
            case StepChange():
                self.states[notice.step_id] = notice.state
                if notice.state == "doing" and self.overview is not None:
                    self.step = next((step for step in self.overview.steps if step.id == notice.step_id), self.step)
            case Line():
                self.record.append(notice)
            case Earlier():
                self.record = list(notice.lines)
                self.before = len(notice.lines)
            case AgreedClock():
                self.offset_seconds = notice.offset_seconds
            case People():
                self.people = notice.people

    @property
    def steps(self) -> tuple[StepView, ...]:
        """All steps of the script."""
        return self.overview.steps if self.overview is not None else ()

    @property
    def here(self) -> tuple[InRoom, ...]:
        """Those who are in the room now."""
        return tuple(person for person in self.people if person.where == "here")

    @property
    def head(self) -> str:
        """The chain head, hex; empty where nothing is recorded yet."""
        return self.record[-1].head if self.record else ""

    def moment(self) -> datetime:
        """What the clock says now."""
        return self.clock()

    def clock_text(self) -> str:
        """The clock as the header shows it."""
        return self.moment().strftime("%Y-%m-%d %H:%M:%SZ")


def spoken(hexadecimal: str, octets: int | None = None) -> tuple[str, ...]:
    """PGP words of a hex digest, of its first `octets` where given; nothing where it is not hex."""
    from ceremony.words import words

    try:
        data = bytes.fromhex(hexadecimal)
    except ValueError:
        return ()
    return words(data[:octets])
