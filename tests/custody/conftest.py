"""A PIN split among five, drawn anew for each test."""

from __future__ import annotations

import pytest

from tests.custody.made import SplitPin, split_pin


@pytest.fixture
def three_of_five() -> SplitPin:
    return split_pin(3, 5)
