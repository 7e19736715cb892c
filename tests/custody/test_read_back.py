"""Sliced read-back: who reads which words, worked out again by anyone, and what counts as the right answer."""

from __future__ import annotations

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.custody.read_back import FEWEST_WORDS, MOST_WORDS, Slice, slices, words_asked, wrong_positions
from ceremony.words import words

DIGEST = hashlib.sha256(b"to be signed").hexdigest()
HEAD = hashlib.sha256(b"head").hexdigest()
PEOPLE = [f"custodian-{number}" for number in range(1, 21)]
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


class TestWhoReadsWhat:
    @given(DIGESTS, DIGESTS, st.integers(4, 20))
    def test_four_persons_or_more_read_the_whole_digest(self, digest: str, head: str, count: int) -> None:
        asked = slices(digest, head, PEOPLE[:count])
        assert {position for one in asked for position in one.positions} == set(range(1, 33))

    @given(DIGESTS, DIGESTS, st.integers(1, 4))
    def test_few_persons_read_no_word_twice(self, digest: str, head: str, count: int) -> None:
        positions = [position for one in slices(digest, head, PEOPLE[:count]) for position in one.positions]
        assert len(positions) == len(set(positions)) == MOST_WORDS * count

    @given(DIGESTS, DIGESTS, st.integers(1, 20))
    def test_nobody_reads_too_little_too_much_or_a_word_twice(self, digest: str, head: str, count: int) -> None:
        for one in slices(digest, head, PEOPLE[:count]):
            assert FEWEST_WORDS <= len(one.positions) <= MOST_WORDS
            assert list(one.positions) == sorted(set(one.positions))

    def test_beyond_eight_persons_the_slices_still_differ(self) -> None:
        asked = [one.positions for one in slices(DIGEST, HEAD, PEOPLE)]
        assert len(set(asked)) == len(asked)

    def test_the_order_of_the_persons_changes_nothing(self) -> None:
        expected = {one.person: one for one in slices(DIGEST, HEAD, PEOPLE[:3])}
        for order in itertools.permutations(PEOPLE[:3]):
            assert slices(DIGEST.upper(), HEAD.upper(), order) == tuple(expected[person] for person in order)

    def test_they_stay_what_they_are(self) -> None:
        """Records of years are checked against this; a change needs another format of the record."""
        assert [one.positions for one in slices(DIGEST, HEAD, ["ayu", "budi"])] == [
            (4, 9, 10, 14, 18, 22, 25, 32),
            (2, 7, 11, 17, 27, 29, 30, 31),
        ]

    def test_another_digest_or_head_asks_for_other_words(self) -> None:
        other = hashlib.sha256(b"other").hexdigest()
        found = {
            slices(*question)[0].positions
            for question in (
                (DIGEST, HEAD, PEOPLE[:3]),
                (other, HEAD, PEOPLE[:3]),
                (DIGEST, other, PEOPLE[:3]),
            )
        }
        assert len(found) == 3

    @pytest.mark.parametrize(
        ("digest", "head", "persons"),
        [("xyz", HEAD, ["a"]), (DIGEST, "xyz", ["a"]), (DIGEST, HEAD, []), (DIGEST, HEAD, ["a", "a"])],
    )
    def test_what_is_no_question_is_refused(self, digest: str, head: str, persons: list[str]) -> None:
        with pytest.raises(ValueError, match=r"hexadecimal|named once"):
            slices(digest, head, persons)


class TestAnswers:
    ASKED = Slice("ayu", (2, 5, 32))

    def answers(self) -> list[str]:
        spoken = words(bytes.fromhex(DIGEST))
        return [spoken[1], spoken[4], spoken[31]]

    def test_the_words_asked_are_those_of_the_digest(self) -> None:
        assert list(words_asked(DIGEST, self.ASKED)) == self.answers()

    def test_case_and_blanks_are_no_matter(self) -> None:
        first, second, third = self.answers()
        given_ = [f"  {first.upper()} ", f"{second[:3]} {second[3:]}", third.title() + "\t"]
        assert wrong_positions(DIGEST, self.ASKED, given_) == ()

    def test_every_word_of_the_list_is_taken_in_small_letters_and_in_capitals(self) -> None:
        octets = bytes(octet for octet in range(256) for _ in range(2)).hex()
        every = Slice("ayu", tuple(range(1, 513)))
        spoken = words_asked(octets, every)
        assert len(set(spoken)) == 512
        assert wrong_positions(octets, every, [word.lower() for word in spoken]) == ()
        assert wrong_positions(octets, every, [word.upper() for word in spoken]) == ()

    @pytest.mark.parametrize("place", [0, 1, 2])
    @pytest.mark.parametrize("change", [lambda word: word + "s", lambda word: word[:-1], lambda _: "", lambda _: "x"])
    def test_one_letter_is(self, place: int, change: object) -> None:
        given_ = self.answers()
        given_[place] = change(given_[place])  # type: ignore[operator]
        assert wrong_positions(DIGEST, self.ASKED, given_) == (self.ASKED.positions[place],)

    def test_the_right_words_in_another_order_are_wrong(self) -> None:
        first, second, third = self.answers()
        assert wrong_positions(DIGEST, self.ASKED, [second, first, third]) == (2, 5)

    def test_missing_and_additional_words_are_wrong(self) -> None:
        assert wrong_positions(DIGEST, self.ASKED, self.answers()[:1]) == (5, 32)
        assert wrong_positions(DIGEST, self.ASKED, []) == (2, 5, 32)
        assert wrong_positions(DIGEST, self.ASKED, [*self.answers(), "Zulu"]) == (32,)
