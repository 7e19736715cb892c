"""A real pseudo-terminal with a person at its other end."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import termios
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ceremony.engine.notices import Overview, StepView
from ceremony.plain import PlainOfficiant

PATIENCE_SECONDS = 20.0

STEP = StepView(
    id="read-purpose",
    number=2,
    kind="attest",
    section="Opening",
    title="Read the purpose",
    text="Read the purpose aloud.",
    actor="Rini Wulandari (administrator)",
    witness="Siti Rahmawati",
    clauses=("BR 6.1.1.1",),
)


class Terminal:
    """The master side: what the person sees and types. The officiant works on the slave side, in a thread."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        self._input = os.fdopen(os.dup(self._slave), encoding="utf-8")
        self._output = os.fdopen(os.dup(self._slave), "w", encoding="utf-8")
        self.seen = ""
        self._read_up_to = 0
        self.officiant = PlainOfficiant(self._input, self._output, sign_of_life_seconds=0.05)
        self._thread: threading.Thread | None = None
        self._result: Any = None
        self._error: BaseException | None = None

    def start(self, call: Callable[[], Any]) -> None:
        """Run a call of the officiant in the engine's thread."""

        def work() -> None:
            try:
                self._result = call()
            except BaseException as error:
                self._error = error

        self._error = None
        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def result(self) -> Any:
        """What the call returned; raises what it raised."""
        assert self._thread is not None
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), f"still waiting; on the screen:\n{self.seen}"
        self._drain()
        if self._error is not None:
            raise self._error
        return self._result

    def expect(self, pattern: str) -> str:
        """Wait until new output matches, and move past it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = re.compile(pattern).search(self.seen, self._read_up_to)
            if found is not None:
                self._read_up_to = found.end()
                return found[0]
            assert time.monotonic() < deadline, f"never saw {pattern!r}; on the screen:\n{self.seen}"
            self._drain(0.05)

    def type(self, text: str) -> None:
        """Type a line and press Enter, once the prompt is there."""
        self.expect("> $")
        self.keys(text + "\r")

    def type_hidden(self, text: str) -> None:
        """Type a line where nothing is shown, once the terminal has stopped echoing."""
        self.expect(r"\(not shown\): $")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while termios.tcgetattr(self._slave)[3] & termios.ECHO:
            assert time.monotonic() < deadline, "the terminal still echoes"
            time.sleep(0.002)
        self.keys(text + "\r")

    def keys(self, text: str) -> None:
        """Send raw keys."""
        os.write(self.master, text.encode("utf-8"))

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._slave)[3] & termios.ECHO)

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """Give everything back."""
        self.officiant.interrupt("the test is over")
        if self._thread is not None:
            self._thread.join(PATIENCE_SECONDS)
        if self.master >= 0:
            os.close(self.master)
        for stream in (self._input, self._output):
            with contextlib.suppress(OSError):  # words that a closed window never took
                stream.close()
        os.close(self._slave)

    def _drain(self, wait: float = 0.0) -> None:
        while self.master >= 0 and select.select([self.master], [], [], wait)[0]:
            self.seen += os.read(self.master, 65536).decode("utf-8").replace("\r\n", "\n")
            wait = 0.0


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture
def step() -> StepView:
    return STEP


@pytest.fixture
def overview() -> Overview:
    return Overview(
        ceremony_id="0001-root-generation-20261122-0011aabb",
        title="Root key generation",
        purpose="To make a root.",
        mode="practice",
        steps=(STEP,),
        plan_sha256="aa" * 32,
        policy_sha256="bb" * 32,
        script_sha256="cc" * 32,
        token_label="DEMO-ROOT",
        archive="archive/0001-root-generation",
        key_generations=4,
        signatures=5,
        materials=("1 x Ceremony laptop",),
    )
