"""What must stand before a token gets PINs that are split: each share shown, entered again, and proved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeVar

from ceremony.custody.shares import sets_to_combine
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds.shares import Purpose
from ceremony.transcript.register_entries import ShareSetEntry
from ceremony.transcript.state import CeremonyState
from ceremony.transcript.token_shares import PURPOSES, set_entry
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault

Data = TypeVar("Data", kinds.ShareShown, kinds.ShareEntered, kinds.SharesProved)


def in_the_cards(evidence: Evidence, entry: Entry, label: str) -> Iterator[Fault]:
    """The token got the PINs of the cards: proved before, in the same attempt. Or an interruption cut its making short;
    then in the earlier attempt, and both were put together by enough holders."""
    begun = _cut_short(evidence, entry, label)
    if begun is None:
        yield from proved_before(evidence, entry, label)
        return
    yield from proved_before(evidence, begun, label)
    state = CeremonyState()
    entered: dict[Purpose, dict[int, str]] = {purpose: {} for purpose in PURPOSES}
    for other in evidence.chain.entries:
        if other.event.seq >= entry.event.seq:
            break
        state.apply(other)
        share = other.data
        if isinstance(share, kinds.ShareEntered) and share.label == label and attempt_of(other) == attempt_of(entry):
            entered[share.purpose][share.index] = share.person
    for made in state.shares.proved(label) or ():
        yield from enough(entry, set_entry(made), label, entered[made.purpose])


def _cut_short(evidence: Evidence, entry: Entry, label: str) -> Entry | None:
    """Where the making of this token was announced after its PINs were split, and cut short by an interruption; None
    where PINs were split in the attempt that made it."""
    split: Entry | None = None
    begun: Entry | None = None
    resumed = False
    for other in evidence.chain.entries:
        if other.event.seq >= entry.event.seq:
            break
        match other.data:
            case kinds.SharesMade(label=named) if named == label:
                split, begun, resumed = other, None, False
            case kinds.TokenInitialising(label=named) if named == label and begun is None:
                begun = other if split is not None and attempt_of(split) == attempt_of(other) else None
            case kinds.CeremonyResumed():
                resumed = begun is not None
            case _:
                pass
    return begun if resumed and split is not None and attempt_of(split) != attempt_of(entry) else None


def proved_before(evidence: Evidence, entry: Entry, label: str) -> Iterator[Fault]:
    """Between the split and this line, which is about the token: each share was seen, and entered again, by its own
    holder; all were proved before the token was touched."""
    before = [
        other
        for other in evidence.chain.entries
        if other.event.seq < entry.event.seq and attempt_of(other) == attempt_of(entry)
    ]
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


def attempt_of(entry: Entry) -> tuple[str, int]:
    """The step and the attempt that a line belongs to."""
    return entry.event.step, entry.event.attempt
