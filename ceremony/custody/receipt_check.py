"""A receipt held against a record: what differs, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ceremony.custody.receipts import Receipt
from ceremony.room.ascii import exact


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What a verifier found in the whole record, to hold a receipt against."""

    ceremony_id: str
    title: str
    mode: str
    days: tuple[str, str]
    """The days (UTC) of the first and the last line, as 2026-11-22."""
    heads: tuple[str, ...]
    """The chain head after each line, in their order."""
    keys: Mapping[str, str]
    """SHA-256 of the SubjectPublicKeyInfo of each key, by its name."""
    steps: int
    exceptions: int
    people: Mapping[str, str]
    """The name of each person present, by id."""


def compare(receipt: Receipt, facts: RecordFacts) -> list[str]:
    """How the record differs from what the receipt says of it, in sentences; an empty list where it does not.

    Where the record goes on after the line of the receipt, it may have more steps, exceptions and keys, but no fewer.
    """
    return list(_differences(receipt, facts))


def lines_after(receipt: Receipt, facts: RecordFacts) -> int | None:
    """How many lines the record has after the moment of the receipt; None where that moment is not in it."""
    return len(facts.heads) - 1 - facts.heads.index(receipt.head) if receipt.head in facts.heads else None


def _differences(receipt: Receipt, facts: RecordFacts) -> Iterator[str]:
    after = lines_after(receipt, facts)
    if after is None:
        yield (
            f"The record has no line with the chain head {receipt.head[:16]}... of the receipt: "
            "lines were cut off, changed or replaced, or it is another record."
        )
    for what, ours, theirs in (
        ("ceremony", receipt.ceremony_id, facts.ceremony_id),
        ("title", receipt.title, facts.title),
        ("mode", receipt.mode, facts.mode),
        ("name of the person", receipt.name, facts.people.get(receipt.person, receipt.name)),
    ):
        if ours != theirs:
            yield f"The {what} is {exact(ours)} on the receipt and {exact(theirs)} in the record."
    if receipt.person not in facts.people:
        yield f"The receipt was given to {exact(receipt.name)} ({receipt.person}), who is not in the record."
    if not facts.days[0] <= receipt.date <= facts.days[1]:
        yield f"The receipt is of {receipt.date}; the record runs from {facts.days[0]} to {facts.days[1]}."
    for what, then, now in (
        ("Steps", receipt.steps, facts.steps),
        ("Exceptions", receipt.exceptions, facts.exceptions),
    ):
        if then > now or (after == 0 and then != now):
            yield f"{what}: {then} on the receipt, {now} in the record."
    for key in receipt.keys:
        found = facts.keys.get(key.name)
        if found is None:
            yield f"The key {key.name} of the receipt is not in the record."
        elif found != key.sha256:
            yield f"The key {key.name} is {key.sha256[:16]}... on the receipt and {found[:16]}... in the record."
    if after == 0:
        for name in sorted(set(facts.keys) - {key.name for key in receipt.keys}):
            yield f"The record has a key {exact(name)}, and the receipt does not."
