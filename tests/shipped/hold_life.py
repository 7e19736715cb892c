"""Plays the whole life of a shipped CA on SoftHSM: `hold_life.py FOLDER CA` leaves `archive/`, `stick/` and
`plans/` there.

Each script is rehearsed and then performed, planned against the archive that the ones before it left, and played with
its own answers, while the clock is moved from one ceremony to the next. It runs as a program of its own, so that no
test shares a PKCS#11 module with it. What people take from one day to the next goes with it: the words on their cards,
and what stands on bags and things.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from ceremony.cli.planning import compiled, finding_lines
from ceremony.custody.load import load_people
from ceremony.custody.people import Person
from ceremony.engine.answers import LoadedAnswers, load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.questions import SecretDisplay
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens, Tokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import Severity
from ceremony.room.clock import FixedClock
from ceremony.script.models import OpenBag, ReceiveItems, SealBag
from ceremony.script.plain_words import plan_lines
from ceremony.script.plan import Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.locking import ArchiveLock
from tests.house.credentials import give

ROOT = Path(__file__).parents[2]
PIN, SO_PIN = "test-user-pin", "test-so-pin-9"

LIFE = (
    ("root-generation", datetime(2027, 1, 12, 8, tzinfo=UTC)),
    ("intermediates", datetime(2027, 1, 13, 8, tzinfo=UTC)),
    ("cross-signing", datetime(2027, 1, 14, 8, tzinfo=UTC)),
    ("ocsp-delegate", datetime(2027, 1, 15, 8, tzinfo=UTC)),
    ("annual-crl", datetime(2027, 11, 16, 8, tzinfo=UTC)),
    ("emergency-revocation", datetime(2027, 11, 24, 20, tzinfo=UTC)),
    ("key-backup", datetime(2027, 11, 30, 8, tzinfo=UTC)),
    ("intermediate-renewal-new-key", datetime(2027, 12, 1, 8, tzinfo=UTC)),
    ("intermediate-renewal-same-key", datetime(2027, 12, 2, 8, tzinfo=UTC)),
    ("retirement", datetime(2028, 1, 24, 8, tzinfo=UTC)),
)
"""Every script that has a day of its own, in order, and the day: a long life in twelve months."""

DEMO_LIFE = (
    ("split-custody", datetime(2027, 1, 12, 8, tzinfo=UTC)),
    ("split-custody-next", datetime(2027, 11, 16, 8, tzinfo=UTC)),
    ("split-custody-holders", datetime(2027, 11, 23, 8, tzinfo=UTC)),
)
"""The three days of the demonstration's root in split custody."""

CUSTODY_LIFE = (*LIFE[:-1], ("custodian-change", datetime(2028, 1, 10, 8, tzinfo=UTC)), LIFE[-1])
"""The long life of a CA whose tokens open with shares: a custodian leaves."""

LIVES = {"isrg": LIFE, "psre-indonesia": CUSTODY_LIFE, "demo": DEMO_LIFE}


@dataclass
class Kept:
    """What people have with them on the next day."""

    cards: dict[str, str] = field(default_factory=dict, repr=False)
    """What they copied, by the name of the share."""
    bags: dict[str, str] = field(default_factory=dict)
    """The number on the bag that holds an item."""
    serials: dict[str, str] = field(default_factory=dict)
    """What stands on an item."""

    def read(self, plan: Plan, path: Path) -> LoadedAnswers:
        """The answers of a file, in which people read aloud what stands on the bags and the things of that day."""
        said = yaml.safe_load(path.read_text("utf-8"))
        for step in (planned.step for planned in plan.steps):
            fields = said["steps"].get(step.id, {}).get("fields", {})
            match step:
                case ReceiveItems():
                    self.serials |= {item: fields[f"{item}-serial"] for item in step.items}
                case OpenBag():
                    fields["bag"] = self.bags[step.items[0]]
                    fields |= {f"{item}-serial": self.serials[item] for item in step.items}
                case SealBag():
                    self.bags |= dict.fromkeys(step.items, fields["bag"])
                case _:
                    pass
        return load_answers(path, octets=yaml.safe_dump(said).encode())


class Copying(UnattendedOfficiant):
    """As people do: what is shown is copied, and outlives the day."""

    cards: dict[str, str]

    def show_secret(self, display: SecretDisplay) -> None:
        """Onto a card, too."""
        self.cards[display.name] = display.words.reveal()
        super().show_secret(display)


