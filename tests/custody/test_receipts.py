"""A witness's receipt: on paper, as a QR code, and held against a record years later."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ceremony.custody.receipt_check import RecordFacts, compare, lines_after
from ceremony.custody.receipts import LARGEST_PAYLOAD, KeyFingerprint, Receipt, parse_receipt
from ceremony.words import head_words
from tests.custody.made import refused


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


HEADS = tuple(digest(f"line {number}") for number in range(40))
KEYS = {"root-g1": digest("root"), "issuing-g1": digest("issuing")}


def receipt(**changed: Any) -> Receipt:
    fields: dict[str, Any] = {
        "ceremony_id": "0001-root-generation-20261122-ab12cd34",
        "title": "Generation of the Example Root CA and its first issuing CA",
        "mode": "production",
        "date": "2026-11-22",
        "person": "siti",
        "name": "Siti Rahma",
        "head": HEADS[-1],
        "keys": tuple(KeyFingerprint(name=name, sha256=value) for name, value in KEYS.items()),
        "steps": 34,
        "exceptions": 1,
    }
    return Receipt(**(fields | changed))


FACTS = RecordFacts(
    ceremony_id="0001-root-generation-20261122-ab12cd34",
    title="Generation of the Example Root CA and its first issuing CA",
    mode="production",
    days=("2026-11-21", "2026-11-22"),
    heads=HEADS,
    keys=KEYS,
    steps=34,
    exceptions=1,
    people={"siti": "Siti Rahma", "budi": "Budi"},
)

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"]), min_size=1)
SHA256 = st.binary(min_size=32, max_size=32).map(bytes.hex)
RECEIPTS = st.builds(
    Receipt,
    ceremony_id=LINES.map(lambda text: text[:200]),
    title=LINES.map(lambda text: text[:200]),
    mode=st.sampled_from(["practice", "production"]),
    date=st.dates().map(lambda day: day.isoformat()),
    person=st.from_regex(r"[a-z0-9]{1,9}([-.][a-z0-9]{1,9}){0,3}", fullmatch=True),
    name=LINES.map(lambda text: text[:200]),
    head=SHA256,
    keys=st.dictionaries(st.from_regex(r"[a-z0-9]{1,64}", fullmatch=True), SHA256, max_size=4).map(
        lambda keys: tuple(KeyFingerprint(name=name, sha256=value) for name, value in keys.items())
    ),
    steps=st.integers(0, 999_999_999),
    exceptions=st.integers(0, 999_999_999),
)


class TestOnPaper:
    @given(RECEIPTS)
    def test_whatever_it_says_is_read_again_from_the_slip(self, made: Receipt) -> None:
        text = made.text()
        assert text.isascii()
        assert all(line.isprintable() and len(line) <= 60 for line in text.split("\n"))
        assert parse_receipt(text) == made
        assert parse_receipt(text.replace("\n", "  \r\n").encode()) == made

    @pytest.mark.parametrize(
        "text", ["\\" * 200, "ab\\ " * 40 + "c", "x" * 200, "é" * 200, "  " * 90 + "x", " ", "Rahma ", "\\u0041"]
    )
    def test_what_is_long_or_full_of_backslashes_is_read_again(self, text: str) -> None:
        for cut in range(min(len(text), 50)):
            made = receipt(title=text[cut:])
            assert parse_receipt(made.text()) == made

    def test_a_person_finds_on_it_what_matters(self) -> None:
        text = receipt().text()
        assert "PRODUCTION" in text
        assert head_words(HEADS[-1]) in " ".join(text.split())
        assert HEADS[-1] in "".join(text.split())
        for line in (
            "Title       Generation of the Example Root CA and its first\n            issuing CA\n",
            "Given to    siti\n",
            "Steps       34\n",
            "Exceptions  1\n",
            "Key         issuing-g1\n",
        ):
            assert line in text

    @pytest.mark.parametrize("mode", ["practice", "production"])
    def test_a_rehearsal_is_marked(self, mode: str) -> None:
        assert ("It was a rehearsal" in receipt(mode=mode).text()) is (mode == "practice")

    @pytest.mark.parametrize(
        ("was", "now", "said"),
        [
            ("Steps       34", "Steps       35", "check digits"),
            ("Exceptions  1", "Exceptions  0", "check digits"),
            ("Given to    siti", "Given to    budi", "check digits"),
            ("Steps       34", "Steps       many", "A value"),
            ("Steps       34", "Steps       -1", "A value"),
            ("Steps       34\n", "", "Steps"),
            ("Steps       34\n", "Steps       34\nSteps       34\n", "Steps"),
            ("Mode        production", "Mode        holiday", "A value"),
            ("Key         root-g1\n", "", "a key with its SHA-256"),
            ("Chain head  ", "Chain head  00", "The words are not those"),
            (HEADS[-1][:8], "00000000", "The words are not those"),
            ("Title       Gen", "Title       \\ud800Gen", "A value"),
        ],
    )
    def test_a_slip_that_was_altered_is_refused(self, was: str, now: str, said: str) -> None:
        text = receipt().text()
        assert text.count(was) == 1
        with refused("RECEIPT-DAMAGED", said):
            parse_receipt(text.replace(was, now))

    def test_one_wrong_word_of_the_head_is_named(self) -> None:
        first = head_words(HEADS[-1]).split()[0]
        with refused("WORDS-UNKNOWN", "Word 1"):
            parse_receipt(receipt().text().replace(first, first + "x", 1))

    @pytest.mark.parametrize("written", ["\\", "\\x41", "\\U00200000", "\u00e9"])
    def test_what_no_slip_writes_is_refused(self, written: str) -> None:
        with refused("RECEIPT-FORM"):
            parse_receipt(receipt().text().replace("Siti Rahma", f"Siti {written} Rahma"))


class TestAsQrCode:
    @given(RECEIPTS)
    def test_whatever_it_says_is_read_again_from_the_code(self, made: Receipt) -> None:
        assert parse_receipt(made.payload()) == made
        assert parse_receipt(made.payload().decode() + "\n") == made

    def test_one_static_code_of_medium_correction_holds_it(self, record_property: Any) -> None:
        from qrcode.constants import ERROR_CORRECT_M
        from qrcode.main import QRCode
        from qrcode.util import MODE_8BIT_BYTE, QRData

        rows = ["receipt as a QR code (level M, byte mode): keys, octets, version, modules with quiet zone"]
        versions = {}
        for count in (0, 1, 2, 5, 10, 20):
            keys = tuple(KeyFingerprint(name=f"issuing-g{n}", sha256=digest(str(n))) for n in range(count))
            octets = receipt(keys=keys).payload()
            code = QRCode(error_correction=ERROR_CORRECT_M)
            code.add_data(QRData(octets, mode=MODE_8BIT_BYTE), optimize=0)
            versions[count] = code.best_fit()
            rows.append(f"{count:>4} {len(octets):>6} {versions[count]:>4} {versions[count] * 4 + 25:>5}")
        record_property("table", "\n".join(rows))
        assert versions[2] <= 17, "two keys fit a console of 128 columns and 48 rows in half blocks"

    def test_the_largest_payload_is_what_the_largest_code_holds(self) -> None:
        from qrcode.constants import ERROR_CORRECT_M
        from qrcode.exceptions import DataOverflowError
        from qrcode.main import QRCode
        from qrcode.util import MODE_8BIT_BYTE, QRData

        code = QRCode(error_correction=ERROR_CORRECT_M)
        code.add_data(QRData(b"a" * LARGEST_PAYLOAD, mode=MODE_8BIT_BYTE), optimize=0)
        assert code.best_fit() == 40
        code = QRCode(error_correction=ERROR_CORRECT_M)
        code.add_data(QRData(b"a" * (LARGEST_PAYLOAD + 1), mode=MODE_8BIT_BYTE), optimize=0)
        with pytest.raises((DataOverflowError, ValueError)):
            code.best_fit()

    def test_more_than_one_code_holds_is_refused_and_still_printed(self) -> None:
        keys = tuple(KeyFingerprint(name=f"issuing-g{n}", sha256=digest(str(n))) for n in range(40))
        large = receipt(keys=keys)
        with refused("RECEIPT-SIZE", "Print the receipt as text."):
            large.payload()
        assert parse_receipt(large.text()) == large

    @pytest.mark.parametrize(
        "received",
        [
            "",
            "hello",
            b"\xff\xfe",
            "{}",
            "{",
            "[1]",
            '{"format":"ceremony-people/1"}',
            '{"format":"ceremony-receipt/1"}',
            '{"a":' * 20_000,
            "9" * 70_000,
        ],
        ids=["empty", "text", "octets", "empty object", "torn", "list", "other", "bare", "deep", "large"],
    )
    def test_what_is_no_receipt_is_refused(self, received: str | bytes) -> None:
        with refused("RECEIPT-FORM", "Nothing was compared."):
            parse_receipt(received)

    @pytest.mark.parametrize(
        "change",
        [
            {"steps": -1},
            {"steps": "34"},
            {"steps": 1.0},
            {"keys": {}},
            {"keys": [["root-g1"]]},
            {"keys": [["root-g1", "00"]]},
            {"head": "00"},
            {"more": 1},
            {"title": "a\nb"},
            {"date": "yesterday"},
        ],
    )
    def test_a_value_that_no_receipt_has_is_refused(self, change: dict[str, Any]) -> None:
        value = json.loads(receipt().payload()) | change
        with refused("RECEIPT-FORM"):
            parse_receipt(json.dumps(value, sort_keys=True, separators=(",", ":")))

    def test_json_in_another_form_is_refused(self) -> None:
        with refused("RECEIPT-FORM"):
            parse_receipt(json.dumps(json.loads(receipt().payload()), indent=1))

    def test_a_key_stands_in_it_once(self) -> None:
        key = KeyFingerprint(name="root-g1", sha256=digest("root"))
        with pytest.raises(ValidationError, match="once"):
            receipt(keys=(key, key))


class TestAgainstTheRecord:
    def test_a_true_record_does_not_differ(self) -> None:
        assert compare(receipt(), FACTS) == []
        assert lines_after(receipt(), FACTS) == 0

    def test_a_record_that_went_on_does_not_differ(self) -> None:
        early = receipt(head=HEADS[20], steps=12, exceptions=0, keys=receipt().keys[:1])
        assert compare(early, FACTS) == []
        assert lines_after(early, FACTS) == 19

    def test_a_record_that_was_cut_short_is_found(self) -> None:
        cut = replace(FACTS, heads=HEADS[:30], steps=30, keys={"root-g1": KEYS["root-g1"]})
        said = compare(receipt(), cut)
        assert said[0].startswith(f"The record has no line with the chain head {HEADS[-1][:16]}...")
        assert "Steps: 34 on the receipt, 30 in the record." in said
        assert "The key issuing-g1 of the receipt is not in the record." in said
        assert lines_after(receipt(), cut) is None

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"ceremony_id": "0002"}, "The ceremony is 0001-root-generation-20261122-ab12cd34 on the receipt and 0002"),
            ({"title": "Other\x9b"}, "and Other\\u009b in the record"),
            ({"mode": "practice"}, "The mode is production on the receipt and practice in the record."),
            ({"days": ("2026-11-23", "2026-11-24")}, "The receipt is of 2026-11-22; the record runs from 2026-11-23"),
            ({"steps": 35}, "Steps: 34 on the receipt, 35 in the record."),
            ({"exceptions": 0}, "Exceptions: 1 on the receipt, 0 in the record."),
            ({"keys": KEYS | {"root-g1": digest("x")}}, f"The key root-g1 is {digest('root')[:16]}... on the receipt"),
            ({"keys": KEYS | {"root-g2": digest("x")}}, "The record has a key root-g2, and the receipt does not."),
            ({"people": {"budi": "Budi"}}, "The receipt was given to Siti Rahma (siti), who is not in the record."),
            ({"people": {"siti": "Siti R."}}, "The name of the person is Siti Rahma on the receipt and Siti R."),
        ],
    )
    def test_each_difference_is_one_sentence(self, changed: dict[str, Any], said: str) -> None:
        differences = compare(receipt(), replace(FACTS, **changed))
        assert len(differences) == 1
        assert said in differences[0]

    def test_after_an_early_receipt_there_cannot_be_less(self) -> None:
        early = receipt(head=HEADS[20], steps=35, exceptions=2)
        assert compare(early, FACTS) == [
            "Steps: 35 on the receipt, 34 in the record.",
            "Exceptions: 2 on the receipt, 1 in the record.",
        ]
