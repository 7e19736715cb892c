"""The state of a ceremony, computed from its events and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key pair that the record says was made."""

    key: str
    key_id: str
    algorithm: str
    profile: str
    spki: bytes
    """DER SubjectPublicKeyInfo."""


@dataclass(frozen=True, slots=True)
class CertificateRecord:
    """A certificate that the record says was signed."""

    name: str
    key: str
    issuer: str
    to_be_signed_sha256: str
    sha256: str


@dataclass(slots=True)
class Register:
    """Keys, certificates, people and counts; `apply` folds one more event in."""

    opened: kinds.CeremonyOpened | None = None
    state: Literal["new", "open", "closed", "aborted"] = "new"
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    intended_keys: dict[str, kinds.KeyIntended] = field(default_factory=dict)
    certificates: dict[str, CertificateRecord] = field(default_factory=dict)
    built: dict[str, kinds.BytesBuilt] = field(default_factory=dict)
    """The last to-be-signed object built for each certificate."""
    present: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    serials: list[kinds.SerialDrawn] = field(default_factory=list)
    files: dict[str, kinds.WrittenFile] = field(default_factory=dict)
    signatures: int = 0
    notes: int = 0
    deviations: int = 0
    tokens_initialised: list[str] = field(default_factory=list)
    steps_done: list[str] = field(default_factory=list)
    agreed_offset_seconds: int | None = None
    closed: kinds.CeremonyClosed | None = None

    def apply(self, step: str, data: EventData) -> None:
        """Fold one event in. `step` is the step's id, empty between steps."""
        match data:
            case kinds.CeremonyOpened():
                self.opened, self.state = data, "open"
            case kinds.StepDone():
                self.steps_done.append(step)
            case kinds.PersonPresent():
                self.present[data.person] = data
            case kinds.ClockCompared():
                self.agreed_offset_seconds = data.agreed_offset_seconds
            case kinds.TokenInitialised():
                self.tokens_initialised.append(data.label)
            case kinds.KeyIntended():
                self.intended_keys[data.key_id] = data
            case kinds.KeyMade():
                self.keys[data.key] = KeyRecord(
                    data.key, data.key_id, data.algorithm, data.profile, bytes.fromhex(data.spki)
                )
            case kinds.SerialDrawn():
                self.serials.append(data)
            case kinds.BytesBuilt():
                self.built[data.certificate] = data
            case kinds.Signed():
                self.signatures += 1
                built = self.built.get(data.name)
                self.certificates[data.name] = CertificateRecord(
                    name=data.name,
                    key=built.key if built else "",
                    issuer=built.issuer if built else "",
                    to_be_signed_sha256=data.to_be_signed_sha256,
                    sha256=data.certificate_sha256,
                )
            case kinds.ArtefactsWritten():
                self.files.update({file.path: file for file in data.files})
            case kinds.Note():
                self.notes += 1
            case kinds.Deviation():
                self.deviations += 1
            case kinds.CeremonyClosed():
                self.closed, self.state = data, "closed"
            case kinds.CeremonyAborted():
                self.state = "aborted"
            case _:
                pass


def fold(entries: Iterable[Entry]) -> Register:
    """The register after these entries."""
    register = Register()
    for entry in entries:
        register.apply(entry.event.step, entry.data)
    return register
