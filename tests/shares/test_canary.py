"""Through whole ceremonies: no PIN and no words of a share in a file, a line, a message or an error."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine
from ceremony.engine.notices import Line
from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.transcript.folding import fold_archive
from tests.house.ca import House
from tests.house.people import slipped
from tests.shares.conftest import LABEL

HOLDERS = ("agus", "dewi", "bambang")


def marks(house: House) -> list[bytes]:
    """The PINs, as text and as octets, and every two words of a share's value that follow each other."""
    known = {event.purpose: event.check_value for event in house.events("shares-made")}
    found: list[bytes] = []
    for kind, purpose in (("share", "user-pin"), ("so-share", "so-pin")):
        cards = [house.people.cards[f"{kind}:{LABEL}:{name}"] for name in HOLDERS]
        pin = combine([read_share(Secret(card)) for card in cards[:2]], known[purpose]).reveal()
        found += [pin.encode(), pin.upper().encode(), bytes.fromhex(pin)]
        for card in cards:
            words = card.split()[4:]
            for pair in itertools.pairwise(words):
                found += [gap.join(pair).encode() for gap in (" ", '","', "', '", "\n")]
    return found


def assert_clean(house: House, octets: bytes) -> None:
    assert not [mark for mark in marks(house) if mark in octets], "something secret is kept"


def everything(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_file_of_the_archive_holds_any_of_it(made: House) -> None:
    assert made.hold("look").closed
    assert_clean(made, everything(made.archive))
    assert_clean(made, everything(made.folder))


def test_the_canary_sings_where_something_is_kept(made: House) -> None:
    for card in made.people.cards.values():
        with pytest.raises(AssertionError, match="kept"):
            assert_clean(made, card.encode())


def test_nothing_that_people_are_told_holds_any_of_it(house: House) -> None:
    """Every request, every line of the record as the screens get it, every fault, and the outcome."""
    told: list[str] = []
    house.people.notice = lambda notice: told.append(notice.summary if isinstance(notice, Line) else repr(notice))  # type: ignore[method-assign]
    slips = [True, True]
    house.people.typed = lambda request: (
        slipped(house.people.cards[request.name]) if slips and slips.pop() else house.people.cards[request.name]
    )

    def choose(choice: Any) -> str:
        told.append("".join(traceback.format_exception(choice.fault)) if choice.fault else "")
        told.append(repr(choice.fault and vars(choice.fault)))
        return "again" if "share" in choice.title else "abort"

    house.people.answers["choose", "open"] = choose
    assert house.hold("generation").closed
    told += [repr(request) for *_, request in house.people.asked] + [repr(house.people.outcome)]
    told.append(repr(fold_archive(house.archive).register("practice")))
    assert_clean(house, "\n".join(told).encode())


def test_a_refusal_shows_it_in_no_variable_of_its_traceback(made: House) -> None:
    caught: list[CeremonyError] = []
    people = made.people
    people.typed = lambda request: slipped(people.cards[request.name])

    def choose(choice: Any) -> str:
        caught.append(choice.fault)
        return "stop" if "share" in choice.title else "abort"

    people.answers["choose", "open"] = choose
    assert not made.hold("look").closed
    assert [error.code for error in caught] == ["SHARE-CHECKSUM"] * 2
    for error in caught:
        stack = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        ours = [frame for frame in stack if "tests" not in Path(frame.filename).parts]
        assert ours
        assert_clean(made, "\n".join(repr(frame.locals) for frame in ours).encode())


def test_a_run_without_people_says_none_of_it_and_leaves_none(tmp_path: Path) -> None:
    """The words are not known here: whatever is a share would be a run of words of the list."""
    from ceremony.custody.word_entry import completed

    archive = tmp_path / "archive"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ceremony", "rehearse", "tests/shares/ca/generation.yaml"),
            *("--unattended", "tests/shares/ca/answers.yaml", "--archive", str(archive)),
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    text = (done.stdout + done.stderr + everything(tmp_path)).decode("utf-8", errors="replace")
    run = longest = 0
    for word in text.replace('"', " ").replace(",", " ").split():
        run = run + 1 if word.islower() and completed(word) == word else 0
        longest = max(longest, run)
    assert longest < 5
