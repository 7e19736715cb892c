"""The plan: a script with every reference resolved, every input hashed and every to-be-signed object built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ceremony.canonical import canonical_json, sha256_hex
from ceremony.custody.people import Person
from ceremony.errors import Finding
from ceremony.pki.certificate import Holes
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import CertificateProfile, KeyProfile, Policy
from ceremony.policy.waivers import UsedWaiver
from ceremony.script.models import GenerateKey, Issue, Script, SelfSign, Step

Mode = Literal["practice", "production"]

PRACTICE_PREFIX = "PRACTICE "
"""What the label of every practice token begins with, and of no production token."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step in its place. `number` counts from 1 through the whole script; `actors` and `witnesses` are people."""

    number: int
    section: str
    title: str
    step: Step
    actors: tuple[Person, ...]
    actor_role: str
    witnesses: tuple[Person, ...]

    @property
    def actor(self) -> Person:
        """The person who acts: the first of those who hold the role."""
        return self.actors[0]


@dataclass(frozen=True, slots=True)
class PlannedCertificate:
    """A certificate that a step will sign, built with its holes standing open (placeholders)."""

    step_id: str
    name: str
    profile_name: str
    profile: CertificateProfile
    issuer_name: str
    """The name of the issuing certificate; its own for a self-signed one."""
    issuer_profile: CertificateProfile
    key: str
    issuer_key: str
    holes: Holes
    to_be_signed: ToBeSigned


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be performed. `sha256` binds script, policy, people and mode; it names no date."""

    mode: Mode
    script: Script
    policy: Policy
    people: dict[str, Person]
    script_octets: bytes
    policy_octets: bytes
    people_octets: bytes
    steps: tuple[PlannedStep, ...]
    certificates: dict[str, PlannedCertificate]
    """By step id, in order."""
    findings: tuple[Finding, ...]
    waivers: tuple[UsedWaiver, ...] = ()
    """Those of the policy that were needed, by certificate."""

    @property
    def ok(self) -> bool:
        """True where nothing forbids to run it."""
        return not any(finding.severity.blocks for finding in self.findings)

    @property
    def key_generations(self) -> int:
        """How many times C_GenerateKeyPair will be called."""
        return sum(isinstance(planned.step, GenerateKey) for planned in self.steps)

    @property
    def signatures(self) -> int:
        """How many times a CA key will sign. The seal is made with a person's key and not counted here."""
        return sum(isinstance(planned.step, SelfSign | Issue) for planned in self.steps)

    @property
    def token_label(self) -> str:
        """The label of the token for this mode: a practice token is never the one that the script names."""
        label = self.script.token.label
        return label if self.mode == "production" else f"{PRACTICE_PREFIX}{label}"[:32].rstrip()

    @property
    def sealer(self) -> Person:
        """The person whose key seals the record."""
        return self.people[self.script.seal_by]

    @property
    def script_sha256(self) -> str:
        """SHA-256 of the script file's bytes."""
        return sha256_hex(self.script_octets)

    @property
    def policy_sha256(self) -> str:
        """SHA-256 of the policy file's bytes."""
        return sha256_hex(self.policy_octets)

    @property
    def people_sha256(self) -> str:
        """SHA-256 of the people file's bytes."""
        return sha256_hex(self.people_octets)

    def key_profile(self, name: str) -> KeyProfile:
        """The key profile of this name in the policy."""
        return self.policy.keys[name]

    def certificate_named(self, name: str) -> PlannedCertificate:
        """The planned certificate of this name."""
        return next(planned for planned in self.certificates.values() if planned.name == name)

    @property
    def sha256(self) -> str:
        """SHA-256 over the canonical JSON of everything that the plan fixes."""
        return sha256_hex(
            canonical_json(
                {
                    "format": "ceremony-plan/1",
                    "mode": self.mode,
                    "script_sha256": self.script_sha256,
                    "policy_sha256": self.policy_sha256,
                    "people_sha256": self.people_sha256,
                    "token_label": self.token_label,
                    "key_generations": self.key_generations,
                    "signatures": self.signatures,
                    "steps": [
                        {"number": item.number, "id": item.step.id, "kind": item.step.kind} for item in self.steps
                    ],
                    "certificates": [
                        {
                            "step": item.step_id,
                            "name": item.name,
                            "profile": item.profile_name,
                            "issuer": item.issuer_name,
                            "key": item.key,
                            "issuer_key": item.issuer_key,
                        }
                        for item in self.certificates.values()
                    ],
                }
            )
        )
