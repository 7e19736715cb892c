"""A CA that keeps a key twice, and a real production archive to tamper with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.house.ca import House
from tests.house.forger import Forger, forgers
from tests.house.held import held_by

HERE = Path(__file__).parent


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose first ceremony is still to come."""
    del softhsm
    return House.built(HERE / "ca", tmp_path)


@pytest.fixture(scope="session")
def held_custody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`both/`: a production archive of two ceremonies. Nobody writes into it."""
    return held_by(HERE / "hold_custody.py", tmp_path_factory.mktemp("custody") / "held")


@pytest.fixture
def forger_at(held_custody: Path, tmp_path: Path) -> Callable[[str], Forger]:
    """A forger at work on a copy of one ceremony: `generation` or `end`."""
    return forgers(held_custody / "both", tmp_path)
