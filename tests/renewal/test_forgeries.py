"""Records of a renewal that were changed afterwards: too few holders, another order, old cards. All are found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.forger import Forger, forgers
from tests.house.tokens import in_force
from tests.renewal.conftest import copied
from tests.shares.conftest import LABEL
from tests.shares.test_verify import change, drop

HARMLESS = {"SEAL-CERTIFICATE", "FILES-SUMS"}


@pytest.fixture(scope="module")
def renewed(generated: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of three ceremonies: made, renewed, looked at. Nobody writes into it."""
    house, home = copied(*generated, tmp_path_factory.mktemp("renewed") / "house")
    with in_force(home):
        assert house.hold("renewal").closed, house.people.outcome
        house.again()
        assert house.hold("look").closed
    return house.archive


@pytest.fixture
def forger_at(renewed: Path, tmp_path: Path) -> Callable[[str], Forger]:
    return forgers(renewed, tmp_path)


@pytest.mark.parametrize("name", ["renewal", "look"])
def test_untouched_lines_fail_nothing(forger_at: Callable[[str], Forger], name: str) -> None:
    assert forger_at(name).failed() == set()


def swap(forger: Forger) -> None:
    """The SO PIN first."""
    for kind in ("pin-changing", "pin-changed"):
        first, second = forger.of(kind)
        first["data"], second["data"] = second["data"], first["data"]


def together(forger: Forger) -> None:
    """Both announced before either was changed."""
    forger.move_after(forger.of("pin-changing", purpose="so-pin")[0], forger.of("pin-changing", purpose="user-pin")[0])


def early(forger: Forger) -> None:
    """The user PIN, before the new cards were proved."""
    proved = forger.of("shares-made", purpose="so-pin")[0]
    forger.move_after(forger.of("pin-changing", purpose="user-pin")[0], proved)


def officers(*kept: str) -> Callable[[Forger], None]:
    """Of those who entered their old share of the SO PIN, only these."""

    def changed(forger: Forger) -> None:
        made = forger.lines.index(forger.of("shares-made")[0])
        entered = [line for line in forger.lines[:made] if line["kind"] == "share-entered"]
        forger.remove(*[line for line in entered if line["data"]["person"] not in kept])

    return changed


def by_the_leaver(forger: Forger) -> None:
    """A new holder's share of the SO PIN counts as an old one's: the third of each set is another person."""
    made = forger.lines.index(forger.of("shares-made")[0])
    line = next(item for item in forger.lines[:made] if item["kind"] == "share-entered")
    line["data"] |= {"person": "citra", "index": 3}
    line["actor"] = "citra"


def still_open(forger: Forger) -> None:
    """As if the user had been logged in meanwhile."""
    opened = dict(forger.one("token-opened", label=LABEL))
    changing = forger.of("pin-changing")[0]
    place = forger.lines.index(changing)
    forger.lines.insert(place, {**opened, "at": changing["at"], "mono": changing["mono"]})


def old_number(forger: Forger) -> None:
    old = forger.of("pin-changed", purpose="user-pin")[0]["data"]["replaced"]
    for kind in ("shares-made", "shares-proved", "pin-changing", "pin-changed"):
        forger.of(kind, purpose="user-pin")[0]["data"]["identifier"] = old


RENEWED: dict[str, Callable[[Forger], None]] = {
    "the SO PIN first": swap,
    "both announced at once": together,
    "before the cards were proved": early,
    "one officer": officers("agus"),
    "no officer": officers(),
    "a new holder among the officers": by_the_leaver,
    "while the user was logged in": still_open,
    "under an old set's number": old_number,
    "no announcement of the user PIN": drop("pin-changing", purpose="user-pin"),
    "no announcement of the SO PIN": drop("pin-changing", purpose="so-pin"),
    "the user PIN never changed": drop("pin-changed", purpose="user-pin"),
    "the SO PIN never changed": drop("pin-changed", purpose="so-pin"),
    "another set announced": change("pin-changing", "identifier", 32767, purpose="so-pin"),
    "another set in force": change("pin-changed", "identifier", 32767, purpose="so-pin"),
    "another token announced": change("pin-changing", "label", "PRACTICE OTHER", purpose="user-pin"),
    "another serial number": change("pin-changed", "serial", "0000000000000000", purpose="so-pin"),
    "another set replaced": change("pin-changed", "replaced", 32767, purpose="user-pin"),
    "a share never proved": drop("share-entered", person="citra", purpose="so-pin"),
    "a share never shown": drop("share-shown", person="citra", purpose="user-pin"),
    "never tried": drop("token-opened", label=LABEL),
}


@pytest.mark.parametrize("forge", RENEWED.values(), ids=RENEWED)
def test_a_forged_renewal_is_found(forger_at: Callable[[str], Forger], forge: Callable[[Forger], None]) -> None:
    forger = forger_at("renewal")
    forge(forger)
    failed = forger.failed()
    assert failed & {"SHARES-RENEWED", "SHARES", "SHARES-OPEN"}, failed


def test_a_renewal_in_another_step_is_found(forger_at: Callable[[str], Forger]) -> None:
    forger = forger_at("renewal")
    forger.of("pin-changing")[0]["step"] = "open"
    assert "STEPS-TRACE" in forger.failed()


def test_an_old_holders_card_does_not_count_after_it(forger_at: Callable[[str], Forger]) -> None:
    """Bambang held share 3 of the old set; Citra holds it now."""
    forger = forger_at("look")
    first, line = forger.of("share-entered")
    line["data"] |= {"person": "bambang", "index": 3}
    line["actor"] = "bambang"
    assert "SHARES-OPEN" in forger.failed()
    line["data"]["person"] = line["actor"] = "citra"
    passed = {name: first["data"][name] for name in ("label", "purpose")} | {"index": 2, "person": "dewi", "tries": 0}
    forger.insert_after(first, "share-passed", passed, actor="engine")
    assert forger.failed() == HARMLESS, "as its holder now she might have entered it, in Dewi's place"


def test_a_register_that_keeps_the_old_sets_is_found(renewed: Path, tmp_path: Path) -> None:
    from ceremony.transcript.register import parse_register
    from ceremony.verify.archive import verify_path

    archive = Path(shutil.copytree(renewed, tmp_path / "archive"))
    target = next(archive.glob("0003-*")) / "inputs" / "register.json"
    register = parse_register(target.read_bytes())
    before = parse_register((next(archive.glob("0002-*")) / "inputs" / "register.json").read_bytes())
    target.write_bytes(register.model_copy(update={"tokens": before.tokens}).octets)
    assert "ARCHIVE-REGISTER" in {check.id for verdict in verify_path(archive) for check in verdict.failed}
