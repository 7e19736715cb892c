"""A CA whose token opens with shares of its PINs, which people keep on cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.house.ca import House

CA = Path(__file__).parent / "ca"
LABEL = "PRACTICE SMALL"
OWN = "PRACTICE rini"
"""The own token of who seals: the only one that opens without shares."""


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose first ceremony is still to come."""
    del softhsm
    return House.built(CA, tmp_path)


@pytest.fixture
def made(house: House) -> House:
    """The same after its first ceremony: the token is there, and three people have cards."""
    assert house.hold("generation").closed
    house.again()
    return house
