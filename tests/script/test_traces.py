"""A trace is followed to its end, whatever a record provokes; one without an end is never made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ceremony.script.trace.grammar import (
    NOTHING,
    Each,
    Fact,
    Here,
    Line,
    Many,
    Once,
    Part,
    Repeat,
    Stop,
    When,
    alt,
    maybe,
    seq,
)
from ceremony.script.trace.keys import _left
from ceremony.script.trace.matching import Astray, Match
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.event import GENESIS, Event

NOTE = Line(kinds.Note)
SOMETIMES = Fact("sometimes", lambda _: True)
EMPTY: dict[str, Part] = {
    "nothing": NOTHING,
    "a line that may be absent": maybe(NOTE),
    "one of two, one of which may be absent": alt(NOTE, seq(maybe(NOTE), maybe(NOTE))),
    "what depends on a fact": When(SOMETIMES, NOTE),
    "each of some": Each(Many("some", lambda _: ()), lambda _: NOTE),
    "what is left out in a redo": Once(kinds.Note, None, NOTE),
    "what is repeated itself": Repeat(NOTE),
    "what is only known there": Here("anything", lambda _: NOTE),
}
SOUND: dict[str, Part] = {
    "a line": NOTE,
    "a line after what may be absent": seq(maybe(NOTE), NOTE),
    "one of two lines, or the end of a failed attempt": alt(NOTE, seq(NOTE, NOTE), Stop(())),
    "what depends on a fact, and else is another line": When(SOMETIMES, NOTE, Stop(())),
    "what is only known there, and leaves a line": Here("a line", lambda _: NOTE, leaves=True),
}


@pytest.mark.parametrize("part", EMPTY.values(), ids=EMPTY)
def test_what_may_leave_no_line_is_not_repeated(part: Part) -> None:
    with pytest.raises(TypeError, match="a trace repeats what may leave no line"):
        Repeat(part)


@pytest.mark.parametrize("part", SOUND.values(), ids=SOUND)
def test_what_leaves_a_line_is(part: Part) -> None:
    assert Repeat(part).part is part


# What cannot be followed is told, by all three questions -------------------------------------------------------------

NOBODY: Any = None
"""The scene: no part here asks it."""


def unknown(_: object) -> Any:
    raise LookupError


UNFOLLOWED: dict[str, tuple[Part, str]] = {
    "no end of ways": (Repeat(Here("a line, it says", lambda _: NOTHING, leaves=True)), "too many ways are open"),
    "a name that the plan does not know": (Here("somebody", unknown), "that the plan does not know"),
    "a fact about such a name": (When(Fact("of somebody", unknown), NOTE), "that the plan does not know"),
}


@pytest.mark.parametrize(("trace", "words"), UNFOLLOWED.values(), ids=UNFOLLOWED)
def test_what_cannot_be_followed_is_told_in_words(trace: Part, words: str) -> None:
    line = Entry(
        Event(1, GENESIS, "2026-11-22T01:02:03Z", 0, "", 0, "engine", "note", {"text": "x"}), kinds.Note(text="x")
    )
    with pytest.raises(Astray, match=words):
        Match(trace).take(line, NOBODY)
    assert words in Match(trace).ends(NOBODY)
    assert words in Match(trace).fails(NOBODY, "STEP-FAILED")


def test_keys_of_however_many_interruptions_are_followed() -> None:
    drawn = kinds.Drawn(token="01", system="02")
    intents = tuple(
        kinds.KeyIntended(key="root", profile="plain", algorithm="p-256", key_id=f"{number:032x}", drawn=drawn)
        for number in range(3000)
    )
    scene: Any = SimpleNamespace(
        step=SimpleNamespace(step=SimpleNamespace(key="root")),
        step_id="make",
        state=SimpleNamespace(unsettled_keys=lambda step: intents),
    )
    after = Match(Here("what is left", _left))
    assert after.ends(scene).startswith("missing: reviewed (root, 0) by who acts in the step")
    gone = kinds.KeyDiscarded(key="root", key_id=f"{0:032x}", label="T", serial="1", found=())
    after.take(Entry(Event(1, GENESIS, "2026-11-22T01:02:03Z", 0, "make", 2, "engine", gone.kind, {}), gone), scene)
    assert f"key-discarded (root, {1:032x})" in after.ends(scene)


def test_a_trace_that_can_be_followed_is() -> None:
    assert Match(Repeat(NOTE)).ends(NOBODY) == ""
    assert Match(seq(Stop(("STEP-FAILED",)), NOTE)).fails(NOBODY, "STEP-FAILED") == ""
