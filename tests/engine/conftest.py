"""A small certification authority on disk, and an officiant that answers what a test tells it to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ceremony.cli.proving import judge
from ceremony.engine.host import Host
from ceremony.engine.judgement import Judge
from ceremony.engine.notices import AgreedClock, Line, Notice, Outcome, Overview, StepChange
from ceremony.engine.performance import perform
from ceremony.engine.questions import SecretRequest
from ceremony.engine.tokens import PracticeTokens, ProductionTokens, Tokens
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import past_of_archive
from ceremony.script.plan import Mode, Plan
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain, read_chain
from ceremony.verify.ceremony import verify_ceremony
from ceremony.verify.verdict import Verdict
from tests.house.people import People

POLICY = """\
format: ceremony-policy/1
ca: {name: Small CA, country: ID}
cp_cps: {title: Small CA CPS, version: "1", date: "2026-11-01"}
keys:
  curve: {algorithm: p-256}
certificates:
  root:
    lint_as: root-ca
    subject:
      - {type: C, value: ID, string: printable}
      - {type: O, value: Small CA}
      - {type: CN, value: Small Root}
    issuer: root
    key: curve
    signature: ecdsa-sha256
    validity: {lifetime: 20y, starts: day}
    extensions:
      - {type: basic-constraints, critical: true, ca: true}
      - {type: key-usage, critical: true, usages: [keyCertSign, cRLSign]}
      - {type: subject-key-identifier, method: sha1}
      - {type: authority-key-identifier}
  sub:
    lint_as: internal-unconstrained-tls-ca
    subject:
      - {type: C, value: ID, string: printable}
      - {type: O, value: Small CA}
      - {type: CN, value: Small TLS CA}
    issuer: root
    key: curve
    signature: ecdsa-sha256
    validity: {lifetime: 5y, starts: day}
    extensions:
      - {type: basic-constraints, critical: true, ca: true, path_length: 0}
      - {type: key-usage, critical: true, usages: [keyCertSign, cRLSign]}
      - {type: extended-key-usage, critical: false, purposes: [serverAuth]}
      - {type: certificate-policies, policies: [{oid: 2.23.140.1.2.1}]}
      - {type: crl-distribution-points, urls: ["http://pki.example.org/root.crl"]}
      - {type: authority-information-access, access: [{method: ca-issuers, url: "http://pki.example.org/root.cer"}]}
      - {type: subject-key-identifier, method: sha1}
      - {type: authority-key-identifier}
"""

PEOPLE = """\
format: ceremony-people/1
people:
  - {id: rini, name: Rini Wulandari, organisation: Small CA, roles: [administrator]CREDENTIAL}
  - {id: agus, name: Agus Santoso, organisation: Small CA, roles: [custodian]}
  - {id: dewi, name: Dewi Lestari, organisation: Small CA, roles: [custodian]}
  - {id: budi, name: Budi Hartono, organisation: Small CA, roles: [custodian]}
  - {id: siti, name: Siti Rahmawati, organisation: Small CA, roles: [witness]}
"""

SCRIPT = """\
format: ceremony-script/1
id: small
title: A small ceremony
version: "1"
purpose: To make one root and one intermediate.
location: A room
policy: policy.yaml
people: people.yaml
roles:
  administrator: {people: [rini], duty: leads}
  custodian: {people: [agus, dewi, budi], needed: 2, duty: hold the token}
  witness: {people: [siti], duty: watches}
