"""From an OCSP profile and its filled holes to to-be-signed bytes, and from a signature to a response (RFC 6960 4.2).

The responses are signed beforehand: each speaks of one certificate, answers no request that exists, and has no nonce.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ceremony.pki import der
from ceremony.pki.crl_holes import UpdatePeriod, update_period
from ceremony.pki.der import DerError
from ceremony.pki.encodable import refuse
from ceremony.pki.encode import explicit, generalized
from ceremony.pki.keys import key_algorithm, key_identifier, split_spki
from ceremony.pki.ocsp_envelope import enveloped
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import CertStatus
from ceremony.policy.status import OcspProfile

__all__ = ["OcspHoles", "UpdatePeriod", "assemble_response", "build_response", "update_period"]

HASH_IDENTIFIERS: dict[str, bytes] = {
    "sha1": bytes.fromhex("300906052b0e03021a0500"),
    "sha256": bytes.fromhex("300d06096086480165030402010500"),
}
"""AlgorithmIdentifier of the hash in a CertID, with NULL as clients write it: many compare it octet for octet."""

GOOD, REVOKED, UNKNOWN = 0, 1, 2
"""Tags of the choices of CertStatus, implicit."""
BY_NAME, BY_KEY = 1, 2
"""Tags of the choices of ResponderID, explicit."""

ENUMERATED = 0x0A

SERIAL_OCTETS = 20
"""RFC 5280 4.1.2.2: no serial number has more. One of 20 octets may have its first bit set: such ones were issued."""

REMOVE_FROM_CRL = 8


@dataclass(frozen=True, slots=True)
class OcspHoles:
    """The holes of an OCSP profile, filled: who issued, who answers, about which certificate, and what.

    Names are the DER of the subjects of the CA and of the responder (the same where the CA itself signs), keys are
    DER SubjectPublicKeyInfo. `revoked_at` goes with `revoked`, and so does `reason`, a CRLReason (RFC 5280 5.3.1),
    where there is one; 0 is not written. The moments are aware, in UTC, without fractions of a second; `produced_at`
    is the agreed clock.
    """

    issuer_name: bytes
    issuer_spki: bytes
    responder_name: bytes
    responder_spki: bytes
    serial_number: int
    status: CertStatus
    this_update: datetime
    next_update: datetime
    produced_at: datetime
    revoked_at: datetime | None = None
    reason: int | None = None


def build_response(profile: OcspProfile, holes: OcspHoles) -> ToBeSigned:
    """The ResponseData (RFC 6960 4.2.1, v1) that profile and holes define; equal input gives equal bytes.

    Raises CeremonyError, before anything is signed, for what cannot be encoded or contradicts itself; what is merely
    forbidden is encoded, and left to the rules.
    """
    _require_encodable(profile, holes)
    octets = der.encode(
        der.SEQUENCE,
        _responder(profile, holes),
        _time(holes.produced_at),
        der.encode(der.SEQUENCE, _single(profile, holes)),
    )
    return ToBeSigned("ocsp-response", octets, profile.signature)


def assemble_response(to_be_signed: ToBeSigned, signature: bytes, certificates: Sequence[bytes] = ()) -> bytes:
    """The DER OCSPResponse that holds exactly this ResponseData and this signature.

    `certificates` are DER: that of the delegate, where the profile includes it, and nothing where the CA itself signs
    (rule OCSP-CERTS). Raises CeremonyError OCSP-FORM where the bytes, or a certificate, are not what they should be.
    """
    try:
        _require_parts(to_be_signed, certificates)
    except DerError as error:
        raise refuse(
            "These are not the parts of an OCSP response.", f"{error}.", "Build the response again.", "OCSP-FORM"
        ) from error
    return enveloped(to_be_signed.octets, to_be_signed.algorithm, signature, certificates)


def _require_parts(to_be_signed: ToBeSigned, certificates: Sequence[bytes]) -> None:
    """Raises DerError where the bytes are no ResponseData, or a certificate is none."""
    from ceremony.pki.ocsp_view import ocsp_view
    from ceremony.pki.tbs import certificate_parts

    if to_be_signed.kind != "ocsp-response" or ocsp_view(to_be_signed.octets).octets != to_be_signed.octets:
        raise DerError("the bytes to be signed are not the data of an OCSP response")
    for certificate in certificates:
        certificate_parts(certificate)


def _responder(profile: OcspProfile, holes: OcspHoles) -> bytes:
    if profile.responder_id == "name":
        return explicit(BY_NAME, holes.responder_name)
    return explicit(BY_KEY, der.encode(der.OCTET_STRING, key_identifier(holes.responder_spki, "sha1")))


def _issuer_hashes(profile: OcspProfile, holes: OcspHoles) -> list[bytes]:
    """The hashes by which a CertID names the issuer: of its name, and of its key's bits (RFC 6960 4.1.1)."""
    hashed = (holes.issuer_name, split_spki(holes.issuer_spki).bits)
    return [hashlib.new(profile.certificate_hash, octets, usedforsecurity=False).digest() for octets in hashed]


