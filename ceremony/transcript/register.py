"""The register: what an archive of ceremonies adds up to. No database and no side files; the records are the state.

Production and practice are kept apart: each has keys, certificates and lists of its own. Only the rehearsals and drills
of practice are seen from production.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ceremony.canonical import canonical_json, parse_canonical
from ceremony.errors import CeremonyError
from ceremony.transcript.register_entries import (
    BagEntry,
    CeremonyEntry,
    CertificateEntry,
    CrlEntry,
    Entry,
    HoldingEntry,
    IncidentEntry,
    ItemEntry,
    KeyEntry,
    Mode,
    RequestEntry,
    ResponseEntry,
    RevocationEntry,
    SeenTokenEntry,
    TokenEntry,
)

NOT_EVERYWHERE = ("incidents", "items", "bags", "tokens", "holdings", "seen", "draws", "ecdsa")
"""Parts that not every CA has."""


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
    incidents: tuple[IncidentEntry, ...] = ()
    items: tuple[ItemEntry, ...] = ()
    bags: tuple[BagEntry, ...] = ()
    tokens: tuple[TokenEntry, ...] = ()
    """Those that open only with shares."""
    holdings: tuple[HoldingEntry, ...] = ()
    """Who held which share, since when, and until when."""
    seen: tuple[SeenTokenEntry, ...] = ()
    """The CA's tokens of production as they were last found, by label; nobody's own."""
    draws: tuple[str, ...] = ()
    """What each random source gave, in hex: nothing of it may be given again."""
    ecdsa: tuple[str, ...] = ()
    """Every ECDSA signature, DER in hex: no other one may have its r."""

    @property
    def octets(self) -> bytes:
        """Canonical JSON: equal registers have equal bytes. Parts that not every CA has are absent while empty."""
        absent = {part for part in NOT_EVERYWHERE if not getattr(self, part)}
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

    def seen_as(self, label: str) -> SeenTokenEntry | None:
        """The token of this label as it was last found, or None."""
        return next((item for item in self.seen if item.label == label), None)

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
        return tuple(item.name for item in self.keys if any(held == label for held, _ in item.copies))

    def without_backups(self, label: str) -> Register:
        """The same; a token of this label holds no backup, and never counted. What was made and signed stays."""
        return self.model_copy(
            update={
                "keys": tuple(item.without_backup(label) for item in self.keys),
                "tokens": tuple(item for item in self.tokens if item.label != label),
            }
        )

    def without_token(self, label: str) -> Register:
        """What is left when the token of this label is made anew: its keys and backups go, and what the keys signed."""
        return self.without_keys({item.name for item in self.keys if item.token_label == label}).without_backups(label)

    def without_keys(self, gone: Collection[str]) -> Register:
        """What is left without these keys, and what they signed."""
        lost: set[str] = set()
        for item in self.certificates:
            if item.key in gone or item.issuer in lost:
                lost.add(item.name)
        return self.model_copy(
            update={
                "keys": tuple(item for item in self.keys if item.name not in gone),
                "certificates": tuple(item for item in self.certificates if item.name not in lost),
                "revocations": tuple(item for item in self.revocations if item.issuer not in lost),
                "crls": tuple(item for item in self.crls if item.issuer not in lost),
                "responses": tuple(item for item in self.responses if item.issuer not in lost),
                "requests": tuple(item for item in self.requests if item.key not in gone),
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
