"""All invariants, asked of one line after another: by whoever writes a record, and by whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ceremony.script.invariants.base import Here, Invariant
from ceremony.script.invariants.consent import CONSENT
from ceremony.script.invariants.keys import KEYS
from ceremony.script.invariants.people import PEOPLE
from ceremony.script.invariants.randomness import RANDOMNESS
from ceremony.script.invariants.time import TIME
from ceremony.script.invariants.tokens import TOKENS
from ceremony.script.trace.following import Follower
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState

if TYPE_CHECKING:
    from ceremony.script.plan import Plan

TRACE = "STEPS-TRACE"
"""The one that remembers where it stands: the traces of the steps."""

INVARIANTS: tuple[Invariant, ...] = (*TIME, *PEOPLE, *CONSENT, *TOKENS, *KEYS, *RANDOMNESS)


class Complaint(NamedTuple):
    """What is wrong with a line: the invariant that it breaks, and a whole sentence."""

    invariant: str
    sentence: str


class Watch:
    """Stands after one line of a record, and knows what the next may be."""

    def __init__(self, plan: Plan, state: CeremonyState) -> None:
        """`state` is that before the first line. It is folded here, by `take`, and nowhere else."""
        self.state = state
        self._plan = plan
        self._follower = Follower(plan, state)
        self._previous: Entry | None = None

    def refuses(self, entry: Entry) -> tuple[Complaint, ...]:
        """What would be wrong with this line as the next one. Nothing is taken in."""
        return tuple(self._judged(entry, self._follower.copy()))

    def take(self, entry: Entry) -> tuple[Complaint, ...]:
        """The next line is folded in; what is wrong with it."""
        complaints = tuple(self._judged(entry, self._follower))
        self._follower.learn(entry)
        self._previous = entry
        return complaints

    def _judged(self, entry: Entry, follower: Follower) -> Iterator[Complaint]:
        here = Here(self._plan, self.state, self._previous, entry)
        followed = Invariant(TRACE, lambda here: map(_sentence, follower.judge(here.entry)))
        for invariant in (followed, *INVARIANTS):
            try:
                yield from (Complaint(invariant.id, said) for said in invariant.wrong(here))
            except (LookupError, ValueError):
                unread = f"{entry.event.kind} names what there is not, or says what cannot be read."
                yield Complaint(invariant.id, unread)


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."
