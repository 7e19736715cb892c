"""A CA that follows its items, people who read what the record expects unless told otherwise, and forgers at work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.performance import perform
from ceremony.engine.tokens import PracticeTokens
from ceremony.room.clock import Clock, iso
from ceremony.script.compile import compile_plan
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.folding import fold_archive
from tests.custody_steps.conftest import Forger, House, People
from tests.e2e.conftest import clean_environment, terminal

__all__ = ["clean_environment", "terminal"]  # a real terminal, as the tests of the app have it

ROOT = Path(__file__).parents[2]
CA = Path(__file__).parent / "ca"
SCRIPTS = ("first", "second", "third")


@dataclass
class Readers(People):
    """What they read is what the record expects; `reads[(step id, blank)]` is what they read instead."""

    reads: dict[tuple[str, str], str] = field(default_factory=dict)
    bags: int = 0

    def record(self, form: Any) -> dict[str, str]:
        self.asked.append(("record", form.step.id, form))
        special = self.answers.get(("record", form.step.id))
        if special:
            return dict(special(form))
        return {blank.name: self.reads.get((form.step.id, blank.name), self._usual(blank)) for blank in form.blanks}

    def _usual(self, blank: Any) -> str:
        if blank.recorded:
            return str(blank.recorded)
        match blank.name.rpartition("-")[2]:
            case "serial" | "seal":
                return "none"
            case "condition":
                return "intact"
            case "bag":
                self.bags += 1
        now = iso(Clock().machine_utc())
        bag = f"BAG-{self.bags:06}"
        usual = {"bag": bag, "bag-again": bag, "source": "the wall", "reference": now, "to": "Budi Hartono"}
        return (usual | {"decided": "We saw it fall from the table.", "decided-by": "rini"})[blank.name]


@dataclass
class Ledgers(House):
    """Three ceremonies, each going on from what the one before left. `people` answer."""

    people: Readers = field(default_factory=Readers)

    def plan(self, script: str) -> Any:
        return compile_plan(self.load(script), "practice", Clock().utc())

    def hold(self, script: str) -> Any:
        clock, plan = Clock(), self.plan(script)
        assert plan.ok, plan.findings
        tokens = PracticeTokens(plan, Module.load("softhsm"))
        return perform(plan, self.people, archive=self.archive, clock=clock, tokens=tokens)

    def again(self) -> None:
        bags = self.people.bags
        self.people = Readers(bags=bags)

    def upto(self, script: str) -> Ledgers:
        """Hold every ceremony before this one."""
        for name in SCRIPTS[: SCRIPTS.index(script)]:
            assert self.hold(name).closed, self.events("step-failed", SCRIPTS.index(name) + 1)
            self.again()
        return self

    @property
    def register(self) -> Any:
        return fold_archive(self.archive).register("practice")

    def codes(self, number: int = 1) -> list[str]:
        """The codes of the faults of a ceremony."""
        return [fault.code for fault in self.events("step-failed", number)]


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> Ledgers:
    """A CA whose first ceremony is still to come."""
    del softhsm
    return Ledgers(Path(shutil.copytree(CA, tmp_path / "ca")), tmp_path / "archive")


@pytest.fixture(scope="session")
def three_held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A production archive of three ceremonies. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("ledger") / "held"
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "hold_ledger.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "archive"


@pytest.fixture
def forger_at(three_held: Path, tmp_path: Path) -> Callable[[str], Forger]:
    """A forger at work on a copy of one ceremony."""

    def forger(name: str) -> Forger:
        folder = next(three_held.glob(f"*-{name}"))
        return Forger(Path(shutil.copytree(folder, tmp_path / folder.name)))

    return forger
