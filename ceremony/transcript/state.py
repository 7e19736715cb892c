"""The state of one ceremony, computed from its events and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData
from ceremony.transcript.token_shares import TokenShares


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
class SignedRecord:
    """An object that the record says was signed."""

    what: kinds.What
    name: str
    to_be_signed_sha256: str
    sha256: str


@dataclass(slots=True)
class CeremonyState:
    """Keys, certificates, people and counts; `apply` folds one more event in."""

    opened: kinds.CeremonyOpened | None = None
    state: Literal["new", "open", "closed", "aborted"] = "new"
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    intended_keys: dict[str, kinds.KeyIntended] = field(default_factory=dict)
    signed: dict[str, SignedRecord] = field(default_factory=dict)
    built: dict[str, kinds.ObjectBuilt] = field(default_factory=dict)
    """The last to-be-signed object built under each name."""
    parked: dict[str, str] = field(default_factory=dict)
    """Keys that were parked, with the reason."""
    backed_up: dict[str, list[kinds.KeyBackedUp]] = field(default_factory=dict)
    backups_begun: dict[str, kinds.BackupIntended] = field(default_factory=dict)
    """Keys that were about to be backed up, and of which the record does not say that they were."""
    destroyed: set[str] = field(default_factory=set)
    custody: list[kinds.LedgerEvent] = field(default_factory=list)
    """What happened to items and bags, in order; the ledger is these over the register's."""
    incident: kinds.IncidentRecorded | None = None
    arrived: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Everybody who ever answered the roll, as they last did."""
    present: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Those of them who are in the room now."""
    on_break: bool = False
    away: dict[str, kinds.PersonPresent] = field(default_factory=dict)
    """Those who were present before an interruption and have not answered since."""
    serials: list[kinds.SerialDrawn] = field(default_factory=list)
    files: dict[str, kinds.WrittenFile] = field(default_factory=dict)
    signatures: int = 0
    challenges: int = 0
    notes: int = 0
    deviations: int = 0
    tokens_initialised: list[str] = field(default_factory=list)
    shares: TokenShares = field(default_factory=TokenShares)
    """Of the tokens that this ceremony initialised with PINs that it split."""
    steps_done: list[str] = field(default_factory=list)
    agreed_offset_seconds: int | None = None
    closed: kinds.CeremonyClosed | None = None

    @property
    def certificates(self) -> dict[str, SignedRecord]:
        """The certificates among what was signed."""
        return {name: item for name, item in self.signed.items() if item.what == "certificate"}

    @property
    def stands_for(self) -> dict[str, str]:
        """Of everybody who answered the roll, for whom they stand in; empty for those who hold their role."""
        return {person: said.for_person for person, said in self.arrived.items()}

    def apply(self, step: str, data: EventData) -> None:
        """Fold one event in. `step` is the step's id, empty between steps."""
        self.shares.apply(data)
        match data:
            case kinds.CeremonyOpened():
                self.opened, self.state = data, "open"
            case kinds.StepDone():
                self.steps_done.append(step)
            case kinds.CeremonyResumed():
                self.away |= self.arrived if self.on_break else self.present  # in a break all are out, to come back
                self.present, self.on_break = {}, False
                self.steps_done = [done for done in self.steps_done if done != step]  # the last one may be done again
            case kinds.PersonPresent():
                self.arrived[data.person] = self.present[data.person] = data
                self.away.pop(data.person, None)
            case kinds.PersonLeft():
                self.present.pop(data.person, None)
            case kinds.PersonReturned():
                if data.person in self.arrived:
                    self.present[data.person] = self.arrived[data.person]
                self.away.pop(data.person, None)
            case kinds.BreakBegun():
                self.on_break = True
            case kinds.BreakEnded():
                self.on_break = False
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
            case kinds.ObjectBuilt():
                self.built[data.name] = data
            case kinds.Signed():
                self.signatures += 1
                self.signed[data.name] = SignedRecord(
                    data.what, data.name, data.to_be_signed_sha256, data.artefact_sha256
                )
            case kinds.RestoreTested():
                self.challenges += 1
            case kinds.KeyParked():
                self.parked[data.key] = data.reason
            case kinds.BackupIntended():
                self.backups_begun[data.key] = data
            case kinds.KeyBackedUp():
                self.backups_begun.pop(data.key, None)
                self.backed_up.setdefault(data.key, []).append(data)
            case kinds.KeyDestroyed():
                self.destroyed.add(data.key)
            case data if isinstance(data, kinds.LedgerEvent):
                self.custody.append(data)
            case kinds.IncidentRecorded():
                self.incident = data
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


def fold(entries: Iterable[Entry]) -> CeremonyState:
    """The state after these entries."""
    state = CeremonyState()
    for entry in entries:
        state.apply(entry.event.step, entry.data)
    return state
