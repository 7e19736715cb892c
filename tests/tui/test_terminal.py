"""The app on a real pseudo-terminal: signals, a terminal that goes away, a crash, keys that other programs quit on."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.tui.key_order import COMMIT_PAUSE

RUNNER = Path(__file__).parent / "on_a_terminal.py"
PATIENCE = 40.0
"""Seconds; the machine may be busy."""


class Terminal:
    """The app in a child process, and the other end of its terminal."""

    def __init__(self, folder: Path, kinds: str, *, crash: bool = False, **environment: str) -> None:
        self.folder = folder
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.child = subprocess.Popen(
            [sys.executable, str(RUNNER), str(folder), kinds, "crash" if crash else ""],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "linux", **environment},
        )
        os.close(slave)
        self.output = b""

    def until(self, marker: str) -> None:
        """Read until the terminal was sent this text."""
        end = time.monotonic() + PATIENCE
        while marker.encode() not in self.output:
            assert time.monotonic() < end, f"never came: {marker}\n{self.output[-2000:]!r}"
            self._read()
        self.output = self.output.split(marker.encode(), 1)[1]

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def hang_up(self) -> None:
        """Close this end."""
        os.close(self._master)
        self._master = -1

    def result(self) -> dict[str, object]:
        """Wait for the end; what the child wrote down."""
        end = time.monotonic() + PATIENCE
        while self.child.poll() is None:
            assert time.monotonic() < end, f"it never ended\n{self.output[-2000:]!r}"
            if self._master >= 0:
                self._read()
            else:
                time.sleep(0.05)
        if self._master >= 0:
            self._read()
        return json.loads((self.folder / "result.json").read_text())

    def close(self) -> None:
        """Leave nothing behind."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self._master >= 0:
            os.close(self._master)

    def _read(self) -> None:
        if select.select([self._master], [], [], 0.1)[0]:
            try:
                self.output += os.read(self._master, 65536)
            except OSError:  # EIO: the child has closed its end
                time.sleep(0.05)


F2, F6 = b"\x1b[12~", b"\x1b[17~"


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals to be closed at the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def begin(terminals: list[Terminal], folder: Path, kinds: str = "attest", **options: object) -> Terminal:
    """Into the first step of the ceremony."""
    terminal = Terminal(folder, kinds, **options)  # type: ignore[arg-type]  # crash, or environment
    terminals.append(terminal)
    terminal.until("then F2 begins")
    terminal.press(F2)
    terminal.until("WAITING FOR")
    time.sleep(COMMIT_PAUSE)
    return terminal


@pytest.mark.parametrize(
    ("number", "cause"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP"), (signal.SIGQUIT, "SIGQUIT")]
)
def test_a_signal_ends_the_ceremony_in_good_order_and_gives_the_terminal_back(terminals, tmp_path, number, cause):
    terminal = begin(terminals, tmp_path)
    os.kill(terminal.child.pid, number)
    result = terminal.result()
    assert cause in str(result["cause"])
    assert result["code"] == 1
    assert b"\x1b[?1049l" in terminal.output
    assert b"The ceremony was interrupted." in terminal.output
    assert b"Traceback" not in terminal.output


def test_a_terminal_that_goes_away_ends_the_ceremony_in_good_order(terminals, tmp_path):
    terminal = begin(terminals, tmp_path)
    terminal.hang_up()
    result = terminal.result()
    assert "terminal was closed" in str(result["cause"])
    assert result["code"] == 1


def test_a_signal_before_a_ceremony_just_leaves(terminals, tmp_path):
    terminal = Terminal(tmp_path, "attest")
    terminals.append(terminal)
    terminal.until("then F2 begins")
    os.kill(terminal.child.pid, signal.SIGTERM)
    assert terminal.result() == {"code": 1, "cause": "", "answers": 0}


def test_ctrl_c_ctrl_q_ctrl_backslash_ctrl_z_and_sigint_end_nothing(terminals, tmp_path):
    terminal = begin(terminals, tmp_path)
    terminal.press(b"\x03\x11\x1c\x1a\x04")
    os.kill(terminal.child.pid, signal.SIGINT)
    terminal.until("F10 is the way to leave")
    terminal.press(b"YES" + F2)
    terminal.until("How it ended")
    time.sleep(COMMIT_PAUSE)
    terminal.press(F2)
    assert terminal.result() == {"code": 0, "cause": "", "answers": 1}


def test_a_crash_of_the_screens_shows_no_local_variable_and_no_traceback_and_ends_the_ceremony(terminals, tmp_path):
    terminal = begin(terminals, tmp_path, "open-token", crash=True)
    terminal.press(b"2468-typed" + F6)
    result = terminal.result()
    assert result["cause"] == "the screen program failed"
    assert result["code"] == 1
    said = terminal.output.split(b"\x1b[?1049l")[-1]
    assert b"The screen program failed (ValueError" in said
    for never in (b"9731", b"a message with", b"Traceback", b"locals", b"2468"):
        assert never not in terminal.output


def test_no_variable_of_the_environment_makes_textual_log_keys(terminals, tmp_path):
    log = tmp_path / "keys.log"
    options = {"TEXTUAL_LOG": str(log), "TEXTUAL": "debug,devtools", "TEXTUAL_DEBUG": "1", "TEXTUAL_PRESS": "f10"}
    terminal = begin(terminals, tmp_path, "open-token", **options)
    terminal.press(b"2468-typed\r2468-typed" + F2)
    terminal.until("How it ended")
    time.sleep(COMMIT_PAUSE)
    terminal.press(F2)
    assert terminal.result()["code"] == 0
    assert not log.exists()


def test_without_a_terminal_the_app_says_so_and_names_plain(launcher, monkeypatch):
    from ceremony.tui.starting import run_app

    with open(os.devnull) as nothing:  # noqa: PTH123 - a stream, not a path, is what stands in for the terminal
        monkeypatch.setattr(sys, "__stdin__", nothing)
        with pytest.raises(CeremonyError, match="needs a terminal") as refused:
            run_app(launcher, None, lambda: None)  # type: ignore[arg-type,return-value]  # never called
    assert "--plain" in refused.value.next_step
