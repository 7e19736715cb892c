"""Items come into the room, go into a new bag, leave with a person, or are destroyed; the witness confirms each."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.custody.bags import (
    CONDITIONS,
    NONE,
    NUMBER,
    SERIAL,
    destroyed_statement,
    handed_over_statement,
    in_words,
    normal,
    packaging_as_expected,
    packaging_as_found,
    received_statement,
    sealed_statement,
    taken_statement,
)
from ceremony.custody.people import Person
from ceremony.engine.ledger import called, depart, instruct, ledger, need, not_confirmed, where_now, witnessed
from ceremony.engine.questions import Blank, Form
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.attempts import of_this_step
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.other_tokens import token_of
from ceremony.transcript.kinds import BagSealed, HeldItem, ItemDestroyed, ItemReceived, ItemsHandedOver
from ceremony.transcript.ledger import Ledger

Check = Callable[[str], str | None]


def receive(room: Room, step: models.ReceiveItems) -> None:
    """Each item's serial number, and the seal and condition of its packaging, are read aloud and confirmed."""
    known = {data.item for data in of_this_step(room, ItemReceived)}
    wanted = [name for name in step.items if name not in known]
    book = ledger(room)
    instruct(room, tuple((name, f"{room.plan.script.items[name].what}; {where_now(book, name)}") for name in wanted))
    for name in wanted:
        data = _received(room, book, name)
        if data.condition != "intact":
            fault = CeremonyError(
                "The packaging is damaged.",
                detail=f"{called(room, name)} came in packaging that is {data.condition}.",
                not_done=f"{name} was not received.",
                next_step="Look at it together. Use the item only if everybody sees why it can be trusted.",
                code="ITEM-RECEIVED",
            )
            depart(room, fault, packaging_as_expected(name), packaging_as_found(data))
        witnessed(room, "received", received_statement(data))
        room.record(data, actor=room.actor.id)


def _received(room: Room, book: Ledger, name: str) -> ItemReceived:
    item = room.plan.script.items[name]
    expected = book.serial(name) or normal(item.serial or "")
    serial, seal, condition = (f"{name}-serial", f"{name}-seal", f"{name}-condition")
    blanks = (
        Blank(
            serial, "Serial number on it", hint=f"{NONE}, where it has none", recorded=expected, check=_serial(expected)
        ),
        Blank(seal, "Number of the seal on its packaging", hint=f"{NONE}, where it has none", check=_seal),
        Blank(condition, "Packaging and seal", hint=" or ".join(CONDITIONS), check=condition_of),
    )
    text = "Read aloud what stands on the item and on its packaging, and look for damage."
    answers = checked(room, Form(room.view, f"Receive {called(room, name)}", text, blanks))
    return ItemReceived.model_validate(
        {
            "item": name,
            "what": item.what,
            "serial": normal(answers[serial]),
            "packaging": normal(answers[seal]),
            "condition": answers[condition].lower(),
            "token": token_of(room.plan, name),
        }
    )


def seal(room: Room, step: models.SealBag) -> None:
    """Items go into one new bag. Its number is typed twice: as the actor and as the witness reads it."""
    instruct(room, (*((name, called(room, name)) for name in step.items), ("Safe", step.safe)))
    if of_this_step(room, BagSealed):
        return
    book = ledger(room)
    items = _still_there(room, book, step.items)
    fresh = _fresh(room, book)
    blanks = (
        Blank("bag", "Number of the new bag, as the actor reads it", check=fresh),
        Blank("bag-again", "The same, as the witness reads it", check=fresh),
    )
    text = "Look at the bag before anything goes into it: it is new, its seal is open, its number can be read."
    answers = checked(room, Form(room.view, f"New bag for {in_words(each.item for each in items)}", text, blanks))
    number = normal(answers["bag"])
    if number != normal(answers["bag-again"]):
        raise CeremonyError(
            "The two readings of the bag's number differ.",
            detail=f"{number} and {normal(answers['bag-again'])}.",
            not_done="No bag was recorded.",
            next_step="Read the number once more, and try again.",
            code="ITEM-BAG",
        )
    after_close = step.when == "after-close"
    witnessed(room, "sealed", sealed_statement(number, step.safe, items, after_close=after_close))
    room.record(BagSealed(number=number, safe=step.safe, items=items, after_close=after_close), actor=room.actor.id)


