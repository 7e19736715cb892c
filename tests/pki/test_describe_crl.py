"""What the second parser says of CRLs, beside openssl, certtool and cryptography; and what it refuses to say."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.describe_crl import describe_crl
from ceremony.pki.notation_crl import LISTED

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
FILES = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
NO_CRL = "pyca-freshestcrl.pem"  # a certificate
ODD_TIME = "pyca-crl_invalid_time.der"  # openssl reads none of its times
needs_files = pytest.mark.skipif(not FILES, reason="the folder of published CRLs is not beside this checkout")

REASONS = {
    "Unspecified": "unspecified",
    "Key Compromise": "keyCompromise",
    "CA Compromise": "cACompromise",
    "Affiliation Changed": "affiliationChanged",
    "Superseded": "superseded",
    "Cessation Of Operation": "cessationOfOperation",
    "Certificate Hold": "certificateHold",
    "Remove From CRL": "removeFromCRL",
    "Privilege Withdrawn": "privilegeWithdrawn",
    "AA Compromise": "aACompromise",
}
"""As openssl writes them."""

DAY = datetime(2026, 11, 22, tzinfo=UTC)
NAME = der.encode(
    0x30, der.encode(0x31, der.encode(0x30, bytes.fromhex("0603550403"), der.encode(0x0C, b"Uji Root P1")))
)
TRUE, FALSE = b"\x01\x01\xff", b"\x01\x01\x00"
REASON, INVALID, ISSUER = "2.5.29.21", "2.5.29.24", "2.5.29.29"
ALGORITHM = bytes.fromhex("300a06082a8648ce3d040303")
VERSION = b"\x02\x01\x01"
NUMBER = bytes.fromhex("300a0603551d140403020105")


def octets_of(path: Path) -> bytes:
    octets = path.read_bytes()
    pem = re.search(rb"-----BEGIN [^-]*-----(.*?)-----END", octets, re.DOTALL)
    return base64.b64decode(pem[1]) if pem else octets


def utc(moment: datetime) -> bytes:
    return der.encode(der.UTC_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def entry(serial: int | bytes, *extensions: bytes, date: bytes = utc(DAY)) -> bytes:
    number = serial if isinstance(serial, bytes) else der.encode_integer(serial)
    return der.encode(0x30, number, date, der.encode(0x30, *extensions) if extensions else b"")


def extension(oid: str, value: bytes, critical: bytes = b"") -> bytes:
    return der.encode(0x30, object_identifier(oid), critical, der.encode(0x04, value))


def object_identifier(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    assert all(arc < 128 for arc in rest)
    return der.encode(0x06, bytes((40 * first + second, *rest)))


def tbs(*entries: bytes, extensions: bytes = NUMBER, **parts: bytes) -> bytes:
    return der.encode(
        0x30,
        parts.get("version", VERSION),
        parts.get("algorithm", ALGORITHM),
        parts.get("issuer", NAME),
        parts.get("this", utc(DAY)),
        parts.get("next", utc(DAY + timedelta(days=365, seconds=-1))),
        parts.get("list", der.encode(0x30, *entries) if entries else b""),
        der.encode(0xA0, der.encode(0x30, extensions)) if extensions else b"",
        parts.get("more", b""),
    )


def signed(octets: bytes, outer: bytes = ALGORITHM, signature: bytes = b"\0\x30\x06\2\1\1\2\1\1") -> bytes:
    return der.encode(0x30, octets, outer, der.encode(0x03, signature))


def values(octets: bytes) -> dict[str, str]:
    return dict(describe_crl(octets))


@pytest.fixture
def rich(kit: Any) -> bytes:
    """Every reason and every extension, written and signed by cryptography."""
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Balai Café"),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji Root P1"),
        ]
    )
    end = datetime(2051, 1, 2, 3, 4, 5, tzinfo=UTC)
    builder = x509.CertificateRevocationListBuilder(name, kit.clock, end)
    for place, reason in enumerate(x509.ReasonFlags):
        one = x509.RevokedCertificateBuilder().serial_number(0x80 << 8 * place)
        one = one.revocation_date(kit.clock - timedelta(days=place)).add_extension(x509.CRLReason(reason), place == 3)
        if place % 2:
            one = one.add_extension(x509.InvalidityDate(kit.clock - timedelta(days=99 + place)), critical=False)
        builder = builder.add_revoked_certificate(one.build())
    uri = x509.UniformResourceIdentifier("http://pki.example/root.crl")
    fresh = x509.UniformResourceIdentifier("http://pki.example/delta.crl")
    point = x509.IssuingDistributionPoint([uri], None, False, True, None, False, False)
    return (
        builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(kit.key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(4711), critical=False)
        .add_extension(x509.DeltaCRLIndicator(4700), critical=True)
        .add_extension(point, critical=True)
        .add_extension(x509.FreshestCRL([x509.DistributionPoint([fresh], None, None, None)]), critical=False)
        .sign(kit.key, hashes.SHA384())
        .public_bytes(Encoding.DER)
    )


def asked(command: list[str], octets: bytes) -> str:
    done = subprocess.run(command, input=octets, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "backslashreplace")


def openssl(octets: bytes, *options: str) -> str:
    return asked(["openssl", "crl", "-inform", "DER", "-noout", *options], octets)


def certtool(octets: bytes) -> str:
    return asked(["certtool", "--crl-info", "--inder"], octets).partition("\nSignature:")[0]


def iso(text: str, form: str) -> str:
    return datetime.strptime(text, form).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, pattern
    return found[1].strip()


def below(title: str, text: str) -> str:
    """The line under a title of openssl's."""
    return one(rf"{title}.*\n(.*)", text)


