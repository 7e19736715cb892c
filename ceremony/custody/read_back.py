"""Sliced read-back: each custodian reads other words of a digest, so that together they have compared all of it.

Which words a person is asked for follows from the digest, the chain head of that moment and the persons asked. Nobody
can know it before the head is known, and the verifier works it out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ceremony.canonical import canonical_json, sha256_hex
from ceremony.words import words

_T = TypeVar("_T", int, str)

FEWEST_WORDS = 4
"""Words that each person reads at least: 32 bits."""

MOST_WORDS = 8
"""Words that each person reads at most. Four persons are enough to cover the 32 words of a SHA-256."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What one person is asked to read."""

    person: str
    positions: tuple[int, ...]
    """Positions of words in the digest, counted from 1, rising."""


def slices(digest: str, chain_head: str, persons: Sequence[str]) -> tuple[Slice, ...]:
    """What each person reads of a digest, in the order of `persons`; their order makes no difference to what they read.

    Each reads four to eight words. With four persons or more every word is read by somebody; no word is read twice
    before every word was read. `digest` is a SHA-256 in hex, `chain_head` the head of the record before the question is
    put, a person an id. Raises ValueError for what is not hex, for nobody, and for a person who is named twice.
    """
    total = len(bytes.fromhex(digest))
    bytes.fromhex(chain_head)
    if not persons or len(set(persons)) != len(persons):
        raise ValueError("read-back is asked of one person or more, each named once")
    each = min(total, MOST_WORDS, max(FEWEST_WORDS, -(-total // len(persons))))

    seed = (digest.lower(), chain_head.lower())
    dealt: dict[str, tuple[int, ...]] = {}
    pool: list[int] = []
    turns = 0
    for person in _drawn((*seed, "person"), persons):
        own: list[int] = []
        while len(own) < each:
            if all(position in own for position in pool):
                pool += _drawn((*seed, "position", turns), range(1, total + 1))
                turns += 1
            own.append(next(position for position in pool if position not in own))
            pool.remove(own[-1])
        dealt[person] = tuple(sorted(own))
    return tuple(Slice(person, dealt[person]) for person in persons)


def words_asked(digest: str, asked: Slice) -> tuple[str, ...]:
    """The words that the person has to read, in the order of the positions."""
    spoken = words(bytes.fromhex(digest))
    return tuple(spoken[position - 1] for position in asked.positions)


def wrong_positions(digest: str, asked: Slice, answers: Sequence[str]) -> tuple[int, ...]:
    """The positions at which the answer is another word or missing; empty where all is right.

    One answer for each position in turn. Upper and lower case and blanks make no difference, letters do. Answers beyond
    the last position make it wrong: the person was not reading what was asked.
    """
    expected = words_asked(digest, asked)
    given = [_plain(answer) for answer in answers]
    wrong = [
        position
        for place, (position, word) in enumerate(zip(asked.positions, expected, strict=True))
        if place >= len(given) or given[place] != _plain(word)
    ]
    if len(given) > len(expected) and asked.positions[-1] not in wrong:
        wrong.append(asked.positions[-1])
    return tuple(wrong)


def _drawn(seed: tuple[str | int, ...], values: Iterable[_T]) -> list[_T]:
    """The values in an order that follows from the seed."""
    return sorted(values, key=lambda value: sha256_hex(canonical_json(("read-back/1", *seed, value))))


def _plain(word: str) -> str:
    return "".join(word.split()).casefold()
