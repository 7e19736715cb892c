"""A CA on a stage, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tokens import in_force
from tests.rehearsal.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Nothing was performed yet; Rini has her credential."""
    made = Stage(tmp_path)
    made.make_credential()
    with in_force(made.home):
        yield made