def digits(text: str) -> str:
    """A serial number without colons and without a zero octet in front."""
    return text.replace(":", "").upper().removeprefix("00") or "00"


def entries_by_openssl(text: str) -> Iterator[tuple[str, str, list[str]]]:
    form = "%b %d %H:%M:%S %Y GMT"
    body = text.partition("Revoked Certificates:\n")[2].partition("    Signature Algorithm")[0]
    for item in body.split("    Serial Number: ")[1:]:
        words = []
        for title, value in re.findall(r"(Reason Code|Invalidity Date):(?: critical| )?\n *(.*)", item):
            known = REASONS.get(value, f"reason {value}")
            words.append(known if title == "Reason Code" else f"invalid from {iso(value, form)}")
        yield digits(item.partition("\n")[0].strip()), iso(one("Revocation Date: (.*)", item), form), words


def described_entries(fields: tuple[tuple[str, str], ...]) -> list[tuple[str, str, list[str]]]:
    found = []
    for name, value in fields:
        if re.match("Revoked [0-9A-F]", name):
            date, *words = value.split("; ")
            dropped = (" (critical)", " (GeneralizedTime before 2050)")
            plain = [word.removesuffix(dropped[0]) for word in words if "issuer" not in word and "octets" not in word]
            found.append((digits(name[8:]), date.removesuffix(dropped[1]), plain))
    return found


