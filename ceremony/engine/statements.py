"""A person states something by typing a word; it is on disk before the step goes on."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.custody.people import Person
from ceremony.engine.questions import Confirmation
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.transcript.kinds import About, Confirmed


def state(
    room: Room,
    person: Person,
    about: About,
    statement: str | Callable[[], str],
    *,
    declined: CeremonyError,
    word: str = "YES",
    details: tuple[tuple[str, str], ...] = (),
    danger: bool = False,
) -> None:
    """Ask the person to make the statement, and record it. Raises `declined` where the person does not.

    One that counts what is on record is made by a function: who reads it while something else is said is asked again,
    with the words that hold then.
    """
    said = ""
    while said != (now := statement if isinstance(statement, str) else statement()):
        said = now
        if not room.officiant.confirm(
            Confirmation(room.view, person.name, said, word=word, details=details, danger=danger)
        ):
            raise declined
    room.record(Confirmed(about=about, person=person.id, statement=said, word=word), actor=person.id)
