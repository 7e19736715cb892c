"""The extensions that a profile can say (RFC 5280 4.2, RFC 6960 4.2.2.2.1, RFC 3739), each with its criticality."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ceremony.policy.names import GeneralName, Name
from ceremony.policy.primitives import Hex, Line, Model, ObjectIdentifier, Uri, UtcTime


class BasicConstraints(Model):
    """RFC 5280 4.2.1.9. With `ca: false` the value is the empty sequence."""

    type: Literal["basic-constraints"]
    critical: bool
    ca: bool
    path_length: Annotated[int, Field(ge=0, le=255)] | None = None


KeyUsageBit = Literal[
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
]


class KeyUsage(Model):
    """RFC 5280 4.2.1.3."""

    type: Literal["key-usage"]
    critical: bool
    usages: Annotated[tuple[KeyUsageBit, ...], Field(min_length=1)]


KeyPurpose = Literal[
    "serverAuth",
    "clientAuth",
    "codeSigning",
    "emailProtection",
    "timeStamping",
    "OCSPSigning",
    "anyExtendedKeyUsage",
]


class ExtendedKeyUsage(Model):
    """RFC 5280 4.2.1.12; names or object identifiers, encoded in this order."""

    type: Literal["extended-key-usage"]
    critical: bool
    purposes: Annotated[tuple[KeyPurpose | ObjectIdentifier, ...], Field(min_length=1)]


class SubjectKeyIdentifier(Model):
    """RFC 5280 4.2.1.2. `sha1`: over the subjectPublicKey bits. `rfc7093-1`: the leftmost 160 bits of SHA-256.
    `copy`: that of the certificate that the key has already (a cross-certificate must). `literal`: `value`."""

    type: Literal["subject-key-identifier"]
    critical: bool = False
    method: Literal["sha1", "rfc7093-1", "copy", "literal"]
    value: Hex | None = None

    @model_validator(mode="after")
    def _literal_has_value(self) -> SubjectKeyIdentifier:
        if (self.method == "literal") != (self.value is not None):
            raise ValueError("value goes with method literal, and only with it")
        return self


class LiteralIssuer(Model):
    """authorityCertIssuer and authorityCertSerialNumber, as they are to stand."""

    issuer: Annotated[tuple[GeneralName, ...], Field(min_length=1)]
    serial: Hex


class AuthorityKeyIdentifier(Model):
    """RFC 5280 4.2.1.1. `key_identifier`: `issuer` (what the issuer's certificate carries), `none`, or hex octets.
    `issuer_and_serial`: `none`, `issuer` (of the issuer's own certificate), or literal values."""

    type: Literal["authority-key-identifier"]
    critical: bool = False
    key_identifier: Literal["issuer", "none"] | Hex = "issuer"
    issuer_and_serial: Literal["none", "issuer"] | LiteralIssuer = "none"


class CpsQualifier(Model):
    """id-qt-cps: a pointer to the CPS."""

    type: Literal["cps"]
    uri: Annotated[str, Field(max_length=1000, pattern=r"^[!-~ ]+$")]


NoticeString = Literal["utf8", "visible", "bmp", "ia5"]


class UserNotice(Model):
    """id-qt-unotice: a notice reference, a text, or both."""

    type: Literal["user-notice"]
    text: Annotated[str, Field(max_length=2000)] | None = None
    string: NoticeString = "utf8"
    organization: Line | None = None
    organization_string: NoticeString = "utf8"
    numbers: tuple[Annotated[int, Field(ge=0)], ...] = ()


class PolicyInformation(Model):
    """One certificate policy with its qualifiers, in order (RFC 5280 4.2.1.4)."""

    oid: ObjectIdentifier
    qualifiers: tuple[Annotated[CpsQualifier | UserNotice, Field(discriminator="type")], ...] = ()


class CertificatePolicies(Model):
    """RFC 5280 4.2.1.4."""

    type: Literal["certificate-policies"]
    critical: bool = False
    policies: Annotated[tuple[PolicyInformation, ...], Field(min_length=1)]


class PolicyMapping(Model):
    """One pair of equivalent policies."""

    issuer: ObjectIdentifier
    subject: ObjectIdentifier


class PolicyMappings(Model):
    """RFC 5280 4.2.1.5."""

    type: Literal["policy-mappings"]
    critical: bool
    mappings: Annotated[tuple[PolicyMapping, ...], Field(min_length=1)]


class PolicyConstraints(Model):
    """RFC 5280 4.2.1.11."""

    type: Literal["policy-constraints"]
    critical: bool
    require_explicit_policy: Annotated[int, Field(ge=0, le=255)] | None = None
    inhibit_policy_mapping: Annotated[int, Field(ge=0, le=255)] | None = None


class InhibitAnyPolicy(Model):
    """RFC 5280 4.2.1.14."""

    type: Literal["inhibit-any-policy"]
    critical: bool
    skip_certs: Annotated[int, Field(ge=0, le=255)]


class NameConstraints(Model):
    """RFC 5280 4.2.1.10. An excluded `dns` of "" and `ip` of 0.0.0.0/0 or ::/0 exclude everything of that kind."""

    type: Literal["name-constraints"]
    critical: bool
    permitted: tuple[GeneralName, ...] = ()
    excluded: tuple[GeneralName, ...] = ()


Reason = Literal[
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
]


class DistributionPoint(Model):
    """One distribution point in full (RFC 5280 4.2.1.13)."""

    full_name: tuple[GeneralName, ...] = ()
    relative_name: Name = ()
    reasons: tuple[Reason, ...] = ()
    crl_issuer: tuple[GeneralName, ...] = ()


class _Points(Model):
    critical: bool = False
    urls: tuple[Uri, ...] = ()
    """One distribution point for each URL: the usual form."""
    points: tuple[DistributionPoint, ...] = ()
    """Distribution points in full, where that is not enough."""

    @model_validator(mode="after")
    def _one_form(self) -> _Points:
        if bool(self.urls) == bool(self.points):
            raise ValueError("say either urls or points")
        return self


class CrlDistributionPoints(_Points):
    """RFC 5280 4.2.1.13."""

    type: Literal["crl-distribution-points"]


class FreshestCrl(_Points):
    """RFC 5280 4.2.1.15: where delta CRLs are."""

    type: Literal["freshest-crl"]


class AccessDescription(Model):
    """One way to reach something (RFC 5280 4.2.2): `url`, or a `location` of another kind."""

    method: Literal["ocsp", "ca-issuers", "ca-repository", "time-stamping"] | ObjectIdentifier
    url: Uri | None = None
    location: GeneralName | None = None

    @model_validator(mode="after")
    def _one_place(self) -> AccessDescription:
        if (self.url is None) == (self.location is None):
            raise ValueError("say either url or location")
        return self


class AuthorityInformationAccess(Model):
    """RFC 5280 4.2.2.1."""

    type: Literal["authority-information-access"]
    critical: bool = False
    access: Annotated[tuple[AccessDescription, ...], Field(min_length=1)]


class SubjectInformationAccess(Model):
    """RFC 5280 4.2.2.2."""

    type: Literal["subject-information-access"]
    critical: bool = False
    access: Annotated[tuple[AccessDescription, ...], Field(min_length=1)]


class SubjectAlternativeName(Model):
    """RFC 5280 4.2.1.6."""

    type: Literal["subject-alternative-name"]
    critical: bool
    names: Annotated[tuple[GeneralName, ...], Field(min_length=1)]


class IssuerAlternativeName(Model):
    """RFC 5280 4.2.1.7."""

    type: Literal["issuer-alternative-name"]
    critical: bool = False
    names: Annotated[tuple[GeneralName, ...], Field(min_length=1)]


class PrivateKeyUsagePeriod(Model):
    """RFC 3280 4.2.1.4 (GeneralizedTime, both optional)."""

    type: Literal["private-key-usage-period"]
    critical: bool = False
    not_before: UtcTime | None = None
    not_after: UtcTime | None = None


class OcspNoCheck(Model):
    """RFC 6960 4.2.2.2.1; its value is NULL."""

    type: Literal["ocsp-no-check"]
    critical: bool = False


class QcStatement(Model):
    """One statement (RFC 3739 3.2.6; ETSI EN 319 412-5): its OID, and its information as DER where it has any."""

    oid: ObjectIdentifier
    der: Hex | None = None


class QcStatements(Model):
    """RFC 3739 3.2.6."""

    type: Literal["qc-statements"]
    critical: bool = False
    statements: Annotated[tuple[QcStatement, ...], Field(min_length=1)]


class RawExtension(Model):
    """Any other extension: its OID, and the DER inside extnValue."""

    type: Literal["raw"]
    oid: ObjectIdentifier
    critical: bool
    der: Hex


Extension = Annotated[
    BasicConstraints
    | KeyUsage
    | ExtendedKeyUsage
    | SubjectKeyIdentifier
    | AuthorityKeyIdentifier
    | CertificatePolicies
    | PolicyMappings
    | PolicyConstraints
    | InhibitAnyPolicy
    | NameConstraints
    | CrlDistributionPoints
    | FreshestCrl
    | AuthorityInformationAccess
    | SubjectInformationAccess
    | SubjectAlternativeName
    | IssuerAlternativeName
    | PrivateKeyUsagePeriod
    | OcspNoCheck
    | QcStatements
    | RawExtension,
    Field(discriminator="type"),
]
