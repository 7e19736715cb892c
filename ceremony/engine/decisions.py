"""What people decide where something is not as the record, the script or a clock has it: asked, and never assumed."""

from __future__ import annotations

from ceremony.custody.people import Person
from ceremony.engine.questions import Blank, Choice, Form, Option
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError

LONGEST = 300
"""Characters of a decision: one line that people read in the record."""


def decide(room: Room, fault: CeremonyError, expected: str, happened: str) -> tuple[str, str]:
    """People look again (raises the fault), or decide: what, and the id of who decides, who is in the room."""
    chosen = room.officiant.choose(
        Choice(
            room.view,
            fault.headline.rstrip("."),
            f"Expected: {expected}. Found: {happened}.",
            (
                Option("again", "Look again"),
                Option("decide", "Go on by a decision, which goes into the record", word="DECIDE"),
            ),
            fault=fault,
        )
    )
    if chosen != "decide":
        raise fault
    answers = room.officiant.record(
        Form(
            room.view,
            "The decision",
            f"Expected: {expected}. Found: {happened}. Everybody hears what is decided before it is typed.",
            (
                Blank("decided", "What is decided, and why", check=_not_a_line),
                Blank("decided-by", "Who decides", hint=_ids(room), check=_not_present(room)),
            ),
        )
    )
    decided, by = answers["decided"].strip(), answers["decided-by"].strip().lower()
    complaint = _not_a_line(decided) or _not_present(room)(by)
    if complaint:
        raise CeremonyError("The decision cannot be recorded.", detail=complaint, code="DECISION-FORM")
    return decided, by


def _people(room: Room) -> tuple[Person, ...]:
    named = [room.plan.people[name] for duty in room.plan.script.roles.values() for name in duty.people]
    return room.those_present(named) or tuple(named)  # everybody, before the roll-call


def _ids(room: Room) -> str:
    return "one of " + ", ".join(person.id for person in _people(room))


def _not_a_line(answer: str) -> str | None:
    answer = answer.strip()
    if not answer:
        return "Please say what is decided."
    if len(answer) > LONGEST or not answer.isprintable():
        return f"One line of at most {LONGEST} characters that can be printed."
    return None


class _not_present:  # noqa: N801 - it stands where a function would
    """Says that nobody in the room is called so, or None."""

    def __init__(self, room: Room) -> None:
        self._ids = [person.id for person in _people(room)]

    def __call__(self, answer: str) -> str | None:
        if answer.strip().lower() in self._ids:
            return None
        return f"Somebody who is in the room: {', '.join(self._ids)}."
