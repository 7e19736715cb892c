"""What rules see of a certificate, and what is said of bytes that are not DER."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.tbs import tbs_of_certificate
from ceremony.pki.view import certificate_view
from ceremony.pki.view_keys import key_view

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
CERTIFICATES = sorted((SHARED / "fixtures").glob("letsencrypt/**/*.pem")) + sorted(
    (SHARED / "fixtures").glob("indonesia/*.pem")
)

Octets = bytes | str


def d(tag: int, *contents: Octets) -> bytes:
    return der.encode(tag, *(bytes.fromhex(part) if isinstance(part, str) else part for part in contents))


def with_part(certificate: bytes, part: int, octets: bytes) -> bytes:
    """The TBSCertificate of a certificate with one of its parts replaced."""
    parts = [element.octets for element in der.read_one(tbs_of_certificate(certificate)).children()]
    parts[part] = octets
    return d(0x30, *parts)


def with_extension(certificate: bytes, oid: str, value: bytes, *flag: Octets) -> bytes:
    return with_part(certificate, 7, d(0xA3, d(0x30, d(0x30, oid, *flag, d(0x04, value)))))


@pytest.mark.skipif(not CERTIFICATES, reason="the folder of published certificates is not beside this checkout")
@pytest.mark.parametrize("path", CERTIFICATES, ids=lambda path: path.stem)
def test_a_published_certificate_is_seen_as_another_library_sees_it(path: Path) -> None:
    other = x509.load_pem_x509_certificate(path.read_bytes())
    octets = other.public_bytes(Encoding.DER)
    view = certificate_view(octets)
    assert view == certificate_view(tbs_of_certificate(octets))
    assert view.irregularities == ()
    assert view.octets == other.tbs_certificate_bytes
    assert (view.version, view.serial_number) == (3, other.serial_number)
    assert (view.not_before, view.not_after) == (other.not_valid_before_utc, other.not_valid_after_utc)
    assert view.subject.der == other.subject.public_bytes()
    assert view.issuer.der == other.issuer.public_bytes()
    assert [(part.oid, part.text) for part in view.subject.attributes] == [
        (part.oid.dotted_string, part.value) for part in other.subject
    ]
    assert [(part.oid, part.critical) for part in view.extensions] == [
        (part.oid.dotted_string, part.critical) for part in other.extensions
    ]
    seen = {part.oid: part.value for part in other.extensions}
    constraints = seen.get(x509.ExtensionOID.BASIC_CONSTRAINTS)
    assert (view.ca, view.path_length) == ((constraints.ca, constraints.path_length) if constraints else (None, None))
    identifier = seen.get(x509.ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    assert view.subject_key_identifier == (identifier.digest if identifier else None)
    assert view.subject_key_identifier in {*view.key.identifiers, None}
    purposes = seen.get(x509.ExtensionOID.EXTENDED_KEY_USAGE)
    assert view.purposes == (tuple(oid.dotted_string for oid in purposes) if purposes else None)
    policies = seen.get(x509.ExtensionOID.CERTIFICATE_POLICIES)
    assert [policy.oid for policy in view.policies or ()] == [
        policy.policy_identifier.dotted_string for policy in policies or ()
    ]
    usage = seen[x509.ExtensionOID.KEY_USAGE]
    assert view.key_usage is not None
    assert ("keyCertSign" in view.key_usage, "cRLSign" in view.key_usage) == (usage.key_cert_sign, usage.crl_sign)


class TestWhatIsNotDer:
    @pytest.mark.parametrize(
        ("part", "octets", "said"),
        [
            (0, "a003020100", "version 1 is the default"),
            (1, "02020001", "shortest form"),
            (4, "301e170b323631313232303030305a" + "180f32303536313132323030303030305a", "not in the form of RFC 5280"),
            (4, "3022" + d(0x18, b"20261122000000.5Z").hex() + d(0x17, b"261122000000Z").hex(), "RFC 5280"),
        ],
    )
    def test_is_listed_and_read_all_the_same(self, kit: Any, part: int, octets: str, said: str) -> None:
        value = bytes.fromhex(octets)
        if part == 4:
            value = d(0x30, *(element.octets for element in der.read_all(value[2:])))
        view = certificate_view(with_part(kit.root().der, part, value))
        assert any(said in fault for fault in view.irregularities), view.irregularities

    def test_a_zone_is_counted(self, kit: Any) -> None:
        times = d(0x30, d(0x17, b"261122070000+0700"), d(0x17, b"261123000000Z"))
        view = certificate_view(with_part(kit.root().der, 4, times))
        assert view.not_before.isoformat() == "2026-11-22T00:00:00+00:00"

    def test_a_set_in_another_order_and_a_character_outside_the_alphabet(self, kit: Any) -> None:
        one, two = d(0x30, "0603550403", d(0x13, b"a@b")), d(0x30, "0603550406", d(0x13, b"ID"))
        view = certificate_view(with_part(kit.root().der, 5, d(0x30, d(0x31, one, two))))
        assert any("order of DER" in fault for fault in view.irregularities)
        assert any("character that it cannot" in fault for fault in view.irregularities)
        assert [(part.text, part.rdn) for part in view.subject.attributes] == [("a@b", 0), ("ID", 0)]

    @pytest.mark.parametrize(
        ("oid", "value", "said"),
        [
            ("0603551d13", "3003010100", "FALSE is the default"),
            ("0603551d13", "300601010102010a", "neither 00 nor FF"),
            ("0603551d13", "30030201000500", None),
            ("0603551d0f", "03020006", "do not end with the last one"),
            ("0603551d0f", "0300", "BIT STRING"),
            ("0603551d25", "3000", "is empty"),
            ("0603551d23", "30068201058001aa", "other parts"),
            ("0603551d0e", "30", "octets end"),
            ("06032a0304", "05", "octets end"),
        ],
    )
    def test_inside_an_extension(self, kit: Any, oid: str, value: str, said: str | None) -> None:
        view = certificate_view(with_extension(kit.root().der, oid, bytes.fromhex(value)))
        assert view.irregularities
        assert all(fault.startswith("extension ") for fault in view.irregularities)
        assert said is None or any(said in fault for fault in view.irregularities)

    def test_an_extension_that_says_that_it_is_not_critical(self, kit: Any) -> None:
        view = certificate_view(with_extension(kit.root().der, "0603551d13", d(0x30), "010100"))
        assert not view.extensions[0].critical
        assert len(view.irregularities) == 1

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"\x30\x80\x00\x00", b"\x04\x00", b"x"])
    def test_what_is_no_certificate_raises(self, octets: bytes) -> None:
        with pytest.raises(DerError):
            certificate_view(octets)

    @settings(max_examples=300, deadline=None)
    @given(st.data())
    def test_damaged_bytes_are_seen_or_refused_and_nothing_else(self, damaged: bytes, data: st.DataObject) -> None:
        octets = bytearray(damaged)
        for _ in range(data.draw(st.integers(1, 4))):
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
        try:
            certificate_view(bytes(octets))
        except DerError:
            return


@pytest.fixture(scope="module")
def damaged() -> bytes:
    """A certificate of many extensions, to be damaged."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    key = ec.derive_private_key(0x5EED, ec.SECP256R1())
    start = datetime(2026, 1, 1, tzinfo=UTC)
    url = [x509.UniformResourceIdentifier("http://a/")]
    builder = x509.CertificateBuilder(name, name, key.public_key(), 2**70, start, start)
    for extension in (
        x509.BasicConstraints(True, 1),
        x509.SubjectKeyIdentifier(b"1234"),
        x509.AuthorityKeyIdentifier(b"1", [x509.DirectoryName(name)], 5),
        x509.CertificatePolicies(
            [
                x509.PolicyInformation(
                    x509.ObjectIdentifier("1.2.3"), ["u", x509.UserNotice(x509.NoticeReference("o", [1]), "t")]
                )
            ]
        ),
        x509.NameConstraints([x509.DNSName("a")], [x509.DirectoryName(name)]),
        x509.CRLDistributionPoints([x509.DistributionPoint(url, None, None, [x509.DirectoryName(name)])]),
        x509.PolicyConstraints(0, 1),
    ):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class TestValues:
    def test_names_of_a_constraint(self, kit: Any) -> None:
        subtrees = (
            d(0x82),
            d(0x87, "0a000000ff000000"),
            d(0x87, "0a000001ff000000"),
            d(0x87, bytes(32)),
            d(0x87, "0a000000ff00ff00"),
            d(0xA4, d(0x30, d(0x31, d(0x30, "0603550406", d(0x13, b"ID"))))),
        )
        value = d(0x30, d(0xA1, *(d(0x30, base) for base in subtrees)))
        view = certificate_view(with_extension(kit.root().der, "0603551d1e", value))
        assert view.excluded is not None
        assert view.permitted == ()
        assert [name.text for name in view.excluded] == [
            "",
            "10.0.0.0/8",
            "0a000001ff000000",
            "::/0",
            "0a000000ff00ff00",
            "2.5.4.6=ID",
        ]
        assert not view.constraints_bounds
        bounded = d(0x30, d(0xA0, d(0x30, d(0x82, b"a"), d(0x80, b"\1"))))
        assert certificate_view(with_extension(kit.root().der, "0603551d1e", bounded)).constraints_bounds

    def test_the_point_of_a_key_is_looked_at(self) -> None:
        point = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
        for x, y, sound in ((point.x, point.y, True), (point.x, point.y ^ 1, False)):
            bits = b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
            spki = d(0x30, "301306072a8648ce3d020106082a8648ce3d030107", d(0x03, b"\0", bits))
            view = key_view(der.read_one(spki))
            assert (view.kind, view.bits, view.on_curve) == ("p-256", 256, sound)

    def test_a_compressed_point_is_a_point(self) -> None:
        point = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
        bits = bytes([2 + point.y % 2]) + point.x.to_bytes(32, "big")
        spki = d(0x30, "301306072a8648ce3d020106082a8648ce3d030107", d(0x03, b"\0", bits))
        assert key_view(der.read_one(spki)).on_curve

    def test_the_numbers_of_an_rsa_key(self) -> None:
        numbers = d(0x30, der.encode_integer(2**2047 + 1), der.encode_integer(3))
        view = key_view(der.read_one(d(0x30, "300d06092a864886f70d0101010500", d(0x03, b"\0", numbers))))
        assert (view.kind, view.bits, view.modulus, view.exponent) == ("rsa", 2048, 2**2047 + 1, 3)

    def test_another_kind_of_key_is_named_by_its_number(self) -> None:
        view = key_view(der.read_one(d(0x30, "300506032b656e", d(0x03, b"\0", bytes(32)))))
        assert (view.kind, view.bits) == ("1.3.101.110", 256)
