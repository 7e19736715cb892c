"""A drawn PIN split M of N by SLIP-0039, combined again, and every share proved.

What is split are the 32 octets of the PIN. Fewer shares than the threshold say nothing of it.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ceremony.custody import slip39
from ceremony.custody.people import TokenLabel
from ceremony.custody.pins import drawn_octets, has_check_value
from ceremony.custody.slip39 import IDENTIFIERS, LARGEST_COUNT, MOST_SETS
from ceremony.errors import CeremonyError
from ceremony.policy.primitives import Line, Model
from ceremony.secret import Secret
from ceremony.system_random import system_below

Purpose = Literal["user-pin", "so-pin"]
"""Which PIN of a token: each opens the way to the keys, since the SO PIN can set a new user PIN."""


class ShareLabel(Model):
    """What may be recorded, and printed beside the words: everything but the words."""

    ceremony_id: Line
    token_label: TokenLabel
    purpose: Purpose
    index: Annotated[int, Field(ge=1, le=LARGEST_COUNT)]
    """Counted from 1."""
    threshold: Annotated[int, Field(ge=2, le=LARGEST_COUNT)]
    count: Annotated[int, Field(ge=2, le=LARGEST_COUNT)]
    holder: Line
    identifier: Annotated[int, Field(ge=0, lt=IDENTIFIERS)]
    """The number of the set (15 bits), the same on all its cards."""

    @model_validator(mode="after")
    def _possible(self) -> ShareLabel:
        if max(self.index, self.threshold) > self.count:
            raise ValueError("neither the share's number nor the threshold is larger than the number of shares")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """One share: its words, held as a secret, and what its header says of it."""

    identifier: int
    """The number of the set (15 bits), the same in all its shares; not secret."""
    index: int
    """Counted from 1."""
    threshold: int
    mnemonic: Secret
    """33 words in small letters, parted by single blanks."""

    def label(self, ceremony_id: str, token_label: str, purpose: Purpose, *, count: int, holder: str) -> ShareLabel:
        """Its label. Raises pydantic's ValidationError for values that no label has."""
        return ShareLabel(
            ceremony_id=ceremony_id,
            token_label=token_label,
            purpose=purpose,
            index=self.index,
            threshold=self.threshold,
            count=count,
            holder=holder,
            identifier=self.identifier,
        )

    def wipe(self) -> None:
        """Overwrite the words."""
        self.mnemonic.wipe()


@dataclass(frozen=True, slots=True)
class SharesProof:
    """That every share of a set was entered again and leads to the PIN. Nothing in it is secret."""

    identifier: int
    threshold: int
    count: int
    sets_possible: int
    """How many sets of exactly `threshold` shares there are."""
    sets_combined: int
    """How many of them were combined; the others follow from these (see `prove_all`)."""
    check_value: str


def split(pin: Secret, threshold: int, count: int, *, apart_from: Collection[int] = ()) -> tuple[Share, ...]:
    """`count` shares of a drawn PIN, any `threshold` of which give it back.

    `apart_from` holds the identifiers of other sets, so that a share of another set is always known as such. Identifier
    and coefficients come from the operating system's generator. Raises CeremonyError: SHARES-SPLIT unless
    2 <= threshold <= count <= 16; PIN-NOT-DRAWN.
    """
    _check_numbers(threshold, count)
    free = [number for number in range(IDENTIFIERS) if number not in apart_from]
    identifier = free[system_below(len(free))]
    mnemonics = slip39.split_octets(drawn_octets(pin), threshold, count, identifier)
    return tuple(Share(identifier, index, threshold, words) for index, words in enumerate(mnemonics, start=1))


def combine(shares: Sequence[Share], check: str) -> Secret:
    """The PIN, from as many shares as its threshold says; further ones are proved with them.

    `check` is the check value in the record. Raises CeremonyError: SHARE-SET (not of one set), SHARE-TWICE,
    SHARE-TOO-FEW, SHARE-INCONSISTENT (of one set by their numbers, and yet they do not belong together),
    SHARE-UNREADABLE (wiped), SHARE-CHECK-VALUE (another PIN than the record's).
    """
    threshold = _one_set(shares)
    if len(shares) < threshold:
        entered = "1 share was" if len(shares) == 1 else f"{len(shares)} shares were"
        raise CeremonyError(
            f"{entered} entered; {threshold} are needed.",
            not_done="The PIN was not put together.",
            next_step="Have another holder enter their share.",
            code="SHARE-TOO-FEW",
        )
    return _combined(shares, _covering(len(shares), threshold), check)


