"""SHARES-RENEWED: PINs were changed by enough holders of the SO PIN, in an order that locks nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ceremony.script import models
from ceremony.script.other_tokens import label_of_split
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.register_entries import ShareSetEntry, TokenEntry
from ceremony.transcript.state import walk
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.share_proofs import proved_before


@dataclass(slots=True)
class _Attempt:
    """What one attempt at a step has come to."""

    place: tuple[str, int]
    found: tuple[str, str] = ("", "")
    officers: set[tuple[int, str]] = field(default_factory=set)
    """Who entered which share of the SO PIN, before new ones were made."""
    made: dict[str, int] = field(default_factory=dict)
    """The numbers of the new sets, by purpose."""
    announced: kinds.PinChanging | None = None
    done: list[str] = field(default_factory=list)
    """The PINs that were announced and changed, in order."""

    def officers_of(self, wanted: ShareSetEntry) -> bool:
        """Whether enough holders of this set entered theirs."""
        return len(self.officers & set(enumerate(wanted.holders, start=1))) >= wanted.threshold


def _renewed(evidence: Evidence) -> Iterator[Fault]:
    register = evidence.plan.past.register
    steps = [planned.step for planned in evidence.plan.steps]
    renewed = {step.id: label_of_split(evidence.plan, step) for step in steps if isinstance(step, models.RenewPins)}
    attempt = _Attempt(("", 0))
    for entry, state in walk(evidence.chain.entries):
        place = entry.event.step, entry.event.attempt
        if place != attempt.place and entry.event.step:
            attempt = _Attempt(place)
        match entry.data:
            case kinds.TokenFound(label=label, serial=serial) if label == renewed.get(entry.event.step):
                attempt.found = label, serial
            case kinds.ShareEntered(purpose="so-pin", label=label) as share if (
                not attempt.made and label == attempt.found[0]
            ):
                attempt.officers.add((share.index, share.person))
            case kinds.PersonLeft(person=gone) if not attempt.made:  # a share counts while who entered it is there
                attempt.officers = {said for said in attempt.officers if said[1] != gone}
            case kinds.PinRefused():
                attempt.officers.clear()
            case kinds.SharesMade(purpose=purpose, identifier=identifier):
                attempt.made[purpose] = identifier
            case kinds.PinChanging() as intent:
                known = state.shares.in_force(register, intent.label, intent.serial)
                yield from _announced(evidence, entry, intent, attempt, known)
                if intent.label in state.open_tokens:
                    yield Fault(f"A PIN of token {intent.label} was changed while it was open.", line_of(entry))
                attempt.announced = intent
            case kinds.PinChanged() as outcome:
                known = state.shares.in_force(register, outcome.label, outcome.serial)
                yield from _changed(entry, outcome, attempt, known)
                attempt.announced = None
            case _:
                pass
    for step, label in renewed.items():
        yield from _to_its_end(evidence, step, label)


def _announced(
    evidence: Evidence, entry: Entry, intent: kinds.PinChanging, attempt: _Attempt, known: TokenEntry | None
) -> Iterator[Fault]:
    """The right token, the right order, a set that was proved, and enough holders of the SO PIN before all that."""
    what, where = f"The {intent.purpose} of token {intent.label}", line_of(entry)
    if (intent.label, intent.serial) != attempt.found:
        yield Fault(f"{what} was to be changed, and is not that of the token of this step.", where)
    if attempt.announced is not None or attempt.done != ([] if intent.purpose == "user-pin" else ["user-pin"]):
        yield Fault(
            f"{what} was changed out of order: the user PIN comes first, and its outcome before the next.", where
        )
    if attempt.made.get(intent.purpose) != intent.identifier:
        yield Fault(f"{what} was to be that of set {intent.identifier:05d}, which was not made for it.", where)
    yield from proved_before(evidence, entry, intent.label) if intent.purpose == "user-pin" else ()
    if known is None:
        if not evidence.plan.past.stand_in:
            yield Fault(f"{what} was changed, and is not split by the record.", where)
        return
    if intent.purpose == "user-pin" and not attempt.officers_of(known.shares_of("so-pin")):
        yield Fault(f"{what} was changed without enough holders of its SO PIN.", where)
    if intent.identifier in {item.identifier for item in (*known.shares, *known.pending)}:
        yield Fault(f"{what} was split again under the number of a set that it had, {intent.identifier:05d}.", where)


def _changed(entry: Entry, outcome: kinds.PinChanged, attempt: _Attempt, known: TokenEntry | None) -> Iterator[Fault]:
    """The outcome of what was just announced; or of a change of the SO PIN that an earlier attempt had announced."""
    what, where = f"The {outcome.purpose} of token {outcome.label}", line_of(entry)
    before = known.shares_of(outcome.purpose).identifier if known is not None else None
    if outcome.replaced != before:
        yield Fault(f"{what}: another set was in force than the one that is said to be replaced.", where)
    intent = attempt.announced
    if intent is not None:
        said = (outcome.label, outcome.serial, outcome.purpose, outcome.identifier)
        if said != (intent.label, intent.serial, intent.purpose, intent.identifier):
            yield Fault(f"{what} was changed otherwise than it was announced.", where)
        attempt.done.append(outcome.purpose)
        return
    cut_short = known.pending_of(outcome.purpose) if known is not None and outcome.purpose == "so-pin" else ()
    found = [item for item in cut_short if item.identifier == outcome.identifier]
    if attempt.made or not found or (outcome.label, outcome.serial) != attempt.found:
        yield Fault(f"{what} was changed without being announced first.", where)
    elif not attempt.officers_of(found[0]):
        yield Fault(f"{what} is said to be that of a set of which too few holders entered their shares.", where)


def _to_its_end(evidence: Evidence, step: str, label: str) -> Iterator[Fault]:
    """Both PINs were changed, the SO PIN last, and the new user PIN opened the token."""
    course = [
        entry.data.purpose if isinstance(entry.data, kinds.PinChanged) else "opened"
        for entry in evidence.chain.entries
        if entry.event.step == step
        and isinstance(entry.data, kinds.PinChanged | kinds.TokenOpened)
        and entry.data.label == label
    ]
    if "user-pin" not in course or course[-2:] != ["so-pin", "opened"]:
        yield Fault(
            f"The PINs of step {step} were to be renewed: both, in order, and tried. The record says otherwise."
        )


def _sentence(evidence: Evidence) -> str:
    changed = [data for _, data in evidence.of(kinds.PinChanged)]
    if not changed:
        return "No PIN was renewed here, and none was to be."
    return (
        "The PINs were renewed by enough holders of the SO PIN, after the new shares were proved, the user PIN first."
    )


RULES = (Rule("SHARES-RENEWED", _sentence, _renewed),)
