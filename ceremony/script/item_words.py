"""Items in words: where each is before and after a script, and what the register has of items and bags."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ceremony.custody.bags import in_words, place_words
from ceremony.script.custody_simulation import ItemCourse
from ceremony.transcript.register import Register

COLUMNS = (20, 26, 26)
"""Widths of the table's columns; with two spaces before each they make 78."""


def item_table(courses: Iterable[ItemCourse]) -> Iterator[str]:
    """A table of items: what, where before the ceremony, where after it."""
    yield "ITEMS"
    for cells in (("item", "before", "after"), *((f"{x.name}: {x.what}", x.before, x.after) for x in courses)):
        yield from _row(*cells)


def item_lines(courses: Iterable[ItemCourse]) -> tuple[str, ...]:
    """The items among the materials of a ceremony: what must be brought, and from where."""
    return tuple(f"1 x {item.what}: {item.before}" for item in courses)


def item_texts(register: Register) -> Iterator[tuple[str, str]]:
    """What the register has of items and of bags: paragraphs, each with its indent."""
    for item in register.items:
        serial = f", serial {item.serial}" if item.serial else ""
        yield f"{item.name}: {item.what}{serial}", "  "
        yield f"{place_words(item)}, since {item.since} ({item.ceremony})", "    "
    held = {item.bag for item in register.items if item.place == "bag"}
    closed = [bag for bag in register.bags if bag.number in held]
    for bag in closed:
        yield f"Bag {bag.number}, {bag.safe}: {in_words(bag.items)}", "  "
        looked = f", last looked at {bag.checked_at}" if bag.checked_at else ""
        yield f"Sealed {bag.sealed_at} in {bag.ceremony}{looked}", "    "
    if len(closed) < len(register.bags):
        yield f"Bags that hold nothing any more, and do not serve again: {len(register.bags) - len(closed)}", "  "


def _row(*cells: str) -> Iterator[str]:
    wrapped = [textwrap.wrap(cell, width, break_on_hyphens=False) for cell, width in zip(cells, COLUMNS, strict=True)]
    for line in range(max(len(cell) for cell in wrapped)):
        texts = (cell[line] if line < len(cell) else "" for cell in wrapped)
        yield "".join(f"  {text:{width}}" for text, width in zip(texts, COLUMNS, strict=True)).rstrip()
