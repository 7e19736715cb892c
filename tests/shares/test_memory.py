"""No core of a process that held secrets; and swap, where there is some."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.room.memory import locked, swap_areas

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


LOCK = (
    "import resource, sys\n"
    "from pathlib import Path\n"
    "from ceremony.room.memory import keep_out_of_swap, locked\n"
    "if sys.argv[2] == 'limited':\n"
    "    import os\n"
    "    os.geteuid = lambda: 1000\n"
    "    resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]))\n"
    "before = locked()\n"
    "keep_out_of_swap(Path(sys.argv[1]))\n"
    "b = bytearray(1 << 26)\n"
    "print(before, locked())\n"
)
MAY_LOCK = "import ctypes, os, sys; sys.exit(os.geteuid() != 0 or ctypes.CDLL(None).mlockall(7))"
SWAP = "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n"


@pytest.mark.parametrize(
    ("swap", "limit", "wanted"),
    [(SWAP, "none", "False True"), (SWAP, "limited", "False False"), (SWAP.splitlines()[0], "none", "False False")],
    ids=["swap", "swap and a limit", "no swap"],
)
def test_where_there_is_swap_the_process_is_kept_out_of_it(tmp_path: Path, swap: str, limit: str, wanted: str) -> None:
    if wanted.endswith("True") and subprocess.run([sys.executable, "-c", MAY_LOCK], check=False).returncode:
        pytest.skip("this system does not let a process lock its memory")
    (tmp_path / "swaps").write_text(swap)
    done = subprocess.run(
        [sys.executable, "-c", LOCK, str(tmp_path / "swaps"), limit],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == wanted


def test_a_little_that_is_locked_by_a_module_is_not_all_of_it(tmp_path: Path) -> None:
    status = tmp_path / "status"
    for locked_kb, wanted in ((0, False), (64, False), (50_000, True), (80_000, True)):
        status.write_text(f"Name:\tpython\nVmLck:\t{locked_kb:>8} kB\nVmRSS:\t   50000 kB\n")
        assert locked(status) == wanted, locked_kb
    status.write_text("Name:\tpython\n")
    assert not locked(status)
    assert not locked(tmp_path / "missing")
