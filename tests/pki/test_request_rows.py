"""What was asked for beside what is given: nobody overlooks a difference, and no difference decides."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ceremony.errors import CeremonyError, Severity
from ceremony.pki.request_read import Request, read_request
from ceremony.pki.request_rows import RequestRow, request_rows
from ceremony.pki.wanted import ABSENT

ASKED_NAME = [
    (NameOID.COUNTRY_NAME, "ID"),
    (NameOID.ORGANIZATION_NAME, "Balai Uji"),
    (NameOID.COMMON_NAME, "Uji TLS CA 1"),
]


def request(key: Any, names: Any = ASKED_NAME, *extensions: tuple[Any, bool]) -> Request:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(*pair) for pair in names]))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return read_request(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER), name="it")


def rows(kit: Any, given: Request, *, practice: bool = False, **changes: Any) -> dict[str, RequestRow]:
    made = kit.intermediate(kit.root())
    holes = kit.holes(made.profile, kit.other_key, kit.key, **changes)
    found = request_rows(given, made.profile, made.issuer_profile, holes, practice=practice)
    names = [row.name for row in found]
    assert len(names) == len(set(names))
    return {row.name: row for row in found}


class TestNames:
    def test_the_same_name(self, kit: Any) -> None:
        found = rows(kit, request(kit.other_key))
        for name in ("Subject C", "Subject O", "Subject CN", "Public key", "Public key SHA-256"):
            row = found[name]
            assert (row.verdict, row.severity, row.asked) == ("same", Severity.INFO, row.given)

    def test_another_name_is_a_warning(self, kit: Any) -> None:
        row = rows(kit, request(kit.other_key, [*ASKED_NAME[:2], (NameOID.COMMON_NAME, "Uji TLS CA l")]))["Subject CN"]
        assert row == RequestRow(
            "Subject CN", "Uji TLS CA l (utf8)", "Uji TLS CA 1 (utf8)", "changed", Severity.WARNING
        )

    def test_what_is_left_out_and_what_is_added(self, kit: Any) -> None:
        found = rows(kit, request(kit.other_key, [*ASKED_NAME[1:], (NameOID.LOCALITY_NAME, "Jakarta")]))
        left_out, added = found["Subject L"], found["Subject C"]
        assert (left_out.verdict, left_out.given, left_out.severity) == ("left out", ABSENT, Severity.WARNING)
        assert (added.verdict, added.asked, added.severity) == ("added", ABSENT, Severity.WARNING)

    def test_the_order_of_a_name_is_part_of_it(self, kit: Any) -> None:
        made = kit.intermediate(kit.root())
        holes = kit.holes(made.profile, kit.other_key, kit.key)
        turned = request(kit.other_key, list(reversed(ASKED_NAME)))
        found = request_rows(turned, made.profile, made.issuer_profile, holes, practice=False)
        assert any(row.severity is Severity.WARNING for row in found)

    def test_an_empty_name(self, kit: Any) -> None:
        found = rows(kit, request(kit.other_key, []))
        assert found["Subject"].asked == "(empty)"
        assert found["Subject"].verdict == "left out"

    def test_the_mark_of_practice_is_no_difference(self, kit: Any) -> None:
        found = rows(kit, request(kit.other_key), practice=True)
        row = found["Subject CN"]
        assert (row.verdict, row.severity) == ("marked", Severity.INFO)
        assert (row.asked, row.given) == ("Uji TLS CA 1 (utf8)", "Uji TLS CA 1 (PRACTICE) (utf8)")
        assert found["Subject O"].verdict == "same"
        other = rows(kit, request(kit.other_key, [*ASKED_NAME[:2], (NameOID.COMMON_NAME, "x")]), practice=True)
        assert (other["Subject CN"].verdict, other["Subject CN"].given) == ("changed", "Uji TLS CA 1 (PRACTICE) (utf8)")


class TestExtensions:
    def test_each_verdict(self, kit: Any) -> None:
        found = rows(
            kit,
            request(
                kit.other_key,
                ASKED_NAME,
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]), False),
                (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False),
            ),
        )
        assert (found["Basic constraints"].verdict, found["Basic constraints"].severity) == ("same", Severity.INFO)
        changed = found["Extended key usage"]
        assert (changed.verdict, changed.severity) == ("changed", Severity.NOTICE)
        assert (changed.asked, changed.given) == ("not critical; serverAuth", "not critical; serverAuth; clientAuth")
        left_out = found["Subject alternative name"]
        assert (left_out.verdict, left_out.asked, left_out.given, left_out.severity) == (
            "left out",
            "not critical; dns a.example",
            ABSENT,
            Severity.NOTICE,
        )
        added = found["Key usage"]
        assert (added.verdict, added.asked, added.severity) == ("added", ABSENT, Severity.INFO)

    def test_criticality_counts(self, kit: Any) -> None:
        row = rows(kit, request(kit.other_key, ASKED_NAME, (x509.BasicConstraints(True, 0), False)))[
            "Basic constraints"
        ]
        assert (row.verdict, row.asked) == ("changed", "not critical; CA; path length 0")

    def test_they_come_in_the_order_of_the_certificate(self, kit: Any) -> None:
        asked = (x509.OCSPNoCheck(), False), (x509.BasicConstraints(ca=True, path_length=0), True)
        names = list(rows(kit, request(kit.other_key, ASKED_NAME, *asked)))
        assert names[:5] == ["Subject C", "Subject O", "Subject CN", "Public key", "Public key SHA-256"]
        assert names[5:8] == ["Key usage", "Extended key usage", "Basic constraints"]
        assert names[-1] == "OCSP no check"

    def test_attributes_that_nothing_answers_are_left_out(self, kit: Any) -> None:
        builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
        builder = builder.add_attribute(x509.ObjectIdentifier("1.2.840.113549.1.9.2"), b"host")
        octets = builder.sign(kit.other_key, hashes.SHA256()).public_bytes(Encoding.DER)
        row = rows(kit, read_request(octets, name="it"))["Attribute unstructuredName"]
        assert (row.verdict, row.severity) == ("left out", Severity.NOTICE)


def test_a_certificate_for_another_key_is_an_error(kit: Any) -> None:
    found = rows(kit, request(kit.key))
    row = found["Public key SHA-256"]
    assert (row.verdict, row.severity) == ("changed", Severity.ERROR)
    assert found["Public key"].verdict == "same"


def test_a_key_that_is_not_certified_has_no_rows(kit: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256K1())
    with pytest.raises(CeremonyError):
        rows(kit, request(key), spki=kit.spki_of(key))