class TestJudges:
    def test_openssl_agrees_with_every_field(self, rich: bytes) -> None:
        text, found = openssl(rich, "-text", "-nameopt", "utf8,sep_comma_plus_space,sname"), values(rich)
        assert found["Version"] == one(r"Version (\d)", text)
        assert one("Signature Algorithm: (.*)", text) == "ecdsa-with-SHA384"
        assert found["Signature algorithm"] == "ecdsa-sha384"
        name = ", ".join(f"{kind}={found[f'Issuer {kind}'].rpartition(' (')[0]}" for kind in ("C", "O", "CN"))
        assert name == one("Issuer: (.*)", text)
        form = "%b %d %H:%M:%S %Y GMT"
        assert found["This update"] == iso(one("Last Update: (.*)", text), form)
        assert found["Next update"] == iso(one("Next Update: (.*)", text), form)
        assert found["Authority key identifier"] == f"not critical; {below('Authority Key Identifier', text)}"
        assert found["CRL number"] == f"not critical; {below('CRL Number', text)}"
        assert found["Delta CRL indicator"] == f"critical; base {below('Delta CRL Indicator: critical', text)}"
        point, only = re.findall(r"URI:(\S+?)(?: +(Only .*))?$", text, re.MULTILINE)[0]
        assert only == "Only CA Certificates"
        assert found["Issuing distribution point"] == f"critical; full name (uri {point}); only CA certificates"
        assert found["Freshest CRL"] == f"not critical; {re.findall(r'URI:(.*)', text)[1]}"
        assert described_entries(describe_crl(rich)) == list(entries_by_openssl(text))

    def test_certtool_agrees_with_every_field_that_it_reads(self, rich: bytes) -> None:
        text, found = certtool(rich), values(rich)
        form = "%a %b %d %H:%M:%S UTC %Y"
        assert found["Version"] == one("Version: (.*)", text)
        assert one("Issuer: (.*)", text) == "CN=Uji Root P1,O=Balai Café,C=ID"
        assert found["This update"] == iso(one("Issued: (.*)", text), form)
        assert found["Next update"] == iso(one("Next at: (.*)", text), form)
        key = below(r"Authority Key Identifier \(not critical\)", text).upper()
        assert found["Authority key identifier"].replace(":", "") == f"not critical; {key}"
        assert found["CRL number"] == f"not critical; {int(one(r'CRL Number .not critical.: (.*)', text), 16)}"
        assert found["Revoked certificates"] == one(r"Revoked certificates \((.*)\)", text)
        theirs = re.findall(r"Serial Number \(hex\): (.*)\n\s*Revoked at: (.*)", text)
        ours = [(serial, date) for serial, date, _ in described_entries(describe_crl(rich))]
        assert ours == [(digits(serial), iso(date, form)) for serial, date in theirs]

    @needs_files
    @pytest.mark.parametrize(
        "path", [path for path in FILES if path.name not in {NO_CRL, ODD_TIME}], ids=lambda path: path.stem
    )
    def test_openssl_agrees_on_every_published_crl(self, path: Path) -> None:
        octets = octets_of(path)
        fields = describe_crl(octets)
        text, found = openssl(octets, "-text"), dict(fields)
        form = "%b %d %H:%M:%S %Y GMT"
        note = " (GeneralizedTime before 2050)"
        assert found["Version"] == one(r"Version (\d)", text)
        assert found["This update"].removesuffix(note) == iso(one("Last Update: (.*)", text), form)
        end = one("Next Update: (.*)", text)
        assert found["Next update"].removesuffix(note) == ("none" if end == "NONE" else iso(end, form))
        number = openssl(octets, "-crlnumber").strip().partition("=")[2]
        assert found.get("CRL number") == (None if number == "<NONE>" else f"not critical; {int(number, 16)}")
        names = openssl(octets, "-issuer", "-nameopt", "utf8,sep_multiline,lname").splitlines()[1:]
        issuer = [value for name, value in fields if name.startswith("Issuer ")]
        assert [value.rpartition(" (")[0] for value in issuer] == [name.strip().partition("=")[2] for name in names]
        theirs = list(entries_by_openssl(text))
        assert found["Revoked certificates"] == (str(len(theirs)) if theirs else "none")
        assert described_entries(fields) == theirs[:LISTED]
        assert ("Further revoked" in found) == (len(theirs) > LISTED)
        assert all(character.isprintable() for name, value in fields for character in name + value)

    @needs_files
    def test_a_certificate_among_the_published_crls_is_refused(self) -> None:
        with pytest.raises(CeremonyError, match="not a readable CRL"):
            describe_crl(octets_of(FOLDER / NO_CRL))

    @needs_files
    @pytest.mark.parametrize(
        ("file", "field", "said"),
        [
            (ODD_TIME, "This update", "18102813516Z (not a form of RFC 5280)"),
            (ODD_TIME, "Period", "unknown"),
            ("pyca-crl_no_next_update.pem", "Period", "unknown"),
            ("pyca-crl_inner_outer_mismatch.der", "Outer signature algorithm", "sha256-rsa"),
            (
                "pyca-crl_idp_only_ca.pem",
                "Issuing distribution point",
                'critical; relative name (O="PyCA" utf8); only CA certificates',
            ),
            (
                "pyca-crl_all_reasons.pem",
                "Revoked 0B",
                "2015-01-01T00:00:00Z (GeneralizedTime before 2050); keyCompromise; extension 1.2.3.4 octets 0A0100",
            ),
            (
                "pyca-crl_all_reasons.pem",
                "Revoked 01",
                "2015-01-01T00:00:00Z (GeneralizedTime before 2050); invalid from 2015-01-01T00:00:00Z; "
                'certificate issuer (directory (C="US" printable, CN="cryptography.io" utf8)); unspecified',
            ),
        ],
    )
    def test_what_is_odd_in_a_published_crl_is_said(self, file: str, field: str, said: str) -> None:
        assert values(octets_of(FOLDER / file))[field] == said


