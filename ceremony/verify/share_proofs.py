"""What must stand before a token gets PINs that are split: each share shown, entered again, and proved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ceremony.custody.shares import sets_to_combine
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.token_shares import PURPOSES, set_entry
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.lines import place_of
from ceremony.verify.rule import Fault

Data = TypeVar("Data", kinds.ShareShown, kinds.ShareEntered, kinds.SharesProved)


def in_the_cards(evidence: Evidence, entry: Entry, label: str) -> Iterator[Fault]:
    """The token got the PINs of the cards: proved before, in the same attempt. Or an interruption cut its making short;
    then in the earlier attempt, and both were put together by enough holders."""
    begun = evidence.once(_cut_short).get(entry.event.seq)
    if begun is None:
        yield from proved_before(evidence, entry, label)
        return
    yield from proved_before(evidence, begun, label)
    entered: dict[Purpose, dict[int, str]] = {purpose: {} for purpose in PURPOSES}
    for other in evidence.lines.before(entry):
        share = other.data
        if isinstance(share, kinds.ShareEntered) and share.label == label:
            entered[share.purpose][share.index] = share.person
    for made in evidence.lines.state_before(entry.event.seq).shares.proved(label) or ():
        yield from enough(entry, set_entry(made), label, entered[made.purpose])


@dataclass(slots=True)
class _Making:
    """How far the making of a token of some label has come."""

    split: Entry | None = None
    begun: Entry | None = None
    cut: bool = False


def _cut_short(evidence: Evidence) -> dict[int, Entry]:
    """By the line of a token that was made: where that was announced, after its PINs were split, in an earlier attempt
    that an interruption cut short. A token whose PINs were split in the attempt that made it is not among them."""
    tokens: dict[str, _Making] = {}
    found: dict[int, Entry] = {}
    for entry in evidence.chain.entries:
        match entry.data:
            case kinds.SharesMade(label=label):
                tokens[label] = _Making(split=entry)
            case kinds.TokenInitialising(label=label):
                making = tokens.setdefault(label, _Making())
                if making.begun is None and making.split is not None and place_of(making.split) == place_of(entry):
                    making.begun = entry
            case kinds.CeremonyResumed():
                for making in tokens.values():
                    making.cut = making.begun is not None
            case kinds.TokenInitialised(label=label):
                making = tokens.get(label, _Making())
                again = making.split is not None and place_of(making.split) != place_of(entry)
                if making.begun is not None and making.cut and again:
                    found[entry.event.seq] = making.begun
            case _:
                pass
    return found


def proved_before(evidence: Evidence, entry: Entry, label: str) -> Iterator[Fault]:
    """Between the split and this line, which is about the token: each share was seen, and entered again, by its own
    holder; all were proved before the token was touched."""
    before = evidence.lines.before(entry)
    for purpose in PURPOSES:
        what = f"The {purpose} of token {label}"
        found = [
            other for other in before if isinstance(other.data, kinds.SharesMade) and other.data.purpose == purpose
        ]
        if not found or not isinstance(found[-1].data, kinds.SharesMade) or found[-1].data.label != label:
            yield Fault(f"{what} was not split before the token got it.", line_of(entry))
            continue
        made, since = found[-1].data, found[-1].event.seq
        after = [other for other in before if other.event.seq > since]
        yield from _each_holder(what, made, after, line_of(entry))
        yield from _proved(what, made, after, line_of(entry))


def _each_holder(what: str, made: kinds.SharesMade, after: list[Entry], where: str) -> Iterator[Fault]:
    wanted = [(holder.index, holder.person) for holder in made.holders]
    shown = {(data.index, data.person) for _, data in _about(made, after, kinds.ShareShown)}
    entered = [(data.index, data.person) for _, data in _about(made, after, kinds.ShareEntered)]
    if sorted(shown) != sorted(wanted):
        yield Fault(f"{what}: the shares were not shown to their holders, each to one.", where)
    if sorted(entered) != sorted(wanted):
        yield Fault(f"{what}: not every share was entered again by its holder, once.", where)


def _about(made: kinds.SharesMade, after: list[Entry], kind: type[Data]) -> list[tuple[int, Data]]:
    """The events of a kind about this very PIN, each with its place in `after`."""
    return [
        (place, entry.data)
        for place, entry in enumerate(after)
        if isinstance(entry.data, kind) and (entry.data.label, entry.data.purpose) == (made.label, made.purpose)
    ]


def _proved(what: str, made: kinds.SharesMade, after: list[Entry], where: str) -> Iterator[Fault]:
    announced = next(
        (at for at, other in enumerate(after) if isinstance(other.data, kinds.TokenInitialising | kinds.PinChanging)),
        len(after),
    )
    proofs = _about(made, after, kinds.SharesProved)
    if len(proofs) != 1 or proofs[0][0] > announced:
        yield Fault(f"{what}: its shares were not proved before the token got it.", where)
        return
    at, proof = proofs[0]
    if any(place > at for place, _ in _about(made, after, kinds.ShareEntered)):
        yield Fault(f"{what}: its shares were called proved before all of them were entered.", where)
    possible = math.comb(made.count, made.threshold) if 2 <= made.threshold <= made.count <= 16 else 0
    wanted = (
        *(made.label, made.threshold, made.count, made.identifier, made.check_value),
        *(possible, sets_to_combine(made.threshold, made.count) if possible else 0),
    )
    said = (
        *(proof.label, proof.threshold, proof.count, proof.identifier, proof.check_value),
        *(proof.sets_possible, proof.sets_combined),
    )
    if said != wanted:
        yield Fault(f"{what}: the proof is of another set, or of too few of its shares.", where)


def enough(entry: Entry, wanted: ShareSetEntry, label: str, entered: dict[int, str]) -> Iterator[Fault]:
    """As many holders of a set as are needed `entered` their own shares, by index, before this line."""
    right = set(entered.items()) & set(enumerate(wanted.holders, start=1))
    if len(right) < wanted.threshold:
        said = f"{len(right)} of its holders had entered their shares; {wanted.threshold} are needed"
        yield Fault(f"Token {label} was opened when {said}.", line_of(entry))