def _single(profile: OcspProfile, holes: OcspHoles) -> bytes:
    identity = der.encode(
        der.SEQUENCE,
        HASH_IDENTIFIERS[profile.certificate_hash],
        *(der.encode(der.OCTET_STRING, digest) for digest in _issuer_hashes(profile, holes)),
        der.encode_integer(holes.serial_number),
    )
    times = _time(holes.this_update) + explicit(0, _time(holes.next_update))
    return der.encode(der.SEQUENCE, identity, _status(holes), times)


def _status(holes: OcspHoles) -> bytes:
    if holes.revoked_at is None:
        return der.encode(der.CONTEXT | (GOOD if holes.status == "good" else UNKNOWN))
    # RFC 5280 5.3.1 asks that `unspecified` be said by saying nothing.
    stated = explicit(0, der.encode(ENUMERATED, bytes([holes.reason]))) if holes.reason else b""
    return explicit(REVOKED, _time(holes.revoked_at), stated)


def _time(moment: datetime) -> bytes:
    return der.encode(der.GENERALIZED_TIME, generalized(moment))


def _require_encodable(profile: OcspProfile, holes: OcspHoles) -> None:
    key = key_algorithm(holes.responder_spki)
    if profile.signature not in SIGNATURES_OF_KEY[key]:
        raise refuse(
            "The responder's key cannot make this signature.",
            f"The key is {key}; the profile wants {profile.signature}.",
            f"Write one of these in the profile: {', '.join(SIGNATURES_OF_KEY[key])}.",
            "OCSP-SIGNATURE",
        )
    _require_issuer(holes)
    if holes.serial_number <= 0 or holes.serial_number.bit_length() > 8 * SERIAL_OCTETS:
        raise refuse(
            "A serial number is out of range.",
            f"It is {holes.serial_number:#x}. It must be positive, with at most {SERIAL_OCTETS} octets.",
            "Correct the serial number that the response is about.",
            "OCSP-SERIAL",
        )
    _require_status(holes)
    _require_times(holes)


def _require_issuer(holes: OcspHoles) -> None:
    try:
        split_spki(holes.issuer_spki)
        for name in (holes.issuer_name, holes.responder_name):
            der.read_one(name, der.SEQUENCE)
    except DerError as error:
        raise refuse(
            "The names or keys for a response cannot be read.",
            f"{error}.",
            "Check the certificates of the CA and of the responder.",
            "OCSP-CERTID",
        ) from error


def _require_status(holes: OcspHoles) -> None:
    revoked = holes.status == "revoked"
    fault = None
    if revoked != (holes.revoked_at is not None):
        fault = "A time of revocation goes with the status revoked, and only with it."
    elif holes.reason is not None and not revoked:
        fault = "A reason goes with the status revoked, and only with it."
    elif holes.reason is not None and holes.reason not in REASONS:
        fault = f"There is no reason with the number {holes.reason} (RFC 5280 5.3.1)."
    elif holes.reason == REMOVE_FROM_CRL:
        fault = "removeFromCRL stands in delta CRLs alone (RFC 5280 5.3.1)."
    if fault is not None:
        raise refuse(
            "The status of a certificate contradicts itself.",
            f"The status is {holes.status}. {fault}",
            "Correct the revocation in the record or the script.",
            "OCSP-STATUS",
        )


def _require_times(holes: OcspHoles) -> None:
    moments = {
        "producedAt": holes.produced_at,
        "thisUpdate": holes.this_update,
        "nextUpdate": holes.next_update,
        "revocationTime": holes.revoked_at,
    }
    for name, moment in moments.items():
        if moment is None:
            continue
        if moment.utcoffset() is None or moment.utcoffset():
            raise ValueError(f"{name} must be in UTC")
        if moment.microsecond:
            raise refuse(
                "A time cannot be put into an OCSP response.",
                f"{name} is {moment.isoformat()}; whole seconds can be written (RFC 5280 4.1.2.5.2).",
                "Correct the clock, or the time of the revocation.",
                "OCSP-TIME",
            )
    if holes.next_update <= holes.this_update:
        raise refuse(
            "A response would end before it begins.",
            f"thisUpdate is {holes.this_update.isoformat()}, nextUpdate is {holes.next_update.isoformat()}.",
            "Correct the cycle in the profile, or the clock.",
            "OCSP-NEXT",
        )
