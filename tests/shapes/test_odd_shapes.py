"""Ceremonies of a shape that nobody would expect, played truly: what the program closes both verifiers prove."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from ceremony.verify.archive import verify_path
from tests.house import second_opinion
from tests.house.ca import House

CAS = Path(__file__).parents[1]
ROLL = "      - {id: roll, kind: roll-call, actor: administrator, text: Call the roll.}\n"
CLOCK = "      - {id: clock, kind: compare-clock, actor: administrator, text: Compare.}\n"
REVIEW = "      - {id: inventory, kind: review-inventory, actor: administrator, text: Look.}\n"


@pytest.fixture
def house_of(tmp_path: Path, softhsm: SoftHsmHome) -> Callable[[str], House]:
    """A house with a copy of the files of a CA."""
    del softhsm
    return lambda ca: House.built(CAS / ca / "ca", tmp_path)


def assert_proved(house: House) -> None:
    """By both verifiers."""
    assert house.failed() == set()
    for verdict in verify_path(house.archive):
        assert verdict.outcome == "proved"
        assert second_opinion.faults(Path(verdict.path)) == []


def again(house: House, step: str, method: str, times: int) -> None:
    """The first answers are no; people try again."""
    asked = count()
    house.people.answers[method, step] = lambda _: False if next(asked) < times else None
    house.people.answers["choose", step] = lambda choice: (
        "try-again" if any(option.name == "try-again" for option in choice.options) else None
    )


def test_a_clock_may_be_compared_twice(house_of: Callable[[str], House]) -> None:
    house = house_of("presence")
    house.edit("script.yaml", REVIEW, CLOCK.replace("id: clock", "id: clock-again") + REVIEW)
    assert house.hold().closed
    assert_proved(house)


def test_a_roll_may_be_called_twice(house_of: Callable[[str], House]) -> None:
    house = house_of("presence")
    house.edit("script.yaml", REVIEW, ROLL.replace("id: roll", "id: roll-again") + REVIEW)
    assert house.hold().closed
    assert_proved(house)


def test_a_close_may_be_done_again_three_times(house_of: Callable[[str], House]) -> None:
    house = house_of("presence")
    again(house, "close", "confirm", 3)
    assert house.hold().closed
    assert house.codes() == ["CLOSE-DECLINED"] * 3
    assert_proved(house)


def test_new_pins_before_the_token_is_open(house_of: Callable[[str], House]) -> None:
    house = house_of("renewal")
    assert house.hold("generation").closed
    house.again()
    assert house.hold("renewal").closed
    assert_proved(house)


def test_people_may_want_a_break_while_a_second_token_is_open(house_of: Callable[[str], House]) -> None:
    house = house_of("custody_rules")
    house.people.once("approve", "backup", lambda: house.people.say("break", {"reason": "Lunch."}))
    house.people.once("approve", "prove", lambda: house.people.say("break", {"reason": "Tea."}))
    assert house.hold("generation").closed
    assert len(house.events("break-ended")) == 2
    assert_proved(house)
