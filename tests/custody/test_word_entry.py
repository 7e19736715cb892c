"""Words while they are typed: completed, doubted, pointed at; never corrected and never repeated."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shamir_mnemonic import generate_mnemonics

from ceremony.custody import slip39
from ceremony.custody.share_entry import read_share
from ceremony.custody.word_entry import (
    WORDS_IN_SHARE,
    Suspicion,
    completed,
    completions,
    examine,
    nearest,
    split_entry,
)
from ceremony.secret import Secret
from tests.custody.made import SplitPin, refused, split_pin

MADE = split_pin(3, 5)
WORDS = st.sampled_from(slip39.word_list())
SHARE = st.integers(0, 4).map(MADE.words)
PLACE = st.integers(0, WORDS_IN_SHARE - 1)

PUBLISHED = (
    "duckling enlarge academic academic agency result length solution fridge kidney coal piece deal husband erode "
    "duke ajar critical decision keyboard"
)
"""The first test vector of SLIP-0039: one of one, 128 bits."""

LONGER = (
    "theory painting academic academic armed sweater year military elder discuss acne wildlife boring employer fused "
    "large satoshi bundle carbon diagnose anatomy hamster leaves tracks paces beyond phantom capital marvel lips brave "
    "detect luck"
)
"""Its vector 20: one of one, 256 bits, iteration exponent 0. Vector 21 ends in another word and is refused."""


class TestTheList:
    def test_it_is_the_published_one(self) -> None:
        text = "".join(f"{word}\n" for word in slip39.word_list())
        assert hashlib.sha256(text.encode()).hexdigest() == (
            "bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3"
        )

    def test_four_letters_tell_each_word_from_every_other(self) -> None:
        assert len({word[:4] for word in slip39.word_list()}) == len(slip39.word_list()) == 1024
        assert all(completed(word[:4]) == completed(word) == word for word in slip39.word_list())


class TestOneWord:
    def test_a_prefix_offers_its_words(self) -> None:
        assert completions("acad") == ("academic",)
        assert completions(" ACI ") == ("acid",)
        assert completions("ac") == ("academic", "acid", "acne", "acquire", "acrobat", "activity", "actress")

    @pytest.mark.parametrize("entry", ["", " ", "zz", "academics", "1"])
    def test_what_begins_no_word_offers_none(self, entry: str) -> None:
        assert completions(entry) == ()

    @pytest.mark.parametrize("entry", ["aci", "aca", "", "academix", "acadamic"])
    def test_too_little_or_a_slip_is_not_completed(self, entry: str) -> None:
        assert completed(entry) is None

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [("acadmeic", "academic"), ("acdemic", "academic"), ("knifee", "knife"), ("jnife", "knife"), ("ZERRO", "zero")],
    )
    def test_a_typo_leads_to_its_word_first(self, typed: str, meant: str) -> None:
        assert nearest(typed)[0] == meant

    @given(WORDS, st.integers(0, 7), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    def test_one_wrong_letter_is_always_found(self, word: str, place: int, letter: str) -> None:
        place %= len(word)
        typed = word[:place] + letter + word[place + 1 :]
        assume(completed(typed) is None)
        assert word in nearest(typed, limit=1024)

    @pytest.mark.parametrize("entry", ["knife", "knif", "kn", "", "xxxxxxxx"])
    def test_what_needs_no_help_or_is_beyond_it_gets_none(self, entry: str) -> None:
        assert nearest(entry) == ()

    def test_no_more_are_offered_than_asked_for(self) -> None:
        assert len(nearest("taste", limit=2)) <= 2 < len(nearest("paste", limit=1024))


class TestTheWholeLine:
    def test_capitals_numbers_and_blanks_are_no_matter(self) -> None:
        assert split_entry(" 1. Shame 2. GARLIC\n 3 academic") == ("shame", "garlic", "academic")

    @given(SHARE)
    def test_a_share_is_good_in_full_and_in_prefixes(self, words: list[str]) -> None:
        for entry in (examine(words), examine([word[:4].upper() for word in words])):
            assert entry.good
            assert (entry.unknown, entry.suspicion) == ((), None)

    def test_four_words_tell_which_share_it_is(self, three_of_five: SplitPin) -> None:
        words = three_of_five.words(3)
        assert examine(words[:3]).header is None
        header = examine(words[:4]).header
        assert header is not None
        assert (header.identifier, header.index, header.threshold, header.of_this_kind) == (
            three_of_five.shares[3].identifier,
            4,
            3,
            True,
        )

    def test_an_unknown_word_is_told_at_once_by_its_position(self, three_of_five: SplitPin) -> None:
        words = three_of_five.words(0)
        entry = examine([*words[:6], "academix", "", words[8]])
        assert (entry.unknown, entry.checksum, entry.good) == ((7, 8), None, False)
        assert entry.header is not None
        assert examine(["zzz", *words[1:4]]).header is None

    def test_an_unfinished_share_is_neither_right_nor_wrong(self, three_of_five: SplitPin) -> None:
        entry = examine(three_of_five.words(0)[:20])
        assert (entry.count, entry.checksum, entry.suspicion, entry.good) == (20, None, None, False)
        assert examine([]).count == 0


class TestSuspicion:
    @given(SHARE, PLACE, WORDS)
    def test_one_wrong_word_is_pointed_at(self, words: list[str], place: int, other: str) -> None:
        assume(words[place] != other)
        words[place] = other
        assert examine(words).suspicion == Suspicion("wrong", place + 1)

    @settings(deadline=None)
    @given(SHARE, st.sets(PLACE, min_size=2, max_size=2), st.randoms())
    def test_two_wrong_words_never_point_to_another_one(
        self, words: list[str], places: set[int], order: random.Random
    ) -> None:
        wrong = list(words)
        for place in places:
            wrong[place] = order.choice([word for word in slip39.word_list() if word not in words])
        entry = examine(wrong)
        assert (entry.checksum, entry.suspicion) == (False, None)

    @given(SHARE, st.integers(0, WORDS_IN_SHARE - 2))
    def test_two_swapped_words_are_pointed_at(self, words: list[str], place: int) -> None:
        assume(words[place] != words[place + 1])
        words[place], words[place + 1] = words[place + 1], words[place]
        assert examine(words).suspicion == Suspicion("swapped", place + 1)

    @given(SHARE, PLACE)
    def test_a_word_left_out_is_pointed_at(self, words: list[str], place: int) -> None:
        assume(len(set(words[max(0, place - 1) : place + 2])) == len(words[max(0, place - 1) : place + 2]))
        assert examine(words[:place] + words[place + 1 :]).suspicion == Suspicion("missing", place + 1)

    @given(SHARE, PLACE)
    def test_a_word_said_twice_is_pointed_at(self, words: list[str], place: int) -> None:
        suspicion = examine([*words[: place + 1], *words[place:]]).suspicion
        assert suspicion is not None
        assert suspicion.slip == "extra"
        first = place
        while first and words[first - 1] == words[place]:
            first -= 1
        assert suspicion.position == first + 1

    def test_the_sentences_name_positions(self) -> None:
        assert [Suspicion(slip, 7).sentence() for slip in ("wrong", "missing", "extra", "swapped")] == [
            "Word 7 is probably wrong.",
            "A word is probably missing: number 7.",
            "Word 7 is probably one too many.",
            "Words 7 and 8 are probably swapped.",
        ]


class TestReadingAShare:
    def test_what_was_typed_in_prefixes_is_the_share(self, three_of_five: SplitPin) -> None:
        share = three_of_five.shares[2]
        typed = "\n".join(f"{number}. {word[:4].upper()}" for number, word in enumerate(three_of_five.words(2), 1))
        read = read_share(Secret(typed))
        assert (read.identifier, read.index, read.threshold) == (share.identifier, 3, 3)
        assert read.mnemonic.matches(share.mnemonic)

    def test_words_that_are_not_in_the_list_are_named_by_position(self, three_of_five: SplitPin) -> None:
        words = three_of_five.words(0)
        words[4], words[8] = "zzqx", "qqzx"
        with refused("SHARE-WORD", "Word 5 is not in the word list.", "The same is true of: 9."):
            read_share(Secret(" ".join(words)))

    @pytest.mark.parametrize("count", [0, 1, 20, 31, 35])
    def test_another_number_of_words_is_no_share(self, three_of_five: SplitPin, count: int) -> None:
        with refused("SHARE-LENGTH", f"There are {count} words; a share has 33."):
            read_share(Secret(" ".join((three_of_five.words(0) * 2)[:count])))

    def test_a_missing_word_is_pointed_at(self) -> None:
        words = MADE.words(0)
        with refused("SHARE-LENGTH", "There are 32 words", "A word is probably missing: number 2"):
            read_share(Secret(" ".join(words[:1] + words[2:])))

    def test_a_wrong_word_is_pointed_at(self, three_of_five: SplitPin) -> None:
        words = three_of_five.words(0)
        words[20] = "zero" if words[20] != "zero" else "acid"
        with refused("SHARE-CHECKSUM", "Word 21 is probably wrong."):
            read_share(Secret(" ".join(words)))

    def test_a_jumble_is_said_to_be_one(self, three_of_five: SplitPin) -> None:
        words = three_of_five.words(0)
        with refused("SHARE-CHECKSUM", "More than one word is wrong"):
            read_share(Secret(" ".join([*words[:8], *words[20:], *words[8:20]])))

    def test_the_published_vector_is_known_by_its_header_and_not_taken(self) -> None:
        header = examine(PUBLISHED.split()).header
        assert header is not None
        assert (header.identifier, header.index, header.threshold, header.of_this_kind) == (7945, 1, 1, False)
        with refused("SHARE-LENGTH", "There are 20 words"):
            read_share(Secret(PUBLISHED))

    def test_the_published_vector_of_256_bits_is_whole_and_not_of_our_kind(self) -> None:
        assert examine(LONGER.split()).checksum
        with refused("SHARE-FOREIGN"):
            read_share(Secret(LONGER))
        with refused("SHARE-CHECKSUM", "Word 33 is probably wrong."):
            read_share(Secret(LONGER.removesuffix("luck") + "lunar"))

    @pytest.mark.parametrize(
        "options",
        [
            {"groups": [(2, 3)], "extendable": True},
            {"groups": [(2, 3)], "iteration_exponent": 0},
            {"groups": [(1, 1)]},
            {"groups": [(2, 3), (2, 3)]},
        ],
        ids=["extendable", "exponent", "one of one", "two groups"],
    )
    def test_a_share_of_another_kind_is_not_taken(self, options: dict[str, object]) -> None:
        wanted = {"group_threshold": 1, "extendable": False, "master_secret": bytes(range(32))} | options
        mnemonic = generate_mnemonics(**wanted)[0][0]
        with refused("SHARE-FOREIGN", "not of the kind that a ceremony makes"):
            read_share(Secret(mnemonic))

    def test_a_share_with_another_padding_is_not_taken(self, three_of_five: SplitPin) -> None:
        places = {word: place for place, word in enumerate(slip39.word_list())}
        values = [places[word] for word in three_of_five.words(0)][:-3]
        values[4] |= 1 << 9
        words = [slip39.word_list()[value] for value in (*values, *slip39.checksum(values))]
        with refused("SHARE-FOREIGN"):
            read_share(Secret(" ".join(words)))
