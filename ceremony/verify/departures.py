"""CLOCK-DEPARTED: a clock that contradicts another one was agreed on only by a decision that names what it excuses."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.transcript import kinds
from ceremony.transcript.dating import agreements, last_end
from ceremony.verify.evidence import CannotJudge, Evidence, line_of
from ceremony.verify.rule import Fault, Rule

CUT = (kinds.CeremonyResumed, kinds.InterruptionRecorded, kinds.CeremonyAborted, kinds.StepFailed)
"""What may come where the agreement should: the program or the step ended in between."""


def _departed(evidence: Evidence) -> Iterator[Fault]:
    """Each agreement departs, by the record, from exactly what it contradicts."""
    before = last_end(evidence.past.register)
    try:
        made = list(agreements(evidence.chain))
    except ValueError as error:
        raise CannotJudge(f"a clock of the record cannot be read: {error}") from None
    for agreed in made:
        where, said, demanded = line_of(agreed.entry), agreed.said(), agreed.demanded(before)
        for departs_from, ceremony, clock, at in demanded:
            if (departs_from, ceremony, clock, at) not in said:
                whose = f"the end of {ceremony}" if ceremony else "the machine's clock"
                yield Fault(f"The agreed clock, {at}, contradicts {whose}, {clock}; nobody decided that it may.", where)
        if sorted(said) != sorted(demanded) and set(demanded) <= set(said):
            yield Fault("The agreed clock is said to depart from what it does not contradict.", where)
    yield from _decisions(evidence)


def _decisions(evidence: Evidence) -> Iterator[Fault]:
    entries = evidence.chain.entries
    followers = (*(entry.data for entry in entries[1:]), None)
    for entry, follower in zip(entries, followers, strict=True):
        data = entry.data
        if not isinstance(data, kinds.ClockDeparted):
            continue
        if follower is not None and not isinstance(follower, (kinds.ClockDeparted, kinds.ClockCompared, *CUT)):
            yield Fault("The clock departs, and none is agreed on after it.", line_of(entry))


def _how_often(evidence: Evidence) -> str:
    times = sum(1 for _ in evidence.of(kinds.ClockDeparted))
    if not times:
        return "No agreed clock contradicts the machine's by more than a day, or the end of the ceremony before."
    often = "once" if times == 1 else f"{times} times"
    return f"The agreed clock departs from another one {often}, with what was decided and by whom."


RULES = (Rule("CLOCK-DEPARTED", _how_often, _departed),)
