"""The register in words that the people who keep it can check, in 78 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import datetime

from ceremony.pki.notation import visible
from ceremony.room.clock import iso, parse_iso
from ceremony.script.deadline import deadline
from ceremony.script.due_dates import (
    Due,
    crl_gaps,
    crl_runs,
    due_dates,
    living_responses,
)
from ceremony.script.item_words import item_texts
from ceremony.script.register_keys import key_texts
from ceremony.script.spans import ago, span
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import CeremonyEntry, CertificateEntry, HoldingEntry

WIDTH = 78
_OUTCOMES = {"closed": "closed", "aborted": "aborted", "open": "open: its record does not end"}
_RELIED_ON = (
    "Ages of keys count from the ceremony that made them. 5 years: Mozilla Root Store Policy 7.1 (MZ-4), Chrome Root "
    "Program Policy 2.2 (CH-2). 15 years: Mozilla 7.4 (MZ-5), Chrome 1.3.1.2 (CH-1). They count for a root's key, and "
    "for one that no certificate names yet. That backups are tested once a year is this program's own measure.",
)
_NOTES = (
    "That no later ceremony was taken away: compare the head of the last record with one kept elsewhere.",
    "That each ceremony was right: its links and hashes were checked here, `ceremony verify` proves the rest.",
    "The serial numbers of revocations that came from a file: a CRL counts them, this list does not name them.",
)


def register_lines(register: Register, now: datetime) -> tuple[str, ...]:
    """The whole register at the moment `now` (aware): no line is wider than 78 columns, or holds a control character.

    Raises ValueError where the register holds a moment that is none.
    """
    return tuple(line for text, indent in _texts(register, now) for line in _wrapped(text, indent))


def hint_of(register: Register) -> str:
    """Where no ceremony of the archive is of this mode: how to see the others. Empty else."""
    modes = {item.mode for item in register.ceremonies}
    if not modes or register.mode in modes:
        return ""
    if register.mode == "production":
        return "Every ceremony here is practice. `ceremony register --practice` says what they made."
    return "No ceremony here is practice. `ceremony register` without --practice says what they made."


Text = tuple[str, str]
"""A paragraph, and the indent of its first line; what follows is indented two more."""


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        visible(text), WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ) or [""]


def _texts(register: Register, now: datetime) -> Iterator[Text]:
    yield f"REGISTER OF {register.mode.upper()} at {iso(now)}", ""
    if register.mode == "practice":
        yield "This is PRACTICE. Nothing in it is a production key, certificate or signature.", ""
    if hint_of(register):
        yield hint_of(register), ""
    for title, texts in (
        ("CEREMONIES OF THE ARCHIVE, IN ORDER", _ceremonies(register)),
        ("KEYS", key_texts(register, now)),
        *((("TOKENS THAT OPEN WITH SHARES", _tokens(register, now)),) if register.tokens else ()),
        *((("WHO HELD WHICH SHARE, AND WHEN", _holdings(register)),) if register.holdings else ()),
        ("CERTIFICATES", _certificates(register, now)),
        ("CERTIFICATE REVOCATION LISTS", _crls(register, now)),
        ("OCSP RESPONSES", _responses(register, now)),
        (
            "CERTIFICATION REQUESTS",
            ((f"{item.name}: for key {item.key}, {item.ceremony}", "  ") for item in register.requests),
        ),
        *((("INCIDENTS AND THEIR DEADLINES", _incidents(register)),) if register.incidents else ()),
        *((("ITEMS AND THEIR BAGS", item_texts(register)),) if register.items else ()),
        ("DUE", _dues(register, now)),
        ("PRACTISED", _practised(register, now)),
        ("WHAT THESE DATES RELY ON", ((text, "  ") for text in _RELIED_ON)),
        ("WHAT THIS DOES NOT SAY", ((text, "  ") for text in _NOTES)),
    ):
        yield "", ""
        yield title, ""
        found = list(texts)
        yield from found or [("none", "  ")]


def _ceremonies(register: Register) -> Iterator[Text]:
    for item in register.ceremonies:
        stand_in = ", with stand-ins for earlier keys" if item.stand_in else ""
        yield f"{item.folder}: {item.opened_at[:10]}, {item.mode.upper()}{stand_in}, {_OUTCOMES[item.outcome]}", "  "
        yield item.title, "    "
        if item.incident:
            yield f"Incident: {item.incident}", "    "
    if register.last:
        yield f"Head of the last record: {register.last.head}", "  "


def _tokens(register: Register, now: datetime) -> Iterator[Text]:
    for token in register.tokens:
        yield f"{token.label}, serial {token.serial}: made {ago(token.made_at, now)} in {token.ceremony}", "  "
        for item in token.shares:
            yield (
                f"{item.purpose}: any {item.threshold} of {item.count}, set {item.identifier:05d}, check value "
                f"{item.check_value}; held by {', '.join(item.holders)}, in the order of the shares",
                "    ",
            )
        for item in token.pending:
            yield (
                f"{item.purpose}: it may instead be that of set {item.identifier:05d} ({', '.join(item.holders)}): a "
                "change was cut short; renew the PINs",
                "    ",
            )


def _holdings(register: Register) -> Iterator[Text]:
    """Person by person; of each share the days on which it opened something. Both PINs of a token are told together."""
    for person in sorted({item.person for item in register.holdings}):
        yield f"{person}:", "  "
        together: dict[tuple[object, ...], list[HoldingEntry]] = {}
        for item in register.holdings:
            if item.person == person:
                same = (item.label, item.serial, item.index, item.since, item.ceremony, item.until)
                together.setdefault(same, []).append(item)
        for found in together.values():
            until = f"until {found[0].until} ({found[0].until_ceremony})" if found[0].until else "to this moment"
            pins = " and ".join(f"{item.purpose} (set {item.identifier:05d})" for item in found)
            yield (
                f"share {found[0].index} of token {found[0].label}, serial {found[0].serial}, {pins}: from "
                f"{found[0].since} ({found[0].ceremony}) {until}",
                "    ",
            )


def _certificates(register: Register, now: datetime) -> Iterator[Text]:
    for item in register.certificates:
        issuer = "self-signed" if item.issuer == item.name else f"issued by {item.issuer}"
        yield f"{item.name}: {issuer if item.issuer else 'of another CA'}, {item.ceremony}", "  "
        yield f"Subject: {_subject(item)}", "    "
        yield f"Serial number {item.serial}", "    "
        ends = parse_iso(item.not_after)
        left = f"{span(ends - now)} left" if ends >= now else "expired"
        yield f"Valid {item.not_before} to {item.not_after}, {left}", "    "
        yield f"SHA-256 {item.sha256}", "    "
        for entry in register.revocations:
            if (entry.issuer, entry.serial) == (item.issuer, item.serial):
                reason = f", {entry.reason}" if entry.reason else ", no reason given"
                reason += f", not trusted since {entry.invalid_from}" if entry.invalid_from else ""
                yield f"REVOKED {entry.revoked_at}{reason}, CRL number {entry.number} of {entry.crl_profile}", "    "


def _subject(item: CertificateEntry) -> str:
    if not item.der:
        return "the certificate was signed and not written"
    from cryptography import x509

    try:
        name = x509.load_der_x509_certificate(bytes.fromhex(item.der)).subject.rfc4514_string()
    except ValueError:
        return "cannot be read"
    return name or "empty"


def _crls(register: Register, now: datetime) -> Iterator[Text]:
    gaps = crl_gaps(register, now)
    for run in crl_runs(register):
        first = run[0]
        yield f"Profile {first.profile}, issuer {first.issuer}", "  "
        for item in run:
            base = f" (delta to {item.base_number})" if item.base_number else ""
            yield (
                f"Number {item.number}{base}: {item.this_update} to {item.next_update}, "
                f"{item.entries} {'entry' if item.entries == 1 else 'entries'}, {item.ceremony}",
                "    ",
            )
        for gap in gaps:
            if (gap.profile, gap.issuer) == (first.profile, first.issuer):
                until = f"until {gap.until}" if gap.until else f"to this moment ({span(now - parse_iso(gap.since))})"
                yield f"GAP: after number {gap.after_number} no list was valid, from {gap.since} {until}", "    "


def _responses(register: Register, now: datetime) -> Iterator[Text]:
    for item in living_responses(register):
        ended = " (ended)" if parse_iso(item.next_update) < now else ""
        yield (
            f"{item.name}: {item.certificate or 'no certificate of ours'}, serial number {item.serial}, {item.status}; "
            f"{item.this_update} to {item.next_update}{ended}, {item.ceremony}",
            "  ",
        )
    replaced = len(register.responses) - len(living_responses(register))
    if replaced:
        yield f"and {replaced} that a later one replaced", "  "


def _incidents(register: Register) -> Iterator[Text]:
    for item in map(deadline, register.incidents):
        yield f"{item.incident.what} ({item.incident.ceremony})", "  "
        yield item.sentence, "    "


def _dues(register: Register, now: datetime) -> Iterator[Text]:
    for due in due_dates(register, now):
        yield f"{due.at[:10]} ({_distance(due, now)}): {due.sentence}{_ends(due, now)}", "  "


def _distance(due: Due, now: datetime) -> str:
    length = span(parse_iso(due.at) - now)
    return f"PAST, {length} ago" if due.past else f"in {length}"


def _ends(due: Due, now: datetime) -> str:
    if not due.ends or due.ends == due.at:
        return f", at {due.at}"
    ended = parse_iso(due.ends) < now
    return f", by {due.at}; what there is {'ENDED' if ended else 'ends'} {due.ends}"


def _practised(register: Register, now: datetime) -> Iterator[Text]:
    drill = register.last_drill()
    yield f"Last drill: {f'{ago(drill.ended_at, now)}, {drill.folder}' if drill else 'never'}", "  "
    last: dict[str, CeremonyEntry | None] = dict.fromkeys(item.script_id for item in register.ceremonies)
    last |= {item.script_id: item for item in register.rehearsals()}
    for script, rehearsal in last.items():
        when = f"{ago(rehearsal.ended_at, now)}, {rehearsal.folder}" if rehearsal else "never"
        yield f"Last rehearsal of {script}: {when}", "  "
