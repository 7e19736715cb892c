"""Being asked to end: Ctrl-C, SIGTERM, SIGHUP, a terminal that went away.

Ctrl-C is a decision of who sits there; the others are accidents, after which a ceremony can be gone on with.

A signal never breaks into a token call or a write: it is remembered, and whoever next waits for a person learns of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType

from ceremony.errors import BrokenOff, Interrupted

ACCIDENTS = {
    signal.SIGTERM: "the system asked the program to end (SIGTERM)",
    signal.SIGHUP: "the terminal was closed (SIGHUP)",
    signal.SIGQUIT: "the system asked the program to end (SIGQUIT)",
}
"""What befalls a ceremony without anybody having decided it, and what is said of it."""

_CAUSES = {signal.SIGINT: "Ctrl-C", **ACCIDENTS}


WAKES = 65_536
"""Octets that the pipe of an interruption can hold."""


class Interruption:
    """A remembered request to end. What people decided is told once, so that they can still be asked about the end;
    what befell them is told at every prompt. The first cause of each kind is kept: later ones do not replace it."""

    def __init__(self) -> None:
        self._decided: str | None = None
        self._befell: str | None = None
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    @property
    def cause(self) -> str | None:
        """Why the ceremony is asked to end; None where it is not."""
        return self._decided or self._befell

    @property
    def descriptor(self) -> int:
        """Readable (for `select`) from the moment that the ceremony is asked to end."""
        return self._wake_read

    def request(self, cause: str, *, decided: bool = False) -> None:
        """Ask for an end, which people `decided` or which befell them. Safe from any thread and signal handler."""
        if decided:
            self._decided = self._decided or cause
        else:
            self._befell = self._befell or cause
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"!")

    def check(self) -> None:
        """Raise Interrupted (or BrokenOff, where nobody decided it) when an end was asked for."""
        decided, self._decided = self._decided, None
        if decided is not None:
            with contextlib.suppress(OSError):
                os.read(self._wake_read, WAKES)
                if self._befell is not None:
                    os.write(self._wake_write, b"!")
            raise Interrupted(decided)
        if self._befell is not None:
            raise BrokenOff(self._befell)

    @contextlib.contextmanager
    def catch_signals(self) -> Iterator[None]:
        """Turn SIGINT, SIGTERM, SIGHUP and SIGQUIT into requests while this lasts. For the main thread only."""

        def handle(number: int, _frame: FrameType | None) -> None:
            self.request(_CAUSES[signal.Signals(number)], decided=number == signal.SIGINT)

        before = {number: signal.signal(number, handle) for number in _CAUSES}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def close(self) -> None:
        """Give the pipe back."""
        for descriptor in (self._wake_read, self._wake_write):
            with contextlib.suppress(OSError):
                os.close(descriptor)
