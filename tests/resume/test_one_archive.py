"""One archive, one ceremony: a second program is refused, who reads is not, and a dead one is gone on with."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ELSEWHERE = str(ROOT / "policies/demo/ceremonies/root-generation.yaml")


@pytest.fixture
def waiting(place: Any) -> Iterator[subprocess.Popen[str]]:
    """A program that performs a ceremony there, and waits for people."""
    command = [sys.executable, "-m", "ceremony", "rehearse", place.script, "--plain"]
    command += ["--archive", str(place.folder / "archive"), "--tokens", str(place.folder / "tokens")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT) as program:
        until = time.monotonic() + 60
        while not any(record.stat().st_size for record in (place.folder / "archive").glob("*/transcript.jsonl")):
            assert program.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield program
        program.kill()


def test_a_second_ceremony_is_refused_while_the_first_is_held_and_goes_on_with_it_after_its_death(
    place: Any, waiting: subprocess.Popen[str]
) -> None:
    before = place.lines()
    for done in (
        place.run(),
        place.commands.run("", "rehearse", ELSEWHERE, "--plain", "--archive", str(place.folder / "archive")),
    ):
        assert done.returncode == 1
        assert "Another program holds a ceremony in this archive." in done.stderr
    assert place.lines() == before
    waiting.kill()
    waiting.wait()
    done = place.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "was broken off. It is gone on with." in done.stdout


@pytest.mark.usefixtures("waiting")
def test_who_only_reads_does_not_wait_and_is_not_refused(place: Any) -> None:
    archive = str(place.folder / "archive")
    plan = place.commands.run("", "plan", place.script, "--practice", "--archive", archive)
    assert (plan.returncode, plan.stderr) == (0, "")
    register = place.commands.run("", "register", archive, "--practice")
    assert (register.returncode, register.stderr) == (0, "")
    verify = place.commands.run("", "verify", archive)
    assert verify.stdout.startswith("NOT PROVED")
    assert verify.stderr == ""
