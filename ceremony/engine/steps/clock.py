"""The machine's clock against a reference that everyone can see."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from ceremony.engine.decisions import decide
from ceremony.engine.notices import AgreedClock
from ceremony.engine.questions import Blank, Choice, Form, Option
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.room.clock import iso, parse_iso
from ceremony.script import models
from ceremony.script.sentences import clock_statement
from ceremony.transcript.dating import A_DAY, before_last
from ceremony.transcript.kinds import ClockCompared, ClockDeparted


def compare_clock(room: Room, step: models.CompareClock) -> None:
    """People read a reference clock aloud; within the tolerance the machine's clock is agreed, else people decide.

    So they do where the agreed clock is before the end of the ceremony before, or more than a day ahead of the
    machine's (ARCHIVE-TIME): each of the two is decided by itself, and stands in the record with what it departs from.
    """
    answers = room.officiant.record(
        Form(
            room.view,
            "Compare the clock",
            "Read the reference clock aloud and type its UTC time. Confirm at that very second.",
            (
                Blank(
                    "source",
                    "Which reference clock",
                    hint="GPS receiver, radio clock, network time on a phone",
                    default=step.source or "",
                ),
                Blank(
                    "reference",
                    "Its time in UTC",
                    hint="2026-11-22T01:02:03Z",
                    default=iso(room.clock.machine_utc())[: len("2026-11-22T")],
                    check=_not_a_moment,
                ),
            ),
        )
    )
    machine = room.clock.machine_utc()
    complaint = _not_a_moment(answers["reference"])
    if complaint:
        raise CeremonyError("The reference time cannot be read.", detail=complaint, code="CLOCK-FORM")
    reference = parse_iso(answers["reference"].strip())
    offset = round((reference - machine) / timedelta(seconds=1))
    adopted = "machine" if abs(offset) <= step.tolerance_seconds else _decide(room, step, machine, reference, offset)
    agreed = 0 if adopted == "machine" else offset
    agreed_text = iso(machine + timedelta(seconds=agreed))
    departures = [
        _depart(room, departs_from, ceremony, said, agreed_text)
        for departs_from, ceremony, said in _contradictions(room, iso(machine), agreed_text, agreed)
    ]
    state(
        room,
        room.witness or room.actor,
        "clock",
        clock_statement(agreed_text),
        declined=CeremonyError(
            "The clock was not agreed.",
            not_done="Nothing is dated by this clock.",
            next_step="Compare the clock again.",
            code="CLOCK-DECLINED",
        ),
    )
    for departure in departures:
        room.record(departure, actor=room.actor.id)
    room.record(
        ClockCompared.model_validate(
            {
                "machine": iso(machine),
                "reference": iso(reference),
                "source": answers["source"].strip() or "not named",
                "offset_seconds": offset,
                "adopted": adopted,
                "agreed_offset_seconds": agreed,
            }
        ),
        actor=room.actor.id,
    )
    room.clock.agree(agreed)
    room.officiant.notice(AgreedClock(agreed))


def _contradictions(
    room: Room, machine: str, agreed: str, offset: int
) -> Iterator[tuple[Literal["machine", "earlier-record"], str, str]]:
    """What says something else than the agreed clock: which clock it is, of which ceremony, and what it says."""
    if timedelta(seconds=offset) > A_DAY:
        yield "machine", "", machine
    earlier = before_last(room.plan.past.register, agreed)
    if earlier is not None:
        yield "earlier-record", earlier.ceremony, earlier.at


def _depart(
    room: Room, departs_from: Literal["machine", "earlier-record"], ceremony: str, said: str, agreed: str
) -> ClockDeparted:
    if departs_from == "machine":
        expected = f"a clock at most a day ahead of this machine's, {said}"
        fault = CeremonyError(
            "The agreed clock is a day ahead of the machine's.",
            detail=f"The agreed clock would be {agreed}; this machine's clock says {said}.",
            not_done="No clock is agreed yet.",
            next_step="Read the reference clock again, its year too. Else end the ceremony, set the machine's clock "
            "and begin again; or decide that the reference is right, by the record.",
            code="CLOCK-AHEAD",
        )
    else:
        expected = f"a clock after the end of {ceremony}, {said}"
        fault = CeremonyError(
            "The agreed clock is before the last ceremony's end.",
            detail=f"The agreed clock would be {agreed}; {ceremony} ended at {said}.",
            not_done="No clock is agreed yet.",
            next_step="Read the reference clock again. Decide, by the record, only where everyone sees that the clock "
            "of today is right, and that of the earlier ceremony was wrong.",
            code="CLOCK-BEFORE",
        )
    decided, by = decide(room, fault, expected, agreed)
    return ClockDeparted(
        departs_from=departs_from, ceremony=ceremony, said=said, agreed=agreed, decided=decided, decided_by=by
    )


def _decide(room: Room, step: models.CompareClock, machine: datetime, reference: datetime, offset: int) -> str:
    fault = CeremonyError(
        "The two clocks do not agree.",
        detail=f"Machine: {iso(machine)}. Reference: {iso(reference)}. They are {abs(offset)} s apart; "
        f"the script allows {step.tolerance_seconds} s.",
        not_done="No clock is agreed yet.",
        next_step="Look at both clocks again. Adopt the reference only if everyone sees that it is right.",
        code="CLOCK-TOLERANCE",
    )
    chosen = room.officiant.choose(
        Choice(
            room.view,
            "The two clocks do not agree",
            "What is to date the signatures of today?",
            (Option("again", "Compare again"), Option("reference", "Adopt the reference clock", word="ADOPT")),
            fault=fault,
        )
    )
    if chosen != "reference":
        raise fault
    return "reference"


def _not_a_moment(answer: str) -> str | None:
    try:
        parse_iso(answer.strip())
    except ValueError:
        return "Write the time as 2026-11-22T01:02:03Z: date, T, time, Z."
    return None
