"""The kinds of event, each with the data it carries and the sentence that people read.

Each kind is declared once (see `base.EventData`): its frozen and strict fields, which of them are its subject and its
people, where it may stand, and what it does to the state of its ceremony. An *intent* stands on disk before an effect
on the token or a medium, its *outcome* after it; together they tell what a crash interrupted. All octets are lower-case
hex.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from ceremony.transcript.kinds.base import (
    KINDS,
    EventData,
    Named,
    NoEffect,
    Place,
    RecordedFinding,
    Value,
    WrittenFile,
    recorded,
)
from ceremony.transcript.kinds.built import (
    CertificateBuilt,
    CrlBuilt,
    ObjectBuilt,
    RequestBuilt,
    ResponseBuilt,
    RevokedEntry,
)
from ceremony.transcript.kinds.course import (
    CeremonyAborted,
    CeremonyClosed,
    CeremonyOpened,
    Concurrence,
    Departure,
    Deviation,
    Dissent,
    Ending,
    IncidentRecorded,
    InterruptionRecorded,
    Library,
    Note,
    PreparationFailed,
    RehearsalCompared,
    StepBegun,
    StepDone,
    StepFailed,
)
from ceremony.transcript.kinds.custody import (
    BackupIntended,
    DestructionIntended,
    KeyBackedUp,
    KeyDestroyed,
    KeyParked,
    RestoreTested,
    RestoreTestIntended,
)
from ceremony.transcript.kinds.deeds import Act, ApprovedAs, AskedOfTheToken, Deed, approved_as
from ceremony.transcript.kinds.draws import Drawn, DrawnAtRandom
from ceremony.transcript.kinds.files import (
    ArtefactIntended,
    ArtefactsWritten,
    Exported,
    ExportIntended,
    FilesOf,
)
from ceremony.transcript.kinds.ledger import (
    BagChecked,
    BagOpened,
    BagSealed,
    ContentsFound,
    HeldItem,
    ItemDestroyed,
    ItemMissing,
    ItemReceived,
    ItemsHandedOver,
    ItemStays,
    LedgerEvent,
)
from ceremony.transcript.kinds.people import (
    About,
    Attested,
    ClockCompared,
    ClockDeparted,
    ClockJumped,
    Confirmed,
    Evidence,
    Instructed,
    PersonPresent,
)
from ceremony.transcript.kinds.presence import (
    BreakBegun,
    BreakEnded,
    CertificateEnds,
    CertificateUnseen,
    Move,
    PersonLeft,
    PersonReturned,
    QuorumAwaited,
    RemarkRefused,
)
from ceremony.transcript.kinds.resumption import (
    CeremonyResumed,
    DiscardIntended,
    KeyAdopted,
    KeyDiscarded,
    ResumptionAgreed,
)
from ceremony.transcript.kinds.shares import (
    PinChanged,
    PinChanging,
    ShareEntered,
    ShareHolder,
    SharePassed,
    ShareRefused,
    ShareShown,
    SharesMade,
    SharesProved,
    SharesRefused,
    SwapLookedAt,
)
from ceremony.transcript.kinds.signing import (
    ApprovalRefused,
    Approved,
    ApprovedKind,
    Linted,
    ReadBack,
    RequestRead,
    Reviewed,
    SerialDrawn,
    SignatureIntended,
    Signed,
    WaiverUsed,
    What,
)
from ceremony.transcript.kinds.tokens import (
    InventoryItem,
    InventoryReviewed,
    KeyIntended,
    KeyMade,
    PinRefused,
    TokenClosed,
    TokenFound,
    TokenGone,
    TokenInitialised,
    TokenInitialising,
    TokenOpened,
)

__all__ = [
    "KINDS",
    "About",
    "Act",
    "ApprovalRefused",
    "Approved",
    "ApprovedAs",
    "ApprovedKind",
    "ArtefactIntended",
    "ArtefactsWritten",
    "AskedOfTheToken",
    "Attested",
    "BackupIntended",
    "BagChecked",
    "BagOpened",
    "BagSealed",
    "BreakBegun",
    "BreakEnded",
    "CeremonyAborted",
    "CeremonyClosed",
    "CeremonyOpened",
    "CeremonyResumed",
    "CertificateBuilt",
    "CertificateEnds",
    "CertificateUnseen",
    "ClockCompared",
    "ClockDeparted",
    "ClockJumped",
    "Concurrence",
    "Confirmed",
    "ContentsFound",
    "CrlBuilt",
    "Deed",
    "Departure",
    "DestructionIntended",
    "Deviation",
    "DiscardIntended",
    "Dissent",
    "Drawn",
    "DrawnAtRandom",
    "Ending",
    "EventData",
    "Evidence",
    "ExportIntended",
    "Exported",
    "FilesOf",
    "HeldItem",
    "IncidentRecorded",
    "Instructed",
    "InterruptionRecorded",
    "InventoryItem",
    "InventoryReviewed",
    "ItemDestroyed",
    "ItemMissing",
    "ItemReceived",
    "ItemStays",
    "ItemsHandedOver",
    "KeyAdopted",
    "KeyBackedUp",
    "KeyDestroyed",
    "KeyDiscarded",
    "KeyIntended",
    "KeyMade",
    "KeyParked",
    "LedgerEvent",
    "Library",
    "Linted",
    "Move",
    "Named",
    "NoEffect",
    "Note",
    "ObjectBuilt",
    "PersonLeft",
    "PersonPresent",
    "PersonReturned",
    "PinChanged",
    "PinChanging",
    "PinRefused",
    "Place",
    "PreparationFailed",
    "QuorumAwaited",
    "ReadBack",
    "RecordedFinding",
    "RehearsalCompared",
    "RemarkRefused",
    "RequestBuilt",
    "RequestRead",
    "ResponseBuilt",
    "RestoreTestIntended",
    "RestoreTested",
    "ResumptionAgreed",
    "Reviewed",
    "RevokedEntry",
    "SerialDrawn",
    "ShareEntered",
    "ShareHolder",
    "SharePassed",
    "ShareRefused",
    "ShareShown",
    "SharesMade",
    "SharesProved",
    "SharesRefused",
    "SignatureIntended",
    "Signed",
    "StepBegun",
    "StepDone",
    "StepFailed",
    "SwapLookedAt",
    "TokenClosed",
    "TokenFound",
    "TokenGone",
    "TokenInitialised",
    "TokenInitialising",
    "TokenOpened",
    "Value",
    "WaiverUsed",
    "What",
    "WrittenFile",
    "approved_as",
    "parse_data",
    "recorded",
]


def parse_data(kind: str, data: dict[str, Any]) -> EventData:
    """The typed data of an event. Raises ValueError, in words, for an unknown kind or data that does not fit it."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event: {kind}")
    try:
        return KINDS[kind].model_validate(_tuples(data))
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(str(part) for part in item["loc"]) for item in error.errors()}))
        raise ValueError(f"event {kind} does not carry what it must: {fields}") from None


def _tuples(value: Any) -> Any:
    """Lists as tuples: JSON has one sequence, the strict models another."""
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value
