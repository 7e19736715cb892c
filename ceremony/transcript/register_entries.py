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
    """The time of its last line."""
    dated_until: str
    """The last moment by a clock that was agreed on; empty where it ended before that, and dated nothing."""
    outcome: Literal["closed", "aborted", "open"]
    head: str
    incident: str = ""
    """What an emergency script was performed for; a drill where the ceremony was practice."""
    stand_in: bool = False


Attributes = tuple[tuple[str, str], ...]
"""Of a private key, as its token read them back: names and values."""


class BackupEntry(Entry):
    """A second token that holds a key; `tested_at` is when it last signed a challenge, or empty."""

    label: str
    serial: str
    ceremony: str
    made_at: str
    tested_at: str = ""
    attributes: Attributes = ()
    """Of the copy, when it was made."""


class ReadingEntry(Entry):
    """The attributes of a key in its own token at one moment: when it was made, or when a backup had locked it."""

    at: str
    ceremony: str
    when: Literal["made", "locked"]
    attributes: Attributes


class LostCopyEntry(Entry):
    """A token that held a key and does not any more: the key was destroyed on it, or it was destroyed or made anew."""

    label: str
    serial: str
    at: str
    ceremony: str
    how: Literal["key-destroyed", "token-destroyed", "token-made-anew"]
    words: str
    """The reason, or the method."""


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
    readings: tuple[ReadingEntry, ...] = ()
    """Its attributes, in order: when it was made, and after each lock."""
    backups: tuple[BackupEntry, ...] = ()
    """Second tokens that hold it now."""
    lost: tuple[LostCopyEntry, ...] = ()
    """The tokens that held it, its own among them, and do not any more."""
    destroyed_at: str = ""

    @property
    def attributes(self) -> Attributes:
        """As its own token last read them back."""
        return self.readings[-1].attributes if self.readings else ()

    @property
    def locked(self) -> bool:
        """Whether a backup was made and locked it: it can never leave its token again."""
        return any(item.when == "locked" for item in self.readings)

    @property
    def at_home(self) -> bool:
        """Whether its own token holds it still."""
        home = self.token_label, self.token_serial
        return self.state != "destroyed" and all((item.label, item.serial) != home for item in self.lost)

    @property
    def copies(self) -> tuple[tuple[str, str], ...]:
        """Label and serial number of every token that holds it now."""
        home = ((self.token_label, self.token_serial),) if self.at_home else ()
        return (*home, *((item.label, item.serial) for item in self.backups))

    def without_backup(self, label: str) -> KeyEntry:
        """The same key; a token of this label holds none of it any more, and never counted."""
        if all(item.label != label for item in self.backups):
            return self
        return self.model_copy(update={"backups": tuple(item for item in self.backups if item.label != label)})

    def losing(self, loss: LostCopyEntry) -> KeyEntry:
        """The same key; what a token of this label held of it is lost so. Its serial number is the one on record."""
        gone = [serial for label, serial in self.copies if label == loss.label]
        if not gone:
            return self
        lost = (loss.model_copy(update={"serial": serial}) for serial in gone)
        return self.without_backup(loss.label).model_copy(update={"lost": (*self.lost, *lost)})


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


class HoldingEntry(Entry):
    """One share in the hands of one person, from a day on, and up to a day where it opens nothing any more."""

    person: str
    label: str
    serial: str
    """Of the token."""
    purpose: Purpose
    identifier: int
    """Of the set."""
    index: int
    since: str
    ceremony: str
    until: str = ""
    until_ceremony: str = ""


class SeenTokenEntry(Entry):
    """A token of the CA as it was last found in production: what a later day must find again under its label."""

    label: str
    serial: str
    manufacturer: str
    model: str
    module_sha256: str
    ceremony: str
    at: str


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
    token: str = ""
    """The label of the token that it is, where it is one."""
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
