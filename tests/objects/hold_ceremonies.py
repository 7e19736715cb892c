"""Holds ceremonies on SoftHSM for the tests: `hold_ceremonies.py FOLDER` leaves `archive/`, `practice/` and `ca/`.

In `archive/` one makes two roots, and a second signs with them for strangers and for each other; in `practice/` one
does all of it on a token of its own. It runs as a program of its own, so that no test shares a PKCS#11 module with it.
"""

from __future__ import annotations

import io
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from ceremony.engine.answers import load_answers
from ceremony.engine.credential import make_practice_credential
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens, Tokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode, Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from tests.objects.strangers import strangers

CA = Path(__file__).parent / "ca"
PIN, SO_PIN = "test-user-pin", "test-so-pin-9"


def main(folder: Path) -> None:
    """Both in production, on one token; then the whole in practice."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(CA, folder / "ca")
    strangers(folder / "ca" / "requests")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    make_credential(folder / "ca" / "people.yaml")
    for script in ("generation", "work"):
        plan = planned(folder / "ca" / "ceremonies" / f"{script}.yaml", "production", folder / "archive")
        secrets = {"token-pin:TWINS": PIN, "token-so-pin:TWINS": SO_PIN, "credential-pin:RINI": PIN}
        given = GivenSecrets({name: Secret(pin) for name, pin in secrets.items()})  # each serves once
        hold(plan, folder / "archive", ProductionTokens(plan, "softhsm"), given)
    home.remove()
    plan = planned(whole(folder / "ca" / "ceremonies"), "practice", folder / "practice")
    with practice_tokens(plan) as tokens:
        hold(plan, folder / "practice", tokens, DrawnSecrets())


def whole(ceremonies: Path) -> Path:
    """A script that makes the roots and goes on with everything else."""
    begun, _, end = (ceremonies / "generation.yaml").read_text().partition("  - title: End\n")
    work = (ceremonies / "work.yaml").read_text().partition("  - title: Work\n    steps:\n")[2]
    path = ceremonies / "whole.yaml"
    path.write_text(begun.replace("id: generation", "id: whole", 1) + work)
    assert end in work
    return path


def planned(script: Path, mode: Mode, archive: Path) -> Plan:
    return compile_plan(load_script(script, past=past_of_archive(archive, mode)), mode, Clock().utc())


def hold(plan: Plan, archive: Path, tokens: Tokens, secrets: DrawnSecrets | GivenSecrets) -> None:
    said = io.StringIO()
    if not plan.ok:
        sys.exit("\n".join(map(str, plan.findings)))
    media = archive.parent / "media" / plan.mode / str(len(list(archive.glob("*"))))
    media.mkdir(parents=True)
    clock = Clock()
    with UnattendedOfficiant(load_answers(CA / "answers.yaml"), secrets, said, clock=clock) as officiant:
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=tokens, export_to=media)
    if not outcome.closed:
        sys.exit(said.getvalue())


def make_credential(people: Path) -> None:
    """A token of Rini's own with a key and certificate; people.yaml is made to name it."""
    module = Module.load("softhsm")
    token = module.initialise("RINI", Secret(SO_PIN), Secret(PIN))
    person = load_script(people.parent / "ceremonies" / "generation.yaml").people.people.people[0]
    with module.open(token, Secret(PIN)) as session:
        der = make_practice_credential(session, person, Clock())
    credential = f'credential: {{certificate_sha256: "{sha256(der).hexdigest()}", token_label: RINI}}'
    text = people.read_text().replace("roles: [administrator]}", f"roles: [administrator], {credential}}}")
    people.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
