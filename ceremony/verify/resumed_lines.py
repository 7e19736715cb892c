"""The lines between the resumption of a ceremony and the next step: which they are, and what may stand there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import CannotJudge, Evidence
from ceremony.verify.lines import Place, place_of

MOST_RESUMPTIONS = 100
"""A ceremony that is interrupted more often is judged no further: no true one is."""


@dataclass(frozen=True, slots=True)
class Span:
    """One resumption: its line, the line before it, and those after it up to the next step or resumption."""

    resumed: Entry
    data: kinds.CeremonyResumed
    last: Entry
    cut: Place | None
    """The attempt that was under way, or the last one before; None where no step had begun."""
    entries: tuple[Entry, ...]
    goes_on: bool
    """A step begins after it."""


def spans(evidence: Evidence) -> tuple[Span, ...]:
    """Every resumption of the record, in order; of more than `MOST_RESUMPTIONS` the first ones."""
    return evidence.once(_spans)


def _spans(evidence: Evidence) -> tuple[Span, ...]:
    entries = evidence.chain.entries
    found: list[Span] = []
    cut: Place | None = None
    for place, entry in enumerate(entries):
        if isinstance(entry.data, kinds.StepBegun):
            cut = place_of(entry)
        if not isinstance(entry.data, kinds.CeremonyResumed) or not place:
            continue
        if len(found) == MOST_RESUMPTIONS:
            break
        inside: list[Entry] = []
        goes_on = False
        for other in islice(entries, place + 1, None):
            if isinstance(other.data, kinds.StepBegun | kinds.CeremonyResumed):
                goes_on = isinstance(other.data, kinds.StepBegun)
                break
            inside.append(other)
        found.append(Span(entry, entry.data, entries[place - 1], cut, tuple(inside), goes_on))
    return tuple(found)


def resumed_after(evidence: Evidence, entry: Entry) -> Span | None:
    """The interruption that cut the attempt of this line short, or None where none did."""
    for span in spans(evidence):
        if span.resumed.event.seq < entry.event.seq:
            continue
        if span.cut is None:
            raise CannotJudge(f"line {span.resumed.event.seq} resumes a ceremony that had not begun")
        return span if span.cut == place_of(entry) else None
    return None
