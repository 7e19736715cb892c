"""A house for each test, and a real production archive with signed approvals to be tampered with."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.token.softhsm import SoftHsmHome
from tests.custody_rules.house import CA, EVERYBODY, House

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose people have no tokens yet."""
    del softhsm
    return House(Path(shutil.copytree(CA, tmp_path / "ca")), tmp_path / "archive")


@pytest.fixture
def house(bare: House) -> House:
    """A CA in which everybody has a token and a certificate of their own."""
    for person in EVERYBODY:
        bare.token_of(person)
    return bare


@pytest.fixture(scope="session")
def held_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `archive/`, two production ceremonies, and `ca/`. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("rules") / "held"
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "hold_rules.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder
