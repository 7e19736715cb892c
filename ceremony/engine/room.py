"""What a step may use while it is performed: the plan, the people, the record, the token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ceremony.custody.people import Person
from ceremony.engine.approval_ledger import ApprovalLedger
from ceremony.engine.notices import Line, StepView
from ceremony.engine.officiant import Officiant
from ceremony.engine.strangers import refuse_strangers
from ceremony.engine.tokens import Tokens
from ceremony.engine.views import before_it, view_of
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.room.printer import CardPrinter
from ceremony.script.invariants.watch import Complaint, Watch
from ceremony.script.models import Close, RollCall
from ceremony.script.objects.base import Setting, SignedObject
from ceremony.script.plan import Plan, PlannedStep
from ceremony.script.world import World
from ceremony.token.session import Session
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Entry
from ceremony.transcript.event import Event
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import (
    Act,
    Approved,
    AskedOfTheToken,
    Attested,
    ClockJumped,
    Deed,
    EventData,
    PersonLeft,
    PersonPresent,
    PersonReturned,
    StepBegun,
    StepDone,
    TokenClosed,
    TokenGone,
)
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState


@dataclass(frozen=True, slots=True)
class Artefact:
    """A signed object: what it was built as, and its octets."""

    item: SignedObject
    octets: bytes

    @property
    def files(self) -> tuple[tuple[str, bytes], ...]:
        """Its forms: paths below the ceremony's folder, and bytes."""
        return self.item.files(self.octets)


