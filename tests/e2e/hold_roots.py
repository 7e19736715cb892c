"""Holds what comes before a yearly CRL: `hold_roots.py FOLDER` leaves a CA with its roots, made in production.

`FOLDER/ca` is the ISRG example with a true credential of its administrator, `FOLDER/archive` the rehearsal and the
ceremony, `FOLDER/softhsm` the tokens. The clock of that day is eleven months back.
"""

from __future__ import annotations

import io
import shutil
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock, FixedClock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode, Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from tests.house.credentials import give

ROOT = Path(__file__).resolve().parents[2]
PIN, SO_PIN = "PINCANARY-16180339", "SOCANARY-14142135"
CREDENTIAL = "OWN-MOREAU"


def main(folder: Path) -> None:
    """The rehearsal, then the same script in production."""
    ca, archive = folder / "ca", folder / "archive"
    shutil.copytree(ROOT / "policies/isrg", ca)
    clock = FixedClock(Clock().utc() - timedelta(days=330))
    rehearsed = planned(ca, archive, "practice", clock)
    with practice_tokens(rehearsed) as tokens:
        hold(rehearsed, ca, archive, tokens, DrawnSecrets(), clock)
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    give_credential(ca, clock)
    plan = planned(ca, archive, "production", clock)
    labels = [plan.script.token.label, *(token.label for token in plan.script.other_tokens.values())]
    secrets = {f"credential-pin:{CREDENTIAL}": PIN}
    for label in labels:
        secrets |= {f"token-pin:{label}": PIN, f"token-so-pin:{label}": SO_PIN}
    given = GivenSecrets({name: Secret(pin) for name, pin in secrets.items()})
    hold(plan, ca, archive, ProductionTokens(plan, "softhsm"), given, clock)


def planned(ca: Path, archive: Path, mode: Mode, clock: Clock) -> Plan:
    past = past_of_archive(archive, mode)
    plan = compile_plan(load_script(ca / "ceremonies/root-generation.yaml", past=past), mode, clock.utc())
    if not plan.ok:
        sys.exit("\n".join(str(finding) for finding in plan.findings if finding.severity.blocks))
    return plan


def hold(plan: Plan, ca: Path, archive: Path, tokens: object, secrets: object, clock: FixedClock) -> None:
    said = io.StringIO()
    media = archive.parent / f"stick-{plan.mode}"
    media.mkdir()
    answers = load_answers(ca / "answers/root-generation.yaml")
    with UnattendedOfficiant(answers, secrets, said, clock=clock) as officiant:  # type: ignore[arg-type]  # one of the two sources
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=tokens, export_to=media)  # type: ignore[arg-type]  # one of the two kinds
    if not outcome.closed:
        sys.exit(said.getvalue())


def give_credential(ca: Path, clock: FixedClock) -> None:
    """A token of the administrator's own; people.yaml is made to name it."""
    module = Module.load("softhsm")
    token = module.initialise(CREDENTIAL, Secret(SO_PIN), Secret(PIN))
    people = ca / "people.yaml"
    loaded = load_script(ca / "ceremonies/root-generation.yaml").people.people
    person = next(person for person in loaded.people if person.id == "moreau")
    with module.open(token, Secret(PIN)) as session:
        der = give(session, person, clock.machine_utc())
    assert person.credential is not None
    text = people.read_text()
    people.write_text(text.replace(person.credential.certificate_sha256, sha256(der).hexdigest()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
