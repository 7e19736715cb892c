"""What is refused of a script that renews PINs, before anybody is called into a room."""

from __future__ import annotations

import pytest

from ceremony.errors import InputError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.plain_words import plan_lines
from tests.renewal.conftest import Holders
from tests.shares.test_plan import refused

STEP = "      - {id: open, kind: open-token, actor: administrator, text: Put it in.}\n"
AGAIN = (
    "      - {id: more, kind: renew-pins, actor: administrator, text: Once more.,"
    " shares: {threshold: 2, count: 3, holders: custodian}}\n"
)
MADE = "      - {id: open, kind: open-token, actor: administrator, initialise: true, text: Put it in.}\n"


def test_a_renewal_is_planned_and_says_so(house: Holders) -> None:
    plan = compile_plan(house.load("renewal"), "practice", Clock().utc())
    assert plan.ok
    assert any("Renew the token's PINs, split 2 of 3" in line for line in plan_lines(plan))


def test_the_token_needs_no_other_opening(house: Holders) -> None:
    text = (house.folder / "renewal.yaml").read_text()
    (house.folder / "renewal.yaml").write_text(
        text[: text.index(STEP)] + "      - {id: close, kind: close, actor: administrator, text: Close it.}\n"
    )
    assert compile_plan(house.load("renewal"), "practice", Clock().utc()).ok


@pytest.mark.parametrize(
    ("old", "new", "rule", "said"),
    [
        ("[agus, dewi, citra], duty", "[agus, citra, eko], duty", "SHARES-HOLDERS", "of its SO PIN"),
        ("        shares: {threshold: 2, count: 3, holders: custodian}\n", "", "SCRIPT-KEY", "shares"),
        ("count: 3", "count: 4", "SCRIPT-SHARES", "only 3 of the role custodian"),
        ("holders: custodian", "holders: auditor", "SCRIPT-SHARES", "nobody holds the role auditor"),
        (
            "      - {id: roll, kind: roll-call, actor: administrator, text: Call the roll.}\n",
            "",
            "SCRIPT-SHARES",
            "no roll-call step stands before",
        ),
        (STEP, AGAIN + STEP, "SHARES-RENEW", "renews them above already"),
        (STEP, MADE, "SHARES-RENEW", "this ceremony makes them"),
    ],
)
def test_a_renewal_that_cannot_be_is_refused_at_its_line(
    house: Holders, old: str, new: str, rule: str, said: str
) -> None:
    house.edit("renewal.yaml", old, new)
    if rule == "SCRIPT-KEY":
        with pytest.raises(InputError, match="cannot be used") as caught:
            house.load("renewal")
        assert any(said in str(finding) for finding in caught.value.findings)
        return
    refused(house, "renewal", rule, said)


def test_pins_that_people_chose_are_not_renewed(house: Holders) -> None:
    house.edit("renewal.yaml", "{label: SMALL}", "{label: ANOTHER}")
    refused(house, "renewal", "SHARES-RENEW", "not split, by the record")


def test_after_a_renewal_the_old_holders_open_it_no_more(house: Holders) -> None:
    house.again()
    assert house.hold("renewal").closed
    house.edit("look.yaml", "[agus, dewi, bambang, citra]", "[agus, bambang]")
    refused(house, "look", "SHARES-HOLDERS", "agus, dewi, citra", "has 1")
    house.edit("look.yaml", "[agus, bambang]", "[agus, citra]")
    assert compile_plan(house.load("look"), "practice", Clock().utc()).ok