class TestFields:
    def test_a_crl_and_its_to_be_signed_bytes_are_described_alike(self, rich: bytes) -> None:
        assert describe_crl(rich) == describe_crl(x509.load_der_x509_crl(rich).tbs_certlist_bytes)

    def test_the_fields_come_in_the_order_of_the_bytes(self) -> None:
        point = extension("2.5.29.28", bytes.fromhex("30038201ff"), TRUE)
        octets = tbs(entry(5), entry(0x80), extensions=point + NUMBER)
        assert describe_crl(octets) == (
            ("Version", "2"),
            ("Signature algorithm", "ecdsa-sha384"),
            ("Issuer CN", "Uji Root P1 (utf8)"),
            ("This update", "2026-11-22T00:00:00Z"),
            ("Next update", "2027-11-21T23:59:59Z"),
            ("Period", "365 days"),
            ("Revoked certificates", "2"),
            ("Revoked 05", "2026-11-22T00:00:00Z"),
            ("Revoked 80", "2026-11-22T00:00:00Z"),
            ("Issuing distribution point", "critical; only CA certificates"),
            ("CRL number", "not critical; 5"),
        )

    @pytest.mark.parametrize(
        ("part", "octets", "field", "said"),
        [
            ("version", b"", "Version", "1"),
            ("version", b"\x02\x01\x00", "Version", "1 (written out)"),
            ("version", b"\x02\x01\x04", "Version", "5"),
            ("list", b"", "Revoked certificates", "none"),
            ("list", b"\x30\x00", "Revoked certificates", "0, in an empty list"),
            ("next", b"", "Next update", "none"),
            ("next", der.encode(0x18, b"20510102030405Z"), "Next update", "2051-01-02T03:04:05Z"),
            (
                "next",
                der.encode(0x18, b"20270102030405Z"),
                "Next update",
                "2027-01-02T03:04:05Z (GeneralizedTime before 2050)",
            ),
            ("this", der.encode(0x17, b"260230000000Z"), "This update", "260230000000Z (no such moment)"),
            ("this", der.encode(0x17, b"2611220000Z"), "This update", "2611220000Z (not a form of RFC 5280)"),
            (
                "this",
                der.encode(0x17, b"261122000000\xff"),
                "This update",
                "261122000000\ufffd (not a form of RFC 5280)",
            ),
            ("this", der.encode(0x17, b"500102030405Z"), "This update", "1950-01-02T03:04:05Z"),
            ("this", der.encode(0x17, b"490102030405Z"), "This update", "2049-01-02T03:04:05Z"),
            ("issuer", b"\x30\x00", "Issuer", "(empty)"),
            (
                "algorithm",
                bytes.fromhex("300b06092a864886f70d01010b"),  # without its NULL
                "Signature algorithm",
                "1.2.840.113549.1.1.11, octets 300B06092A864886F70D01010B",
            ),
        ],
    )
    def test_each_part_is_said_as_it_stands(self, part: str, octets: bytes, field: str, said: str) -> None:
        assert values(tbs(**{part: octets}))[field] == said

    def test_a_crl_without_extensions_is_described(self) -> None:
        assert describe_crl(tbs(extensions=b"", version=b""))[-1] == ("Revoked certificates", "none")

    def test_an_outer_algorithm_that_differs_is_said(self) -> None:
        other = bytes.fromhex("300a06082a8648ce3d040302")
        assert describe_crl(signed(tbs(), other))[-1] == ("Outer signature algorithm", "ecdsa-sha256")
        assert describe_crl(signed(tbs())) == describe_crl(tbs())


