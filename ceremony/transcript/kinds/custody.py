"""The life of a key after it was made: parked, backed up, tried, destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, Place
from ceremony.transcript.kinds.draws import DrawnAtRandom

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class KeyParked(EventData):
    """A key stays without a certificate, on purpose."""

    kind: ClassVar[str] = "key-parked"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    reason: str

    def summary(self) -> str:
        return f"key {self.key} is parked: {self.reason}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.park(self, line)


class BackupIntended(EventData):
    """Intent: this key is about to be wrapped for a second token."""

    kind: ClassVar[str] = "backup-intended"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    spki_sha256: str
    label: str
    serial: str

    def summary(self) -> str:
        return f"about to back up key {self.key} to token {self.label}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.begin_backup(self)
        said = f"It may be on token {self.label}, and may be locked in its own."
        state.announce(("backup", self.key), f"backup of key {self.key}", said, line)


class KeyBackedUp(EventData):
    """Outcome: the second token holds the key, the first one never lets it out again.

    `label` and `serial` are the second token's. The attributes are those of the private key, as each token reads them
    back: of the first one after its lock, of the second one after it unwrapped the key.
    """

    kind: ClassVar[str] = "key-backed-up"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    label: str
    serial: str
    spki_sha256: str
    facts: tuple[Named, ...]
    """How the key travelled: the mechanisms; or that an earlier attempt at this step had brought it there."""
    locked: tuple[Named, ...]
    restored: tuple[Named, ...]
    lock_answer: str
    """What the first token said when it was asked to wrap the key once more: CKR_KEY_UNEXTRACTABLE."""

    def summary(self) -> str:
        return f"key {self.key} backed up to token {self.label} serial {self.serial}, and locked in the first"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.back_up(self, line)
        state.settle("backup", self.key)


class RestoreTestIntended(DrawnAtRandom):
    """Intent: C_Sign over a challenge, with the copy of a key on a second token. What is approved is its SHA-256."""

    kind: ClassVar[str] = "restore-test-intended"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    label: str
    serial: str
    challenge: str
    """Octets drawn at random, in hex."""
    algorithm: str
    DRAWING = "challenge"

    @property
    def made_of_draw(self) -> tuple[str, str]:
        return self.key, self.challenge

    def summary(self) -> str:
        return f"about to let token {self.label} sign a challenge with key {self.key}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.draw(self.drawn)
        said = "Its signature is lost. Another challenge is drawn, approved and signed."
        state.announce(("test", self.key), f"test of the backup of key {self.key}", said, line)


class RestoreTested(EventData):
    """The second token signed a challenge, and the original public key verified it."""

    kind: ClassVar[str] = "restore-tested"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    label: str
    serial: str
    challenge: str
    algorithm: str
    signature: str

    def summary(self) -> str:
        return f"token {self.label} signed a challenge with key {self.key}; the original public key verifies it"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.test_backup(self, line)
        state.sign_with(self.algorithm, self.signature)
        state.settle("test", self.key)


class DestructionIntended(EventData):
    """Intent: C_DestroyObject on a key pair."""

    kind: ClassVar[str] = "destruction-intended"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    spki_sha256: str

    def summary(self) -> str:
        return f"about to destroy key {self.key}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        said = "It may be destroyed, or half of it."
        state.announce(("destruction", self.key), f"destruction of key {self.key}", said, line)


class KeyDestroyed(EventData):
    """Outcome: the key pair was looked for and is not there; the token would not sign with it.

    It speaks of this one token. `facts` say which halves were destroyed in this attempt, what a search found after it,
    what the token answered when it was asked to sign, and which other tokens hold a backup of the key.
    """

    kind: ClassVar[str] = "key-destroyed"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    label: str
    serial: str
    spki_sha256: str
    reason: str
    facts: tuple[Named, ...]

    def summary(self) -> str:
        return f"key {self.key} destroyed on token {self.label}; no object with its identifier remains"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.destroy(self, line)
        state.settle("destruction", self.key)
