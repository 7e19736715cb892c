"""No core of a process that held secrets; and swap, where there is some."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from ceremony.room.memory import swap_areas

CRASH = (
    "import os, resource, signal\n"
    "from ceremony.room.memory import forbid_core_dumps\n"
    "forbid_core_dumps()\n"
    "print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)\n"
    "os.kill(os.getpid(), signal.SIGABRT)\n"
)


def test_a_crash_after_it_leaves_no_core(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "(0, 0)"
    assert done.returncode == -signal.SIGABRT
    assert list(tmp_path.iterdir()) == []


def test_the_process_of_a_ceremony_is_not_dumpable() -> None:
    code = (
        "import ctypes\n"
        "from ceremony.room.memory import forbid_core_dumps\n"
        "before = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)\n"
        "forbid_core_dumps()\n"
        "print(before, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["1", "0"]


def test_the_engine_forbids_cores_for_every_ceremony(house: object) -> None:
    assert house.hold("generation").closed  # type: ignore[attr-defined]
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def test_swap_is_read_from_its_table(tmp_path: Path) -> None:
    table = tmp_path / "swaps"
    table.write_text(
        "Filename\t\t\t\tType\t\tSize\n/dev/sda2                               partition\t8388604\t0\t-2\n"
        "/swap\\040file                           file\t\t1024\t0\t-3\n"
    )
    assert swap_areas(table) == ("/dev/sda2", "/swap\\040file")
    table.write_text("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
    assert swap_areas(table) == ()
    assert swap_areas(tmp_path / "missing") == ()
