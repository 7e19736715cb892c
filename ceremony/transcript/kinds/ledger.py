"""Items and the bags that hold them: taken in, sealed, looked at, opened, handed over, destroyed, or not found."""

from __future__ import annotations

from typing import ClassVar, Literal

from ceremony.transcript.kinds.base import EventData

Condition = Literal["intact", "damaged"]


class HeldItem(EventData):
    """An item and the serial number that was read off it; empty where it has none."""

    item: str
    serial: str

    def summary(self) -> str:
        return f"{self.item} (serial {self.serial})" if self.serial else self.item


class ItemReceived(EventData):
    """An item comes into the room for the first time, or again after it was out of the CA's bags."""

    kind: ClassVar[str] = "item-received"
    item: str
    what: str
    """The script's words for it."""
    serial: str
    packaging: str
    """The number of the seal in which it came, or empty where its packaging has none."""
    condition: Condition
    """Of the packaging and its seal."""

    def summary(self) -> str:
        sealed = f"under seal {self.packaging}" if self.packaging else "without a numbered seal"
        serial = f", serial {self.serial}" if self.serial else ""
        return f"{self.item} ({self.what}{serial}) received {sealed}, {self.condition}"


class BagChecked(EventData):
    """A bag was looked at and stays closed."""

    kind: ClassVar[str] = "bag-checked"
    number: str
    expected: str
    """The number under which the record last sealed the items."""
    condition: Condition
    items: tuple[str, ...]

    def summary(self) -> str:
        return f"bag {self.number} is {self.condition} and stays closed; it holds {', '.join(self.items)}"


class BagOpened(EventData):
    """A bag is opened, now that its number and its condition were read. What it holds comes on the table."""

    kind: ClassVar[str] = "bag-opened"
    number: str
    """As it was read off the bag."""
    expected: str
    """The number under which the record last sealed the items."""
    condition: Condition
    items: tuple[str, ...]
    """What the record says that it holds."""

    def summary(self) -> str:
        other = "" if self.number == self.expected else f"; the record expected {self.expected}"
        return f"bag {self.number} opened, {self.condition}{other}"


class ContentsFound(EventData):
    """What was in a bag when it was opened, each item with the serial number that was read off it."""

    kind: ClassVar[str] = "contents-found"
    number: str
    items: tuple[HeldItem, ...]

    def summary(self) -> str:
        held = ", ".join(item.summary() for item in self.items)
        return f"bag {self.number} held {held or 'none of what it was to hold'}"


class ItemMissing(EventData):
    """An item was looked for and not found. It stays unaccounted for until a ceremony receives it again."""

    kind: ClassVar[str] = "item-missing"
    item: str
    serial: str
    number: str
    """The bag that was to hold it."""

    def summary(self) -> str:
        return f"{self.item} is MISSING: bag {self.number} was to hold it"


class BagSealed(EventData):
    """Items go into a new tamper-evident bag, and the bag to its safe."""

    kind: ClassVar[str] = "bag-sealed"
    number: str
    safe: str
    items: tuple[HeldItem, ...]
    after_close: bool
    """The items are still used; the bag is sealed as soon as the record is closed, before anybody leaves."""

    def summary(self) -> str:
        held = ", ".join(item.summary() for item in self.items)
        when = "to be sealed after the close" if self.after_close else "sealed"
        return f"bag {self.number} {when} with {held}; it goes to {self.safe}"


class ItemsHandedOver(EventData):
    """Items leave the room with a person."""

    kind: ClassVar[str] = "items-handed-over"
    items: tuple[HeldItem, ...]
    to: str
    """The name of the person who took it."""

    def summary(self) -> str:
        return f"{', '.join(item.summary() for item in self.items)} handed over to {self.to}"


class ItemDestroyed(EventData):
    """An item was destroyed before everybody's eyes."""

    kind: ClassVar[str] = "item-destroyed"
    item: str
    serial: str
    method: str

    def summary(self) -> str:
        return f"{HeldItem(item=self.item, serial=self.serial).summary()} destroyed: {self.method}"


class ItemStays(EventData):
    """At the close: an item stays in the room, outside any bag, as the script says."""

    kind: ClassVar[str] = "item-stays"
    item: str
    serial: str

    def summary(self) -> str:
        return f"{HeldItem(item=self.item, serial=self.serial).summary()} stays in the room"


LedgerEvent = (
    ItemReceived
    | BagChecked
    | BagOpened
    | ContentsFound
    | ItemMissing
    | BagSealed
    | ItemsHandedOver
    | ItemDestroyed
    | ItemStays
)
"""Whatever changes where an item is, or says that it is where the record has it."""
