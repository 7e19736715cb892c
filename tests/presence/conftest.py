"""A CA with deputies, people who come and go as a test tells them, and a held archive to tamper with."""

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
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path

ROOT = Path(__file__).parents[2]
CA = Path(__file__).parent / "ca"


@dataclass
class Players:
    """Willing people, unless a test sets `answers[(method, step id)]` to a function of the request.

    Those in `absent` do not answer when they are asked whether they are present.
    """

    answers: dict[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)
    outcome: Any = None
    say: Any = None

    def bind_remarks(self, callback: Any) -> None:
        self.say = callback

    def begin(self, overview: Any) -> None:
        del overview

    def notice(self, notice: Any) -> None:
        self.notices.append(notice)

    def _answer(self, method: str, request: Any, usual: Any) -> Any:
        self.asked.append((method, request.step.id, request))
        special = self.answers.get((method, request.step.id))
        answer = special(request) if special else None
        return usual if answer is None else answer

    def instruct(self, instruction: Any) -> None:
        self._answer("instruct", instruction, None)

    def confirm(self, confirmation: Any) -> bool:
        here = not (confirmation.word == "PRESENT" and confirmation.person.split()[0].lower() in self.absent)
        return bool(self._answer("confirm", confirmation, here))

    def record(self, form: Any) -> dict[str, str]:
        usual = {"source": "the wall", "reference": iso(Clock().machine_utc()), "bags": "Whole.", "sealed": "Bag 17."}
        for blank in form.blanks:
            if blank.name == "heads":
                usual["heads"] = next(number for number in map(str, range(1, 9)) if blank.check(number) is None)
        return dict(self._answer("record", form, {blank.name: usual.get(blank.name, "x") for blank in form.blanks}))

    def review(self, review: Any) -> None:
        self._answer("review", review, None)

    def approve(self, request: Any) -> bool:
        return bool(self._answer("approve", request, True))

    def secret(self, request: Any) -> Secret:
        kind, label = request.name.split(":")
        return Secret(str(self._answer("secret", request, f"{kind} of {label}")))

    def choose(self, choice: Any) -> str:
        names = [option.name for option in choice.options]
        usual = next((name for name in ("agree", "back") if name in names), "abort")
        return str(self._answer("choose", choice, usual))

    @contextmanager
    def progress(self, progress: Any) -> Iterator[None]:
        self._answer("progress", progress, None)
        yield

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome

    def of(self, method: str, step: str = "") -> list[Any]:
        """The requests of one method, in one step where it is named."""
        return [request for name, where, request in self.asked if name == method and step in ("", where)]

    def once(self, method: str, step: str, act: Callable[[], Any]) -> None:
        """At the first such request of a step, something happens in the room; then the answer is the usual one."""
        done: list[bool] = []

        def answer(request: Any) -> Any:
            del request
            if not done:
                done.append(True)
                return act()
            return None

        self.answers[method, step] = answer

    def leave(self, person: str, reason: str = "Called away.") -> None:
        self.say("left", {"person": person, "reason": reason})

    def come_back(self, person: str) -> None:
        self.say("returned", {"person": person})


@dataclass
class House:
    """The files of the CA and one archive; practice ceremonies on one SoftHSM."""

    folder: Path
    archive: Path
    people: Players = field(default_factory=Players)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1))

    def hold(self) -> Any:
        """Perform the script; the people stay to be asked afterwards."""
        clock = Clock()
        plan = compile_plan(load_script(self.folder / "script.yaml"), "practice", clock.utc())
        assert plan.ok, plan.findings
        tokens = PracticeTokens(plan, Module.load("softhsm"))
        return perform(plan, self.people, archive=self.archive, clock=clock, tokens=tokens)

    def entries(self) -> Any:
        """The lines of the record."""
        return read_chain(CeremonyFolder(self.archive / "0001-small").record).entries

    def events(self, kind: str, step: str = "") -> list[Any]:
        """The data of the events of a kind, in one step where it is named."""
        return [entry.data for entry in self.entries() if entry.event.kind == kind and step in ("", entry.event.step)]

    def kinds(self, step: str) -> list[str]:
        """The kinds of the lines of a step."""
        return [entry.event.kind for entry in self.entries() if entry.event.step == step]

    def failed(self) -> set[str]:
        """The rules that the verifier finds broken."""
        return {check.id for verdict in verify_path(self.archive) for check in verdict.failed}


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose ceremony is still to come."""
    del softhsm
    return House(Path(shutil.copytree(CA, tmp_path / "ca")), tmp_path / "archive")


@pytest.fixture(scope="session")
def held_presence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`archive/`: a practice ceremony with deputies, exits, a break, a deviation. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("presence") / "held"
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "hold_presence.py"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "archive"


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

    def place(self, line: dict[str, Any]) -> int:
        return next(index for index, item in enumerate(self.lines) if item is line)

    def remove(self, *gone: dict[str, Any]) -> None:
        self.lines = [line for line in self.lines if not any(line is item for item in gone)]

    def insert_after(self, line: dict[str, Any], kind: str, data: dict[str, Any], **envelope: Any) -> None:
        self.lines.insert(self.place(line) + 1, {**line, "kind": kind, "data": data, "actor": "engine", **envelope})

    def failed(self) -> set[str]:
        """Write the lines, with each reference to a line mended, and say which rules fail."""
        moved = {line["seq"]: number for number, line in enumerate(self.lines, start=1)}
        before = "0" * 64
        for number, line in enumerate(self.lines, start=1):
            if line["kind"] == "step-begun":
                line["data"]["redoes"] = moved.get(line["data"]["redoes"], line["data"]["redoes"])
            line |= {"seq": number, "prev": before}
            if line["kind"] in ("approved", "attested"):
                line["data"]["chain_head"] = before
            before = hashlib.sha256(canonical_json(line)).hexdigest()
        octets = b"".join(canonical_json(line) + b"\n" for line in self.lines)
        (self.folder / "transcript.jsonl").write_bytes(octets)
        return {check.id for verdict in verify_path(self.folder) for check in verdict.failed}


@pytest.fixture
def forger(held_presence: Path, tmp_path: Path) -> Forger:
    """A forger at work on a copy of the held ceremony."""
    return Forger(Path(shutil.copytree(held_presence / "0001-small", tmp_path / "0001-small")))
