"""The custody ledger: where each item is and which bag holds it, folded from the record. It is state, and writes none.

Between ceremonies an item is in a bag, stays in the room, is with somebody outside, destroyed or missing. One that an
aborted or unfinished ceremony left on the table is there still, and nobody answers for it until it is received again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ceremony.transcript.kinds import BagSealed, HeldItem, ItemReceived
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import BagEntry, ItemEntry, Place


@dataclass(slots=True)
class Ledger:
    """Items and bags. The events of the ledger change it, through `CeremonyState.apply`."""

    ceremony: str = ""
    """The folder of the ceremony that changes it; what it changes is entered under that name."""
    items: dict[str, ItemEntry] = field(default_factory=dict)
    bags: dict[str, BagEntry] = field(default_factory=dict)
    at_hand: set[str] = field(default_factory=set)
    """What can be used now: on the table of this ceremony, or staying in its room."""
    promised: dict[str, tuple[BagSealed, str]] = field(default_factory=dict)
    """Items at hand that go into a bag as soon as the record is closed, with the moment when its number was read."""

    @classmethod
    def of(cls, register: Register, ceremony: str = "") -> Ledger:
        """The ledger as earlier ceremonies left it, for the ceremony of this folder to go on from."""
        return cls(
            ceremony,
            {item.name: item for item in register.items},
            {bag.number: bag for bag in register.bags},
            {item.name for item in register.items if item.place == "stays"},
        )

    def copy(self) -> Ledger:
        """The same, as it is now."""
        return Ledger(self.ceremony, dict(self.items), dict(self.bags), set(self.at_hand), dict(self.promised))

    def bag_of(self, item: str) -> BagEntry | None:
        """The closed bag that holds an item."""
        entry = self.items.get(item)
        return self.bags.get(entry.bag) if entry is not None and entry.place == "bag" else None

    def serial(self, item: str) -> str:
        """The serial number that was last read off an item; empty for one without, or one that was never seen."""
        entry = self.items.get(item)
        return entry.serial if entry is not None else ""

    def token(self, item: str) -> str:
        """The label of the token that an item is; empty for anything else."""
        entry = self.items.get(item)
        return entry.token if entry is not None else ""

    def unaccounted(self, stays: Iterable[str] = ()) -> tuple[str, ...]:
        """What lies on the table although no bag is to take it and the script does not say that it stays."""
        return tuple(
            name
            for name, item in self.items.items()
            if name in self.at_hand and name not in self.promised and name not in stays and item.place == "table"
        )

    def held(self, names: Iterable[str]) -> tuple[HeldItem, ...]:
        """Those of the items that are not missing, with the serial numbers that were last read off them."""
        return tuple(
            HeldItem(item=name, serial=self.serial(name))
            for name in names
            if name not in self.items or self.items[name].place != "missing"
        )

    def receive(self, said: ItemReceived, at: str) -> None:
        """An item comes on the table, from outside."""
        self.items[said.item] = ItemEntry(
            name=said.item,
            what=said.what,
            serial=said.serial,
            token=said.token,
            place="table",
            since=at,
            ceremony=self.ceremony,
        )
        self.at_hand.add(said.item)

    def promise(self, said: BagSealed, at: str) -> None:
        """A bag that is sealed as soon as the record is closed."""
        self.promised.update({held.item: (said, at) for held in said.items})

    def seal(self, said: BagSealed, at: str) -> None:
        """Items go into a bag."""
        names = tuple(held.item for held in said.items)
        self.bags[said.number] = BagEntry(
            number=said.number, safe=said.safe, items=names, sealed_at=at, ceremony=self.ceremony
        )
        for name in names:
            self.move(name, "bag", at, bag=said.number, safe=said.safe)

    def close(self) -> None:
        """The record is closed: what was promised is sealed."""
        for sealed, read_at in dict(self.promised.values()).items():
            self.seal(sealed, read_at)
        self.promised.clear()

    def move(self, name: str, place: Place, at: str, **more: str) -> None:
        """An item is somewhere else now. One that was never received is left out: the verifier says so."""
        known = self.items.get(name)
        if known is None:
            return
        changes: Mapping[str, str] = {
            "place": place,
            "since": at,
            "ceremony": self.ceremony,
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

    def change_bag(self, number: str, **changes: str) -> None:
        """Something is known of a bag of the record; of another one nothing is kept."""
        known = self.bags.get(number)
        if known is not None:
            self.bags[number] = known.model_copy(update=dict(changes))
