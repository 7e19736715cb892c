"""Holds real ceremonies on SoftHSM for the tests: `hold_ceremonies.py FOLDER` leaves three archives there.

`practice/` holds two ceremonies, `production/` one, sealed with a credential that people.yaml names.
`later/` is that archive with a second ceremony, which issues under the first one's root, with its key, on its token.
`ca/` is the CA's folder.
It runs as a program of its own, so that no test shares a PKCS#11 module with it.
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

HERE = Path(__file__).parent / "small-ca"
PIN, SO_PIN = "test-user-pin", "test-so-pin-9"


def main(folder: Path) -> None:
    """Two rehearsals, then the same script in production, then one that goes on from what that left."""
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(2):
        rehearsed = planned(HERE / "ceremonies" / "small.yaml", "practice", folder / "practice")
        with practice_tokens(rehearsed) as tokens:
            hold(rehearsed, folder / "practice", tokens, DrawnSecrets())
    shutil.copytree(HERE, folder / "ca")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    credential = make_credential(folder / "ca" / "people.yaml")
    secrets = {
        "token-pin:SMALL": PIN,
        "token-so-pin:SMALL": SO_PIN,
        f"credential-pin:{credential}": PIN,
    }
    for archive, script in (("production", "small"), ("later", "later")):
        if archive == "later":
            shutil.copytree(folder / "production", folder / "later")
        plan = planned(folder / "ca" / "ceremonies" / f"{script}.yaml", "production", folder / archive)
        given = GivenSecrets({name: Secret(pin) for name, pin in secrets.items()})  # each serves once
        hold(plan, folder / archive, ProductionTokens(plan, "softhsm"), given)
    home.remove()


def planned(script: Path, mode: Mode, archive: Path) -> Plan:
    return compile_plan(load_script(script, past=past_of_archive(archive, mode)), mode, Clock().utc())


def hold(plan: Plan, archive: Path, tokens: Tokens, secrets: DrawnSecrets | GivenSecrets) -> None:
    said = io.StringIO()
    (archive.parent / "media").mkdir(exist_ok=True)
    media = archive.parent / "media" / plan.mode / str(len(list(archive.glob("*"))))
    media.mkdir(parents=True)
    clock = Clock()
    with UnattendedOfficiant(load_answers(HERE / "answers.yaml"), secrets, said, clock=clock) as officiant:
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=tokens, export_to=media)
    if not outcome.closed:
        sys.exit(said.getvalue())


def make_credential(people: Path) -> str:
    """A token of Rini's own with a key and certificate; people.yaml is made to name it. Returns its label."""
    label = "RINI"
    module = Module.load("softhsm")
    token = module.initialise(label, Secret(SO_PIN), Secret(PIN))
    person = load_script(HERE / "ceremonies" / "small.yaml").people.people.people[0]
    with module.open(token, Secret(PIN)) as session:
        der = make_practice_credential(session, person, Clock())
    credential = f'credential: {{certificate_sha256: "{sha256(der).hexdigest()}", token_label: {label}}}'
    text = people.read_text().replace("roles: [administrator]}", f"roles: [administrator], {credential}}}")
    people.write_text(text)
    return label


if __name__ == "__main__":
    main(Path(sys.argv[1]))
