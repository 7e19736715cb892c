"""Plays the whole life of a shipped CA on SoftHSM: `hold_life.py FOLDER CA` leaves `archive/`, `stick/` and
`plans/` there.

Each script is rehearsed and then performed, planned against the archive that the ones before it left, and played with
its own answers, while the clock is moved from one ceremony to the next. It runs as a program of its own, so that no
test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from ceremony.cli.planning import compiled, finding_lines
from ceremony.custody.load import load_people
from ceremony.custody.people import Person
from ceremony.engine import credential
from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens, Tokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import Severity
from ceremony.room.clock import FixedClock
from ceremony.script.plain_words import plan_lines
from ceremony.script.plan import Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome

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


class Life:
    """One CA's folder, archive, SoftHSM home and clock. Each ceremony has a process of its own, as on its day."""

    def __init__(self, folder: Path, ca: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.archive, self.stick = folder, folder / "archive", folder / "stick"
        self.plans = folder / "plans"
        self.stick.mkdir()
        self.plans.mkdir()
        self.ca = Path(shutil.copytree(ROOT / "policies" / ca, folder / ca))
        self.home = SoftHsmHome.create(folder / "softhsm")

    def credentials(self, moment: datetime) -> None:
        """Tokens of their own for those who seal, with their certificates in people.yaml; practice makes its own."""
        self.home.activate()
        module = Module.load("softhsm")
        everybody = load_people(self.ca / "people.yaml").people.people
        for person in (one for one in everybody if "administrator" in one.roles):
            token = module.initialise(person.id, Secret(SO_PIN), Secret(PIN))
            with module.open(token, Secret(PIN)) as session:
                der = credential.make_practice_credential(session, person, FixedClock(moment))
            self._name_credential(person, der)

    def warm_up(self) -> None:
        """A plan that nobody keeps: what it imports is then there in every process."""
        compiled(self._script(LIFE[0][0]), "practice", FixedClock(LIFE[0][1]), str(self.archive))

    def rehearse(self, name: str, moment: datetime) -> None:
        """As `ceremony rehearse` does it: keys of practice stand in for those that production made."""
        clock = FixedClock(moment)
        planned = compiled(self._script(name), "practice", clock, str(self.archive))
        with practice_tokens(planned.plan, planned.stand_ins) as tokens:
            self._perform(planned.plan, tokens, DrawnSecrets(), clock)

    def hold(self, name: str, moment: datetime) -> None:
        """As `ceremony run` does it, on tokens that stay; the plan is written down."""
        self.home.activate()
        clock = FixedClock(moment)
        plan = compiled(self._script(name), "production", clock, str(self.archive)).plan
        lines = (*plan_lines(plan), "", *finding_lines(plan.findings), "")
        (self.plans / f"{name}.txt").write_text("\n".join(lines), "utf-8")
        self._perform(plan, ProductionTokens(plan, "softhsm"), _secrets(plan), clock)

    def _script(self, name: str) -> Path:
        return self.ca / "ceremonies" / f"{name}.yaml"

    def _perform(self, plan: Plan, tokens: Tokens, secrets: DrawnSecrets | GivenSecrets, clock: FixedClock) -> None:
        """Ends the process, saying why, where the ceremony does not close."""
        name = plan.script.id
        grave = [str(found) for found in plan.findings if found.severity in {Severity.ERROR, Severity.FATAL}]
        if grave:
            sys.exit("\n".join([f"{plan.mode} {name}", *grave]))
        answers = load_answers(self.ca / "answers" / f"{name}.yaml")
        said = io.StringIO()
        with UnattendedOfficiant(answers, secrets, said, clock=clock) as officiant:
            outcome = perform(plan, officiant, archive=self.archive, clock=clock, tokens=tokens, export_to=self.stick)
        if not outcome.closed:
            sys.exit(f"{plan.mode} {name}\n{said.getvalue()}")

    def _name_credential(self, person: Person, der: bytes) -> None:
        path = self.ca / "people.yaml"
        roles = f"    roles: [{', '.join(person.roles)}]\n"
        before, name, after = path.read_text("utf-8").partition(f"  - id: {person.id}\n")
        entry = f'    credential: {{certificate_sha256: "{sha256(der).hexdigest()}", token_label: {person.id}}}\n'
        path.write_text(before + name + after.replace(roles, roles + entry, 1), "utf-8")


def _secrets(plan: Plan) -> GivenSecrets:
    """One PIN for every token that the script names."""
    script = plan.script
    labels = [script.token.label, *(token.label for token in script.other_tokens.values())]
    names = [*(f"token-pin:{label}" for label in labels), f"credential-pin:{script.seal_by}"]
    held = {name: Secret(PIN) for name in names}
    return GivenSecrets(held | {f"token-so-pin:{label}": Secret(SO_PIN) for label in labels})


def alone(do: Callable[..., None], *arguments: object) -> None:
    """In a process of its own, which loads the PKCS#11 module anew. Ends this one where that one fails."""
    process = get_context("fork").Process(target=do, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit(1)


def main(folder: Path, ca: str) -> None:
    """All ceremonies of a life, in order, each after its rehearsal."""
    credential.PRACTICE_DAYS = 730  # one credential seals the records of a whole life
    life = Life(folder, ca)
    life.warm_up()
    alone(life.credentials, LIFE[0][1])
    for name, moment in LIFE:
        alone(life.rehearse, name, moment)
        alone(life.hold, name, moment)
    life.home.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
