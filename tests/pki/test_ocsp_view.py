"""What rules see of an OCSP response: published ones as openssl reads them, and ones that another library makes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.pki.judge_ocsp import judge_ocsp
from ceremony.pki.lint_ocsp import lint_ocsp
from ceremony.pki.ocsp_envelope import draft, enveloped
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import REASON_CODE, STATUSES, OcspView, Revoked

SHARED = Path(os.environ.get("CEREMONY_SHARED") or Path(__file__).parents[3] / "shared")
PUBLISHED = sorted((SHARED / "fixtures" / "ocsp").glob("*"))
SHA384 = hashes.SHA384()
SHA1 = hashes.SHA1()  # noqa: S303 - the hash of a CertID only finds the certificate
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
PACKS: Any = ("rfc5280", "cabf-tls-br")


def published(function: Any) -> Any:
    """Run a test over every published response."""
    found = pytest.mark.skipif(not PUBLISHED, reason="the folder of published responses is not beside this checkout")
    return found(pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)(function))


def line(text: str, label: str) -> str:
    """What openssl prints behind a label; nothing where it does not print it."""
    match = re.search(rf"^\s*{label}: (.*)$", text, re.MULTILINE)
    return match[1].strip() if match else ""


def printed(moment: datetime | None) -> str:
    """A moment as openssl prints it."""
    return "" if moment is None else moment.strftime("%b {:2} %H:%M:%S %Y GMT").format(moment.day)


def agrees(view: OcspView, text: str) -> None:
    """Every fact of one answer, as `openssl ocsp -resp_text` prints it."""
    (single,) = view.responses
    assert line(text, "OCSP Response Status") == f"{STATUSES[view.response_status]} ({view.response_status:#x})"
    assert line(text, "Version") == f"{view.version} (0x0)"
    assert line(text, "Produced At") == printed(view.produced_at)
    responder = line(text, "Responder Id")
    if view.responder_key_hash is not None:
        assert responder == view.responder_key_hash.hex().upper()
    else:
        assert view.responder_name is not None
        assert [part.partition(" = ")[2] for part in responder.split(", ")] == [
            attribute.text for attribute in view.responder_name.attributes
        ]
    assert (
        line(text, "Hash Algorithm")
        == {"1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256"}[single.hash_algorithm]
    )
    assert line(text, "Issuer Name Hash") == single.issuer_name_hash.hex().upper()
    assert line(text, "Issuer Key Hash") == single.issuer_key_hash.hex().upper()
    assert int(line(text, "Serial Number"), 16) == single.serial_number
    assert line(text, "Cert Status") == single.status
    assert line(text, "This Update") == printed(single.this_update)
    assert line(text, "Next Update") == printed(single.next_update)
    assert line(text, "Revocation Time") == printed(single.revoked_at)
    reason = "" if single.reason is None else f"{REASONS[single.reason]} ({single.reason:#x})"
    assert line(text, "Revocation Reason") == reason
    assert ("OCSP Nonce" in text) == (view.nonce is not None)
    assert ("CRL Reason Code" in text) == any(part.oid == REASON_CODE for part in single.extensions)
    assert text.count("BEGIN CERTIFICATE") == len(view.certificates)


@published
def test_a_published_response_is_seen_as_openssl_sees_it(path: Path, openssl: Callable[..., str]) -> None:
    view = ocsp_view(path.read_bytes())
    assert view.irregularities == ()
    if view.response_status:
        assert view == OcspView(octets=b"", response_status=view.response_status)
        assert STATUSES[view.response_status] == "unauthorized"
        return
    agrees(view, openssl("ocsp", "-respin", str(path), "-resp_text", "-noverify"))


@published
def test_a_published_response_is_seen_alike_in_every_wrapping(path: Path) -> None:
    view = ocsp_view(path.read_bytes())
    if view.response_status:
        return
    bare = ocsp_view(view.octets)
    assert (bare.responses, bare.extensions, bare.produced_at) == (view.responses, view.extensions, view.produced_at)
    assert (bare.signature_algorithm_der, bare.certificates) == (b"", ())


@published
def test_a_published_response_can_be_judged_and_linted(path: Path, kit: Any) -> None:
    findings = judge_ocsp(
        path.read_bytes(), packs=PACKS, name="it", clock=NOW, issuer_certificate=kit.root().der, algorithm=None
    )
    assert findings
    assert {"CHECK-CRASH", "LINT-CRASH"}.isdisjoint(f.rule for f in (*findings, *lint_ocsp(path.read_bytes(), "it")))


@dataclass(frozen=True)
class Made:
    """A root, a subordinate CA, a responder, and the responder's key."""

    root: Any
    subordinate: Any
    responder: Any
    key: Any

    def response(self, status: str, **more: Any) -> bytes:
        """A response signed beforehand, made by another library."""
        good = {"good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED}
        built = ocsp.OCSPResponseBuilder()
        if status == "unknown":
            name, key = (hashlib.sha1(part, usedforsecurity=False).digest() for part in self.issuer_parts())
            built = built.add_response_by_hash(
                name, key, 2**70, SHA1, ocsp.OCSPCertStatus.UNKNOWN, NOW, NOW + 364 * DAY, None, None
            )
        else:
            when, reason = (NOW, more.get("reason")) if status == "revoked" else (None, None)
            built = built.add_response(
                self.subordinate,
                self.root,
                more.get("digest", SHA1),
                good[status],
                NOW,
                NOW + 364 * DAY,
                when,
                reason,
            )
        encoding = more.get("responder", ocsp.OCSPResponderEncoding.NAME)
        built = built.responder_id(encoding, self.responder).certificates([self.responder])
        octets: bytes = built.sign(self.key, SHA384).public_bytes(Encoding.DER)
        return octets

    def issuer_parts(self) -> tuple[bytes, bytes]:
        spki = self.root.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return self.root.subject.public_bytes(), spki

    def judged(self, octets: bytes, *revoked: Revoked) -> list[str]:
        produced = ocsp_view(octets).produced_at
        assert produced is not None
        findings = judge_ocsp(
            octets,
            packs=PACKS,
            name="it",
            clock=produced,
            issuer_certificate=self.root.public_bytes(Encoding.DER),
            delegate_certificate=self.responder.public_bytes(Encoding.DER),
            issued=[("sub", self.subordinate.public_bytes(Encoding.DER))],
            revoked=revoked,
            algorithm="ecdsa-sha384",
        )
        return [finding.rule for finding in findings]


def issue(subject: str, key: Any, issuer: Any, issuer_key: Any, *extensions: tuple[Any, bool]) -> Any:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)])
    made = x509.CertificateBuilder(
        issuer_name=issuer.subject if issuer else name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW - timedelta(hours=1),
        not_valid_after=NOW + 2000 * DAY,
    )
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    made = made.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
    )
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    return made.sign(issuer_key, SHA384)


def usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(signs, False, False, False, False, not signs, not signs, False, False)


@pytest.fixture(scope="module")
def made() -> Made:
    root_key, sub_key, key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(3))
    ca = ((x509.BasicConstraints(True, None), True), (usage(signs=False), True))
    root = issue("Uji Root", root_key, None, root_key, *ca)
    responder = issue(
        "Uji OCSP",
        key,
        root,
        root_key,
        (usage(signs=True), True),
        (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.OCSP_SIGNING]), False),
        (x509.OCSPNoCheck(), False),
    )
    return Made(root, issue("Uji CA", sub_key, root, root_key, *ca), responder, key)


class TestSignedBeforehand:
    """By another library, with a responder: read alike by openssl, accepted by the packs and by the linter."""

    @pytest.mark.parametrize(
        ("status", "more"),
        [
            ("good", {}),
            ("good", {"digest": hashes.SHA256(), "responder": ocsp.OCSPResponderEncoding.HASH}),
            ("revoked", {"reason": x509.ReasonFlags.cessation_of_operation}),
            ("unknown", {}),
        ],
    )
    def test_is_accepted(
        self, made: Made, status: str, more: dict[str, Any], tmp_path: Path, openssl: Callable[..., str]
    ) -> None:
        octets = made.response(status, **more)
        view = ocsp_view(octets)
        record = [Revoked(made.subordinate.serial_number, NOW, 5)] if status == "revoked" else []
        assert (made.judged(octets, *record), made.judged(view.octets, *record)) == ([], [])
        assert lint_ocsp(octets, "it") == ()
        (tmp_path / "response").write_bytes(octets)
        agrees(view, openssl("ocsp", "-respin", str(tmp_path / "response"), "-resp_text", "-noverify"))

    def test_is_read_by_openssl_with_the_same_verdict(
        self, made: Made, tmp_path: Path, openssl: Callable[..., str]
    ) -> None:
        for name, certificate in (("root", made.root), ("sub", made.subordinate)):
            (tmp_path / name).write_bytes(certificate.public_bytes(Encoding.PEM))
        (tmp_path / "response").write_bytes(made.response("revoked", reason=x509.ReasonFlags.superseded))
        root = str(tmp_path / "root")
        asked = ("-issuer", root, "-cert", str(tmp_path / "sub"), "-CAfile", root, "-no_nonce")
        text = openssl("ocsp", "-respin", str(tmp_path / "response"), *asked)
        assert "Response verify OK" in text
        assert "Reason: superseded" in text

    def test_without_a_reason_is_refused_for_a_ca(self, made: Made) -> None:
        octets = made.response("revoked")
        assert made.judged(octets, Revoked(made.subordinate.serial_number, NOW)) == ["BR-R11"]

    def test_that_loses_the_reason_of_the_record_is_refused(self, made: Made) -> None:
        octets = made.response("revoked")
        assert made.judged(octets, Revoked(made.subordinate.serial_number, NOW, 1)) == ["OCSP-STATUS", "BR-R11"]

    def test_good_for_what_is_revoked_is_refused(self, made: Made) -> None:
        assert made.judged(made.response("good"), Revoked(made.subordinate.serial_number, NOW, 1)) == ["OCSP-STATUS"]


