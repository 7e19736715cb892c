"""Archives held once for a test run, by programs of their own: no test shares a PKCS#11 module with them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from ceremony.engine.answers import load_answers
from ceremony.engine.notices import Outcome
from ceremony.engine.performance import perform
from ceremony.engine.practice import practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode, Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from tests.house.credentials import give

ROOT = Path(__file__).parents[2]
PIN, SO_PIN, CREDENTIAL = "test-user-pin", "test-so-pin-9", "RINI"


def held_by(program: Path, folder: Path) -> Path:
    """Run a program that holds ceremonies in a folder; nobody writes into it afterwards."""
    done = subprocess.run(
        [sys.executable, str(program), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def secrets_of(*labels: str, **others: str) -> dict[str, str]:
    """The PINs of tokens, and of the credential that seals, as `--secrets-fd` gives them."""
    known = {f"credential-pin:{CREDENTIAL}": PIN}
    for label in labels:
        known |= {f"token-pin:{label}": PIN, f"token-so-pin:{label}": SO_PIN}
    return known | others


def given(secrets: dict[str, str]) -> GivenSecrets:
    """The same as their source: each serves once."""
    return GivenSecrets({name: Secret(pin) for name, pin in secrets.items()})


def planned(script: Path, mode: Mode, archive: Path, clock: Clock | None = None) -> Plan:
    """The plan of a script after what the archive holds. Ends the program where it has faults."""
    loaded = load_script(script, past=past_of_archive(archive, mode))
    plan = compile_plan(loaded, mode, (clock or Clock()).utc())
    if not plan.ok:
        sys.exit("\n".join(str(finding) for finding in plan.findings if finding.severity.blocks))
    return plan


def rehearse(script: Path, archive: Path, answers: Path, **more: Any) -> Outcome:
    """A rehearsal on practice tokens of its own, to its close."""
    plan = planned(script, "practice", archive)
    with practice_tokens(plan) as tokens:
        return performed(plan, archive, answers, tokens=tokens, secrets=DrawnSecrets(), **more)


def hold(script: Path, archive: Path, answers: Path, secrets: dict[str, str], **more: Any) -> Outcome:
    """A ceremony in production on the SoftHSM that is there, to its close."""
    plan = planned(script, "production", archive)
    tokens = ProductionTokens(plan, "softhsm")
    return performed(plan, archive, answers, tokens=tokens, secrets=given(secrets), **more)


def performed(
    plan: Plan,
    archive: Path,
    answers: Path,
    *,
    tokens: Any,
    secrets: DrawnSecrets | GivenSecrets,
    media: Path | None = None,
    clock: Clock | None = None,
    by: type[UnattendedOfficiant] = UnattendedOfficiant,
    closes: bool = True,
) -> Outcome:
    """What comes of a plan that nobody attends, on the medium `media` where it is given. Ends the program, with what
    was said, where the ceremony does not end as it should: with its close, unless `closes` says otherwise."""
    said, clock = io.StringIO(), clock or Clock()
    if media is not None:
        media.mkdir(parents=True)
    with by(load_answers(answers), secrets, said, clock=clock) as officiant:
        outcome = perform(plan, officiant, archive=archive, clock=clock, tokens=tokens, export_to=media)
    if outcome.closed != closes:
        sys.exit(f"closed: {outcome.closed}\n{said.getvalue()}")
    return outcome


def give_credential(people: Path, script: Path, *, person: str = "rini", clock: Clock | None = None) -> None:
    """A token of somebody's own with a key and certificate, labelled with the name; the people file names it."""
    module, label = Module.load("softhsm"), person.upper()
    token = module.initialise(label, Secret(SO_PIN), Secret(PIN))
    named = next(one for one in load_script(script).people.people.people if one.id == person)
    with module.open(token, Secret(PIN)) as session:
        der = give(session, named, (clock or Clock()).machine_utc())
    name_credential(people, person, der)


def name_credential(people: Path, person: str, der: bytes, label: str = "") -> None:
    """Let a people file in flow style, one line a person, name a certificate and a token."""
    digest = sha256(der).hexdigest()
    entry = f'credential: {{certificate_sha256: "{digest}", token_label: {label or person.upper()}}}'
    lines = people.read_text("utf-8").splitlines()
    mine = next(at for at, line in enumerate(lines) if f"id: {person}," in line)
    lines[mine] = lines[mine].partition(", credential:")[0].removesuffix("}") + f", {entry}}}"
    people.write_text("\n".join(lines) + "\n", "utf-8")
