"""What the second parser says of bytes, and what it refuses to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
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
from ceremony.pki.certificate import Holes, assemble, build_certificate, dummy_signature, validity_period
from ceremony.pki.describe import describe
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.tbs import certificate_parts
from ceremony.pki.text import certificate_text, dump
from ceremony.policy.models import CertificateProfile

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
FIXTURES = SHARED / "fixtures"
CERTIFICATES = sorted(FIXTURES.glob("letsencrypt/**/*.pem")) + sorted(FIXTURES.glob("indonesia/*.pem"))


def octets_of(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


def rebuilt(certificate: bytes, part: int, octets: bytes) -> bytes:
    """The TBSCertificate of a certificate with one of its parts replaced."""
    tbs = der.read_one(der.read_one(certificate).children()[0].octets)
    parts = [element.octets for element in tbs.children()]
    parts[part] = octets
    return der.encode(der.SEQUENCE, *parts)


def d(tag: int, *contents: str | bytes) -> str:
    """One element in hex, of contents in hex or in octets."""
    octets = (bytes.fromhex(part) if isinstance(part, str) else part for part in contents)
    return der.encode(tag, *octets).hex()


ATTRIBUTE = d(0x30, "0603550406", d(0x13, b"ID"))
NAME = d(0x30, d(0x31, ATTRIBUTE))


def planned_certificate() -> bytes:
    """A certificate over fixed keys with a dummy signature: the same bytes in every run."""
    spki = placeholder_spki("p-256")
    name = [{"type": "C", "value": "ID", "string": "printable"}, {"type": "CN", "value": "Uji", "string": "utf8"}]
    data = {
        "lint_as": "pkix",
        "subject": name,
        "issuer": "a",
        "key": "k",
        "signature": "ecdsa-sha256",
        "validity": {"lifetime": "1y"},
        "extensions": [
            {"type": "basic-constraints", "critical": True, "ca": True, "path_length": 1},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign"]},
            {"type": "extended-key-usage", "critical": False, "purposes": ["serverAuth"]},
            {"type": "subject-key-identifier", "method": "sha1"},
            {"type": "authority-key-identifier"},
            {
                "type": "certificate-policies",
                "policies": [{"oid": "1.2.3", "qualifiers": [{"type": "cps", "uri": "http://a/"}]}],
            },
            {"type": "crl-distribution-points", "urls": ["http://b/"]},
            {"type": "authority-information-access", "access": [{"method": "ocsp", "url": "http://c/"}]},
        ],
    }
    profile = CertificateProfile.model_validate_json(json.dumps(data))
    clock = datetime(2026, 1, 1, tzinfo=UTC)
    holes = Holes(spki, spki, 2**100, *validity_period(profile.validity, clock))
    tbs = build_certificate(profile, profile, holes, practice=False)
    return assemble(tbs, dummy_signature("ecdsa-sha256", spki))


DAMAGED = planned_certificate()


class TestFields:
    def test_a_certificate_and_its_to_be_signed_bytes_are_described_alike(self, kit: Any) -> None:
        root = kit.root()
        assert describe(root.der) == describe(root.tbs.octets)

    def test_the_fields_come_in_the_order_of_the_bytes(self, kit: Any) -> None:
        names = [name for name, _ in describe(kit.intermediate(kit.root()).der)]
        assert names == [
            "Version",
            "Serial number",
            "Signature algorithm",
            "Issuer C",
            "Issuer O",
            "Issuer CN",
            "Not before",
            "Not after",
            "Lifetime",
            "Subject C",
            "Subject O",
            "Subject CN",
            "Public key",
            "Public key SHA-256",
            "Key usage",
            "Extended key usage",
            "Basic constraints",
            "Subject key identifier",
            "Authority key identifier",
            "Authority information access",
            "Certificate policies",
            "CRL distribution points",
        ]

    def test_values_are_written_out(self, kit: Any) -> None:
        fields = dict(describe(kit.intermediate(kit.root()).der))
        assert fields["Serial number"] == "5A:5A:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E"
        assert fields["Subject C"] == "ID (printable)"
        assert fields["Not after"] == "2031-11-22T09:30:14Z"
        assert fields["Lifetime"] == "1826 days"
        assert fields["Basic constraints"] == "critical; CA; path length 0"
        assert fields["Extended key usage"] == "not critical; serverAuth; clientAuth"
        assert fields["Authority information access"] == (
            "not critical; ocsp http://ocsp.uji.example.com/; ca-issuers http://pki.uji.example.com/root.crt"
        )

    def test_an_unknown_extension_is_shown_whole(self, kit: Any) -> None:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a\\b\u202ec")]))
            .public_key(kit.key.public_key())
            .serial_number(128)
            .not_valid_before(kit.clock)
            .not_valid_after(kit.clock)
            .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical=True)
        )
        fields = dict(describe(builder.sign(kit.key, hashes.SHA384()).public_bytes(Encoding.DER)))
        assert fields["Extension 1.2.3.4"] == "critical; octets 0500"
        assert fields["Subject"] == "(empty)"
        assert fields["Issuer CN"] == "a\\u{5c}b\\u{202e}c (utf8)"
        assert fields["Serial number"] == "80"
        assert fields["Lifetime"] == "0 days 00:00:01"

    def test_a_negative_serial_number_is_called_so(self, kit: Any) -> None:
        assert dict(describe(rebuilt(kit.root().der, 1, b"\x02\x01\xff")))["Serial number"] == "negative, octets FF"

    def test_an_outer_algorithm_that_differs_is_shown(self, kit: Any) -> None:
        tbs, _, signature = certificate_parts(kit.root().der)
        other = bytes.fromhex("300a06082a8648ce3d040302")
        certificate = der.encode(der.SEQUENCE, tbs, other, der.encode(der.BIT_STRING, b"\0", signature))
        assert describe(certificate)[-1] == ("Outer signature algorithm", "ecdsa-sha256")

    def test_an_rsa_algorithm_without_its_null_is_not_given_its_name(self, kit: Any) -> None:
        fields = dict(describe(rebuilt(kit.root().der, 2, bytes.fromhex("300b06092a864886f70d01010b"))))
        assert fields["Signature algorithm"].startswith("1.2.840.113549.1.1.11, octets ")

    @pytest.mark.parametrize(
        ("time", "said"),
        [
            ("180f32303236313132323030303030305a", "2026-11-22T00:00:00Z (GeneralizedTime before 2050)"),
            ("170b323631313232303030305a", "2611220000Z (not a form of RFC 5280)"),
            ("170d3236303233303030303030305a", "260230000000Z (no such moment)"),
        ],
    )
    def test_a_time_in_another_form_is_shown_as_it_is(self, kit: Any, time: str, said: str) -> None:
        octets = der.encode(der.SEQUENCE, bytes.fromhex(time), der.encode(der.UTC_TIME, b"460101000000Z"))
        assert dict(describe(rebuilt(kit.root().der, 4, octets)))["Not before"] == said


class TestRefusals:
    @pytest.mark.parametrize(
        "octets", [b"", b"\x30\x00", b"\x30", b"\x04\x00", b"not a certificate", b"\x30\x80\x00\x00"]
    )
    def test_what_is_no_certificate(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError) as refused:
            describe(octets)
        assert refused.value.code == "DESCRIBE"

    def test_octets_after_the_end(self, kit: Any) -> None:
        root = kit.root()
        for octets in (root.der + b"\0", root.tbs.octets + b"\0"):
            with pytest.raises(CeremonyError):
                describe(octets)

    def test_octets_cut_off(self, kit: Any) -> None:
        octets = kit.root().tbs.octets
        for size in range(0, len(octets), 7):
            with pytest.raises(CeremonyError):
                describe(octets[:size])

    def with_extension(self, kit: Any, oid: str, value: str) -> dict[str, str]:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), bytes.fromhex(value))
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
        certificate = (
            x509.CertificateBuilder(name, name, kit.key.public_key(), 5, kit.clock, kit.clock)
            .add_extension(extension, critical=True)
            .sign(kit.key, hashes.SHA384())
        )
        return dict(describe(certificate.public_bytes(Encoding.DER)))

    @pytest.mark.parametrize(
        ("oid", "value"),
        [
            ("2.5.29.19", "30060101ff0201000000"),
            ("2.5.29.19", "30090101ff020100020105"),
            ("2.5.29.19", "3003010100"),  # FALSE written out
            ("2.5.29.19", "3003010101"),
            ("2.5.29.19", "30040202000a"),  # a number with a zero in front
            ("2.5.29.19", "3081030101ff"),  # a length in the long form
            ("2.5.29.15", "030201060500"),
            ("2.5.29.15", "03020006"),  # zero bits at the end
            ("2.5.29.15", "030100"),
            ("2.5.29.14", "04"),
            ("2.5.29.14", "0400"),
            ("2.5.29.37", "04020000"),
            ("2.5.29.37", "3000"),
            ("2.5.29.31", "3002300000"),
            ("2.5.29.32", "3000"),
            ("2.5.29.36", "3006810100800100"),  # the parts in another order
            ("2.5.29.17", "30038201e9"),  # not ASCII
            ("2.5.29.54", "0201ff"),
            ("2.5.29.16", "3010800e32303236303130313030303030305a"),
            ("1.3.6.1.5.5.7.48.1.5", "3000"),
            ("1.3.6.1.5.5.7.1.3", "30023000"),
        ],
    )
    def test_an_extension_whose_octets_are_not_what_its_type_says_is_shown_as_octets(
        self, kit: Any, oid: str, value: str
    ) -> None:
        (shown,) = (words for words in self.with_extension(kit, oid, value).values() if words.startswith("critical"))
        assert shown == f"critical; octets {value.upper()}"

    @pytest.mark.parametrize(
        ("oid", "value", "said"),
        [
            ("2.5.29.19", "3000", "not a CA"),
            ("2.5.29.19", "30060101ff020100", "CA; path length 0"),
            ("2.5.29.15", "0303070080", "decipherOnly"),
            ("2.5.29.35", "3000", "empty"),
            (
                "2.5.29.35",
                d(0x30, d(0xA1, d(0xA4, NAME)), d(0x82, b"\0\x80")),
                'issuer (directory (C="ID" printable)); serial number 80',
            ),
            ("2.5.29.36", "3006800100810105", "require explicit policy 0; inhibit policy mapping 5"),
            ("2.5.29.33", "300a300806022a0306022a04", "1.2.3 to 1.2.4"),
            ("2.5.29.54", "020100", "skip 0"),
            (
                "2.5.29.30",
                d(0x30, d(0xA1, d(0x30, d(0x82)), d(0x30, d(0x87, bytes.fromhex("0a000000ff000000"))))),
                'excluded dns ""; excluded ip 10.0.0.0/8',
            ),
            (
                "2.5.29.30",
                d(0x30, d(0xA0, d(0x30, d(0x82, b"a"), d(0x80, b"\1")), d(0x30, d(0x87, bytes(7) + b"\1")))),
                "permitted octets 3006820161800101; permitted ip 0.0.0.0/0.0.0.1",
            ),
            (
                "2.5.29.31",
                d(0x30, d(0x30, d(0xA0, d(0xA1, ATTRIBUTE)), d(0x81, b"\6\x40"), d(0xA2, d(0xA4, NAME)))),
                'point (relative name (C="ID" printable), reasons (keyCompromise), '
                'issuer (directory (C="ID" printable)))',
            ),
            ("2.5.29.31", "30023000", "point ()"),
            ("2.5.29.46", "300b3009a007a0058603613a62", "a:b"),
            ("1.3.6.1.5.5.7.1.11", "3011300f06082b060105050730058603613a62", "ca-repository a:b"),
            ("2.5.29.18", "30058103614062", "email a@b"),
            ("2.5.29.17", "3006870401020304", "ip 1.2.3.4"),
            ("2.5.29.17", "300488022a03", "registered-id 1.2.3"),
            ("2.5.29.17", "300aa00806022a03a0020500", "other 1.2.3 octets 0500"),
            ("2.5.29.16", "3011800f32303236303130313030303030305a", "not before 2026-01-01T00:00:00Z"),
            ("1.3.6.1.5.5.7.48.1.5", "0500", "NULL"),
            ("1.3.6.1.5.5.7.1.3", "300d300406022a03300506012a0500", "1.2.3; 1.2 octets 0500"),
        ],
    )
    def test_the_values_of_every_extension_are_written_out(self, kit: Any, oid: str, value: str, said: str) -> None:
        (shown,) = (words for words in self.with_extension(kit, oid, value).values() if words.startswith("critical"))
        assert shown == f"critical; {said}"

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_damaged_bytes_are_described_or_refused_and_nothing_else(self, data: st.DataObject) -> None:
        octets = bytearray(DAMAGED)
        for _ in range(data.draw(st.integers(1, 4))):
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        try:
            fields = describe(bytes(octets))
        except CeremonyError:
            return
        assert all(character.isprintable() for name, value in fields for character in name + value)


@pytest.mark.skipif(not CERTIFICATES, reason="the folder of published certificates is not beside this checkout")
@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
class TestPublishedCertificates:
    def test_is_described_and_written_out(self, path: Path) -> None:
        octets = octets_of(path)
        fields = dict(describe(octets))
        certificate = x509.load_der_x509_certificate(octets)
        assert int(fields["Serial number"].replace(":", ""), 16) == certificate.serial_number
        assert fields["Not after"] == certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert len([name for name in fields if name[0].isupper()]) >= 10
        for text in (dump(octets), certificate_text(octets)):
            assert text.isascii()
            assert max(map(len, text.splitlines())) <= 78
        assert certificate.fingerprint(hashes.SHA256()).hex().upper() in certificate_text(octets)


@pytest.mark.skipif(not CERTIFICATES, reason="the folder of published certificates is not beside this checkout")
def test_a_published_crl_is_refused() -> None:
    crl = x509.load_pem_x509_crl((FIXTURES / "crl" / "pyca-crl_empty.pem").read_bytes())
    with pytest.raises(CeremonyError):
        describe(crl.public_bytes(Encoding.DER))


def test_the_parser_never_meets_the_builder() -> None:
    program = (
        "import sys, ceremony.pki.describe as d; "
        "writers = ('cryptography', 'ceremony.pki.encod', 'ceremony.pki.certificate'); "
        "sys.exit(any(m.startswith(writers) for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
