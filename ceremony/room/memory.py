"""What could carry memory, and a secret in it, to a disk: core dumps, which are forbidden, and swap, which is told."""

from __future__ import annotations

import ctypes
import resource
from pathlib import Path

_PR_SET_DUMPABLE = 4
"""prctl(2). Linux; elsewhere the call is left out."""


def forbid_core_dumps() -> None:
    """No core of this process, neither as a file (RLIMIT_CORE) nor to a program that collects them (PR_SET_DUMPABLE).

    For the rest of its life; it cannot be taken back. It also keeps debuggers of the same user away.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (AttributeError, OSError):  # not Linux: the limit alone has to do
        return


def swap_areas(table: Path = Path("/proc/swaps")) -> tuple[str, ...]:
    """Files and partitions to which this machine moves memory, as /proc/swaps names them; none where it has none."""
    try:
        lines = table.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return tuple(line.split()[0] for line in lines[1:] if line.strip())
