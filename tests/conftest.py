"""Fixtures for every area: a SoftHSM of its own for each test, and a token in it. Nothing here is a mock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.info import TokenInfo
from ceremony.token.module import Module, softhsm_path
from ceremony.token.softhsm import SoftHsmHome
from tests.house.tokens import softhsm_in

LONGEST_FIRST = ("shipped/test_whole_life", "years/", "e2e/", "shipped/", "ledger/", "rehearsal/", "resume/", "tui/")
"""Where the tests stand that take longest, below tests/: begun first, so that no worker waits at the end."""

IN_ONE_HAND = ("years/",)
"""Folders whose tests share one dear fixture."""

ALONE = ("e2e/", "ledger/test_in_a_terminal", "shipped/test_played", "resume/test_sweep", "tui/")
"""Tests that share nothing dear, and of which one takes long: each goes to the worker that is free."""

BY_PARAMETER = ("shipped/test_whole_life",)
"""Tests that share something dear for each value of their first parameter."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""

    def begins(item: pytest.Item) -> int:
        place = item.path.relative_to(Path(__file__).parent).as_posix()
        return next((at for at, start in enumerate(LONGEST_FIRST) if place.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=begins)


class InOneHand(LoadScopeScheduling):
    """Hands the tests of one module to one worker, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.removeprefix("tests/").partition("::")
        if path.startswith(ALONE):
            return nodeid
        if path.startswith(BY_PARAMETER):
            return f"{path}[{test.partition('[')[2].rpartition(']')[0].partition('-')[0]}"
        return next((folder for folder in IN_ONE_HAND if path.startswith(folder)), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InOneHand:
    """Called by xdist."""
    return InOneHand(config, log)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print each table that a test recorded: `record_property("table", text)`."""
    tables = [
        text
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, text in report.user_properties
        if name == "table" and report.when == "call"
    ]
    if tables:
        terminalreporter.section("tables")
    for text in sorted(tables):
        terminalreporter.write_line(text)
        terminalreporter.write_line("")


@dataclass(frozen=True)
class ReadyToken:
    """An initialised token, with what a custodian would know of it. `pin` and `so_pin` are made anew when asked for."""

    module: Module
    info: TokenInfo
    pin_text: str
    so_pin_text: str

    @property
    def pin(self) -> Secret:
        return Secret(self.pin_text)

    @property
    def so_pin(self) -> Secret:
        return Secret(self.so_pin_text)


@pytest.fixture
def softhsm(tmp_path: Path) -> Iterator[SoftHsmHome]:
    """An empty SoftHSM home in the test's own folder, in force for this process until the test ends."""
    try:
        softhsm_path()
    except CeremonyError as error:
        pytest.fail(f"These tests need the package softhsm2. {error}")
    with softhsm_in(tmp_path) as home:
        yield home


@pytest.fixture
def token(softhsm: SoftHsmHome) -> ReadyToken:
    """A token labelled TEST in that home, initialised, closed. The test's thread owns the module."""
    module = Module.load("softhsm")
    pin_text, so_pin_text = "123456", "87654321"
    info = module.initialise("TEST", Secret(so_pin_text), Secret(pin_text))
    return ReadyToken(module, info, pin_text, so_pin_text)
