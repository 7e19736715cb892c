"""A real terminal for the tests that drive the app by keys alone: tmux, with a server of its own for each test."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Terminal:
    """One tmux window. `keys` types, `screen` reads."""

    socket: str
    columns: int
    rows: int
    ended: Path
    """The file that receives the exit code."""

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a command in the window. Its exit code goes into a file of its own; the window stays after it."""
        settings = [f"{name}={value}" for name, value in environment.items()]
        size = ("-x", str(self.columns), "-y", str(self.rows))
        shell = ["sh", "-c", '"$@"; echo $? >"$0"; read -r _', str(self.ended), *command]
        self._tmux("new-session", "-d", "-s", "t", *size, "env", "-i", *settings, *shell)

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def keys(self, *names: str) -> None:
        """Send keys by tmux's names (F2, Enter, PageDown)."""
        self._tmux("send-keys", "-t", "t", *names)

    def type(self, text: str) -> None:
        """Type text as it is."""
        self._tmux("send-keys", "-t", "t", "-l", text)

    def fill(self, values: Sequence[str], *, clear: bool = True) -> None:
        """Type into one field after another, all at once; what stood in them is taken away first."""
        parts: list[str] = []
        for index, value in enumerate(values):
            names = [*(["Tab"] if index else []), *(["C-u"] if clear else [])]
            parts += ["send-keys", "-t", "t", *names, ";"] if names else []
            parts += ["send-keys", "-t", "t", "-l", value, ";"]
        self._tmux(*parts[:-1])

    def screen(self) -> str:
        """What the window shows now."""
        return self._tmux("capture-pane", "-p", "-t", "t")

    def scrollback(self) -> str:
        """Everything that the terminal remembers."""
        return self._tmux("capture-pane", "-p", "-S", "-", "-t", "t")

    def wait(self, pattern: str, seconds: float = 20.0) -> str:
        """The screen, once it matches. Fails with the last screen otherwise."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if re.search(pattern, shown):
                return shown
            time.sleep(0.05)
        pytest.fail(f"never saw {pattern!r}; the last screen was:\n{self.screen()}")

    def change(self, before: str, seconds: float = 20.0) -> str:
        """The screen, once it differs from `before`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if shown != before:
                return shown
            time.sleep(0.03)
        pytest.fail(f"the screen never changed:\n{before}")

    def exit_code(self, seconds: float = 20.0) -> int:
        """The command's exit code, once it has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ended.exists() and self.ended.read_text().endswith("\n"):
                return int(self.ended.read_text())
            time.sleep(0.05)
        pytest.fail(f"the command did not end; the last screen was:\n{self.screen()}")

    def process(self) -> int:
        """The process id of the command."""
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])

    def close(self) -> None:
        """End the server, and with it the window."""
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """A window of 120x40, or of the size that the test gives by indirect parametrisation."""
    if shutil.which("tmux") is None:
        pytest.fail("These tests need the package tmux.")
    columns, rows = getattr(request, "param", (120, 40))
    window = Terminal(f"ceremony-{uuid.uuid4().hex[:12]}", columns, rows, tmp_path / "exit-code")
    yield window
    window.close()


@pytest.fixture
def clean_environment(tmp_path: Path) -> dict[str, str]:
    """What the app needs of an environment, and nothing that redirects a module."""
    return {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TMPDIR": str(tmp_path),
        "TERM": "screen-256color",
    }
