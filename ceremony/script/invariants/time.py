"""Time runs forward; a step back is one of the clock that is on record. What is signed is dated by an agreed clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.room.clock import JUMP_SECONDS, iso, parse_iso
from ceremony.script import models
from ceremony.script.invariants.base import Here, Invariant
from ceremony.transcript import kinds


def _may_step_back(here: Here) -> bool:
    """To the clock that was just agreed; with a jump, before one was agreed: from then on the monotonic clock counts;
    and where a ceremony goes on: a machine that was off may wake with another time."""
    match here.entry.data:
        case kinds.CeremonyResumed():
            return True
        case kinds.ClockJumped() if here.before.agreed_offset_seconds is None:
            return True
        case _:
            return here.previous is not None and isinstance(here.previous.data, kinds.ClockCompared)


def _forward(here: Here) -> Iterator[str]:
    before, after = here.previous, here.entry
    if before is None:
        if after.event.mono < 0:
            yield "The monotonic clock begins below zero."
        return
    if after.event.mono <= before.event.mono:
        yield "The monotonic clock does not run forward at this line."
    if parse_iso(after.event.at) < parse_iso(before.event.at) and not _may_step_back(here):
        yield f"Time runs backwards at this line, from {before.event.at} to {after.event.at}."
    if isinstance(before.data, kinds.ClockCompared) and not isinstance(after.data, kinds.CeremonyResumed):
        agreed = parse_iso(before.data.machine) + timedelta(seconds=before.data.agreed_offset_seconds)
        if parse_iso(after.event.at) < agreed:
            yield f"Time runs backwards at this line, from the agreed {iso(agreed)}."


def _counted_on(here: Here) -> Iterator[str]:
    """Each line is dated as the monotonic clock counted on, whatever befalls the machine's own; before a clock is
    agreed, a jump that is told of moves it."""
    data, after, since = here.entry.data, here.entry.event, here.before.dated_since
    told = data.seconds if isinstance(data, kinds.ClockJumped) else 0
    if isinstance(data, kinds.ClockJumped) and abs(told) < JUMP_SECONDS:
        yield f"A jump of the clock by {told} s is too small to be told."
    if since is None or isinstance(data, kinds.CeremonyResumed):
        return
    moved = 0 if here.before.agreed_offset_seconds is not None else told
    counted = timedelta(milliseconds=after.mono - since.mono, seconds=moved)
    apart = (parse_iso(after.at) - parse_iso(since.at) - counted).total_seconds()
    at_one_moment = (after.seq - since.seq) / 1000  # such lines are a millisecond apart all the same
    if abs(apart) > JUMP_SECONDS + at_one_moment:
        yield f"By the monotonic clock since line {since.seq}, this line is dated {round(apart)} s off."


def _agreed(here: Here) -> Iterator[str]:
    data, before = here.entry.data, here.before
    if isinstance(data, kinds.ObjectBuilt) and (before.agreed_offset_seconds is None or not before.clock_stands):
        yield f"{data.name} was dated before a clock was agreed."
    if not isinstance(data, kinds.ClockCompared):
        return
    apart = round((parse_iso(data.reference) - parse_iso(data.machine)) / timedelta(seconds=1))
    adopted = 0 if data.adopted == "machine" else apart
    if (data.offset_seconds, data.agreed_offset_seconds) != (apart, adopted):
        yield "The agreed offset of the clock is not the one between the two clocks."
    near = abs(apart) <= _tolerance(here)
    if data.adopted == "machine" and not near:
        yield f"The machine's clock was adopted although it was {abs(apart)} s off."
    if data.adopted != "machine" and near:
        yield f"The machine's clock was not adopted although it was only {abs(apart)} s off."


def _tolerance(here: Here) -> int:
    """Of the step that compares; after an interruption of the first of these steps, which is done again. In seconds."""
    tolerances = {
        planned.step.id: planned.step.tolerance_seconds
        for planned in here.plan.steps
        if isinstance(planned.step, models.CompareClock)
    }
    step = here.entry.event.step
    return tolerances.get(step, 0) if step else next(iter(tolerances.values()), 0)


TIME = (
    Invariant("CHAIN-TIME", _forward),
    Invariant("CLOCK-COUNTED", _counted_on),
    Invariant("CLOCK-AGREED", _agreed),
)
