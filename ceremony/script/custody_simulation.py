"""The items followed through a script before anybody enters the room, from where the register has them to the close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, assert_never

from ceremony.custody.bags import in_words, normal, place_words
from ceremony.errors import Finding, Severity
from ceremony.script.ledger_steps import (
    CheckBag,
    DestroyItem,
    HandOver,
    LedgerStep,
    OpenBag,
    ReceiveItems,
    SealBag,
)
from ceremony.script.models import (
    Close,
    MovesItems,
    Script,
    Step,
)
from ceremony.script.practice_label import practice_label
from ceremony.strict_yaml import DataPath
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import ItemEntry

Placed = tuple[DataPath, Step]
"""A step with its place in the script's data."""

Complaints = Iterator[tuple[str, DataPath, str]]
"""Rule id, place, message."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an item is at some moment of the script. `bag` tells bags apart: a number, or the step that seals one."""

    kind: Literal["nowhere", "table", "bag", "loose", "left", "destroyed", "missing"]
    words: str
    bag: str = ""


NEW = Spot("nowhere", "not in the register yet")
TABLE = Spot("table", "on the table")


@dataclass(frozen=True, slots=True)
class ItemCourse:
    """What `ceremony plan` says of one item."""

    name: str
    what: str
    before: str
    after: str


