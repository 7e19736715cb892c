"""A CA that is played through the years: scripts made of steps, tokens that are kept, a clock that is moved."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from ceremony.engine.answers import load_answers
from ceremony.engine.performance import perform
from ceremony.engine.secrets_source import DrawnSecrets
from ceremony.engine.tokens import PracticeTokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import FixedClock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.register import Register

CA = Path(__file__).parent / "ca"
TOKEN = "YEARS"
Steps = Sequence[dict[str, Any]]

ROLL = {"id": "roll", "kind": "roll-call", "actor": "administrator", "text": "Call the roll."}
COMPARE = {"id": "clock", "kind": "compare-clock", "actor": "administrator", "text": "Compare."}
CLOSE = [
    {"id": "inventory", "kind": "review-inventory", "actor": "administrator", "text": "Look."},
    {"id": "close", "kind": "close", "actor": "administrator", "text": "Close it."},
]
ANSWERS = {
    "compare-clock": {"fields": {"source": "A clock that is moved by hand", "reference": "{utc}"}},
    "incident": {"fields": {"what": "A laptop with access was stolen.", "aware": "{utc}"}},
}


class KeptSecrets(DrawnSecrets):
    """The PINs of practice tokens that serve through all years: a ceremony that ends does not forget them."""

    def wipe(self) -> None:
        """The tokens are opened again next year."""

    def pin_of(self, label: str) -> Secret:
        """The PIN of a token that was opened before."""
        return Secret(self._held[f"token-pin:{label}"].reveal())


def write_script(folder: Path, name: str, steps: Steps, *, initialise: bool = False) -> Path:
    """The script of a ceremony with these steps between its opening and its close; `folder` is the CA's own."""
    opening = {"id": "open", "kind": "open-token", "actor": "custodian", "text": "Put it in.", "initialise": initialise}
    acting = [{"actor": "custodian", "text": "Do it.", **step} for step in steps]
    first = [step for step in acting if step["kind"] == "incident"]
    rest = [step for step in acting if step["kind"] != "incident"]
    script = {
        "format": "ceremony-script/1",
        "id": name,
        "title": name,
        "version": "1.0",
        "purpose": "To go through the years.",
        "location": "Test room",
        "policy": "../policy.yaml",
        "people": "../people.yaml",
        "roles": {
            "administrator": {"people": ["rini"], "duty": "Leads."},
            "custodian": {"people": ["agus", "dewi"], "duty": "Hold the token."},
            "witness": {"people": ["siti"], "duty": "Watches."},
        },
        "seal_by": "rini",
        "token": {"label": TOKEN},
        "other_tokens": {"vault": {"label": "VAULT"}},
        "sections": [{"title": "All", "steps": [ROLL, COMPARE, *first, opening, *rest, *CLOSE]}],
    }
    path = folder / "ceremonies" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(script, sort_keys=False))
    return path


def plan_of(folder: Path, archive: Path, name: str, steps: Steps, now: datetime, *, initialise: bool = False) -> Plan:
    """The plan of that script in practice, over what the archive holds. No token is touched."""
    path = write_script(folder, name, steps, initialise=initialise)
    return compile_plan(load_script(path, past=past_of_archive(archive, "practice")), "practice", now)


class Ca:
    """One archive, one SoftHSM home, one clock."""

    def __init__(self, folder: Path, start: datetime, *, policy: Path = CA / "policy.yaml") -> None:
        """Everything lies below `folder`; the policy is copied, and the people are always the same."""
        self.archive = folder / "archive"
        self.own = folder / "ca"
        self.home = SoftHsmHome.create(folder / "softhsm")
        self.home.activate()
        self.module = Module.load("softhsm")
        self.clock = FixedClock(start)
        self.secrets = KeptSecrets()
        self.own.mkdir()
        shutil.copy(policy, self.own / "policy.yaml")
        shutil.copy(CA / "people.yaml", self.own)

    def move_to(self, moment: datetime) -> None:
        """Time passes."""
        self.clock.advance((moment - self.clock.machine_utc()).total_seconds())

    @property
    def register(self) -> Register:
        """What the ceremonies so far add up to."""
        return past_of_archive(self.archive, "practice").register

    def plan(self, name: str, steps: Steps, *, initialise: bool = False) -> Plan:
        """The plan of a script with these steps between its opening and its close."""
        return plan_of(self.own, self.archive, name, steps, self.clock.utc(), initialise=initialise)

    def hold(self, name: str, steps: Steps, *, initialise: bool = False) -> Plan:
        """Plan and perform; the plan. Fails with what was said where the ceremony does not close."""
        plan = self.plan(name, steps, initialise=initialise)
        assert plan.ok, "\n".join(str(finding) for finding in plan.findings if finding.severity.blocks)
        said = io.StringIO()
        answers = {item.step.id: ANSWERS[item.step.kind] for item in plan.steps if item.step.kind in ANSWERS}
        path = self.own / "answers.yaml"
        path.write_text(yaml.safe_dump({"format": "ceremony-answers/1", "steps": answers}))
        with UnattendedOfficiant(load_answers(path), self.secrets, said, clock=self.clock) as officiant:
            outcome = perform(
                plan,
                officiant,
                archive=self.archive,
                clock=self.clock,
                tokens=PracticeTokens(plan, self.module),
            )
        assert outcome.closed, said.getvalue()
        return plan

    def sign(self, key: str, algorithm: str, octets: bytes) -> bytes:
        """A signature outside every ceremony, as somebody could make it who has the token and its PIN."""
        entry = self.register.key(key)
        assert entry is not None
        token = self.module.find(entry.token_label)
        with self.module.open(token, self.secrets.pin_of(entry.token_label)) as session:
            return session.sign(bytes.fromhex(entry.key_id), algorithm, octets)
