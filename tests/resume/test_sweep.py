"""A short sweep: the ceremony is killed at points all along its way, and comes to its close each time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CA = Path(__file__).parent / "ca"


def sweep(*options: str) -> str:
    command = [
        sys.executable,
        str(ROOT / "scripts" / "crash_sweep.py"),
        str(CA / "small.yaml"),
        str(CA / "answers.yaml"),
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode == 2 and "No file system can be mounted here" in done.stderr:
        pytest.skip("no file system can be mounted here, so none can be full")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("how", "first", "every"), [("", 29, 240), ("--again", 101, 220), ("--full", 17, 67), ("--copies", 11, 70)]
)
def test_no_point_is_lost(how: str, first: int, every: int, record_property: Any) -> None:
    said = sweep("--from", str(first), "--every", str(every), *filter(None, [how]))
    record_property("table", said.strip())
    found = re.search(r"(\d+) points tried .*, (\d+) resumed, .* (\d+) lost", said)
    assert found
    assert int(found[1]) >= 3
    assert int(found[2]) >= 3
    assert int(found[3]) == 0
