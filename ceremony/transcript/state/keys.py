"""The keys of a ceremony: those that it made, and what it did to them and to those of earlier ceremonies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ceremony.transcript import kinds
from ceremony.transcript.event import Event


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key pair that the record says was made."""

    made: kinds.KeyMade
    token: tuple[str, str]
    """Label and serial number of the token that was open then."""
    line: Event

    @property
    def key(self) -> str:
        """Its name."""
        return self.made.key

    @property
    def key_id(self) -> str:
        """CKA_ID in hex."""
        return self.made.key_id

    @property
    def algorithm(self) -> str:
        """As policies call it."""
        return self.made.algorithm

    @property
    def profile(self) -> str:
        """Of the policy."""
        return self.made.profile

    @property
    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo. Raises ValueError where the record holds no octets."""
        return bytes.fromhex(self.made.spki)


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """A copy of a key on a second token."""

    made: kinds.KeyBackedUp
    line: Event

    @property
    def label(self) -> str:
        """Of the second token."""
        return self.made.label

    @property
    def serial(self) -> str:
        """Of the second token."""
        return self.made.serial


@dataclass(frozen=True, slots=True)
class DestroyedRecord:
    """A key that the record says was destroyed on one token."""

    made: kinds.KeyDestroyed
    line: Event


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a key last: parked or destroyed for a reason, or certified."""

    state: Literal["parked", "certified", "destroyed"]
    reason: str
    line: Event


@dataclass
class Keys:
    """By their names."""

    keys: dict[str, KeyRecord] = field(default_factory=dict)
    intended_keys: dict[str, kinds.KeyIntended] = field(default_factory=dict)
    """By identifier (CKA_ID in hex)."""
    key_intents: dict[str, list[kinds.KeyIntended]] = field(default_factory=dict)
    """By step: the keys that it announced, in order."""
    keys_settled: set[str] = field(default_factory=set)
    """Identifiers of announced keys of which the record says what became."""
    standing: dict[str, Standing] = field(default_factory=dict)
    """Of those to which something was done, whether they were made here or earlier."""
    backed_up: dict[str, list[BackupRecord]] = field(default_factory=dict)
    backups_begun: dict[str, kinds.BackupIntended] = field(default_factory=dict)
    """Keys that were about to be backed up, and of which the record does not say that they were."""
    backups_tested: dict[tuple[str, str, str], Event] = field(default_factory=dict)
    """By key, label and serial number of the second token: the last line that says so."""
    destroyed: dict[str, DestroyedRecord] = field(default_factory=dict)
    challenges: int = 0

    def unsettled_keys(self, step: str) -> list[kinds.KeyIntended]:
        """The keys that a step announced, and of which the record does not say what became, in order."""
        return [item for item in self.key_intents.get(step, []) if item.key_id not in self.keys_settled]

    @property
    def parked(self) -> dict[str, str]:
        """Keys that are parked, with the reason."""
        return {name: item.reason for name, item in self.standing.items() if item.state == "parked"}

    def add_key(self, made: kinds.KeyMade, token: tuple[str, str], line: Event) -> None:
        """A key was made in this token."""
        self.keys[made.key] = KeyRecord(made, token, line)
        self.keys_settled.add(made.key_id)

    def park(self, said: kinds.KeyParked, line: Event) -> None:
        """A key stays without a certificate."""
        self.standing[said.key] = Standing("parked", said.reason, line)

    def certify(self, key: str, line: Event) -> None:
        """A certificate, or a request for one, names a key. One that is destroyed stays so, whatever names it."""
        if key and key not in self.destroyed:
            self.standing[key] = Standing("certified", "", line)

    def destroy(self, said: kinds.KeyDestroyed, line: Event) -> None:
        """A key is no more, on the token that it names."""
        self.destroyed[said.key] = DestroyedRecord(said, line)
        self.standing[said.key] = Standing("destroyed", said.reason, line)

    def begin_backup(self, said: kinds.BackupIntended) -> None:
        """A key is about to be wrapped for a second token."""
        self.backups_begun[said.key] = said

    def back_up(self, said: kinds.KeyBackedUp, line: Event) -> None:
        """A second token holds a key."""
        self.backups_begun.pop(said.key, None)
        self.backed_up.setdefault(said.key, []).append(BackupRecord(said, line))

    def test_backup(self, said: kinds.RestoreTested, line: Event) -> None:
        """A second token signed a challenge."""
        self.challenges += 1
        self.backups_tested[said.key, said.label, said.serial] = line
