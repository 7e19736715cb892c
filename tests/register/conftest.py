"""One real archive of both modes, held once for a test run on SoftHSM, and a forger at work on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.forger import Forger
from tests.house.held import held_by

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def mixed_held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Practice, production, production, an aborted practice, practice. Nobody writes into it."""
    return held_by(Path(__file__).parent / "hold_mixed.py", tmp_path_factory.mktemp("mixed") / "held") / "mixed"


@pytest.fixture
def mixed(mixed_held: Path, tmp_path: Path) -> Path:
    """A copy of that archive."""
    return Path(shutil.copytree(mixed_held, tmp_path / "mixed"))


@pytest.fixture
def ceremony() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one command from the checkout; nobody ever sees a traceback."""

    def run(*arguments: str, check: int | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "ceremony", *arguments],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name != "SOFTHSM2_CONF"},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        if check is not None:
            assert done.returncode == check, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def forger_of() -> Callable[[Path], Forger]:
    """A forger for any folder."""
    return Forger
