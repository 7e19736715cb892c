"""The token of a backup opens with shares too: whoever has a share of it alone has nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import InputError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.token.softhsm import SoftHsmHome
from tests.house.ca import House
from tests.house.forger import Forger
from tests.house.tokens import softhsm_in
from tests.shares.conftest import CA, LABEL, OWN

VAULT = "PRACTICE VAULT"


def with_a_backup(folder: Path) -> House:
    """A CA whose root key may be backed up."""
    house = House.built(CA, folder)
    house.edit("policy.yaml", "key: plain", "key: kept")
    return house


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> House:
    """After both ceremonies; nobody writes into it, and its tokens are gone."""
    folder = tmp_path_factory.mktemp("vault")
    house = with_a_backup(folder)
    with softhsm_in(folder):
        assert house.hold("backup").closed, house.people.outcome
        house.again()
        house.people.absent = {"bambang"}
        assert house.hold("try").closed, house.people.outcome
    return house


def test_the_pins_of_both_tokens_are_drawn_and_split_apart(held: House) -> None:
    made = held.events("shares-made")
    assert [(item.label, item.purpose) for item in made] == [
        *(("PRACTICE SMALL", purpose) for purpose in ("user-pin", "so-pin")),
        *((VAULT, purpose) for purpose in ("user-pin", "so-pin")),
    ]
    assert len({item.identifier for item in made}) == len({item.check_value for item in made}) == 4
    assert len(held.people.cards) == 12
    assert held.failed() == set()


def test_two_holders_open_the_backup_in_the_next_ceremony(held: House) -> None:
    entered = [(item.label, item.person) for item in held.events("share-entered", 2)]
    assert entered == [(label, person) for label in ("PRACTICE SMALL", VAULT) for person in ("agus", "dewi")]
    assert [item.label for item in held.events("restore-tested", 2)] == [VAULT]
    assert not [item for item in held.people.of("secret") if "VAULT" in item.name], "nobody types a PIN of it"


def test_one_holder_opens_nothing(tmp_path: Path, softhsm: SoftHsmHome) -> None:
    house = with_a_backup(tmp_path)
    assert house.hold("backup").closed
    people = house.again()
    people.typed = lambda request: (
        people.cards[request.name] if VAULT not in request.name else "academic " * 32 + "acid"
    )
    assert not house.hold("try").closed
    assert house.labels("token-opened", 2) == [OWN, LABEL, OWN]
    assert house.events("restore-test-intended", 2) == []


def test_shares_of_pins_that_are_not_made_here_are_refused(tmp_path: Path) -> None:
    house = with_a_backup(tmp_path)
    house.edit("backup.yaml", "        token: vault\n        initialise: true\n", "        token: vault\n")
    with pytest.raises(InputError) as caught:
        house.load("backup")
    assert "say initialise: true, or leave them out" in str(caught.value)


@pytest.mark.parametrize(("threshold", "refused"), [(2, True), (3, False)])
def test_fewer_shares_than_the_quorum_are_refused(tmp_path: Path, threshold: int, refused: bool) -> None:
    house = with_a_backup(tmp_path)
    house.edit("policy.yaml", "keys:\n", "custody: {quorum: 3}\nkeys:\n")
    house.edit("backup.yaml", "threshold: 2", f"threshold: {threshold}")
    found = compile_plan(house.load("backup"), "practice", Clock().utc(), lint=False).findings
    message = f"opens its token with {threshold} shares; the policy wants 3 custodians"
    assert (("backup", message) in {(item.subject, item.message) for item in found}) == refused


def test_pins_that_people_choose_are_told_of_where_the_policy_wants_more_than_one(tmp_path: Path) -> None:
    house = with_a_backup(tmp_path)
    house.edit("policy.yaml", "keys:\n", "custody: {quorum: 2}\nkeys:\n")
    shares = "        shares: {threshold: 2, count: 3, holders: custodian}\n"
    house.edit("backup.yaml", f"{shares}        text: Back", "        text: Back")
    found = compile_plan(house.load("backup"), "practice", Clock().utc(), lint=False).findings
    assert [item.subject for item in found if item.rule == "CUSTODY-PIN"] == ["backup"]
    house.edit("policy.yaml", "custody: {quorum: 2}", "custody: {}")
    found = compile_plan(house.load("backup"), "practice", Clock().utc(), lint=False).findings
    assert not [item for item in found if item.rule == "CUSTODY-PIN"]


def another_token(forger: Forger) -> None:
    for line in forger.of("shares-made", label=VAULT):
        line["data"]["label"] = "PRACTICE ATTIC"


def never_proved(forger: Forger) -> None:
    forger.remove(*forger.of("shares-proved", label=VAULT))


def never_split(forger: Forger) -> None:
    for kind in ("shares-made", "share-shown", "share-entered", "shares-proved"):
        forger.remove(*forger.of(kind, label=VAULT))


def by_one(forger: Forger) -> None:
    forger.remove(*forger.of("share-entered", label=VAULT)[:1])


@pytest.mark.parametrize(
    ("name", "lie", "rule"),
    [
        ("backup", another_token, "SHARES"),
        ("backup", never_proved, "SHARES"),
        ("backup", never_split, "SHARES"),
        ("try", by_one, "SHARES-OPEN"),
    ],
)
def test_a_record_that_says_otherwise_is_found_out(
    held: House, tmp_path: Path, name: str, lie: Callable[[Forger], Any], rule: str
) -> None:
    folder = next(held.archive.glob(f"*-{name}"))
    forger = Forger(Path(shutil.copytree(folder, tmp_path / folder.name)))
    lie(forger)
    assert rule in forger.failed()
