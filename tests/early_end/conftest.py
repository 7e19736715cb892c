"""A CA whose people have tokens of their own, and an archive whose one ceremony ended early."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.custody_rules.conftest import bare, house
from tests.house.held import held_by

__all__ = ["bare", "ended", "house"]


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose one ceremony ended early. Nobody writes into it."""
    program = Path(__file__).parent / "hold_ended.py"
    return held_by(program, tmp_path_factory.mktemp("ended") / "held") / "archive"
