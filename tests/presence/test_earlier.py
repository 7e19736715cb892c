"""What the next ceremony says of this one at its opening is what stands on everybody's receipt."""

from __future__ import annotations

from pathlib import Path

from ceremony.cli.earlier import SHOWN_WORDS, prove_earlier
from ceremony.custody.receipts import parse_receipt
from ceremony.transcript.chain import read_chain


def test_the_last_ceremony_is_named_with_the_head_of_its_record_and_that_of_its_receipts(held_presence: Path) -> None:
    earlier = prove_earlier(held_presence)
    record = read_chain(held_presence / "0001-small" / "transcript.jsonl")
    slips = sorted((held_presence / "0001-small" / "receipts").glob("*.txt"))
    assert slips
    assert earlier.last is not None
    assert earlier.receipts is not None
    assert (earlier.proved, earlier.last.folder, earlier.warnings) == (1, "0001-small", ())
    assert earlier.last.day == record.entries[-1].event.at[:10]
    assert earlier.last.head == record.head
    (said,) = [line for line in earlier.lines() if line.startswith("Its receipts begin: ")]
    words = said.removeprefix("Its receipts begin: ").split()
    assert len(words) == SHOWN_WORDS
    for slip in slips:
        assert parse_receipt(slip.read_bytes()).head == earlier.receipts.head
        printed = slip.read_text("utf-8").partition("In words")[2].split()
        assert printed[:SHOWN_WORDS] == words
    assert earlier.last.head != earlier.receipts.head, "the record went on after the slips"
