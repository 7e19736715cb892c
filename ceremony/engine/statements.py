"""A person states something by typing a word; it is on disk before the step goes on."""

from __future__ import annotations

from ceremony.custody.people import Person
from ceremony.engine.questions import Confirmation
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.transcript.kinds import Confirmed


def state(
    room: Room,
    person: Person,
    statement: str,
    *,
    declined: CeremonyError,
    word: str = "YES",
    details: tuple[tuple[str, str], ...] = (),
) -> None:
    """Ask the person to make the statement, and record it. Raises `declined` where the person does not."""
    if not room.officiant.confirm(Confirmation(room.view, person.name, statement, word=word, details=details)):
        raise declined
    room.record(Confirmed(person=person.id, statement=statement, word=word), actor=person.id)
