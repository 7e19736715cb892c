"""Holds a production archive on SoftHSM: `hold_ledger.py FOLDER` leaves `archive/`, three ceremonies, and `ca/`.

Items come in, one of them in damaged packaging; a bag has another number than the one that was sealed last; a card is
destroyed; the laptop goes away and comes back. It runs as a program of its own, so that no test shares a PKCS#11 module
with it.
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
from ceremony.engine.secrets_source import GivenSecrets
from ceremony.engine.tokens import ProductionTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome

HERE = Path(__file__).parent / "ca"
PIN, SO_PIN = "test-user-pin", "test-so-pin-9"
SECRETS = {"token-pin:SMALL": PIN, "token-so-pin:SMALL": SO_PIN, "credential-pin:RINI": PIN}


def main(folder: Path) -> None:
    """Three ceremonies on one SoftHSM home."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE, folder / "ca")
    home = SoftHsmHome.create(folder / "softhsm")
    home.activate()
    _credential(folder / "ca")
    for script in ("first", "second", "third"):
        _hold(folder, script)
    home.remove()


def _hold(folder: Path, script: str) -> None:
    clock, archive = Clock(), folder / "archive"
    loaded = load_script(folder / "ca" / f"{script}.yaml", past=past_of_archive(archive, "production"))
    plan = compile_plan(loaded, "production", clock.utc())
    said = io.StringIO()
    given = GivenSecrets({name: Secret(pin) for name, pin in SECRETS.items()})
    answers = load_answers(folder / "ca" / f"{script}-answers.yaml")
    with UnattendedOfficiant(answers, given, said, clock=clock) as officiant:
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=ProductionTokens(plan))
    if not outcome.closed:
        sys.exit(said.getvalue() + "".join(f"\n{finding}" for finding in plan.findings))


def _credential(ca: Path) -> None:
    """A token of Rini's own; people.yaml is made to name it."""
    module = Module.load("softhsm")
    token = module.initialise("RINI", Secret(SO_PIN), Secret(PIN))
    person = load_script(ca / "first.yaml").people.people.people[0]
    with module.open(token, Secret(PIN)) as session:
        der = make_practice_credential(session, person, Clock())
    credential = f"credential: {{certificate_sha256: '{sha256(der).hexdigest()}', token_label: RINI}}"
    people = ca / "people.yaml"
    people.write_text(people.read_text().replace("roles: [administrator]}", f"roles: [administrator], {credential}}}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
