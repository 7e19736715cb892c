"""What all objects that a ceremony signs have in common: what a step demands, and the object that fills the demand.

The same class makes an object three times: in the plan with placeholders, in the room with what the token made, in the
verifier with what the record says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ceremony.errors import CeremonyError, Finding
from ceremony.pki.signatures import dummy_signature
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.models import Policy
from ceremony.policy.waivers import UsedWaiver
from ceremony.script.world import KnownCertificate, KnownKey, World
from ceremony.transcript.kinds import ObjectBuilt, What

if TYPE_CHECKING:  # pulled in by a review only
    from ceremony.pki.wanted import Row


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands around an object: the policy, what is known before it, the agreed clock (UTC), and the mode.

    `placeholders` is True while keys, serial numbers and dates still stand open.
    """

    policy: Policy
    world: World
    clock: datetime
    practice: bool
    placeholders: bool

    def key(self, name: str) -> KnownKey:
        """A key by name. Raises CeremonyError (KEY-ABSENT) where there is none, or it was destroyed."""
        key = self.world.keys.get(name)
        if key is None or key.destroyed:
            raise CeremonyError(
                "A key that is needed does not exist.",
                detail=f"Key {name} {'was destroyed' if key else 'was never made'}.",
                not_done="Nothing was signed with it or for it.",
                next_step="Name a key of the register, or make one in an earlier step.",
                code="KEY-ABSENT",
            )
        return key

    def certificate(self, name: str) -> KnownCertificate:
        """A certificate by name. Raises CeremonyError (PLAN-ISSUER) where there is none."""
        found = self.world.certificates.get(name)
        if found is None:
            raise CeremonyError(
                "A certificate that is needed is not there.",
                detail=f"{name} is neither in the register nor signed before in this ceremony.",
                not_done="Nothing was signed under it.",
                next_step="Name a certificate of the register, or mend what is wrong with its own step first.",
                code="PLAN-ISSUER",
            )
        return found


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judges found, waivers applied, and the waivers that were used."""

    findings: tuple[Finding, ...]
    waivers: tuple[UsedWaiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Demand(ABC):
    """What a step asks for, every reference resolved but those to the world. `name` is the object's own."""

    step_id: str
    name: str
    profile_name: str
    signer_key: str
    """The name of the key that signs."""

    what: ClassVar[What]

    @property
    def serial_octets(self) -> int:
        """How many octets of a serial number the token must draw; 0 where the object has none."""
        return 0

    @property
    def from_request(self) -> bool:
        """Whether it is made from a certification request, which is read before it."""
        return False

    @abstractmethod
    def draft(self, setting: Setting, serial_number: int) -> SignedObject:
        """The object at the agreed clock. Raises CeremonyError for what cannot be built."""

    @abstractmethod
    def again(self, setting: Setting, built: ObjectBuilt) -> SignedObject:
        """The object that the record tells of. Raises CeremonyError, also where the record is of another kind."""

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What the plan's digest binds beside step, kind, name, profile and key."""


@dataclass(frozen=True, slots=True)
class SignedObject(ABC):
    """To-be-signed bytes with everything that judges, shows and completes them."""

    setting: Setting
    to_be_signed: ToBeSigned

    @property
    @abstractmethod
    def demand(self) -> Demand:
        """What asked for it."""

    @property
    def name(self) -> str:
        """Its name in the plan, and of its files."""
        return self.demand.name

    @property
    def what(self) -> What:
        """Its kind."""
        return self.demand.what

    @property
    @abstractmethod
    def signer_spki(self) -> bytes:
        """DER SubjectPublicKeyInfo of the key that signs."""

    @property
    @abstractmethod
    def linters(self) -> str:
        """Who judges it, for the record."""

    @abstractmethod
    def lint(self, octets: bytes) -> tuple[Finding, ...]:
        """What the linters find in the whole object, its signature real or not."""

    @abstractmethod
    def judged(self, linted: tuple[Finding, ...] | None = None) -> Judgement:
        """Linters, rule packs and waivers over the bytes. `linted`: what the linters said, where that is known."""

    @abstractmethod
    def rows(self) -> tuple[Row, ...]:
        """Each field as the policy wants it and as a second parser reads it from the bytes."""

    @abstractmethod
    def sentences(self) -> tuple[str, ...]:
        """What it will be, in plain words, for people who read the plan."""

    @abstractmethod
    def dump(self) -> str:
        """The bytes as text, by the second parser."""

    @abstractmethod
    def assemble(self, signature: bytes) -> bytes:
        """The whole object in DER."""

    @property
    @abstractmethod
    def paths(self) -> tuple[str, ...]:
        """Where it is kept below the ceremony's folder, in every form; first that in DER."""

    @abstractmethod
    def forms(self, octets: bytes) -> tuple[bytes, ...]:
        """The whole object in each form in which it is kept, in the order of `paths`."""

    def files(self, octets: bytes) -> tuple[tuple[str, bytes], ...]:
        """Each form of it: the path below the ceremony's folder, and the bytes."""
        return tuple(zip(self.paths, self.forms(octets), strict=True))

    @abstractmethod
    def built(self) -> ObjectBuilt:
        """The event that records it."""

    @abstractmethod
    def learn(self, world: World, octets: bytes) -> None:
        """Tell the world of it; `octets` are the whole object, or in a plan the to-be-signed bytes."""

    def draft_octets(self) -> bytes:
        """The whole object with a signature that verifies nowhere: for linters."""
        return self.assemble(dummy_signature(self.to_be_signed.algorithm, self.signer_spki))


def other_kind(demand: Demand, built: ObjectBuilt) -> CeremonyError:
    """The record tells of an object of another kind than the plan."""
    return CeremonyError(
        "The record tells of another kind of object.",
        detail=f"{demand.name} is planned as {demand.what}; the record has {built.kind}.",
        code="TBS-KIND",
    )
