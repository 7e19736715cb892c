"""The files of a CA, one archive, and ceremonies held there by people who answer as a test tells them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ceremony.engine.performance import perform
from ceremony.engine.tokens import PracticeTokens, ProductionTokens, Tokens
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.invariants.watch import Watch
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode, Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import read_chain
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState
from ceremony.verify.archive import verify_path
from tests.house.people import People, pin_of


def astray(plan: Plan, folder: Path) -> Iterator[str]:
    """The lines of a record that an invariant refuses, each with its number and why."""
    watch = Watch(plan, CeremonyState(ledger=Ledger.of(plan.past.register, folder.name)))
    for entry in read_chain(CeremonyFolder(folder).record).entries:
        yield from (f"line {entry.event.seq}: {complaint.sentence}" for complaint in watch.take(entry))


@dataclass
class House:
    """Ceremonies on one SoftHSM that stays, rehearsals unless `mode` says otherwise. `people` answer."""

    folder: Path
    archive: Path
    people: People = field(default_factory=People)
    mode: Mode = "practice"
    attacked: bool = False
    """Whether lines are put into its records that no engine writes; else each holds by all invariants."""
    clock: Callable[[], Clock] = Clock
    """The clock of the next ceremony."""

    @classmethod
    def built(cls, files: Path, place: Path, **more: Any) -> Any:
        """A house in a folder of its own, with a copy of the files of a CA."""
        return cls(Path(shutil.copytree(files, place / "ca")), place / "archive", **more)

    def edit(self, name: str, old: str, new: str) -> None:
        """Write something else, once, in one of the files."""
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def load(self, script: str = "script", mode: Mode | None = None) -> Any:
        """A script, after what the archive holds."""
        return load_script(self.folder / f"{script}.yaml", past=past_of_archive(self.archive, mode or self.mode))

    def plan(self, script: str = "script", mode: Mode | None = None, *, lint: bool = True) -> Plan:
        """Its plan, whatever was found."""
        return compile_plan(self.load(script, mode), mode or self.mode, self.clock().utc(), lint=lint)

    def tokens(self, plan: Plan) -> Tokens:
        """Those on the SoftHSM that is there."""
        production = plan.mode == "production"
        return ProductionTokens(plan, "softhsm") if production else PracticeTokens(plan, Module.load("softhsm"))

    def hold(self, script: str = "script", **more: Any) -> Any:
        """Perform a script; the people of the ceremony stay to be asked afterwards. However it ended, each line that
        the engine left holds by all invariants, and else does not."""
        if self.archive.exists() and self.mode == "production":
            time.sleep(1 - time.time() % 1)  # a list must not begin in the very second of the last one
        plan = self.plan(script)
        assert plan.ok, plan.findings
        more = {"tokens": self.tokens(plan), **more}
        self.people.clock = self.clock()
        outcome = perform(plan, self.people, archive=self.archive, clock=self.people.clock, **more)
        found = list(astray(plan, Path(outcome.folder)))
        assert bool(found) == self.attacked, "\n".join(found)
        return outcome

    def seal_again(self, script: str = "script") -> Any:
        """Go on with the ceremony that has its last line and no seal; nothing is done but that."""
        found = interruption_of(self.archive)
        assert found is not None
        assert found.stage == "closed"
        loaded = load_script(self.folder / f"{script}.yaml", past=found.past)
        plan = compile_plan(loaded, self.mode, self.clock().utc(), lint=False)
        clock, tokens = self.clock(), self.tokens(plan)
        return perform(plan, self.people, archive=self.archive, clock=clock, tokens=tokens, resumes=found)

    def again(self) -> People:
        """New people, who answer willingly again; they have the cards."""
        self.people = type(self.people)(self.people.cards)
        return self.people

    def ceremony(self, number: int = 1) -> Path:
        """The folder of a ceremony."""
        return next(self.archive.glob(f"{number:04d}-*"))

    def entries(self, number: int = 1) -> list[Any]:
        """The lines of a ceremony."""
        return list(read_chain(CeremonyFolder(self.ceremony(number)).record).entries)

    def events(self, kind: str, number: int = 1, *, step: str = "") -> list[Any]:
        """The data of the events of a kind in a ceremony, in one step where it is named."""
        return [
            entry.data for entry in self.entries(number) if entry.event.kind == kind and step in ("", entry.event.step)
        ]

    def labels(self, kind: str, number: int = 1) -> list[str]:
        """Which tokens the lines of a kind name, people's own ones too."""
        return [data.label for data in self.events(kind, number)]

    def kinds(self, step: str, number: int = 1) -> list[str]:
        """The kinds of the lines of a step."""
        return [entry.event.kind for entry in self.entries(number) if entry.event.step == step]

    def before(self, step: str, number: int = 1) -> list[Any]:
        """The lines outside steps that stand right before a step begins for the first time, or at the end of the record
        where it never does."""
        entries = self.entries(number)
        begins = (
            at for at, entry in enumerate(entries) if (entry.event.kind, entry.event.step) == ("step-begun", step)
        )
        end = next(begins, len(entries))
        start = max((at + 1 for at, entry in enumerate(entries[:end]) if entry.event.step), default=0)
        return entries[start:end]

    def kinds_before(self, step: str, number: int = 1) -> list[str]:
        """Their kinds."""
        return [entry.event.kind for entry in self.before(step, number)]

    def codes(self, number: int = 1) -> list[str]:
        """Why steps failed."""
        return [data.code for data in self.events("step-failed", number)]

    def failed(self) -> set[str]:
        """The rules that the verifier finds broken in the archive."""
        return {check.id for verdict in verify_path(self.archive) for check in verdict.failed}

    @property
    def register(self) -> Any:
        """What the archive adds up to."""
        return fold_archive(self.archive).register(self.mode)

    def initialised(self) -> list[str]:
        """The labels of the initialised tokens that are there."""
        return [token.label for token in Module.load("softhsm").tokens() if token.initialised]

    @contextmanager
    def opened(self, label: str, pin: str = "", *, new: bool = False) -> Iterator[Any]:
        """A token, opened behind everybody's back; `new` makes it first."""
        if self.mode == "practice":
            label = f"PRACTICE {label}"
        module, user = Module.load("softhsm"), Secret(pin or pin_of(f"token-pin:{label}"))
        so_pin = Secret(pin_of(f"token-so-pin:{label}"))
        token = module.initialise(label, so_pin, user) if new else module.find(label)
        with module.open(token, user) as session:
            yield session
