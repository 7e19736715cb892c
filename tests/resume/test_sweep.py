"""A short sweep: the ceremony is killed at points all along its way, and comes to its close each time."""

from __future__ import annotations

import argparse
import importlib
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


@pytest.mark.parametrize("distinct", [True, False], ids=["distinct", "every point"])
def test_a_sweep_that_does_not_come_to_all_its_points_is_no_sweep(
    monkeypatch: pytest.MonkeyPatch, distinct: bool
) -> None:
    """Every point: the first that is not there any more is the end. Those that one run named must all be there."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    module = importlib.import_module("crash_sweep")
    points = [(module.Tried, "before the line key-made", "resumed"), (module.Tried, "", "")]
    monkeypatch.setattr(module, "jobs", lambda *_: iter(points))
    options = argparse.Namespace(jobs=1, distinct=distinct)
    if distinct:
        with pytest.raises(SystemExit, match="Not whole"):
            module.swept(None, (), options)
    else:
        assert module.swept(None, (), options) == {"resumed": 1, "at before": 1, "tried": 1}
