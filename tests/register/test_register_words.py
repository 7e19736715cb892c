"""The register as people read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ceremony.room.clock import parse_iso
from ceremony.script.register_words import register_lines
from ceremony.script.spans import span
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import HoldingEntry, RequestEntry
from tests.register.entries import (
    DIGEST,
    MADE_AT,
    backup,
    ceremony,
    certificate,
    crl,
    key,
    lost,
    reading,
    register,
    response,
    revocation,
)

NOW = parse_iso("2027-06-01T00:00:00Z")


def holding(person: str, index: int, purpose: str = "user-pin", **changes: Any) -> HoldingEntry:
    fields = {"label": "ROOT", "serial": "1234", "purpose": purpose, "identifier": 77, "ceremony": "0002-root"}
    return HoldingEntry(**(fields | {"person": person, "index": index, "since": MADE_AT} | changes))


FULL = register(
    ceremonies=(
        ceremony("0001-root", mode="practice", incident="Key of tls-r1 was lost"),
        ceremony("0002-root"),
        ceremony("0003-arl", outcome="aborted"),
        ceremony("0004-arl", outcome="open", head="cd" * 32),
    ),
    keys=(
        key("root", backups=(backup(), backup(label="ROOT-C", tested_at="2027-05-01T00:00:00Z"))),
        key("sub"),
        key("spare", state="parked", reason="For the next root."),
        key(
            "old",
            state="destroyed",
            destroyed_at="2027-04-01T00:00:00Z",
            reason="Its CA ended.",
            lost=(
                lost("ROOT", "1234", "key-destroyed", "Its CA ended."),
                lost("ROOT-B", "5678", "token-destroyed", "drilled"),
            ),
        ),
        key(
            "kept",
            state="destroyed",
            destroyed_at="2027-04-01T00:00:00Z",
            backups=(backup(),),
            lost=(lost("ROOT", "1234", "key-destroyed"),),
        ),
        key("left", state="made"),
        key(
            "locked",
            readings=(
                reading("made", local="true", extractable="true", never_extractable="false"),
                reading(
                    "locked", at="2026-04-01T00:00:00Z", local="true", extractable="false", never_extractable="false"
                ),
            ),
            backups=(backup(),),
        ),
        key(
            "nowhere",
            state="parked",
            reason="For nobody.",
            readings=(reading("made"), reading("locked")),
            lost=(lost("ROOT", "1234", "token-made-anew"),),
        ),
    ),
    certificates=(certificate("root"), certificate("sub", serial="2b", not_after="2027-05-01T00:00:00Z")),
    revocations=(revocation("2b", invalid_from="2027-01-01T00:00:00Z"),),
    crls=(crl(1, "2026-03-01", "2026-09-01"), crl(2, "2026-10-01", "2028-01-01", entries=1)),
    responses=(response("1a", "2026-03-01", "2026-09-01"), response("1a", "2027-03-01", "2027-09-01")),
    holdings=(
        holding("ayu", 1, until="2027-01-01T00:00:00Z", until_ceremony="0004-arl"),
        holding("ayu", 1, "so-pin", identifier=78, until="2027-01-01T00:00:00Z", until_ceremony="0004-arl"),
        holding("budi", 2),
    ),
    requests=(RequestEntry(name="cross", key="sub", sha256=DIGEST, ceremony="0002-root"),),
)


def text(held: Register) -> str:
    """Everything on one line, as it would be read aloud."""
    return " ".join(" ".join(register_lines(held, NOW)).split())


@pytest.mark.parametrize(
    "sentence",
    [
        "0001-root: 2026-03-01, PRACTICE, closed Root key generation Incident: Key of tls-r1 was lost",
        "0003-arl: 2026-03-01, PRODUCTION, aborted",
        "0004-arl: 2026-03-01, PRODUCTION, open: its record does not end",
        f"Head of the last record: {'cd' * 32}",
        "root: p-384, certified as root",
        "Token ROOT, serial 1234",
        f"SPKI SHA-256 {DIGEST}",
        "root: p-384, certified as root Token ROOT, serial 1234, key identifier 01",
        "Attributes, as read when it was made 2026-03-01T09:00:00Z (15 months ago): local true, extractable false",
        "Copies that remain: 3 (token ROOT, serial 1234; token ROOT-B, serial 5678; token ROOT-C, serial 5678)",
        "Attributes, as read when its backup in 0001-root had locked it 2026-04-01T00:00:00Z (14 months ago): local "
        "true, extractable false, never_extractable false Until then, as read when it was made 2026-03-01T09:00:00Z: "
        "extractable true Backup: token ROOT-B",
        "Backup: token ROOT-B, serial 5678, made 2026-03-01T09:00:00Z (15 months ago) in 0001-root; never tested",
        "Backup: token ROOT-C, serial 5678, made 2026-03-01T09:00:00Z (15 months ago) in 0001-root; tested 2027-05-01",
        "spare: p-384, parked: For the next root.",
        "old: p-384, destroyed 2027-04-01T00:00:00Z on token ROOT; no copy remains: Its CA ended.",
        "Copies that remain: none Gone: token ROOT, serial 1234: the key was destroyed on it in 0005-end, "
        "2027-04-01T00:00:00Z (61 days ago) Gone: token ROOT-B, serial 5678: the token was destroyed (drilled) in "
        "0005-end, 2027-04-01T00:00:00Z (61 days ago)",
        "kept: p-384, destroyed 2027-04-01T00:00:00Z on token ROOT; 1 copy remains elsewhere",
        "Copies that remain: 1 (token ROOT-B, serial 5678) Gone: token ROOT, serial 1234",
        "nowhere: p-384, parked: For nobody.; NO COPY REMAINS",
        "Backup: none now Copies that remain: none Gone: token ROOT, serial 1234: the token was made anew in 0005-end",
        "left: p-384, made, and neither certified nor parked",
        "Backup: none in the record Copies that remain: 1 (token ROOT, serial 1234)",
        "WHO HELD WHICH SHARE, AND WHEN ayu: share 1 of token ROOT, serial 1234, user-pin (set 00077) and so-pin "
        "(set 00078): from 2026-03-01T09:00:00Z (0002-root) until 2027-01-01T00:00:00Z (0004-arl)",
        "budi: share 2 of token ROOT, serial 1234, user-pin (set 00077): from 2026-03-01T09:00:00Z (0002-root) to this "
        "moment",
        "root: self-signed, 0001-root",
        "sub: issued by root, 0001-root",
        "2027-05-01T00:00:00Z, expired",
        "REVOKED 2027-01-05T10:00:00Z, keyCompromise, not trusted since 2027-01-01T00:00:00Z, CRL number 2 of arl",
        "Number 2: 2026-10-01T00:00:00Z to 2028-01-01T00:00:00Z, 1 entry",
        "GAP: after number 1 no list was valid, from 2026-09-01T00:00:00Z until 2026-10-01T00:00:00Z",
        "serial number 1a, good; 2027-03-01T00:00:00Z to 2027-09-01T00:00:00Z",
        "and 1 that a later one replaced",
        "cross: for key sub, 0002-root",
        "2027-03-01 (PAST, 3 months ago): test the backup of key root on token ROOT-B; it was never tested",
        "2028-01-01 (in 7 months): sign the CRL after number 2 of profile arl",
        "Last drill: 2026-03-01T12:00:00Z (15 months ago), 0001-root",
        "Last rehearsal of root: 2026-03-01T12:00:00Z (15 months ago), 0001-root",
        "Last rehearsal of arl: never",
    ],
)
def test_it_says_what_there_is(sentence: str) -> None:
    assert sentence in text(FULL)


def test_a_response_that_was_replaced_is_not_shown() -> None:
    assert "2026-03-01T00:00:00Z to 2026-09-01T00:00:00Z (ended)" not in text(FULL)


def test_an_empty_register_says_none_and_never() -> None:
    said = text(register())
    assert "KEYS none" in said
    assert "Last drill: never" in said
    assert "PRACTICE" not in said


def test_practice_is_said_loudly() -> None:
    assert "This is PRACTICE" in text(register(mode="practice"))


@pytest.mark.parametrize(
    ("mode", "held", "hint"),
    [
        (
            "production",
            ("practice", "practice"),
            "Every ceremony here is practice. `ceremony register --practice` ",
        ),
        ("practice", ("production",), "No ceremony here is practice. `ceremony register` without --practice says"),
        ("production", ("practice", "production"), ""),
        ("practice", ("practice",), ""),
        ("production", (), ""),
    ],
)
def test_an_archive_without_a_ceremony_of_this_mode_says_how_to_see_the_others(
    mode: str, held: tuple[str, ...], hint: str
) -> None:
    said = text(register(mode=mode, ceremonies=tuple(ceremony("0001-root", mode=item) for item in held)))
    assert hint in said
    assert bool(hint) == (" ceremony here is practice." in said)


def test_no_list_now_is_a_gap_that_goes_on() -> None:
    said = text(register(crls=(crl(1, "2026-03-01", "2027-03-01"),)))
    assert "GAP: after number 1 no list was valid, from 2027-03-01T00:00:00Z to this moment (3 months)" in said
    assert "2027-03-01 (PAST, 3 months ago): sign the CRL after number 1 of profile arl" in said


def test_a_key_beyond_five_years_is_said_to_be_too_old_for_an_application() -> None:
    held = register(keys=(key("root", made_at="2022-01-01T00:00:00Z"),), certificates=(certificate("root"),))
    assert "too old for an application to a root programme" in text(held)
    assert (
        "too old for an application"
        not in text(register(keys=FULL.keys, certificates=FULL.certificates)).partition("DUE")[0]
    )


def test_no_line_is_wider_than_78_columns_and_none_steers_a_terminal() -> None:
    held = register(
        ceremonies=(ceremony("0001-root", title="A title\x1b[2J " + "x" * 300),),
        keys=(key("k" * 200, state="parked", reason="\x1b]0;title\x07\n\x9b1m" + "y" * 100),),
        certificates=(certificate("root", der="3003020101"),),
    )
    for made in (held, FULL):
        lines = register_lines(made, NOW)
        assert all(len(line) <= 78 for line in lines)
        assert all(line.isprintable() for line in lines)
    assert "Subject: cannot be read" in text(held)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=59), "less than an hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=89), "89 days"),
        (timedelta(days=90), "3 months"),
        (timedelta(days=729), "24 months"),
        (timedelta(days=731), "2 years"),
        (-timedelta(days=3), "3 days"),
    ],
)
def test_lengths_of_time_are_said_in_one_unit(length: timedelta, said: str) -> None:
    assert span(length) == said
