"""A person states something by typing a word; it is on disk before the step goes on."""

from __future__ import annotations

from ceremony.custody.people import Person
from ceremony.engine.questions import Confirmation
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.transcript.kinds import About, Confirmed


def state(
    room: Room,
    person: Person,
    about: About,
    statement: str,
    *,
    declined: CeremonyError,
    word: str = "YES",
    details: tuple[tuple[str, str], ...] = (),
    danger: bool = False,
) -> None:
    """Ask the person to make the statement, and record it. Raises `declined` where the person does not."""
    confirmation = Confirmation(room.view, person.name, statement, word=word, details=details, danger=danger)
    if not room.officiant.confirm(confirmation):
        raise declined
    room.record(Confirmed(about=about, person=person.id, statement=statement, word=word), actor=person.id)
