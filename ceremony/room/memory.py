"""What could carry memory, and a secret in it, to a disk: core dumps are forbidden, and swap is kept from this process.

Where the system does not let it be kept away, it is told. The terminal's own memory is nobody's here to keep.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from pathlib import Path

_PR_SET_DUMPABLE = 4
"""prctl(2). Linux; elsewhere the call is left out."""

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
"""mlockall(2): what is mapped and what will be, as soon as it is used."""


def forbid_core_dumps() -> None:
    """No core of this process, neither as a file (RLIMIT_CORE) nor to a program that collects them (PR_SET_DUMPABLE).

    For the rest of its life; it cannot be taken back. It also keeps debuggers of the same user away.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    except (AttributeError, OSError):  # not Linux: the limit alone has to do
        return


def keep_out_of_swap(table: Path = Path("/proc/swaps")) -> None:
    """Lock the memory of this process (mlockall(2)), what it has and what it will get, where the machine has swap.

    Only where the system sets no limit to it: under a limit a later allocation would fail in the middle of a ceremony.
    """
    if not swap_areas(table) or not (os.geteuid() == 0 or _no_limit()):
        return
    with contextlib.suppress(AttributeError, OSError):  # not Linux, or not allowed: `locked` says so
        ctypes.CDLL(None).mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)


def locked(status: Path = Path("/proc/self/status")) -> bool:
    """Whether all memory of this process is locked, and stays out of swap. A module may lock a little by itself."""
    try:
        lines = status.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return False
    sizes = {line.split()[0]: int(line.split()[1]) for line in lines if line.startswith(("VmLck:", "VmRSS:"))}
    return 0 < sizes.get("VmRSS:", 0) <= sizes.get("VmLck:", 0)


def swap_areas(table: Path = Path("/proc/swaps")) -> tuple[str, ...]:
    """Files and partitions to which this machine moves memory, as /proc/swaps names them; none where it has none."""
    try:
        lines = table.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return tuple(line.split()[0] for line in lines[1:] if line.strip())


def _no_limit() -> bool:
    return resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