seal_by: rini
token: {label: SMALL-ROOT}
sections:
  - title: Opening
    steps:
      - {id: roll, kind: roll-call, actor: administrator, text: Call the roll.}
      - {id: state, kind: attest, actor: administrator, witness: witness, text: Say it., statement: The room is closed.}
      - id: bag
        kind: record
        actor: administrator
        text: Read the bag.
        fields: [{name: bag, label: Bag number, pattern: "BAG-[0-9]+"}]
      - {id: clock, kind: compare-clock, actor: administrator, witness: witness, text: Compare., tolerance_seconds: 30}
      - {id: open, kind: open-token, actor: custodian, initialise: true, text: Insert it.}
  - title: Keys
    steps:
      - {id: root-key, kind: generate-key, actor: custodian, key: root, profile: curve, text: Make it.}
      - {id: root-sign, kind: self-sign, actor: custodian, certificate: root, profile: root, key: root, text: Sign it.}
      - {id: sub-key, kind: generate-key, actor: custodian, key: sub, profile: curve, text: Make it.}
      - id: sub-sign
        kind: issue
        actor: custodian
        certificate: sub
        profile: sub
        key: sub
        issuer: root
        text: Sign it.
  - title: End
    steps:
      - {id: inventory, kind: review-inventory, actor: administrator, text: Look.}
      - {id: export, kind: export, actor: administrator, medium: Stick, text: Copy.}
      - {id: close, kind: close, actor: administrator, witness: witness, text: Close.}
"""


@dataclass
class TestOfficiant(People):
    """Willing people, and what they were told."""

    __test__ = False
    pin: str = "31415926"
    lines: list[Line] = field(default_factory=list)
    changes: list[StepChange] = field(default_factory=list)
    agreed: list[int] = field(default_factory=list)
    overview: Overview | None = None

    def begin(self, overview: Overview) -> None:
        self.overview = overview

    def notice(self, notice: Notice) -> None:
        match notice:
            case Line():
                self.lines.append(notice)
            case StepChange():
                self.changes.append(notice)
            case AgreedClock():
                self.agreed.append(notice.offset_seconds)

    def secret(self, request: SecretRequest) -> Secret:
        text = f"so-{self.pin}" if "-so-pin:" in request.name else self.pin
        return Secret(str(self.answer("secret", request, text)))


@dataclass
class SmallCa:
    """The files of a small CA, and the means to perform its ceremony on SoftHSM."""

    folder: Path
    archive: Path
    sticks: Path
    officiant: TestOfficiant
    clock: Clock = field(default_factory=Clock)
    module: str = "softhsm"
    """What reaches the tokens of practice."""
    judge: Judge = judge

    @property
    def script(self) -> Path:
        return self.folder / "script.yaml"

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new))

    def plan(self, mode: Mode = "practice") -> Plan:
        return compile_plan(load_script(self.script, past=past_of_archive(self.archive, mode)), mode, self.clock.utc())

    def tokens(self, plan: Plan) -> Tokens:
        if plan.mode == "production":
            return ProductionTokens(plan)
        return PracticeTokens(plan, Module.load(self.module))

    def perform(self, mode: Mode = "practice", *, overrides: tuple[str, ...] = ()) -> Outcome:
        plan = self.plan(mode)
        return perform(
            plan,
            self.officiant,
            archive=self.archive,
            clock=self.clock,
            tokens=self.tokens(plan),
            export_to=self.sticks,
            host=Host(overrides),
            verdict=self.judge,
        )

    def chain(self, number: int = 1) -> Chain:
        return read_chain(CeremonyFolder(self.archive / f"{number:04d}-small").record)

    def verdict(self, number: int = 1) -> Verdict:
        return verify_ceremony(self.archive / f"{number:04d}-small")

    def kinds(self, step: str | None = None, *, number: int = 1) -> list[str]:
        """Of all lines; of one step, or with nothing between the quotes of those that belong to none."""
        return [e.event.kind for e in self.chain(number).entries if step is None or e.event.step == step]

    def labels(self, kind: str, number: int = 1) -> list[str]:
        """The labels of the tokens that the lines of a kind are about, in order."""
        return [entry.data.label for entry in self.chain(number).entries if entry.event.kind == kind]


@pytest.fixture
def small(tmp_path: Path, softhsm: SoftHsmHome) -> SmallCa:
    """A small CA with one root and one intermediate, all P-256, in practice mode unless a test says otherwise."""
    folder, sticks = tmp_path / "ca", tmp_path / "stick"
    folder.mkdir()
    sticks.mkdir()
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "people.yaml").write_text(PEOPLE.replace("CREDENTIAL", ""))
    (folder / "script.yaml").write_text(SCRIPT)
    return SmallCa(folder, tmp_path / "archive", sticks, TestOfficiant())