class WouldNotBeProved(CeremonyError):
    """A line that the verifier would refuse: it was not written. A fault of the program, or of the world around it that
    nothing else has caught; the ceremony ends."""

    def __init__(self, kind: str, complaints: Sequence[Complaint]) -> None:
        super().__init__(
            "The record would not be proved with this line.",
            detail=" ".join([f"{kind}:", *(f"{item.sentence} ({item.invariant})" for item in complaints)]),
            not_done="The line was not written, and nothing was done.",
            next_step="Keep the folder of this ceremony, and find out what went wrong before another one is begun.",
            code="RECORD-REFUSED",
        )


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
    approvals: ApprovalLedger
    export_to: Path | None = None
    watch: Watch = field(init=False)
    """What holds of every line: asked before it is written."""
    session: Session | None = None
    """The session with the ceremony's token, while it is open."""
    world: World = field(default_factory=World)
    """What earlier ceremonies left and this one has made so far."""
    artefacts: dict[str, Artefact] = field(default_factory=dict)
    """What was signed so far, by name."""
    exports: list[tuple[str, Path]] = field(default_factory=list)
    """Media that received copies: name and folder."""
    planned: PlannedStep | None = None
    ending: bool = False
    """True while the ceremony is being ended early."""
    card_printer: CardPrinter | None = None
    """Where holders may have the cards of their shares printed."""
    attempt: int = 1
    under_way: bool = False
    """True from the line that begins the step to the one that ends it; what is written else belongs to no step."""
    frame: StepView | None = None
    """What is done before the step begins, as people see it, while it lasts (see `before_step`)."""

    def __post_init__(self) -> None:
        self.world = self.plan.world.copy()
        ledger = Ledger.of(self.plan.past.register, self.folder.name)
        self.watch = Watch(self.plan, CeremonyState(ledger=ledger))
        self.journal.guard(self._gate)
        self.journal.listen(self._follow)

    @property
    def state(self) -> CeremonyState:
        """What the record says so far."""
        return self.watch.state

    def look_at_clock(self) -> None:
        """At the beginning of a step and before each act in it: whether somebody set the machine's clock.

        Raises CeremonyError (CLOCK-JUMP) where one was agreed; the agreed time counts on as if nothing had happened.
        """
        seconds = self.clock.jumped()
        if seconds is None:
            return
        self.record(ClockJumped(seconds=seconds))
        if self.state.agreed_offset_seconds is None:
            return
        raise CeremonyError(
            "The machine's clock jumped.",
            detail=f"It moved by {seconds} s against its own monotonic clock, by which the agreed time counts on.",
            not_done="Nothing more was done in this step.",
            next_step="Find out who or what set the clock, and who was at it. Then try again, or end the ceremony.",
            code="CLOCK-JUMP",
        )

    def record(self, data: EventData | Callable[[str], Approved | Attested], actor: str = "engine") -> Event:
        """Write an event of the current step, or a function of the chain head that makes one; it is on disk then.

        Raises CeremonyError (APPROVAL-DIGEST) for a deed that nobody, or too few, approved here and now.
        """
        for person in {actor, getattr(data, "person", actor)} - {"engine"}:
            if not isinstance(data, PersonPresent | PersonLeft | PersonReturned) and not self._begins_the_roll(data):
                self.require_here(person)
        if self.under_way and isinstance(data, Act):
            self.look_at_clock()
            if self.session is not None and isinstance(data, AskedOfTheToken):
                refuse_strangers(self.session, self.world, self.state)
        step, attempt = (self.step.step.id, self.attempt) if self.under_way else ("", 0)
        return self.journal.append(data, step=step, attempt=attempt, actor=actor)

    def enter(self, planned: PlannedStep) -> None:
        """The next step begins, at its first attempt; in a resumed ceremony at the first after the interruption."""
        self.planned, self.under_way = planned, False
        self.attempt = self.state.attempts.get(planned.step.id, 0) + 1

    def setting(self) -> Setting:
        """What stands around the next object, at the agreed clock of this moment."""
        practice = self.plan.mode == "practice"
        return Setting(self.plan.policy, self.world.copy(), self.clock.utc(), practice, placeholders=False)

    def keep(self, artefact: Artefact) -> None:
        """Something was signed: later steps can refer to it."""
        self.artefacts[artefact.item.name] = artefact
        artefact.item.learn(self.world, artefact.octets)

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
        if not self.step.witnesses:
            return None
        witness = self._first_present(self.step.witnesses)
        if witness is None:
            self.require_here(self.step.witnesses[0].id)
        return witness

    def _first_present(self, people: tuple[Person, ...]) -> Person | None:
        if not self.state.arrived:
            return people[0]  # before and during the roll-call
        return next(iter(self.those_present(people)), None)

    def require_here(self, person: str) -> None:
        """Raises CeremonyError (PRESENCE-LEFT) where the person is not in the room, once somebody answered the roll."""
        if not self.state.arrived or person in self.state.present:
            return
        name = self.plan.people[person].name if person in self.plan.people else person
        raise CeremonyError(
            "Somebody who is not in the room cannot do this.",
            detail=f"By the record, {name} is not here.",
            not_done="It was not done, and does not count.",
            next_step="Wait for them; the step goes on when they are back. Or end the ceremony in good order (F10).",
            code="PRESENCE-LEFT",
        )

    def _begins_the_roll(self, data: object) -> bool:
        """Whether a roll is called, which finds out who is here: also after one that too few answered."""
        return isinstance(data, StepBegun) and isinstance(self.step.step, RollCall)

    @property
    def view(self) -> StepView:
        """The current step as people see it, or what is done before it: who acts is who is here, once the roll was
        called."""
        if self.frame is not None:
            return self.frame
        view = view_of(self.step, self.state.present)
        return replace(view, title="The ceremony ends early", text="") if self.ending else view

    @contextmanager
    def before_step(self, title: str, text: str, actor: str = "") -> Iterator[None]:
        """For the block people see what this is, and not the step that has not begun; `actor` is who acts there,
        where it is not who acts in the step."""
        outer = self.frame
        self.frame = before_it(self.view, title, actor or self.view.actor, text)
        try:
            yield
        finally:
            self.frame = outer

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
        return tuple(person for person in people if person.id in self.state.present)

    @property
    def journal_closed(self) -> bool:
        """True once the last line of the record is written."""
        return self.state.ending is not None

    def step_done(self) -> None:
        """Record that the current step ended as the script says."""
        if self.planned is not None and self.planned.step.id not in self.state.steps_done:
            self.record(StepDone(number=self.planned.number), actor=self.actor.id)
            self.under_way = isinstance(self.planned.step, Close)  # which the last line belongs to

    def lose_session(self) -> None:
        """The token went away: let go of the session, and say so in the record."""
        if self.session is not None:
            label = self.session.token.label
            self.session.close()
            self.session = None
            self.record(TokenGone(label=label))

    def close_session(self) -> None:
        """Log the ceremony's token out, and say so in the record. Does nothing when it is not open."""
        if self.session is not None:
            label = self.session.token.label
            self.session.close()
            self.session = None
            self.record(TokenClosed(label=label))

    def learn(self, entry: Entry) -> None:
        """Take in what the record says: a line just written, or one from before an interruption."""
        self.watch.take(entry)
        self.world.learn(self.state)

    def _gate(self, entry: Entry) -> None:
        """Before a line is written, by whatever road: a deed is approved, or it is not announced; and the line is one
        that the verifier would not refuse."""
        event, data = entry.event, entry.data
        if isinstance(data, Deed):
            self.approvals.require(data, event.step, event.attempt, self.state.present, self.clock.utc())
        complaints = self.watch.refuses(entry)
        if complaints:
            raise WouldNotBeProved(event.kind, complaints)

    def _follow(self, event: Event, data: EventData, head: str) -> None:
        self.learn(Entry(event, data))
        self.approvals.hear(event, data)  # those from before an interruption serve nothing: only new lines are told
        self.officiant.notice(Line(event.seq, event.at, event.step, event.kind, data.summary(), head))
