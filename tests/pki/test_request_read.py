"""Requests of others: what is read, what is refused and with which words, and that no octet can be changed."""

from __future__ import annotations

import base64
import os
import random
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.describe_request import describe_request
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.request_check import check_request
from ceremony.pki.request_pem import LARGEST
from ceremony.pki.request_read import CHALLENGE_PASSWORD, EXTENSION_REQUEST, Request, read_request
from ceremony.pki.tbs import RawExtension

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
DAMAGED = SHARED / "fixtures" / "requests" / "printed-and-damaged.csr"
SHA256 = hashes.SHA256()


def theirs(key: Any, *, constraints: bool = True) -> bytes:
    """A request that another program makes, in DER."""
    names = [(NameOID.COUNTRY_NAME, "ID"), (NameOID.ORGANIZATION_NAME, "Other CA"), (NameOID.COMMON_NAME, "Sub 1")]
    builder = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(*pair) for pair in names]))
    if constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), critical=False)
    return builder.sign(key, SHA256).public_bytes(Encoding.DER)


def armoured(octets: bytes, label: str = "CERTIFICATE REQUEST") -> bytes:
    text = base64.encodebytes(octets).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


def refused(octets: bytes, code: str = "REQUEST-READ") -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        read_request(octets, name="sub.csr")
    error = caught.value
    assert error.code == code
    assert error.where.startswith("sub.csr")
    assert len(error.headline) <= 60
    assert not error.headline.endswith("...")
    assert error.detail
    assert error.next_step
    return error


def info_with(request: bytes, *parts: bytes, keep: int = 3) -> bytes:
    """The DER of a request whose contents end in these parts; the signature no longer fits."""
    info, *rest = der.read_one(request).children()
    kept = [part.octets for part in info.children()[:keep]]
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *kept, *parts), *(part.octets for part in rest))


def attribute(oid: bytes, *values: bytes) -> bytes:
    return der.encode(der.SEQUENCE, oid, der.encode(der.SET, *values))


ASK = bytes.fromhex("06092a864886f70d01090e")
UNSTRUCTURED = bytes.fromhex("06092a864886f70d010902")
NAME_VALUE = der.encode(0x13, b"some server")
CA_FALSE = der.encode(
    der.SEQUENCE, bytes.fromhex("0603551d13"), bytes.fromhex("010100"), der.encode(der.OCTET_STRING, b"\x30\x00")
)
CA_TRUE = der.encode(
    der.SEQUENCE, bytes.fromhex("0603551d13"), der.encode(der.OCTET_STRING, bytes.fromhex("30030101ff"))
)


