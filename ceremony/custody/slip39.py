"""SLIP-0039 as the library `shamir-mnemonic` does it: word list, checksum, splitting octets, and joining them again.

The only module that touches the library, whose objects show their secrets when printed and whose errors repeat words of
a share: neither leaves this module. Python cannot wipe the strings and octets that the library makes; they live for one
call. By its own account the library is not hardened against an observer of time or memory: the machine is to be offline
and alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Literal

from ceremony.secret import Secret

LARGEST_COUNT = 16
"""Shares of one set at most: their number has four bits."""

IDENTIFIERS = 1 << 15
"""How many identifiers of sets there are."""

MOST_SETS = 500
"""Sets of shares that are each joined where all are to be tried."""

_ITERATION_EXPONENT = 1
_CUSTOMIZATION = {"ordinary": b"shamir", "extendable": b"shamir_extendable"}


@cache
def word_list() -> tuple[str, ...]:
    """The 1024 words in their order, which is that of the alphabet. The place of a word, from 0, is its value."""
    # late: start-up does not need it
    from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]  # the library ships no types

    return tuple(WORDLIST)


def checksum(values: Iterable[int], kind: Literal["ordinary", "extendable"] = "ordinary") -> tuple[int, ...]:
    """The three values of the checksum (RS1024) over the values of the words before them."""
    from shamir_mnemonic.rs1024 import create_checksum  # type: ignore[import-untyped]  # the library ships no types

    return tuple(create_checksum(values, _CUSTOMIZATION[kind]))


def split_octets(octets: bytes, threshold: int, count: int, identifier: int) -> list[Secret]:
    """The words of `count` shares: one group, no passphrase, not extendable, iteration exponent 1.

    The coefficients come from the operating system's generator.
    """
    from shamir_mnemonic import EncryptedMasterSecret, split_ems  # type: ignore[import-untyped]  # it ships no types

    encrypted = EncryptedMasterSecret.from_master_secret(octets, b"", identifier, False, _ITERATION_EXPONENT)
    (members,) = split_ems(1, [(threshold, count)], encrypted)
    return [Secret(member.mnemonic()) for member in members]


def readable(mnemonic: Secret) -> bool:
    """Whether the library reads these words as a share."""
    return _member(mnemonic) is not None


def joined_octets(mnemonics: Sequence[Secret], sets: Iterable[tuple[int, ...]]) -> bytes | None:
    """The octets to which all the sets lead, or None where they lead to different ones or to none.

    A set holds places in `mnemonics`, as many as the threshold says.
    """
    members = [_member(mnemonic) for mnemonic in mnemonics]
    found = [_encrypted(members[place] for place in chosen) for chosen in sets]
    if found[0] is None or any(other != found[0] for other in found):
        return None
    octets: bytes = found[0].decrypt(b"")
    return octets


def odd_ones(mnemonics: Sequence[Secret], threshold: int) -> list[int]:
    """Places of those that do not fit a set that holds by its own digest (32 bits); none where no set does."""
    members = [_member(mnemonic) for mnemonic in mnemonics]
    for chosen in _candidates(len(members), threshold):
        good = _encrypted(members[place] for place in chosen)
        if good is not None:
            rest = [place for place in range(len(members)) if place not in chosen]
            return [place for place in rest if _encrypted(members[at] for at in (*chosen[1:], place)) != good]
    return []


def _candidates(count: int, threshold: int) -> Iterator[tuple[int, ...]]:
    """Sets to look for one that holds: first without one share each, then as many others as there is time for."""
    if count > threshold:
        for left_out in range(count):
            yield tuple(place for place in range(count) if place != left_out)[:threshold]
    yield from itertools.islice(itertools.combinations(range(count), threshold), MOST_SETS)


def _member(mnemonic: Secret) -> Any:
    """The library's share, or None."""
    from shamir_mnemonic import MnemonicError, Share

    try:
        return Share.from_mnemonic(mnemonic.reveal())
    except MnemonicError:
        return None


def _encrypted(members: Iterable[Any]) -> Any:
    """The library's encrypted master secret of exactly as many members as are needed; None where they do not fit."""
    from shamir_mnemonic import MnemonicError, recover_ems
    from shamir_mnemonic.shamir import ShareGroup  # type: ignore[import-untyped]  # the library ships no types

    group = ShareGroup()
    try:
        for member in members:
            group.add(member)
        return recover_ems({0: group})
    except MnemonicError:
        return None
