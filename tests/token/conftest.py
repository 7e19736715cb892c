"""Open tokens, for the tests of what is done in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ceremony.token.session import Session


@pytest.fixture
def session(token: Any) -> Iterator[Session]:
    """The token TEST, opened."""
    with token.module.open(token.info, token.pin) as opened:
        yield opened


@pytest.fixture
def second(token: Any) -> Iterator[Session]:
    """A second token of the same module, SECOND with the PIN 654321, opened."""
    from ceremony.secret import Secret

    info = token.module.initialise("SECOND", Secret("12344321"), Secret("654321"))
    with token.module.open(info, Secret("654321")) as opened:
        yield opened
