"""Two ceremonies of shipped policies, held once for the tests of changed records."""

from __future__ import annotations

import pytest

from tests.mutate.ceremonies import held
from tests.mutate.sweep import Ceremony

SAMPLE = ("split/0002-split-custody", "troubled/0001-root-generation")
"""Split PINs, signed approvals and receipts; and a day on which much goes wrong."""


@pytest.fixture(scope="session")
def ceremonies(tmp_path_factory: pytest.TempPathFactory) -> list[Ceremony]:
    """The ceremonies of the sample. Nobody writes into them."""
    return held(tmp_path_factory.mktemp("mutate"), SAMPLE)
