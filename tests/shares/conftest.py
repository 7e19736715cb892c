"""A CA whose token opens with shares; people who keep cards, and mistype them where a test says so; a forger."""

from __future__ import annotations

import hashlib
import json
import shutil
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

CA = Path(__file__).parent / "ca"
LABEL = "PRACTICE SMALL"


@dataclass
class People:
    """Willing people. `answers[(method, step id)]` is a function of the request, `typed` a function of a words request.

    `cards` are what they wrote down, by the name of the share; they outlive the ceremony, as cards do.
    """

    cards: dict[str, str] = field(default_factory=dict, repr=False)
    answers: dict[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)
    typed: Callable[[Any], str | None] | None = None
    asked: list[tuple[str, Any]] = field(default_factory=list)
    absent: set[str] = field(default_factory=set)
    outcome: Any = None

    def begin(self, overview: Any) -> None:
        del overview

    def notice(self, notice: Any) -> None:
        del notice

    def bind_remarks(self, say: Callable[[str, dict[str, str]], None]) -> None:
        self.say = say

    def _answer(self, method: str, request: Any, usual: Any) -> Any:
        self.asked.append((method, request))
        special = self.answers.get((method, request.step.id))
        return special(request) if special else usual

    def instruct(self, instruction: Any) -> None:
        self._answer("instruct", instruction, None)

    def confirm(self, confirmation: Any) -> bool:
        there = confirmation.word != "PRESENT" or confirmation.person not in self.absent
        return bool(self._answer("confirm", confirmation, there))

    def record(self, form: Any) -> dict[str, str]:
        usual = {"source": "the wall", "reference": iso(Clock().machine_utc())}
        return dict(self._answer("record", form, {blank.name: usual[blank.name] for blank in form.blanks}))

    def review(self, review: Any) -> None:
        self._answer("review", review, None)

    def approve(self, request: Any) -> bool:
        return bool(self._answer("approve", request, True))

    def secret(self, request: Any) -> Secret:
        kind, label = request.name.split(":")
        return Secret(str(self._answer("secret", request, f"{kind} of {label}")))

    def show_secret(self, display: Any) -> bool:
        printing = bool(self._answer("show_secret", display, False))
        self.cards[display.name] = display.words.reveal()
        return printing

    def secret_words(self, request: Any) -> Secret | None:
        self.asked.append(("secret_words", request))
        words = self.typed(request) if self.typed else self.cards[request.name]
        return None if words is None else Secret(words)

    def choose(self, choice: Any) -> str:
        return str(self._answer("choose", choice, "stop" if "share" in choice.title.lower() else "abort"))

    @contextmanager
    def progress(self, progress: Any) -> Iterator[None]:
        self._answer("progress", progress, None)
        yield

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome

    def of(self, method: str) -> list[Any]:
        """The requests of one method, in order."""
        return [request for name, request in self.asked if name == method]


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

    def hold(self, script: str, card_printer: Any = None) -> Any:
        """Perform a script; the people of the ceremony stay to be asked afterwards."""
        clock = Clock()
        plan = compile_plan(self.load(script), "practice", clock.utc())
        assert plan.ok, plan.findings
        tokens = PracticeTokens(plan, Module.load("softhsm"))
        return perform(plan, self.people, archive=self.archive, clock=clock, tokens=tokens, card_printer=card_printer)

    def again(self) -> People:
        """New people, with the same cards."""
        self.people = People(self.people.cards)
        return self.people

    def events(self, kind: str, number: int = 1) -> list[Any]:
        """The data of the events of a kind in a ceremony."""
        folder = next(self.archive.glob(f"{number:04d}-*"))
        entries = read_chain(CeremonyFolder(folder).record).entries
        return [entry.data for entry in entries if entry.event.kind == kind]

    def tokens(self) -> list[str]:
        """The labels of the initialised tokens that are there."""
        return [token.label for token in Module.load("softhsm").tokens() if token.initialised]

    def failed(self) -> set[str]:
        """The rules that the verifier finds broken in the archive."""
        return {check.id for verdict in verify_path(self.archive) for check in verdict.failed}


@pytest.fixture
def house(tmp_path: Path, softhsm: SoftHsmHome) -> House:
    """A CA whose first ceremony is still to come."""
    del softhsm
    return House(Path(shutil.copytree(CA, tmp_path / "ca")), tmp_path / "archive")


@pytest.fixture
def made(house: House) -> House:
    """The same after its first ceremony: the token is there, and three people have cards."""
    assert house.hold("generation").closed
    house.again()
    return house


class Forger:
    """Changes the lines of one ceremony and chains them anew; only the seal cannot be made to fit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "transcript.jsonl").read_text("utf-8").splitlines()
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def of(self, kind: str, **data: Any) -> list[dict[str, Any]]:
        return [
            line
            for line in self.lines
            if line["kind"] == kind and all(line["data"][name] == value for name, value in data.items())
        ]

    def remove(self, lines: list[dict[str, Any]]) -> None:
        self.lines = [line for line in self.lines if not any(line is item for item in lines)]

    def move_after(self, line: dict[str, Any], other: dict[str, Any]) -> None:
        self.remove([line])
        place = next(index for index, item in enumerate(self.lines) if item is other)
        self.lines.insert(place + 1, {**line, "at": other["at"], "mono": other["mono"]})

    def failed(self) -> set[str]:
        """Write the lines, and say which rules of this ceremony fail."""
        before = "0" * 64
        for number, line in enumerate(self.lines, start=1):
            line |= {"seq": number, "prev": before}
            if line["kind"] == "approved":
                line["data"]["chain_head"] = before
            before = hashlib.sha256(canonical_json(line)).hexdigest()
        octets = b"".join(canonical_json(line) + b"\n" for line in self.lines)
        (self.folder / "transcript.jsonl").write_bytes(octets)
        return {check.id for verdict in verify_path(self.folder) for check in verdict.failed}


def slipped(words: str, place: int = 7) -> str:
    """A card with one word typed wrong."""
    typed = words.split()
    typed[place] = "acid" if typed[place] != "acid" else "zero"
    return " ".join(typed)
