"""What may be signed: the CP/CPS identity, key profiles, certificate profiles, rule packs and waivers of one policy.

Every model is frozen, refuses unknown keys and coerces nothing. Order is meaning: names and extensions are encoded in
the order in which the profile lists them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.extensions import Extension
from ceremony.policy.names import Name
from ceremony.policy.primitives import IsoDate, Line, Model, ObjectIdentifier, Sha256, Slug, Text, UtcTime

KeyAlgorithm = Literal[
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "p-256",
    "p-384",
    "p-521",
    "ed25519",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
]
SignatureAlgorithm = Literal[
    "sha256-rsa",
    "sha384-rsa",
    "sha512-rsa",
    "sha256-rsa-pss",
    "sha384-rsa-pss",
    "sha512-rsa-pss",
    "ecdsa-sha256",
    "ecdsa-sha384",
    "ecdsa-sha512",
    "ed25519",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
]

_RSA: tuple[SignatureAlgorithm, ...] = (
    "sha256-rsa",
    "sha384-rsa",
    "sha512-rsa",
    "sha256-rsa-pss",
    "sha384-rsa-pss",
    "sha512-rsa-pss",
)
SIGNATURES_OF_KEY: dict[str, tuple[SignatureAlgorithm, ...]] = {
    "rsa-2048": _RSA,
    "rsa-3072": _RSA,
    "rsa-4096": _RSA,
    "p-256": ("ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"),
    "p-384": ("ecdsa-sha384", "ecdsa-sha256", "ecdsa-sha512"),
    "p-521": ("ecdsa-sha512", "ecdsa-sha256", "ecdsa-sha384"),
    "ed25519": ("ed25519",),
    "ml-dsa-44": ("ml-dsa-44",),
    "ml-dsa-65": ("ml-dsa-65",),
    "ml-dsa-87": ("ml-dsa-87",),
}
"""Which signature algorithms a key can make; of a curve, first the one that its BR pairing allows (BR-A4, 7.1.3.2)."""


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


TimeForm = Literal["rule", "utc", "generalized"]
"""`rule`: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5)."""


class Validity(Model):
    """Either `lifetime` from the agreed clock (20y, 90d, 36h), or both dates. `not_after` is the last second inside.

    With a lifetime, notBefore is the agreed clock (rounded down as `starts` says) and notAfter is one second before
    the same moment one lifetime later, so that the period counted as RFC 5280 counts it is exactly the lifetime.
    """

    lifetime: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[ydh]$")] | None = None
    starts: Literal["second", "hour", "day"] = "second"
    not_before: UtcTime | None = None
    not_after: UtcTime | None = None
    not_before_form: TimeForm = "rule"
    not_after_form: TimeForm = "rule"

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

Purpose = Literal["tls", "tls-generic", "smime", "code-signing", "time-stamping", "ocsp", "other"]
"""What the hierarchy under a CA is for, as its owner declares it to the root programmes (CCADB 6.3)."""


class CertificateProfile(Model):
    """Everything about a certificate but its holes: public key, identifiers made from it, serial number, clock."""

    lint_as: LintType
    purpose: Purpose = "other"
    subject: Annotated[Name, Field(min_length=1)]
    issuer: Slug
    """The profile of the issuer; the profile's own name for a self-signed certificate."""
    key: Slug
    """The key profile of the subject's key."""
    signature: SignatureAlgorithm
    """What the issuer's key signs it with."""
    validity: Validity
    serial_octets: Annotated[int, Field(ge=16, le=20)] = 16
    extensions: tuple[Extension, ...] = ()

    @model_validator(mode="after")
    def _each_extension_once(self) -> CertificateProfile:
        kinds = [  # by word, so that the same extension cannot stand twice in two forms
            EXTENSION_WORDS.get(extension.oid, extension.oid) if extension.type == "raw" else extension.type
            for extension in self.extensions
        ]
        repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if repeated:
            raise ValueError(f"an extension stands twice (RFC 5280 4.2 forbids it): {', '.join(repeated)}")
        return self


PackName = Literal["rfc5280", "cabf-tls-br", "mozilla", "chrome", "ccadb", "psre-indonesia"]


class Waiver(Model):
    """A decision to break rules, for named profiles, until a day.

    `rules` are rule ids of the packs, or codes of the linter; `sources` names every source that says so (pack names and
    `pkilint`): a waiver that leaves one out waives nothing.
    """

    rules: Annotated[tuple[Line, ...], Field(min_length=1)]
    sources: Annotated[tuple[PackName | Literal["pkilint"], ...], Field(min_length=1)]
    profiles: Annotated[tuple[Slug, ...], Field(min_length=1)]
    reason: Text
    expires: IsoDate
    approved_by: Line


class Policy(Model):
    """One policy file (`policies/<ca>/policy.yaml`)."""

    format: Literal["ceremony-policy/1"]
    ca: CertificationAuthority
    cp_cps: PolicyDocument
    rule_packs: Annotated[tuple[PackName, ...], Field(min_length=1)] = ("rfc5280",)
    waivers: tuple[Waiver, ...] = ()
    keys: Annotated[dict[Slug, KeyProfile], Field(min_length=1)]
    certificates: Annotated[dict[Slug, CertificateProfile], Field(min_length=1)]


def lifetime_parts(lifetime: str) -> tuple[int, str]:
    """Split "20y" into 20 and "y". The pattern was checked when the model was read."""
    match = re.fullmatch(r"(\d+)([ydh])", lifetime)
    if match is None:
        raise ValueError(f"not a lifetime: {lifetime}")
    return int(match[1]), match[2]
