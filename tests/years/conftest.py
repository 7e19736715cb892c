"""The thirty years, played once for a test run, and copies of them to be spoiled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.held import held_by


@pytest.fixture(scope="session")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/`, `ca/` and `forged/`. Nobody writes into it."""
    return held_by(Path(__file__).parent / "story.py", tmp_path_factory.mktemp("years") / "ca")


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
