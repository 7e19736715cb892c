"""A CA on a stage, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ceremony.token.module import loaded_softhsm
from tests.rehearsal.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Nothing was performed yet; Rini has her credential."""
    made = Stage(tmp_path)
    made.make_credential()
    yield made
    for module in loaded_softhsm():
        module.adopt_thread()
        module.close_sessions()
    made.home.remove()
