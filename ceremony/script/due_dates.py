"""What the register says must be done, and by when: a pure function of a register and a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from ceremony.room.clock import iso, parse_iso
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import BackupEntry, CertificateEntry, CrlEntry, KeyEntry, ResponseEntry

AHEAD = timedelta(days=730)
"""Certificates that end within this time are due for a successor."""
UNTRIED = timedelta(days=365)
"""A backup that was not tried for this long is due for a test."""
UNSEEN = timedelta(days=365)
"""A closed bag that nobody looked at for this long is due to be looked at."""
YEARS_TO_APPLY, YEARS_OF_TRUST = 5, 15

What = Literal[
    "crl",
    "ocsp-response",
    "certificate-ends",
    "key-too-old-to-apply",
    "key-loses-trust",
    "backup-test",
    "bag-check",
    "item-lost",
]


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be done. `at` is the moment by when, `ends` when what it replaces is no longer valid (or empty)."""

    at: str
    ends: str
    what: What
    subject: str
    sentence: str
    """For people: what to do, without the moment."""
    past: bool

    def as_json(self) -> dict[str, object]:
        """For programs: plain texts, and true or false."""
        return {
            "at": self.at,
            "ends": self.ends,
            "what": self.what,
            "subject": self.subject,
            "sentence": self.sentence,
            "past": self.past,
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which no CRL of a profile was valid; `until` is empty where it goes on."""

    profile: str
    issuer: str
    after_number: str
    since: str
    until: str

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "profile": self.profile,
            "issuer": self.issuer,
            "after_number": self.after_number,
            "since": self.since,
            "until": self.until,
        }


def due_dates(register: Register, now: datetime) -> tuple[Due, ...]:
    """Everything that is due, the earliest first. `now` is aware; no clock is read.

    Raises ValueError where the register holds a moment that is none.
    """
    found = (
        *_crls(register, now),
        *_responses(register, now),
        *_certificates(register, now),
        *_keys(register, now),
        *_backups(register, now),
        *_items(register, now),
    )
    return tuple(sorted(found, key=lambda item: (item.at, item.what, item.subject)))


def crl_runs(register: Register) -> tuple[tuple[CrlEntry, ...], ...]:
    """The CRLs of each profile and issuer, in the order in which they were signed."""
    runs: dict[tuple[str, str], list[CrlEntry]] = {}
    for item in register.crls:
        runs.setdefault((item.profile, item.issuer), []).append(item)
    return tuple(tuple(run) for run in runs.values())


def crl_gaps(register: Register, now: datetime) -> tuple[Gap, ...]:
    """Where one CRL had ended before the next began, or before `now` where there is no next."""
    gaps = []
    for run in crl_runs(register):
        for before, after in pairwise(run):
            if parse_iso(before.next_update) < parse_iso(after.this_update):
                gaps.append(_gap(before, after.this_update))
        if parse_iso(run[-1].next_update) < now and _signs_on(register, run[-1].issuer, now):
            gaps.append(_gap(run[-1], ""))
    return tuple(gaps)


def years_after(moment: datetime, years: int) -> datetime:
    """The same day so many years later; 1 March for a 29 February that the year does not have."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


def living_responses(register: Register) -> tuple[ResponseEntry, ...]:
    """The last response of each profile about each certificate: the ones that are handed out."""
    last: dict[tuple[str, str, str], ResponseEntry] = {}
    for item in register.responses:
        last[item.profile, item.issuer, item.serial] = item
    return tuple(last.values())


def revoked(register: Register, certificate: CertificateEntry) -> bool:
    """True where a CRL of this archive names the certificate's serial number."""
    return any((item.issuer, item.serial) == (certificate.issuer, certificate.serial) for item in register.revocations)


def _gap(crl: CrlEntry, until: str) -> Gap:
    return Gap(crl.profile, crl.issuer, crl.number, crl.next_update, until)


def _signs_on(register: Register, issuer: str, now: datetime) -> bool:
    """False for a CA whose certificate has ended or whose key is destroyed: nothing more is due of it."""
    certificate = register.certificate(issuer)
    if certificate is None:
        return True
    key = register.key(certificate.key)
    return parse_iso(certificate.not_after) >= now and (key is None or key.state != "destroyed")


def _due(now: datetime, at: str, what: What, subject: str, sentence: str, ends: str = "") -> Due:
    return Due(at, ends, what, subject, sentence, parse_iso(at) < now)


def _crls(register: Register, now: datetime) -> Iterator[Due]:
    for run in crl_runs(register):
        last = run[-1]
        if _signs_on(register, last.issuer, now):
            sentence = f"sign the CRL after number {last.number} of profile {last.profile}"
            yield _due(now, last.renew_by or last.next_update, "crl", last.profile, sentence, last.next_update)


def _responses(register: Register, now: datetime) -> Iterator[Due]:
    """One for all responses that end together."""
    groups: dict[tuple[str, str, str, str], list[ResponseEntry]] = {}
    for item in living_responses(register):
        about = register.certificate(item.certificate) if item.certificate else None
        if about is not None and parse_iso(about.not_after) < now:
            continue
        if _signs_on(register, item.issuer, now):
            groups.setdefault((item.profile, item.issuer, item.renew_by, item.next_update), []).append(item)
    for (profile, _, renew_by, next_update), items in groups.items():
        count = f"{len(items)} OCSP responses" if len(items) > 1 else "1 OCSP response"
        sentence = f"sign {count} of profile {profile} anew"
        yield _due(now, renew_by or next_update, "ocsp-response", profile, sentence, next_update)


def _certificates(register: Register, now: datetime) -> Iterator[Due]:
    for item in register.certificates:
        if now <= parse_iso(item.not_after) <= now + AHEAD and not revoked(register, item):
            sentence = f"certificate {item.name} ends; decide what follows it"
            yield _due(now, item.not_after, "certificate-ends", item.name, sentence, item.not_after)


def _keys(register: Register, now: datetime) -> Iterator[Due]:
    """The age of keys that a root programme counts: a root's, or one that may still become a root's."""
    for key in root_keys(register):
        made = parse_iso(key.made_at)
        apply_by = years_after(made, YEARS_TO_APPLY)
        if apply_by >= now:
            sentence = f"key {key.name} becomes too old for an application to a root programme (MZ-4, CH-2)"
            yield _due(now, iso(apply_by), "key-too-old-to-apply", key.name, sentence)
        sentence = f"root key {key.name} is 15 years old; browsers end their trust in it (MZ-5, CH-1)"
        yield _due(now, iso(years_after(made, YEARS_OF_TRUST)), "key-loses-trust", key.name, sentence)


def root_keys(register: Register) -> tuple[KeyEntry, ...]:
    """Keys that exist and certify themselves, or that no certificate names yet."""
    issuers: dict[str, list[CertificateEntry]] = {}
    for item in register.certificates:
        issuers.setdefault(item.key, []).append(item)
    requested = {item.key for item in register.requests}
    return tuple(
        key
        for key in register.keys
        if key.state != "destroyed"
        and (
            any(item.issuer == item.name for item in issuers.get(key.name, ()))
            or (key.name not in issuers and key.name not in requested)
        )
    )


def _backups(register: Register, now: datetime) -> Iterator[Due]:
    for key, backup in _all_backups(register.keys):
        at = parse_iso(backup.tested_at or backup.made_at) + UNTRIED
        sentence = f"test the backup of key {key.name} on token {backup.label}"
        sentence += "" if backup.tested_at else "; it was never tested"
        yield _due(now, iso(at), "backup-test", key.name, sentence)


def _items(register: Register, now: datetime) -> Iterator[Due]:
    """Closed bags that somebody must look at, and items for which nobody answers."""
    held = {item.bag for item in register.items if item.place == "bag"}
    for bag in register.bags:
        if bag.number in held:
            at = parse_iso(bag.checked_at or bag.sealed_at) + UNSEEN
            sentence = f"look at bag {bag.number}, {bag.safe}; it holds {', '.join(bag.items)}"
            yield _due(now, iso(at), "bag-check", bag.number, sentence)
    for item in register.items:
        if item.place in ("table", "missing"):
            where = f"left on the table by {item.ceremony}" if item.place == "table" else f"missing in {item.ceremony}"
            yield _due(now, item.since, "item-lost", item.name, f"find item {item.name} ({item.what}), {where}")


def _all_backups(keys: Iterable[KeyEntry]) -> Iterator[tuple[KeyEntry, BackupEntry]]:
    for key in keys:
        if key.state != "destroyed":
            for backup in key.backups:
                yield key, backup