class TestEnvelope:
    def test_of_the_same_parts_is_the_same_response(self, made: Made) -> None:
        octets = made.response("good")
        view = ocsp_view(octets)
        certificate = made.responder.public_bytes(Encoding.DER)
        assert enveloped(view.octets, "ecdsa-sha384", view.signature, [certificate]) == octets

    def test_a_draft_of_unsigned_bytes_can_be_linted_and_judged(self, made: Made, kit: Any) -> None:
        data = ocsp_view(made.response("good")).octets
        octets = draft(data, "ecdsa-sha384", kit.spki_of(made.key), [made.responder.public_bytes(Encoding.DER)])
        assert ocsp_view(octets).octets == data
        assert lint_ocsp(octets, "it") == ()
        assert made.judged(octets) == []


class TestLint:
    def test_a_fault_is_found_under_its_own_code(self, made: Made) -> None:
        data = ocsp_view(made.response("good", responder=ocsp.OCSPResponderEncoding.HASH)).octets
        _, *rest = der.read_one(data).children()
        responder = der.encode(0xA2, der.encode(der.OCTET_STRING, bytes(18)))
        short = der.encode(der.SEQUENCE, responder, *(element.octets for element in rest))
        found = lint_ocsp(enveloped(short, "ecdsa-sha384", b"\1"), "it")
        assert "pkix.ocsp_responderid_keyhash_is_not_sha1" in {finding.rule for finding in found}

    @pytest.mark.parametrize("octets", [b"", b"?", b"\x30\x03\x0a\x01"])
    def test_bytes_that_it_cannot_read_are_a_crash_and_never_a_pass(self, octets: bytes) -> None:
        (finding,) = lint_ocsp(octets, "it")
        assert (finding.rule, finding.severity.value) == ("LINT-CRASH", "fatal")


class TestWhatIsNotAResponse:
    @settings(max_examples=300, deadline=None)
    @given(octets=st.binary(max_size=80))
    def test_raises_nothing_else(self, octets: bytes) -> None:
        for tried in (octets, der.encode(der.SEQUENCE, octets)):
            try:
                ocsp_view(tried)
            except DerError:
                continue

    def test_nor_does_a_response_with_an_octet_changed_or_cut(self, made: Made) -> None:
        octets = made.response("revoked", reason=x509.ReasonFlags.superseded)
        for place in range(0, len(octets), 3):
            for tried in (octets[:place], octets[:place] + bytes([octets[place] ^ 0x21]) + octets[place + 1 :]):
                try:
                    ocsp_view(tried)
                except DerError:
                    continue

    def test_a_certificate_inside_that_cannot_be_read_is_listed(self, made: Made) -> None:
        view = ocsp_view(made.response("good"))
        view = ocsp_view(enveloped(view.octets, "ecdsa-sha384", view.signature, [b"\x30\x00"]))
        assert view.certificates == ()
        assert any("a certificate cannot be read" in fault for fault in view.irregularities)
