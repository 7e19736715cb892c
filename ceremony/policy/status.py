"""How a policy says revocation lists, OCSP responses and requests: what is signed beside certificates.

Every model is frozen and refuses unknown keys; extensions are encoded in the order in which the profile lists them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ceremony.policy.algorithms import SignatureAlgorithm
from ceremony.policy.extensions import AuthorityKeyIdentifier, Extension, FreshestCrl, RawExtension
from ceremony.policy.names import Name
from ceremony.policy.primitives import Model, Slug, Uri

Span = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,4}[dh]$")]
"""A whole number of days or hours: `365d`, `36h`."""


class UpdateCycle(Model):
    """How long a list or a response counts, and when the next one must be made.

    nextUpdate is `lifetime` less `margin` after thisUpdate (BR 4.9.7: at most twelve months). The next ceremony must be
    held `renew` before nextUpdate.
    """

    lifetime: Span
    margin: Span | None = None
    renew: Span


class CrlNumber(Model):
    """RFC 5280 5.2.3; the number itself is one more than the last."""

    type: Literal["crl-number"]


class DeltaCrlIndicator(Model):
    """RFC 5280 5.2.4, critical; the base CRL's number comes from the record."""

    type: Literal["delta-crl-indicator"]


class IssuingDistributionPoint(Model):
    """RFC 5280 5.2.5, critical: which part of all revocations the list holds."""

    type: Literal["issuing-distribution-point"]
    urls: tuple[Uri, ...] = ()
    only: Literal["ca", "user"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> IssuingDistributionPoint:
        if not self.urls and self.only is None:
            raise ValueError("an issuing distribution point names its urls, or says which certificates it is for")
        return self


CrlExtension = Annotated[
    AuthorityKeyIdentifier | CrlNumber | DeltaCrlIndicator | IssuingDistributionPoint | FreshestCrl | RawExtension,
    Field(discriminator="type"),
]


class CrlProfile(Model):
    """Everything about a CRL (RFC 5280 5.1) but its entries, its number and the agreed clock."""

    scope: Literal["ca", "subscriber"]
    """Whose certificates it covers: those of CAs and of the issuer's own responders, or those of subscribers."""
    issuer: Slug
    """The certificate profile of the CA that signs it."""
    signature: SignatureAlgorithm
    cycle: UpdateCycle
    delta_of: Slug | None = None
    """The CRL profile whose last list is the base of this delta CRL."""
    extensions: Annotated[tuple[CrlExtension, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> CrlProfile:
        kinds = [extension.type for extension in self.extensions if extension.type != "raw"]
        repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if repeated:
            raise ValueError(f"an extension stands twice: {', '.join(repeated)}")
        if ("delta-crl-indicator" in kinds) != (self.delta_of is not None):
            raise ValueError("delta_of goes with a delta-crl-indicator, and only with it")
        return self


def same_scope(one: CrlProfile, other: CrlProfile) -> bool:
    """Whether two complete lists of one issuer would cover the same certificates (RFC 5280 5.2.3, 5.2.5)."""
    points = [
        next((item for item in crl.extensions if isinstance(item, IssuingDistributionPoint)), None)
        for crl in (one, other)
    ]
    return one.delta_of is None and other.delta_of is None and points[0] == points[1]


class OcspProfile(Model):
    """Everything about pre-signed OCSP responses (RFC 6960 4.2) but the certificate, its status and the clock."""

    issuer: Slug
    """The certificate profile of the CA whose certificates are asked about."""
    responder: Slug
    """The certificate profile of what signs: a delegate, or the CA itself."""
    responder_id: Literal["key-hash", "name"] = "key-hash"
    certificate_hash: Literal["sha1", "sha256"] = "sha1"
    """The hash by which a client names the issuer (RFC 6960 4.1.1)."""
    signature: SignatureAlgorithm
    cycle: UpdateCycle
    include_certificate: bool = True
    """Whether the delegate's certificate travels in the response; a CA's own never does."""


class RequestProfile(Model):
    """A certification request (PKCS #10, RFC 2986) for a key of ours that another CA is to certify."""

    subject: Annotated[Name, Field(min_length=1)]
    key: Slug
    """The key profile of the subject's key."""
    signature: SignatureAlgorithm
    extensions: tuple[Extension, ...] = ()
    """What is asked for in an extensionRequest attribute (RFC 2985 5.4.2); none, and there is no such attribute."""

    @model_validator(mode="after")
    def _each_extension_once(self) -> RequestProfile:
        kinds = [item.oid if item.type == "raw" else item.type for item in self.extensions]
        repeated = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if repeated:
            raise ValueError(f"an extension stands twice: {', '.join(repeated)}")
        return self
