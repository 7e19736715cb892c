"""The words of a PIN share while they are typed: completion, slips of the finger, and what the checksum says.

Pure functions over plain words, for a screen to call at every key. Nothing is kept, cached or logged of what was typed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import takewhile
from typing import Literal

from ceremony.custody.slip39 import checksum, word_list

Kind = Literal["ordinary", "extendable"]

WORDS_IN_SHARE = 33
"""Words of a share of 32 octets: 4 of header, 26 of value, 3 of checksum (SLIP-0039, "Format")."""

HEADER_WORDS = 4
PREFIX = 4
"""Letters that tell a word from every other (SLIP-0039, "Wordlist")."""

_CHECKSUM_WORDS = 3
_WORD_BITS = 10
_PADDING_BITS = 4
"""26 words of value carry 260 bits; the first four are zero before the 256 of a PIN."""


@dataclass(frozen=True, slots=True)
class ShareHeader:
    """What the first four words of a share say. None of it is secret."""

    identifier: int
    """15 bits, the same in all shares of one set."""
    index: int
    """Counted from 1."""
    threshold: int
    of_this_kind: bool
    """Whether a ceremony makes such shares: one group, not extendable, iteration exponent 1, two or more needed."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Where the one slip is that explains a wrong checksum. It never says which word would be right.

    SLIP-0039, "Combining the shares": point to the error, do not suggest the correction. The holder looks at the card.
    """

    slip: Literal["wrong", "missing", "extra", "swapped"]
    position: int
    """Counted from 1; for `missing` the place where the word belongs, for `swapped` the first of the two."""

    def sentence(self) -> str:
        """The suspicion for people."""
        match self.slip:
            case "wrong":
                return f"Word {self.position} is probably wrong."
            case "missing":
                return f"A word is probably missing: number {self.position}."
            case "extra":
                return f"Word {self.position} is probably one too many."
            case "swapped":
                return f"Words {self.position} and {self.position + 1} are probably swapped."


@dataclass(frozen=True, slots=True)
class WordEntry:
    """What can be said of the words typed so far, without repeating one of them."""

    count: int
    unknown: tuple[int, ...]
    """Positions, counted from 1, whose word is not in the list."""
    header: ShareHeader | None
    """None until the first four words are known."""
    checksum: bool | None
    """None until there are 33 known words."""
    suspicion: Suspicion | None

    @property
    def good(self) -> bool:
        """Whether this is a whole share as a ceremony makes them."""
        return bool(self.checksum) and self.header is not None and self.header.of_this_kind


def split_entry(text: str) -> tuple[str, ...]:
    """The words of a line as it was typed: small letters, parted at blanks, without the numbers of the card."""
    return tuple(word for word in text.lower().split() if not word.rstrip(".").isdecimal())


def completions(prefix: str) -> tuple[str, ...]:
    """Every word that begins with `prefix`, in the order of the alphabet; none for an empty prefix."""
    start = prefix.strip().lower()
    words = word_list()
    first = bisect_left(words, start)
    return tuple(takewhile(lambda word: word.startswith(start), words[first:])) if start else ()


def completed(entry: str) -> str | None:
    """The word that `entry` means: the word itself, or its first four letters or more. None where it is none."""
    found = completions(entry)
    return found[0] if len(found) == 1 and len(entry.strip()) >= PREFIX else None


def nearest(entry: str, *, limit: int = 4) -> tuple[str, ...]:
    """Words at most two slips away from a typo, the nearest first; none where the entry is a word or too short.

    A slip is a letter wrong, left out, added, or swapped with the next one.
    """
    typed = entry.strip().lower()
    if len(typed) < PREFIX - 1 or completed(typed):
        return ()
    ranked = sorted((slips, word) for word in word_list() if (slips := _slips(typed, word)) <= 2)
    return tuple(word for _, word in ranked[:limit])


def examine(words: Sequence[str]) -> WordEntry:
    """What can be said of these words: whole ones or prefixes of four letters and more, as many as there are yet."""
    meant = [completed(word) for word in words]
    unknown = tuple(position for position, word in enumerate(meant, start=1) if word is None)
    places = _places()
    values = [places[word] for word in meant if word is not None]
    header_known = len(words) >= HEADER_WORDS and not any(position <= HEADER_WORDS for position in unknown)
    header = _header(values[:HEADER_WORDS]) if header_known else None
    if unknown or len(words) < WORDS_IN_SHARE - 1:
        return WordEntry(len(words), unknown, header, None, None)
    holds = None
    if len(words) == WORDS_IN_SHARE and header is not None:
        padded = values[HEADER_WORDS] >> _WORD_BITS - _PADDING_BITS != 0
        holds, extendable = _holds(values), _holds(values, "extendable")
        if extendable or (holds and padded):
            holds, header = True, replace(header, of_this_kind=False)
    return WordEntry(len(words), (), header, holds, None if holds else _suspicion(values))


def _header(values: Sequence[int]) -> ShareHeader:
    """Identifier 15 bits, extendable 1, exponent 4; group index, threshold, count, member index, threshold: 4 each."""
    number = 0
    for value in values:
        number = number << _WORD_BITS | value
    fields = [number >> shift & 15 for shift in (16, 12, 8, 4, 0)]
    group_index, group_threshold, group_count, index, threshold = fields
    extendable, exponent = number >> 24 & 1, number >> 20 & 15
    plain = (group_index, group_threshold, group_count, extendable, exponent) == (0, 0, 0, 0, 1)
    return ShareHeader(number >> 25, index + 1, threshold + 1, plain and threshold >= 1)


def _suspicion(values: list[int]) -> Suspicion | None:
    """The one slip that would make the checksum right, or None.

    The code has distance 4, so that one or two wrong words never point to a third one (SLIP-0039, "Checksum").
    """
    if len(values) == WORDS_IN_SHARE:
        for place in range(WORDS_IN_SHARE - 1):
            swapped = [*values[:place], values[place + 1], values[place], *values[place + 2 :]]
            if _holds(swapped):
                return Suspicion("swapped", place + 1)
        return _pointed("wrong", (values,) * WORDS_IN_SHARE)
    if len(values) == WORDS_IN_SHARE - 1:
        return _pointed("missing", ([*values[:place], 0, *values[place:]] for place in range(WORDS_IN_SHARE)))
    if len(values) == WORDS_IN_SHARE + 1:
        for place in range(len(values)):
            if _holds(values[:place] + values[place + 1 :]):
                return Suspicion("extra", place + 1)
    return None


def _pointed(slip: Literal["wrong", "missing"], candidates: Iterable[list[int]]) -> Suspicion | None:
    """The first place at which some other word would make the checksum of its candidate right."""
    for place, (values, reduced) in enumerate(zip(candidates, _places_of_one_word(), strict=True)):
        if reduced(_checksum(values[:-_CHECKSUM_WORDS]) ^ _joined(values[-_CHECKSUM_WORDS:])) == 0:
            return Suspicion(slip, place + 1)
    return None


def _holds(values: list[int], kind: Kind = "ordinary") -> bool:
    return _checksum(values[:-_CHECKSUM_WORDS], kind) == _joined(values[-_CHECKSUM_WORDS:])


def _checksum(data: list[int], kind: Kind = "ordinary") -> int:
    """The checksum over the words before it, as one number of 30 bits."""
    return _joined(checksum(data, kind))


def _joined(values: Iterable[int]) -> int:
    number = 0
    for value in values:
        number = number << _WORD_BITS | value
    return number


@cache
def _places() -> dict[str, int]:
    return {word: place for place, word in enumerate(word_list())}


@cache
def _places_of_one_word() -> tuple[Callable[[int], int], ...]:
    """For each place of a share, what is left of a checksum's fault when a change of that one word has explained it.

    The checksum is linear over GF(2): the faults that one place can cause are sums of the ten that its bits cause.
    """
    data_words = WORDS_IN_SHARE - _CHECKSUM_WORDS
    nothing = _checksum([0] * data_words)
    reducers = []
    for place in range(WORDS_IN_SHARE):
        faults = []
        for bit in range(_WORD_BITS):
            values = [0] * WORDS_IN_SHARE
            values[place] = 1 << bit
            faults.append(_checksum(values[:data_words]) ^ nothing ^ _joined(values[data_words:]))
        reducers.append(_reducer(faults))
    return tuple(reducers)


def _reducer(faults: Iterable[int]) -> Callable[[int], int]:
    """Gaussian elimination over GF(2): the rest of a number after the sums of `faults` are taken out."""
    basis: list[int] = []
    for fault in faults:
        rest = fault
        for row in basis:
            rest = min(rest, rest ^ row)
        if rest:
            basis.append(rest)
            basis.sort(reverse=True)

    def reduced(number: int) -> int:
        for row in basis:
            number = min(number, number ^ row)
        return number

    return reduced


def _slips(typed: str, word: str) -> int:
    """The optimal string alignment distance; 3 where the lengths alone are too far apart."""
    if abs(len(typed) - len(word)) > 2:
        return 3
    before: list[int] = []
    last = list(range(len(word) + 1))
    for row, letter in enumerate(typed, start=1):
        this = [row]
        for column, other in enumerate(word, start=1):
            best = min(last[column] + 1, this[column - 1] + 1, last[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == word[column - 2] and typed[row - 2] == other:
                best = min(best, before[column - 2] + 1)
            this.append(best)
        before, last = last, this
    return last[-1]
