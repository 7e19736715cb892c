"""Certificates: self-signed, issued to a key of the record or of a request, or a second one over what exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ceremony.canonical import sha256_hex
from ceremony.errors import Finding
from ceremony.pki.certificate import Holes, assemble, build_certificate, validity_period
from ceremony.pki.encode_names import encode_name
from ceremony.pki.view import certificate_view
from ceremony.policy.models import CertificateProfile
from ceremony.policy.waivers import apply_waivers
from ceremony.room.clock import iso, parse_iso
from ceremony.script.objects.base import Demand, Judgement, Setting, SignedObject, other_kind
from ceremony.script.objects.given import (
    Asked,
    Existing,
    key_word,
    request_findings,
    request_read,
    require_same_subject,
)
from ceremony.script.objects.revoked import revocation_findings
from ceremony.script.world import KnownCertificate, World
from ceremony.transcript.kinds import CertificateBuilt, ObjectBuilt, RequestRead, What

if TYPE_CHECKING:
    from ceremony.pki.request_rows import RequestRow
    from ceremony.pki.wanted import Row


@dataclass(frozen=True, slots=True)
class CertificateDemand(Demand):
    """A certificate that a step asks for."""

    what: ClassVar[What] = "certificate"

    profile: CertificateProfile
    issuer_name: str
    """The name of the issuing certificate; its own for a self-signed one."""
    issuer_profile: CertificateProfile
    key: str
    """The name of the subject's key; empty where its public key is `given`."""
    given: bytes | None = None
    """DER SubjectPublicKeyInfo from a request, or from a certificate of somebody else."""
    existing: Existing | None = None
    """The certificate whose subject, key and key identifier a cross-certificate must have."""
    request: Asked | None = None
    """The request that asks for it, or, of a cross-certificate, proves that the key's holder wants it."""

    @property
    def serial_octets(self) -> int:
        """As the profile says."""
        return self.profile.serial_octets

    @property
    def subject_key(self) -> str:
        """A word by which judges tell keys apart: the key's name, or the digest of the key that is given."""
        return key_word(self.key, self.given or b"")

    def draft(self, setting: Setting, serial_number: int) -> CertificateObject:
        """From the agreed clock on."""
        not_before, not_after = validity_period(self.profile.validity, setting.clock)
        return self._made(setting, serial_number, not_before, not_after)

    def again(self, setting: Setting, built: ObjectBuilt) -> CertificateObject:
        """With the recorded serial number and dates."""
        if not isinstance(built, CertificateBuilt):
            raise other_kind(self, built)
        return self._made(setting, int(built.serial, 16), parse_iso(built.not_before), parse_iso(built.not_after))

    @property
    def from_request(self) -> bool:
        return self.request is not None

    def facts(self) -> dict[str, str]:
        """Issuer and key, and the digests of what came from outside."""
        facts = {"issuer": self.issuer_name, "key": self.key}
        if self.given is not None:
            facts["given"] = sha256_hex(self.given)
        if self.existing is not None:
            facts["existing"] = self.existing.name if self.existing.file is None else sha256_hex(self.existing.file)
        if self.request is not None:
            facts["request"] = self.request.file_sha256
        return facts

    def _made(
        self, setting: Setting, serial_number: int, not_before: datetime, not_after: datetime
    ) -> CertificateObject:
        spki = self.given if self.given is not None else setting.key(self.key).spki
        issuer = None if self.issuer_name == self.name else setting.certificate(self.issuer_name)
        holes = Holes(spki, setting.key(self.signer_key).spki, serial_number, not_before, not_after)
        holes = self._copied(holes, setting, issuer)
        bytes_made = build_certificate(self.profile, self.issuer_profile, holes, practice=setting.practice)
        if self.existing is not None:
            unmarked, made = encode_name(self.profile.subject), certificate_view(bytes_made.octets)
            require_same_subject(made, self.name, self.existing, setting, unmarked)
        return CertificateObject(setting, bytes_made, self, holes, issuer, self._wishes(setting, holes))

    def _wishes(self, setting: Setting, holes: Holes) -> tuple[RequestRow, ...]:
        if self.request is None:
            return ()
        from ceremony.pki.request_rows import request_rows

        return request_rows(self.request.request, self.profile, self.issuer_profile, holes, practice=setting.practice)

    def _copied(self, holes: Holes, setting: Setting, issuer: KnownCertificate | None) -> Holes:
        """What is copied from certificates that exist: the issuer's name and identifiers as its certificate carries
        them, and the key identifier that the subject's key has already."""
        carried = (
            view.subject_key_identifier
            for item in setting.world.neighbours()
            for view in (certificate_view(item.octets),)
            if (item.key == self.key if self.key else view.key.spki == self.given)
        )
        identifier = next((octets for octets in carried if octets), None)
        if self.existing is not None:
            identifier = certificate_view(self.existing.octets(setting)).subject_key_identifier
        holes = replace(holes, subject_key_identifier=identifier)
        if issuer is None:
            return holes
        view = certificate_view(issuer.octets)
        return replace(
            holes,
            issuer_name=view.subject.der if issuer.ceremony else None,
            issuer_key_identifier=view.subject_key_identifier,
            issuer_issuer_and_serial=(view.issuer.der, view.serial_number),
        )


