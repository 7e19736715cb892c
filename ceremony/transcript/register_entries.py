"""What the register holds: ceremonies, keys, certificates, lists, tokens, items, bags, as the records tell of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from ceremony.transcript.kinds.shares import Purpose

Mode = Literal["practice", "production"]
KeyState = Literal["made", "certified", "parked", "destroyed"]
Place = Literal["table", "bag", "stays", "left", "destroyed", "missing"]
"""Where an item is: `table` between ceremonies means that one which did not close left it there."""


class Entry(BaseModel):
    """Base of what the register holds: frozen, written as canonical JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CeremonyEntry(Entry):
    """One ceremony of the archive, in its place."""

    folder: str
    ceremony_id: str
    mode: Mode
    script_id: str
    title: str
    script_sha256: str
    policy_sha256: str
    opened_at: str
    ended_at: str
    """The agreed time of its last line."""
    outcome: Literal["closed", "aborted", "open"]
    head: str
    incident: str = ""
    """What an emergency script was performed for; a drill where the ceremony was practice."""
    stand_in: bool = False


class BackupEntry(Entry):
    """A second token that holds a key; `tested_at` is when it last signed a challenge, or empty."""

    label: str
    serial: str
    ceremony: str
    made_at: str
    tested_at: str = ""


class KeyEntry(Entry):
    """A key pair that a ceremony made. `spki` is its DER SubjectPublicKeyInfo in hex."""

    name: str
    key_id: str
    algorithm: str
    profile: str
    spki: str
    spki_sha256: str
    token_label: str
    token_serial: str
    ceremony: str
    made_at: str
    state: KeyState
    reason: str = ""
    """Why it was parked or destroyed."""
    attributes: tuple[tuple[str, str], ...] = ()
    backups: tuple[BackupEntry, ...] = ()
    destroyed_at: str = ""

    def without_backup(self, label: str) -> KeyEntry:
        """The same key; a token of this label holds none of it any more."""
        if all(item.label != label for item in self.backups):
            return self
        return self.model_copy(update={"backups": tuple(item for item in self.backups if item.label != label)})


class ShareSetEntry(Entry):
    """One PIN of a token, split: any `threshold` of the shares give it."""

    purpose: Purpose
    threshold: int
    count: int
    identifier: int
    """The number of the set (15 bits), the same on all its cards."""
    check_value: str
    """8 hex digits that prove the PIN when it is put together."""
    holders: tuple[str, ...]
    """Ids of people: who holds share 1, share 2, and so on."""


class TokenEntry(Entry):
    """A token that opens only with shares, since a ceremony drew its PINs and split them."""

    label: str
    serial: str
    ceremony: str
    made_at: str
    shares: tuple[ShareSetEntry, ...]
    """Of the user PIN, then of the SO PIN."""
    pending: tuple[ShareSetEntry, ...] = ()
    """Sets that were about to take the place of one of these; whether they did the record does not say."""

    @model_serializer(mode="wrap")
    def _as_it_was(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Without what is absent: registers from before PINs could be renewed keep their bytes."""
        written: dict[str, object] = write(self)
        return written if self.pending else {name: value for name, value in written.items() if name != "pending"}

    def announced(self, made: ShareSetEntry) -> TokenEntry:
        """The same; this set is about to take the place of another."""
        return self.model_copy(update={"pending": (*self.pending, made)})

    def changed(self, purpose: Purpose, identifier: int, ceremony: str, at: str) -> TokenEntry:
        """The same with this set, which was announced, in place of the one before; unchanged where none was."""
        new = [item for item in self.pending if (item.purpose, item.identifier) == (purpose, identifier)]
        if not new:
            return self
        kept = [item for item in self.shares if item.purpose != purpose]
        shares = sorted([*kept, new[-1]], key=lambda item: item.purpose != "user-pin")
        pending = (item for item in self.pending if item.purpose != purpose)
        return self.model_copy(
            update={"shares": tuple(shares), "pending": tuple(pending), "ceremony": ceremony, "made_at": at}
        )

    def pending_of(self, purpose: Purpose) -> tuple[ShareSetEntry, ...]:
        """The sets that may be in force instead for one of the PINs."""
        return tuple(item for item in self.pending if item.purpose == purpose)

    def shares_of(self, purpose: Purpose) -> ShareSetEntry:
        """The set of one of the PINs."""
        return next(item for item in self.shares if item.purpose == purpose)


class CertificateEntry(Entry):
    """A certificate that a ceremony signed, or took in from somebody else (`issuer` is then empty)."""

    name: str
    profile: str
    issuer: str
    """The name of the issuing certificate."""
    key: str
    """The name of its key, where a ceremony of this archive made it."""
    serial: str
    not_before: str
    not_after: str
    sha256: str
    der: str
    """The whole certificate in hex; empty where it was signed and never written."""
    ceremony: str


class RevocationEntry(Entry):
    """A certificate that a CRL of this archive lists."""

    issuer: str
    serial: str
    certificate: str
    reason: str
    revoked_at: str
    invalid_from: str
    """When the key is thought to have been lost, or empty."""
    crl_profile: str
    number: str
    ceremony: str


class CrlEntry(Entry):
    """A CRL that a ceremony signed."""

    name: str
    profile: str
    issuer: str
    number: str
    base_number: str
    this_update: str
    next_update: str
    renew_by: str
    entries: int
    sha256: str
    path: str
    """Below the archive."""
    ceremony: str


class ResponseEntry(Entry):
    """A pre-signed OCSP response."""

    name: str
    profile: str
    issuer: str
    certificate: str
    serial: str
    status: str
    this_update: str
    next_update: str
    renew_by: str
    sha256: str
    ceremony: str


class RequestEntry(Entry):
    """A certification request that was made for a key of ours."""

    name: str
    key: str
    sha256: str
    ceremony: str


class IncidentEntry(Entry):
    """What an emergency ceremony was held for, and when it was dealt with. Moments are the agreed clock's."""

    what: str
    aware_at: str
    hours: int
    """From there to the deadline."""
    deadline: str
    ceremony: str
    signed_at: str
    """When the last list that deals with it was signed there; empty where none was."""
    lists: tuple[str, ...]
    """The names of these lists."""


class ItemEntry(Entry):
    """An item of the custody ledger: a token, a share card, a stick, a laptop."""

    name: str
    what: str
    serial: str
    """As it was last read off the item; empty where it has none."""
    place: Place
    bag: str = ""
    """The number of the bag, where it is in one."""
    safe: str = ""
    holder: str = ""
    """Who took it, where it left the room."""
    since: str
    ceremony: str
    """The ceremony in which it came to this place."""


class BagEntry(Entry):
    """A tamper-evident bag that a ceremony sealed. Its number serves once."""

    number: str
    safe: str
    items: tuple[str, ...]
    sealed_at: str
    ceremony: str
    checked_at: str = ""
    """When somebody last looked at it and left it closed, or empty."""
    opened_at: str = ""
    opened_in: str = ""
