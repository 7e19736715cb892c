"""Runs commands of the program that end at a named point: one process for each, forked from this one.

Each line on standard input is a JSON object: `at`, the beginning of the name of the point at which the command is
killed, or nothing; with ` #2` after it at the second such point, and so on; with `SIGTERM: ` before it the command is
asked to end there, and decides itself when it does; `arguments`; `cards`, a folder that keeps the cards of shares from
one command to the next, or nothing; `said`, a folder that gets `stdout` and `stderr`. The answer is a line with the
exit code. What every command imports is imported once.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "scripts")]

import crash_points  # noqa: E402 - the path leads there only now
import crash_sweep  # noqa: E402 - as above

from ceremony.cli import main  # noqa: E402 - as above

TERMINATED = "SIGTERM: "


class Named(crash_points.Points):
    """Ends at a name instead of a number; at the first such point where the name does not say `#2` or more."""

    def __init__(self, name: str) -> None:
        super().__init__(-1, os.open(os.devnull, os.O_WRONLY))
        self.name, _, number = name.partition(" #")
        self.still = int(number or 1)

    def here(self, name: str) -> None:
        """The next point."""
        self._at = self._count + 1 if self.next_is(name) else -1
        self.still -= name.startswith(self.name)
        super().here(name)

    def next_is(self, name: str) -> bool:
        """Whether the point of this name, which comes next, is the one."""
        return name.startswith(self.name) and self.still == 1


class Asked(Named):
    """Is sent a signal there, once, and goes on as far as it likes."""

    asked = False

    def here(self, name: str) -> None:
        """The next point."""
        if not self.asked and name.startswith(self.name):
            self.asked = True
            os.kill(os.getpid(), signal.SIGTERM)

    def next_is(self, name: str) -> bool:
        """Nothing is torn."""
        del name
        return False


def one_command(order: dict[str, Any]) -> int:
    """In a process of its own: the command, up to its point."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(Path(order["said"], name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
        setattr(sys, name, io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", write_through=True))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if order["cards"]:
        crash_points.keep_cards(Path(order["cards"]))
    if order["at"].startswith(TERMINATED):
        Asked(order["at"].removeprefix(TERMINATED)).install()
    elif order["at"]:
        Named(order["at"]).install()
    try:
        return main(order["arguments"])
    except SystemExit as end:
        return int(end.code or 0)


def serve() -> None:
    """Until standard input ends."""
    crash_sweep.preload()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(one_command(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
