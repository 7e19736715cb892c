"""Real archives, held once for a test run on SoftHSM, and a forger who knows how to make lies consistent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.forger import Forger
from tests.house.held import held_by

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `practice/` (two ceremonies), `production/` (one), `later/` (one more after that) and `ca/`, the
    CA's own folder. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_ceremonies.py", tmp_path_factory.mktemp("held") / "archives")


@pytest.fixture
def practice(held: Path, tmp_path: Path) -> Path:
    """A copy of the practice archive."""
    return Path(shutil.copytree(held / "practice", tmp_path / "practice"))


@pytest.fixture
def folder(practice: Path) -> Path:
    """A copy of one closed practice ceremony."""
    return practice / "0001-small"


@pytest.fixture
def production(held: Path, tmp_path: Path) -> Path:
    """A copy of one closed production ceremony."""
    return Path(shutil.copytree(held / "production", tmp_path / "production")) / "0001-small"


@pytest.fixture
def later(held: Path, tmp_path: Path) -> Path:
    """A copy of a production archive whose second ceremony goes on from what the first one left."""
    return Path(shutil.copytree(held / "later", tmp_path / "later"))


@pytest.fixture
def forger(folder: Path) -> Forger:
    """A forger at work on a practice ceremony."""
    return Forger(folder)


@pytest.fixture
def forger_of() -> Callable[[Path], Forger]:
    """A forger for any folder."""
    return Forger
