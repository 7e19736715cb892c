"""What a rule sees of an OCSP response: its facts, read from its bytes, and what is known around it (RFC 6960 4.2.1).

The pki layer reads the bytes (`ceremony/pki/ocsp_view.py`); rules know no encoding. Every moment is aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from ceremony.policy.rules.rule import Kind
from ceremony.policy.rules.view import CertificateView, ExtensionView, Known, NameView

NONCE = "1.3.6.1.5.5.7.48.1.2"
REASON_CODE = "2.5.29.21"
SUCCESSFUL = 0
BASIC = "1.3.6.1.5.5.7.48.1.1"

STATUSES: dict[int, str] = {
    0: "successful",
    1: "malformedRequest",
    2: "internalError",
    3: "tryLater",
    5: "sigRequired",
    6: "unauthorized",
}
"""OCSPResponseStatus by number (4 is not used)."""

CertStatus = Literal["good", "revoked", "unknown"]


@dataclass(frozen=True, slots=True)
class SingleView:
    """What a response says of one certificate."""

    hash_algorithm: str
    """OID of the hash of the two that follow."""
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial_number: int
    status: CertStatus
    this_update: datetime
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: int | None = None
    extensions: tuple[ExtensionView, ...] = ()


@dataclass(frozen=True, slots=True)
class OcspView:
    """Every fact of an OCSP response.

    Of a BasicOCSPResponse alone, `response_status` is as if it were successful; of a ResponseData alone, there are no
    algorithm and no certificates either. Of an error there is nothing but the status.
    """

    octets: bytes
    """The ResponseData: what is signed. Empty for an error."""
    response_status: int = SUCCESSFUL
    response_type: str = BASIC
    version: int = 1
    """As people count."""
    responder_name: NameView | None = None
    responder_key_hash: bytes | None = None
    produced_at: datetime | None = None
    responses: tuple[SingleView, ...] = ()
    extensions: tuple[ExtensionView, ...] = ()
    signature_algorithm_der: bytes = b""
    signature: bytes = b""
    certificates: tuple[CertificateView, ...] = ()
    nonce: bytes | None = None
    """The contents of the OCTET STRING in the nonce extension (RFC 9654 2.1); all of its value where it is none."""
    irregularities: tuple[str, ...] = ()
    """Where the bytes are not DER."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revocation of the issuer's record: which serial number, when, and for what reason (CRLReason or None)."""

    serial_number: int
    when: datetime
    reason: int | None = None


@dataclass(frozen=True, slots=True)
class OcspSubject:
    """What a rule judges: a response that is to be signed or was, and the record of the CA for which it answers."""

    kind: ClassVar[Kind] = "ocsp"
    name: str
    response: OcspView
    clock: datetime
    """The agreed clock: the moment of signing."""
    issuer: CertificateView
    """The CA whose certificates it is about."""
    issuer_key_bits: bytes
    """The contents of the BIT STRING of the issuer's public key, which a CertID hashes (RFC 6960 4.1.1)."""
    delegate: CertificateView | None = None
    """The responder that signs in the CA's stead; None where the CA signs."""
    issued: tuple[Known, ...] = ()
    """Every certificate that this CA has issued, or issues earlier in the same plan."""
    revoked: tuple[Revoked, ...] = ()
    """Every revocation in the CA's record."""
    presigned: bool = True
    """It answers no request that exists, but any that may come."""
    outer_algorithm_der: bytes = b""
    """The AlgorithmIdentifier that stands, or will stand, beside the signature; empty where it was not given."""

    @property
    def signer(self) -> CertificateView:
        """The certificate whose key signs."""
        return self.delegate or self.issuer

    def certificate(self, serial_number: int) -> CertificateView | None:
        """The certificate of this CA with that serial number, or None."""
        found = (known.certificate for known in self.issued if known.certificate.serial_number == serial_number)
        return next(found, None)

    def revocation(self, serial_number: int) -> Revoked | None:
        """What the record says of a revoked certificate, or None."""
        return next((item for item in self.revoked if item.serial_number == serial_number), None)
