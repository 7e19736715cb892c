"""The plan: a script with every reference resolved, every input hashed and every to-be-signed object built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ceremony.canonical import canonical_json, sha256_hex
from ceremony.custody.people import Person
from ceremony.errors import Finding
from ceremony.policy.models import KeyProfile, Policy
from ceremony.policy.waivers import UsedWaiver
from ceremony.script.models import GenerateKey, RestoreTest, Script, Step
from ceremony.script.objects.base import SignedObject
from ceremony.script.objects.certificate import CertificateObject
from ceremony.script.past import Past, Rehearsed
from ceremony.script.practice_label import practice_label
from ceremony.script.world import World

Mode = Literal["practice", "production"]


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
class Plan:
    """What will be performed. `sha256` binds script, policy, people, inputs and mode; it names no date."""

    mode: Mode
    script: Script
    policy: Policy
    people: dict[str, Person]
    script_octets: bytes
    policy_octets: bytes
    people_octets: bytes
    past: Past
    inputs: dict[str, bytes]
    """What else the plan was made of, as it is kept in the ceremony's folder: path and octets."""
    steps: tuple[PlannedStep, ...]
    objects: dict[str, tuple[SignedObject, ...]]
    """What each step will sign, with its holes standing open (placeholders), by step id, in order."""
    findings: tuple[Finding, ...]
    waivers: tuple[UsedWaiver, ...] = ()
    """Those of the policy that were needed, by certificate."""
    world: World = field(default_factory=World)
    """What is known before the first step."""
    rehearsed: Rehearsed | None = None
    """What production is compared with, where these script bytes were rehearsed."""

    @property
    def ok(self) -> bool:
        """True where nothing forbids to run it."""
        return not any(finding.severity.blocks for finding in self.findings)

    @property
    def all_objects(self) -> tuple[SignedObject, ...]:
        """Everything that will be signed, in order."""
        return tuple(item for group in self.objects.values() for item in group)

    @property
    def certificates(self) -> dict[str, CertificateObject]:
        """The certificates among them, by step id."""
        return {item.demand.step_id: item for item in self.all_objects if isinstance(item, CertificateObject)}

    @property
    def key_generations(self) -> int:
        """How many times C_GenerateKeyPair will be called."""
        return sum(isinstance(planned.step, GenerateKey) for planned in self.steps)

    @property
    def signatures(self) -> int:
        """How many times a key of the ceremony's token will sign. The seal is made with a person's key, not counted."""
        return len(self.all_objects)

    @property
    def challenges(self) -> int:
        """How many times a backup token will sign a challenge."""
        return sum(len(planned.step.keys) for planned in self.steps if isinstance(planned.step, RestoreTest))

    @property
    def token_label(self) -> str:
        """The label of the token for this mode: a practice token is never the one that the script names."""
        label = self.script.token.label
        return label if self.mode == "production" else practice_label(label)

    def own_label(self, person: str) -> str:
        """The label of a person's own token for this mode; empty where they have none."""
        if self.mode == "practice":
            return practice_label(person)
        known = self.people.get(person)
        return known.credential.token_label if known is not None and known.credential is not None else ""

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

    def certificate_named(self, name: str) -> CertificateObject:
        """The planned certificate of this name."""
        return next(planned for planned in self.certificates.values() if planned.name == name)

    @property
    def sha256(self) -> str:
        """SHA-256 over the canonical JSON of everything that the plan fixes."""
        return sha256_hex(
            canonical_json(
                {
                    "format": "ceremony-plan/2",
                    "mode": self.mode,
                    "script_sha256": self.script_sha256,
                    "policy_sha256": self.policy_sha256,
                    "people_sha256": self.people_sha256,
                    "inputs": {path: sha256_hex(octets) for path, octets in self.inputs.items()},
                    "token_label": self.token_label,
                    "key_generations": self.key_generations,
                    "signatures": self.signatures,
                    "challenges": self.challenges,
                    "steps": [
                        {"number": item.number, "id": item.step.id, "kind": item.step.kind} for item in self.steps
                    ],
                    "objects": [
                        {
                            "step": item.demand.step_id,
                            "what": item.what,
                            "name": item.name,
                            "profile": item.demand.profile_name,
                            "signer_key": item.demand.signer_key,
                            **item.demand.facts(),
                        }
                        for item in self.all_objects
                    ],
                }
            )
        )
