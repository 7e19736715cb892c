"""The terminal that people sit at: its size and whether it is one at all."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TerminalSize:
    """Character cells."""

    columns: int
    rows: int

    def holds(self, columns: int, rows: int) -> bool:
        """Whether at least this many cells are there."""
        return self.columns >= columns and self.rows >= rows


def is_terminal(descriptor: int) -> bool:
    """Whether the open file descriptor is a terminal; False for a closed one."""
    try:
        return os.isatty(descriptor)
    except (OSError, ValueError):
        return False


def terminal_size(descriptor: int, fallback: TerminalSize | None = None) -> TerminalSize:
    """The size of the terminal behind the descriptor.

    Falls back to 80 by 24 (or what is given) where it is no terminal or says 0 by 0, as serial lines do.
    """
    fallback = fallback or TerminalSize(80, 24)
    try:
        size = os.get_terminal_size(descriptor)
    except (OSError, ValueError):
        return fallback
    return TerminalSize(size.columns or fallback.columns, size.lines or fallback.rows)
