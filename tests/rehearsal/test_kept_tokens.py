"""Rehearsals that go on from real practice records: `--tokens DIR`, through the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ceremony.engine.practice import practice_tokens
from ceremony.errors import CeremonyError
from ceremony.token.module import Module
from tests.rehearsal.stage import GENERATION, LATER, Stage

ROOT = Path(__file__).parents[2]


def rehearse(stage: Stage, script: Path) -> subprocess.CompletedProcess[str]:
    more = ["--unattended", stage.answers, "--archive", stage.archive, "--tokens", stage.folder / "tokens"]
    return subprocess.run(
        [sys.executable, "-m", "ceremony", "rehearse", script, *more],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_two_rehearsals_in_a_row_go_on_from_the_same_tokens(stage: Stage) -> None:
    first = stage.script("generation", GENERATION, initialise=True)
    done = rehearse(stage, first)
    assert done.returncode == 0, done.stderr + done.stdout
    done = rehearse(stage, stage.script("later", LATER[1:]))
    assert done.returncode == 0, done.stderr + done.stdout
    # the first one again would make tokens that are there
    done = rehearse(stage, first)
    assert done.returncode == 1
    assert "TOKENS-KEPT" in done.stderr
    assert len(list(stage.archive.iterdir())) == 2


def test_a_folder_with_other_tokens_than_those_of_practice_is_refused(stage: Stage) -> None:
    planned = stage.plan(stage.script("generation", GENERATION, initialise=True), "practice")
    with pytest.raises(CeremonyError) as caught, practice_tokens(planned.plan, None, stage.home.folder):
        pass
    assert caught.value.code == "STAND-IN"
    assert [token.label for token in Module.load("softhsm").tokens() if token.initialised] == ["RINI"]
