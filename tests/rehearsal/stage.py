"""A CA on a stage: scripts made of steps, rehearsed and then performed in production, in one archive, on SoftHSM."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ceremony.cli.planning import Planned, compiled
from ceremony.engine.answers import load_answers
from ceremony.engine.notices import Outcome
from ceremony.engine.performance import perform
from ceremony.engine.practice import ShownSecrets, practice_tokens
from ceremony.engine.secrets_source import DrawnSecrets, GivenSecrets
from ceremony.engine.tokens import ProductionTokens, Tokens
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.room.clock import FixedClock
from ceremony.script.plan import Mode, Plan
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from tests.house.held import PIN, give_credential, given, secrets_of

CA = Path(__file__).parent / "ca"
SECRETS = secrets_of("STAGE", "VAULT", **{"token-pin:VAULT": f"{PIN}-2"})
OPENING = [
    {"id": "roll", "kind": "roll-call", "actor": "administrator", "text": "Call the roll."},
    {"id": "clock", "kind": "compare-clock", "actor": "administrator", "text": "Compare."},
]
CLOSE = [
    {"id": "inventory", "kind": "review-inventory", "actor": "administrator", "text": "Look."},
    {"id": "close", "kind": "close", "actor": "administrator", "text": "Close it."},
]
ANSWERS = """\
format: ceremony-answers/1
steps:
  clock: {fields: {source: A clock that is moved by hand, reference: "{utc}"}}
"""
INCIDENT = '  incident: {fields: {what: A laptop with root access was stolen., aware: "{utc}"}}\n'

GENERATION: list[dict[str, Any]] = [
    {"id": "make-root", "kind": "generate-key", "key": "root", "profile": "kept"},
    {"id": "sign-root", "kind": "self-sign", "certificate": "root", "profile": "root", "key": "root"},
    {"id": "make-issuing", "kind": "generate-key", "key": "issuing", "profile": "plain"},
    {
        "id": "sign-issuing",
        "kind": "issue",
        "certificate": "issuing",
        "profile": "issuing",
        "key": "issuing",
        "issuer": "root",
    },
    {"id": "make-second", "kind": "generate-key", "key": "second", "profile": "plain"},
    {
        "id": "sign-second",
        "kind": "self-sign",
        "certificate": "second-root",
        "profile": "second-root",
        "key": "second",
    },
    {"id": "list", "kind": "sign-crl", "crl": "root-1", "profile": "root", "issuer": "root", "first": True},
    {"id": "backup", "kind": "backup-key", "keys": ["root"], "token": "vault", "initialise": True},
]
LATER: list[dict[str, Any]] = [
    {
        "id": "list",
        "kind": "sign-crl",
        "crl": "root-2",
        "profile": "root",
        "issuer": "root",
        "revoke": [{"certificate": "issuing", "reason": "superseded"}],
    },
    {
        "id": "cross",
        "kind": "cross-sign",
        "certificate": "second-by-root",
        "profile": "second-by-root",
        "existing": "second-root",
        "issuer": "root",
    },
    {"id": "make-answers", "kind": "generate-key", "key": "answers", "profile": "plain"},
    {
        "id": "sign-answers",
        "kind": "issue",
        "certificate": "answers",
        "profile": "answers",
        "key": "answers",
        "issuer": "root",
    },
    {"id": "answer", "kind": "sign-ocsp", "profile": "root", "issuer": "root", "responder": "answers"},
    {"id": "ask", "kind": "make-request", "request": "onward", "profile": "onward", "key": "second"},
    {"id": "try", "kind": "restore-test", "keys": ["root"], "token": "vault"},
]


class Stage:
    """One CA's folder, one archive, one SoftHSM home for production, one clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "archive"
        self.clock = FixedClock(datetime(2027, 1, 4, 8, 0, tzinfo=UTC))
        self.said = ""
        shutil.copytree(CA, folder / "ca")
        self.answers = folder / "ca" / "answers.yaml"
        self.answers.write_text(ANSWERS)
        self.home = SoftHsmHome.create(folder / "softhsm")
        self.home.activate()
        self.module = Module.load("softhsm")

    @property
    def policy(self) -> Path:
        """The policy, to be changed between a rehearsal and its production."""
        return self.folder / "ca" / "policy.yaml"

    def change_policy(self, old: str, new: str) -> None:
        """One change of its text."""
        text = self.policy.read_text()
        assert old in text
        self.policy.write_text(text.replace(old, new))

    def make_credential(self) -> None:
        """A token of Rini's own; people.yaml is made to name it."""
        script = self.script("for-people", [], initialise=True)
        give_credential(self.folder / "ca" / "people.yaml", script, clock=self.clock)

    def script(
        self, name: str, steps: Sequence[dict[str, Any]], *, initialise: bool = False, rehearsed: str = "may"
    ) -> Path:
        """The file of a script with these steps between its opening and its close."""
        opening = {"id": "open", "kind": "open-token", "actor": "custodian", "text": "Put it in."}
        acting = [{"actor": "custodian", "text": "Do it.", **step} for step in steps]
        script = {
            "format": "ceremony-script/1",
            "id": name,
            "title": name,
            "version": "1.0",
            "purpose": "To be rehearsed.",
            "location": "Test room",
            "policy": "../policy.yaml",
            "people": "../people.yaml",
            "rehearsed": rehearsed,
            "roles": {
                "administrator": {"people": ["rini"], "duty": "Leads."},
                "custodian": {"people": ["agus", "dewi"], "duty": "Hold the token."},
                "witness": {"people": ["siti"], "duty": "Watches."},
            },
            "seal_by": "rini",
            "token": {"label": "STAGE"},
            "other_tokens": {"vault": {"label": "VAULT"}},
            "sections": [{"title": "All", "steps": [*OPENING, {**opening, "initialise": initialise}, *acting, *CLOSE]}],
        }
        path = self.folder / "ca" / "ceremonies" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(script, sort_keys=False))
        return path

    def plan(self, script: Path, mode: Mode, tokens: Path | None = None) -> Planned:
        """As the command line plans it."""
        return compiled(script, mode, self.clock, str(self.archive), str(tokens) if tokens else None)

    def rehearse(self, script: Path, tokens: Path | None = None) -> Outcome:
        """A rehearsal, to its close."""
        planned = self.plan(script, "practice", tokens)
        secrets = ShownSecrets() if tokens else DrawnSecrets()
        with practice_tokens(planned.plan, planned.stand_ins, tokens) as practice:
            outcome = self._hold(planned.plan, practice, secrets)
        assert outcome.closed, self.said
        return outcome

    def run(self, script: Path, *, unplanned: bool = False) -> Outcome:
        """Production, however it ends. `unplanned` takes what the plan found away: to see what the room still finds."""
        plan = self.plan(script, "production").plan
        if unplanned:
            plan = replace(plan, findings=())
        self.home.activate()
        return self._hold(plan, ProductionTokens(plan, "softhsm"), given(SECRETS))

    def _hold(self, plan: Plan, tokens: Tokens, secrets: DrawnSecrets | GivenSecrets) -> Outcome:
        assert plan.ok, "\n".join(str(finding) for finding in plan.findings if finding.severity.blocks)
        said = io.StringIO()
        with UnattendedOfficiant(load_answers(self.answers), secrets, said, clock=self.clock) as officiant:
            outcome = perform(plan, officiant, archive=self.archive, clock=self.clock, tokens=tokens)
        self.said = said.getvalue()
        return outcome
