"""The incident: what happened, since when the CA knows of it, and until when it must be dealt with."""

from __future__ import annotations

from datetime import datetime, timedelta

from ceremony.engine.questions import Blank, Form, Instruction
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.room.clock import iso, parse_iso
from ceremony.script import models
from ceremony.script.deadline import spelled
from ceremony.script.sentences import late_statement
from ceremony.transcript.kinds import IncidentRecorded, Instructed

LONGEST = 300
"""Characters of what happened: one line."""


def record_incident(room: Room, step: models.Incident) -> None:
    """Ask, work the deadline out, and show it. A deadline that has passed must be stated by people (LATE)."""
    now = room.clock.utc()
    answers = room.officiant.record(
        Form(
            room.view,
            room.view.title,
            step.text,
            (
                Blank("what", "What happened, in one line", check=_not_a_line),
                Blank(
                    "aware",
                    "Since when the CA knows of it, in UTC",
                    hint="2026-11-22T01:02:03Z",
                    default=iso(now)[: len("2026-11-22T")],
                    check=_not_past(now),
                ),
            ),
        )
    )
    what, said = answers["what"].strip(), answers["aware"].strip()
    complaint = _not_a_line(what) or _not_past(now)(said)
    if complaint:
        raise CeremonyError(
            "The incident cannot be recorded.",
            detail=complaint,
            not_done="Nothing was recorded, and no deadline runs yet on this screen.",
            next_step="Fill in the form again.",
            code="INCIDENT-FORM",
        )
    deadline = parse_iso(said) + timedelta(hours=step.hours)
    room.officiant.instruct(
        Instruction(
            room.view,
            f"What is revoked because of this must be revoked and published within {step.hours} hours of {said}.",
            details=(("Incident", what), *_deadline(deadline, now)),
            acknowledge="Go on",
        )
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    late = room.clock.utc() > deadline
    if late:
        _late(room, deadline, step.hours)
    incident = IncidentRecorded(what=what, aware_at=said, hours=step.hours, deadline=iso(deadline), late=late)
    room.record(incident, actor=room.actor.id)


def deadline_details(room: Room) -> tuple[tuple[str, str], ...]:
    """Names and values for the instruction of a later step; nothing where no incident is on record."""
    incident = room.state.incident
    if incident is None:
        return ()
    return _deadline(parse_iso(incident.deadline), room.clock.utc())


def _deadline(deadline: datetime, now: datetime) -> tuple[tuple[str, str], ...]:
    left = deadline - now
    said = f"{spelled(left)} left" if left >= timedelta() else f"passed {spelled(left)} ago"
    return (("Deadline", f"{iso(deadline)}: {said}"),)


def _late(room: Room, deadline: datetime, hours: int) -> None:
    statement = late_statement(hours, iso(deadline))
    for person in filter(None, (room.actor, room.witness)):
        declined = CeremonyError(
            "The deadline has passed.",
            detail=f"{person.name} does not state that the ceremony goes on late.",
            not_done="The incident is not on record.",
            next_step="Check the time that was typed, and try again.",
            code="INCIDENT-LATE",
        )
        state(room, person, "late", statement, word="LATE", danger=True, declined=declined)


def _not_a_line(answer: str) -> str | None:
    answer = answer.strip()
    if not answer:
        return "Please say what happened."
    if len(answer) > LONGEST or not answer.isprintable():
        return f"One line of at most {LONGEST} characters that can be printed."
    return None


class _not_past:  # noqa: N801 - it stands where a function would
    """Says what is wrong with the moment since when the CA knows, or None."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self, answer: str) -> str | None:
        try:
            moment = parse_iso(answer.strip())
        except ValueError:
            return "Write the time as 2026-11-22T01:02:03Z: date, T, time, Z."
        if moment > self._now:
            return f"It is {iso(self._now)} now; nobody knows of an incident before it happens."
        return None
