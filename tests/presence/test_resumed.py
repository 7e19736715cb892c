"""A ceremony that was cut short while somebody was out, or in a break, and gone on with."""

from __future__ import annotations

import os
import signal
from typing import Any

from ceremony.engine.performance import perform
from ceremony.engine.questions import LOOK_AGAIN
from ceremony.engine.tokens import PracticeTokens
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.load import load_script
from ceremony.token.module import Module
from tests.house.ca import House
from tests.house.people import People


def _kill() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _until_killed(house: House) -> None:
    """The ceremony in a process of its own, up to where somebody calls `_kill`."""
    child = os.fork()
    if not child:
        try:
            house.hold()
        finally:
            os._exit(1)  # not reached where it was killed
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    house.people = _Resuming()


def _go_on(house: House) -> Any:
    found = interruption_of(house.archive)
    assert found is not None
    clock = Clock()
    plan = compile_plan(load_script(house.folder / "script.yaml", past=found.past), "practice", clock.utc())
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    return perform(plan, house.people, archive=house.archive, clock=clock, tokens=tokens, resumes=found)


class _Resuming(People):
    def choose(self, choice: Any) -> str:
        return "resume" if "resume" in {option.name for option in choice.options} else super().choose(choice)


def _called_again(house: House) -> set[str]:
    return {item.person for item in house.people.of("confirm") if "after the interruption" in item.statement}


def test_who_had_left_before_the_interruption_is_not_called_and_the_next_step_waits(house: House) -> None:
    house.people.once("record", "clock", lambda: (house.people.leave("agus"), _kill()))
    _until_killed(house)
    house.people.once("choose", "open", lambda: (house.people.come_back("agus"), LOOK_AGAIN)[1])
    assert _go_on(house).closed
    assert _called_again(house)
    assert not any(name.startswith("Agus") for name in _called_again(house))
    waited = house.kinds_before("open")
    assert [kind for kind in waited if kind in ("quorum-awaited", "person-returned")] == [
        "quorum-awaited",
        "person-returned",
    ]
    assert house.failed() == set()


def test_an_interruption_ends_a_break_and_everybody_is_called(house: House) -> None:
    house.people.once("confirm", "state", lambda: house.people.say("break", {"reason": "Lunch."}))
    house.people.once("choose", "clock", _kill)
    _until_killed(house)
    assert _go_on(house).closed
    assert house.events("break-begun")
    assert not house.events("break-ended")
    assert house.failed() == set()
