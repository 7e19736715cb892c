"""The road of a certificate, from its serial number to its signature."""

from __future__ import annotations

from typing import ClassVar, Literal

from ceremony.transcript.kinds.base import EventData, RecordedFinding


class SerialDrawn(EventData):
    """Octets from the token's random source (C_GenerateRandom), and the serial number made of them."""

    kind: ClassVar[str] = "serial-drawn"
    certificate: str
    octets: str
    serial: str
    source: str

    def summary(self) -> str:
        return f"serial number of {self.certificate}: {self.serial}"


class BytesBuilt(EventData):
    """The to-be-signed object of a certificate, with every hole filled."""

    kind: ClassVar[str] = "to-be-signed"
    certificate: str
    profile: str
    issuer: str
    key: str
    issuer_key: str
    serial: str
    not_before: str
    not_after: str
    spki_sha256: str
    algorithm: str
    size: int
    sha256: str

    def summary(self) -> str:
        return f"{self.certificate}: {self.size} octets to be signed, SHA-256 {self.sha256[:16]}..."


class Linted(EventData):
    """What the linters and our own checks said of bytes before or after signing."""

    kind: ClassVar[str] = "linted"
    certificate: str
    stage: Literal["to-be-signed", "signed"]
    sha256: str
    linters: str
    findings: tuple[RecordedFinding, ...]

    def summary(self) -> str:
        return f"{self.certificate} linted ({self.stage}): {len(self.findings)} findings"


class WaiverUsed(EventData):
    """Rules that a certificate breaks and that the policy waives for it, with every source that is overridden."""

    kind: ClassVar[str] = "waiver-used"
    certificate: str
    profile: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    expires: str
    approved_by: str

    def summary(self) -> str:
        return f"{self.certificate}: {', '.join(self.rules)} waived until {self.expires} by {self.approved_by}"


class Reviewed(EventData):
    """People saw each part of a review to its end; `rows` compared, `unequal` of them differing."""

    kind: ClassVar[str] = "reviewed"
    certificate: str
    sha256: str
    rows: int
    unequal: int
    person: str

    def summary(self) -> str:
        return f"{self.certificate} reviewed field by field: {self.rows} fields, {self.unequal} differ"


class Approved(EventData):
    """A person approved exactly these bytes: the approval statement, canonical, and how it was given."""

    kind: ClassVar[str] = "approved"
    ceremony_id: str
    step: str
    attempt: int
    what: Literal["certificate"]
    name: str
    to_be_signed_sha256: str
    plan_sha256: str
    chain_head: str
    person: str
    method: Literal["typed"]
    """Typed approval is not a certified electronic signature (UU ITE 11; PP 71/2019 60)."""

    def summary(self) -> str:
        return f"{self.person} approves {self.name}: SHA-256 {self.to_be_signed_sha256[:16]}..."


class ApprovalRefused(EventData):
    """A person refused to approve."""

    kind: ClassVar[str] = "approval-refused"
    name: str
    to_be_signed_sha256: str
    person: str

    def summary(self) -> str:
        return f"{self.person} refuses to approve {self.name}"


class SignatureIntended(EventData):
    """Intent: C_Sign over the approved bytes."""

    kind: ClassVar[str] = "signature-intended"
    name: str
    to_be_signed_sha256: str
    issuer_key: str
    key_id: str
    algorithm: str

    def summary(self) -> str:
        return f"about to sign {self.name} with key {self.issuer_key} ({self.algorithm})"


class Signed(EventData):
    """Outcome: the signature, checked in software with the issuer's public key."""

    kind: ClassVar[str] = "signed"
    name: str
    to_be_signed_sha256: str
    signature: str
    certificate_sha256: str

    def summary(self) -> str:
        return f"{self.name} signed; signature checked; certificate SHA-256 {self.certificate_sha256[:16]}..."
