"""The sweep of `scripts/crash-sweep` for tests, archives that it left on the way, and a forger for them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ceremony.verify.archive import verify_path
from tests.house.forger import Forger

ROOT = Path(__file__).parents[2]
CA = Path(__file__).parent / "ca"
SMALL = str(CA / "small.yaml")
ANSWERS = str(CA / "answers.yaml")


class Commands:
    """Runs commands of the program, each in a process of its own, killed at a named point or whole (`killed.py`)."""

    def __init__(self, said: Path) -> None:
        self._said = said
        program = [sys.executable, str(Path(__file__).parent / "killed.py")]
        self._server = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def run(self, at: str, *arguments: str, cards: Path | None = None) -> subprocess.CompletedProcess[str]:
        """One command, and what it said; a negative exit code where it was killed."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        order = {"at": at, "arguments": arguments, "said": str(self._said), "cards": str(cards or "")}
        print(json.dumps(order), file=self._server.stdin, flush=True)
        code = int(self._server.stdout.readline())
        out, err = ((self._said / name).read_text("utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(arguments, code, out, err)

    def close(self) -> None:
        """No more of them."""
        self._server.communicate()


@dataclass
class Place:
    """A rehearsal with tokens that are kept: the one command, whole or ended at a point of a name."""

    folder: Path
    commands: Commands
    script: str = SMALL
    answers: str = ANSWERS

    def run(self, at: str = "", *more: str) -> subprocess.CompletedProcess[str]:
        """The command in a process of its own; with `at` it is killed at the first point whose name begins so."""
        return self.bare(at, "--tokens", str(self.folder / "tokens"), *more)

    def bare(self, at: str, *more: str) -> subprocess.CompletedProcess[str]:
        """The same with tokens that are not kept."""
        options = [
            "rehearse",
            self.script,
            "--archive",
            str(self.folder / "archive"),
            "--export",
            str(self.folder / "stick"),
        ]
        options += ["--unattended", self.answers, *more]
        return self.commands.run(at, *options, cards=self.folder / "cards")

    @property
    def ceremony(self) -> Path:
        """The one ceremony of the archive."""
        (folder,) = (self.folder / "archive").iterdir()
        return folder

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The data of the events of a kind."""
        return [line["data"] for line in self.lines() if line["kind"] == kind]

    def lines(self) -> list[dict[str, Any]]:
        """The whole record."""
        return [json.loads(line) for line in (self.ceremony / "transcript.jsonl").read_text("utf-8").splitlines()]

    def failed(self) -> set[str]:
        """The rules that do not hold."""
        return {check.id for verdict in verify_path(self.folder / "archive") for check in verdict.failed}


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs what a test wants run."""
    commands = Commands(tmp_path_factory.mktemp("said"))
    yield commands
    commands.close()


@pytest.fixture
def place(tmp_path: Path, commands: Commands) -> Place:
    """An empty place with a medium."""
    (tmp_path / "stick").mkdir()
    return Place(tmp_path, commands)


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Place:
    """A ceremony that was killed after its key was made and gone on with, then killed while it signed, and ended."""
    folder = tmp_path_factory.mktemp("resumed")
    (folder / "stick").mkdir()
    held = Place(folder, commands)
    assert held.run("before the line key-made").returncode < 0
    assert held.run("within the line signed").returncode < 0
    done = held.run()
    assert done.returncode == 0, done.stdout + done.stderr
    return held


@pytest.fixture
def forger(held: Place, tmp_path: Path) -> Forger:
    """A forger at work on a copy of the resumed ceremony."""
    return Forger(Path(shutil.copytree(held.ceremony, tmp_path / held.ceremony.name)))
