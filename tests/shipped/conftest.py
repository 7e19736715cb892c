"""The policies that are shipped, planned at one fixed moment: what a reviewer reads does not change from day to day."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from ceremony.room.clock import FixedClock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import nothing
from ceremony.script.plan import Mode, Plan

ROOT = Path(__file__).parents[2]
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)

Planned = Callable[[str, Mode], Plan]


@cache
def _planned(script: str, mode: Mode) -> Plan:
    return compile_plan(load_script(ROOT / script, past=nothing(mode)), mode, MOMENT)


@pytest.fixture
def planned() -> Planned:
    """A function: the plan of a shipped script (`policies/...`), made at the fixed moment."""
    return _planned


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at that moment."""
    return FixedClock(MOMENT)


@pytest.fixture
def published() -> Path:
    """The folder of published certificates; skips where it is not there."""
    places = [Path(os.environ["CEREMONY_SHARED"])] if "CEREMONY_SHARED" in os.environ else []
    for place in (*places, ROOT.parent / "shared"):
        if (place / "fixtures").is_dir():
            return place / "fixtures"
    pytest.skip("the published certificates (shared/fixtures) are not here")
