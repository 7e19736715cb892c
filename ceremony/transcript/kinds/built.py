"""To-be-signed objects with every hole filled: what the record must hold to build each of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Place, Value

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class ObjectBuilt(EventData, abstract=True):
    """What the four kinds of object have in common. `name` is the object's name in the plan, `signer_key` the key's."""

    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    profile: str
    signer_key: str
    algorithm: str
    size: int
    """Octets to be signed."""
    sha256: str

    def summary(self) -> str:
        return f"{self.name}: {self.size} octets to be signed, SHA-256 {self.sha256[:16]}..."

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.built[self.name] = self


class CertificateBuilt(ObjectBuilt):
    """A TBSCertificate (RFC 5280 4.1)."""

    kind: ClassVar[str] = "certificate-built"
    issuer: str
    """The name of the issuing certificate; its own for a self-signed one."""
    key: str
    """The name of the subject's key; empty where it comes from a request or from a certificate of somebody else."""
    serial: str
    not_before: str
    not_after: str
    spki_sha256: str


class RevokedEntry(Value):
    """One entry of a CRL: serial number in hex, moments as text, the reason as RFC 5280 5.3.1 calls it, or empty."""

    serial: str
    revoked_at: str
    reason: str
    invalid_from: str = ""
    certificate: str = ""
    """The certificate's name in the record, where it has one."""


class CrlBuilt(ObjectBuilt):
    """A TBSCertList (RFC 5280 5.1)."""

    kind: ClassVar[str] = "crl-built"
    issuer: str
    """The name of the issuing certificate."""
    number: str
    base_number: str
    """Of a delta CRL the number of its base; else empty."""
    this_update: str
    next_update: str
    renew_by: str
    """Before this moment the next list must be signed."""
    previous_number: str
    """Of the list before it; empty for the first."""
    previous_sha256: str
    kept: int
    added: tuple[RevokedEntry, ...]
    """What is revoked by this list; only those that the script names one by one."""
    added_in_bulk: int
    """Entries from a file of revocations."""
    replaced: tuple[str, ...]
    """Serial numbers whose reason became keyCompromise."""
    expired: tuple[str, ...]
    """Serial numbers that are left out, because their certificates had expired when the last list was signed."""

    def summary(self) -> str:
        added = len(self.added) + self.added_in_bulk
        return (
            f"{self.name}: CRL number {self.number}, {self.kept} entries kept, {added} added, {len(self.expired)} "
            f"expired; SHA-256 {self.sha256[:16]}..."
        )


class RequestBuilt(ObjectBuilt):
    """A CertificationRequestInfo (RFC 2986 4.1)."""

    kind: ClassVar[str] = "request-built"
    spki_sha256: str


class ResponseBuilt(ObjectBuilt):
    """An OCSP ResponseData (RFC 6960 4.2.1) about one certificate."""

    kind: ClassVar[str] = "ocsp-response-built"
    issuer: str
    responder: str
    """The name of the certificate whose key signs."""
    certificate: str
    """The certificate's name in the record, where it has one."""
    serial: str
    status: str
    revoked_at: str
    reason: str
    this_update: str
    next_update: str
    renew_by: str
    produced_at: str
