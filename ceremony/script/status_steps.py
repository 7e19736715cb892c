"""The steps that say what became of certificates: CRLs and pre-signed OCSP responses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ceremony.policy.models import Policy
from ceremony.policy.primitives import Hex, Model, Slug, UtcTime
from ceremony.script.declaration import Demands, StepBase
from ceremony.script.steps import RelativePath
from ceremony.script.trace.signing import SIGN

Reason = Literal[
    "unspecified",
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
]
"""CRLReason (RFC 5280 5.3.1)."""


class Revocation(Model):
    """One certificate that is revoked: by its name in the record, or by its serial number."""

    certificate: Slug | None = None
    serial: Hex | None = None
    reason: Reason | None = None
    revoked_at: UtcTime | None = None
    """The agreed clock where nothing is said; never in the future."""
    invalid_from: UtcTime | None = None
    """When the key is thought to have been lost (RFC 5280 5.3.2)."""

    @model_validator(mode="after")
    def _one_certificate(self) -> Revocation:
        if (self.certificate is None) == (self.serial is None):
            raise ValueError("say either certificate or serial")
        return self


class SignCrl(StepBase):
    """The next CRL of a profile: what the last one held, less what has expired, and what is revoked today."""

    kind: Literal["sign-crl"]
    crl: Slug
    """The name of the list in this script, and of its files."""
    profile: Slug
    """A CRL profile of the policy."""
    issuer: Slug
    """The name of the issuing CA's certificate."""
    first: bool = False
    """True for the first list of this profile; every other one follows the last list in the record."""
    previous: RelativePath | None = None
    """The last list as it was published; it must be the one in the record, byte for byte."""
    revoke: tuple[Revocation, ...] = ()
    revocations: RelativePath | None = None
    """A list of many revocations (CSV: serial, revoked_at, reason), sorted by serial number."""
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    def made_title(self, policy: Policy) -> str:
        return f"Sign CRL {self.crl}"


class SignOcsp(StepBase):
    """One response for each certificate, with the status that the record gives it (RFC 6960 2.2)."""

    kind: Literal["sign-ocsp"]
    profile: Slug
    """An OCSP profile of the policy."""
    issuer: Slug
    """The name of the certificate of the CA whose certificates are asked about."""
    responder: Slug
    """The name of the certificate whose key signs: a delegate's, or the CA's own."""
    certificates: Literal["all"] | tuple[Slug, ...] = "all"
    """Names of certificates, or every one of this issuer that has not expired."""
    unknown: tuple[Annotated[Hex, Field(max_length=40)], ...] = ()
    """Serial numbers that were never issued, to be answered `unknown`."""
    demands = Demands(session="needs", signs=True, approves="always")
    trace = SIGN

    def made_title(self, policy: Policy) -> str:
        return f"Sign OCSP responses of {self.issuer}"
