"""What a step may use while it is performed: the plan, the people, the record, the token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ceremony.custody.people import Person
from ceremony.engine.officiant import Line, Officiant, StepView
from ceremony.engine.tokens import Tokens
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.script.plan import Plan, PlannedStep
from ceremony.token.session import Session
from ceremony.token.stopwatch import Stopwatch
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.event import Event
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import EventData, StepDone, TokenClosed, TokenGone
from ceremony.transcript.register import Register


@dataclass(slots=True)
class Room:
    """One ceremony under way. Made by the engine; handed to each step."""

    plan: Plan
    ceremony_id: str
    officiant: Officiant
    journal: Journal
    clock: Clock
    folder: CeremonyFolder
    tokens: Tokens
    export_to: Path | None = None
    register: Register = field(default_factory=Register)
    session: Session | None = None
    """The session with the ceremony's token, while it is open."""
    certificates: dict[str, bytes] = field(default_factory=dict)
    """DER of each certificate signed so far, by name."""
    exports: list[tuple[str, Path]] = field(default_factory=list)
    """Media that received copies: name and folder."""
    planned: PlannedStep | None = None
    overrides: tuple[str, ...] = ()
    """Names of environment variables that could redirect the token module."""
    attempt: int = 1
    token_lost: bool = False
    """True from the moment the token was lost until somebody has opened it again."""
    stopwatch: Stopwatch | None = None
    """Time inside C_GenerateKeyPair and C_Sign, once a token was opened."""
    done: bool = False
    """True once the current step is recorded as done."""

    def __post_init__(self) -> None:
        self.journal.listen(self._follow)

    def record(self, data: EventData | Callable[[str], EventData], actor: str = "engine") -> Event:
        """Write an event of the current step, or a function of the chain head that makes one; it is on disk then."""
        step = self.planned.step.id if self.planned else ""
        return self.journal.append(data, step=step, attempt=self.attempt, actor=actor)

    def enter(self, planned: PlannedStep) -> None:
        """The next step begins, at its first attempt."""
        self.planned, self.attempt, self.done = planned, 1, False

    @property
    def step(self) -> PlannedStep:
        """The current step."""
        if self.planned is None:
            raise CeremonyError("No step is under way.", code="ENGINE-STEP")
        return self.planned

    @property
    def actor(self) -> Person:
        """Who acts in this step: the first of those who hold the role and are present."""
        return self._first_present(self.step.actors) or self.step.actors[0]

    @property
    def witness(self) -> Person | None:
        """Who watches this step, where the script names somebody."""
        return self._first_present(self.step.witnesses) if self.step.witnesses else None

    def _first_present(self, people: tuple[Person, ...]) -> Person | None:
        if not self.register.present:
            return people[0]  # before and during the roll-call
        return next(iter(self.those_present(people)), None)

    @property
    def view(self) -> StepView:
        """The current step as people see it."""
        return view_of(self.step)

    def open_session(self) -> Session:
        """The session with the ceremony's token, or a sentence that it is not open."""
        if self.session is None:
            raise CeremonyError(
                "The token is not open.",
                not_done="Nothing was asked of the token.",
                next_step="Do the step that opens the token first.",
                code="TOKEN-CLOSED",
            )
        return self.session

    def those_present(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Those of the people who answered the roll-call."""
        return tuple(person for person in people if person.id in self.register.present)

    @property
    def journal_closed(self) -> bool:
        """True once the last line of the record is written."""
        return self.register.state == "closed"

    def step_done(self) -> None:
        """Record that the current step ended as the script says."""
        if self.planned is not None and not self.done:
            self.record(StepDone(number=self.planned.number), actor=self.actor.id)
            self.done = True

    def lose_session(self) -> None:
        """The token went away: let go of the session, and say so in the record."""
        if self.session is not None:
            label = self.session.token.label
            self.session.close()
            self.session = None
            self.token_lost = True
            self.record(TokenGone(label=label))

    def close_session(self) -> None:
        """Log the ceremony's token out, and say so in the record. Does nothing when it is not open."""
        if self.session is not None:
            label = self.session.token.label
            self.session.close()
            self.session = None
            self.record(TokenClosed(label=label))

    def _follow(self, event: Event, data: EventData, head: str) -> None:
        self.register.apply(event.step, data)
        self.officiant.notice(Line(event.seq, event.at, event.step, event.kind, data.summary(), head))


def view_of(planned: PlannedStep) -> StepView:
    """A planned step as people see it."""
    step = planned.step
    return StepView(
        id=step.id,
        number=planned.number,
        kind=step.kind,
        section=planned.section,
        title=planned.title,
        text=step.text,
        actor=_names(planned.actors, planned.actor_role),
        witness=_names(planned.witnesses, ""),
        clauses=step.clauses,
    )


def _names(people: Iterable[Person], role: str) -> str:
    names = ", ".join(person.name for person in people)
    return f"{names} ({role})" if role and names else names
