"""A register made by hand, for moments that no test can wait for."""

from __future__ import annotations

from typing import Any

from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import (
    BackupEntry,
    CeremonyEntry,
    CertificateEntry,
    CrlEntry,
    KeyEntry,
    LostCopyEntry,
    ReadingEntry,
    ResponseEntry,
    RevocationEntry,
)

DIGEST = "ab" * 32
MADE_AT = "2026-03-01T09:00:00Z"


def ceremony(folder: str, **changes: Any) -> CeremonyEntry:
    fields = {
        "folder": folder,
        "ceremony_id": f"{folder}-id",
        "mode": "production",
        "script_id": folder.partition("-")[2],
        "title": "Root key generation",
        "script_sha256": DIGEST,
        "policy_sha256": DIGEST,
        "opened_at": MADE_AT,
        "ended_at": "2026-03-01T12:00:00Z",
        "dated_until": "2026-03-01T12:00:00Z",
        "outcome": "closed",
        "head": DIGEST,
    }
    return CeremonyEntry(**(fields | changes))


def key(name: str, **changes: Any) -> KeyEntry:
    fields = {
        "name": name,
        "key_id": "01",
        "algorithm": "p-384",
        "profile": "ec",
        "spki": "00",
        "spki_sha256": DIGEST,
        "token_label": "ROOT",
        "token_serial": "1234",
        "ceremony": "0001-root",
        "made_at": MADE_AT,
        "state": "certified",
        "readings": (reading("made", local="true", extractable="false"),),
    }
    return KeyEntry(**(fields | changes))


def reading(when: Any, at: str = MADE_AT, **attributes: str) -> ReadingEntry:
    return ReadingEntry(at=at, ceremony="0001-root", when=when, attributes=tuple(attributes.items()))


def lost(label: str, serial: str, how: Any, words: str = "", at: str = "2027-04-01T00:00:00Z") -> LostCopyEntry:
    return LostCopyEntry(label=label, serial=serial, at=at, ceremony="0005-end", how=how, words=words)


def backup(**changes: Any) -> BackupEntry:
    fields = {"label": "ROOT-B", "serial": "5678", "ceremony": "0001-root", "made_at": MADE_AT}
    return BackupEntry(**(fields | changes))


def certificate(name: str, **changes: Any) -> CertificateEntry:
    fields = {
        "name": name,
        "profile": "root",
        "issuer": "root",
        "key": name,
        "serial": "1a",
        "not_before": "2026-03-01T00:00:00Z",
        "not_after": "2046-02-28T23:59:59Z",
        "sha256": DIGEST,
        "der": "",
        "ceremony": "0001-root",
    }
    return CertificateEntry(**(fields | changes))


def crl(number: int, this_update: str, next_update: str, **changes: Any) -> CrlEntry:
    fields = {
        "name": f"crl-{number}",
        "profile": "arl",
        "issuer": "root",
        "number": str(number),
        "base_number": "",
        "this_update": f"{this_update}T00:00:00Z",
        "next_update": f"{next_update}T00:00:00Z",
        "renew_by": "",
        "entries": 0,
        "sha256": DIGEST,
        "path": f"0001-root/crls/crl-{number}.crl",
        "ceremony": "0001-root",
    }
    return CrlEntry(**(fields | changes))


def response(serial: str, this_update: str, next_update: str, **changes: Any) -> ResponseEntry:
    fields = {
        "name": f"ocsp-{serial}",
        "profile": "ocsp",
        "issuer": "root",
        "certificate": "",
        "serial": serial,
        "status": "good",
        "this_update": f"{this_update}T00:00:00Z",
        "next_update": f"{next_update}T00:00:00Z",
        "renew_by": "",
        "sha256": DIGEST,
        "ceremony": "0001-root",
    }
    return ResponseEntry(**(fields | changes))


def revocation(serial: str, **changes: Any) -> RevocationEntry:
    fields = {
        "issuer": "root",
        "serial": serial,
        "certificate": "",
        "reason": "keyCompromise",
        "revoked_at": "2027-01-05T10:00:00Z",
        "invalid_from": "",
        "crl_profile": "arl",
        "number": "2",
        "ceremony": "0002-arl",
    }
    return RevocationEntry(**(fields | changes))


def register(**parts: Any) -> Register:
    return Register(mode=parts.pop("mode", "production"), **parts)
