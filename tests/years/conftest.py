"""The thirty years, played once for a test run, and copies of them to be spoiled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def played(folder: Path, program: str) -> Path:
    """Run a program of this folder, which fills `folder`. A process of its own shares no PKCS#11 module with tests."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / program), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/`, `ca/` and `forged/`. Nobody writes into it."""
    return played(tmp_path_factory.mktemp("years") / "ca", "story.py")


@pytest.fixture(scope="session")
def archive(years: Path) -> Path:
    """The archive of all years. Nobody writes into it."""
    return years / "archive"


@pytest.fixture
def spoiled(archive: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a copy of the archive, of its ceremonies up to a number."""

    def copy(up_to: int = 99) -> Path:
        target = tmp_path / "archive"
        target.mkdir()
        for folder in sorted(archive.iterdir()):
            if int(folder.name[:4]) <= up_to:
                shutil.copytree(folder, target / folder.name)
        return target

    return copy