def prove_all(shares: Sequence[Share], *, count: int, check: str) -> SharesProof:
    """Prove that each of `count` shares, entered again from its card, leads to the PIN together with any others.

    Every set of `threshold` shares is combined where there are at most 500 of them. Beyond that, one set is, and each
    set in which another share takes the place of its last one. Where all these give one secret, all shares lie on one
    polynomial of degree `threshold` - 1, and every other set gives that secret too. Raises what `combine` raises, and
    SHARE-MISSING.
    """
    threshold = _one_set(shares)
    _check_numbers(threshold, count)
    missing = [index for index in range(1, count + 1) if index not in {share.index for share in shares}]
    beyond = sorted(share.index for share in shares if share.index > count)
    if missing or beyond:
        raise CeremonyError(
            "Not every share was entered." if missing else f"Only {count} shares were made.",
            detail=f"Still to be entered: {_list(missing)}." if missing else f"Entered as well: {_list(beyond)}.",
            not_done="The shares are not proved.",
            next_step="Have each holder enter their own share once.",
            code="SHARE-MISSING",
        )
    possible = math.comb(count, threshold)
    every = list(itertools.combinations(range(count), threshold)) if possible <= MOST_SETS else None
    sets = every or _covering(count, threshold)
    _combined(shares, sets, check).wipe()
    return SharesProof(shares[0].identifier, threshold, count, possible, len(sets), check)


def sets_to_combine(threshold: int, count: int) -> int:
    """How many sets `prove_all` combines."""
    possible = math.comb(count, threshold)
    return possible if possible <= MOST_SETS else len(_covering(count, threshold))


def _combined(shares: Sequence[Share], sets: Sequence[tuple[int, ...]], check: str) -> Secret:
    """The PIN to which all the sets lead; a set holds places in `shares`."""
    _check_readable(shares)
    mnemonics = [share.mnemonic for share in shares]
    octets = slip39.joined_octets(mnemonics, sets)
    if octets is None:
        odd = sorted(shares[place].index for place in slip39.odd_ones(mnemonics, shares[0].threshold))
        raise CeremonyError(
            "The shares do not belong together.",
            detail=f"Others do belong together; to these this one does not belong: share {_list(odd)}."
            if odd
            else "It cannot be told which of them is wrong.",
            not_done="The PIN was not put together.",
            next_step="Compare ceremony, token and set number on the cards. Then enter the shares again.",
            code="SHARE-INCONSISTENT",
        )
    pin = Secret(octets.hex())
    del octets  # an error below would keep it in its frame
    if not has_check_value(pin, check):
        pin.wipe()
        raise CeremonyError(
            "The shares give another PIN than the record's.",
            detail="They belong together, but the check value in the record is not the one of their PIN.",
            not_done="The PIN was not used.",
            next_step="Compare ceremony, token and set number on the cards with the record.",
            code="SHARE-CHECK-VALUE",
        )
    return pin


def _covering(count: int, threshold: int) -> list[tuple[int, ...]]:
    """The first set, and it with each further share in place of its last: if all these agree, every set does."""
    first = tuple(range(threshold))
    return [first, *((*first[:-1], other) for other in range(threshold, count))]


def _check_readable(shares: Sequence[Share]) -> None:
    for share in shares:
        if not slip39.readable(share.mnemonic):
            raise CeremonyError(
                f"Share {share.index} can no longer be read.",
                detail="Its words were wiped, or they are not those of a share.",
                not_done="The PIN was not put together.",
                next_step="Have its holder enter it again.",
                code="SHARE-UNREADABLE",
            )


def _one_set(shares: Sequence[Share]) -> int:
    """The threshold of the set to which all shares belong, each of them once."""
    if not shares:
        raise CeremonyError("No share was entered.", not_done="The PIN was not put together.", code="SHARE-TOO-FEW")
    (usual, _), *others = Counter((share.identifier, share.threshold) for share in shares).most_common()
    if others:
        odd = (share for share in shares if (share.identifier, share.threshold) != usual)
        named = ", ".join(f"share {share.index} is of set {share.identifier}" for share in odd)
        raise CeremonyError(
            "The shares are not all of one set.",
            detail=f"Share {next(s.index for s in shares if s.identifier == usual[0])} is of set {usual[0]}; {named}.",
            not_done="The PIN was not put together.",
            next_step="Compare the set number on the cards: the user PIN and the SO PIN have sets of their own.",
            code="SHARE-SET",
        )
    index, times = Counter(share.index for share in shares).most_common(1)[0]
    if times > 1:
        raise CeremonyError(
            f"Share {index} was entered more than once.",
            detail="A share counts once, whoever enters it.",
            not_done="The PIN was not put together.",
            next_step="Have another holder enter their share.",
            code="SHARE-TWICE",
        )
    return usual[1]


def _check_numbers(threshold: int, count: int) -> None:
    if 2 <= threshold <= count <= LARGEST_COUNT:
        return
    if threshold == count == 1:
        detail = "A single share is the PIN itself: that is no split."
    elif threshold == 1:
        detail = "Each holder alone would have the PIN: that is no split."
    elif threshold > count:
        detail = f"{threshold} shares could never be brought together: only {count} would be made."
    else:
        detail = f"The threshold is at least 2, and at most {LARGEST_COUNT} shares are made."
    raise CeremonyError(
        f"A PIN cannot be split {threshold} of {count}.",
        detail=detail,
        not_done="No share was made.",
        next_step="Choose a threshold of at least 2, and no more than the number of holders.",
        code="SHARES-SPLIT",
    )


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)
