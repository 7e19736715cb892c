"""What the second parser says of OCSP responses, against what the policy wants of them; and how people read both."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.describe_ocsp import describe_ocsp
from ceremony.pki.notation import colon_hex, utc_text
from ceremony.pki.ocsp import OcspHoles, assemble_response, build_response
from ceremony.pki.ocsp_text import ocsp_dump, ocsp_text, ocsp_words
from ceremony.pki.placeholders import placeholder_spki
from ceremony.pki.tbs import split_tbs
from ceremony.pki.wanted import ABSENT, compare
from ceremony.pki.wanted_ocsp import wanted_ocsp_fields
from ceremony.policy.status import OcspProfile

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
PUBLISHED = sorted((SHARED / "fixtures" / "ocsp").glob("*"))
NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def named(*parts: tuple[x509.ObjectIdentifier, str]) -> bytes:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts]).public_bytes()


OID = x509.NameOID
HOLES = OcspHoles(
    issuer_name=named((OID.COUNTRY_NAME, "ID"), (OID.COMMON_NAME, "Uji Root")),
    issuer_spki=placeholder_spki("p-384"),
    responder_name=named((OID.COUNTRY_NAME, "ID"), (OID.COMMON_NAME, "Uji OCSP")),
    responder_spki=placeholder_spki("p-256"),
    serial_number=0x80AB,
    status="revoked",
    this_update=NOW,
    next_update=NOW + 365 * DAY - timedelta(seconds=1),
    produced_at=NOW + timedelta(seconds=5),
    revoked_at=NOW - DAY,
    reason=4,
)
GOOD = replace(HOLES, status="good", revoked_at=None, reason=None)


def profile(**changes: Any) -> OcspProfile:
    data = {
        "issuer": "root",
        "responder": "ocsp",
        "signature": "ecdsa-sha256",
        "cycle": {"lifetime": "365d", "renew": "30d"},
    }
    return OcspProfile.model_validate_json(json.dumps(data | changes))


def rebuilt(holes: OcspHoles, change: Any) -> bytes:
    """ResponseData whose parts went through a function."""
    octets = build_response(profile(), holes).octets
    return der.encode(der.SEQUENCE, *change([part.octets for part in der.read_one(octets).children()]))


def sha1(octets: bytes) -> str:
    return colon_hex(hashlib.sha1(octets, usedforsecurity=False).digest())


def bits_of(spki: bytes) -> bytes:
    return der.read_one(spki).children()[1].content[1:]


def unequal(chosen: OcspProfile, holes: OcspHoles, octets: bytes) -> list[str]:
    return [row.name for row in compare(wanted_ocsp_fields(chosen, holes), describe_ocsp(octets)) if not row.equal]


class TestFields:
    def test_they_come_in_the_order_of_the_bytes(self) -> None:
        assert describe_ocsp(build_response(profile(), HOLES).octets) == (
            ("Version", "1"),
            ("Responder key hash", sha1(bits_of(HOLES.responder_spki))),
            ("Produced at", "2026-11-22T09:30:20Z"),
            ("Certificate hash", "sha1"),
            ("Issuer name hash", sha1(HOLES.issuer_name)),
            ("Issuer key hash", sha1(bits_of(HOLES.issuer_spki))),
            ("Serial number", "80:AB"),
            ("Status", "revoked"),
            ("Revoked at", "2026-11-21T09:30:15Z"),
            ("Reason", "superseded"),
            ("This update", "2026-11-22T09:30:15Z"),
            ("Next update", "2027-11-22T09:30:14Z"),
            ("Period", "365 days"),
        )

    def test_a_named_responder_is_written_out(self) -> None:
        fields = dict(describe_ocsp(build_response(profile(responder_id="name"), GOOD).octets))
        assert (fields["Responder C"], fields["Responder CN"]) == ("ID (printable)", "Uji OCSP (utf8)")
        assert "Responder key hash" not in fields

    def test_a_whole_response_says_what_stands_around_its_data(self, kit: Any) -> None:
        made = build_response(profile(), HOLES)
        certificate = kit.root().der
        fields = describe_ocsp(assemble_response(made, b"\x30\x00", [certificate]))
        (first, *data, algorithm, last) = fields
        assert first == ("Response status", "successful")
        assert tuple(data) == describe_ocsp(made.octets)
        assert algorithm == ("Signature algorithm", "ecdsa-sha256")
        assert last[0] == "Certificate"
        assert last[1].startswith('subject (C="ID" printable, O="Balai Uji" utf8, CN="Uji Root P1" utf8); public key')

    def test_several_answers_are_counted_and_told_apart(self) -> None:
        def doubled(parts: list[bytes]) -> list[bytes]:
            return [*parts[:2], der.encode(der.SEQUENCE, der.read_one(parts[2]).content * 2)]

        fields = describe_ocsp(rebuilt(GOOD, doubled))
        assert ("Answers", "2") in fields
        assert [value for name, value in fields if name == "Answer"] == ["1 of 2", "2 of 2"]

    def test_no_answer_at_all_is_said(self) -> None:
        fields = describe_ocsp(rebuilt(GOOD, lambda parts: [*parts[:2], b"\x30\x00"]))
        assert fields[-1] == ("Answers", "0")

    def test_an_extension_is_shown_whole(self) -> None:
        nonce = der.encode(0xA1, bytes.fromhex("301230100603883704" + "0101ff" + "0406040401020304"))
        fields = describe_ocsp(rebuilt(GOOD, lambda parts: [*parts, nonce]))
        assert fields[-1] == ("Response extension 2.999.4", "critical; octets 040401020304")

    def test_times_that_rfc_5280_does_not_know_are_shown_as_they_stand(self) -> None:
        for text, shown in ((b"20261122093015.5Z", "not a form of RFC 5280"), (b"20261322093015Z", "no such moment")):
            time = der.encode(0x18, text)
            fields = dict(describe_ocsp(rebuilt(GOOD, lambda parts, time=time: [parts[0], time, parts[2]])))
            assert fields["Produced at"] == f"{text.decode()} ({shown})"

    def test_an_error_of_a_responder_is_its_word_alone(self) -> None:
        assert describe_ocsp(bytes.fromhex("30030a0103")) == (("Response status", "tryLater"),)


class TestAgainstThePolicy:
    @pytest.mark.parametrize("status", ["good", "revoked", "unknown"])
    @pytest.mark.parametrize("responder", ["key-hash", "name"])
    @pytest.mark.parametrize("digest", ["sha1", "sha256"])
    def test_what_was_built_is_what_is_wanted(self, status: str, responder: str, digest: str) -> None:
        chosen = profile(responder_id=responder, certificate_hash=digest)
        holes = HOLES if status == "revoked" else replace(GOOD, status=status)
        assert unequal(chosen, holes, build_response(chosen, holes).octets) == []

    @pytest.mark.parametrize("reason", [None, 0, 1, 2, 3, 4, 5, 6, 9, 10])
    def test_every_reason_is_read_as_it_is_wanted(self, reason: int | None) -> None:
        holes = replace(HOLES, reason=reason)
        assert unequal(profile(), holes, build_response(profile(), holes).octets) == []
        assert ("Reason" in dict(wanted_ocsp_fields(profile(), holes))) == bool(reason)

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"issuer_name": HOLES.responder_name}, ["Issuer name hash"]),
            ({"issuer_spki": HOLES.responder_spki}, ["Issuer key hash"]),
            ({"responder_spki": HOLES.issuer_spki}, ["Responder key hash"]),
            ({"serial_number": 0x80AC}, ["Serial number"]),
            ({"this_update": NOW - DAY}, ["This update", "Period"]),
            ({"next_update": NOW + DAY}, ["Next update", "Period"]),
            ({"produced_at": NOW}, ["Produced at"]),
            ({"revoked_at": NOW}, ["Revoked at"]),
            ({"reason": 5}, ["Reason"]),
            ({"reason": None}, ["Reason"]),
            ({"status": "good", "revoked_at": None, "reason": None}, ["Status", "Revoked at", "Reason"]),
        ],
    )
    def test_one_difference_in_a_hole_is_a_row_of_its_own(self, change: dict[str, Any], rows: list[str]) -> None:
        assert unequal(profile(), replace(HOLES, **change), build_response(profile(), HOLES).octets) == rows

    @pytest.mark.parametrize(
        ("change", "rows"),
        [
            ({"responder_id": "name"}, {"Responder key hash", "Responder C", "Responder CN"}),
            ({"certificate_hash": "sha256"}, {"Certificate hash", "Issuer name hash", "Issuer key hash"}),
        ],
    )
    def test_one_difference_in_the_profile_is_seen(self, change: dict[str, Any], rows: set[str]) -> None:
        assert set(unequal(profile(**change), HOLES, build_response(profile(), HOLES).octets)) == rows

    def test_another_name_of_the_responder_is_seen(self) -> None:
        chosen = profile(responder_id="name")
        holes = replace(HOLES, responder_name=named((OID.COUNTRY_NAME, "ID"), (OID.COMMON_NAME, "Uji OCSP ")))
        assert unequal(chosen, holes, build_response(chosen, HOLES).octets) == ["Responder CN"]

    def test_what_nobody_wanted_is_seen(self) -> None:
        extension = der.encode(0xA1, bytes.fromhex("300b3009" + "0603883704" + "04020500"))
        octets = rebuilt(HOLES, lambda parts: [*parts, extension])
        rows = compare(wanted_ocsp_fields(profile(), HOLES), describe_ocsp(octets))
        assert [(row.name, row.wanted) for row in rows if not row.equal] == [("Response extension 2.999.4", ABSENT)]

    def test_a_hash_without_its_null_is_seen(self) -> None:
        octets = build_response(profile(), HOLES).octets
        identity = der.read_one(octets).children()[2].children()[0].children()[0]
        bare = der.encode(der.SEQUENCE, bytes.fromhex("300706052b0e03021a"), identity.content[11:])

        def changed(parts: list[bytes]) -> list[bytes]:
            single = der.read_one(parts[2]).children()[0].children()[1:]
            row = der.encode(der.SEQUENCE, bare, *(part.octets for part in single))
            return [*parts[:2], der.encode(der.SEQUENCE, row)]

        assert unequal(profile(), HOLES, rebuilt(HOLES, changed)) == ["Certificate hash"]

    def test_a_whole_response_is_what_is_wanted_of_it(self, kit: Any) -> None:
        responder = kit.root()
        chosen = profile(signature="ecdsa-sha384", responder_id="name")
        subject = split_tbs(responder.tbs.octets).subject
        holes = replace(HOLES, responder_name=subject, responder_spki=responder.holes.spki)
        made = build_response(chosen, holes)

        def differences(octets: bytes, certificates: list[bytes]) -> list[str]:
            rows = compare(wanted_ocsp_fields(chosen, holes, certificates), describe_ocsp(octets))
            return [row.name for row in rows if not row.equal]

        whole = assemble_response(made, b"\x30\x00", [responder.der])
        assert differences(whole, [responder.der]) == []
        assert differences(assemble_response(made, b"\x30\x00"), []) == []
        assert differences(whole, []) == ["Certificate"]
        other = kit.intermediate(responder).der
        assert differences(assemble_response(made, b"\x30\x00", [other]), [other]) == ["Certificate"]
        weaker = assemble_response(replace(made, algorithm="ecdsa-sha256"), b"\x30\x00", [responder.der])
        assert differences(weaker, [responder.der]) == ["Signature algorithm"]


class TestWhatIsNotDescribed:
    @pytest.mark.parametrize(
        "octets",
        [
            b"",
            b"\x30\x00",
            bytes.fromhex("30030a0100"),  # successful, without a body
            bytes.fromhex("30030a0104"),  # a status without a meaning
            bytes.fromhex("30060a0106a0013000"),
        ],
    )
    def test_is_refused_with_a_sentence(self, octets: bytes) -> None:
        with pytest.raises(CeremonyError) as caught:
            describe_ocsp(octets)
        assert caught.value.code == "DESCRIBE"
        assert "nothing can be approved" in caught.value.not_done

    def test_a_certificate_is_no_response(self, kit: Any) -> None:
        for octets in (kit.root().der, kit.root().tbs.octets):
            with pytest.raises(CeremonyError):
                describe_ocsp(octets)

    @pytest.mark.parametrize(
        "change",
        [
            lambda parts: [b"\xa0\x03\x02\x01\x00", *parts],  # version 1, written out
            lambda parts: [*parts, b"\xa1\x02\x30\x00"],  # extensions, but none
            lambda parts: [*parts, b"\x05\x00"],
            lambda parts: [b"\xa3" + parts[0][1:], *parts[1:]],
            lambda parts: [parts[0], b"\x17\x0d261122093015Z", parts[2]],
            lambda parts: [*parts[:2], parts[2].replace(b"\x02\x03\x00\x80\xab", b"\x02\x03\x00\x7f\xab")],
            lambda parts: [*parts[:2], parts[2].replace(b"\x0a\x01\x04", b"\x0a\x01\x07")],
            lambda parts: [*parts[:2], parts[2].replace(b"\x05\x00\x04\x14", b"\x04\x00\x04\x14")],
        ],
    )
    def test_nor_is_what_has_a_wrong_part(self, change: Any) -> None:
        octets = rebuilt(HOLES, change)
        assert octets != build_response(profile(), HOLES).octets
        with pytest.raises(CeremonyError):
            describe_ocsp(octets)

    @settings(max_examples=200, deadline=None)
    @given(octets=st.binary(max_size=80))
    def test_raises_nothing_else(self, octets: bytes) -> None:
        for tried in (octets, der.encode(der.SEQUENCE, octets), b"\x30" + octets):
            try:
                describe_ocsp(tried)
            except CeremonyError:
                continue

    def test_no_changed_octet_leaves_the_description_as_it_was(self) -> None:
        octets = build_response(profile(), HOLES).octets
        wanted = wanted_ocsp_fields(profile(), HOLES)
        assert describe_ocsp(octets) == wanted
        for place in range(len(octets)):
            for bit in (0x01, 0x20, 0x80):
                changed = octets[:place] + bytes([octets[place] ^ bit]) + octets[place + 1 :]
                try:
                    assert describe_ocsp(changed) != wanted
                except CeremonyError:
                    continue


class TestForPeople:
    def test_the_artefact_holds_fields_signature_and_fingerprint(self, openssl: Any, tmp_path: Path) -> None:
        octets = assemble_response(build_response(profile(), HOLES), bytes(range(70)))
        text = ocsp_text(octets)
        assert text.endswith("\n")
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 78
        squeezed = re.sub(r"\s", "", text)
        assert colon_hex(bytes(range(18))) in squeezed
        (tmp_path / "response").write_bytes(octets)
        digest = openssl("dgst", "-sha256", str(tmp_path / "response")).split()[-1].upper()
        assert text.splitlines()[-1].strip() == digest
        for name, value in describe_ocsp(octets):
            assert f"{name}:{value}".replace(" ", "") in squeezed

    def test_to_be_signed_bytes_are_no_response(self) -> None:
        with pytest.raises(CeremonyError) as caught:
            ocsp_text(build_response(profile(), HOLES).octets)
        assert caught.value.code == "DESCRIBE"

    def test_the_dump_holds_every_field_and_every_octet(self) -> None:
        octets = build_response(profile(responder_id="name"), HOLES).octets
        text = ocsp_dump(octets)
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= 78
        for name, value in describe_ocsp(octets):
            assert name in text
            assert value in text
        (first, *_) = re.findall(r"^ +(\d+) +(\d+)  SEQUENCE$", text, re.MULTILINE)
        assert first == ("0", str(len(octets)))
        with pytest.raises(CeremonyError):
            ocsp_dump(b"\x30\x00")


class TestPlainWords:
    def test_of_a_revoked_certificate(self) -> None:
        assert ocsp_words(profile(), HOLES, "tls-1", practice=False) == [
            'tls-1 is an OCSP response about the certificate 80:AB of "Uji Root" (ID).',
            "It says that the certificate is revoked since 21 November 2026 09:30:15 UTC, for the reason superseded.",
            'The key of "Uji OCSP" (ID) signs it, with ecdsa-sha256.',
            "It counts from 22 November 2026 09:30:15 UTC.",
            "Its last second is 22 November 2027 09:30:14 UTC: 365 days in all. Until then it answers whoever asks by "
            "sha1, whatever becomes of the certificate.",
        ]

    @pytest.mark.parametrize(
        ("holes", "said"),
        [
            (GOOD, "It says that the certificate is good: it is not revoked."),
            (replace(GOOD, status="unknown"), "It says that the certificate is unknown: this CA has never issued it."),
            (
                replace(HOLES, reason=0),
                "It says that the certificate is revoked since 21 November 2026 09:30:15 UTC, without saying why.",
            ),
        ],
    )
    def test_of_the_others(self, holes: OcspHoles, said: str) -> None:
        assert ocsp_words(profile(), holes, "it", practice=False)[1] == said

    def test_where_the_ca_itself_signs_and_in_practice(self) -> None:
        holes = replace(GOOD, responder_name=GOOD.issuer_name, responder_spki=GOOD.issuer_spki)
        sentences = ocsp_words(profile(), holes, "it", practice=True)
        assert sentences[2] == "The CA's own key signs it, with ecdsa-sha256."
        assert sentences[-1] == "This is PRACTICE: nobody may trust it."


@pytest.mark.skipif(not PUBLISHED, reason="the folder of published responses is not beside this checkout")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_response_is_described_as_another_library_reads_it(path: Path) -> None:
    octets = path.read_bytes()
    fields = dict(describe_ocsp(octets))
    assert ocsp_text(octets).splitlines()[1].strip() == f"Response status: {fields['Response status']}"
    theirs = ocsp.load_der_ocsp_response(octets)
    if theirs.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
        assert fields == {"Response status": "unauthorized"}
        return
    assert fields["Status"] == theirs.certificate_status.name.lower()
    assert int(fields["Serial number"].replace(":", ""), 16) == theirs.serial_number
    assert fields["Issuer key hash"] == colon_hex(theirs.issuer_key_hash)
    assert fields["Certificate hash"] == theirs.hash_algorithm.name
    assert fields["Produced at"] == utc_text(theirs.produced_at_utc)
    assert fields["This update"] == utc_text(theirs.this_update_utc)
    assert fields["Next update"] == utc_text(theirs.next_update_utc)
    assert ("Revoked at" in fields) == (theirs.revocation_time_utc is not None)
    assert ("Reason" in fields) == (theirs.revocation_reason is not None)
    assert sum(name == "Certificate" for name, _ in describe_ocsp(octets)) == len(theirs.certificates)
    for kind, row in (("Answer", theirs.single_extensions), ("Response", theirs.extensions)):
        for extension in row:
            assert f"{kind} extension {extension.oid.dotted_string}" in fields
