"""The card of a share: written for whoever finds it, complete for whoever holds it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from shamir_mnemonic import combine_mnemonics

from ceremony.custody.share_card import COLUMNS, share_card
from ceremony.custody.share_entry import read_share
from ceremony.secret import Secret
from tests.custody.made import SplitPin, refused


def card(made: SplitPin, place: int = 1, **changed: Any) -> str:
    holder = changed.pop("holder", "Siti Rahma")
    token = changed.pop("token", "EXAMPLE-ROOT")
    label = made.shares[place].label("0001-root-20261122-ab12", token, "user-pin", count=5, holder=holder)
    known: dict[str, Any] = {
        "authority": "Example Root CA",
        "contact": "Example CA, Jalan Merdeka 1, Jakarta, telephone +62 21 000 000",
        "made_on": "2026-11-22",
        "practice": False,
    }
    made_card = share_card(made.shares[place], label, **(known | changed))
    assert isinstance(made_card, Secret)
    return made_card.reveal()


def words_on(text: str) -> list[str]:
    """The words as a reader finds them: by their numbers."""
    table = text[text.index("THE WORDS") : text.index("HOW THEY ARE USED")]
    return [word for _, word in sorted((int(number), word) for number, word in re.findall(r"(\d+)\. (\w+)", table))]


class TestForItsHolder:
    def test_its_words_are_the_share(self, three_of_five: SplitPin) -> None:
        assert words_on(card(three_of_five)) == three_of_five.words(1)

    def test_typing_the_table_row_by_row_is_not_taken_for_the_share(self, three_of_five: SplitPin) -> None:
        text = card(three_of_five)
        rows = text[text.index("each column") + len("each column") : text.index("HOW THEY ARE USED")]
        with refused("SHARE-CHECKSUM"):
            read_share(Secret(rows))

    def test_the_way_without_this_program_is_true(self, three_of_five: SplitPin) -> None:
        text = " ".join(card(three_of_five).split())
        assert "joins 3 of them to 32 octets" in text
        found = combine_mnemonics([" ".join(words_on(card(three_of_five, place))) for place in (0, 2, 4)], b"")
        assert Secret(found.hex()).matches(three_of_five.pin)

    def test_its_label_stands_on_it(self, three_of_five: SplitPin) -> None:
        text = card(three_of_five)
        for line in (
            "PIN SHARE 2 OF 5",
            "Ceremony      0001-root-20261122-ab12\n",
            "Token         EXAMPLE-ROOT\n",
            "Opens         the user PIN",
            "Share         number 2 of 5; any 3 are enough\n",
            f"Set           {three_of_five.shares[0].identifier:05d} ",
            "Holder        Siti Rahma\n",
            "Made on       2026-11-22\n",
        ):
            assert line in text

    def test_the_label_of_another_share_is_refused(self, three_of_five: SplitPin) -> None:
        label = three_of_five.shares[2].label("0001-root", "ROOT", "so-pin", count=5, holder="Siti")
        with refused("CARD-LABEL", "The words are share 2 of set"):
            share_card(
                three_of_five.shares[1],
                label,
                authority="A",
                contact="B",
                made_on="2026-11-22",
                practice=False,
            )


class TestForAStranger:
    def test_it_says_what_it_is_and_what_to_do(self, three_of_five: SplitPin) -> None:
        text = " ".join(card(three_of_five).split())
        for sentence in (
            "This card is one of 5 parts of a PIN.",
            "Any 3 of the parts give the PIN.",
            "Do not copy it, photograph it, read it to anyone, or type it anywhere.",
            "Example CA, Jalan Merdeka 1, Jakarta, telephone +62 21 000 000",
        ):
            assert sentence in text

    @pytest.mark.parametrize("practice", [True, False])
    def test_a_rehearsal_is_marked(self, three_of_five: SplitPin, practice: bool) -> None:
        assert ("PRACTICE" in card(three_of_five, practice=practice)) is practice


class TestOnPaper:
    @pytest.mark.parametrize(
        "value", ["x" * 200, "Ny. Sítí “Rahma” Ñusantara " * 7, "测试机构" * 40, "\u202e\u009b31m abc", "a-b " * 49]
    )
    def test_any_name_keeps_to_ascii_and_to_the_width(self, three_of_five: SplitPin, value: str) -> None:
        text = card(three_of_five, holder=value[:200], authority=value[:200], contact=value[:200])
        assert text.isascii()
        assert all(line.isprintable() and len(line) <= COLUMNS for line in text.split("\n"))
        assert words_on(text) == three_of_five.words(1)

    def test_it_fits_one_sheet(self, three_of_five: SplitPin) -> None:
        assert card(three_of_five, practice=True).count("\n") <= 60
