"""Whole stretches of a record taken out by somebody who owns every key, and all that follows from them told again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ceremony.verify.archive import verify_path
from tests.house.owner import Line
from tests.mutate.retold import retold
from tests.mutate.sweep import Ceremony, Ground, ground

Stretch = Callable[["Day"], tuple[int, int]]
"""The places of the first line that is taken out, and of the first after it that stays."""


class Day:
    """The lines of the hard day, by what they are."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines

    def at(self, kind: str, step: str = "", attempt: int = 0) -> int:
        """The place of the first line of a kind: in an attempt at a step where one is named."""
        return next(
            place
            for place, line in enumerate(self.lines)
            if line["kind"] == kind and (step, attempt) in ((line["step"], line["attempt"]), ("", 0))
        )

    def attempt(self, step: str, number: int) -> tuple[int, int]:
        """A whole attempt at a step."""
        own = [place for place, line in enumerate(self.lines) if (line["step"], line["attempt"]) == (step, number)]
        return own[0], own[-1] + 1


@pytest.fixture
def here(ceremonies: list[Ceremony], tmp_path: Path) -> Iterator[Ground]:
    """The hard day, to be changed."""
    with ground(ceremonies[1], tmp_path / "ground") as made:
        yield made


def without(here: Ground, stretch: Stretch) -> str:
    """The rule that finds that these lines were taken out; empty where none does."""
    first, after = stretch(Day(here.owner.lines))
    assert first < after
    here.owner.write(retold([*here.owner.lines[:first], *here.owner.lines[after:]]))
    fault = here.judge.first_fault()
    return fault.id if fault else ""


def reviewed_to_read_back(day: Day) -> tuple[int, int]:
    """People approve and the program announces what was built in the attempt after this one."""
    first, again = (day.at("digest-read-back", "sign-root-r1", attempt) for attempt in (1, 2))
    return first, again


def key_discarded(day: Day) -> tuple[int, int]:
    """What an interruption left of a key was destroyed, and nobody was asked."""
    return day.at("reviewed", "make-root-e1-key", 2), day.at("key-discarded", "make-root-e1-key", 2)


def reopened(day: Day) -> tuple[int, int]:
    """After an interruption the token is used, and nobody opened it again."""
    first = next(
        place
        for place, line in enumerate(day.lines)
        if line["kind"] == "token-found" and not line["step"] and place > day.at("signature-intended")
    )
    return first, first + 3


FOUND = {reviewed_to_read_back: "STEPS-TRACE", key_discarded: "STEPS-TRACE", reopened: "TOKEN-OPEN"}


@pytest.mark.parametrize("stretch", FOUND, ids=lambda stretch: stretch.__name__)
def test_what_leaves_something_behind_that_does_not_fit_is_found(stretch: Stretch, here: Ground) -> None:
    assert without(here, stretch) == FOUND[stretch]


def failed_attempt(day: Day) -> tuple[int, int]:
    return day.attempt("sign-root-r1", 1)


def attempt_with_the_jump(day: Day) -> tuple[int, int]:
    return day.attempt("close", 1)


def the_break(day: Day) -> tuple[int, int]:
    return day.at("break-begun"), day.at("break-ended") + 1


def interruption(day: Day) -> tuple[int, int]:
    """With the attempt that it cut: a key was announced once, then, and made. The last one: a torn line of one after it
    has its number in a name of a file."""
    return day.at("key-intended", "make-root-e1-key", 1), day.at("key-intended", "make-root-e1-key", 2)


def deviation(day: Day) -> tuple[int, int]:
    return day.at("deviation"), day.at("deviation") + 1


@pytest.mark.parametrize("stretch", [failed_attempt, attempt_with_the_jump, the_break, interruption, deviation])
def test_what_leaves_nothing_behind_is_a_limit_of_the_proof_that_is_told(stretch: Stretch, here: Ground) -> None:
    assert without(here, stretch) == ""
    (verdict,) = verify_path(here.owner.folder.parent)
    limits = {check.id: check.sentence for check in verdict.checks if check.status == "unproved"}
    assert "could leave out a whole attempt that failed" in limits["LIMIT-LEFT-OUT"]


def test_what_is_only_told_again_is_proved(here: Ground) -> None:
    told = retold(here.owner.lines)
    assert told == here.owner.lines
    here.owner.write([dict(line) for line in told])
    assert here.judge.first_fault() is None
