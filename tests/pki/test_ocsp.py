"""From an OCSP profile to the bytes of a response: what is written, as other libraries read it, and what is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.ocsp import OcspHoles, assemble_response, build_response
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.pki.placeholders import placeholder_spki
from ceremony.pki.tbs import tbs_of_certificate
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.status import OcspProfile

NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)
REVOKED = {"status": "revoked", "revoked_at": NOW - DAY, "reason": 4}


def named(common: str) -> bytes:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)]).public_bytes()


HOLES = OcspHoles(
    issuer_name=named("Uji Root"),
    issuer_spki=placeholder_spki("p-384"),
    responder_name=named("Uji OCSP"),
    responder_spki=placeholder_spki("p-256"),
    serial_number=0x80AB,
    status="good",
    this_update=NOW,
    next_update=NOW + 364 * DAY,
    produced_at=NOW + timedelta(seconds=5),
)


def profile(**changes: Any) -> OcspProfile:
    data = {
        "issuer": "root",
        "responder": "ocsp",
        "signature": "ecdsa-sha256",
        "cycle": {"lifetime": "365d", "renew": "30d"},
    }
    return OcspProfile.model_validate_json(json.dumps(data | changes))


def read(chosen: OcspProfile, holes: OcspHoles) -> Any:
    """The response, as another library reads it."""
    return ocsp.load_der_ocsp_response(assemble_response(build_response(chosen, holes), b"\x30\x00"))


class TestWhatIsWritten:
    def test_good(self) -> None:
        made = read(profile(), HOLES)
        assert made.certificate_status == ocsp.OCSPCertStatus.GOOD
        assert made.serial_number == 0x80AB
        assert (made.this_update_utc, made.next_update_utc) == (NOW, NOW + 364 * DAY)
        assert made.produced_at_utc == NOW + timedelta(seconds=5)
        assert made.signature_algorithm_oid == x509.SignatureAlgorithmOID.ECDSA_WITH_SHA256

    @pytest.mark.parametrize(
        ("reason", "word"),
        [
            (1, "keyCompromise"),
            (2, "cACompromise"),
            (3, "affiliationChanged"),
            (4, "superseded"),
            (5, "cessationOfOperation"),
            (6, "certificateHold"),
            (9, "privilegeWithdrawn"),
            (10, "aACompromise"),
        ],
    )
    def test_revoked_with_its_time_and_reason(self, reason: int, word: str) -> None:
        made = read(profile(), replace(HOLES, **REVOKED | {"reason": reason}))
        assert made.certificate_status == ocsp.OCSPCertStatus.REVOKED
        assert (made.revocation_time_utc, made.revocation_reason) == (NOW - DAY, x509.ReasonFlags(word))

    @pytest.mark.parametrize("reason", [None, 0])
    def test_no_reason_and_the_reason_unspecified_are_said_by_saying_nothing(self, reason: int | None) -> None:
        made = read(profile(), replace(HOLES, **REVOKED | {"reason": reason}))
        assert (made.revocation_time_utc, made.revocation_reason) == (NOW - DAY, None)

    def test_unknown(self) -> None:
        assert read(profile(), replace(HOLES, status="unknown")).certificate_status == ocsp.OCSPCertStatus.UNKNOWN

    def test_the_responder_by_the_sha1_of_its_key(self) -> None:
        made = read(profile(), HOLES)
        bits = der.read_one(HOLES.responder_spki).children()[1].content[1:]
        assert made.responder_key_hash == hashlib.sha1(bits, usedforsecurity=False).digest()
        assert made.responder_name is None

    def test_the_responder_by_its_name(self) -> None:
        made = read(profile(responder_id="name"), HOLES)
        assert made.responder_name.public_bytes() == HOLES.responder_name
        assert made.responder_key_hash is None

    @pytest.mark.parametrize("kind", ["sha1", "sha256"])
    def test_the_issuer_by_the_hashes_of_its_name_and_key(self, kind: str) -> None:
        made = read(profile(certificate_hash=kind), HOLES)
        bits = der.read_one(HOLES.issuer_spki).children()[1].content[1:]
        assert made.hash_algorithm.name == kind
        assert made.issuer_name_hash == hashlib.new(kind, HOLES.issuer_name, usedforsecurity=False).digest()
        assert made.issuer_key_hash == hashlib.new(kind, bits, usedforsecurity=False).digest()

    def test_a_request_of_another_library_asks_for_the_very_same_identity(self, kit: Any) -> None:
        root = kit.root()
        issuer, subject = (x509.load_der_x509_certificate(part.der) for part in (root, kit.intermediate(root)))
        for kind, digest in (("sha1", hashes.SHA1()), ("sha256", hashes.SHA256())):  # noqa: S303 - as clients ask
            asked = ocsp.OCSPRequestBuilder().add_certificate(subject, issuer, digest).build()
            holes = replace(
                HOLES,
                issuer_name=issuer.subject.public_bytes(),
                issuer_spki=kit.spki_of(kit.key),
                serial_number=subject.serial_number,
            )
            made = read(profile(certificate_hash=kind), holes)
            for fact in ("issuer_name_hash", "issuer_key_hash", "serial_number"):
                assert getattr(made, fact) == getattr(asked, fact)

    def test_version_1_is_left_out_and_there_is_neither_nonce_nor_any_extension(self) -> None:
        octets = build_response(profile(), HOLES).octets
        assert [part.tag for part in der.read_one(octets).children()] == [0xA2, 0x18, 0x30]
        view = ocsp_view(octets)
        assert (view.extensions, view.responses[0].extensions, view.nonce) == ((), (), None)
        assert view.irregularities == ()

    @pytest.mark.parametrize("year", [1999, 2049, 2050, 9998])
    def test_every_time_is_a_generalized_time_in_every_year(self, year: int) -> None:
        when = NOW.replace(year=year)
        holes = replace(HOLES, **REVOKED | {"revoked_at": when}, produced_at=when, this_update=when)
        octets = build_response(profile(), replace(holes, next_update=when + DAY)).octets
        assert octets.count(b"\x18\x0f" + f"{year}1122093015Z".encode()) == 3
        assert b"\x17\x0d" not in octets

    def test_equal_input_gives_equal_bytes_of_the_planned_kind(self) -> None:
        first, second = (build_response(profile(), HOLES) for _ in range(2))
        assert first == second
        assert (first.kind, first.algorithm) == ("ocsp-response", "ecdsa-sha256")

    @pytest.mark.parametrize("serial", [1, 0x7F, 0x80, 2**159 + 1, 2**160 - 1])
    def test_every_serial_number_that_a_ca_may_have_issued(self, serial: int) -> None:
        assert read(profile(), replace(HOLES, serial_number=serial)).serial_number == serial


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"serial_number": 0}, "OCSP-SERIAL"),
            ({"serial_number": -5}, "OCSP-SERIAL"),
            ({"serial_number": 2**160}, "OCSP-SERIAL"),
            ({"issuer_name": b"\x30\x05"}, "OCSP-CERTID"),
            ({"responder_name": b""}, "OCSP-CERTID"),
            ({"issuer_spki": b"\x30\x00"}, "OCSP-CERTID"),
            ({"responder_spki": b"\x30\x00"}, "BR-A1"),
            ({"responder_spki": placeholder_spki("rsa-2048")}, "OCSP-SIGNATURE"),
            ({"status": "revoked"}, "OCSP-STATUS"),
            ({"revoked_at": NOW}, "OCSP-STATUS"),
            ({"status": "unknown", "revoked_at": NOW}, "OCSP-STATUS"),
            ({"reason": 1}, "OCSP-STATUS"),
            (REVOKED | {"reason": 7}, "OCSP-STATUS"),
            (REVOKED | {"reason": 8}, "OCSP-STATUS"),
            (REVOKED | {"reason": 11}, "OCSP-STATUS"),
            (REVOKED | {"reason": -1}, "OCSP-STATUS"),
            (REVOKED | {"revoked_at": NOW.replace(microsecond=1)}, "OCSP-TIME"),
            ({"produced_at": NOW.replace(microsecond=1)}, "OCSP-TIME"),
            ({"next_update": NOW}, "OCSP-NEXT"),
            ({"next_update": NOW - DAY}, "OCSP-NEXT"),
        ],
    )
    def test_with_a_sentence_before_anything_is_built(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(CeremonyError) as caught:
            build_response(profile(), replace(HOLES, **changes))
        assert caught.value.code == code
        assert caught.value.detail.endswith(".")
        assert caught.value.next_step

    def test_a_time_that_is_not_in_utc_is_a_fault_of_the_program(self) -> None:
        for moment in (NOW.replace(tzinfo=None), NOW.astimezone(timezone(timedelta(hours=7)))):
            with pytest.raises(ValueError, match="thisUpdate must be in UTC"):
                build_response(profile(), replace(HOLES, this_update=moment))


class TestAssembled:
    def test_it_holds_exactly_what_was_signed(self, kit: Any) -> None:
        made = build_response(profile(), HOLES)
        certificate = kit.root().der
        octets = assemble_response(made, b"signature", [certificate])
        view = ocsp_view(octets)
        assert view.octets == made.octets
        assert (view.signature, view.response_status, view.irregularities) == (b"signature", 0, ())
        assert [inside.octets for inside in view.certificates] == [tbs_of_certificate(certificate)]

    def test_without_certificates_there_is_no_empty_list_of_them(self) -> None:
        octets = assemble_response(build_response(profile(), HOLES), b"signature")
        assert octets.endswith(der.encode(der.BIT_STRING, b"\0signature"))

    def test_what_is_no_response_data_is_refused(self, kit: Any) -> None:
        made = build_response(profile(), HOLES)
        whole = assemble_response(made, b"signature")
        wrong = [
            ToBeSigned("certificate", made.octets, made.algorithm),
            ToBeSigned("ocsp-response", whole, made.algorithm),
            ToBeSigned("ocsp-response", kit.root().tbs.octets, made.algorithm),
            ToBeSigned("ocsp-response", made.octets[:-1], made.algorithm),
        ]
        for tried in wrong:
            with pytest.raises(CeremonyError) as caught:
                assemble_response(tried, b"signature")
            assert caught.value.code == "OCSP-FORM"

    def test_what_is_no_certificate_is_refused(self, kit: Any) -> None:
        for octets in (b"", b"\x30\x00", kit.root().tbs.octets):
            with pytest.raises(CeremonyError) as caught:
                assemble_response(build_response(profile(), HOLES), b"signature", [octets])
            assert caught.value.code == "OCSP-FORM"
