"""What a rule sees: the facts of a to-be-signed certificate, read from its bytes, and what is known around it.

The pki layer reads the bytes and fills these in (`ceremony/pki/view.py`); rules know no encoding. All octets are DER
contents as they stand in the certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from ceremony.policy.rules.rule import Kind


@dataclass(frozen=True, slots=True)
class AttributeView:
    """One attribute of a name: its OID, ASN.1 tag name (`utf8`, `printable`, ...), text, and place (RDN index)."""

    oid: str
    string: str
    text: str
    rdn: int


@dataclass(frozen=True, slots=True)
class NameView:
    """A distinguished name: its exact DER, and its attributes in order."""

    der: bytes
    attributes: tuple[AttributeView, ...]

    def values(self, oid: str) -> tuple[str, ...]:
        """The texts of every attribute of one type."""
        return tuple(attribute.text for attribute in self.attributes if attribute.oid == oid)


@dataclass(frozen=True, slots=True)
class GeneralNameView:
    """`kind` is `dns`, `email`, `uri`, `ip`, `directory`, `registered-id`, `other`, `x400` or `edi`.

    `text` is the value as text (an IP network as `10.0.0.0/8` or in raw hex where it is no network); `name` is set for
    `directory`; `octets` are the raw contents.
    """

    kind: str
    text: str
    octets: bytes
    name: NameView | None = None


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One certificate policy: OID, and its qualifiers as (qualifier OID, text)."""

    oid: str
    qualifiers: tuple[tuple[str, str], ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
    """(string type, text) of each explicitText."""


@dataclass(frozen=True, slots=True)
class PointView:
    """One distribution point."""

    full_name: tuple[GeneralNameView, ...] = ()
    relative_name: bool = False
    reasons: bool = False
    crl_issuer: bool = False


@dataclass(frozen=True, slots=True)
class KeyView:
    """A public key: exact SubjectPublicKeyInfo and AlgorithmIdentifier DER, and its numbers."""

    spki: bytes
    algorithm_der: bytes
    kind: str
    """`rsa`, `rsa-pss`, `p-256`, `p-384`, `p-521`, `ed25519`, `ml-dsa-44` and so on, or the OID of any other."""
    bits: int
    modulus: int = 0
    exponent: int = 0
    on_curve: bool = True
    """Of an elliptic curve key: the point lies on its curve (SP 800-56A full validation)."""
    identifiers: tuple[bytes, ...] = ()
    """The key identifiers that the methods sha1 and rfc7093-1 give."""


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """An extension as it stands: OID, criticality, the contents of extnValue."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class CertificateView:
    """Every fact of a to-be-signed certificate. Absent extensions are None."""

    octets: bytes
    version: int
    """1, 2 or 3 as people count."""
    serial_number: int
    serial_octets: int
    """Length of the INTEGER's contents."""
    signature_algorithm_der: bytes
    issuer: NameView
    subject: NameView
    not_before: datetime
    not_after: datetime
    not_before_form: str
    """`utc` or `generalized`."""
    not_after_form: str
    unique_identifiers: bool
    key: KeyView
    extensions: tuple[ExtensionView, ...]
    irregularities: tuple[str, ...]
    """Where the bytes are not DER."""
    ca: bool | None = None
    path_length: int | None = None
    key_usage: frozenset[str] | None = None
    purposes: tuple[str, ...] | None = None
    """Extended key usage, as OIDs in order."""
    subject_key_identifier: bytes | None = None
    authority_key_identifier: bytes | None = None
    authority_issuer_and_serial: bool = False
    policies: tuple[PolicyView, ...] | None = None
    policy_mappings: tuple[tuple[str, str], ...] | None = None
    require_explicit_policy: int | None = None
    inhibit_policy_mapping: int | None = None
    inhibit_any_policy: int | None = None
    permitted: tuple[GeneralNameView, ...] | None = None
    excluded: tuple[GeneralNameView, ...] | None = None
    constraints_bounds: bool = False
    """A subtree of the name constraints has minimum or maximum."""
    crl_points: tuple[PointView, ...] | None = None
    freshest_crl: tuple[PointView, ...] | None = None
    authority_access: tuple[tuple[str, GeneralNameView], ...] | None = None
    """(access method OID, location) in order."""
    subject_access: tuple[tuple[str, GeneralNameView], ...] | None = None
    subject_names: tuple[GeneralNameView, ...] | None = None
    issuer_names: tuple[GeneralNameView, ...] | None = None
    no_check: bytes | None = None
    """The value of ocsp-nocheck."""

    def extension(self, oid: str) -> ExtensionView | None:
        """The extension of this type, or None."""
        return next((item for item in self.extensions if item.oid == oid), None)

    @property
    def self_issued(self) -> bool:
        """Issuer and subject are the same bytes."""
        return self.issuer.der == self.subject.der


@dataclass(frozen=True, slots=True)
class Known:
    """A certificate that exists, or that the same plan makes, and what is known of it."""

    name: str
    certificate: CertificateView
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule judges: the certificate, what it claims to be, and the history around it.

    `keys_are_placeholders` is True while planning: rules over the key's own numbers or over equality of keys then look
    at `key_names` instead (the same name means the same key).
    """

    kind: ClassVar[Kind] = "certificate"
    name: str
    certificate: CertificateView
    lint_as: str
    purpose: str
    practice: bool
    clock: datetime
    """The agreed clock: the moment of signing."""
    key_name: str
    issuer_key_name: str
    issuer: CertificateView | None = None
    """The issuer's certificate; None for a self-signed one."""
    known: tuple[Known, ...] = ()
    """Every other certificate: earlier ones and those of the same plan that are signed before this one."""
    known_keys: dict[str, str] = field(default_factory=dict)
    """For each known certificate the name of its key."""
    keys_are_placeholders: bool = False
    issuer_spki: bytes = b""
    """SubjectPublicKeyInfo of the key that is to sign; empty where it was not given."""
    outer_algorithm_der: bytes = b""
    """The AlgorithmIdentifier that will stand beside the signature; empty where it was not given."""
    ca_country: str = ""
    cp_cps_oid: str = ""
    rollover: bool = False
    """Its profile says that another key may have carried the name already."""

    @property
    def root(self) -> bool:
        """It says that it is a root."""
        return self.lint_as == "root-ca"

    @property
    def ca(self) -> bool:
        """It is a CA certificate, by its bytes."""
        return bool(self.certificate.ca)
