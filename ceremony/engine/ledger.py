"""The custody ledger in the room: what a step needs is there, what departs is decided, nothing is left at the end."""

from __future__ import annotations

from ceremony.custody.bags import accounted_statement, in_words, place_words
from ceremony.custody.people import Person
from ceremony.engine.decisions import decide
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.transcript.kinds import About, Departure, HeldItem, Instructed, ItemStays
from ceremony.transcript.ledger import Ledger


def ledger(room: Room) -> Ledger:
    """Where everything is now: as earlier ceremonies left it, and as this one has moved it."""
    return room.state.ledger.copy()


def require_items(room: Room, step: models.Step) -> None:
    """What a step needs is on the table. Raises CeremonyError (ITEM-PLACE) where something is not."""
    if step.needs:
        need(room, ledger(room), step.needs)


def need(room: Room, book: Ledger, names: tuple[str, ...]) -> None:
    """Raises CeremonyError (ITEM-PLACE) where one of these items is not on the table."""
    absent = [name for name in names if name not in book.at_hand]
    if absent:
        where = "; ".join(f"{called(room, name)} is {where_now(book, name)}" for name in absent)
        raise CeremonyError(
            "An item that this step needs is not on the table.",
            detail=f"{where}.",
            not_done="The step was not done.",
            next_step="Find it and try again, or end the ceremony in good order.",
            code="ITEM-PLACE",
        )


def called(room: Room, name: str) -> str:
    """What people call an item: the script's words for it."""
    item = room.plan.script.items.get(name)
    return f"{name} ({item.what})" if item is not None else name


def where_now(book: Ledger, name: str) -> str:
    """Where an item is, in words."""
    known = book.items.get(name)
    return place_words(known) if known is not None else "not in the register yet"


def instruct(room: Room, details: tuple[tuple[str, str], ...]) -> None:
    """Show the script's instruction with what the ledger knows; it is on record once it is acknowledged."""
    text = room.step.step.text
    room.officiant.instruct(Instruction(room.view, text, details=details, acknowledge="Go on"))
    room.record(Instructed(text=text), actor=room.actor.id)


def witnessed(room: Room, about: About, statement: str, *, word: str = "YES") -> None:
    """The witness makes a statement. Raises CeremonyError (ITEM-WITNESS) where nobody does."""
    witness = room.witness
    if witness is None:
        raise CeremonyError(
            "No witness of this step is in the room.",
            detail="What is read off items and bags counts only when a second person confirms it.",
            not_done="Nothing was recorded of the items of this step.",
            next_step="Wait for the witness and try again, or end the ceremony in good order.",
            code="ITEM-WITNESS",
        )
    state(room, witness, about, statement, word=word, declined=not_confirmed(witness))


def not_confirmed(person: Person) -> CeremonyError:
    """The fault when somebody does not confirm what was read aloud."""
    return CeremonyError(
        "What was read aloud was not confirmed.",
        detail=f"{person.name} does not confirm it.",
        not_done="The step was not done.",
        next_step="Look again together and try again, or end the ceremony in good order.",
        code="ITEM-WITNESS",
    )


def depart(room: Room, fault: CeremonyError, expected: str, happened: str) -> None:
    """Something is not as the record has it: people look again (raises the fault), or decide, and that is on record."""
    decided, by = decide(room, fault, expected, happened)
    room.record(Departure(expected=expected, happened=happened, decided=decided, decided_by=by), actor=room.actor.id)


def account_for_items(room: Room, step: models.Close) -> None:
    """At the close nothing is left: actor and witness confirm where each item of the script is.

    Raises CeremonyError (ITEM-UNACCOUNTED) where an item lies on the table that no bag is to take.
    """
    if not room.plan.script.items:
        return
    book = ledger(room)
    left = book.unaccounted(step.stays)
    if left:
        raise CeremonyError(
            "Items are unaccounted for.",
            detail=f"On the table, and in no bag: {in_words(called(room, name) for name in left)}.",
            not_done="The ceremony is not closed.",
            next_step="End the ceremony in good order, seal what is left, and record its bag in the next one.",
            code="ITEM-UNACCOUNTED",
        )
    need(room, book, step.stays)
    statement = accounted_statement(book, room.plan.script.items, step.stays)
    for person in filter(None, (room.actor, room.witness)):
        state(room, person, "items", statement, declined=not_confirmed(person))
    for name in step.stays:
        held = HeldItem(item=name, serial=book.serial(name))
        if not any(isinstance(data, ItemStays) and data.item == name for _, data in room.state.custody):
            room.record(ItemStays(item=held.item, serial=held.serial), actor=room.actor.id)
