"""What may be signed: the CP/CPS identity, key profiles and certificate profiles of one policy file.

Every model is frozen, refuses unknown keys and coerces nothing. Order is meaning: names and extensions are encoded in
the order in which the profile lists them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$", max_length=64)]
"""A short name for files and references: lower-case letters, digits, single hyphens or dots."""

ObjectIdentifier = Annotated[str, StringConstraints(pattern=r"^[0-2](?:\.(?:0|[1-9][0-9]*))+$", max_length=128)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$")]
UtcTime = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"),
]
"""A moment in UTC, to the second: 2026-11-22T00:00:00Z."""

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[!-~]*)?$", max_length=1000)]

KeyAlgorithm = Literal["rsa-2048", "rsa-3072", "rsa-4096", "p-256", "p-384", "p-521", "ed25519"]
SignatureAlgorithm = Literal[
    "sha256-rsa", "sha384-rsa", "sha512-rsa", "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512", "ed25519"
]

SIGNATURES_OF_KEY: dict[str, tuple[SignatureAlgorithm, ...]] = {
    "rsa-2048": ("sha256-rsa", "sha384-rsa", "sha512-rsa"),
    "rsa-3072": ("sha256-rsa", "sha384-rsa", "sha512-rsa"),
    "rsa-4096": ("sha256-rsa", "sha384-rsa", "sha512-rsa"),
    "p-256": ("ecdsa-sha256",),
    "p-384": ("ecdsa-sha384",),
    "p-521": ("ecdsa-sha512",),
    "ed25519": ("ed25519",),
}
"""Which signature algorithms a key may make (BR 7.1.3.2: the curve fixes the hash)."""


class Model(BaseModel):
    """Base of every input model: frozen, unknown keys refused, nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CertificationAuthority(Model):
    """Whose policy this is."""

    name: Line
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class PolicyDocument(Model):
    """The CP/CPS that this file puts into data (RFC 3647): its identity and, where published, its SHA-256."""

    title: Line
    version: Line
    date: IsoDate
    oid: ObjectIdentifier | None = None
    sha256: Sha256 | None = None


class KeyAttributes(Model):
    """What the token must say of a private key when it is read back (PKCS#11 CKA_ attributes of the same names)."""

    local: bool = True
    sensitive: bool = True
    always_sensitive: bool = True
    extractable: bool = False
    never_extractable: bool = True


class KeyProfile(Model):
    """A kind of key: its algorithm, and what its token must say of it. Keys are made for signing only."""

    algorithm: KeyAlgorithm
    attributes: KeyAttributes = KeyAttributes()


class NameAttribute(Model):
    """One attribute of a distinguished name; `type` is an RFC 4519 short name (C, O, OU, CN, L, ST, DC, serialNumber)
    or an object identifier; `string` is the ASN.1 string type it is encoded with."""

    type: Annotated[
        str, StringConstraints(pattern=r"^(?:C|O|OU|CN|L|ST|DC|serialNumber|[0-2](?:\.(?:0|[1-9][0-9]*))+)$")
    ]
    value: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    string: Literal["utf8", "printable", "ia5"] = "utf8"


class Validity(Model):
    """Either `lifetime` from the agreed clock (20y, 90d, 36h), or both dates. `not_after` is the last second inside.

    With a lifetime, notBefore is the agreed clock (rounded down as `starts` says) and notAfter is one second before
    the same moment one lifetime later, so that the period counted as RFC 5280 counts it is exactly the lifetime.
    """

    lifetime: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[ydh]$")] | None = None
    starts: Literal["second", "hour", "day"] = "second"
    not_before: UtcTime | None = None
    not_after: UtcTime | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Validity:
        dates = (self.not_before, self.not_after)
        if self.lifetime is not None and dates != (None, None):
            raise ValueError("say either lifetime or not_before and not_after, not both")
        if self.lifetime is None and None in dates:
            raise ValueError("say lifetime, or both not_before and not_after")
        if None not in dates and str(self.not_after) <= str(self.not_before):
            raise ValueError("not_after must come after not_before")
        return self


class BasicConstraints(Model):
    """RFC 5280 4.2.1.9."""

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


