"""Bytes of CRLs into facts: every published CRL that is to hand, beside what openssl and cryptography read in it."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ceremony.pki import der
from ceremony.pki.crl_view import crl_view
from ceremony.pki.der import DerError
from ceremony.pki.lint_crl import lint_crl
from ceremony.policy.rules.crl_view import CrlView

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
FILES = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
NO_CRL = {
    "pyca-crl_invalid_time.der": "the time '18102813516Z' at octet 41 cannot be read",
    "pyca-freshestcrl.pem": "this is not a TBSCertList",  # a certificate
}
"""Files that are refused, and why."""
READABLE = [path for path in FILES if path.name not in NO_CRL]

REASONS = {
    "Unspecified": 0,
    "Key Compromise": 1,
    "CA Compromise": 2,
    "Affiliation Changed": 3,
    "Superseded": 4,
    "Cessation Of Operation": 5,
    "Certificate Hold": 6,
    "Remove From CRL": 8,
    "Privilege Withdrawn": 9,
    "AA Compromise": 10,
}

needs_files = pytest.mark.skipif(not FILES, reason="no published CRLs beside this project (CEREMONY_SHARED)")


def octets_of(path: Path) -> bytes:
    octets = path.read_bytes()
    pem = re.search(rb"-----BEGIN [^-]*-----(.*?)-----END", octets, re.DOTALL)
    return base64.b64decode(pem[1]) if pem else octets


def openssl(octets: bytes, *options: str) -> str:
    command = ["openssl", "crl", "-inform", "DER", "-noout", *options]
    return subprocess.run(command, input=octets, capture_output=True, check=True).stdout.decode()


def moment(text: str) -> datetime | None:
    return None if text == "NONE" else datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)


def field(text: str, word: str) -> str:
    found = re.search(rf"^ *{word}[: ] *(.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_agrees_with_openssl_on_issuer_dates_number_and_entries(path: Path) -> None:
    octets = octets_of(path)
    view, text = crl_view(octets), openssl(octets, "-text")
    assert view.version == int(field(text, "Version").partition(" ")[0])
    assert view.this_update == moment(field(text, "Last Update"))
    assert view.next_update == moment(field(text, "Next Update"))
    number = openssl(octets, "-crlnumber").strip().partition("=")[2]
    assert view.number == (None if number == "<NONE>" else int(number, 16))
    issuer = openssl(octets, "-issuer", "-nameopt", "oid,utf8,sep_multiline").splitlines()[1:]
    attributes = [f"{attribute.oid}={attribute.text}" for attribute in view.issuer.attributes]
    assert attributes == [line.strip() for line in issuer]
    found = [entry.serial_content.hex().upper() for entry in view.entries]
    entries = text.partition("Revoked Certificates:\n")[2].split("    Serial Number: ")[1:]
    assert [serial.removeprefix("00") or "00" for serial in found] == [
        entry.partition("\n")[0].removeprefix("00") or "00" for entry in entries
    ]
    assert [entry.revoked_at for entry in view.entries] == [moment(field(item, "Revocation Date")) for item in entries]
    for entry, item in zip(view.entries, entries, strict=True):
        said = re.search(r"CRL Reason Code: \n *(.*)", item)
        word = said[1].strip() if said else ""
        assert entry.reason == (None if said is None else REASONS[word] if word in REASONS else int(word))


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_agrees_with_cryptography_octet_for_octet(path: Path) -> None:
    octets = octets_of(path)
    if path.name == "pyca-crl_inner_outer_mismatch.der":
        pytest.skip("cryptography does not read a CRL whose two algorithms differ")
    theirs = x509.load_der_x509_crl(octets)
    view = crl_view(octets)
    assert view.octets == theirs.tbs_certlist_bytes
    assert view.issuer.der == theirs.issuer.public_bytes()
    assert [entry.serial_number for entry in view.entries] == [entry.serial_number for entry in theirs]


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_the_inner_part_alone_says_the_same(path: Path) -> None:
    whole = crl_view(octets_of(path))
    part = crl_view(whole.octets)
    assert part.outer_algorithm_der == b""
    assert whole.outer_algorithm_der
    assert (part.entries, part.number, part.extensions) == (whole.entries, whole.number, whole.extensions)


@needs_files
@pytest.mark.parametrize("name", NO_CRL)
def test_what_is_no_crl_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(DerError, match=re.escape(NO_CRL[name])):
        crl_view(octets_of(FOLDER / name))


@needs_files
def test_the_issuing_point_and_the_delta_indicator_are_read() -> None:
    point = crl_view(octets_of(FOLDER / "dss-pt_crl_with_critical_extension.crl")).point
    assert point is not None
    assert [name.text for name in point.full_name] == ["http://crls.ecee.gov.pt/crls/ARL.crl"]
    assert (point.only_cas, point.only_users, point.indirect) == (True, False, False)
    relative = crl_view(octets_of(FOLDER / "pyca-crl_idp_only_ca.pem")).point
    assert relative is not None
    assert relative.relative_name
    assert crl_view(octets_of(FOLDER / "pyca-crl_delta_crl_indicator.pem")).delta_base == 12345678901234567890


@needs_files
def test_entry_extensions_are_read_and_one_that_stands_twice_is_seen() -> None:
    view = crl_view(octets_of(FOLDER / "pyca-crl_all_reasons.pem"))
    second = view.entries[1]
    assert second.invalid_from == datetime(2015, 1, 1, tzinfo=UTC)
    assert second.certificate_issuer is not None
    assert second.certificate_issuer[0].kind == "directory"
    twice = crl_view(octets_of(FOLDER / "pyca-crl_dup_entry_ext.pem")).entries[0]
    assert [item.oid for item in twice.extensions] == ["2.5.29.21"] * 2


@needs_files
def test_inner_and_outer_algorithm_are_kept_apart() -> None:
    view = crl_view(octets_of(FOLDER / "pyca-crl_inner_outer_mismatch.der"))
    assert view.signature_algorithm_der != view.outer_algorithm_der


@needs_files
def test_spoiled_octets_are_read_or_refused_and_never_crash() -> None:
    for name in ("dss-EE-GovCA2018.crl", "dss-pt_crl_with_critical_extension.crl"):
        good = octets_of(FOLDER / name)
        for place in range(len(good)):
            for change in (0x01, 0x80, 0xFF):
                spoiled = bytearray(good)
                spoiled[place] ^= change
                try:
                    assert isinstance(crl_view(bytes(spoiled)), CrlView)
                except DerError:
                    continue


@needs_files
@pytest.mark.parametrize("path", [path for path in FILES if path.stat().st_size < 10_000], ids=lambda path: path.name)
def test_the_linter_speaks_of_each_and_crashes_on_none_that_is_a_crl(path: Path) -> None:
    rules = {finding.rule for finding in lint_crl(octets_of(path), "ca", path.name)}
    assert ("LINT-CRASH" in rules) == (path.name == "pyca-freshestcrl.pem")


def long_list(count: int) -> bytes:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    reason = bytes.fromhex("300c300a0603551d1504030a0101")
    rows = []
    for place in range(count):
        date = (start + timedelta(seconds=place)).strftime("%y%m%d%H%M%SZ").encode()
        rows.append(
            der.encode(der.SEQUENCE, der.encode_integer(2**126 + place), der.encode(der.UTC_TIME, date), reason)
        )
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        bytes.fromhex("300a06082a8648ce3d040303"),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")]).public_bytes(),
        der.encode(der.UTC_TIME, b"261122090000Z"),
        der.encode(der.UTC_TIME, b"271122090000Z"),
        der.encode(der.SEQUENCE, *rows),
    )


def test_a_list_of_a_hundred_thousand_is_read_in_seconds(record_property: Callable[[str, object], None]) -> None:
    octets = long_list(100_000)
    began = time.process_time()
    view = crl_view(octets)
    took = time.process_time() - began
    record_property("table", f"A CRL of 100,000 entries ({len(octets) // 1024} KiB) is read in {took:.2f} s of CPU.")
    assert len(view.entries) == 100_000
    assert {entry.reason for entry in view.entries} == {1}
    assert view.irregularities == ()
    assert took < 10