@dataclass(slots=True)
class Simulation:
    """Items on their way through the steps. `check` says where a step finds them elsewhere than it needs them."""

    script: Script
    register: Register
    spots: dict[str, Spot] = field(default_factory=dict)
    promised: dict[str, str] = field(default_factory=dict)
    """Items that a bag takes after the close, and the safe to which that goes."""

    moved: set[str] = field(default_factory=set)
    """Items whose place is this script's doing."""

    def __post_init__(self) -> None:
        self.spots = {item.name: _spot(item) for item in self.register.items}

    def check(self, steps: list[Placed]) -> Complaints:
        """ITEM-UNKNOWN, ITEM-TWICE, ITEM-SERIAL, ITEM-TOKEN, ITEM-WITNESS, ITEM-PLACE, ITEM-BAG, ITEM-CLOSE: every step
        finds what it needs."""
        yield from self._serials()
        yield from self._tokens()
        for path, step in steps:
            yield from self._named(path, "needs", step.needs)
            for index, name in enumerate(step.needs):
                if name in self.script.items and self._spot(name).kind != "table":
                    message = f"`{name}` is not on the table when this step begins: it is {self._spot(name).words}"
                    yield "ITEM-PLACE", (*path, "needs", index), message
            if isinstance(step, MovesItems):
                place = "item" if isinstance(step, DestroyItem) else "items"
                yield from self._named(path, place, step.items_named)
                yield from self._witness(path, step)
                yield from self._step(path, step)
            elif isinstance(step, Close):
                yield from self._close(path, step)

    def _spot(self, name: str) -> Spot:
        return self.spots.get(name, NEW)

    def _named(self, path: DataPath, key: str, names: tuple[str, ...]) -> Complaints:
        """ITEM-UNKNOWN, ITEM-TWICE."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            at: DataPath = (*path, key) if key == "item" else (*path, key, index)
            if name not in self.script.items:
                yield "ITEM-UNKNOWN", at, f"there is no item `{name}` among the items of this script"
            if name in seen:
                yield "ITEM-TWICE", at, f"`{name}` is named twice in this step"
            seen.add(name)

    def _serials(self) -> Complaints:
        """ITEM-SERIAL: the script and the register speak of the same thing."""
        for name, item in self.script.items.items():
            known = self.register.item(name)
            if known is not None and item.serial is not None and normal(item.serial) != known.serial:
                held = f"serial number {known.serial}" if known.serial else "no serial number"
                message = f"the register has {held} for `{name}`; another thing needs another name"
                yield "ITEM-SERIAL", ("items", name, "serial"), message

    def _tokens(self) -> Complaints:
        """ITEM-TOKEN: an item that is a token is one of this script, and the one that the register has."""
        labels = {choice.label for choice in (self.script.token, *self.script.other_tokens.values())}
        practice = self.register.mode == "practice"
        for name, item in self.script.items.items():
            if item.token is None:
                continue
            if item.token not in labels:
                yield "ITEM-TOKEN", ("items", name, "token"), f"this script has no token {item.token}"
            known = self.register.item(name)
            label = practice_label(item.token) if practice else item.token
            if known is not None and known.token not in ("", label):
                message = f"the register has token {known.token} for `{name}`; another token needs another name"
                yield "ITEM-TOKEN", ("items", name, "token"), message

    def _witness(self, path: DataPath, step: LedgerStep) -> Complaints:
        """ITEM-WITNESS: who confirms what is read aloud is never the person who reads it."""
        both = self._people(step.actor) & self._people(step.witness)
        if both and len(self._people(step.actor) | self._people(step.witness)) > 1:
            message = f"{in_words(sorted(both))} could act and witness here; the two are different people"
            yield "ITEM-WITNESS", (*path, "witness"), message

    def _people(self, name: str) -> set[str]:
        roles = {str(role): set(duty.people) for role, duty in self.script.roles.items()}
        return roles.get(name, {name})

    def _step(self, path: DataPath, step: MovesItems) -> Complaints:
        match step:
            case ReceiveItems():
                yield from self._receive(path, step)
            case CheckBag() | OpenBag():
                yield from self._bag(path, step)
            case SealBag():
                yield from self._from_the_table(path, "items", step.items)
                for name in step.items:
                    if step.when == "after-close":
                        self.promised[name] = step.safe
                    else:
                        words = f"in the bag of step {step.id}, {step.safe}"
                        self._move(name, Spot("bag", words, f"step {step.id}"))
            case HandOver():
                yield from self._from_the_table(path, "items", step.items)
                for name in step.items:
                    self._move(name, Spot("left", f"handed over to {step.to}"))
            case DestroyItem():
                yield from self._from_the_table(path, "item", (step.item,))
                self._move(step.item, Spot("destroyed", "destroyed"))
            case _:
                assert_never(step)

    def _receive(self, path: DataPath, step: ReceiveItems) -> Complaints:
        """ITEM-PLACE: what a bag holds, or lies on the table, does not come in. A rehearsal begins anew each time."""
        for index, name in enumerate(step.items):
            spot = self._spot(name)
            again = name not in self.moved and self.register.mode == "practice"
            if spot.kind in ("table", "bag", "destroyed") and not again:
                message = f"`{name}` cannot be received: it is {spot.words}"
                yield "ITEM-PLACE", (*path, "items", index), message
            self._move(name, TABLE)

    def _bag(self, path: DataPath, step: CheckBag | OpenBag) -> Complaints:
        """ITEM-PLACE, ITEM-BAG: one bag holds these items and no others, and it is the one that the script names."""
        bags: dict[str, None] = {}
        for index, name in enumerate(step.items):
            spot = self._spot(name)
            if spot.kind == "bag":
                bags[spot.bag] = None
            elif name in self.script.items:
                message = f"`{name}` is in no bag that could be opened: it is {spot.words}"
                yield "ITEM-PLACE", (*path, "items", index), message
        if len(bags) > 1:
            yield "ITEM-BAG", (*path, "items"), f"the items are in {len(bags)} bags; take one step for each bag"
        elif bags:
            (bag,) = bags
            others = [name for name, spot in self.spots.items() if spot.bag == bag and name not in step.items]
            if others:
                message = f"the bag also holds {in_words(others)}; name everything that comes out of it"
                yield "ITEM-BAG", (*path, "items"), message
            # A rehearsal has bags of its own, with other numbers than the script's.
            if step.bag is not None and step.bag != bag and self.register.mode == "production":
                held = f"in the bag that {bag} seals" if bag.startswith("step ") else f"in bag {bag}"
                yield "ITEM-BAG", (*path, "bag"), f"the items are {held}, not in bag {step.bag}"
        if isinstance(step, OpenBag):
            for name in step.items:
                self._move(name, TABLE)

    def _move(self, name: str, spot: Spot) -> None:
        self.spots[name] = spot
        self.moved.add(name)

    def _from_the_table(self, path: DataPath, key: str, names: tuple[str, ...]) -> Complaints:
        """ITEM-PLACE: what is sealed, handed over or destroyed lies on the table, and no bag is to take it."""
        for index, name in enumerate(names):
            spot = self._spot(name)
            at: DataPath = (*path, key) if key == "item" else (*path, key, index)
            if name in self.script.items and spot.kind != "table":
                yield "ITEM-PLACE", at, f"`{name}` is not on the table: it is {spot.words}"
            elif name in self.promised:
                message = f"a step above seals `{name}` after the close; nothing else is done with it"
                yield "ITEM-PLACE", at, message

    def _close(self, path: DataPath, step: Close) -> Complaints:
        """ITEM-CLOSE: whatever lies on the table at the end is sealed, handed over, destroyed, or said to stay."""
        yield from self._named(path, "stays", step.stays)
        for index, name in enumerate(step.stays):
            if name in self.script.items and (self._spot(name).kind != "table" or name in self.promised):
                where = "to be sealed after the close" if name in self.promised else self._spot(name).words
                yield "ITEM-CLOSE", (*path, "stays", index), f"`{name}` cannot stay in the room: it is {where}"
        for name in self.script.items:
            if self._spot(name).kind == "table" and name not in self.promised and name not in step.stays:
                message = f"`{name}` is left on the table: seal it, hand it over, destroy it, or say that it stays"
                yield "ITEM-CLOSE", path, message

    def after(self, name: str) -> str:
        """Where an item is once the record is closed, in words."""
        if name in self.promised:
            return f"in a new bag, {self.promised[name]}, sealed after the close"
        spot = self._spot(name)
        return "in the room, outside any bag" if spot.kind == "table" else spot.words


def item_courses(script: Script, register: Register) -> tuple[ItemCourse, ...]:
    """Where each item of the script is before and after it, for people."""
    before = {name: _before(name, register) for name in script.items}
    simulation = Simulation(script, register)
    for _ in simulation.check(_placed(script)):
        pass  # a script that was loaded has no complaints; the walk itself is wanted
    return tuple(
        ItemCourse(name, _called(script, register, name), before[name], simulation.after(name)) for name in script.items
    )


def item_findings(script: Script, register: Register) -> Iterator[Finding]:
    """ITEM-RETURNS: something comes back that was out of the CA's bags. ITEM-LEFT: nobody answers for something."""
    received = {name for _, step in _placed(script) if isinstance(step, ReceiveItems) for name in step.items}
    for item in register.items:
        if item.name in received and item.place != "bag":
            message = f"comes in again: it was {place_words(item)}, since {item.since}; look at it as at a new one"
            yield Finding("ITEM-RETURNS", Severity.NOTICE, message, item.name)
        elif item.name not in received and item.place in ("table", "missing"):
            message = f"is {place_words(item)}, since {item.since}; no step of this script receives it"
            yield Finding("ITEM-LEFT", Severity.WARNING, message, item.name)


def _spot(item: ItemEntry) -> Spot:
    match item.place:
        case "bag":
            return Spot("bag", place_words(item), item.bag)
        case "stays":
            return Spot("table", place_words(item))
        case "table":
            return Spot("loose", place_words(item))
        case "left" | "destroyed" | "missing":
            return Spot(item.place, place_words(item))


def _before(name: str, register: Register) -> str:
    known = register.item(name)
    return f"{place_words(known)}, since {known.since[:10]} ({known.ceremony})" if known else NEW.words


def _called(script: Script, register: Register, name: str) -> str:
    known = register.item(name)
    serial = known.serial if known else normal(script.items[name].serial or "")
    return script.items[name].what + (f", serial {serial}" if serial else "")


def _placed(script: Script) -> list[Placed]:
    return [
        (("sections", at, "steps", place), step)
        for at, section in enumerate(script.sections)
        for place, step in enumerate(section.steps)
    ]
