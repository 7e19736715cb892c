"""What a rule sees of a revocation list: the facts of a to-be-signed CRL, and what is known around it.

The pki layer reads the bytes and fills these in (`ceremony/pki/crl_view.py`); rules know no encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from ceremony.policy.rules.rule import Kind
from ceremony.policy.rules.view import CertificateView, ExtensionView, GeneralNameView, Known, NameView

Scope = Literal["ca", "subscriber"]
"""Whose certificates a CRL covers: those of CAs (and of the issuer's own responders), or those of subscribers."""

REASONS: dict[int, str] = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""CRLReason (RFC 5280 5.3.1); 7 is not used."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One revoked certificate. Absent entry extensions are None."""

    serial_number: int
    serial_content: bytes
    """Contents of the INTEGER, as they stand."""
    revoked_at: datetime
    revoked_at_form: str
    """`utc` or `generalized`."""
    reason: int | None = None
    reason_critical: bool = False
    invalid_from: datetime | None = None
    """The invalidity date."""
    invalid_from_form: str = ""
    certificate_issuer: tuple[GeneralNameView, ...] | None = None
    extensions: tuple[ExtensionView, ...] = ()

    @property
    def serial(self) -> str:
        """The serial number as people read it aloud: hexadecimal."""
        return self.serial_content.hex()


@dataclass(frozen=True, slots=True)
class IssuingPointView:
    """The issuing distribution point: which part of all revocations a CRL holds."""

    full_name: tuple[GeneralNameView, ...] = ()
    relative_name: bool = False
    only_users: bool = False
    only_cas: bool = False
    only_some_reasons: bool = False
    indirect: bool = False
    only_attributes: bool = False


@dataclass(frozen=True, slots=True)
class CrlView:
    """Every fact of a to-be-signed CRL (RFC 5280 5.1). Absent parts are None."""

    octets: bytes
    version: int
    """1 or 2 as people count."""
    signature_algorithm_der: bytes
    outer_algorithm_der: bytes
    """The AlgorithmIdentifier beside the signature; empty where only a TBSCertList was read."""
    issuer: NameView
    this_update: datetime
    this_update_form: str
    next_update: datetime | None
    next_update_form: str
    entries: tuple[EntryView, ...]
    list_present: bool
    """revokedCertificates stands there, with entries or without."""
    extensions: tuple[ExtensionView, ...]
    irregularities: tuple[str, ...]
    """Where the bytes are not DER."""
    authority_key_identifier: bytes | None = None
    authority_issuer_and_serial: bool = False
    number: int | None = None
    number_octets: int = 0
    """Length of the CRL number's contents."""
    delta_base: int | None = None
    """The base CRL's number, of a delta CRL."""
    point: IssuingPointView | None = None

    def extension(self, oid: str) -> ExtensionView | None:
        """The extension of this type, or None."""
        return next((item for item in self.extensions if item.oid == oid), None)


@dataclass(frozen=True, slots=True)
class Intended:
    """A revocation that the plan asks for. `reason` None: no reason code."""

    serial_number: int
    reason: int | None
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class CrlSubject:
    """What a rule judges: the CRL, what it claims to cover, and the history around it.

    `issued` are the certificates that are known, of this issuer and of others; None where no record of them is kept
    here. `intended` are the revocations that the plan adds; None where no plan stands behind the CRL.
    """

    kind: ClassVar[Kind] = "crl"
    name: str
    crl: CrlView
    clock: datetime
    """The agreed clock: the moment of signing."""
    scope: Scope = "ca"
    issuer: CertificateView | None = None
    previous: CrlView | None = None
    """The last CRL of the same issuer and scope; None for the first."""
    issued: tuple[Known, ...] | None = None
    intended: tuple[Intended, ...] | None = None
    outer_algorithm_der: bytes = b""
    """The AlgorithmIdentifier that stands, or will stand, beside the signature; empty where it was not given."""

    def own(self) -> Iterator[Known]:
        """The known certificates that this issuer issued."""
        yield from (known for known in self.issued or () if known.certificate.issuer.der == self.crl.issuer.der)

    def certificates(self) -> dict[int, Known]:
        """The known certificates of this issuer by serial number."""
        return {known.certificate.serial_number: known for known in self.own()}

    def new_entries(self) -> Iterator[EntryView]:
        """The entries that the previous CRL did not have."""
        before = {entry.serial_number for entry in self.previous.entries} if self.previous else set()
        yield from (entry for entry in self.crl.entries if entry.serial_number not in before)
