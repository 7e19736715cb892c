"""What may be signed: the CP/CPS identity, key profiles, certificate profiles, rule packs and waivers of one policy.

Every model is frozen, refuses unknown keys and coerces nothing. Order is meaning: names and extensions are encoded in
the order in which the profile lists them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ceremony.policy.algorithms import KeyAlgorithm, SignatureAlgorithm
from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.extensions import Extension
from ceremony.policy.names import Name
from ceremony.policy.primitives import IsoDate, Line, Model, ObjectIdentifier, Sha256, Slug, Text, UtcTime
from ceremony.policy.status import CrlProfile, OcspProfile, RequestProfile


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
    """A kind of key: its algorithm, and what its token must say of it. Keys are made for signing only.

    With `backup` a key can leave its token once, wrapped for a second token, until a backup-key step locks it. Its
    attributes are what the token must say from then on; before, it is extractable and says so.
    """

    algorithm: KeyAlgorithm
    backup: bool = False
    attributes: KeyAttributes = KeyAttributes()

    @model_validator(mode="after")
    def _honest(self) -> KeyProfile:
        if self.backup and self.attributes.never_extractable:
            raise ValueError("a key with a backup was extractable once: say never_extractable: false")
        return self


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
    rollover: bool = False
    """Another key may carry its name already: a CA changes its key and keeps its name (CHAIN-SUBJECT)."""
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


class CustodyRules(Model):
    """What binds people to what is done, beside their presence.

    A typed approval is no certified electronic signature (UU ITE 11; PP 71/2019 60).
    """

    approvals: Literal["typed", "signed"] = "typed"
    """`signed`: whoever approves signs with a key of their own. `typed`: who has no such key may type instead."""
    quorum: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many custodians at least approve each use of a key, whatever a script says; nobody else approves then."""
    read_back: bool = False
    """Whether each who approves first types other words of the digest, chosen by the program."""
    attestation: bool = False
    """Whether everybody present agrees with the record at its close, or dissents."""
    receipts: bool = False
    """Whether everybody present gets a slip that fixes the record."""
    card_contact: Line | None = None
    """Whom the finder of a printed share card calls: an address and a telephone number. Without it none is printed."""


class Policy(Model):
    """One policy file (`policies/<ca>/policy.yaml`)."""

    format: Literal["ceremony-policy/1"]
    ca: CertificationAuthority
    cp_cps: PolicyDocument
    rule_packs: Annotated[tuple[PackName, ...], Field(min_length=1)] = ("rfc5280",)
    waivers: tuple[Waiver, ...] = ()
    custody: CustodyRules = CustodyRules()
    keys: Annotated[dict[Slug, KeyProfile], Field(min_length=1)]
    certificates: Annotated[dict[Slug, CertificateProfile], Field(min_length=1)]
    crls: dict[Slug, CrlProfile] = Field(default_factory=dict)
    ocsp: dict[Slug, OcspProfile] = Field(default_factory=dict)
    requests: dict[Slug, RequestProfile] = Field(default_factory=dict)


def lifetime_parts(lifetime: str) -> tuple[int, str]:
    """Split "20y" into 20 and "y". The pattern was checked when the model was read."""
    match = re.fullmatch(r"(\d+)([ydh])", lifetime)
    if match is None:
        raise ValueError(f"not a lifetime: {lifetime}")
    return int(match[1]), match[2]
