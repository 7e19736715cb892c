"""Items and the bags that hold them: taken in, sealed, looked at, opened, handed over, destroyed, or not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Place, Value

if TYPE_CHECKING:
    from ceremony.transcript.ledger import Ledger
    from ceremony.transcript.state import CeremonyState

Condition = Literal["intact", "damaged"]


class LedgerEvent(EventData, abstract=True):
    """Base of whatever changes where an item is, or says that it is where the record has it."""

    def apply(self, state: CeremonyState, line: Event) -> None:
        """It is one more event of the ledger, and changes it."""
        state.custody.append((line, self))
        self.move(state.ledger, line.at)

    def move(self, ledger: Ledger, at: str) -> None:
        """What becomes of the items and bags, at this moment."""
        raise NotImplementedError

    @classmethod
    def __pydantic_init_subclass__(cls, *, abstract: bool = False, **more: Any) -> None:
        if cls.move is LedgerEvent.move and not abstract:
            raise TypeError(f"{cls.__name__} is no kind of event: it does not declare move")
        super().__pydantic_init_subclass__(abstract=abstract, **more)


class HeldItem(Value):
    """An item and the serial number that was read off it; empty where it has none."""

    item: str
    serial: str

    def summary(self) -> str:
        """Both, for one line."""
        return f"{self.item} (serial {self.serial})" if self.serial else self.item


class ItemReceived(LedgerEvent):
    """An item comes into the room for the first time, or again after it was out of the CA's bags."""

    kind: ClassVar[str] = "item-received"
    SUBJECT = ("item",)
    PERSON = NONE
    PLACE = Place.STEP
    item: str
    what: str
    """The script's words for it."""
    serial: str
    packaging: str
    """The number of the seal in which it came, or empty where its packaging has none."""
    condition: Condition
    """Of the packaging and its seal."""
    token: str = ""
    """The label of the token that it is, or is to be, by the script; empty for anything else."""

    def summary(self) -> str:
        sealed = f"under seal {self.packaging}" if self.packaging else "without a numbered seal"
        serial = f", serial {self.serial}" if self.serial else ""
        return f"{self.item} ({self.what}{serial}) received {sealed}, {self.condition}"

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.receive(self, at)


class BagChecked(LedgerEvent):
    """A bag was looked at and stays closed."""

    kind: ClassVar[str] = "bag-checked"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: str
    expected: str
    """The number under which the record last sealed the items."""
    condition: Condition
    items: tuple[str, ...]

    def summary(self) -> str:
        return f"bag {self.number} is {self.condition} and stays closed; it holds {', '.join(self.items)}"

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.change_bag(self.expected, checked_at=at)


class BagOpened(LedgerEvent):
    """A bag is opened, now that its number and its condition were read. What it holds comes on the table."""

    kind: ClassVar[str] = "bag-opened"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
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

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.change_bag(self.expected, opened_at=at, opened_in=ledger.ceremony)
        for name in self.items:
            ledger.move(name, "table", at)


class ContentsFound(LedgerEvent):
    """What was in a bag when it was opened, each item with the serial number that was read off it."""

    kind: ClassVar[str] = "contents-found"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: str
    items: tuple[HeldItem, ...]

    def summary(self) -> str:
        held = ", ".join(item.summary() for item in self.items)
        return f"bag {self.number} held {held or 'none of what it was to hold'}"

    def move(self, ledger: Ledger, at: str) -> None:
        for held in self.items:  # also what an earlier look did not find
            ledger.move(held.item, "table", at, serial=held.serial)


class ItemMissing(LedgerEvent):
    """An item was looked for and not found. It stays unaccounted for until a ceremony receives it again."""

    kind: ClassVar[str] = "item-missing"
    SUBJECT = ("item",)
    PERSON = NONE
    PLACE = Place.STEP
    item: str
    serial: str
    number: str
    """The bag that was to hold it."""

    def summary(self) -> str:
        return f"{self.item} is MISSING: bag {self.number} was to hold it"

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.move(self.item, "missing", at)


class BagSealed(LedgerEvent):
    """Items go into a new tamper-evident bag, and the bag to its safe."""

    kind: ClassVar[str] = "bag-sealed"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: str
    safe: str
    items: tuple[HeldItem, ...]
    after_close: bool
    """The items are still used; the bag is sealed as soon as the record is closed, before anybody leaves."""

    def summary(self) -> str:
        held = ", ".join(item.summary() for item in self.items)
        when = "to be sealed after the close" if self.after_close else "sealed"
        return f"bag {self.number} {when} with {held}; it goes to {self.safe}"

    def move(self, ledger: Ledger, at: str) -> None:
        if self.after_close:
            ledger.promise(self, at)
        else:
            ledger.seal(self, at)


class ItemsHandedOver(LedgerEvent):
    """Items leave the room with a person."""

    kind: ClassVar[str] = "items-handed-over"
    SUBJECT = ("items",)
    PERSON = NONE
    PLACE = Place.STEP
    items: tuple[HeldItem, ...]
    to: str
    """The name of the person who took it."""
    to_person: str
    """Their id, where they are one of this ceremony's people; empty else."""

    def summary(self) -> str:
        return f"{', '.join(item.summary() for item in self.items)} handed over to {self.to}"

    def move(self, ledger: Ledger, at: str) -> None:
        for held in self.items:
            ledger.move(held.item, "left", at, holder=self.to)


class ItemDestroyed(LedgerEvent):
    """An item was destroyed before everybody's eyes."""

    kind: ClassVar[str] = "item-destroyed"
    SUBJECT = ("item",)
    PERSON = NONE
    PLACE = Place.STEP
    item: str
    serial: str
    method: str

    def summary(self) -> str:
        return f"{HeldItem(item=self.item, serial=self.serial).summary()} destroyed: {self.method}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        """With a token goes what it held."""
        super().apply(state, line)
        label = state.ledger.token(self.item)
        if label:
            state.destroy_token(label, self.method, line)

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.move(self.item, "destroyed", at)


class ItemStays(LedgerEvent):
    """At the close: an item stays in the room, outside any bag, as the script says."""

    kind: ClassVar[str] = "item-stays"
    SUBJECT = ("item",)
    PERSON = NONE
    PLACE = Place.STEP
    item: str
    serial: str

    def summary(self) -> str:
        return f"{HeldItem(item=self.item, serial=self.serial).summary()} stays in the room"

    def move(self, ledger: Ledger, at: str) -> None:
        ledger.move(self.item, "stays", at)
