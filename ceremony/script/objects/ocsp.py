"""OCSP responses, signed beforehand: each says what the record knows of one certificate (RFC 6960)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from ceremony.errors import Finding
from ceremony.pki.certificate import assemble, dummy_signature
from ceremony.pki.ocsp import OcspHoles, UpdatePeriod, assemble_response, build_response, update_period
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.pki.view import certificate_view
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import CertStatus, Revoked
from ceremony.policy.status import OcspProfile
from ceremony.room.clock import iso, parse_iso
from ceremony.script.objects.base import Demand, Judgement, Setting, SignedObject, other_kind
from ceremony.script.world import KnownCertificate, KnownRevocation, World
from ceremony.transcript.kinds import ObjectBuilt, ResponseBuilt, What

if TYPE_CHECKING:
    from ceremony.pki.wanted import Row

REASON_CODES: dict[str, int] = {word: code for code, word in REASONS.items()}


@dataclass(frozen=True, slots=True)
class ResponseDemand(Demand):
    """A response that a step asks for, about one certificate of the record or one serial number outside it."""

    what: ClassVar[What] = "ocsp-response"

    profile: OcspProfile
    issuer_name: str
    """The name of the certificate of the CA that is asked."""
    responder_name: str
    """The name of the certificate whose key signs."""
    delegate: bool
    """The responder is not the CA itself."""
    certificate: str
    """The certificate's name; empty for a serial number that was never issued."""
    serial_number: int = 0
    """Of what was never issued."""

    def draft(self, setting: Setting, serial_number: int) -> ResponseObject:
        """From the agreed clock on."""
        del serial_number
        return self._made(setting, update_period(self.profile.cycle, setting.clock))

    def again(self, setting: Setting, built: ObjectBuilt) -> ResponseObject:
        """From the recorded thisUpdate on."""
        if not isinstance(built, ResponseBuilt):
            raise other_kind(self, built)
        return self._made(setting, update_period(self.profile.cycle, parse_iso(built.this_update)))

    def facts(self) -> dict[str, str]:
        """Who is asked, who answers, and about what."""
        about = self.certificate or f"{self.serial_number:x}"
        return {"issuer": self.issuer_name, "responder": self.responder_name, "certificate": about}

    def _made(self, setting: Setting, period: UpdatePeriod) -> ResponseObject:
        issuer = certificate_view(setting.certificate(self.issuer_name).octets)
        responder = certificate_view(setting.certificate(self.responder_name).octets)
        serial = self.serial_number
        if self.certificate:
            serial = certificate_view(setting.certificate(self.certificate).octets).serial_number
        revocation = setting.world.revocation(self.issuer_name, serial)
        status: CertStatus = "good" if self.certificate else "unknown"
        holes = OcspHoles(
            issuer_name=issuer.subject.der,
            issuer_spki=issuer.key.spki,
            responder_name=responder.subject.der,
            responder_spki=setting.key(self.signer_key).spki,
            serial_number=serial,
            status=status if revocation is None else "revoked",
            this_update=period.this_update,
            next_update=period.next_update,
            produced_at=period.this_update,
            revoked_at=None if revocation is None else parse_iso(revocation.revoked_at),
            reason=None if revocation is None else REASON_CODES.get(revocation.reason),
        )
        return ResponseObject(setting, build_response(self.profile, holes), self, holes, period)


