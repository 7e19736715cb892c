"""A CA that keeps a key twice, people who answer as a test tells them, and a real production archive to tamper with."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import canonical_json
from ceremony.engine.performance import perform
from ceremony.engine.tokens import PracticeTokens
from ceremony.room.clock import Clock, iso
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path

ROOT = Path(__file__).parents[2]
CA = Path(__file__).parent / "ca"


@dataclass
class People:
    """Willing people, unless a test sets `answers[(method, step id)]` to a function of the request."""

    answers: dict[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    outcome: Any = None

    def begin(self, overview: Any) -> None:
        del overview

    def notice(self, notice: Any) -> None:
        del notice

    def _answer(self, method: str, request: Any, usual: Any) -> Any:
        self.asked.append((method, request.step.id, request))
        special = self.answers.get((method, request.step.id))
        return special(request) if special else usual

    def instruct(self, instruction: Any) -> None:
        self._answer("instruct", instruction, None)

    def confirm(self, confirmation: Any) -> bool:
        return bool(self._answer("confirm", confirmation, True))

    def record(self, form: Any) -> dict[str, str]:
        now = iso(Clock().machine_utc())
        usual = {"source": "the wall", "reference": now, "what": "A laptop was stolen.", "aware": now}
        return dict(self._answer("record", form, {blank.name: usual[blank.name] for blank in form.blanks}))

    def review(self, review: Any) -> None:
        self._answer("review", review, None)

    def approve(self, request: Any) -> bool:
        return bool(self._answer("approve", request, True))

    def secret(self, request: Any) -> Secret:
        kind, label = request.name.split(":")
        return Secret(str(self._answer("secret", request, f"{kind} of {label}")))

    def choose(self, choice: Any) -> str:
        return str(self._answer("choose", choice, "abort"))

    @contextmanager
    def progress(self, progress: Any) -> Iterator[None]:
        self._answer("progress", progress, None)
        yield

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome

    def of(self, method: str, step: str) -> list[Any]:
        """The requests of one method in one step."""
        return [request for name, where, request in self.asked if (name, where) == (method, step)]


@dataclass
class House:
    """The files of the CA and one archive; ceremonies are practice ceremonies on one SoftHSM that stays."""

    folder: Path
    archive: Path
    people: People = field(default_factory=People)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def load(self, script: str, mode: Any = "practice") -> Any:
        return load_script(self.folder / f"{script}.yaml", past=past_of_archive(self.archive, mode))

    def hold(self, script: str) -> Any:
        """Perform a script; the people of the ceremony stay to be asked afterwards."""
        clock = Clock()
        plan = compile_plan(self.load(script), "practice", clock.utc())
        assert plan.ok, plan.findings
        tokens = PracticeTokens(plan, Module.load("softhsm"))
        return perform(plan, self.people, archive=self.archive, clock=clock, tokens=tokens)

    def again(self) -> None:
        """New people, who answer willingly again."""
        self.people = People()

    def events(self, kind: str, number: int = 1) -> list[Any]:
        """The data of the events of a kind in a ceremony."""
        folder = next(self.archive.glob(f"{number:04d}-*"))
        entries = read_chain(CeremonyFolder(folder).record).entries
        return [entry.data for entry in entries if entry.event.kind == kind]

    def failed(self) -> set[str]:
        """The rules that the verifier finds broken in the archive."""
        return {check.id for verdict in verify_path(self.archive) for check in verdict.failed}

    @contextmanager
    def opened(self, label: str, pin: str = "") -> Iterator[Any]:
        """A practice token, opened behind everybody's back."""
        module = Module.load("softhsm")
        with module.open(module.find(f"PRACTICE {label}"), Secret(pin or f"token-pin of PRACTICE {label}")) as session:
            yield session


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose first ceremony is still to come."""
    del softhsm
    return House(Path(shutil.copytree(CA, tmp_path / "ca")), tmp_path / "archive")


@pytest.fixture(scope="session")
def held_custody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`both/`: a production archive of two ceremonies. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("custody") / "held"
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "hold_custody.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Forger:
    """Changes the lines of one ceremony and chains them anew; only the seal cannot be made to fit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "transcript.jsonl").read_text("utf-8").splitlines()
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def of(self, kind: str, step: str = "") -> list[dict[str, Any]]:
        return [line for line in self.lines if line["kind"] == kind and step in ("", line["step"])]

    def data(self, kind: str, step: str = "") -> dict[str, Any]:
        data: dict[str, Any] = self.of(kind, step)[0]["data"]
        return data

    def remove(self, kind: str, step: str = "") -> None:
        gone = self.of(kind, step)
        self.lines = [line for line in self.lines if not any(line is item for item in gone)]

    def insert_after(self, line: dict[str, Any], kind: str, data: dict[str, Any], **envelope: Any) -> None:
        place = next(index for index, item in enumerate(self.lines) if item is line)
        self.lines.insert(place + 1, {**line, "kind": kind, "data": data, **envelope})

    def failed(self, *, heads: bool = True) -> set[str]:
        """Write the lines, and say which rules of this ceremony fail."""
        before = "0" * 64
        for number, line in enumerate(self.lines, start=1):
            line |= {"seq": number, "prev": before}
            if heads and line["kind"] == "approved":
                line["data"]["chain_head"] = before
            before = hashlib.sha256(canonical_json(line)).hexdigest()
        octets = b"".join(canonical_json(line) + b"\n" for line in self.lines)
        (self.folder / "transcript.jsonl").write_bytes(octets)
        return {check.id for verdict in verify_path(self.folder) for check in verdict.failed}


@pytest.fixture
def forger_at(held_custody: Path, tmp_path: Path) -> Callable[[str], Forger]:
    """A forger at work on a copy of one ceremony: `generation` or `end`."""

    def forger(name: str) -> Forger:
        folder = next((held_custody / "both").glob(f"*-{name}"))
        return Forger(Path(shutil.copytree(folder, tmp_path / folder.name)))

    return forger
