"""Building, assembling and verifying, with openssl as the judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ceremony.errors import CeremonyError
from ceremony.pki.certificate import assemble, build_certificate, dummy_signature, verify_signature
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.pem import pem
from ceremony.pki.tbs import certificate_parts, tbs_of_certificate
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, KeyAlgorithm, SignatureAlgorithm

PAIRS = [(key, signature) for key, signatures in SIGNATURES_OF_KEY.items() for signature in signatures]


class TestOutsideJudges:
    def test_openssl_verifies_the_chain_strictly(self, kit: Any, openssl: Any, tmp_path: Path) -> None:
        root = kit.root()
        intermediate = kit.intermediate(root)
        (tmp_path / "root.pem").write_bytes(pem(root.der, "CERTIFICATE"))
        (tmp_path / "tls.pem").write_bytes(pem(intermediate.der, "CERTIFICATE"))
        moment = str(int(kit.clock.timestamp()) + 1)
        said = openssl(
            "verify",
            "-x509_strict",
            "-attime",
            moment,
            "-CAfile",
            str(tmp_path / "root.pem"),
            str(tmp_path / "tls.pem"),
        )
        assert said.strip().endswith("OK")

    @pytest.mark.parametrize(
        ("algorithm", "signature"),
        [
            ("rsa-2048", "sha512-rsa"),
            ("rsa-2048", "sha256-rsa-pss"),
            ("rsa-2048", "sha384-rsa-pss"),
            ("rsa-2048", "sha512-rsa-pss"),
            ("p-256", "ecdsa-sha256"),
            ("p-384", "ecdsa-sha256"),
            ("p-521", "ecdsa-sha512"),
            ("ed25519", "ed25519"),
        ],
    )
    def test_every_kind_of_key_signs_a_root_that_openssl_verifies(
        self, kit: Any, openssl: Any, tmp_path: Path, algorithm: KeyAlgorithm, signature: SignatureAlgorithm
    ) -> None:
        data = kit.root_data() | {"signature": signature}
        root = kit.issue(kit.profile_of(data), key=kit.new_key(algorithm))
        path = tmp_path / "root.pem"
        path.write_bytes(pem(root.der, "CERTIFICATE"))
        moment = str(int(kit.clock.timestamp()) + 1)
        assert (
            openssl("verify", "-x509_strict", "-check_ss_sig", "-attime", moment, "-CAfile", str(path), str(path))
            .strip()
            .endswith("OK")
        )

    def test_openssl_reads_what_the_profile_says(self, kit: Any, openssl: Any) -> None:
        intermediate = kit.intermediate(kit.root())
        text = openssl("x509", "-inform", "DER", "-noout", "-text", given=intermediate.der)
        text = text.replace(" = ", "=")  # names: OpenSSL before 3.2 writes blanks there
        for expected in (
            "Version: 3 (0x2)",
            "5a:5a:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e",
            "Subject: C=ID, O=Balai Uji, CN=Uji TLS CA 1",
            "Issuer: C=ID, O=Balai Uji, CN=Uji Root P1",
            "Not After : Nov 22 09:30:14 2031 GMT",
            "TLS Web Server Authentication, TLS Web Client Authentication",
            "CA:TRUE, pathlen:0",
            "Digital Signature, Certificate Sign, CRL Sign",
            "OCSP - URI:http://ocsp.uji.example.com/",
            "CA Issuers - URI:http://pki.uji.example.com/root.crt",
            "Policy: 2.23.140.1.2.1",
            "URI:http://pki.uji.example.com/root.crl",
        ):
            assert expected in text

    def test_extensions_stand_in_the_order_of_the_profile(self, kit: Any) -> None:
        data = kit.intermediate_data()
        orders = []
        for _ in range(2):
            certificate = x509.load_der_x509_certificate(kit.issue(kit.profile_of(data), kit.root().profile).der)
            orders.append([extension.oid.dotted_string for extension in certificate.extensions])
            data["extensions"].reverse()
        assert orders[0] == orders[1][::-1]
        assert len(orders[0]) == 8

    def test_each_attribute_has_its_string_type(self, kit: Any, openssl: Any) -> None:
        data = kit.root_data()
        data["subject"] = [
            {"type": "CN", "value": "Akar Café", "string": "utf8"},
            {"type": "DC", "value": "uji", "string": "ia5"},
            {"type": "2.5.4.97", "value": "NTRID-1", "string": "printable"},
            {"type": "O", "value": "Balai", "string": "printable"},
            {"type": "C", "value": "ID", "string": "printable"},
        ]
        tree = openssl("asn1parse", "-inform", "DER", given=kit.issue(kit.profile_of(data)).der)
        found = [
            line.split("prim:")[1].split()[0]
            for line in tree.splitlines()
            if any(kind in line for kind in ("UTF8STRING", "IA5STRING", "PRINTABLESTRING"))
        ]
        assert found == ["UTF8STRING", "IA5STRING", "PRINTABLESTRING", "PRINTABLESTRING", "PRINTABLESTRING"] * 2

    def test_dates_from_2050_on_are_generalized_time(self, kit: Any, openssl: Any) -> None:
        last, first = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
        tree = openssl("asn1parse", "-inform", "DER", given=kit.root(not_before=last, not_after=first).der)
        assert "UTCTIME           :491231235959Z" in tree
        assert "GENERALIZEDTIME   :20500101000000Z" in tree


class TestBuilding:
    def test_equal_input_gives_equal_bytes(self, kit: Any) -> None:
        root = kit.root()
        again = build_certificate(root.profile, root.issuer_profile, root.holes, practice=False)
        assert again == root.tbs

    def test_practice_and_production_differ(self, kit: Any) -> None:
        practice = kit.root(practice=True)
        assert b"Uji Root P1 (PRACTICE)" in practice.tbs.octets
        assert b"PRACTICE" not in kit.root().tbs.octets

    def test_the_authority_key_identifier_is_made_as_the_issuer_makes_its_own(self, kit: Any) -> None:
        root = kit.root()
        issued = x509.load_der_x509_certificate(kit.intermediate(root).der)
        authority = issued.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        own = x509.load_der_x509_certificate(root.der).extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        assert authority.key_identifier == own.value.digest

    def test_a_common_name_is_counted_in_characters(self, kit: Any) -> None:
        data = kit.root_data()
        data["subject"][-1]["value"] = "é" * 64
        assert ("é" * 64).encode() in kit.issue(kit.profile_of(data)).tbs.octets


class TestRefusals:
    """What cannot be encoded is refused before anything is signed; the same profile without the fault is accepted."""

    def refusal(self, kit: Any, data: dict[str, Any], **how: Any) -> CeremonyError:
        kit.issue(kit.profile_of(kit.root_data()))
        with pytest.raises(CeremonyError) as refused:
            kit.issue(kit.profile_of(data), **how)
        assert refused.value.not_done
        assert refused.value.next_step
        return refused.value

    @pytest.mark.parametrize(
        ("place", "change"),
        [
            (1, {"value": "Balai_Uji", "string": "printable"}),
            (1, {"value": "Balai Café", "string": "ia5"}),
            (1, {"value": "Balai 1", "string": "numeric"}),
            (1, {"value": "Balai €", "string": "t61"}),
            (1, {"value": "Balai 🔑", "string": "bmp"}),
            (1, {"value": "a\nb"}),
            (1, {"value": "a\u0085b"}),
            (1, {"value": None, "der": "0c0261"}),
            (1, {"value": None, "der": "0c01610c0161"}),
            (1, {"type": "1.40.1"}),
        ],
    )
    def test_a_name_that_cannot_be_encoded(self, kit: Any, place: int, change: dict[str, str]) -> None:
        data = kit.root_data()
        data["subject"][place] |= change
        assert self.refusal(kit, data).code == "CERT-NAME"

    @pytest.mark.parametrize(
        ("place", "change"),
        [
            (2, {"value": "x" * 65}),
            (0, {"value": "IDN"}),
            (0, {"string": "utf8"}),
            (1, {"type": "DC", "value": "x", "string": "utf8"}),
            (1, {"value": "Balai Café", "string": "t61"}),
            (1, {"value": "12 3", "string": "numeric"}),
            (1, {"value": None, "der": "04020102"}),
        ],
    )
    def test_a_name_that_is_merely_forbidden_is_left_to_the_rules(
        self, kit: Any, place: int, change: dict[str, str]
    ) -> None:
        data = kit.root_data()
        data["subject"][place] |= change
        assert kit.issue(kit.profile_of(data)).der

    @pytest.mark.parametrize("serial", [0, -1, 2**159])
    def test_a_serial_number_out_of_range(self, kit: Any, serial: int) -> None:
        assert self.refusal(kit, kit.root_data(), serial_number=serial).code == "BR-C1"
        kit.root(serial_number=2**159 - 1)

    def test_dates_that_cannot_be_written(self, kit: Any) -> None:
        early = datetime(1949, 12, 31, 23, 59, 59, tzinfo=UTC)
        for change in (
            {"not_before": early},
            {"not_before": kit.clock.replace(microsecond=1)},
            {"not_after": kit.clock - timedelta(days=1)},
        ):
            assert self.refusal(kit, kit.root_data(), **change).code == "CERT-VALIDITY"

    def test_a_date_without_utc_is_a_fault_of_the_program(self, kit: Any) -> None:
        with pytest.raises(ValueError, match="UTC"):
            kit.root(not_before=kit.clock.replace(tzinfo=None))

    def test_a_signature_that_the_key_cannot_make(self, kit: Any) -> None:
        assert self.refusal(kit, kit.root_data() | {"signature": "sha256-rsa"}).code == "BR-A4"
        assert self.refusal(kit, kit.root_data() | {"signature": "ml-dsa-65"}).code == "BR-A4"

    def test_an_issuer_without_a_key_identifier(self, kit: Any) -> None:
        data = kit.root_data()
        del data["extensions"][2]
        assert self.refusal(kit, data).code == "BR-C18"

    @pytest.mark.parametrize(
        "extension",
        [
            {"type": "basic-constraints", "critical": True, "ca": False, "path_length": 0},
            {"type": "key-usage", "critical": True, "usages": ["encipherOnly"]},
        ],
    )
    def test_an_extension_that_contradicts_itself(self, kit: Any, extension: dict[str, Any]) -> None:
        data = kit.root_data()
        data["extensions"] = [extension, *data["extensions"][2:]]
        assert self.refusal(kit, data).code == "RF-2"

    def test_an_object_identifier_that_cannot_exist(self, kit: Any) -> None:
        data = kit.root_data()
        data["extensions"].append({"type": "certificate-policies", "policies": [{"oid": "1.40.1"}]})
        assert self.refusal(kit, data).code == "CERT-ENCODE"


class TestAssembling:
    @pytest.mark.parametrize(("algorithm", "signature"), PAIRS)
    def test_a_dummy_signature_has_the_shape_of_a_real_one_and_verifies_nowhere(
        self, kit: Any, algorithm: KeyAlgorithm, signature: SignatureAlgorithm
    ) -> None:
        spki = placeholder_spki(algorithm)
        profile = kit.profile_of(kit.root_data() | {"signature": signature})
        tbs = build_certificate(profile, profile, kit.planned(algorithm), practice=False)
        dummy = dummy_signature(signature, spki)
        certificate = assemble(tbs, dummy)
        parts = certificate_parts(certificate)
        assert parts == (tbs.octets, SIGNATURE_IDENTIFIERS[signature], dummy)
        assert x509.load_der_x509_certificate(certificate).tbs_certificate_bytes == tbs.octets
        if algorithm.startswith("p-"):
            r, s = decode_dss_signature(dummy)
            assert 0 < r == s
        else:
            fixed = {"ed25519": 64, "ml-dsa-44": 2420, "ml-dsa-65": 3309, "ml-dsa-87": 4627}
            assert len(dummy) == (fixed.get(algorithm) or int(algorithm[4:]) // 8)
        with pytest.raises(CeremonyError) as refused:
            verify_signature(tbs, dummy, spki)
        assert refused.value.code == "SIG-VERIFY"

    def test_the_bytes_inside_are_exactly_those_given(self, kit: Any) -> None:
        root = kit.root()
        assert tbs_of_certificate(root.der) == root.tbs.octets

    @pytest.mark.parametrize(
        ("algorithm", "signature"),
        [pair for pair in PAIRS if not pair[0].startswith("rsa-") or pair[0] == "rsa-2048"],
    )
    def test_a_real_signature_verifies_and_any_other_does_not(
        self, kit: Any, algorithm: KeyAlgorithm, signature: SignatureAlgorithm
    ) -> None:
        key = kit.new_key(algorithm)
        root = kit.issue(kit.profile_of(kit.root_data() | {"signature": signature}), key=key)
        value = certificate_parts(root.der)[2]
        spki = kit.spki_of(key)
        verify_signature(root.tbs, value, spki)
        other = replace(root.tbs, octets=root.tbs.octets[:-1] + bytes([root.tbs.octets[-1] ^ 1]))
        for tbs, made in ((other, value), (root.tbs, value[:-1] + bytes([value[-1] ^ 1])), (root.tbs, b"")):
            with pytest.raises(CeremonyError) as refused:
                verify_signature(tbs, made, spki)
            assert refused.value.code == "SIG-VERIFY"
        with pytest.raises(CeremonyError):
            verify_signature(root.tbs, value, kit.spki_of(kit.new_key("p-384")))

    def test_an_algorithm_that_the_bytes_do_not_name_is_refused(self, kit: Any) -> None:
        tbs = kit.root().tbs
        with pytest.raises(CeremonyError) as refused:
            assemble(replace(tbs, algorithm="ecdsa-sha256"), b"x")
        assert refused.value.code == "BR-A6"

    @pytest.mark.parametrize("octets", [b"", b"\x30\x00", b"text"])
    def test_bytes_that_are_no_certificate_are_refused(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError):
            assemble(ToBeSigned("certificate", octets, "ed25519"), b"x")

    def test_a_key_that_cannot_make_the_signature_is_refused(self) -> None:
        for algorithm in get_args(SignatureAlgorithm):
            if algorithm not in SIGNATURES_OF_KEY["p-256"]:
                with pytest.raises(CeremonyError):
                    dummy_signature(algorithm, placeholder_spki("p-256"))
