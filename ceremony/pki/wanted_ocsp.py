"""What the policy wants of an OCSP response, field by field, in the words of `describe_ocsp`.

Worked out from the profile and the holes alone: neither the encoder nor the parser of the bytes has a part in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from ceremony.pki.keys import key_identifier, spki_sha256, split_spki
from ceremony.pki.notation import colon_hex, lifetime_text, utc_text
from ceremony.pki.ocsp import OcspHoles
from ceremony.pki.wanted_names import name_fields, name_text
from ceremony.pki.wanted_values import magnitude
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.status import OcspProfile


def wanted_ocsp_fields(
    profile: OcspProfile, holes: OcspHoles, certificates: Sequence[bytes] | None = None
) -> tuple[tuple[str, str], ...]:
    """Name and value of every field that the ResponseData must have, in order.

    With `certificates` (DER, perhaps none), those of the whole OCSPResponse: each of them must be the responder's own.
    `wanted.compare` puts both lists side by side.
    """
    data = tuple(_data(profile, holes))
    if certificates is None:
        return data
    around = (("Certificate", _certificate(holes, certificate)) for certificate in certificates)
    return (("Response status", "successful"), *data, ("Signature algorithm", profile.signature), *around)


def _data(profile: OcspProfile, holes: OcspHoles) -> Iterator[tuple[str, str]]:
    yield "Version", "1"
    if profile.responder_id == "name":
        yield from name_fields("Responder", holes.responder_name)
    else:
        yield "Responder key hash", colon_hex(key_identifier(holes.responder_spki, "sha1"))
    yield "Produced at", utc_text(holes.produced_at)
    yield "Certificate hash", profile.certificate_hash
    yield "Issuer name hash", _hash(profile, holes.issuer_name)
    yield "Issuer key hash", _hash(profile, split_spki(holes.issuer_spki).bits)
    yield "Serial number", colon_hex(magnitude(holes.serial_number))
    yield "Status", holes.status
    if holes.revoked_at is not None:
        yield from _revocation(holes.revoked_at, holes.reason)
    yield "This update", utc_text(holes.this_update)
    yield "Next update", utc_text(holes.next_update)
    yield "Period", lifetime_text(holes.this_update, holes.next_update)


def _revocation(revoked_at: datetime, reason: int | None) -> Iterator[tuple[str, str]]:
    yield "Revoked at", utc_text(revoked_at)
    if reason:  # `unspecified` (0) is said by saying nothing
        yield "Reason", REASONS[reason]


def _hash(profile: OcspProfile, octets: bytes) -> str:
    return colon_hex(hashlib.new(profile.certificate_hash, octets, usedforsecurity=False).digest())


def _certificate(holes: OcspHoles, certificate: bytes) -> str:
    subject = f"subject ({name_text(holes.responder_name)})"
    digest = hashlib.sha256(certificate).hexdigest().upper()
    return f"{subject}; public key SHA-256 {spki_sha256(holes.responder_spki)}; SHA-256 {digest}"