class TestEntries:
    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([(REASON, "0a0101", b"")], "keyCompromise"),
            ([(REASON, "0a0100", b"")], "unspecified"),
            ([(REASON, "0a0107", b"")], "reason 7"),
            ([(REASON, "0a010a", TRUE)], "aACompromise (critical)"),
            ([(REASON, "0a0104", FALSE)], "superseded (not critical, written out)"),
            ([(REASON, "020101", b"")], "extension 2.5.29.21 octets 020101"),
            ([(REASON, "0a020001", b"")], "extension 2.5.29.21 octets 0A020001"),
            ([(REASON, "0a01ff", b"")], "extension 2.5.29.21 octets 0A01FF"),
            ([(REASON, "0a00", b"")], "extension 2.5.29.21 octets 0A00"),
            (
                [(REASON, "0a0101", b""), (INVALID, "180f32303236313130313030303030305a", b"")],
                "keyCompromise; invalid from 2026-11-01T00:00:00Z",
            ),
            (
                [(INVALID, "170d3236313130313030303030305a", b"")],
                "extension 2.5.29.24 octets 170D3236313130313030303030305A",
            ),
            (
                [(INVALID, "1a0f32303236313130313030303030305a", b"")],
                "extension 2.5.29.24 octets 1A0F32303236313130313030303030305A",
            ),
            ([(ISSUER, "300582036e6b61", TRUE)], "certificate issuer (dns nka) (critical)"),
            ([(ISSUER, "3000", TRUE)], "extension 2.5.29.29 octets 3000 (critical)"),
            ([("2.5.29.23", "06032a0304", b"")], "extension 2.5.29.23 octets 06032A0304"),
            ([(REASON, "0a0101", b""), (REASON, "0a0104", b"")], "keyCompromise; superseded"),
        ],
    )
    def test_their_extensions_are_said_in_order(self, rows: list[tuple[str, str, bytes]], said: str) -> None:
        octets = (extension(oid, bytes.fromhex(value), critical) for oid, value, critical in rows)
        assert values(tbs(entry(5, *octets)))["Revoked 05"] == f"2026-11-22T00:00:00Z; {said}"

    @pytest.mark.parametrize(
        ("serial", "said"),
        [
            ("02020080", "80"),
            ("020100", "00"),
            ("0201ff", "negative, octets FF"),
            ("02020005", "not in DER, octets 00:05"),
            ("0202ff80", "not in DER, octets FF:80"),
        ],
    )
    def test_their_serial_numbers_are_never_alike(self, serial: str, said: str) -> None:
        assert f"Revoked {said}" in values(tbs(entry(bytes.fromhex(serial))))

    def test_those_after_the_limit_are_counted_and_hashed(self) -> None:
        rows = [entry(place + 1) for place in range(LISTED + 3)]
        found = values(tbs(*rows))
        assert found["Revoked certificates"] == str(LISTED + 3)
        assert sum(name.startswith("Revoked ") for name in found) == LISTED + 1
        digest = hashlib.sha256(b"".join(rows[LISTED:])).hexdigest().upper()
        assert found["Further revoked"] == f"3, SHA-256 of their entries {digest}"

    def test_at_the_limit_all_are_written_out(self) -> None:
        found = values(tbs(*(entry(place + 1) for place in range(LISTED))))
        assert f"Revoked {LISTED // 256:02X}:{LISTED % 256:02X}" in found
        assert "Further revoked" not in found

    def test_every_octet_after_the_limit_counts(self) -> None:
        rows = [entry(place + 1) for place in range(LISTED + 2)]
        good = describe_crl(tbs(*rows))
        for place in range(2, len(rows[-1])):  # its own identifier and length aside: those are refused
            other = bytearray(rows[-1])
            other[place] ^= 1
            assert describe_crl(tbs(*rows[:-1], bytes(other))) != good

    def test_two_hundred_thousand_take_no_time(self) -> None:
        octets = signed(tbs(*(entry(2**126 + place, extension(REASON, b"\n\1\1")) for place in range(200_000))))
        begun = time.process_time()
        assert values(octets)["Revoked certificates"] == "200000"
        assert time.process_time() - begun < 5


