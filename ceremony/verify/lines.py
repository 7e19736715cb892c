"""The lines of a record by step and attempt, and the state before each, so that no rule goes through all for every one.

It is made for records that hold: line n stands at place n - 1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState

Place = tuple[str, int]
"""A step's id, and which attempt at it."""


CONSENT = (kinds.Reviewed, kinds.ReadBack, kinds.Approved, kinds.ApprovalRefused)
"""What leads to a deed."""


def place_of(entry: Entry) -> Place:
    """The step and the attempt that a line belongs to."""
    return entry.event.step, entry.event.attempt


class Lines:
    """An index over the lines of one record."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._attempts: dict[Place, list[Entry]] = {}
        self._named: dict[tuple[Place, str | None], list[Entry]] = {}
        self._left: dict[str, list[int]] = {}
        self._leading: dict[int, tuple[Entry, ...]] = {}
        consent: dict[tuple[Place, str], list[Entry]] = {}
        for entry in entries:
            if isinstance(entry.data, CONSENT):
                consent.setdefault((place_of(entry), entry.data.name), []).append(entry)
            elif isinstance(entry.data, kinds.Deed):
                self._leading[entry.event.seq] = tuple(consent.pop((place_of(entry), _subject(entry.data)), ()))
            self._attempts.setdefault(place_of(entry), []).append(entry)
            self._named.setdefault((place_of(entry), getattr(entry.data, "name", None)), []).append(entry)
            if isinstance(entry.data, kinds.PersonLeft):
                self._left.setdefault(entry.data.person, []).append(entry.event.seq)
        self._state = CeremonyState()
        self._reached = 0

    def state_before(self, seq: int) -> CeremonyState:
        """The state before line `seq`, which counts from 1. One and the same object: it is good until the next call.

        Cheap where rules ask for one line after another; where an earlier one is asked for, it begins anew.
        """
        if seq - 1 < self._reached:
            self._state, self._reached = CeremonyState(), 0
        for entry in self._entries[self._reached : seq - 1]:
            self._state.apply(entry)
        self._reached = max(self._reached, min(seq - 1, len(self._entries)))
        return self._state

    def before(self, entry: Entry) -> tuple[Entry, ...]:
        """The lines of the same step and attempt that stand before this one."""
        group = self._attempts.get(place_of(entry), [])
        return tuple(group[: _first_at(group, entry.event.seq)])

    def about(self, entry: Entry, name: str) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """The same lines before and after this one, without those that name another object than `name`."""
        place, seq = place_of(entry), entry.event.seq
        groups = [self._named.get((place, name), []), self._named.get((place, None), [])]
        before = [line for group in groups for line in group[: _first_at(group, seq)]]
        after = [line for group in groups for line in group[_first_at(group, seq + 1) :]]
        return tuple(sorted(before, key=_seq)), tuple(sorted(after, key=_seq))

    def leading_to(self, deed: Entry) -> tuple[Entry, ...]:
        """The reviews, read-backs, approvals and refusals of what a deed is about, in its attempt and before it. What
        led to an earlier deed about the same is not among them: it serves one."""
        return self._leading.get(deed.event.seq, ())

    def left_between(self, person: str, since: int, before: int) -> bool:
        """Whether somebody left the room at a line from `since` on and before the line `before`."""
        gone = self._left.get(person, [])
        return bisect_left(gone, since) < bisect_right(gone, before - 1)


def _subject(deed: kinds.Deed) -> str:
    return deed.name if isinstance(deed, kinds.SignatureIntended) else deed.key


def _first_at(group: Sequence[Entry], seq: int) -> int:
    return bisect_left(group, seq, key=_seq)


def _seq(entry: Entry) -> int:
    return entry.event.seq