def hand_over(room: Room, step: models.HandOver) -> None:
    """Items leave the room with a person, who confirms it where they are one of this ceremony's people."""
    instruct(room, (*((name, called(room, name)) for name in step.items), ("To", _named(room, step.to))))
    if of_this_step(room, ItemsHandedOver):
        return
    items = _still_there(room, ledger(room), step.items)
    person = _of_this_ceremony(room, step.to)
    if person is None:
        blank = Blank("to", "Full name of the person who takes it", hint=step.to, check=_not_a_name)
        answers = checked(room, Form(room.view, f"Hand over to {step.to}", step.text, (blank,)))
        to = " ".join(answers["to"].split())
    else:
        to = person.name
        state(room, person, "taken", taken_statement(items), word="TAKEN", declined=not_confirmed(person))
    witnessed(room, "handed-over", handed_over_statement(items, to))
    taken = ItemsHandedOver(items=items, to=to, to_person=person.id if person is not None else "")
    room.record(taken, actor=room.actor.id)


def destroy_item(room: Room, step: models.DestroyItem) -> None:
    """An item is destroyed; actor and witness say that they saw it."""
    instruct(room, ((step.item, called(room, step.item)), ("How", step.method)))
    if of_this_step(room, ItemDestroyed):
        return
    (item,) = _still_there(room, ledger(room), (step.item,))
    statement = destroyed_statement(item, step.method)
    state(room, room.actor, "item-destroyed", statement, word="DESTROYED", declined=not_confirmed(room.actor))
    witnessed(room, "item-destroyed", statement, word="DESTROYED")
    room.record(ItemDestroyed(item=item.item, serial=item.serial, method=step.method), actor=room.actor.id)


def checked(room: Room, form: Form) -> dict[str, str]:
    """The answers of a form, each acceptable. Raises CeremonyError (ITEM-ANSWER) for one that is not."""
    given = room.officiant.record(form)
    answers = {}
    for blank in form.blanks:
        answers[blank.name] = given.get(blank.name, "").strip()
        complaint = blank.check(answers[blank.name]) if blank.check else None
        if complaint:
            raise CeremonyError(
                "An answer is not acceptable.",
                detail=f"{blank.label}: {complaint}",
                not_done="Nothing was recorded of it.",
                next_step="Read it once more, and fill in the form again.",
                code="ITEM-ANSWER",
            )
    return answers


def condition_of(answer: str) -> str | None:
    """Says that an answer is no condition, or None."""
    return None if answer.strip().lower() in CONDITIONS else f"Type one of the words {' and '.join(CONDITIONS)}."


def a_serial(answer: str) -> str | None:
    """Says that an answer is no serial number, or None."""
    number = normal(answer)
    if not answer.strip() or (number and not SERIAL.fullmatch(number)):
        return f"Type the serial number as it stands there, or {NONE} where it has none."
    return None


def a_number(answer: str) -> str | None:
    """Says that an answer is no number of a bag, or None."""
    return None if NUMBER.fullmatch(normal(answer)) else "Letters, digits and hyphens, such as BAG-000118."


def _serial(expected: str) -> Check:
    def check(answer: str) -> str | None:
        if expected and normal(answer) != expected:
            return f"It must be {expected}. Another thing needs another name in the script."
        return a_serial(answer)

    return check


def _seal(answer: str) -> str | None:
    return None if answer.strip() and not normal(answer) else a_number(answer)


def _fresh(room: Room, book: Ledger) -> Check:
    """A bag serves once; in practice the bags of earlier rehearsals may serve again."""
    practice, here = room.plan.mode == "practice", room.folder.name
    promised = {sealed.number for sealed, _ in book.promised.values()}
    used = {number for number, bag in book.bags.items() if bag.ceremony == here or not practice} | promised

    def check(answer: str) -> str | None:
        if normal(answer) in used:
            return "This bag was sealed before; a bag serves once. Take a new one."
        return a_number(answer)

    return check


def _still_there(room: Room, book: Ledger, names: tuple[str, ...]) -> tuple[HeldItem, ...]:
    """Those of the items that are not missing; all of them on the table. Raises CeremonyError (ITEM-PLACE)."""
    items = book.held(names)
    need(room, book, tuple(each.item for each in items) or names)
    return items


def _of_this_ceremony(room: Room, to: str) -> Person | None:
    """The person of this ceremony with this id. Raises CeremonyError (ITEM-WITNESS) where they are not in the room."""
    if all(to not in duty.people for duty in room.plan.script.roles.values()):
        return None
    person = room.plan.people[to]
    if room.state.present and person.id not in room.state.present:
        raise CeremonyError(
            "The person who is to take the items is not in the room.",
            detail=f"The script hands them over to {person.name}.",
            not_done="Nothing was handed over.",
            next_step="Wait for them and try again, or end the ceremony in good order.",
            code="ITEM-WITNESS",
        )
    return person


def _named(room: Room, to: str) -> str:
    return room.plan.people[to].name if to in room.plan.people else to


def _not_a_name(answer: str) -> str | None:
    answer = answer.strip()
    return None if 2 < len(answer) <= 100 and answer.isprintable() else "Type the person's full name."