class Life:
    """One CA's folder, archive, SoftHSM home and clock. Each ceremony has a process of its own, as on its day."""

    clock: type[FixedClock] = FixedClock
    officiant: type[Copying] = Copying

    def __init__(self, folder: Path, ca: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.archive, self.stick = folder, folder / "archive", folder / "stick"
        self.plans = folder / "plans"
        self.stick.mkdir()
        self.plans.mkdir()
        self.ca = Path(shutil.copytree(ROOT / "policies" / ca, folder / ca))
        self.days = LIVES[ca]
        self.kept = Kept()
        self.home = SoftHsmHome.create(folder / "softhsm")

    def credentials(self, moment: datetime) -> None:
        """Tokens of their own for those who seal or sign, with their certificates in people.yaml; practice
        makes its own."""
        self.home.activate()
        module = Module.load("softhsm")
        everybody = load_people(self.ca / "people.yaml").people.people
        for person in (one for one in everybody if one.credential or "administrator" in one.roles):
            label = person.credential.token_label if person.credential else person.id
            token = module.initialise(label, Secret(SO_PIN), Secret(PIN))
            with module.open(token, Secret(PIN)) as session:
                der = give(session, person, moment)
            self._name_credential(person, der)

    def warm_up(self) -> None:
        """A plan that nobody keeps: what it imports is then there in every process."""
        compiled(self._script(self.days[0][0]), "practice", FixedClock(self.days[0][1]), str(self.archive))

    def rehearse(self, name: str, moment: datetime) -> None:
        """As `ceremony rehearse` does it: keys of practice stand in for those that production made."""
        clock = self.clock(moment)
        planned = compiled(self._script(name), "practice", clock, str(self.archive))
        with practice_tokens(planned.plan, planned.stand_ins) as tokens:
            answers = load_answers(self._answers(name))
            self._perform(planned.plan, answers, tokens, DrawnSecrets(), clock)

    def hold(self, name: str, moment: datetime) -> Kept:
        """As `ceremony run` does it, on tokens that stay; the plan is written down. What people keep of the day."""
        self.home.activate()
        clock = self.clock(moment)
        with ArchiveLock(self.archive) as lock:
            self._hold(name, clock, lock)
        return self.kept

    def _hold(self, name: str, clock: FixedClock, lock: ArchiveLock) -> None:
        planned = compiled(self._script(name), "production", clock, str(self.archive), lock=lock)
        plan = planned.plan
        lines = (*plan_lines(plan), "", *finding_lines(plan.findings), "")
        (self.plans / f"{name}.txt").write_text("\n".join(lines), "utf-8")
        answers = self.kept.read(plan, self._answers(name))
        tokens = ProductionTokens(plan, "softhsm")
        self._perform(plan, answers, tokens, self._secrets(plan), clock, resumes=planned.resumes, lock=lock)

    def _secrets(self, plan: Plan) -> GivenSecrets:
        """One PIN for every token that somebody has a PIN of, and the shares."""
        script = plan.script
        labels = [script.token.label, *(token.label for token in script.other_tokens.values())]
        owners = [person.credential.token_label for person in plan.people.values() if person.credential]
        pins = [*(f"token-pin:{label}" for label in labels), *(f"credential-pin:{label}" for label in owners)]
        held = dict.fromkeys(pins, PIN)
        held |= {f"token-so-pin:{label}": SO_PIN for label in labels} | self.kept.cards
        return GivenSecrets({name: Secret(text) for name, text in held.items()})

    def _answers(self, name: str) -> Path:
        return self.ca / "answers" / f"{name}.yaml"

    def _script(self, name: str) -> Path:
        return self.ca / "ceremonies" / f"{name}.yaml"

    def _perform(
        self,
        plan: Plan,
        answers: LoadedAnswers,
        tokens: Tokens,
        secrets: DrawnSecrets | GivenSecrets,
        clock: FixedClock,
        **more: Any,
    ) -> None:
        """Ends the process, saying why, where the ceremony does not close."""
        name = plan.script.id
        grave = [str(found) for found in plan.findings if found.severity in {Severity.ERROR, Severity.FATAL}]
        if grave:
            sys.exit("\n".join([f"{plan.mode} {name}", *grave]))
        said = io.StringIO()
        with self.officiant(answers, secrets, said, clock=clock) as officiant:
            officiant.cards = self.kept.cards if plan.mode == "production" else {}
            more |= {"clock": clock, "tokens": tokens, "export_to": self.stick}
            outcome = perform(plan, officiant, archive=self.archive, **more)
        if not outcome.closed:
            sys.exit(f"{plan.mode} {name}\n{said.getvalue()}")

    def _name_credential(self, person: Person, der: bytes) -> None:
        path, digest = self.ca / "people.yaml", sha256(der).hexdigest()
        text = path.read_text("utf-8")
        if person.credential:
            path.write_text(text.replace(person.credential.certificate_sha256, digest), "utf-8")
            return
        roles = f"    roles: [{', '.join(person.roles)}]\n"
        before, name, after = text.partition(f"  - id: {person.id}\n")
        entry = f'    credential: {{certificate_sha256: "{digest}", token_label: {person.id}}}\n'
        path.write_text(before + name + after.replace(roles, roles + entry, 1), "utf-8")


def alone(do: Callable[..., Any], *arguments: object) -> Any:
    """In a process of its own, which loads the PKCS#11 module anew. Ends this one where that one fails."""
    context = get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=lambda: there.send(do(*arguments)))
    process.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        sys.exit(1)
    finally:
        process.join()


def main(folder: Path, ca: str) -> None:
    """All ceremonies of a life, in order, each after its rehearsal."""
    life = Life(folder, ca)
    life.warm_up()
    alone(life.credentials, life.days[0][1])
    for name, moment in life.days:
        alone(life.rehearse, name, moment)
        life.kept = alone(life.hold, name, moment)
    life.home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