@dataclass(frozen=True, slots=True)
class CertificateObject(SignedObject):
    """A TBSCertificate with its holes filled."""

    asked: CertificateDemand
    holes: Holes
    issuer: KnownCertificate | None
    """The issuer's certificate; None for a self-signed one."""
    wishes: tuple[RequestRow, ...] = ()
    """What the request asks for beside what this certificate says."""

    @property
    def demand(self) -> CertificateDemand:
        """What asked for it."""
        return self.asked

    @property
    def signer_spki(self) -> bytes:
        """The issuer's key."""
        return self.holes.issuer_spki

    @property
    def linters(self) -> str:
        """pkilint as the profile's type, and the policy's packs."""
        return f"pkilint as {self.asked.profile.lint_as}; rule packs {', '.join(self.setting.policy.rule_packs)}"

    def lint(self, octets: bytes) -> tuple[Finding, ...]:
        """pkilint."""
        from ceremony.pki.lint import lint_certificate

        return lint_certificate(octets, self.asked.profile.lint_as, self.name)

    def judged(self, linted: tuple[Finding, ...] | None = None) -> Judgement:
        """Linter and rule packs over the bytes, then the waivers in force on the clock's day, then what revocations and
        the request speak against: that cannot be waived."""
        from ceremony.pki.judge import judge

        asked, setting = self.asked, self.setting
        policy, world = setting.policy, setting.world
        findings = linted if linted is not None else self.lint(self.draft_octets())
        findings += judge(
            self.to_be_signed,
            asked.profile,
            asked.issuer_profile,
            self.holes,
            packs=policy.rule_packs,
            name=asked.name,
            clock=setting.clock,
            issuer_certificate=self.issuer.octets if self.issuer else None,
            known=[(item.name, item.octets) for item in world.neighbours()],
            key_name=asked.subject_key,
            issuer_key_name=asked.signer_key,
            known_keys={
                item.name: item.key or key_word("", certificate_view(item.octets).key.spki)
                for item in world.neighbours()
            },
            revoked=world.revoked_names(),
            placeholders=setting.placeholders,
            practice=setting.practice,
            ca_country=policy.ca.country,
            cp_cps_oid=policy.cp_cps.oid or "",
        )
        found, used = apply_waivers(findings, policy, asked.profile_name, asked.name, setting.clock.date())
        found += tuple(revocation_findings(world, asked.name, asked.key, asked.issuer_name, asked.signer_key))
        if asked.request is not None:
            found += tuple(request_findings(asked.request, self.wishes, setting, asked.profile, asked.existing))
        return Judgement(found, used)

    def request_read(self) -> RequestRead | None:
        """The event that records its request; None where there is none."""
        request = self.asked.request
        return None if request is None else request_read(self.name, request, self.wishes)

    def rows(self) -> tuple[Row, ...]:
        """Policy beside bytes."""
        from ceremony.pki.describe import describe
        from ceremony.pki.wanted import compare, wanted_fields

        asked = self.asked
        wanted = wanted_fields(asked.profile, asked.issuer_profile, self.holes, practice=self.setting.practice)
        return compare(wanted, describe(self.to_be_signed.octets))

    def sentences(self) -> tuple[str, ...]:
        """The certificate in plain words, and what is left open."""
        from ceremony.pki.text import plain_words

        asked, holes = self.asked, self.holes
        dates = ", and the dates, which start at the agreed clock" if asked.profile.validity.lifetime else ""
        left_open = "the public key, the identifiers made from it, the serial number"
        if asked.given is not None or self.setting.key(asked.key).earlier is not None:
            left_open = "the serial number"
        return (
            *plain_words(
                asked.profile,
                asked.issuer_profile,
                asked.name,
                holes.not_before,
                holes.not_after,
                practice=self.setting.practice,
                issuer_name=holes.issuer_name,
                own_key=asked.given is None,
            ),
            *self._about_given(),
            f"Left open until the day: {left_open}{dates}.",
        )

    def _about_given(self) -> Iterator[str]:
        """Where the key comes from, and each wish of the request that is not granted as it stands; what the policy adds
        is no wish, and the mark of practice no difference."""
        if self.asked.existing is not None:
            yield f"It has the name, the key and the key identifier of {self.asked.existing.name}, byte for byte."
        request = self.asked.request
        if request is None:
            return
        yield f"The request is {request.path}, SHA-256 {request.file_sha256}."
        yield f"The public key in it has SHA-256 {sha256_hex(request.request.spki)}."
        for row in self.wishes:
            if row.verdict in {"changed", "left out"}:
                yield f"{row.name}: {row.asked} is asked for, {row.given} is given."

    def dump(self) -> str:
        """As text."""
        from ceremony.pki.text import dump

        return dump(self.to_be_signed.octets)

    def assemble(self, signature: bytes) -> bytes:
        """A Certificate."""
        return assemble(self.to_be_signed, signature)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of DER, PEM, text."""
        return tuple(f"certificates/{self.name}.{ending}" for ending in ("der", "pem", "txt"))

    def forms(self, octets: bytes) -> tuple[bytes, ...]:
        """DER, PEM, text."""
        from ceremony.pki.pem import pem
        from ceremony.pki.text import certificate_text

        return octets, pem(octets, "CERTIFICATE"), certificate_text(octets).encode("utf-8")

    def built(self) -> CertificateBuilt:
        """Its event."""
        return CertificateBuilt(
            name=self.name,
            profile=self.asked.profile_name,
            signer_key=self.asked.signer_key,
            algorithm=self.to_be_signed.algorithm,
            size=len(self.to_be_signed.octets),
            sha256=self.to_be_signed.sha256,
            issuer=self.asked.issuer_name,
            key=self.asked.key,
            serial=f"{self.holes.serial_number:x}",
            not_before=iso(self.holes.not_before),
            not_after=iso(self.holes.not_after),
            spki_sha256=sha256_hex(self.holes.spki),
        )

    def learn(self, world: World, octets: bytes) -> None:
        """One more certificate."""
        world.certificates[self.name] = KnownCertificate(
            self.name, self.asked.subject_key, octets, self.asked.profile_name, self.asked.issuer_name
        )
