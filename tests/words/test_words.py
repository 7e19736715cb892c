"""The PGP word list: octets read aloud, and read back."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.word_list import THREE_SYLLABLES, TWO_SYLLABLES
from ceremony.words import head_words, parse_words, words

# Published examples of the list: a PGP key fingerprint each.
FINGERPRINT = "E58294F2E9A227486E8B061B31CC528FD7FA3F19"
SPOKEN = (
    "topmost Istanbul Pluto vagabond treadmill Pacific brackish dictator goldfish Medusa afflict bravado chatter "
    "revolver Dupont midsummer stopwatch whimsical cowbell bottomless"
)
SECOND_FINGERPRINT = "41559711308F2A21B9D5072D621958AFCB50B5F9"
SECOND_SPOKEN = (
    "cranky equipment preshrunk Babylon chairlift midsummer brickyard Camelot sentence specialist ahead clergyman "
    "flagpole bottomless endorse pharmacy spheroid embezzle scorecard Waterloo"
)


@pytest.mark.parametrize(("digits", "spoken"), [(FINGERPRINT, SPOKEN), (SECOND_FINGERPRINT, SECOND_SPOKEN)])
def test_published_examples_are_reproduced(digits: str, spoken: str) -> None:
    assert head_words(digits) == spoken
    assert words(bytes.fromhex(digits)) == tuple(spoken.split())


def test_the_list_is_whole() -> None:
    """512 different words, each list in the order of the alphabet (applicant before Apollo is the list's one slip)."""
    assert len(TWO_SYLLABLES) == len(THREE_SYLLABLES) == 256
    assert len({word.casefold() for word in TWO_SYLLABLES + THREE_SYLLABLES}) == 512
    slips = [
        (before, after)
        for word_list in (TWO_SYLLABLES, THREE_SYLLABLES)
        for before, after in itertools.pairwise(word_list)
        if before.casefold() > after.casefold()
    ]
    assert slips == [("applicant", "Apollo")]


def test_the_list_has_not_been_altered() -> None:
    """The digest of the list as compared, word by word, with two transcriptions made by other people."""
    text = "\n".join(f"{two} {three}" for two, three in zip(TWO_SYLLABLES, THREE_SYLLABLES, strict=True))
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "0b9fb31fd0fd7fc54489ce2dd9ca0cecc282424bfa170647920025b80e0518d2"
    )


@given(st.binary(max_size=64))
def test_what_is_said_is_what_was_meant(octets: bytes) -> None:
    assert parse_words(words(octets)) == octets


def test_upper_and_lower_case_are_the_same() -> None:
    assert parse_words(SPOKEN.upper().split()) == bytes.fromhex(FINGERPRINT)


def test_two_words_swapped_are_noticed() -> None:
    spoken = SPOKEN.split()
    spoken[4], spoken[5] = spoken[5], spoken[4]
    with pytest.raises(CeremonyError, match=r"Word 5 is out of order\.") as caught:
        parse_words(spoken)
    assert caught.value.code == "WORDS-ORDER"


def test_a_word_left_out_is_noticed() -> None:
    spoken = SPOKEN.split()
    del spoken[7]
    with pytest.raises(CeremonyError, match=r"Word 8 is out of order\."):
        parse_words(spoken)


def test_a_word_said_twice_is_noticed() -> None:
    spoken = SPOKEN.split()
    spoken.insert(3, spoken[3])
    with pytest.raises(CeremonyError, match=r"Word 5 is out of order\."):
        parse_words(spoken)


def test_a_word_left_out_at_the_end_is_noticed_when_the_length_is_known() -> None:
    spoken = SPOKEN.split()[:-1]
    assert parse_words(spoken) == bytes.fromhex(FINGERPRINT)[:-1]
    with pytest.raises(CeremonyError, match=r"There are 19 words; 20 were expected\."):
        parse_words(spoken, length=20)
    assert parse_words(SPOKEN.split(), length=20) == bytes.fromhex(FINGERPRINT)


def test_an_unknown_word_is_named_by_its_position() -> None:
    with pytest.raises(CeremonyError, match=r"Word 2 is not in the word list\.") as caught:
        parse_words(["topmost", "Constantinople"])
    assert caught.value.code == "WORDS-UNKNOWN"


def test_hex_that_is_not_hex_is_refused() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        head_words("xyz")
