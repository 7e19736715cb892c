"""CRLs on paper and on a narrow screen."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_text import crl_dump, crl_text
from ceremony.pki.describe_crl import describe_crl
from ceremony.pki.notation_crl import LISTED

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FOLDER = SHARED / "fixtures" / "crl"
READABLE = [path for path in sorted(FOLDER.glob("*")) if path.name != "pyca-freshestcrl.pem"]


def crl_of(kit: Any, count: int) -> bytes:
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Balai Café " + "x" * 50),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji Root P1"),
        ]
    )
    reason = x509.CRLReason(x509.ReasonFlags.superseded)
    entries = [
        x509.RevokedCertificateBuilder(2**120 + place, kit.clock).add_extension(reason, critical=False).build()
        for place in range(count)
    ]
    uri = x509.UniformResourceIdentifier("http://pki.example.com/" + "long-" * 40 + ".crl")
    return (
        x509.CertificateRevocationListBuilder(name, kit.clock, kit.clock + timedelta(days=364), [], entries)
        .add_extension(x509.CRLNumber(7), critical=False)
        .add_extension(x509.IssuingDistributionPoint([uri], None, False, True, None, False, False), critical=True)
        .sign(kit.key, hashes.SHA384())
        .public_bytes(Encoding.DER)
    )


def tbs_of(crl: bytes) -> bytes:
    return x509.load_der_x509_crl(crl).tbs_certlist_bytes


def octets_of(path: Path) -> bytes:
    octets = path.read_bytes()
    pem = re.search(rb"-----BEGIN [^-]*-----(.*?)-----END", octets, re.DOTALL)
    return base64.b64decode(pem[1]) if pem else octets


class TestText:
    def test_it_is_what_was_described_with_signature_and_fingerprint(self, kit: Any, openssl: Any) -> None:
        crl = crl_of(kit, 2)
        text = crl_text(crl)
        fingerprint = openssl("crl", "-inform", "DER", "-noout", "-fingerprint", "-sha256", given=crl)
        assert fingerprint.strip().partition("=")[2].replace(":", "") in text
        signature = openssl("crl", "-inform", "DER", "-noout", "-text", given=crl).partition("Signature Value:")[2]
        squeezed = re.sub(r"[\s:]", "", text.partition("Signature value:")[2].partition("SHA-256")[0])
        assert squeezed == re.sub(r"[\s:]", "", signature).upper()
        joined = re.sub(r"\s+", "", text)
        for name, value in describe_crl(crl):
            assert name in text
            for part in value.split("; "):
                assert re.sub(r"\s+", "", part.replace("é", "\\u{e9}")) in joined

    def test_every_line_fits_and_is_ascii(self, kit: Any) -> None:
        text = crl_text(crl_of(kit, 3))
        assert text.isascii()
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 78

    def test_the_entries_are_set_in_under_their_number(self, kit: Any) -> None:
        lines = crl_text(crl_of(kit, 2)).splitlines()
        place = lines.index("    Revoked certificates: 2")
        assert lines[place + 1 : place + 5] == [
            "        Revoked 01:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:",
            "            2026-11-22T09:30:15Z",
            "            superseded",
            "        Revoked 01:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01:",
        ]
        assert lines[place + 7] == "    CRL number: not critical; 7"

    def test_a_long_list_is_abbreviated_with_its_count_and_digest(self, kit: Any) -> None:
        crl = crl_of(kit, LISTED + 40)
        text = crl_text(crl)
        assert f"    Revoked certificates: {LISTED + 40}\n" in text
        assert text.count("superseded") == LISTED
        lines = [line.strip() for line in text.splitlines()]
        place = lines.index("Further revoked:")
        assert lines[place + 1].startswith("40, SHA-256 of their entries")
        listed = x509.load_der_x509_crl(crl)
        rest = b"".join(entry_octets(crl, listed[place].serial_number) for place in range(LISTED, LISTED + 40))
        assert hashlib.sha256(rest).hexdigest().upper() in "".join(lines[place + 1 : place + 3])

    def test_equal_octets_give_equal_text(self, kit: Any) -> None:
        crl = crl_of(kit, 5)
        assert crl_text(crl) == crl_text(bytes(bytearray(crl)))

    def test_to_be_signed_bytes_are_no_crl(self, kit: Any) -> None:
        for octets in (tbs_of(crl_of(kit, 1)), kit.root().der, b""):
            with pytest.raises(CeremonyError) as refused:
                crl_text(octets)
            assert refused.value.code == "DESCRIBE"

    @pytest.mark.parametrize("path", READABLE, ids=lambda path: path.stem)
    def test_every_published_crl_is_written_out(self, path: Path) -> None:
        octets = octets_of(path)
        for text in (crl_text(octets), crl_dump(octets)):
            assert text.isascii()
            assert max(map(len, text.splitlines())) <= 78
        assert hashlib.sha256(octets).hexdigest().upper() in crl_text(octets)


def entry_octets(crl: bytes, serial: int) -> bytes:
    """The octets of one entry, found by its serial number."""
    place = crl.index(b"\x02\x10" + serial.to_bytes(16, "big")) - 2
    return crl[place : place + 2 + crl[place + 1]]


class TestDump:
    def test_it_holds_every_field_and_every_octet(self, kit: Any, openssl: Any) -> None:
        octets = tbs_of(crl_of(kit, 3))
        text = crl_dump(octets)
        fields, _, tree = text.partition("ASN.1, octet by octet")
        assert all(name in fields for name, _ in describe_crl(octets))
        theirs = {
            (int(line.split(":")[0]), int(line.split("hl=")[1][0]) + int(line.split(" l=")[1].split()[0]))
            for line in openssl("asn1parse", "-inform", "DER", given=octets).splitlines()
        }
        ours = {(int(m[1]), int(m[2])) for m in re.finditer(r"^ *(\d+) +(\d+)  ", tree, re.MULTILINE)}
        assert theirs <= ours
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 78

    def test_of_a_list_that_nobody_can_look_through_it_holds_the_digest(self, kit: Any) -> None:
        octets = tbs_of(crl_of(kit, LISTED + 1))
        assert crl_dump(octets).endswith(
            "The list is too long to be shown octet by octet.\n"
            f"It has {len(octets)} octets; their SHA-256:\n{hashlib.sha256(octets).hexdigest().upper()}"
        )
        assert "ASN.1, octet by octet" in crl_dump(tbs_of(crl_of(kit, LISTED)))

    def test_what_cannot_be_described_is_not_dumped(self) -> None:
        with pytest.raises(CeremonyError):
            crl_dump(b"\x30\x00")

    def test_what_is_nested_without_end_is_refused_in_words(self) -> None:
        nested = b""
        for _ in range(3000):
            nested = der.encode(der.SEQUENCE, nested)
        extension = der.encode(der.SEQUENCE, bytes.fromhex("06022a03"), der.encode(der.OCTET_STRING, nested))
        time, algorithm = der.encode(der.UTC_TIME, b"261122000000Z"), bytes.fromhex("300a06082a8648ce3d040303")
        extensions = der.encode(0xA0, der.encode(der.SEQUENCE, extension))
        octets = der.encode(der.SEQUENCE, b"\2\1\1", algorithm, b"\x30\0", time, extensions)
        assert describe_crl(octets)[-1][0] == "Extension 1.2.3"
        with pytest.raises(CeremonyError):
            crl_dump(octets)
