"""Printed cards: on a device that is written to directly, complete, in the record, and in no file."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.share_card import COLUMNS
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.room.printer import CardPrinter
from ceremony.verify.archive import verify_path
from tests.custody.test_share_card import words_on
from tests.house.ca import House
from tests.house.forger import Forger
from tests.plain.test_plain_ceremony import Performance
from tests.shares.conftest import LABEL
from tests.shares.test_canary import assert_clean, everything

CONTACT = "Small CA, Jalan Merdeka 1, Jakarta, telephone +62 21 000 000"
DEWI = f"share:{LABEL}:dewi"


class Paper:
    """A printer on a pseudo-terminal, and the sheets that came out of it."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        self.path = os.ttyname(self._slave)
        self.device = CardPrinter.open(self.path)
        self._out = bytearray()

    def collect(self) -> None:
        while self.master >= 0 and select.select([self.master], [], [], 0.05)[0]:
            self._out += os.read(self.master, 65536)

    @property
    def sheets(self) -> list[str]:
        self.collect()
        *whole, rest = self._out.decode("ascii").split("\f")
        assert rest == "", "each sheet is thrown out"
        return whole

    def switch_off(self) -> None:
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        self.device.close()
        for descriptor in (self.master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def paper() -> Iterator[Paper]:
    made = Paper()
    yield made
    made.close()


@pytest.fixture
def house(house: House) -> House:
    house.edit("policy.yaml", "keys:\n", f"custody: {{card_contact: {CONTACT!r}}}\nkeys:\n")
    return house


def printing(house: House, *names: str, sheets: int = 1) -> None:
    """The holders of these shares have so many sheets printed of each; the others copy by hand."""
    house.people.answers["show_secret", "open"] = lambda display: display.name in names and display.printed < sheets


def test_a_card_is_printed_where_its_holder_wants_it_and_its_words_prove_the_share(house: House, paper: Paper) -> None:
    printing(house, DEWI, f"so-share:{LABEL}:agus")
    read: dict[str, str] = {}

    def typed(request: Any) -> str:
        """Who has a printed card types from the sheet, and from nothing else."""
        paper.collect()
        for sheet in paper.sheets:
            opens = "so-share" if "the SO PIN" in sheet else "share"
            holder = next(name for name in ("Agus", "Dewi") if f"Holder        {name}" in sheet).lower()
            read[f"{opens}:{LABEL}:{holder}"] = " ".join(words_on(sheet))
        return read.get(request.name) or house.people.cards[request.name]

    house.people.typed = typed
    assert house.hold("generation", card_printer=paper.device).closed, house.people.outcome
    assert len(paper.sheets) == 2
    assert set(read) == {DEWI, f"so-share:{LABEL}:agus"}
    assert all(read[name] == house.people.cards[name] for name in read)
    for sheet in paper.sheets:
        assert max(len(line) for line in sheet.splitlines()) == COLUMNS
        assert sheet.isascii()
        flat = " ".join(sheet.split())
        for said in ("Small CA", CONTACT, "PRACTICE", f"Made on {Clock().utc():%Y-%m-%d}", LABEL, "0001-generation-"):
            assert said in flat, said
    assert {event.person: event.printed for event in house.events("share-shown") if event.printed} == {
        "dewi": 1,
        "agus": 1,
    }
    assert len(house.events("share-shown")) == len(house.events("share-entered")) == 6
    assert house.failed() == set()


def test_no_file_anywhere_holds_a_word_of_what_was_printed(
    house: House, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    printing(
        house, *(f"{kind}:{LABEL}:{name}" for kind in ("share", "so-share") for name in ("agus", "dewi", "bambang"))
    )
    assert house.hold("generation", card_printer=paper.device).closed
    assert len(paper.sheets) == 6
    assert_clean(house, everything(tmp_path))
    with pytest.raises(AssertionError, match="kept"):
        assert_clean(house, " ".join(words_on(paper.sheets[0])).encode())


def test_the_opened_files_of_a_ceremony_that_prints_are_those_of_one_that_does_not(house: House, paper: Paper) -> None:
    """No temporary file: what is opened for writing while the card is printed is nothing at all."""
    opened: list[str] = []
    watching = [False]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)

    def show(display: Any) -> bool:
        watching[0] = not display.printed
        return not display.printed

    house.people.answers["show_secret", "open"] = show
    assert house.hold("generation", card_printer=paper.device).closed
    watching[0] = False
    assert len(paper.sheets) == 6
    assert opened == []


def test_a_jam_is_printed_once_more_and_the_record_counts_the_sheets(house: House, paper: Paper) -> None:
    printing(house, DEWI, sheets=2)
    assert house.hold("generation", card_printer=paper.device).closed
    assert paper.sheets[0] == paper.sheets[1]
    (shown,) = [event for event in house.events("share-shown") if event.printed]
    assert (shown.person, shown.printed) == ("dewi", 2)
    assert "printed 2x" in shown.summary()
    assert house.failed() == set()


def test_a_printer_that_fails_is_told_and_the_words_are_copied_by_hand(house: House, paper: Paper) -> None:
    printing(house, DEWI, sheets=1)
    told = []

    def choose(choice: Any) -> str:
        told.append(choice)
        return "print" if len(told) == 1 else "by-hand"

    def alone(instruction: Any) -> None:
        if instruction.text.startswith("Dewi"):
            paper.switch_off()

    house.people.answers["choose", "open"] = choose
    house.people.answers["instruct", "open"] = alone
    assert house.hold("generation", card_printer=paper.device).closed, house.people.outcome
    assert [option.name for option in told[0].options] == ["by-hand", "print"], "the safe way first"
    assert told[0].fault.code == "CARD-NOT-PRINTED"
    assert "off line" in told[0].fault.detail
    assert "by hand" in told[0].fault.next_step
    (shown,) = [event for event in house.events("share-shown") if event.printed]
    assert (shown.person, shown.printed) == ("dewi", 2), "sent twice; a part may be on paper"
    assert house.failed() == set()


def test_where_the_policy_names_nobody_to_call_the_printer_is_refused_before_anything_is_opened(
    house: House, paper: Paper
) -> None:
    house.edit("policy.yaml", f"custody: {{card_contact: {CONTACT!r}}}\n", "")
    with pytest.raises(CeremonyError) as caught:
        house.hold("generation", card_printer=paper.device)
    assert caught.value.code == "CARD-CONTACT"
    assert "card_contact:" in caught.value.next_step
    assert not house.archive.exists() or not any(house.archive.iterdir())
    assert house.hold("generation").closed, "by hand it is held all the same"


def test_without_a_printer_nobody_is_offered_one_and_old_lines_read_as_they_did(house: House) -> None:
    house.people.answers["show_secret", "open"] = lambda display: True
    assert house.hold("generation").closed
    assert {display.printer for display in house.people.of("show_secret")} == {""}
    forger = Forger(next(house.archive.glob("0001-*")))
    for line in forger.of("share-shown"):
        assert line["data"].pop("printed") == 0
    assert forger.failed() == {"SEAL-CERTIFICATE", "FILES-SUMS"}, "a record from before there were printers"


def test_a_printed_card_under_a_policy_that_names_nobody_is_found(house: House) -> None:
    house.edit("policy.yaml", f"custody: {{card_contact: {CONTACT!r}}}\n", "")
    assert house.hold("generation").closed
    forger = Forger(next(house.archive.glob("0001-*")))
    forger.of("share-shown")[0]["data"]["printed"] = 1
    assert "SHARES" in forger.failed()


class Printing(Performance):
    """People at a terminal who have their cards printed, and type the words from the sheet."""

    paper: Paper
    printed = False

    def _answer(self, unread: str) -> str:
        if "Word 1 of 33" in unread:
            return " ".join(words_on(self.paper.sheets[-1]))
        if "Type COPIED" in unread:
            self.printed = not self.printed
            return "PRINT" if self.printed else "COPIED"
        return super()._answer(unread)


def test_line_by_line_a_ceremony_is_held_with_printed_cards(house: House, paper: Paper, tmp_path: Path) -> None:
    """The whole program, with its printer named on the command line."""
    script = house.folder / "generation.yaml"
    people = Printing(house.archive, tmp_path, script, "--card-printer", paper.path)
    people.paper = paper
    people.perform()
    assert people.end() == 0, people.seen[-3000:]
    assert len(paper.sheets) == 6
    assert [event.printed for event in house.events("share-shown")] == [1] * 6
    assert "A printer printed 6 of the cards." in "".join(
        line for verdict in verify_path(house.archive) for line in verdict.lines()
    )
    assert house.failed() == set()
