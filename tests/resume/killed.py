"""`killed.py POINT COMMAND...`: one command, killed at the first point whose name begins so; empty for none.

`full POINT` fills the disk from there on instead.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "scripts")]

import crash_sweep  # noqa: E402 - the path leads there only now

from ceremony.cli import main  # noqa: E402 - as above


class Named(crash_sweep.Points):
    """Ends at a name instead of a number."""

    def __init__(self, name: str) -> None:
        full = name.startswith("full ")
        super().__init__(-1, os.open(os.devnull, os.O_WRONLY), full=full)
        self.name = name.removeprefix("full ")

    def here(self, name: str) -> None:
        """The next point."""
        self._at = self._count + 1 if name.startswith(self.name) else -1
        super().here(name)

    def next_is(self, name: str) -> bool:
        """Whether the point of this name, which comes next, is the one."""
        return name.startswith(self.name)


if __name__ == "__main__":
    if sys.argv[1]:
        Named(sys.argv[1]).install()
    sys.exit(main(sys.argv[2:]))
