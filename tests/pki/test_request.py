"""Requests of ours: the bytes, as three outside judges read them, and as the policy wants them."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.describe_request import describe_request
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.pem import pem
from ceremony.pki.request import assemble_request, build_request
from ceremony.pki.request_check import check_request
from ceremony.pki.request_read import read_request
from ceremony.pki.request_text import request_dump, request_text
from ceremony.pki.signatures import dummy_signature
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.pki.wanted import compare
from ceremony.pki.wanted_request import wanted_request_fields
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.status import RequestProfile

ASKED: list[dict[str, Any]] = [
    {"type": "basic-constraints", "critical": True, "ca": True, "path_length": 0},
    {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]},
    {"type": "subject-key-identifier", "method": "rfc7093-1"},
    {"type": "certificate-policies", "policies": [{"oid": "2.23.140.1.2.1"}]},
    {"type": "subject-alternative-name", "critical": False, "names": [{"type": "dns", "value": "ca.example.com"}]},
    {"type": "raw", "oid": "1.3.6.1.4.1.5.5", "critical": False, "der": "0500"},
]


def profile(extensions: list[dict[str, Any]] = ASKED, signature: str = "ecdsa-sha384", **changes: Any) -> Any:
    data = {
        "subject": [
            {"type": "C", "value": "ID", "string": "printable"},
            {"type": "O", "value": "Balai Uji", "string": "utf8"},
            {"all_of": [{"type": "OU", "value": "PSrE"}, {"type": "L", "value": "Jakarta", "string": "bmp"}]},
            {"type": "CN", "value": "Uji CA é 1", "string": "utf8"},
        ],
        "key": "k",
        "signature": signature,
        "extensions": extensions,
        **changes,
    }
    return RequestProfile.model_validate_json(json.dumps(data))


def made(kit: Any, asked: Any, key: Any = None, **how: Any) -> bytes:
    """A whole request, signed by the key that it is for."""
    key = key or kit.key
    to_be_signed = build_request(asked, kit.spki_of(key), **{"practice": False, **how})
    return assemble_request(to_be_signed, kit.sign(key, to_be_signed))


def refused(asked: Any, code: str, spki: bytes = b"", **how: Any) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        build_request(asked, spki or placeholder_spki("p-384"), **{"practice": False, **how})
    assert caught.value.code == code
    assert len(caught.value.headline) <= 60
    return caught.value


class TestOutsideJudges:
    def test_openssl_verifies_it_and_reads_what_it_asks_for(self, kit: Any, openssl: Any) -> None:
        text = openssl("req", "-inform", "DER", "-verify", "-noout", "-text", given=made(kit, profile()))
        assert "Certificate request self-signature verify OK" in text
        assert "Version: 1 (0x0)" in text
        assert "CA:TRUE, pathlen:0" in text
        assert "Certificate Sign, CRL Sign" in text
        assert "DNS:ca.example.com" in text

    def test_certtool_reads_it(self, kit: Any) -> None:
        given = pem(made(kit, profile()), "CERTIFICATE REQUEST")
        done = subprocess.run(["certtool", "--crq-info"], input=given, capture_output=True, check=False)
        text = done.stdout.decode()
        assert done.returncode == 0, done.stderr
        assert "Self signature: verified" in text
        assert "Certificate Authority (CA): TRUE" in text

    def test_another_library_reads_the_same_name_and_extensions(self, kit: Any) -> None:
        theirs = x509.load_der_x509_csr(made(kit, profile()))
        assert theirs.is_signature_valid
        assert [part.value for part in theirs.subject] == ["ID", "Balai Uji", "PSrE", "Jakarta", "Uji CA é 1"]
        assert [extension.oid.dotted_string for extension in theirs.extensions] == [
            "2.5.29.19",
            "2.5.29.15",
            "2.5.29.14",
            "2.5.29.32",
            "2.5.29.17",
            "1.3.6.1.4.1.5.5",
        ]

    def test_openssl_would_have_written_the_same_bytes(self, kit: Any, openssl: Any, tmp_path: Any) -> None:
        key = tmp_path / "key.pem"
        key.write_bytes(kit.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        config = tmp_path / "req.cnf"
        config.write_text(
            "[req]\nprompt=no\nstring_mask=utf8only\ndistinguished_name=dn\nreq_extensions=v3\n"
            "[dn]\nC=ID\nO=Balai Uji\nCN=Uji CA 1\n"
            "[v3]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
            "subjectKeyIdentifier=hash\n"
        )
        out = tmp_path / "out.der"
        openssl(*f"req -new -config {config} -key {key} -sha384 -outform DER -out {out}".split())
        asked = profile(
            [*ASKED[:2], {"type": "subject-key-identifier", "method": "sha1"}],
            subject=[
                {"type": "C", "value": "ID", "string": "printable"},
                {"type": "O", "value": "Balai Uji"},
                {"type": "CN", "value": "Uji CA 1"},
            ],
        )
        built = build_request(asked, kit.spki_of(kit.key), practice=False)
        assert built.octets == read_request(out.read_bytes(), name="out.der").info

    @pytest.mark.parametrize(
        "algorithm", ["rsa-2048", "p-256", "p-384", "p-521", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"]
    )
    def test_every_kind_of_key_and_signature(self, kit: Any, algorithm: Any) -> None:
        key = kit.new_key(algorithm)
        for signature in SIGNATURES_OF_KEY[algorithm]:
            octets = made(kit, profile(signature=signature), key)
            request = read_request(octets, name="it")
            assert request.algorithm == signature
            assert check_request(request, algorithm=algorithm) == ()
            assert x509.load_der_x509_csr(octets).is_signature_valid

    def test_a_key_that_lives_in_a_token(self, token: Any, openssl: Any) -> None:
        with token.module.open(token.info, token.pin) as session:
            for number, (algorithm, signature) in enumerate(
                (("p-384", "ecdsa-sha384"), ("rsa-2048", "sha256-rsa-pss"))
            ):
                key = session.generate_key(f"k{number}", bytes([number + 1]), algorithm)
                to_be_signed = build_request(profile(signature=signature), key.spki, practice=False)
                octets = assemble_request(to_be_signed, session.sign(key.key_id, signature, to_be_signed.octets))
                assert check_request(read_request(octets, name="it"), algorithm=algorithm) == ()
                assert "verify OK" in openssl("req", "-inform", "DER", "-verify", "-noout", given=octets)


class TestBytes:
    def test_equal_input_gives_equal_bytes(self) -> None:
        spki = placeholder_spki("p-384")
        first, second = (build_request(profile(), spki, practice=False) for _ in range(2))
        assert first == second
        assert first.kind == "request"
        assert first.algorithm == "ecdsa-sha384"

    def test_they_are_der_throughout(self) -> None:
        octets = build_request(profile(), placeholder_spki("p-384"), practice=False).octets
        assert list(der.irregularities(octets)) == []

    def test_without_extensions_the_attributes_are_an_empty_set(self, kit: Any, openssl: Any) -> None:
        octets = made(kit, profile([]))
        assert read_request(octets, name="it").info.endswith(b"\xa0\x00")
        assert "verify OK" in openssl("req", "-inform", "DER", "-verify", "-noout", given=octets)

    def test_practice_marks_the_common_name_as_in_a_certificate(self, kit: Any, openssl: Any) -> None:
        octets = made(kit, profile(), practice=True)
        assert "Uji CA é 1 (PRACTICE) (utf8)" in dict(describe_request(octets))["Subject CN"]

    def test_a_name_without_room_for_the_mark_is_refused(self) -> None:
        asked = profile(subject=[{"type": "C", "value": "ID", "string": "printable"}])
        refused(asked, "CERT-NAME", practice=True)
        assert build_request(asked, placeholder_spki("p-384"), practice=False).octets

    def test_the_identifier_that_the_key_has_already_is_copied(self, kit: Any) -> None:
        asked = profile([{"type": "subject-key-identifier", "method": "copy"}])
        refused(asked, "BR-C20")
        octets = made(kit, asked, subject_key_identifier=b"\x01\x02")
        assert dict(describe_request(octets))["Subject key identifier"] == "not critical; 01:02"

    @pytest.mark.parametrize(
        "extension",
        [
            {"type": "authority-key-identifier"},
            {"type": "authority-key-identifier", "key_identifier": "none", "issuer_and_serial": "issuer"},
        ],
    )
    def test_a_request_cannot_point_to_its_issuer(self, extension: Any) -> None:
        assert "who will issue" in refused(profile([extension]), "REQ-PROFILE").headline

    def test_a_literal_authority_key_identifier_is_written(self, kit: Any) -> None:
        octets = made(kit, profile([{"type": "authority-key-identifier", "key_identifier": "0a0b"}]))
        assert dict(describe_request(octets))["Authority key identifier"] == "not critical; 0A:0B"

    def test_an_extension_that_stands_twice_is_refused(self) -> None:
        again = {"type": "raw", "oid": "2.5.29.19", "critical": True, "der": "3000"}
        for second in (ASKED[0], again):
            row = (*profile([ASKED[0]]).extensions, *profile([second]).extensions)
            refused(profile().model_copy(update={"extensions": row}), "REQ-PROFILE")

    def test_what_cannot_be_encoded_is_refused(self) -> None:
        refused(profile(subject=[{"type": "CN", "value": "é", "string": "printable"}]), "CERT-NAME")
        names = [{"type": "ip", "value": "10.0.0.0/255"}]
        bad = {"type": "subject-alternative-name", "critical": False, "names": names}
        assert "Subject alternative name" in refused(profile([bad]), "CERT-ENCODE").headline
        refused(profile([{"type": "raw", "oid": "1.99.1", "critical": False, "der": "0500"}]), "CERT-ENCODE")

    def test_a_signature_that_the_key_cannot_make_is_refused(self) -> None:
        refused(profile(), "BR-A4", placeholder_spki("rsa-2048"))

    def test_a_key_that_is_not_certified_here_is_refused(self, kit: Any) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        refused(profile(), "BR-A1", kit.spki_of(ec.generate_private_key(ec.SECP256K1())))

    def test_only_a_request_is_assembled(self, kit: Any) -> None:
        tbs = kit.root().tbs
        for octets in (tbs.octets, b"", b"\x30\x00", b"\x05\x00"):
            with pytest.raises(CeremonyError) as caught:
                assemble_request(ToBeSigned("request", octets, tbs.algorithm), b"x")
            assert caught.value.code == "REQUEST-READ"


class TestDescription:
    def test_built_bytes_are_described_as_the_policy_wants_them(self, kit: Any) -> None:
        for practice in (False, True):
            for asked in (profile(), profile([])):
                spki = kit.spki_of(kit.key)
                to_be_signed = build_request(asked, spki, practice=practice)
                wanted = wanted_request_fields(asked, spki, practice=practice)
                assert describe_request(to_be_signed.octets) == wanted
                whole = made(kit, asked, practice=practice)
                assert describe_request(whole) == wanted_request_fields(asked, spki, practice=practice, signed=True)

    @pytest.mark.parametrize(
        ("change", "names"),
        [
            ({"subject": [{"type": "CN", "value": "Other"}]}, {"Subject C", "Subject O", "Subject CN"}),
            ({"extensions": []}, {"Attributes", "Basic constraints"}),
            ({"extensions": [{**ASKED[0], "critical": False}, *ASKED[1:]]}, {"Basic constraints"}),
            ({"extensions": [*ASKED[:-1], {**ASKED[-1], "der": "0101ff"}]}, {"Extension 1.3.6.1.4.1.5.5"}),
        ],
    )
    def test_every_difference_to_the_policy_is_seen(self, change: Any, names: set[str]) -> None:
        spki = placeholder_spki("p-384")
        octets = build_request(profile(), spki, practice=False).octets
        other = RequestProfile.model_validate_json(json.dumps({**json.loads(profile().model_dump_json()), **change}))
        rows = compare(wanted_request_fields(other, spki, practice=False), describe_request(octets))
        assert names <= {row.name for row in rows if not row.equal}

    def test_another_key_is_seen(self) -> None:
        octets = build_request(profile(), placeholder_spki("p-384"), practice=False).octets
        other = wanted_request_fields(profile(), placeholder_spki("p-256"), practice=False)
        assert [row.name for row in compare(other, describe_request(octets)) if not row.equal] == [
            "Public key",
            "Public key SHA-256",
            "Subject key identifier",
        ]

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"\x04\x00", b"\x30\x03\x02\x01\x00", b"\x30\x80\x00\x00"])
    def test_what_is_no_request_is_refused(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError) as caught:
            describe_request(octets)
        assert caught.value.code == "DESCRIBE"

    def test_a_certificate_is_no_request(self, kit: Any) -> None:
        for octets in (kit.root().der, kit.root().tbs.octets):
            with pytest.raises(CeremonyError):
                describe_request(octets)

    def test_what_stands_where_it_has_no_place_is_refused(self, kit: Any) -> None:
        whole = made(kit, profile([]))
        info = build_request(profile([]), kit.spki_of(kit.key), practice=False).octets
        parts = [part.octets for part in der.read_one(info).children()]
        for octets in (
            whole + b"\x05\x00",
            der.encode(der.SEQUENCE, *parts, b"\x05\x00"),
            der.encode(der.SEQUENCE, *parts[:3], der.encode(0xA1)),
        ):
            with pytest.raises(CeremonyError):
                describe_request(octets)


class TestText:
    def test_it_is_what_was_described_with_signature_and_fingerprint(self, kit: Any, openssl: Any) -> None:
        octets = made(kit, profile())
        text = request_text(octets)
        for name, value in describe_request(octets):
            assert name in text
            for part in value.split("; "):
                assert part.replace("é", "\\u{e9}") in text
        assert openssl("dgst", "-sha256", "-r", given=octets).split()[0].upper() in text
        assert text.isascii()
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 78

    def test_to_be_signed_bytes_are_no_whole_request(self) -> None:
        with pytest.raises(CeremonyError):
            request_text(build_request(profile(), placeholder_spki("p-384"), practice=False).octets)

    def test_the_dump_holds_every_field_and_fits(self, kit: Any) -> None:
        spki = kit.spki_of(kit.key)
        text = request_dump(build_request(profile(), spki, practice=False).octets)
        assert "Key usage: critical; keyCertSign; cRLSign" in text
        assert spki[-40:].hex().upper() in "".join(text.split()).replace(":", "")
        assert max(map(len, text.splitlines())) <= 78
        with pytest.raises(CeremonyError):
            request_dump(b"\x30\x00")

    def test_a_planned_request_can_be_assembled_with_a_dummy(self) -> None:
        spki = placeholder_spki("p-384")
        to_be_signed = build_request(profile(), spki, practice=False)
        request = read_request(assemble_request(to_be_signed, dummy_signature("ecdsa-sha384", spki)), name="it")
        assert [finding.rule for finding in check_request(request, algorithm="p-384")] == ["REQUEST-POSSESSION"]
