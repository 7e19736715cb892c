"""The custody ledger: where each item is and which bag holds it, folded from the record. It is state, and writes none.

Between ceremonies an item is in a bag, stays in the room, is with somebody outside, destroyed or missing. One that an
aborted or unfinished ceremony left on the table is there still, and nobody answers for it until it is received again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ceremony.transcript import kinds
from ceremony.transcript.kinds import EventData
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import BagEntry, ItemEntry


@dataclass(slots=True)
class Ledger:
    """Items and bags; `apply` folds one more event in."""

    items: dict[str, ItemEntry] = field(default_factory=dict)
    bags: dict[str, BagEntry] = field(default_factory=dict)
    at_hand: set[str] = field(default_factory=set)
    """What can be used now: on the table of this ceremony, or staying in its room."""
    promised: dict[str, tuple[kinds.BagSealed, str]] = field(default_factory=dict)
    """Items at hand that go into a bag as soon as the record is closed, with the moment when its number was read."""

    @classmethod
    def of(cls, register: Register) -> Ledger:
        """The ledger as earlier ceremonies left it."""
        return cls(
            {item.name: item for item in register.items},
            {bag.number: bag for bag in register.bags},
            {item.name for item in register.items if item.place == "stays"},
        )

    def bag_of(self, item: str) -> BagEntry | None:
        """The closed bag that holds an item."""
        entry = self.items.get(item)
        return self.bags.get(entry.bag) if entry is not None and entry.place == "bag" else None

    def serial(self, item: str) -> str:
        """The serial number that was last read off an item; empty for one without, or one that was never seen."""
        entry = self.items.get(item)
        return entry.serial if entry is not None else ""

    def unaccounted(self, stays: Iterable[str] = ()) -> tuple[str, ...]:
        """What lies on the table although no bag is to take it and the script does not say that it stays."""
        return tuple(
            name
            for name, item in self.items.items()
            if name in self.at_hand and name not in self.promised and name not in stays and item.place == "table"
        )

    def held(self, names: Iterable[str]) -> tuple[kinds.HeldItem, ...]:
        """Those of the items that are not missing, with the serial numbers that were last read off them."""
        return tuple(
            kinds.HeldItem(item=name, serial=self.serial(name))
            for name in names
            if name not in self.items or self.items[name].place != "missing"
        )

    def apply(self, data: EventData, at: str = "", ceremony: str = "") -> None:
        """Fold one event in, of the ceremony in this folder at this moment. Other events than the ledger's do nothing.

        What an event says of an item that was never received is left out: the verifier says so.
        """
        match data:
            case kinds.ItemReceived():
                self.items[data.item] = ItemEntry(
                    name=data.item, what=data.what, serial=data.serial, place="table", since=at, ceremony=ceremony
                )
                self.at_hand.add(data.item)
            case kinds.BagChecked():
                self._bag_changes(data.expected, checked_at=at)
            case kinds.BagOpened():
                self._bag_changes(data.expected, opened_at=at, opened_in=ceremony)
                for name in data.items:
                    self._move(name, "table", at, ceremony)
            case kinds.ContentsFound():
                for held in data.items:  # also what an earlier look did not find
                    self._move(held.item, "table", at, ceremony, serial=held.serial)
            case kinds.ItemMissing():
                self._move(data.item, "missing", at, ceremony)
            case kinds.BagSealed(after_close=True):
                self.promised.update({held.item: (data, at) for held in data.items})
            case kinds.BagSealed():
                self._seal(data, at, ceremony)
            case kinds.ItemsHandedOver():
                for held in data.items:
                    self._move(held.item, "left", at, ceremony, holder=data.to)
            case kinds.ItemDestroyed():
                self._move(data.item, "destroyed", at, ceremony)
            case kinds.ItemStays():
                self._move(data.item, "stays", at, ceremony)
            case kinds.CeremonyClosed():
                for sealed, read_at in dict(self.promised.values()).items():
                    self._seal(sealed, read_at, ceremony)
                self.promised.clear()
            case _:
                pass

    def _seal(self, data: kinds.BagSealed, at: str, ceremony: str) -> None:
        names = tuple(held.item for held in data.items)
        self.bags[data.number] = BagEntry(
            number=data.number, safe=data.safe, items=names, sealed_at=at, ceremony=ceremony
        )
        for name in names:
            self._move(name, "bag", at, ceremony, bag=data.number, safe=data.safe)

    def _move(self, name: str, place: str, at: str, ceremony: str, **more: str) -> None:
        known = self.items.get(name)
        if known is None:
            return
        changes: Mapping[str, str] = {
            "place": place,
            "since": at,
            "ceremony": ceremony,
            "bag": "",
            "safe": "",
            "holder": "",
            **more,
        }
        self.items[name] = known.model_copy(update=dict(changes))
        if place in ("table", "stays"):
            self.at_hand.add(name)
        else:
            self.at_hand.discard(name)

    def _bag_changes(self, number: str, **changes: str) -> None:
        known = self.bags.get(number)
        if known is not None:
            self.bags[number] = known.model_copy(update=dict(changes))
