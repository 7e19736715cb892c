"""Certification requests for keys of ours, which another CA is to certify (PKCS #10, RFC 2986)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ceremony.canonical import sha256_hex
from ceremony.errors import Finding
from ceremony.pki.view import certificate_view
from ceremony.policy.status import RequestProfile
from ceremony.script.objects.base import Demand, Judgement, Setting, SignedObject, other_kind
from ceremony.script.objects.given import compromised_keys, plain_name
from ceremony.script.world import World
from ceremony.transcript.kinds import ObjectBuilt, RequestBuilt, What

if TYPE_CHECKING:
    from ceremony.pki.wanted import Row

POSSESSION = "REQUEST-POSSESSION"
"""What only the real signature can prove."""


@dataclass(frozen=True, slots=True)
class RequestDemand(Demand):
    """A request that a step asks for; the key that signs is the one that is to be certified."""

    what: ClassVar[What] = "request"

    profile: RequestProfile

    def draft(self, setting: Setting, serial_number: int) -> RequestObject:
        """Nothing in it depends on the clock."""
        del serial_number
        return self._made(setting)

    def again(self, setting: Setting, built: ObjectBuilt) -> RequestObject:
        """The same for the recorded key."""
        if not isinstance(built, RequestBuilt):
            raise other_kind(self, built)
        return self._made(setting)

    def facts(self) -> dict[str, str]:
        """Nothing more than the key."""
        return {}

    def _made(self, setting: Setting) -> RequestObject:
        from ceremony.pki.request import build_request

        spki = setting.key(self.signer_key).spki
        carried = (
            certificate_view(item.octets).subject_key_identifier
            for item in setting.world.neighbours()
            if item.key == self.signer_key
        )
        identifier = next((octets for octets in carried if octets), None)
        bytes_made = build_request(self.profile, spki, practice=setting.practice, subject_key_identifier=identifier)
        return RequestObject(setting, bytes_made, self, spki, identifier)


@dataclass(frozen=True, slots=True)
class RequestObject(SignedObject):
    """A CertificationRequestInfo."""

    asked: RequestDemand
    spki: bytes
    identifier: bytes | None
    """The subject key identifier that certificates over the key carry already."""

    @property
    def demand(self) -> RequestDemand:
        """What asked for it."""
        return self.asked

    @property
    def signer_spki(self) -> bytes:
        """The key's own."""
        return self.spki

    @property
    def linters(self) -> str:
        """Our own."""
        return "own checks of certification requests"

    def lint(self, octets: bytes) -> tuple[Finding, ...]:
        """Whether it proves that we hold the key; meant for the real signature. No linter of others knows requests."""
        return tuple(finding for finding in self._checked(octets) if finding.rule == POSSESSION)

    def judged(self, linted: tuple[Finding, ...] | None = None) -> Judgement:
        """What another CA would be told, as strictly as a stranger is told here. Nothing can be waived."""
        found = (finding for finding in self._checked(self.draft_octets()) if finding.rule != POSSESSION)
        return Judgement((*(linted or ()), *found))

    def _checked(self, octets: bytes) -> tuple[Finding, ...]:
        from ceremony.pki.request_check import check_request
        from ceremony.pki.request_read import read_request

        setting = self.setting
        return check_request(
            read_request(octets, name=self.name),
            algorithm=setting.policy.keys[self.asked.profile.key].algorithm,
            compromised=list(compromised_keys(setting.world)),
        )

    def rows(self) -> tuple[Row, ...]:
        """Policy beside bytes."""
        from ceremony.pki.describe_request import describe_request
        from ceremony.pki.wanted import compare
        from ceremony.pki.wanted_request import wanted_request_fields

        wanted = wanted_request_fields(
            self.asked.profile, self.spki, practice=self.setting.practice, subject_key_identifier=self.identifier
        )
        return compare(wanted, describe_request(self.to_be_signed.octets))

    def sentences(self) -> tuple[str, ...]:
        """For whom, over which key, and that it certifies nothing."""
        return tuple(self._words())

    def _words(self) -> Iterator[str]:
        from ceremony.pki.holes import subject_of
        from ceremony.pki.notation import TITLES
        from ceremony.pki.request_profile import as_certificate

        asked = self.asked
        subject = plain_name(subject_of(as_certificate(asked.profile), practice=self.setting.practice))
        yield f"{self.name} asks another CA for a certificate for {subject}."
        yield f"Key {asked.signer_key} signs it, with {asked.profile.signature}: the proof that we hold that key."
        wishes = [
            TITLES[item.type] if item.type != "raw" else f"extension {item.oid}" for item in asked.profile.extensions
        ]
        yield f"It asks for these extensions: {', '.join(wishes)}." if wishes else "It asks for no extensions."
        yield "It is no certificate. What becomes of it, the other CA decides."
        if self.setting.key(asked.signer_key).earlier is None:
            yield "Left open until the day: the public key, and the identifiers made from it."
        if self.setting.practice:
            yield "This is PRACTICE: the name says so, and nobody may certify it."

    def dump(self) -> str:
        """As text."""
        from ceremony.pki.request_text import request_dump

        return request_dump(self.to_be_signed.octets)

    def assemble(self, signature: bytes) -> bytes:
        """A CertificationRequest."""
        from ceremony.pki.request import assemble_request

        return assemble_request(self.to_be_signed, signature)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of DER, PEM, text."""
        return tuple(f"requests/{self.name}.{ending}" for ending in ("csr", "csr.pem", "csr.txt"))

    def forms(self, octets: bytes) -> tuple[bytes, ...]:
        """DER, PEM, text."""
        from ceremony.pki.pem import pem
        from ceremony.pki.request_text import request_text

        return octets, pem(octets, "CERTIFICATE REQUEST"), request_text(octets).encode("utf-8")

    def built(self) -> RequestBuilt:
        """Its event."""
        return RequestBuilt(
            name=self.name,
            profile=self.asked.profile_name,
            signer_key=self.asked.signer_key,
            algorithm=self.to_be_signed.algorithm,
            size=len(self.to_be_signed.octets),
            sha256=self.to_be_signed.sha256,
            spki_sha256=sha256_hex(self.spki),
        )

    def learn(self, world: World, octets: bytes) -> None:
        """Nothing: a request makes no certificate, and that its key is used is told by the record."""
        del world, octets
