"""No PIN, no share and nothing that a holder typed appears in what can be printed, logged, pickled or traced."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.custody.pins import check_value, has_check_value
from ceremony.custody.share_card import share_card
from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import Share, combine, prove_all, split
from ceremony.custody.word_entry import completed, completions, examine, nearest, split_entry
from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from tests.custody.made import SplitPin, altered

SLIP = "zzqxmarker"
"""What no list holds and no sentence says."""


def marks(made: SplitPin) -> list[str]:
    """The PIN as text and as octets are printed, and every two words of a share's value that follow each other."""
    pin = made.pin.reveal()
    pairs = [
        pair
        for place in range(len(made.shares))
        for pair in zip(made.words(place)[4:], made.words(place)[5:], strict=False)
    ]
    joined = [gap.join(pair) for pair in pairs for gap in (" ", "', '", '", "')]
    return [SLIP, pin, pin.upper(), repr(bytes.fromhex(pin)), *joined]


def assert_clean(shown: str, made: SplitPin) -> None:
    found = [mark for mark in marks(made) if mark in shown]
    assert not found, "something secret is shown"


def spoilt(made: SplitPin, place: int, word: str) -> Secret:
    words = made.words(0)
    words[place] = word
    return Secret(" ".join(words))


REFUSED: dict[str, Callable[[SplitPin], object]] = {
    "unknown word": lambda made: read_share(spoilt(made, 7, SLIP)),
    "wrong word": lambda made: read_share(spoilt(made, 7, "acid" if made.words(0)[7] != "acid" else "zero")),
    "word missing": lambda made: read_share(Secret(" ".join(made.words(0)[:-1]))),
    "word doubled": lambda made: read_share(Secret(" ".join([*made.words(0), "zero"]))),
    "too few": lambda made: combine(made.shares[:2], made.check),
    "twice": lambda made: combine([made.shares[0], *made.shares[:3]], made.check),
    "another set": lambda made: combine([*made.shares[:2], split(made.pin, 2, 2)[0]], made.check),
    "forged": lambda made: combine([*made.shares[:4], altered(made.shares[4])], made.check),
    "forged, all": lambda made: prove_all([altered(made.shares[0]), *made.shares[1:]], count=5, check=made.check),
    "another PIN": lambda made: combine(made.shares, "00000000" if made.check != "00000000" else "00000001"),
    "not all": lambda made: prove_all(made.shares[:4], count=5, check=made.check),
    "unreadable": lambda made: combine(
        [Share(made.shares[0].identifier, 9, 3, spoilt(made, 7, SLIP)), *made.shares], "0"
    ),
    "chosen PIN": lambda _: check_value(Secret(SLIP)),
    "chosen PIN split": lambda _: split(Secret(SLIP), 2, 3),
    "no split": lambda made: split(made.pin, 1, 3),
    "another label": lambda made: share_card(
        made.shares[0],
        made.shares[1].label("0001", "ROOT", "user-pin", count=5, holder="Siti"),
        authority="A",
        contact="B",
        made_on="2026-11-22",
        practice=True,
    ),
}


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_no_refusal_shows_it_not_even_its_traceback_with_every_variable(
    three_of_five: SplitPin, attempt: Callable[[SplitPin], object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CeremonyError) as caught:
        attempt(three_of_five)
    error = caught.value
    assert error.__context__ is None, "an error of the library, which repeats words, hangs on ours"
    assert_clean(repr(error) + str(error) + repr(vars(error)), three_of_five)
    ours = [
        frame
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack
        if Path(frame.filename).parent.name == "custody" and "tests" not in Path(frame.filename).parts
    ]
    assert ours
    for frame in ours:
        assert_clean(repr(frame.locals), three_of_five)
    assert not caplog.records


def test_the_mark_is_seen_where_it_is_shown(three_of_five: SplitPin) -> None:
    """The canary sings: a check that finds nothing must be able to find something."""
    for shown in (three_of_five.pin.reveal(), repr(three_of_five.words(0)), " ".join(three_of_five.words(4)), SLIP):
        with pytest.raises(AssertionError, match="secret is shown"):
            assert_clean(shown, three_of_five)


def test_nothing_that_is_returned_shows_it(three_of_five: SplitPin, capfd: pytest.CaptureFixture[str]) -> None:
    made, share = three_of_five, three_of_five.shares[0]
    label = share.label("0001", "ROOT", "user-pin", count=5, holder="Siti")
    card = share_card(share, label, authority="A", contact="B", made_on="2026-11-22", practice=True)
    proof = prove_all(made.shares, count=5, check=made.check)
    for value in (made, made.shares, label, label.model_dump_json(), card, proof, combine(made.shares, made.check)):
        assert_clean(f"{value!r} {value}", made)
    assert_clean(repr(examine([*made.words(0)[:9], SLIP])), made)
    assert has_check_value(made.pin, made.check)
    assert capfd.readouterr() == ("", "")


def test_a_share_and_a_card_are_not_pickled_copied_or_written(three_of_five: SplitPin) -> None:
    share = three_of_five.shares[0]
    for attempt in (pickle.dumps, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as caught:
            attempt(share)
        assert_clean(str(caught.value), three_of_five)


@pytest.mark.parametrize(
    "call",
    [completed, completions, nearest, split_entry, lambda typed: examine([typed]), lambda typed: examine([typed] * 33)],
    ids=["completed", "completions", "nearest", "split_entry", "examine one", "examine all"],
)
@pytest.mark.parametrize("begin", ["zzqx", "acad", "acadmeic"])
def test_nothing_that_was_typed_is_kept(call: Callable[[str], object], begin: str) -> None:
    typed = "".join(begin)
    before = sys.getrefcount(typed)
    call(typed)
    assert sys.getrefcount(typed) == before
