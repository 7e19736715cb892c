"""The words for items and bags: what a witness confirms, and what stands in the record where something departs.

The engine asks for these sentences and the verifier makes them again from the record, so each stands here once. Numbers
of bags and serial numbers are compared as they are recorded: in capital letters and without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ceremony.transcript.kinds import ContentsFound, HeldItem, ItemReceived
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.register_entries import ItemEntry

NUMBER = re.compile(r"[A-Z0-9][A-Z0-9-]{1,29}")
"""The number of a bag, as it is recorded."""

SERIAL = re.compile(r"[!-~]{1,60}")
"""A serial number, as it is recorded."""

NONE = "none"
"""What people type where something has no number."""

MISSING = "missing"
"""What people type where an item is not there."""

CONDITIONS = ("intact", "damaged")


def normal(text: str) -> str:
    """A number as it is recorded and compared: capital letters, no spaces; empty for `none`."""
    squeezed = "".join(text.split()).upper()
    return "" if squeezed == NONE.upper() else squeezed


def in_words(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def place_words(item: ItemEntry) -> str:
    """Where an item is, between ceremonies."""
    match item.place:
        case "bag":
            return f"in bag {item.bag}, {item.safe}"
        case "stays":
            return "in the room, outside any bag"
        case "left":
            return f"with {item.holder}, who took it"
        case "destroyed":
            return "destroyed"
        case "missing":
            return "MISSING"
        case _:
            return f"on the table, where {item.ceremony} left it"


def received_statement(data: ItemReceived) -> str:
    """What the witness confirms of an item that came into the room."""
    serial = f"serial number {data.serial}" if data.serial else "no serial number"
    sealed = f"Its packaging, seal {data.packaging}," if data.packaging else "Its packaging, without a numbered seal,"
    return f"I read on item {data.item} ({data.what}): {serial}. {sealed} was {data.condition}."


def bag_statement(number: str, condition: str, *, opened: bool) -> str:
    """What the witness confirms of a bag before it is opened, or that stays closed."""
    end = "It is opened now." if opened else "It stays closed."
    return f"I read the number {number} on the bag, and it is {condition}. {end}"


def contents_statement(data: ContentsFound, missing: Iterable[str]) -> str:
    """What the witness confirms of what was in the bag."""
    held = f"Bag {data.number} held {in_words(item.summary() for item in data.items)}."
    absent = list(missing)
    return f"{held} It did not hold {in_words(absent)}." if absent else held


def sealed_statement(number: str, safe: str, items: Iterable[HeldItem], *, after_close: bool) -> str:
    """What the witness confirms of a new bag."""
    held = in_words(item.summary() for item in items)
    if after_close:
        return (
            f"I read the number {number} on the new bag. It is for {held}. It will be sealed as soon as the record is "
            f"closed, before anybody leaves, and goes to {safe}."
        )
    return f"I read the number {number} on the new bag. It holds {held}, was sealed before my eyes, and goes to {safe}."


def handed_over_statement(items: Iterable[HeldItem], to: str) -> str:
    """What the witness confirms of items that leave the room."""
    return f"I saw {to} take {in_words(item.summary() for item in items)}."


def taken_statement(items: Iterable[HeldItem]) -> str:
    """What a person of the ceremony confirms who takes items."""
    return f"I take {in_words(item.summary() for item in items)}, and answer for it from now on."


def destroyed_statement(item: HeldItem, method: str) -> str:
    """What actor and witness confirm of an item that is no more."""
    return f"I saw that item {item.summary()} was destroyed: {method}."


def accounted_statement(book: Ledger, names: Iterable[str], stays: Iterable[str]) -> str:
    """What actor and witness confirm at the close: where each item is."""
    places = "; ".join(f"{name} {_at_the_close(book, name, stays)}" for name in names)
    return f"Each item is where the record has it: {places}."


def _at_the_close(book: Ledger, name: str, stays: Iterable[str]) -> str:
    if name in book.promised:
        sealed = book.promised[name][0]
        return f"goes into bag {sealed.number}, {sealed.safe}, after the close"
    if name in stays:
        return "stays in the room"
    known = book.items.get(name)
    return f"is {place_words(known)}" if known is not None else "was not used"


def bag_as_expected(expected: str, items: Iterable[str]) -> str:
    """What the record expects of a bag."""
    return f"bag {expected}, intact, which holds {in_words(items)}"


def bag_as_found(number: str, condition: str) -> str:
    """What was read off the bag."""
    return f"bag {number}, {condition}"


def contents_as_expected(items: Iterable[HeldItem]) -> str:
    """What the record expects in a bag."""
    return f"in the bag: {in_words(item.summary() for item in items)}"


def contents_as_found(items: Iterable[HeldItem], missing: Iterable[str]) -> str:
    """What was in the bag."""
    found = [item.summary() for item in items]
    absent = [f"{name} missing" for name in missing]
    return f"in the bag: {in_words([*found, *absent])}"


def packaging_as_expected(item: str) -> str:
    """What everybody expects of packaging."""
    return f"{item} in packaging that is intact"


def packaging_as_found(data: ItemReceived) -> str:
    """What the packaging was like."""
    return f"{data.item} in packaging that is {data.condition}" + (f", seal {data.packaging}" if data.packaging else "")
