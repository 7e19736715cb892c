"""What is refused of a script about shares before anybody is called into a room."""

from __future__ import annotations

import pytest

from ceremony.errors import InputError
from ceremony.room.clock import Clock
from ceremony.script import references
from ceremony.script.compile import compile_plan
from ceremony.script.plain_words import plan_lines
from tests.house.ca import House
from tests.shares.conftest import OWN


def refused(house: House, script: str, rule: str, *said: str) -> None:
    with pytest.raises(InputError) as caught:
        house.load(script)
    found = [finding for finding in caught.value.findings if finding.rule == rule]
    assert found, caught.value.findings
    for piece in said:
        assert any(piece in finding.message for finding in found)
    assert all(finding.where for finding in found)


DEWI_WATCHES = "Dewi Lestari, organisation: Small CA, roles: [witness]"


def test_a_script_with_shares_is_planned_and_says_so(house: House) -> None:
    plan = compile_plan(house.load("generation"), "practice", Clock().utc())
    assert plan.ok
    assert any("its PINs split 2 of 3" in line for line in plan_lines(plan))


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ("threshold: 2", "threshold: 4", "SCRIPT-VALUE", "only 3 are made"),
        ("threshold: 2", "threshold: 1", "SCRIPT-VALUE", "2"),
        ("count: 3", "count: 17", "SCRIPT-VALUE", "16"),
        ("holders: custodian", "holders: friend", "SCRIPT-VALUE", "custodian"),
        ("holders: custodian", "holders: auditor", "SCRIPT-SHARES", "nobody holds the role auditor"),
        ("holders: custodian", "holders: witness", "SCRIPT-SHARES", "who holds a share is a custodian, and no witness"),
        ("count: 3", "count: 4", "SCRIPT-SHARES", "4 holders must be there, and only 3"),
        ("bambang], duty", "bambang], needed: 2, duty", "SCRIPT-SHARES", "only 2 of the role custodian"),
        ("        initialise: true\n", "", "SCRIPT-VALUE", "say initialise: true"),
        (
            "      - {id: roll, kind: roll-call, actor: administrator, text: Call the roll.}\n",
            "",
            "SCRIPT-SHARES",
            "no roll-call step stands before",
        ),
    ],
)
def test_a_split_that_cannot_be_is_refused_at_its_line(house: House, old: str, new: str, rule: str, said: str) -> None:
    house.edit("generation.yaml", old, new)
    refused(house, "generation", rule, said)


def test_a_later_script_with_too_few_holders_is_refused(made: House) -> None:
    made.edit("look.yaml", "[agus, dewi, bambang]", "[agus]")
    refused(made, "look", "SHARES-HOLDERS", "2 of 3 shares", "agus, dewi, bambang", "has 1")


def few(made: House, people: str) -> list[str]:
    """What a plan tells of a script that names these custodians for the day."""
    made.edit(
        "people.yaml",
        "  - {id: siti,",
        "  - {id: eko, name: Eko Saputra, organisation: Small CA, roles: [custodian]}\n  - {id: siti,",
    )
    made.edit("look.yaml", "people: [agus, dewi, bambang], needed: 1", people)
    plan = made.plan("look")
    assert plan.ok
    return [found.message for found in plan.findings if found.rule == "SHARES-FEW"]


@pytest.mark.parametrize(
    "people",
    [
        "people: [agus, dewi, eko], needed: 2",
        "people: [agus, eko, dewi], needed: 1",
        "people: [agus, dewi], deputies: [eko]",
    ],
)
def test_a_later_script_to_which_too_few_holders_may_come_is_told_of(made: House, people: str) -> None:
    (said,) = few(made, people)
    assert said.startswith("opens with 2 of agus, dewi, bambang; eko may come instead of one of them")
    assert said.endswith("name holders")


def test_a_later_script_that_can_do_with_too_few_is_told_of(made: House) -> None:
    (said,) = few(made, "people: [agus, dewi, bambang], needed: 1")
    assert said.endswith("the script can do with 1 of them in the room; raise `needed`")


@pytest.mark.parametrize(
    "people",
    [
        "people: [agus, dewi, eko]",
        "people: [agus, dewi, bambang, eko], needed: 3",
        "people: [agus, bambang], deputies: [dewi]",
        "people: [agus, dewi, bambang], needed: 2",
    ],
)
def test_where_enough_of_them_are_sure_to_come_nothing_is_told(made: House, people: str) -> None:
    assert few(made, people) == []


def test_a_holder_who_is_something_else_today_enters_no_share(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the plan, nor in the room where a plan did not look."""
    made.edit("people.yaml", "Dewi Lestari, organisation: Small CA, roles: [custodian]", DEWI_WATCHES)
    made.edit("look.yaml", "[agus, dewi, bambang]", "[agus]")
    made.edit("look.yaml", "people: [siti]", "people: [dewi]")
    refused(made, "look", "SHARES-HOLDERS", "2 of 3 shares", "has 1")
    monkeypatch.setattr(references, "check_shares", lambda *given, **more: ())
    assert not made.hold("look").closed
    assert [event.code for event in made.events("step-failed", 2)] == ["SHARES-HOLDERS"]
    assert set(made.labels("token-opened", 2)) == {OWN}


def test_a_later_script_with_just_enough_holders_is_planned(made: House) -> None:
    made.edit("look.yaml", "[agus, dewi, bambang]", "[agus, bambang]")
    assert compile_plan(made.load("look"), "practice", Clock().utc()).ok


def test_a_token_of_which_the_record_knows_nothing_asks_for_no_holders(house: House) -> None:
    house.edit("look.yaml", "[agus, dewi, bambang]", "[agus]")
    assert compile_plan(house.load("look"), "practice", Clock().utc()).ok
