"""A CA with two roots, strangers who send it requests, and the ceremonies in which it signed for them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import Past, nothing, past_of_archive
from ceremony.script.plan import Mode, Plan
from tests.house.forger import Forger
from tests.house.held import held_by

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/` (two production ceremonies), `practice/` (one) and `ca/`. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_ceremonies.py", tmp_path_factory.mktemp("held") / "objects")


@pytest.fixture
def work(held: Path, tmp_path: Path) -> Path:
    """A copy of the second ceremony's folder, in an archive of its own."""
    return Path(shutil.copytree(held / "archive", tmp_path / "archive")) / "0002-work"


@pytest.fixture
def forger_of() -> Callable[[Path], Forger]:
    """A forger who makes lies consistent, for any folder."""
    return Forger


STEPS = """\
format: ceremony-script/1
id: one
title: One step
version: "1"
purpose: To be planned.
location: A room
policy: policy.yaml
people: people.yaml
roles:
  administrator: {people: [rini], duty: leads}
  custodian: {people: [agus, dewi], needed: 2, duty: hold the token}
seal_by: rini
token: {label: TWINS}
sections:
  - title: All
    steps:
      - {id: roll, kind: roll-call, actor: administrator, text: Call the roll.}
      - {id: clock, kind: compare-clock, actor: administrator, text: Compare.}
      - {id: open, kind: open-token, actor: custodian, text: Put it in.}
"""


@dataclass
class Twins:
    """The CA's folder, with what earlier ceremonies left, to plan single steps in."""

    folder: Path
    past: Past

    @property
    def requests(self) -> Path:
        return self.folder / "requests"

    def edit(self, old: str, new: str, name: str = "policy.yaml") -> None:
        text = (self.folder / name).read_text()
        assert old in text, f"{old!r} is not in {name}"
        (self.folder / name).write_text(text.replace(old, new))

    def plan(self, *steps: str, mode: Mode = "production") -> Plan:
        """The plan of a script with these steps: each as the inside of a YAML flow mapping."""
        lines = [f"      - {{id: s{at}, {step}, actor: custodian, text: Do.}}\n" for at, step in enumerate(steps)]
        end = "      - {id: close, kind: close, actor: administrator, text: Close.}\n"
        script = self.folder / "script.yaml"
        script.write_text(STEPS + "".join(lines) + end)
        return self.compiled(mode)

    def compiled(self, mode: Mode) -> Plan:
        """The plan of the script as it stands."""
        return compile_plan(load_script(self.folder / "script.yaml", past=self.past), mode, datetime.now(UTC))

    def findings(self, *steps: str, mode: Mode = "production") -> dict[str, str]:
        """What blocks the plan: rule and sentence."""
        return {item.rule: item.message for item in self.plan(*steps, mode=mode).findings if item.severity.blocks}


@pytest.fixture
def twins(held: Path, tmp_path: Path) -> Twins:
    """The CA after both ceremonies."""
    folder = Path(shutil.copytree(held / "ca", tmp_path / "ca"))
    return Twins(folder, past_of_archive(held / "archive", "production"))


@pytest.fixture
def newborn(held: Path, tmp_path: Path) -> Twins:
    """The CA before its first ceremony."""
    return Twins(Path(shutil.copytree(held / "ca", tmp_path / "ca")), nothing())
