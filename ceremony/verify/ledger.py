"""ITEM: what was opened is what was sealed last, what a step needs was there, and nothing was left at the end.

The ledger is folded again from the register that the ceremony found and from its own lines; each line of it is held
against where the ledger then has the items, against the script, and against what a witness confirmed of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ceremony.custody import bags
from ceremony.custody.bags import NUMBER, normal
from ceremony.script import models
from ceremony.script.other_tokens import token_of
from ceremony.script.plan import PlannedStep
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import HeldItem
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.register_entries import ItemEntry
from ceremony.transcript.state import CeremonyState
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.key_approvals import attempt_before
from ceremony.verify.lines import Place, place_of
from ceremony.verify.rule import Fault, Rule

Found = Iterator[tuple[str, str]]
"""Rule id and sentence; the line is known to whoever asks."""

HERE = "this ceremony"


def _done(evidence: Evidence) -> frozenset[Place]:
    """The attempts in which a step was done."""
    ends = (kinds.StepDone, kinds.CeremonyClosed)
    return frozenset(place_of(entry) for entry in evidence.chain.entries if isinstance(entry.data, ends))


class _Walk:
    """The record from its first line to its last, with the ledger beside it."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._plan = evidence.plan
        self._state = CeremonyState(ledger=Ledger.of(self._plan.past.register, HERE))
        self._book = self._state.ledger
        self._steps = {planned.step.id: planned for planned in self._plan.steps}
        self._opened: dict[str, kinds.BagOpened] = {}
        """The bag that each step opened last."""

    def faults(self) -> Iterator[tuple[str, Fault]]:
        """Every fault of every line, with the id of its rule."""
        for entry in self._evidence.chain.entries:
            for rule, sentence in self._of(entry):
                yield rule, Fault(sentence, line_of(entry))
            self._state.apply(entry)
            if isinstance(entry.data, kinds.BagOpened):
                self._opened[entry.event.step] = entry.data

    def _of(self, entry: Entry) -> Found:
        planned = self._steps.get(entry.event.step)
        data = entry.data
        if planned is None:
            if isinstance(data, kinds.LedgerEvent):
                yield "ITEM-PLACE", f"{data.kind} stands in no step of the plan."
            return
        match data:
            case kinds.StepBegun():
                yield from self._needs(entry, planned)
            case kinds.StepDone():
                yield from self._all_received(planned)
            case kinds.ItemReceived():
                yield from self._received(entry, planned, data)
            case kinds.BagChecked() | kinds.BagOpened():
                yield from self._bag(entry, planned, data)
            case kinds.ItemMissing():
                yield from self._missing(entry, data)
            case kinds.ContentsFound():
                yield from self._contents(entry, planned, data)
            case kinds.BagSealed():
                yield from self._sealed(entry, planned, data)
            case kinds.ItemsHandedOver():
                yield from self._handed_over(entry, planned, data)
            case kinds.ItemDestroyed():
                yield from self._destroyed(entry, planned, data)
            case kinds.ItemStays():
                held = (HeldItem(item=data.item, serial=data.serial),)
                if not isinstance(planned.step, models.Close) or data.item not in planned.step.stays:
                    yield "ITEM-CLOSE", f"{data.item} stays in the room, and the script does not say so."
                yield from self._on_the_table("ITEM-CLOSE", held, (data.item,))
            case kinds.CeremonyClosed():
                yield from self._closed(entry, planned)
            case _:
                pass

    def _needs(self, entry: Entry, planned: PlannedStep) -> Found:
        """What the step needs is on the table in the attempt in which it was done."""
        absent = [name for name in planned.step.needs if name not in self._book.at_hand]
        if not absent:
            return
        done = place_of(entry) in self._evidence.once(_done)
        for name in absent if done else ():
            yield "ITEM-PLACE", f"Step {planned.number} needs {name}, which was not on the table."

    def _all_received(self, planned: PlannedStep) -> Found:
        if isinstance(planned.step, models.ReceiveItems):
            for name in planned.step.items:
                if name not in self._book.at_hand:
                    yield "ITEM-RECEIVED", f"Step {planned.number} is done, and {name} was not received in it."

    def _received(self, entry: Entry, planned: PlannedStep, data: kinds.ItemReceived) -> Found:
        rule, known = "ITEM-RECEIVED", self._book.items.get(data.item)
        item = self._plan.script.items.get(data.item)
        step = planned.step
        if not isinstance(step, models.ReceiveItems) or data.item not in step.items or item is None:
            yield rule, f"{data.item} was received in a step that does not receive it."
            return
        if known is not None and self._is_ours(known):
            yield rule, f"{data.item} was received, and the record had it {bags.place_words(known)}."
        expected = self._book.serial(data.item) or normal(item.serial or "")
        if expected and data.serial != expected:
            yield rule, f"{data.item} was received with serial number {data.serial or 'none'}, not {expected}."
        if data.what != item.what:
            yield rule, f"The record calls {data.item} otherwise than the script does."
        if data.token != token_of(self._plan, data.item):
            yield rule, f"The record says that {data.item} is another token than the script says."
        if (data.serial, data.packaging) != (normal(data.serial), normal(data.packaging)):
            yield rule, f"The numbers of {data.item} are not written as they are compared."
        if data.condition != "intact":
            wanted = (bags.packaging_as_expected(data.item), bags.packaging_as_found(data))
            yield from self._decided(rule, entry, *wanted)
        yield from self._witnessed(rule, entry, planned, bags.received_statement(data))

    def _is_ours(self, known: ItemEntry) -> bool:
        """Whether an item cannot come in: it is at hand, in a bag, or no more. A rehearsal begins anew each time."""
        if known.ceremony != HERE and self._evidence.practice:
            return False
        return known.place in ("bag", "destroyed") or known.name in self._book.at_hand

    def _bag(self, entry: Entry, planned: PlannedStep, data: kinds.BagChecked | kinds.BagOpened) -> Found:
        rule, step = "ITEM-BAG", planned.step
        if not isinstance(step, models.CheckBag | models.OpenBag):
            yield rule, f"{data.kind} stands in a step that is about no bag."
            return
        bag = next((held for name in step.items if (held := self._book.bag_of(name)) is not None), None)
        if bag is None:
            yield rule, f"The record has no bag that holds {bags.in_words(step.items)}."
            return
        if data.expected != bag.number:
            yield rule, f"The record expects bag {data.expected}; the one sealed last is {bag.number}."
        if data.items != tuple(name for name in step.items if self._book.bag_of(name) == bag):
            yield rule, f"Bag {bag.number} holds other items than {bags.in_words(data.items)}."
        if data.number != bag.number or data.condition != "intact":
            wanted = (
                bags.bag_as_expected(bag.number, data.items),
                bags.bag_as_found(data.number, data.condition),
            )
            yield from self._decided(rule, entry, *wanted)
        opened = isinstance(data, kinds.BagOpened)
        yield from self._witnessed(rule, entry, planned, bags.bag_statement(data.number, data.condition, opened=opened))

    def _missing(self, entry: Entry, data: kinds.ItemMissing) -> Found:
        opened = self._opened.get(entry.event.step)
        if opened is None or data.item not in opened.items or data.number != opened.number:
            yield "ITEM-BAG", f"{data.item} is said to be missing from a bag that was not to hold it."
        if data.serial != self._book.serial(data.item):
            yield "ITEM-BAG", f"The serial number of {data.item} is not the one that the record has."

    def _contents(self, entry: Entry, planned: PlannedStep, data: kinds.ContentsFound) -> Found:
        rule, opened = "ITEM-BAG", self._opened.get(entry.event.step)
        if opened is None or opened.number != data.number:
            yield rule, f"What bag {data.number} held is told, and this step did not open it."
            return
        missing = tuple(
            other.data.item
            for other in attempt_before(self._evidence, entry)
            if isinstance(other.data, kinds.ItemMissing)
        )
        expected = tuple(HeldItem(item=name, serial=self._book.serial(name)) for name in opened.items)
        if {item.item for item in data.items} | set(missing) != set(opened.items):
            yield rule, f"The record does not say what became of everything that bag {data.number} was to hold."
        if data.items != expected:
            wanted = (bags.contents_as_expected(expected), bags.contents_as_found(data.items, missing))
            yield from self._decided(rule, entry, *wanted)
        yield from self._witnessed(rule, entry, planned, bags.contents_statement(data, missing))

    def _sealed(self, entry: Entry, planned: PlannedStep, data: kinds.BagSealed) -> Found:
        rule, step = "ITEM-BAG", planned.step
        if not isinstance(step, models.SealBag):
            yield rule, "A bag was sealed in a step that seals none."
            return
        if (data.safe, data.after_close) != (step.safe, step.when == "after-close"):
            yield rule, f"Bag {data.number} went elsewhere, or was sealed at another time, than the script says."
        used = {
            number for number, bag in self._book.bags.items() if bag.ceremony == HERE or not self._evidence.practice
        }
        if not NUMBER.fullmatch(data.number) or data.number in used:
            yield rule, f"Bag {data.number} was sealed before, or its number is none; a bag serves once."
        yield from self._on_the_table(rule, data.items, step.items)
        statement = bags.sealed_statement(data.number, data.safe, data.items, after_close=data.after_close)
        yield from self._witnessed(rule, entry, planned, statement)

    def _handed_over(self, entry: Entry, planned: PlannedStep, data: kinds.ItemsHandedOver) -> Found:
        rule, step = "ITEM-GONE", planned.step
        if not isinstance(step, models.HandOver):
            yield rule, "Items were handed over in a step that hands none over."
            return
        yield from self._on_the_table(rule, data.items, step.items)
        if any(step.to in duty.people for duty in self._plan.script.roles.values()):
            person = self._plan.people[step.to]
            if data.to != person.name:
                yield rule, f"The items were handed over to {data.to}, and the script says {person.name}."
            if not self._stated(entry, {person.id}, bags.taken_statement(data.items), "TAKEN"):
                yield rule, f"{person.name} did not confirm that they took the items."
        yield from self._witnessed(rule, entry, planned, bags.handed_over_statement(data.items, data.to))

    def _destroyed(self, entry: Entry, planned: PlannedStep, data: kinds.ItemDestroyed) -> Found:
        rule, step = "ITEM-GONE", planned.step
        if not isinstance(step, models.DestroyItem) or data.method != step.method:
            yield rule, f"{data.item} was destroyed otherwise than the script says."
            return
        held = HeldItem(item=data.item, serial=data.serial)
        yield from self._on_the_table(rule, (held,), (step.item,))
        statement = bags.destroyed_statement(held, data.method)
        if not self._stated(entry, {person.id for person in planned.actors}, statement, "DESTROYED"):
            yield rule, f"Nobody who acts confirmed that {data.item} was destroyed."
        yield from self._witnessed(rule, entry, planned, statement, "DESTROYED")

    def _closed(self, entry: Entry, planned: PlannedStep) -> Found:
        rule, step = "ITEM-CLOSE", planned.step
        if not isinstance(step, models.Close) or not self._plan.script.items:
            return
        for name in self._book.unaccounted(step.stays):
            yield rule, f"{name} was left on the table, and no bag took it."
        recorded = {data.item for _, data in self._evidence.of(kinds.ItemStays)}
        for name in step.stays:
            if name not in recorded:
                yield rule, f"{name} was to stay in the room, and the record does not say that it does."
        statement = bags.accounted_statement(self._book, self._plan.script.items, step.stays)
        for people in (planned.actors, planned.witnesses):
            if people and not self._stated(entry, {person.id for person in people}, statement):
                names = " or ".join(person.name for person in people)
                yield rule, f"Where each item is was not confirmed by {names}."

    def _on_the_table(self, rule: str, items: tuple[HeldItem, ...], wanted: Iterable[str]) -> Found:
        """The items of an event are those of its step that are not missing, and all are at hand."""
        if items != self._book.held(wanted) or not items:
            yield rule, f"{bags.in_words(item.summary() for item in items)}: not what this step is about."
        for item in items:
            if item.item not in self._book.at_hand or item.item in self._book.promised:
                yield rule, f"{item.item} was not on the table."

    def _decided(self, rule: str, entry: Entry, expected: str, happened: str) -> Found:
        """A departure stands on record, with the decision of one of the ceremony's people, before what followed it."""
        people = {person for duty in self._plan.script.roles.values() for person in duty.people}
        told = (line.data for line in attempt_before(self._evidence, entry) if isinstance(line.data, kinds.Departure))
        wanted = [data for data in told if (data.expected, data.happened) == (expected, happened)]
        if any(data.decided.strip() and data.decided_by in people for data in wanted):
            return
        yield rule, f"Expected was {expected}; found was {happened}; and nobody decided what to do about it."

    def _witnessed(self, rule: str, entry: Entry, planned: PlannedStep, statement: str, word: str = "YES") -> Found:
        if not self._stated(entry, {person.id for person in planned.witnesses}, statement, word):
            yield rule, f"No witness of step {planned.number} confirmed it as it stands here."

    def _stated(self, entry: Entry, people: set[str], statement: str, word: str = "YES") -> bool:
        return any(
            isinstance(other.data, kinds.Confirmed)
            and other.data.person in people
            and other.event.actor == other.data.person
            and (other.data.statement, other.data.word) == (statement, word)
            for other in attempt_before(self._evidence, entry)
        )