class TestExtensions:
    @pytest.mark.parametrize(
        ("oid", "value", "said"),
        [
            ("2.5.29.20", "020100", "0"),
            ("2.5.29.20", "0202012c", "300"),
            ("2.5.29.20", "0201ff", "octets 0201FF"),
            ("2.5.29.20", "02020005", "octets 02020005"),
            ("2.5.29.20", "0a0105", "octets 0A0105"),
            ("2.5.29.20", "02010500", "octets 02010500"),
            ("2.5.29.27", "020107", "base 7"),
            ("2.5.29.27", "0500", "octets 0500"),
            ("2.5.29.28", "3000", "empty"),
            ("2.5.29.28", "30038101ff", "only user certificates"),
            ("2.5.29.28", "30068201ff8401ff", "only CA certificates; indirect CRL"),
            ("2.5.29.28", "30038501ff", "only attribute certificates"),
            ("2.5.29.28", "300483020640", "only the reasons (keyCompromise)"),
            ("2.5.29.28", "30048302022a", "octets 30048302022A"),  # a bit set among the unused
            ("2.5.29.28", "300483020780", "octets 300483020780"),  # bit 0 has no meaning
            ("2.5.29.28", "30028300", "octets 30028300"),
            ("2.5.29.28", "3003810100", "octets 3003810100"),  # FALSE written out
            ("2.5.29.28", "30068201ff8101ff", "octets 30068201FF8101FF"),  # in another order
            (
                "2.5.29.28",
                "300ea00ca00a86036120628603622f63",
                "full name (uri a\\u{20}b, uri b/c)",
            ),
            ("2.5.29.46", "300b3009a007a0058603613a62", "a:b"),
            ("2.5.29.35", "300480020102", "01:02"),
            ("2.5.29.18", "30058103614062", "email a@b"),
            ("2.5.29.60", "180f32303236313130313030303030305a", "octets 180F32303236313130313030303030305A"),
        ],
    )
    def test_their_values_are_written_out_or_shown_as_octets(self, oid: str, value: str, said: str) -> None:
        for octets, word in ((b"", "not critical"), (TRUE, "critical"), (FALSE, "not critical (written out)")):
            row = extension(oid, bytes.fromhex(value), octets)
            assert describe_crl(tbs(extensions=row))[-1][1] == f"{word}; {said}"

    def test_one_without_a_name_here_is_shown_by_its_number(self) -> None:
        row = extension("1.2.3.4", b"\5\0")
        assert describe_crl(tbs(extensions=row))[-1] == ("Extension 1.2.3.4", "not critical; octets 0500")


LONG = tuple(entry(place + 1) for place in range(LISTED))
"""As many entries as are written out one by one."""


