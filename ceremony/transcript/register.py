"""The register: what an archive of ceremonies adds up to. No database and no side files; the records are the state.

Production and practice are kept apart: each has keys, certificates and lists of its own. Only the rehearsals and drills
of practice are seen from production.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from ceremony.canonical import canonical_json, parse_canonical
from ceremony.errors import CeremonyError
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


class Register(Entry):
    """The state of one mode after all ceremonies so far; `ceremonies` names those of both."""

    format: Literal["ceremony-register/1"] = "ceremony-register/1"
    mode: Mode
    ceremonies: tuple[CeremonyEntry, ...] = ()
    keys: tuple[KeyEntry, ...] = ()
    certificates: tuple[CertificateEntry, ...] = ()
    revocations: tuple[RevocationEntry, ...] = ()
    crls: tuple[CrlEntry, ...] = ()
    responses: tuple[ResponseEntry, ...] = ()
    requests: tuple[RequestEntry, ...] = ()
    items: tuple[ItemEntry, ...] = ()
    bags: tuple[BagEntry, ...] = ()
    tokens: tuple[TokenEntry, ...] = ()
    """Those that open only with shares."""

    @property
    def octets(self) -> bytes:
        """Canonical JSON: equal registers have equal bytes. Parts that not every CA has are absent while empty."""
        absent = {part for part in ("items", "bags", "tokens") if not getattr(self, part)}
        return canonical_json(self.model_dump(mode="json", exclude=absent))

    @property
    def last(self) -> CeremonyEntry | None:
        """The last ceremony of the archive, of whichever mode."""
        return self.ceremonies[-1] if self.ceremonies else None

    def key(self, name: str) -> KeyEntry | None:
        """The key of this name."""
        return next((item for item in self.keys if item.name == name), None)

    def certificate(self, name: str) -> CertificateEntry | None:
        """The certificate of this name."""
        return next((item for item in self.certificates if item.name == name), None)

    def token(self, label: str, serial: str) -> TokenEntry | None:
        """What is known of the shares of this token, or None."""
        return next((item for item in self.tokens if (item.label, item.serial) == (label, serial)), None)

    def last_crl(self, profile: str) -> CrlEntry | None:
        """The last CRL of this profile."""
        return next((item for item in reversed(self.crls) if item.profile == profile), None)

    def item(self, name: str) -> ItemEntry | None:
        """The item of this name."""
        return next((item for item in self.items if item.name == name), None)

    def rehearsals(self) -> tuple[CeremonyEntry, ...]:
        """Every closed ceremony of practice, in order."""
        return tuple(item for item in self.ceremonies if item.mode == "practice" and item.outcome == "closed")

    def last_drill(self) -> CeremonyEntry | None:
        """The last time that an emergency was practised to its end."""
        return next((item for item in reversed(self.rehearsals()) if item.incident), None)

    def held_on(self, label: str) -> tuple[str, ...]:
        """The names of the keys that a token of this label holds, as their home or as a backup."""
        return tuple(
            item.name
            for item in self.keys
            if (item.token_label == label and item.state != "destroyed")
            or any(backup.label == label for backup in item.backups)
        )

    def without_backups(self, label: str) -> Register:
        """The same; a token of this label was made anew and holds no backup. What was made and signed stays."""
        return self.model_copy(
            update={
                "keys": tuple(item.without_backup(label) for item in self.keys),
                "tokens": tuple(item for item in self.tokens if item.label != label),
            }
        )

    def without_token(self, label: str) -> Register:
        """What is left when the token of this label is made anew: its keys and backups go, and what the keys signed."""
        gone = {item.name for item in self.keys if item.token_label == label}
        lost: set[str] = set()
        for item in self.certificates:
            if item.key in gone or item.issuer in lost:
                lost.add(item.name)
        return self.model_copy(
            update={
                "keys": tuple(item.without_backup(label) for item in self.keys if item.name not in gone),
                "certificates": tuple(item for item in self.certificates if item.name not in lost),
                "revocations": tuple(item for item in self.revocations if item.issuer not in lost),
                "crls": tuple(item for item in self.crls if item.issuer not in lost),
                "responses": tuple(item for item in self.responses if item.issuer not in lost),
                "requests": tuple(item for item in self.requests if item.key not in gone),
                "tokens": tuple(item for item in self.tokens if item.label != label),
            }
        )


def parse_register(octets: bytes) -> Register:
    """The register that `Register.octets` wrote. Raises CeremonyError (REGISTER-FORM) for anything else."""
    try:
        parse_canonical(octets)
        register = Register.model_validate_json(octets, strict=True)
    except (ValueError, RecursionError) as error:
        raise CeremonyError(
            "The register of earlier ceremonies cannot be read.",
            detail="It is not what this program writes, or was changed.",
            not_done="Nothing was made of it.",
            next_step="Take the file from the ceremony's own folder, unchanged.",
            code="REGISTER-FORM",
        ) from error
    return register
