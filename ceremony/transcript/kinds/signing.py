"""The road of an object from its serial number to its signature: the same for all four kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.canonical import canonical_json
from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, NoEffect, Place, RecordedFinding
from ceremony.transcript.kinds.draws import DrawnAtRandom

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState

What = Literal["certificate", "crl", "request", "ocsp-response"]
ApprovedKind = What | Literal["key-destruction", "key-backup", "key-adoption", "key-discard", "restore-test"]
"""What people approve: a signature over such an object, or what befalls a key (see `deeds`)."""


class RequestRead(NoEffect):
    """A certification request of somebody, read and checked: its key signed it, and the key is sound."""

    kind: ClassVar[str] = "request-read"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    """The certificate that is to be issued from it."""
    path: str
    sha256: str
    subject: str
    spki_sha256: str
    asked: tuple[Named, ...]
    """What the request asks for, with what the policy gives where that is another thing."""

    def summary(self) -> str:
        return f"request for {self.name} read: {self.subject}, public key SHA-256 {self.spki_sha256[:16]}..."


class SerialDrawn(DrawnAtRandom):
    """Octets made of the random sources of token and system, and the serial number made of them."""

    kind: ClassVar[str] = "serial-drawn"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    octets: str
    serial: str
    source: str
    DRAWING = "serial-number"

    @property
    def made_of_draw(self) -> tuple[str, str]:
        return self.name, self.octets

    def summary(self) -> str:
        return f"serial number of {self.name}: {self.serial}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.serials.append(self)
        state.draw(self.drawn)


class Linted(NoEffect):
    """What the linters and our own checks said of bytes before or after signing."""

    kind: ClassVar[str] = "linted"
    SUBJECT = ("name", "stage")
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    stage: Literal["to-be-signed", "signed"]
    sha256: str
    linters: str
    findings: tuple[RecordedFinding, ...]

    def summary(self) -> str:
        return f"{self.name} linted ({self.stage}): {len(self.findings)} findings"


class WaiverUsed(NoEffect):
    """Rules that a certificate breaks and that the policy waives for it, with every source that is overridden."""

    kind: ClassVar[str] = "waiver-used"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    profile: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    expires: str
    approved_by: str

    def summary(self) -> str:
        return f"{self.name}: {', '.join(self.rules)} waived until {self.expires} by {self.approved_by}"


class Reviewed(EventData):
    """People saw each part of a review to its end; `unequal` of its rows differed."""

    kind: ClassVar[str] = "reviewed"
    SUBJECT = ("name",)
    PERSON = ("person",)
    PLACE = Place.STEP
    name: str
    sha256: str
    unequal: int
    person: str

    def summary(self) -> str:
        return f"{self.name} reviewed field by field; {self.unequal} differ"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.review(self)


class Approved(EventData):
    """A person approved exactly these bytes: the approval statement, canonical, and how it was given.

    For a key that is destroyed, backed up or adopted, `to_be_signed_sha256` is the SHA-256 of its public key; for one
    that is discarded, of its identifier (CKA_ID); for a backup that is tested, of the challenge (see `deeds`).
    """

    kind: ClassVar[str] = "approved"
    SUBJECT = ("name", "to_be_signed_sha256")
    PERSON = ("person",)
    PLACE = Place.STEP
    ceremony_id: str
    step: str
    attempt: int
    what: ApprovedKind
    name: str
    to_be_signed_sha256: str
    plan_sha256: str
    chain_head: str
    person: str
    statement: str
    """The sentence that the person had before their eyes: who they are, what they approve, that they consent."""
    credential_sha256: str = ""
    """Of the person's certificate; empty where the approval was typed."""
    method: Literal["typed", "signed"]
    """A typed approval is no certified electronic signature (UU ITE 11; PP 71/2019 60); a signed one is as good as
    the person's certificate."""
    algorithm: str = ""
    signature: str = ""
    """Over `said`, by the key in the person's own token, in hex."""

    @property
    def said(self) -> bytes:
        """What the person signs: the canonical JSON of a format and of everything else that stands here."""
        value = self.model_dump(mode="json", exclude={"method", "algorithm", "signature"})
        return canonical_json({"format": "ceremony-approval/1", **value})

    def summary(self) -> str:
        how = "signed with a certificate" if self.method == "signed" else "typed, no certified signature"
        return f"{self.person} approves {self.name} ({how}): SHA-256 {self.to_be_signed_sha256[:16]}..."

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.sign_with(self.algorithm, self.signature)


class ReadBack(EventData):
    """A person read words of the digest back, those that the program chose by the chain head of that moment."""

    kind: ClassVar[str] = "digest-read-back"
    SUBJECT = ("name", "digest")
    PERSON = ("person",)
    PLACE = Place.STEP
    name: str
    digest: str
    chain_head: str
    """The head before the first of those who approve was asked."""
    person: str
    positions: tuple[int, ...]
    """Which of the digest's words, counted from 1."""

    def summary(self) -> str:
        return f"{self.person} reads {len(self.positions)} words of the digest of {self.name} back"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.read_back(self)


class ApprovalRefused(NoEffect):
    """A person refused to approve."""

    kind: ClassVar[str] = "approval-refused"
    SUBJECT = ("name", "to_be_signed_sha256")
    PERSON = ("person",)
    PLACE = Place.STEP
    name: str
    to_be_signed_sha256: str
    person: str

    def summary(self) -> str:
        return f"{self.person} refuses to approve {self.name}"


class SignatureIntended(EventData):
    """Intent: C_Sign over the approved bytes."""

    kind: ClassVar[str] = "signature-intended"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    what: What
    name: str
    to_be_signed_sha256: str
    signer_key: str
    key_id: str
    algorithm: str

    def summary(self) -> str:
        return f"about to sign {self.name} with key {self.signer_key} ({self.algorithm})"

    def apply(self, state: CeremonyState, line: Event) -> None:
        said = "The token may have signed; the signature is lost. It is approved and signed anew."
        state.announce(("signature", self.name), f"signature on {self.name}", said, line)


class Signed(EventData):
    """Outcome: the signature, checked in software with the signer's public key."""

    kind: ClassVar[str] = "signed"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    what: What
    name: str
    to_be_signed_sha256: str
    signature: str
    artefact_sha256: str
    """SHA-256 of the whole object in DER, signature included."""

    def summary(self) -> str:
        return f"{self.what} {self.name} signed; signature checked; SHA-256 {self.artefact_sha256[:16]}..."

    def apply(self, state: CeremonyState, line: Event) -> None:
        built = state.built.get(self.name)
        state.sign_with(built.algorithm if built is not None else "", self.signature)
        state.sign(self, line)
        state.settle("signature", self.name)
