"""Octets read aloud: the PGP word list, in which a swapped or dropped word is noticed by its number of syllables."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ceremony.errors import CeremonyError
from ceremony.word_list import THREE_SYLLABLES, TWO_SYLLABLES

_SYLLABLES = ("two-syllable", "three-syllable")


def words(octets: bytes) -> tuple[str, ...]:
    """One word for each octet: two syllables at even offsets (the first octet is offset 0), three at odd ones."""
    return tuple((THREE_SYLLABLES if offset % 2 else TWO_SYLLABLES)[octet] for offset, octet in enumerate(octets))


def head_words(hex_digits: str) -> str:
    """The words of a hex digest, parted by single spaces. Raises ValueError when it is not hex."""
    return " ".join(words(bytes.fromhex(hex_digits)))


def parse_words(sequence: Iterable[str], *, length: int | None = None) -> bytes:
    """The octets that the words mean; upper and lower case are the same.

    Raises CeremonyError (WORDS-UNKNOWN, WORDS-ORDER, WORDS-COUNT) naming the first wrong position, counted from 1. A
    word left out at the very end is noticed only where `length`, the number of words to expect, is given.
    """
    octets = bytearray()
    for position, word in enumerate(sequence, start=1):
        known = _meanings().get(word.casefold())
        if known is None:
            raise CeremonyError(
                f"Word {position} is not in the word list.",
                detail="It may be misheard or misspelt.",
                next_step="Have the word read aloud again.",
                code="WORDS-UNKNOWN",
            )
        octet, parity = known
        if parity != (position - 1) % 2:
            raise CeremonyError(
                f"Word {position} is out of order.",
                detail=f"A {_SYLLABLES[1 - parity]} word belongs there, and this is a {_SYLLABLES[parity]} one. "
                "A word before it was left out or said twice, or two words were swapped.",
                next_step="Have the words read aloud again from the start.",
                code="WORDS-ORDER",
            )
        octets.append(octet)
    if length is not None and len(octets) != length:
        raise CeremonyError(
            f"There are {len(octets)} words; {length} were expected.",
            next_step="Have the words read aloud again from the start.",
            code="WORDS-COUNT",
        )
    return bytes(octets)


@cache
def _meanings() -> dict[str, tuple[int, int]]:
    """Each word, case-folded, with its octet and the parity of the offsets at which it may stand."""
    return {
        word.casefold(): (octet, parity)
        for parity, word_list in enumerate((TWO_SYLLABLES, THREE_SYLLABLES))
        for octet, word in enumerate(word_list)
    }
