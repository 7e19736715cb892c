"""A CA that follows its items, people who read what the record expects unless told otherwise, and forgers at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.e2e.conftest import clean_environment, terminal
from tests.house.ca import House
from tests.house.forger import Forger, forgers
from tests.house.held import held_by
from tests.house.people import People

__all__ = ["clean_environment", "terminal"]  # a real terminal, as the tests of the app have it

HERE = Path(__file__).parent
CA = HERE / "ca"
SCRIPTS = ("first", "second", "third")


@dataclass
class Readers(People):
    """What they read is what the record expects; `reads[(step id, blank)]` is what they read instead."""

    reads: dict[tuple[str, str], str] = field(default_factory=dict)
    bags: int = 0

    def read(self, form: Any, blank: Any) -> str:
        return self.reads.get((form.step.id, blank.name), self._usual(form, blank))

    def _usual(self, form: Any, blank: Any) -> str:
        if blank.recorded:
            return str(blank.recorded)
        match blank.name.rpartition("-")[2]:
            case "serial" | "seal":
                return "none"
            case "condition":
                return "intact"
            case "bag":
                self.bags += 1
        bag = f"BAG-{self.bags:06}"
        usual = {"bag": bag, "bag-again": bag, "to": "Budi Hartono"}
        usual |= {"decided": "We saw it fall from the table.", "decided-by": "rini"}
        return usual.get(blank.name) or super().read(form, blank)


@dataclass
class Ledgers(House):
    """Three ceremonies, each going on from what the one before left. `people` answer."""

    people: Readers = field(default_factory=Readers)

    def again(self) -> Readers:
        self.people = Readers(bags=self.people.bags)
        return self.people

    def upto(self, script: str) -> Ledgers:
        """Hold every ceremony before this one."""
        for name in SCRIPTS[: SCRIPTS.index(script)]:
            assert self.hold(name).closed, self.events("step-failed", SCRIPTS.index(name) + 1)
            self.again()
        return self


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
