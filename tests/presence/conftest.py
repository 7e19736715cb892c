"""A CA with deputies, people who come and go as a test tells them, and a held archive to tamper with."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.house.ca import House
from tests.house.forger import Forger, forgers
from tests.house.held import held_by

HERE = Path(__file__).parent
CA = HERE / "ca"


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose ceremony is still to come."""
    del softhsm
    return House.built(CA, tmp_path)


@pytest.fixture(scope="session")
def held_presence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice ceremony with deputies, exits, a break, a deviation. Nobody writes into it."""
    return held_by(HERE / "hold_presence.py", tmp_path_factory.mktemp("presence") / "held") / "archive"


@pytest.fixture
def forger(held_presence: Path, tmp_path: Path) -> Forger:
    """A forger at work on a copy of the held ceremony."""
    return forgers(held_presence, tmp_path)("small")
