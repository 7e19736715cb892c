"""The state of one ceremony, computed from its events and from nothing else; each kind of event says what it changes.

It is made of small parts, one a module. Engine, verifier, register and resumption read this one state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.event import Event
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state.consent import Consent
from ceremony.transcript.state.course import Course
from ceremony.transcript.state.keys import BackupRecord, DestroyedRecord, KeyRecord, Standing
from ceremony.transcript.state.objects import Objects, SignedRecord
from ceremony.transcript.state.people import People
from ceremony.transcript.state.randomness import Randomness
from ceremony.transcript.state.tokens import Tokens
from ceremony.transcript.token_shares import TokenShares

__all__ = ["BackupRecord", "CeremonyState", "DestroyedRecord", "KeyRecord", "SignedRecord", "Standing", "fold", "walk"]


@dataclass
class CeremonyState(Course, People, Tokens, Objects, Consent, Randomness):
    """Steps, people, tokens, keys, objects, custody; `apply` folds one more line in."""

    shares: TokenShares = field(default_factory=TokenShares)
    """Of the tokens whose PINs this ceremony split."""
    ledger: Ledger = field(default_factory=Ledger)
    """Where items and bags are; it goes on from that of a register where the state begins with one."""
    custody: list[tuple[Event, kinds.LedgerEvent]] = field(default_factory=list)
    """What happened to items and bags, in order."""

    def apply(self, entry: Entry) -> None:
        """Fold one line in."""
        if self.dated_since is None:
            self.dated_since = entry.event
        self.pass_head(entry.event.prev, self.present)
        entry.data.apply(self, entry.event)
        for about in (entry.data.subject_values, None):
            self.left.add((entry.event.step, entry.data.kind, about))
        self.last = entry.event

    def resume(self) -> None:
        """The ceremony goes on after an interruption: nobody is present, and no token is open."""
        self.go_on()
        self.nobody_here()
        self.open_tokens.clear()
        self.tokens_cut_short = set(self.tokens_begun)

    def end(self, how: Literal["closed", "aborted"], said: kinds.Ending) -> None:
        """The last line. No token is open after it, the sealer's included."""
        self.state, self.ending = how, said
        self.open_tokens.clear()


def fold(entries: Iterable[Entry], state: CeremonyState | None = None) -> CeremonyState:
    """The state after these lines, from the beginning or from this state on."""
    state = state if state is not None else CeremonyState()
    for entry in entries:
        state.apply(entry)
    return state


def walk(entries: Iterable[Entry], state: CeremonyState | None = None) -> Iterator[tuple[Entry, CeremonyState]]:
    """Each line with the state before it: one and the same object, which then takes the line in."""
    state = state if state is not None else CeremonyState()
    for entry in entries:
        yield entry, state
        state.apply(entry)