@dataclass(frozen=True, slots=True)
class ResponseObject(SignedObject):
    """A ResponseData with its holes filled."""

    asked: ResponseDemand
    holes: OcspHoles
    period: UpdatePeriod

    @property
    def demand(self) -> ResponseDemand:
        """What asked for it."""
        return self.asked

    @property
    def signer_spki(self) -> bytes:
        """The responder's key."""
        return self.holes.responder_spki

    @property
    def linters(self) -> str:
        """pkilint, and the policy's packs."""
        return f"pkilint as OCSP response; rule packs {', '.join(self.setting.policy.rule_packs)}"

    def lint(self, octets: bytes) -> tuple[Finding, ...]:
        """pkilint."""
        from ceremony.pki.lint_ocsp import lint_ocsp

        return lint_ocsp(octets, self.name)

    def judged(self, linted: tuple[Finding, ...] | None = None) -> Judgement:
        """Linter and rule packs, with the record of the CA around the response. Nothing of it can be waived."""
        from ceremony.pki.judge_ocsp import judge_ocsp

        setting, asked = self.setting, self.asked
        findings = linted if linted is not None else self.lint(self.draft_octets())
        # Whose profile leaves the delegate's certificate out has decided so; else the whole response is judged.
        whole = asked.profile.include_certificate or not asked.delegate
        responder = setting.certificate(asked.responder_name).octets
        findings += judge_ocsp(
            self.draft_octets() if whole else self.to_be_signed.octets,
            packs=setting.policy.rule_packs,
            name=self.name,
            clock=setting.clock,
            issuer_certificate=setting.certificate(asked.issuer_name).octets,
            delegate_certificate=responder if asked.delegate else None,
            issued=[(item.name, item.octets) for item in self._issued()],
            revoked=[_revoked(item) for item in self._revocations()],
            algorithm=asked.profile.signature,
        )
        return Judgement(findings)

    def _issued(self) -> list[KnownCertificate]:
        """What the CA has issued, with the one in question first: in a plan several have the serial number of none."""
        issued = issued_by(self.setting, self.asked.issuer_name)
        return sorted(issued, key=lambda item: item.name != self.asked.certificate)

    def _revocations(self) -> list[KnownRevocation]:
        """The last word of the record on each serial number of the CA."""
        world, issuer = self.setting.world, self.asked.issuer_name
        serials = dict.fromkeys(item.serial_number for item in world.revocations)
        found = (world.revocation(issuer, serial) for serial in serials)
        return [item for item in found if item is not None]

    def rows(self) -> tuple[Row, ...]:
        """Policy and record beside bytes."""
        from ceremony.pki.describe_ocsp import describe_ocsp
        from ceremony.pki.wanted import compare
        from ceremony.pki.wanted_ocsp import wanted_ocsp_fields

        return compare(wanted_ocsp_fields(self.asked.profile, self.holes), describe_ocsp(self.to_be_signed.octets))

    def sentences(self) -> tuple[str, ...]:
        """The response in plain words, about which certificate, and when the next is due."""
        from ceremony.pki.notation import utc_text
        from ceremony.pki.ocsp_text import ocsp_words

        about = self.asked.certificate
        named = (f"That certificate is {about} in the record.",) if about else ()
        return (
            *ocsp_words(self.asked.profile, self.holes, self.name, practice=self.setting.practice),
            *named,
            f"The next one must be signed before {utc_text(self.period.renew_by)}, counted from today.",
        )

    def dump(self) -> str:
        """As text."""
        from ceremony.pki.ocsp_text import ocsp_dump

        return ocsp_dump(self.to_be_signed.octets)

    def assemble(self, signature: bytes) -> bytes:
        """An OCSPResponse, with the delegate's certificate where the profile wants it."""
        return assemble_response(self.to_be_signed, signature, self._certificates())

    def _certificates(self) -> tuple[bytes, ...]:
        if not (self.asked.delegate and self.asked.profile.include_certificate):
            return ()
        setting, issuer = self.setting, self.setting.certificate(self.asked.issuer_name)
        known = setting.certificate(self.asked.responder_name)
        if certificate_view(known.octets).octets != known.octets:
            return (known.octets,)
        # In a plan it is not yet signed.
        algorithm = setting.policy.certificates[known.profile].signature
        to_be_signed = ToBeSigned("certificate", known.octets, algorithm)
        return (assemble(to_be_signed, dummy_signature(algorithm, certificate_view(issuer.octets).key.spki)),)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of DER, text."""
        return tuple(f"ocsp/{self.name}.{ending}" for ending in ("ors", "ors.txt"))

    def forms(self, octets: bytes) -> tuple[bytes, ...]:
        """DER, text."""
        from ceremony.pki.ocsp_text import ocsp_text

        return octets, ocsp_text(octets).encode("utf-8")

    def built(self) -> ResponseBuilt:
        """Its event."""
        holes, asked = self.holes, self.asked
        return ResponseBuilt(
            name=self.name,
            profile=asked.profile_name,
            signer_key=asked.signer_key,
            algorithm=self.to_be_signed.algorithm,
            size=len(self.to_be_signed.octets),
            sha256=self.to_be_signed.sha256,
            issuer=asked.issuer_name,
            responder=asked.responder_name,
            certificate=asked.certificate,
            serial=f"{holes.serial_number:x}",
            status=holes.status,
            revoked_at="" if holes.revoked_at is None else iso(holes.revoked_at),
            reason=REASONS[holes.reason] if holes.reason else "",
            this_update=iso(holes.this_update),
            next_update=iso(holes.next_update),
            renew_by=iso(self.period.renew_by),
            produced_at=iso(holes.produced_at),
        )

    def learn(self, world: World, octets: bytes) -> None:
        """Nothing: a response says what is known, and adds nothing to it."""
        del world, octets


def issued_by(setting: Setting, issuer: str) -> list[KnownCertificate]:
    """The certificates that this CA's key signed, under whichever of its certificates, but not those that sign it.

    Another key under the same name (a rollover) is another CA to a client, which asks by name and key.
    """
    world = setting.world
    ours = world.certificates[issuer]
    found = []
    for item in world.issued_under(issuer):
        above = world.certificates.get(item.issuer)
        if above is not None and above.key == ours.key and item.key != ours.key:
            found.append(item)
    return found


def answered(setting: Setting, issuer: str, clock: datetime) -> list[KnownCertificate]:
    """Those of them about which clients ask: not expired, and not a responder's own (id-pkix-ocsp-nocheck)."""
    views = ((item, certificate_view(item.octets)) for item in issued_by(setting, issuer))
    return [item for item, view in views if view.not_after >= clock and view.no_check is None]


def _revoked(item: KnownRevocation) -> Revoked:
    return Revoked(item.serial_number, parse_iso(item.revoked_at), REASON_CODES.get(item.reason))
