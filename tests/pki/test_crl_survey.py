"""What a long CRL says as a whole; and what in it is refused, from the octets alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import Entry, Revoked, entries_between, entry_octets
from ceremony.pki.crl_frame import CrlFrame
from ceremony.pki.crl_large import build_large_crl
from ceremony.pki.crl_survey import Survey, survey

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FRAME = CrlFrame(b"", b"", "ecdsa-sha256", b"")


def entry(serial: int, ago: timedelta = timedelta(0), reason: int | None = 4) -> Entry:
    return serial, entry_octets(Revoked(serial, NOW - ago, reason))


def test_entries_are_counted_by_reason_and_their_dates_spanned() -> None:
    rows = [entry(1), entry(2, timedelta(days=9), 1), entry(3, timedelta(days=2), None), entry(0x80, reason=4)]
    found = survey(rows, NOW)
    assert (found.count, found.earliest, found.latest) == (4, NOW - timedelta(days=9), NOW)
    assert found.words() == (("keyCompromise", 1), ("superseded", 2), ("no reason", 1))
    assert survey([], NOW) == Survey()


def test_the_file_of_entries_is_read_back(tmp_path: Path) -> None:
    rows = [entry(place, timedelta(minutes=place)) for place in range(1, 500)]
    large = build_large_crl(FRAME, (octets for _, octets in rows), tmp_path / "spool")
    assert list(large.rows()) == rows
    assert survey(large.rows(), NOW).count == 499
    empty = build_large_crl(FRAME, [], tmp_path / "empty")
    assert list(empty.rows()) == []


def with_reason(serial: int, value: bytes) -> Entry:
    extension = der.encode(der.SEQUENCE, bytes.fromhex("0603551d15"), der.encode(der.OCTET_STRING, value))
    date = der.encode(der.UTC_TIME, b"261120000000Z")
    return serial, der.encode(der.SEQUENCE, der.encode_integer(serial), date, der.encode(der.SEQUENCE, extension))


def test_long_entries_of_other_programs_are_read() -> None:
    serial, octets = with_reason(5, b"\x0a\x01\x01")
    parts = der.read_one(octets).children()
    other = der.encode(der.SEQUENCE, bytes.fromhex("0603551d18"), der.encode(der.OCTET_STRING, b"\x04" * 300))
    extensions = der.encode(der.SEQUENCE, other, parts[2].content)
    long = der.encode(der.SEQUENCE, parts[0].octets, parts[1].octets, extensions)
    assert survey([(serial, long)], NOW) == survey([(serial, octets)], NOW)
    assert survey([(serial, long)], NOW).words() == (("keyCompromise", 1),)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([entry(5), entry(5)], "CRL-DUPLICATE"),
        ([entry(5), entry(7), entry(6)], "CRL-ORDER"),
        ([entry(5), entry(7, timedelta(seconds=-1))], "CRL-FUTURE"),
        ([with_reason(5, b"\x0a\x01\x07")], "RF-4-ENTRY"),
        ([with_reason(5, b"\x0a\x01\xff")], "RF-4-ENTRY"),
        ([with_reason(5, b"\x02\x01\x01")], "RF-4"),
        ([(5, der.encode(der.SEQUENCE, der.encode_integer(5)))], "RF-4"),
        ([(5, der.encode(der.SEQUENCE, der.encode_integer(5), der.encode(der.UTC_TIME, b"2611200000Z")))], "RF-4"),
        ([(5, entry(5)[1][:-1])], "RF-4"),
    ],
)
def test_what_no_crl_may_say_is_refused(rows: list[Entry], rule: str) -> None:
    with pytest.raises(CeremonyError) as caught:
        survey(rows, NOW)
    assert caught.value.code == rule


def test_a_file_of_entries_that_is_spoiled_is_refused_and_never_crashes() -> None:
    good = b"".join(octets for _, octets in (entry(place, reason=1) for place in range(1, 6)))
    for place in range(len(good)):
        for change in (0x01, 0x80, 0xFF):
            spoiled = bytearray(good)
            spoiled[place] ^= change
            try:
                assert survey(entries_between(bytes(spoiled), 0, len(spoiled)), NOW).count <= 5
            except CeremonyError:
                continue
