"""The lines between the resumption of a ceremony and the next step: which they are, and what may stand there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ceremony.script import models
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.interruption import TORN_FOLDER
from ceremony.transcript.state import fold
from ceremony.verify.evidence import CannotJudge, Evidence, line_of
from ceremony.verify.rule import Fault

ANYHOW = (
    *(kinds.Note, kinds.Deviation, kinds.InterruptionRecorded, kinds.CeremonyAborted, kinds.TokenClosed),
    *(kinds.PersonLeft, kinds.PersonReturned, kinds.QuorumAwaited, kinds.BreakBegun, kinds.BreakEnded),
)
"""What may stand there under whatever step people are in."""

OF_STEPS: dict[type[models.StepBase], tuple[type[kinds.EventData], ...]] = {
    models.RollCall: (kinds.PersonPresent, kinds.Confirmed),
    models.CompareClock: (kinds.ClockCompared, kinds.Confirmed),
}
"""What is done again, under the step to which it belongs."""


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


def outside_a_step(evidence: Evidence, entry: Entry, place: int, attempt: int) -> Iterator[Fault]:
    """A line after a resumption, before a step begins: `place` and `attempt` are those of the step that comes."""
    steps, data = evidence.plan.steps, entry.data
    here = (steps[place].step.id, attempt) if place < len(steps) else ("", attempt)
    said = (entry.event.step, entry.event.attempt)
    torn = isinstance(data, kinds.ArtefactIntended | kinds.ArtefactsWritten) and _only_torn_lines(data)
    if isinstance(data, ANYHOW) or (torn and said == here):
        return
    begun = fold(other for other in evidence.chain.entries if other.event.seq < entry.event.seq).attempts
    step = next((planned.step for planned in steps if planned.step.id == entry.event.step), None)
    allowed = OF_STEPS.get(type(step), ()) if step is not None else ()
    again = begun.get(entry.event.step, 0) + 1
    if isinstance(data, allowed) and entry.event.step in begun and entry.event.attempt == again:
        return
    if isinstance(data, kinds.PersonPresent) and said == here:
        return  # somebody came in late, as before any step
    yield Fault(f"{entry.event.kind} does not belong between a resumption and the step after it.", line_of(entry))


def _only_torn_lines(data: kinds.ArtefactIntended | kinds.ArtefactsWritten) -> bool:
    paths = data.paths if isinstance(data, kinds.ArtefactIntended) else tuple(file.path for file in data.files)
    return all(path.startswith(f"{TORN_FOLDER}/") for path in paths)