class ExtendedKeyUsage(Model):
    """RFC 5280 4.2.1.12; names (serverAuth, clientAuth, codeSigning, emailProtection, timeStamping, OCSPSigning,
    anyExtendedKeyUsage) or object identifiers, encoded in this order."""

    type: Literal["extended-key-usage"]
    critical: bool
    purposes: Annotated[
        tuple[
            Literal[
                "serverAuth",
                "clientAuth",
                "codeSigning",
                "emailProtection",
                "timeStamping",
                "OCSPSigning",
                "anyExtendedKeyUsage",
            ]
            | ObjectIdentifier,
            ...,
        ],
        Field(min_length=1),
    ]


class SubjectKeyIdentifier(Model):
    """RFC 5280 4.2.1.2: `sha1` over the subjectPublicKey bits, or `rfc7093-1`, the leftmost 160 bits of SHA-256."""

    type: Literal["subject-key-identifier"]
    critical: bool = False
    method: Literal["sha1", "rfc7093-1"]


class AuthorityKeyIdentifier(Model):
    """RFC 5280 4.2.1.1: the key identifier that the issuer's certificate carries."""

    type: Literal["authority-key-identifier"]
    critical: bool = False


class PolicyInformation(Model):
    """One certificate policy with its CPS pointers (RFC 5280 4.2.1.4)."""

    oid: ObjectIdentifier
    cps: tuple[HttpUrl, ...] = ()


class CertificatePolicies(Model):
    """RFC 5280 4.2.1.4."""

    type: Literal["certificate-policies"]
    critical: bool = False
    policies: Annotated[tuple[PolicyInformation, ...], Field(min_length=1)]


class CrlDistributionPoints(Model):
    """RFC 5280 4.2.1.13: one distribution point for each URL."""

    type: Literal["crl-distribution-points"]
    critical: bool = False
    urls: Annotated[tuple[HttpUrl, ...], Field(min_length=1)]


class AccessDescription(Model):
    """One way to reach the issuer (RFC 5280 4.2.2.1)."""

    method: Literal["ocsp", "ca-issuers"]
    url: HttpUrl


class AuthorityInformationAccess(Model):
    """RFC 5280 4.2.2.1."""

    type: Literal["authority-information-access"]
    critical: bool = False
    access: Annotated[tuple[AccessDescription, ...], Field(min_length=1)]


Extension = Annotated[
    BasicConstraints
    | KeyUsage
    | ExtendedKeyUsage
    | SubjectKeyIdentifier
    | AuthorityKeyIdentifier
    | CertificatePolicies
    | CrlDistributionPoints
    | AuthorityInformationAccess,
    Field(discriminator="type"),
]

LintType = Literal[
    "root-ca",
    "internal-cross-ca",
    "external-cross-ca",
    "non-tls-ca",
    "internal-unconstrained-tls-ca",
    "internal-constrained-tls-ca",
    "external-unconstrained-tls-ca",
    "external-constrained-tls-ca",
    "ocsp-responder",
    "pkix",
]
"""What a certificate claims to be, for the linter (BR 7.1.2); `pkix` means RFC 5280 alone. Given, never detected."""


class CertificateProfile(Model):
    """Everything about a certificate but its holes: public key, identifiers made from it, serial number, clock."""

    lint_as: LintType
    subject: Annotated[tuple[NameAttribute, ...], Field(min_length=1)]
    issuer: Slug
    """The profile of the issuer; the profile's own name for a self-signed certificate."""
    key: Slug
    """The key profile of the subject's key."""
    signature: SignatureAlgorithm
    """What the issuer's key signs it with."""
    validity: Validity
    serial_octets: Annotated[int, Field(ge=9, le=20)] = 16
    extensions: Annotated[tuple[Extension, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_extension_once(self) -> CertificateProfile:
        kinds = [extension.type for extension in self.extensions]
        repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if repeated:
            raise ValueError(f"an extension stands twice (RFC 5280 4.2 forbids it): {', '.join(repeated)}")
        return self


class Policy(Model):
    """One policy file (`policies/<ca>/policy.yaml`)."""

    format: Literal["ceremony-policy/1"]
    ca: CertificationAuthority
    cp_cps: PolicyDocument
    keys: Annotated[dict[Slug, KeyProfile], Field(min_length=1)]
    certificates: Annotated[dict[Slug, CertificateProfile], Field(min_length=1)]


def lifetime_parts(lifetime: str) -> tuple[int, str]:
    """Split "20y" into 20 and "y". The pattern was checked when the model was read."""
    match = re.fullmatch(r"(\d+)([ydh])", lifetime)
    if match is None:
        raise ValueError(f"not a lifetime: {lifetime}")
    return int(match[1]), match[2]
