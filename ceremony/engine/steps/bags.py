"""Bags that earlier steps or ceremonies sealed: looked at, compared with the record, opened, and what is in them."""

from __future__ import annotations

from ceremony.custody.bags import (
    CONDITIONS,
    MISSING,
    NONE,
    bag_as_expected,
    bag_as_found,
    bag_statement,
    contents_as_expected,
    contents_as_found,
    contents_statement,
    in_words,
    normal,
)
from ceremony.engine.ledger import called, depart, instruct, ledger, where_now, witnessed
from ceremony.engine.questions import Blank, Form
from ceremony.engine.room import Room
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.steps.ledger import a_number, a_serial, checked, condition_of
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.transcript.kinds import BagChecked, BagOpened, ContentsFound, HeldItem, ItemMissing
from ceremony.transcript.register_entries import BagEntry


def check_bag(room: Room, step: models.CheckBag) -> None:
    """Number and condition are compared with the record; the bag stays closed."""
    done = bool(of_this_step(room, BagChecked))
    bag = _told(room, step)
    if not done:
        room.record(BagChecked.model_validate(_read(room, step, bag)), actor=room.actor.id)


def open_bag(room: Room, step: models.OpenBag) -> None:
    """Number and condition are compared with the record before the bag is cut; then each item's serial is read."""
    done = bool(of_this_step(room, BagOpened))
    bag = _told(room, step)
    if not done:
        room.record(BagOpened.model_validate(_read(room, step, bag)), actor=room.actor.id)
    if not of_this_step(room, ContentsFound):
        _look_inside(room, of_this_step(room, BagOpened)[-1])


def _told(room: Room, step: models.CheckBag | models.OpenBag) -> BagEntry | None:
    """Show the instruction with the closed bag that holds the items, which is returned; None where none does now."""
    book = ledger(room)
    bag = next((held for name in step.items if (held := book.bag_of(name)) is not None), None)
    sealed = (("Bag", _sealed(room, bag)),) if bag is not None else ()
    instruct(room, (*sealed, *((name, called(room, name)) for name in step.items)))
    return bag


def _read(room: Room, step: models.CheckBag | models.OpenBag, bag: BagEntry | None) -> dict[str, object]:
    """The bag as people find it; the data of the event that says so, confirmed by the witness.

    Raises CeremonyError (ITEM-PLACE) where no bag holds the items.
    """
    book = ledger(room)
    opens = isinstance(step, models.OpenBag)
    if bag is None:
        raise CeremonyError(
            "There is no bag that could hold these items.",
            detail="; ".join(f"{called(room, name)} is {where_now(book, name)}" for name in step.items) + ".",
            not_done="No bag was opened.",
            next_step="End the ceremony in good order, and find out where they are.",
            code="ITEM-PLACE",
        )
    items = tuple(name for name in step.items if book.bag_of(name) == bag)
    blanks = (
        Blank("bag", "Number on the bag", hint=f"sealed as {bag.number}", recorded=bag.number, check=a_number),
        Blank("condition", "Bag and seal", hint=" or ".join(CONDITIONS), check=condition_of),
    )
    text = "Look at the bag and its seal from all sides. Read the number aloud. Do not cut it yet."
    answers = checked(room, Form(room.view, f"The bag of {in_words(items)}", text, blanks))
    number, condition = normal(answers["bag"]), answers["condition"].lower()
    if (number, condition) != (bag.number, "intact"):
        fault = CeremonyError(
            "The bag is not as it was sealed." if number == bag.number else "This is not the bag that was sealed last.",
            detail=f"The record has bag {bag.number}, intact. This is {bag_as_found(number, condition)}.",
            not_done="The bag was not opened." if opens else "Nothing was recorded of the bag.",
            next_step="Look again. Go on only by a decision: somebody may have had what is in it.",
            code="ITEM-BAG",
        )
        depart(room, fault, bag_as_expected(bag.number, items), bag_as_found(number, condition))
    witnessed(room, "bag", bag_statement(number, condition, opened=opens))
    return {"number": number, "expected": bag.number, "condition": condition, "items": items}


def _look_inside(room: Room, opened: BagOpened) -> None:
    """Each item's serial number is read; what is not there is on record as missing, by a decision."""
    book = ledger(room)
    expected = tuple(HeldItem(item=name, serial=book.serial(name)) for name in opened.items)
    blanks = tuple(
        Blank(
            f"{item.item}-serial",
            f"Serial number on {called(room, item.item)}",
            hint=f"{item.serial or NONE}; or: {MISSING}",
            recorded=item.serial or NONE,
            check=a_serial,
        )
        for item in expected
    )
    text = "Open the bag before everybody's eyes. Take out each item, and read its serial number aloud."
    answers = checked(room, Form(room.view, f"What was in bag {opened.number}", text, blanks))
    read = {item.item: normal(answers[f"{item.item}-serial"]) for item in expected}
    missing = tuple(name for name, serial in read.items() if serial == MISSING.upper())
    found = tuple(HeldItem(item=name, serial=serial) for name, serial in read.items() if name not in missing)
    if found != expected:
        fault = CeremonyError(
            "The bag does not hold what the record says.",
            detail=f"Expected {contents_as_expected(expected)}. Found {contents_as_found(found, missing)}.",
            not_done="What was in the bag is not on record yet.",
            next_step="Look again, also inside the bag. Go on only by a decision.",
            code="ITEM-MISSING" if missing else "ITEM-SERIAL",
        )
        depart(room, fault, contents_as_expected(expected), contents_as_found(found, missing))
    contents = ContentsFound(number=opened.number, items=found)
    witnessed(room, "contents", contents_statement(contents, missing))
    for item in expected:
        if item.item in missing:
            lost = ItemMissing(item=item.item, serial=item.serial, number=opened.number)
            room.record(lost, actor=room.actor.id)
    room.record(contents, actor=room.actor.id)


def _sealed(room: Room, bag: BagEntry) -> str:
    where = "in this ceremony" if bag.ceremony == room.folder.name else f"on {bag.sealed_at[:10]} in {bag.ceremony}"
    return f"{bag.number}, sealed {where}, kept in {bag.safe}"
