"""A CA that follows its items, whose first ceremony is still to come; and forgers at work on three that were held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.e2e.conftest import clean_environment, terminal
from tests.house.forger import Forger, forgers
from tests.house.held import held_by
from tests.ledger.house import CA, Ledgers

__all__ = ["clean_environment", "terminal"]  # a real terminal, as the tests of the app have it

HERE = Path(__file__).parent


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> Ledgers:
    """A CA whose first ceremony is still to come."""
    del softhsm
    built: Ledgers = Ledgers.built(CA, tmp_path)
    return built


@pytest.fixture(scope="session")
def three_held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A production archive of three ceremonies. Nobody writes into it."""
    return held_by(HERE / "hold_ledger.py", tmp_path_factory.mktemp("ledger") / "held") / "archive"


@pytest.fixture
def forger_at(three_held: Path, tmp_path: Path) -> Callable[[str], Forger]:
    """A forger at work on a copy of one ceremony."""
    return forgers(three_held, tmp_path)