def _faults(rule: str) -> Callable[[Evidence], Iterator[Fault]]:
    return lambda evidence: (fault for found, fault in _Walk(evidence).faults() if found == rule)


def _bags(evidence: Evidence) -> str:
    opened = sum(1 for _ in evidence.of(kinds.BagOpened)) + sum(1 for _ in evidence.of(kinds.BagChecked))
    sealed = sum(1 for _ in evidence.of(kinds.BagSealed))
    if not opened + sealed:
        return "No bag was opened or sealed here."
    return (
        f"{opened} bags were opened or looked at, {sealed} sealed, each before a witness; what was found is what was "
        "sealed last, or the record has the decision to go on."
    )


def _where(evidence: Evidence) -> str:
    if not evidence.plan.script.items:
        return "The script follows no items."
    return f"At the close each of {len(evidence.plan.script.items)} items was accounted for, and people confirmed it."


RULES = (
    Rule("ITEM-BAG", _bags, _faults("ITEM-BAG")),
    Rule(
        "ITEM-RECEIVED",
        "What came into the room is what the script names, confirmed by a witness.",
        _faults("ITEM-RECEIVED"),
    ),
    Rule(
        "ITEM-GONE",
        "What was handed over or destroyed was on the table, and people saw it go.",
        _faults("ITEM-GONE"),
    ),
    Rule("ITEM-PLACE", "What the steps need was on the table when they began.", _faults("ITEM-PLACE")),
    Rule("ITEM-CLOSE", _where, _faults("ITEM-CLOSE")),
)