NOT_CRLS: dict[str, bytes] = {
    "nothing": b"",
    "an empty sequence": b"\x30\x00",
    "a tag alone": b"\x30",
    "text": b"not a CRL",
    "an indefinite length": b"\x30\x80\x00\x00",
    "no dates": tbs(this=b"", next=b""),
    "no issuer": tbs(issuer=b""),
    "a version below zero": tbs(version=b"\x02\x01\xff"),
    "something after the extensions": tbs(more=b"\x05\x00"),
    "extensions twice": tbs(more=der.encode(0xA0, der.encode(0x30, NUMBER))),
    "an extension that is none": tbs(extensions=b"\x05\x00"),
    "a BOOLEAN that is not DER": tbs(extensions=extension("1.2.3", b"", b"\1\1\1")),
    "critical twice": tbs(extensions=extension("1.2.3", b"", TRUE + TRUE)),
    "an extension of bits": tbs(extensions=der.encode(0x30, object_identifier("1.2.3"), b"\3\1\0")),
    "an entry of another type": tbs(list=der.encode(0x30, b"\5\0")),
    "an entry with a long length": tbs(list=der.encode(0x30, b"\x30\x81\x02\2\0")),
    "an entry of one octet": tbs(list=der.encode(0x30, b"\x30")),
    "an entry cut off": tbs(list=der.encode(0x30, b"\x30\x05\2\0")),
    "an entry of indefinite length": tbs(list=der.encode(0x30, b"\x30\x80\0\0")),
    "a serial number without octets": tbs(entry(b"\2\0")),
    "a serial number of another type": tbs(entry(b"\4\1\5")),
    "an entry without a date": tbs(entry(5, date=b"")),
    "a date of another type": tbs(entry(5, date=b"\5\0")),
    "an entry's extension that is none": tbs(entry(5, b"\5\0")),
    "an entry with no extensions in their place": tbs(entry(5) + entry(5, date=utc(DAY) + b"\x30\0")),
    "an entry's extensions cut off": tbs(entry(5, date=utc(DAY) + b"\x30\3\x30\1\5")),
    "a signature without octets": signed(tbs(), signature=b""),
    "a signature of no bits": signed(tbs(), signature=b"\0"),
    "a signature that does not fill octets": signed(tbs(), signature=b"\1\2"),
    "after the limit: another type": tbs(*LONG, b"\5\0"),
    "after the limit: one octet": tbs(*LONG, b"\x30"),
    "after the limit: cut off": tbs(*LONG, b"\x30\5\2\0"),
    "after the limit: a long length": tbs(*LONG, b"\x30\x81\2\2\0"),
    "after the limit: a length with a zero in front": tbs(*LONG, b"\x30\x82\0\x80" + 128 * b"\0"),
    "after the limit: an indefinite length": tbs(*LONG, b"\x30\x80\0\0"),
    "after the limit: a length of five octets": tbs(*LONG, b"\x30\x85\1\0\0\0\0"),
}


class TestRefusals:
    @pytest.mark.parametrize("octets", NOT_CRLS.values(), ids=NOT_CRLS)
    def test_what_is_no_crl(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError) as refused:
            describe_crl(octets)
        assert refused.value.code == "DESCRIBE"
        assert refused.value.not_done

    def test_octets_after_the_end_and_octets_cut_off(self, rich: bytes) -> None:
        for octets in (rich + b"\0", tbs() + b"\0", *(rich[:size] for size in range(0, len(rich), 11))):
            with pytest.raises(CeremonyError):
                describe_crl(octets)

    def test_a_certificate(self, kit: Any) -> None:
        root = kit.root()
        for octets in (root.der, root.tbs.octets):
            with pytest.raises(CeremonyError):
                describe_crl(octets)

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_damaged_bytes_are_described_or_refused_and_nothing_else(self, data: st.DataObject) -> None:
        point = extension("2.5.29.28", bytes.fromhex("300ea00ca00a86036120628603622f63"), TRUE)
        rows = [entry(5, extension(REASON, b"\n\1\1")), entry(0x80, extension(ISSUER, b"\x30\2\x82\0"))]
        octets = bytearray(signed(tbs(*rows, extensions=point + NUMBER)))
        for _ in range(data.draw(st.integers(1, 4))):
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        try:
            fields = describe_crl(bytes(octets))
        except CeremonyError:
            return
        assert all(character.isprintable() for name, value in fields for character in name + value)


def test_the_parser_never_meets_the_builder() -> None:
    program = (
        "import sys, ceremony.pki.describe_crl; "
        "writers = ('cryptography', *('ceremony.pki.' + name for name in ('encod', 'crl', 'der', 'wanted'))); "
        "met = [name for name in sys.modules if name.startswith(writers)]; "
        "sys.exit(str(met) if met else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