class TestWhatIsRead:
    def test_every_part_of_a_request(self, kit: Any) -> None:
        octets = theirs(kit.key)
        request = read_request(octets, name="sub.csr")
        library = x509.load_der_x509_csr(octets)
        assert request.name == "sub.csr"
        assert request.octets == octets
        assert request.info == library.tbs_certrequest_bytes
        assert request.subject == library.subject.public_bytes()
        assert request.spki == kit.spki_of(kit.key)
        assert request.signature == library.signature
        assert request.algorithm == "ecdsa-sha256"
        assert request.algorithm_der == SIGNATURE_IDENTIFIERS["ecdsa-sha256"]
        assert [found.oid for found in request.attributes] == [EXTENSION_REQUEST]
        assert request.extensions[0] == RawExtension("2.5.29.19", True, bytes.fromhex("30060101ff020100"))
        assert [(found.oid, found.critical) for found in request.extensions] == [
            ("2.5.29.19", True),
            ("2.5.29.17", False),
        ]
        assert request.parts.irregularities == ()

    @pytest.mark.parametrize("label", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_pem_and_der_are_one_request(self, kit: Any, label: str, end: str) -> None:
        octets = theirs(kit.key)
        file = b"\n" + armoured(octets, label).replace(b"\n", end.encode()) + b"\n\n"
        assert read_request(file, name="it") == read_request(octets, name="it")

    def test_its_sha256_is_that_of_the_der(self, kit: Any, openssl: Any) -> None:
        octets = theirs(kit.key)
        assert read_request(armoured(octets), name="it").sha256 == openssl("dgst", "-sha256", "-r", given=octets)[:64]

    def test_one_that_openssl_makes(self, openssl: Any, tmp_path: Path) -> None:
        key, out = tmp_path / "key.pem", tmp_path / "out.csr"
        openssl(*f"req -new -newkey rsa:2048 -nodes -keyout {key} -subj /C=ID/CN=x -out {out}".split())
        request = read_request(out.read_bytes(), name="out.csr")
        assert check_request(request, algorithm="rsa-2048") == ()
        assert request.attributes == ()

    def test_without_a_subject_and_without_extensions(self, kit: Any) -> None:
        builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
        request = read_request(builder.sign(kit.key, SHA256).public_bytes(Encoding.DER), name="it")
        assert request.subject == b"\x30\x00"
        assert dict(describe_request(request.octets))["Subject"] == "(empty)"
        assert check_request(request, algorithm="p-384") == ()


class TestTheFile:
    def test_one_octet_too_many_is_refused_before_it_is_read(self) -> None:
        assert "65,537 octets" in refused(b"\x30" * (LARGEST + 1), "REQUEST-SIZE").detail
        refused(b"\x30" * LARGEST)

    @pytest.mark.parametrize("octets", [b"", b"hello", b"\xff\xfe-\x00", "é".encode(), b"MIIB", bytes(300)])
    def test_what_is_neither_pem_nor_der(self, octets: bytes) -> None:
        assert "neither DER nor" in refused(octets).detail

    def test_another_object(self, kit: Any) -> None:
        assert "Its PEM label is CERTIFICATE;" in refused(armoured(kit.root().der, "CERTIFICATE")).detail
        refused(kit.root().der)
        refused(armoured(kit.root().der))

    def test_what_a_file_says_cannot_act_on_the_screen(self) -> None:
        error = refused(b"-----BEGIN \x1b[2JX-----\n" * 9)
        assert "\x1b" not in str(error)
        assert "\\u{1b}[2JX" in str(error)

    def test_a_private_key_is_named_as_the_secret_that_it_is(self, kit: Any) -> None:
        key = kit.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for file in (key, armoured(theirs(kit.key)) + key):
            error = refused(file, "REQ-SECRET")
            assert "must not be certified" in error.next_step
            assert key.split(b"\n")[1].decode() not in str(error)

    def test_two_requests_in_a_file(self, kit: Any) -> None:
        block = armoured(theirs(kit.key))
        assert "2 PEM blocks" in refused(block + block).detail
        refused(theirs(kit.key) + theirs(kit.key))

    @pytest.mark.parametrize("text", [b"Certificate Request:\n    Data:\n", b"# from our partner\n"])
    def test_text_around_the_block(self, kit: Any, text: bytes) -> None:
        block = armoured(theirs(kit.key))
        for file in (text + block, block + text):
            assert "openssl req" in refused(file).next_step

    def test_a_block_without_its_end(self, kit: Any) -> None:
        assert "no line -----END" in refused(armoured(theirs(kit.key)).partition(b"-----END")[0]).detail
        refused(armoured(theirs(kit.key)).replace(b"-----END CERTIFICATE", b"-----END NEW CERTIFICATE"))

    @pytest.mark.skipif(not DAMAGED.exists(), reason="the published requests are not beside this checkout")
    def test_the_one_that_was_printed_and_scanned(self) -> None:
        error = refused(DAMAGED.read_bytes())
        assert error.headline == "The base64 text of this request is damaged."
        assert error.where == "sub.csr:4"
        assert "This line has 65 characters, the first one 64; there are 903 in all" in error.detail
        assert error.next_step.startswith("Was it printed and scanned")

    def test_a_character_that_is_none_of_base64_is_shown_in_its_line(self, kit: Any) -> None:
        lines = armoured(theirs(kit.key)).split(b"\n")
        lines[2] = lines[2][:10] + b"|" + lines[2][11:]
        error = refused(b"\n".join(lines))
        assert error.where == "sub.csr:3"
        assert "'|'" in error.detail

    def test_headers_nothing_and_ends_that_are_none(self, kit: Any) -> None:
        octets = theirs(kit.key)
        digits = base64.b64encode(octets).decode().rstrip("=")
        for body in ("Proc-Type: 4,ENCRYPTED\n" + digits, "", digits[:-1] + "====", "QQ"):
            refused(f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n".encode())

    def test_base64_that_says_the_octets_in_another_way(self, kit: Any) -> None:
        padded = next(octets for octets in (theirs(kit.key) for _ in range(200)) if len(octets) % 3 == 1)
        digits = base64.b64encode(padded).decode()
        assert digits.endswith("==")
        last = chr(ord(digits[-3]) + 1)  # the same octet for a lenient reader: A, Q, g and w stand for four others
        refused(armoured(padded).replace(f"{digits[-3]}==".encode(), f"{last}==".encode()))


class TestTheContents:
    def test_shapes_that_are_no_request(self, kit: Any) -> None:
        octets = theirs(kit.key)
        info, algorithm, signature = (part.octets for part in der.read_one(octets).children())
        version, subject, key, _ = (part.octets for part in der.read_one(info).children())
        seq = der.SEQUENCE
        none = b"\xa0\x00"
        for made in (
            der.encode(seq, info, algorithm),
            der.encode(seq, info, algorithm, signature, b"\x05\x00"),
            der.encode(seq, info, algorithm, der.encode(der.BIT_STRING, b"\x01\x02")),
            der.encode(seq, der.encode(seq, b"\x02\x01\x02", subject, key, none), algorithm, signature),
            der.encode(seq, der.encode(seq, version, key, none), algorithm, signature),
            der.encode(seq, der.encode(seq, version, subject, b"\x30\x00", none), algorithm, signature),
            der.encode(seq, der.encode(seq, version, b"\x30\x02\x05\x00", key, none), algorithm, signature),
            info_with(octets, der.encode(0xA1)),
            info_with(octets, none, none),
        ):
            refused(made)

    @pytest.mark.parametrize(
        ("made", "words"),
        [
            ([attribute(ASK, der.encode(der.SEQUENCE, CA_TRUE))] * 2, "two places"),
            ([attribute(ASK, der.encode(der.SEQUENCE, CA_TRUE), der.encode(der.SEQUENCE, CA_FALSE))], "two places"),
            ([attribute(ASK, der.encode(der.SEQUENCE, CA_TRUE, CA_FALSE))], "2.5.29.19 is asked for twice"),
            ([attribute(ASK, der.encode(der.SEQUENCE))], "asks for nothing"),
            ([attribute(ASK)], "has no value"),
            ([attribute(ASK, der.encode(der.SEQUENCE, b"\x05\x00"))], "an extension is expected"),
            ([b"\x05\x00"], "an attribute is expected"),
            ([der.encode(der.SEQUENCE, ASK)], "an attribute is expected"),
        ],
    )
    def test_attributes_that_say_nothing_certain(self, kit: Any, made: list[bytes], words: str) -> None:
        assert words in refused(info_with(theirs(kit.key), der.encode(0xA0, *made))).detail

    @pytest.mark.parametrize(
        ("parts", "words", "shown"),
        [
            ((), "the attributes are left out", ("Attributes", "left out")),
            (
                (der.encode(0xA0, attribute(ASK, der.encode(der.SEQUENCE, CA_FALSE))),),
                "2.5.29.19 writes out that it is not critical",
                ("Basic constraints", "not critical (written out); not a CA"),
            ),
            (
                (
                    der.encode(
                        0xA0,
                        attribute(ASK, der.encode(der.SEQUENCE, CA_FALSE.replace(b"\x01\x01\x00", b"\x01\x01\x05"))),
                    ),
                ),
                "a BOOLEAN is neither 00 nor FF",
                ("Basic constraints", "critical (octets 010105); not a CA"),
            ),
            (
                (
                    der.encode(
                        0xA0,
                        attribute(ASK, der.encode(der.SEQUENCE, CA_TRUE)),
                        attribute(UNSTRUCTURED, NAME_VALUE),
                    ),
                ),
                "the attributes are not in the order of DER",
                ("Attribute unstructuredName", "some server (printable)"),
            ),
        ],
    )
    def test_what_is_not_der_but_clear_is_a_finding(self, kit: Any, parts: Any, words: str, shown: Any) -> None:
        made = info_with(theirs(kit.key), *parts)
        request = read_request(made, name="it")
        assert any(words in sentence for sentence in request.parts.irregularities)
        findings = [finding for finding in check_request(request, algorithm="p-384") if finding.rule == "REQ-DER"]
        assert any(words in finding.message for finding in findings)
        assert shown in describe_request(made)

    def test_a_password_is_not_shown(self, kit: Any) -> None:
        builder = x509.CertificateSigningRequestBuilder(x509.Name([]))
        builder = builder.add_attribute(x509.ObjectIdentifier(CHALLENGE_PASSWORD), b"hunter22")
        octets = builder.sign(kit.key, SHA256).public_bytes(Encoding.DER)
        assert dict(describe_request(octets))["Attribute challengePassword"] == "present, not shown"
        findings = check_request(read_request(octets, name="it"), algorithm="p-384")
        assert [finding.rule for finding in findings] == ["REQ-SECRET"]
        assert "hunter22" not in str((describe_request(octets), findings))


def turned_away(octets: bytes, good: Request) -> bool:
    """True where the octets are refused when they are read, or checked."""
    try:
        request = read_request(octets, name="it")
    except CeremonyError:
        return True
    assert request.octets != good.octets
    findings = check_request(request, algorithm="p-384")
    return any(finding.severity.blocks for finding in findings)


class TestChanges:
    def test_no_octet_of_a_request_can_be_changed(self, kit: Any) -> None:
        good = read_request(theirs(kit.key), name="it")
        assert check_request(good, algorithm="p-384") == ()
        chance = random.Random(20261122)  # noqa: S311 - which changes are tried is no secret
        for place in range(len(good.octets)):
            value = good.octets[place] ^ chance.randrange(1, 256)
            changed = good.octets[:place] + bytes([value]) + good.octets[place + 1 :]
            assert turned_away(changed, good), f"octet {place} as {value:02x}"

    def test_no_octet_can_be_left_out_or_added(self, kit: Any) -> None:
        good = read_request(theirs(kit.key), name="it")
        for place in range(0, len(good.octets), 3):
            assert turned_away(good.octets[:place] + good.octets[place + 1 :], good)
            assert turned_away(good.octets[:place] + b"\x00" + good.octets[place:], good)
            assert turned_away(good.octets[:place], good)

    @settings(max_examples=150, deadline=None)
    @given(st.binary(max_size=300))
    def test_any_octets_are_refused_with_a_sentence(self, octets: bytes) -> None:
        for file in (octets, b"\x30" + octets, armoured(octets)):
            refused(file)
            with pytest.raises(CeremonyError):
                describe_request(file)

    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(codec="ascii"), max_size=200))
    def test_any_text_in_a_block_is_refused_with_a_sentence(self, text: str) -> None:
        refused_codes = {"REQUEST-READ", "REQ-SECRET"}
        file = f"-----BEGIN CERTIFICATE REQUEST-----\n{text}\n-----END CERTIFICATE REQUEST-----\n".encode()
        with pytest.raises(CeremonyError) as caught:
            read_request(file, name="it")
        assert caught.value.code in refused_codes
