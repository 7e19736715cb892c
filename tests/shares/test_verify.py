"""Records that were changed afterwards: too few shares, other holders, no proof. SHARES and SHARES-OPEN find them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house.ca import House
from tests.house.forger import Forger, forgers
from tests.house.tokens import softhsm_in
from tests.shares.conftest import CA


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of both ceremonies; nobody writes into it."""
    folder = tmp_path_factory.mktemp("shares")
    house: House = House.built(CA, folder)
    with softhsm_in(folder):
        assert house.hold("generation").closed
        house.again()
        assert house.hold("look").closed
    return house.archive


@pytest.fixture
def forger_at(held: Path, tmp_path: Path) -> Callable[[str], Forger]:
    return forgers(held, tmp_path)


@pytest.mark.parametrize("name", ["generation", "look"])
def test_untouched_lines_fail_nothing(forger_at: Callable[[str], Forger], name: str) -> None:
    assert forger_at(name).failed() == set()


def change(kind: str, field: str, value: Any, **which: Any) -> Callable[[Forger], None]:
    def changed(forger: Forger) -> None:
        line = forger.of(kind, **which)[0]
        assert line["data"][field] != value
        line["data"][field] = value

    return changed


def drop(kind: str, **which: Any) -> Callable[[Forger], None]:
    return lambda forger: forger.remove(*forger.of(kind, **which)[:1])


def holders(*names: str) -> Callable[[Forger], None]:
    def changed(forger: Forger) -> None:
        for line in forger.of("shares-made"):
            line["data"]["holders"] = [{"index": at, "person": name} for at, name in enumerate(names, 1)]

    return changed


def same_check(forger: Forger) -> None:
    first, second = forger.of("shares-made")
    second["data"]["check_value"] = first["data"]["check_value"]
    forger.of("shares-proved", purpose="so-pin")[0]["data"]["check_value"] = first["data"]["check_value"]


def same_number(forger: Forger) -> None:
    first, second = forger.of("shares-made")
    second["data"]["identifier"] = first["data"]["identifier"]
    forger.of("shares-proved", purpose="so-pin")[0]["data"]["identifier"] = first["data"]["identifier"]


def proved_late(forger: Forger) -> None:
    forger.move_after(forger.of("shares-proved", purpose="so-pin")[0], forger.of("token-initialising")[0])


def proved_early(forger: Forger) -> None:
    forger.move_after(forger.of("shares-proved", purpose="user-pin")[0], forger.of("shares-made", purpose="so-pin")[0])


def elsewhere(forger: Forger) -> None:
    forger.move_after(forger.of("shares-made", purpose="so-pin")[0], forger.of("clock-compared")[0])
    forger.of("shares-made", purpose="so-pin")[0]["step"] = "clock"


MADE: dict[str, Callable[[Forger], None]] = {
    "another threshold": change("shares-made", "threshold", 3),
    "another count": change("shares-made", "count", 4),
    "another token": change("shares-made", "label", "PRACTICE OTHER"),
    "no check value": change("shares-made", "check_value", "ABCDEFGH"),
    "another set number in the proof": change("shares-proved", "identifier", 1),
    "another check value in the proof": change("shares-proved", "check_value", "00000000"),
    "another threshold in the proof": change("shares-proved", "threshold", 3),
    "another count in the proof": change("shares-proved", "count", 2),
    "another token in the proof": change("shares-proved", "label", "PRACTICE OTHER"),
    "fewer sets possible": change("shares-proved", "sets_possible", 1),
    "fewer sets combined": change("shares-proved", "sets_combined", 1),
    "no system randomness": change("shares-made", "entropy", []),
    "another source of randomness": change("shares-made", "entropy", ["operating system", "a book"]),
    "one source twice": change("shares-made", "entropy", ["operating system", *["token A, serial 1"] * 2]),
    "one holder twice": holders("agus", "agus", "bambang"),
    "a witness as holder": holders("agus", "dewi", "siti"),
    "two holders of three": holders("agus", "dewi"),
    "no SO PIN split": drop("shares-made", purpose="so-pin"),
    "one share never shown": drop("share-shown", person="dewi", purpose="so-pin"),
    "one share never entered": drop("share-entered", person="bambang", purpose="so-pin"),
    "shown to another": change("share-shown", "person", "rini", person="dewi"),
    "shown for another token": change("share-shown", "label", "PRACTICE OTHER", person="dewi"),
    "shown with another number": change("share-shown", "index", 3, person="dewi"),
    "entered for another token": change("share-entered", "label", "PRACTICE OTHER", person="dewi"),
    "another set number": change("shares-made", "identifier", 32767, purpose="user-pin"),
    "another check value": change("shares-made", "check_value", "00000000", purpose="so-pin"),
    "not proved": drop("shares-proved", purpose="user-pin"),
    "proved after the token was announced": proved_late,
    "proved before the shares were entered": proved_early,
    "both PINs the same": same_check,
    "both sets with one number": same_number,
    "split in another step": elsewhere,
    "a holder who was not there": drop("person-present", person="dewi"),
}


