"""How far a ceremony has come: its steps and their attempts, remarks, what was announced and not done, its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ceremony.transcript import kinds
from ceremony.transcript.event import Event

About = tuple[str, str]
"""What an intent and its outcome are about: a kind of thing, and which."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Something that was announced, in words: what it is, and what is not known of it."""

    what: str
    said: str
    line: Event
    lasting: bool

    @property
    def named(self) -> kinds.Named:
        """As the line of a resumption tells it."""
        return kinds.Named(name=self.what, value=f"announced in line {self.line.seq}. {self.said}")


@dataclass
class Course:
    """From the opening to the end."""

    opened: kinds.CeremonyOpened | None = None
    ending: kinds.Ending | None = None
    """The last line, once it is written."""
    state: Literal["new", "open", "closed", "aborted"] = "new"
    last: Event | None = None
    """The last line so far."""
    steps_done: list[str] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    """The last attempt at each step that was begun."""
    given_up: str = ""
    """Why people decided to end the ceremony; empty as long as they did not."""
    resumptions: int = 0
    overrides: tuple[str, ...] = ()
    """Variables that could redirect the token module, of the program that writes now."""
    pending: dict[About, Announced] = field(default_factory=dict)
    """What was announced, and the record does not say that it was done, in the order of the intents."""
    incidents: list[tuple[Event, kinds.IncidentRecorded]] = field(default_factory=list)
    agreed_offset_seconds: int | None = None
    dated_since: Event | None = None
    """The first line that the clock in force dated: it counts on from there by the monotonic one."""
    clock_stands: bool = True
    """False from an interruption until the clock is compared again."""
    resuming: bool = False
    """True from an interruption until people agreed to go on."""
    awaited: int = 0
    """How often, since the last step began, people were waited for or something could not be done."""
    notes: int = 0
    """Dissents among them, and what was said of who is here and is not so."""
    deviations: int = 0
    left: set[tuple[str, str, tuple[object, ...] | None]] = field(default_factory=set)
    """What each step left: the step, the kind of event, and what it is about; None for about anything."""

    @property
    def incident(self) -> kinds.IncidentRecorded | None:
        """The last incident that is on record."""
        return self.incidents[-1][1] if self.incidents else None

    @property
    def unfinished(self) -> tuple[kinds.Named, ...]:
        """What the last attempt announced, and the record does not say that it was done; in the order of the intents.

        Of PINs that are being changed also what earlier attempts did: people must know which cards are good.
        """
        return tuple(item.named for item in self.pending.values())

    def open(self, said: kinds.CeremonyOpened) -> None:
        """The first line."""
        self.opened, self.state, self.overrides = said, "open", said.overrides

    def step_begins(self, line: Event) -> None:
        """Another attempt at a step: what the one before it announced is settled by it, or announced anew."""
        self.attempts[line.step] = line.attempt
        self.given_up = ""
        self.awaited = 0
        self.steps_done = [done for done in self.steps_done if done != line.step]  # the last one may be done again
        self.pending = {about: item for about, item in self.pending.items() if item.lasting}

    def announce(self, about: About, what: str, said: str, line: Event, *, lasting: bool = False) -> None:
        """An intent. A `lasting` one is not forgotten with its attempt."""
        self.pending.pop(about, None)
        self.pending[about] = Announced(what, said, line, lasting)

    def settle(self, *about: str) -> None:
        """An outcome."""
        kind, which = about
        self.pending.pop((kind, which), None)

    def agree(self, offset_seconds: int) -> None:
        """From the next line on another clock dates what happens."""
        self.agreed_offset_seconds, self.dated_since, self.clock_stands = offset_seconds, None, True

    def go_on(self) -> None:
        """After an interruption: the clock is to be compared again, and people are to agree. Until then the clock of
        before counts on in another program."""
        self.dated_since = None
        self.resumptions += 1
        self.clock_stands = self.agreed_offset_seconds is None
        self.resuming = True

    def left_by_step(self, step: str, kind: str, about: tuple[object, ...] | None) -> bool:
        """Whether the step left a line of this kind, about this (None: about anything), in whichever attempt."""
        return (step, kind, about) in self.left
