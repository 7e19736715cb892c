"""What an OCSP response says of a certificate, against the CA's own record of it (RFC 6960 2.2, 4.1.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import OcspSubject
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import HOUSE, RFC6960

HASHES: dict[str, str] = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Hashes of a CertID. SHA-1 is allowed: it only finds the certificate, and clients ask with it (RFC 5019 2.1.1)."""


def identity(subject: OcspSubject) -> Iterator[str]:
    """OCSP-CERTID."""
    for single in subject.response.responses:
        algorithm = HASHES.get(single.hash_algorithm)
        if algorithm is None:
            yield f"the hash {single.hash_algorithm} is none by which a client finds a certificate"
            continue
        if single.issuer_name_hash != _hash(algorithm, subject.issuer.subject.der):
            yield f"the hash of the issuer's name for {single.serial_number:x} is not that of this CA"
        if single.issuer_key_hash != _hash(algorithm, subject.issuer_key_bits):
            yield f"the hash of the issuer's key for {single.serial_number:x} is not that of this CA"


def _hash(algorithm: str, octets: bytes) -> bytes:
    return hashlib.new(algorithm, octets, usedforsecurity=False).digest()


def known_serial(subject: OcspSubject) -> Iterator[str]:
    """OCSP-SERIAL."""
    for single in subject.response.responses:
        certificate = subject.certificate(single.serial_number)
        if certificate is None and single.status != "unknown":
            yield f"the record knows no certificate {single.serial_number:x} of this CA; it cannot be {single.status}"
        elif certificate is not None and certificate.issuer.der != subject.issuer.subject.der:
            yield f"the certificate {single.serial_number:x} was issued by another CA"


def recorded_status(subject: OcspSubject) -> Iterator[str]:
    """OCSP-STATUS."""
    for single in subject.response.responses:
        serial = f"{single.serial_number:x}"
        entry = subject.revocation(single.serial_number)
        issued = subject.certificate(single.serial_number) is not None
        if entry is None and single.status == "revoked":
            yield f"the response says that {serial} is revoked; the record does not"
        elif entry is None and issued and single.status == "unknown":
            yield f"the response does not know {serial}, which this CA has issued"
        elif entry is not None and single.status != "revoked":
            yield f"the record says that {serial} is revoked; the response says {single.status}"
        elif entry is not None and single.revoked_at is not None:
            if single.revoked_at != entry.when:
                yield (
                    f"{serial} was revoked on {facts.moment(entry.when)}; "
                    f"the response says {facts.moment(single.revoked_at)}"
                )
            if single.reason != entry.reason:
                yield f"{serial} was revoked for {_word(entry.reason)}; the response says {_word(single.reason)}"


def _word(reason: int | None) -> str:
    return "no stated reason" if reason is None else REASONS.get(reason, str(reason))


def future(subject: OcspSubject) -> Iterator[str]:
    """OCSP-FUTURE."""
    for single in subject.response.responses:
        if single.revoked_at is None:
            continue
        when = facts.moment(single.revoked_at)
        if single.revoked_at > min(single.this_update, subject.clock):
            yield f"the revocation of {single.serial_number:x} on {when} is later than thisUpdate or the signing"
        certificate = subject.certificate(single.serial_number)
        if certificate is not None and single.revoked_at < certificate.not_before:
            yield f"the revocation of {single.serial_number:x} on {when} is before the certificate begins"


_rule = partial(Rule, pack="rfc5280", source=HOUSE, severity=Severity.ERROR, kind="ocsp")

RULES: tuple[Rule, ...] = (
    _rule(
        id="OCSP-CERTID",
        text="Each answer names its certificate by the hashes of this CA's own name and key.",
        source=RFC6960,
        section="RFC 6960 4.1.1",
        advice="Take both from the certificate of the CA that issued it.",
        check=identity,
    ),
    _rule(
        id="OCSP-SERIAL",
        text="Only a certificate that this CA has issued is good or revoked.",
        section="RFC 6960 2.2, own rule",
        advice="Correct the serial number, or give the record in which the certificate stands.",
        check=known_serial,
    ),
    _rule(
        id="OCSP-STATUS",
        text="Status, time and reason are those of the CA's record.",
        section="own rule",
        advice="Correct the response; where the record is wrong, correct that first.",
        check=recorded_status,
    ),
    _rule(
        id="OCSP-FUTURE",
        text="No revocation lies in the future, nor before its certificate begins.",
        section="own rule",
        advice="Correct the time of the revocation.",
        check=future,
    ),
)