@pytest.mark.parametrize("forge", MADE.values(), ids=MADE)
def test_shares_finds_what_was_not_made_as_the_script_says(
    forger_at: Callable[[str], Forger], forge: Callable[[Forger], None]
) -> None:
    forger = forger_at("generation")
    forge(forger)
    assert "SHARES" in forger.failed()


def by_another(forger: Forger) -> None:
    line = forger.of("share-entered", person="dewi")[0]
    line["data"]["person"] = line["actor"] = "bambang"


def twice_the_same(forger: Forger) -> None:
    line = forger.of("share-entered", person="dewi")[0]
    line["data"] = dict(forger.of("share-entered", person="agus")[0]["data"])
    line["actor"] = "agus"


def of_the_so_pin(forger: Forger) -> None:
    forger.of("share-entered", person="dewi")[0]["data"]["purpose"] = "so-pin"


def of_an_earlier_attempt(forger: Forger) -> None:
    line = forger.of("share-entered", person="agus")[0]
    forger.move_after(line, forger.of("clock-compared")[0])
    forger.of("share-entered", person="agus")[0]["step"] = "clock"


def holder_who_left_in_between(forger: Forger) -> None:
    line = forger.of("share-entered", person="dewi")[0]
    at = forger.lines.index(line)
    data = {"person": "agus", "reason": "A call."}
    forger.lines.insert(at, {**line, "kind": "person-left", "data": data, "actor": "agus"})


OPENED: dict[str, Callable[[Forger], None]] = {
    "one share": drop("share-entered", person="dewi"),
    "no share": lambda forger: forger.remove(*forger.of("share-entered")),
    "a share of the witness": change("share-entered", "person", "siti", person="dewi"),
    "a share in another's name": change("share-entered", "person", "bambang", person="dewi"),
    "another holder with this share": by_another,
    "another number": change("share-entered", "index", 3, person="dewi"),
    "one share twice": twice_the_same,
    "a share of the SO PIN": of_the_so_pin,
    "a share of another token": change("share-entered", "label", "PRACTICE OTHER", person="dewi"),
    "a share of an earlier step": of_an_earlier_attempt,
    "a holder who was not there": drop("person-present", person="dewi"),
    "a holder who was there as a witness": change("person-present", "role", "witness", person="dewi"),
    "a holder who left before the other came": holder_who_left_in_between,
}


@pytest.mark.parametrize("forge", OPENED.values(), ids=OPENED)
def test_shares_open_finds_a_token_that_was_opened_with_less_than_is_needed(
    forger_at: Callable[[str], Forger], forge: Callable[[Forger], None]
) -> None:
    forger = forger_at("look")
    forge(forger)
    assert "SHARES-OPEN" in forger.failed()


def test_the_login_right_after_the_making_needs_the_shares_too(forger_at: Callable[[str], Forger]) -> None:
    forger = forger_at("generation")
    forger.remove(*forger.of("share-entered", person="dewi"), *forger.of("share-entered", person="bambang"))
    assert {"SHARES", "SHARES-OPEN"} <= forger.failed()


def test_what_nobody_can_prove_of_shares_is_said(held: Path) -> None:
    from ceremony.verify.ceremony import verify_ceremony

    first, second = sorted(held.iterdir())
    assert "LIMIT-SHARES" in {check.id for check in verify_ceremony(first).checks}
    assert "LIMIT-SHARES" not in {check.id for check in verify_ceremony(second).checks}
