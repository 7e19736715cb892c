"""One revocation to its octets, and the entries of CRLs that exist."""

from __future__ import annotations

import mmap
import os
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography import x509

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets, reason_extension
from ceremony.pki.crl_view import crl_view
from ceremony.pki.der import DerError
from ceremony.policy.rules.crl_view import REASONS

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
PUBLISHED = sorted(FOLDER.glob("dss-*.crl")) if FOLDER.is_dir() else []
MOMENT = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def tbs(*entries: bytes) -> bytes:
    """A TBSCertList around entries."""
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        bytes.fromhex("300a06082a8648ce3d040303"),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")]).public_bytes(),
        der.encode(der.UTC_TIME, b"261122090000Z"),
        der.encode(der.UTC_TIME, b"271122090000Z"),
        der.encode(der.SEQUENCE, *entries) if entries else b"",
    )


def test_an_entry_is_what_the_standard_says_octet_for_octet() -> None:
    octets = entry_octets(Revoked(0x5A01, MOMENT, 1))
    assert octets.hex() == "302102025a01170d3236313132303038313530305a300c300a0603551d1504030a0101"


@pytest.mark.parametrize("reason", [None, 0])
def test_unspecified_is_said_by_leaving_the_reason_out(reason: int | None) -> None:
    assert entry_octets(Revoked(0x5A01, MOMENT, reason)).hex() == "301302025a01170d3236313132303038313530305a"
    assert reason_extension(reason) == b""


@pytest.mark.parametrize("reason", [code for code in REASONS if code not in {0, 8}])
def test_every_other_reason_stands_in_the_bytes_and_is_not_critical(reason: int) -> None:
    (entry,) = crl_view(tbs(entry_octets(Revoked(7, MOMENT, reason)))).entries
    assert (entry.reason, entry.reason_critical) == (reason, False)


def test_the_year_2050_turns_utctime_into_generalizedtime() -> None:
    last, first = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
    entries = crl_view(tbs(*(entry_octets(Revoked(place, moment)) for place, moment in enumerate((last, first), 1))))
    assert [(entry.revoked_at, entry.revoked_at_form) for entry in entries.entries] == [
        (last, "utc"),
        (first, "generalized"),
    ]


def test_the_invalidity_date_is_generalizedtime_always_and_comes_after_the_reason() -> None:
    lost = datetime(2026, 11, 1, tzinfo=UTC)
    view = crl_view(tbs(entry_octets(Revoked(7, MOMENT, 1, lost))))
    (entry,) = view.entries
    assert (entry.invalid_from, entry.invalid_from_form) == (lost, "generalized")
    assert [extension.oid for extension in entry.extensions] == ["2.5.29.21", "2.5.29.24"]
    assert view.irregularities == ()


@pytest.mark.parametrize("serial", [1, 0x7F, 0x80, 0xFF, 2**159 - 1])
def test_serial_numbers_are_integers_in_their_shortest_form(serial: int) -> None:
    octets = tbs(entry_octets(Revoked(serial, MOMENT)))
    (entry,) = crl_view(octets).entries
    assert entry.serial_number == serial
    assert crl_view(octets).irregularities == ()


@pytest.mark.parametrize(
    ("revoked", "code"),
    [
        (Revoked(0, MOMENT), "RF-4-ENTRY"),
        (Revoked(-5, MOMENT), "RF-4-ENTRY"),
        (Revoked(2**159, MOMENT), "RF-4-ENTRY"),
        (Revoked(5, MOMENT, 7), "RF-4-ENTRY"),
        (Revoked(5, MOMENT, 11), "RF-4-ENTRY"),
        (Revoked(5, MOMENT, 8), "RF-4-ENTRY"),
        (Revoked(5, datetime(1949, 12, 31, tzinfo=UTC)), "RF-4-TIME"),
        (Revoked(5, MOMENT + timedelta(microseconds=1)), "RF-4-TIME"),
        (Revoked(5, MOMENT, 1, MOMENT + timedelta(microseconds=1)), "RF-4-TIME"),
    ],
)
def test_what_no_entry_can_carry_is_refused(revoked: Revoked, code: str) -> None:
    with pytest.raises(CeremonyError) as caught:
        entry_octets(revoked)
    assert caught.value.code == code


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=7))])
def test_a_date_that_is_not_in_utc_is_a_fault_of_the_program(zone: timezone | None) -> None:
    with pytest.raises(ValueError, match="must be in UTC"):
        entry_octets(Revoked(5, MOMENT.replace(tzinfo=zone)))


@pytest.mark.skipif(not PUBLISHED, reason="no published CRLs beside this project (CEREMONY_SHARED)")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_the_entries_of_a_published_crl_are_found_as_they_stand(path: Path) -> None:
    octets = path.read_bytes()
    view = crl_view(octets)
    entries = list(entries_of(octets))
    assert [serial for serial, _ in entries] == [entry.serial_number for entry in view.entries]
    assert list(entries_of(view.octets)) == entries
    content = b"".join(entry for _, entry in entries)
    assert content in octets
    text = subprocess.run(
        ["openssl", "crl", "-inform", "DER", "-noout", "-text"], input=octets, capture_output=True, check=True
    ).stdout
    assert text.count(b"\n    Serial Number: ") == len(entries)


def test_a_memory_map_of_a_file_is_read_as_its_octets_are(tmp_path: Path) -> None:
    octets = tbs(*(entry_octets(Revoked(place, MOMENT, 1)) for place in range(1, 300)))
    (tmp_path / "list").write_bytes(octets)
    with (tmp_path / "list").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert list(entries_of(mapped)) == list(entries_of(octets))  # type: ignore[arg-type]


def test_a_list_without_entries_has_none() -> None:
    assert list(entries_of(tbs())) == []


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "not a CRL"),
        (b"\x30\x00", "not a TBSCertList"),
        (b"\x04\x02\x05\x00", "not a CRL"),
        (tbs(entry_octets(Revoked(7, MOMENT)))[:-1], "end inside an element"),
        (tbs(entry_octets(Revoked(7, MOMENT))) + b"\x00", "end inside an element"),
        (tbs(der.encode(der.SEQUENCE)), "an entry of the CRL is expected"),
        (tbs(der.encode(der.OCTET_STRING, b"\x02\x01\x07")), "an entry of the CRL is expected"),
        (tbs(der.encode(der.SEQUENCE, b"\x02\x02\x00\x07")), "not in its shortest form"),
        (tbs(der.encode(der.SEQUENCE, b"\x02\x00")), "not in its shortest form"),
        (tbs(der.encode(der.SEQUENCE, b"\x02\x09\x01")), "end inside an element"),
    ],
    ids=range(10),
)
def test_what_is_no_crl_is_refused(octets: bytes, words: str) -> None:
    with pytest.raises(DerError, match=words):
        list(entries_of(octets))


def test_spoiled_octets_are_read_or_refused_and_never_crash() -> None:
    good = tbs(*(entry_octets(Revoked(place, MOMENT, 1)) for place in range(1, 9)))
    for place in range(len(good)):
        for change in (0x01, 0x80, 0xFF):
            spoiled = bytearray(good)
            spoiled[place] ^= change
            try:
                assert all(isinstance(serial, int) for serial, _ in entries_of(bytes(spoiled)))
            except DerError:
                continue
