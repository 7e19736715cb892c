"""The machine's clock against a reference that everyone can see."""

from __future__ import annotations

from datetime import datetime, timedelta

from ceremony.engine.notices import AgreedClock
from ceremony.engine.questions import Blank, Choice, Form, Option
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.room.clock import iso, parse_iso
from ceremony.script import models
from ceremony.script.sentences import clock_statement
from ceremony.transcript.kinds import ClockCompared


def compare_clock(room: Room, step: models.CompareClock) -> None:
    """People read a reference clock aloud; within the tolerance the machine's clock is agreed, else people decide."""
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
