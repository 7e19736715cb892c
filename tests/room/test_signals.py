"""A request to end is remembered, keeps its first cause, and wakes whoever waits."""

from __future__ import annotations

import os
import select
import signal

import pytest

from ceremony.errors import BrokenOff, Interrupted
from ceremony.room.signals import Interruption


@pytest.fixture
def interruption() -> Interruption:
    return Interruption()


def readable(interruption: Interruption) -> bool:
    return bool(select.select([interruption.descriptor], [], [], 0)[0])


def test_nothing_is_asked_at_first(interruption: Interruption) -> None:
    interruption.check()
    assert interruption.cause is None
    assert not readable(interruption)


def test_the_first_cause_is_kept(interruption: Interruption) -> None:
    interruption.request("F10: the bag is torn")
    interruption.request("the terminal went away")
    assert readable(interruption)
    with pytest.raises(Interrupted) as caught:
        interruption.check()
    assert caught.value.cause == "F10: the bag is torn"


@pytest.mark.parametrize(
    ("number", "word", "kind"),
    [
        (signal.SIGINT, "Ctrl-C", Interrupted),
        (signal.SIGTERM, "SIGTERM", BrokenOff),
        (signal.SIGHUP, "SIGHUP", BrokenOff),
    ],
)
def test_a_signal_becomes_a_request_and_interrupts_nothing(
    interruption: Interruption, number: signal.Signals, word: str, kind: type[Interrupted]
) -> None:
    """Who presses Ctrl-C decides to end the ceremony; the others befall it, and it can be gone on with."""
    before = signal.getsignal(number)
    with interruption.catch_signals():
        os.kill(os.getpid(), number)
        assert readable(interruption)
    assert interruption.cause is not None
    assert word in interruption.cause
    with pytest.raises(Interrupted) as caught:
        interruption.check()
    assert type(caught.value) is kind
    assert signal.getsignal(number) == before
