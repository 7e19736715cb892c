"""The lines between the resumption of a ceremony and the next step: which they are, and what may stand there."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import CannotJudge, Evidence


@dataclass(frozen=True, slots=True)
class Span:
    """One resumption: its line, the lines before it, and those after it up to the next step or resumption."""

    resumed: Entry
    data: kinds.CeremonyResumed
    before: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    goes_on: bool
    """A step begins after it."""


def spans(evidence: Evidence) -> tuple[Span, ...]:
    """Every resumption of the record, in order."""
    entries = evidence.chain.entries
    found = []
    for place, entry in enumerate(entries):
        if not isinstance(entry.data, kinds.CeremonyResumed):
            continue
        inside: list[Entry] = []
        goes_on = False
        for other in entries[place + 1 :]:
            if isinstance(other.data, kinds.StepBegun | kinds.CeremonyResumed):
                goes_on = isinstance(other.data, kinds.StepBegun)
                break
            inside.append(other)
        found.append(Span(entry, entry.data, entries[:place], tuple(inside), goes_on))
    return tuple(found)


def resumed_after(evidence: Evidence, entry: Entry) -> Span | None:
    """The interruption that cut the attempt of this line short, or None where none did."""
    place = (entry.event.step, entry.event.attempt)
    for span in spans(evidence):
        if span.resumed.event.seq < entry.event.seq:
            continue
        last = next((item for item in reversed(span.before) if isinstance(item.data, kinds.StepBegun)), None)
        if last is None:
            raise CannotJudge(f"line {span.resumed.event.seq} resumes a ceremony that had not begun")
        return span if (last.event.step, last.event.attempt) == place else None
    return None
