"""Responses of ours before their judges: openssl, GnuTLS, the rule packs, the linter, and clients that really ask."""

from __future__ import annotations

import http.server
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp as theirs

from ceremony.errors import CeremonyError
from ceremony.pki.describe_ocsp import describe_ocsp
from ceremony.pki.judge_ocsp import judge_ocsp
from ceremony.pki.lint_ocsp import lint_ocsp
from ceremony.pki.ocsp import OcspHoles, assemble_response, build_response, update_period
from ceremony.pki.ocsp_envelope import draft
from ceremony.pki.ocsp_view import ocsp_view
from ceremony.pki.signatures import verify_signature
from ceremony.pki.tbs import split_tbs
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.pki.wanted import compare
from ceremony.pki.wanted_ocsp import wanted_ocsp_fields
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import Revoked
from ceremony.policy.status import OcspProfile

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
"""The judges outside look at the clock of the machine."""
SUBORDINATE, DELEGATE, NEVER_ISSUED = 0x7A01, 0x7A02, 0x7AFF
PACKS: Any = ("rfc5280", "cabf-tls-br")


def delegate_data() -> dict[str, Any]:
    return {
        "lint_as": "ocsp-responder",
        "purpose": "ocsp",
        "subject": [
            {"type": "C", "value": "ID", "string": "printable"},
            {"type": "O", "value": "Balai Uji", "string": "utf8"},
            {"type": "CN", "value": "Uji OCSP 1", "string": "utf8"},
        ],
        "issuer": "root",
        "key": "ocsp-key",
        "signature": "ecdsa-sha384",
        "validity": {"lifetime": "1y"},
        "extensions": [
            {"type": "key-usage", "critical": True, "usages": ["digitalSignature"]},
            {"type": "extended-key-usage", "critical": False, "purposes": ["OCSPSigning"]},
            {"type": "ocsp-no-check"},
            {"type": "subject-key-identifier", "method": "sha1"},
            {"type": "authority-key-identifier"},
        ],
    }


def profile(**changes: Any) -> OcspProfile:
    data = {
        "issuer": "root",
        "responder": "ocsp",
        "signature": "ecdsa-sha384",
        "cycle": {"lifetime": "365d", "margin": "1d", "renew": "30d"},
    }
    return OcspProfile.model_validate_json(json.dumps(data | changes))


@dataclass(frozen=True)
class World:
    """A root, a CA below it, and a responder that the root has certified; the folder has them as files."""

    kit: Any
    root: Any
    subordinate: Any
    delegate: Any
    delegate_key: Any
    folder: Path

    def holes(self, **changes: Any) -> OcspHoles:
        root, responder = (split_tbs(made.tbs.octets) for made in (self.root, self.delegate))
        period = update_period(profile().cycle, NOW)
        holes = OcspHoles(
            issuer_name=root.subject,
            issuer_spki=root.spki,
            responder_name=responder.subject,
            responder_spki=responder.spki,
            serial_number=SUBORDINATE,
            status="good",
            this_update=period.this_update,
            next_update=period.next_update,
            produced_at=NOW,
        )
        return replace(holes, **changes)

    def response(self, chosen: OcspProfile | None = None, **changes: Any) -> bytes:
        made = build_response(chosen or profile(), self.holes(**changes))
        signature = self.kit.sign(self.delegate_key, made)
        verify_signature(made, signature, self.kit.spki_of(self.delegate_key))
        return assemble_response(made, signature, [self.delegate.der])

    def signed_by_the_ca(self, **changes: Any) -> bytes:
        root = split_tbs(self.root.tbs.octets)
        made = build_response(profile(), self.holes(responder_name=root.subject, responder_spki=root.spki, **changes))
        return assemble_response(made, self.kit.sign(self.kit.key, made))

    def judged(self, octets: bytes, *revoked: Revoked, by_the_ca: bool = False) -> list[str]:
        findings = judge_ocsp(
            octets,
            packs=PACKS,
            name="it",
            clock=NOW,
            issuer_certificate=self.root.der,
            delegate_certificate=None if by_the_ca else self.delegate.der,
            issued=[("sub", self.subordinate.der), ("ocsp", self.delegate.der)],
            revoked=revoked,
            algorithm="ecdsa-sha384",
        )
        return [finding.rule for finding in findings]

    def asked(self, octets: bytes, *more: str) -> tuple[int, str]:
        """What `openssl ocsp` says of a response about the subordinate CA, and its exit status."""
        (self.folder / "response").write_bytes(octets)
        usual = ("-issuer", "root.pem", "-cert", "sub.pem", "-CAfile", "root.pem", "-no_nonce")
        return self.run("openssl", "ocsp", "-respin", "response", *(more or usual))

    def run(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(command, cwd=self.folder, capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()


@dataclass(frozen=True)
class Maker:
    kit: Any
    folder: Path

    def __call__(
        self, *, root_signs: bool = False, without: str = "", ends: timedelta = 365 * DAY, begins: timedelta = -DAY
    ) -> World:
        """A world whose root may sign responses too, or whose delegate lacks an extension, or lives otherwise."""
        kit = self.kit
        data = kit.root_data()
        if root_signs:
            data["extensions"][1]["usages"].insert(0, "digitalSignature")
        root = kit.issue(kit.profile_of(data), not_before=NOW - 2 * DAY, not_after=NOW + 3650 * DAY, serial_number=7)
        sub = kit.intermediate(root, not_before=NOW - DAY, not_after=NOW + 1800 * DAY, serial_number=SUBORDINATE)
        responder = delegate_data()
        responder["extensions"] = [each for each in responder["extensions"] if each["type"] != without]
        key = kit.new_key("p-384")
        delegate = kit.issue(
            kit.profile_of(responder),
            root.profile,
            key=key,
            issuer_key=kit.key,
            not_before=NOW + begins,
            not_after=NOW + ends,
            serial_number=DELEGATE,
        )
        for name, made in (("root", root), ("sub", sub), ("delegate", delegate)):
            certificate = x509.load_der_x509_certificate(made.der)
            (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "delegate.key").write_bytes(private)
        return World(kit, root, sub, delegate, key, self.folder)


@pytest.fixture
def make(kit: Any, tmp_path: Path) -> Maker:
    return Maker(kit, tmp_path)


@pytest.fixture
def world(make: Maker) -> World:
    return make()


def printed(moment: datetime) -> str:
    return moment.strftime("%b {:2} %H:%M:%S %Y GMT").format(moment.day)


class TestAccepted:
    """Read by openssl with the right verdict; clean before the packs and the linter."""

    @pytest.mark.parametrize("responder_id", ["key-hash", "name"])
    @pytest.mark.parametrize("digest", ["sha1", "sha256"])
    def test_good(self, world: World, responder_id: str, digest: str) -> None:
        octets = world.response(profile(responder_id=responder_id, certificate_hash=digest))
        asked = ("-issuer", "root.pem", f"-{digest}", "-cert", "sub.pem", "-CAfile", "root.pem", "-no_nonce")
        status, text = world.asked(octets, *asked)
        assert status == 0
        assert "sub.pem: good" in text
        assert "Response verify OK" in text
        assert "Status times invalid" not in text
        assert world.judged(octets) == []
        assert lint_ocsp(octets, "it") == ()

    def test_only_a_client_that_asks_by_the_same_hash_finds_it(self, world: World) -> None:
        status, text = world.asked(world.response(profile(certificate_hash="sha256")))  # openssl asks by sha1
        assert status == 1
        assert "No Status found" in text

    @pytest.mark.parametrize("reason", [1, 3, 4, 5])
    def test_revoked_with_reason_and_time(self, world: World, reason: int) -> None:
        when = NOW - timedelta(hours=3)
        octets = world.response(status="revoked", revoked_at=when, reason=reason)
        status, text = world.asked(octets)
        assert status == 0
        assert "sub.pem: revoked" in text
        assert f"Reason: {REASONS[reason]}" in text
        assert f"Revocation Time: {printed(when)}" in text
        assert "Response verify OK" in text
        assert world.judged(octets, Revoked(SUBORDINATE, when, reason)) == []
        assert lint_ocsp(octets, "it") == ()

    def test_unknown_for_a_serial_number_that_was_never_issued(self, world: World) -> None:
        octets = world.response(status="unknown", serial_number=NEVER_ISSUED)
        asked = ("-issuer", "root.pem", "-serial", hex(NEVER_ISSUED), "-CAfile", "root.pem", "-no_nonce")
        status, text = world.asked(octets, *asked)
        assert status == 0
        assert f"{NEVER_ISSUED:#x}: unknown" in text
        assert "Response verify OK" in text
        assert world.judged(octets) == []
        assert lint_ocsp(octets, "it") == ()

    def test_about_the_responder_itself(self, world: World) -> None:
        assert world.judged(world.response(serial_number=DELEGATE)) == []

    def test_signed_by_a_ca_that_may(self, make: Maker) -> None:
        world = make(root_signs=True)
        octets = world.signed_by_the_ca()
        assert "Response verify OK" in world.asked(octets)[1]
        assert world.judged(octets, by_the_ca=True) == []
        assert lint_ocsp(octets, "it") == ()

    @pytest.mark.parametrize("kind", ["rsa-2048", "p-256", "p-521", "ed25519"])
    def test_signed_by_any_kind_of_key_that_openssl_knows(self, make: Maker, kind: Any) -> None:
        algorithm = {
            "rsa-2048": "sha256-rsa-pss",
            "p-256": "ecdsa-sha256",
            "p-521": "ecdsa-sha512",
            "ed25519": "ed25519",
        }[kind]
        world, key = make(), make.kit.new_key(kind)
        delegate = make.kit.issue(
            world.delegate.profile,
            world.root.profile,
            key=key,
            issuer_key=make.kit.key,
            not_before=NOW - DAY,
            not_after=NOW + 400 * DAY,
        )
        other = replace(world, delegate=delegate, delegate_key=key)
        octets = other.response(profile(signature=algorithm))
        status, text = other.asked(octets)
        assert status == 0
        assert "Response verify OK" in text

    def test_signed_by_a_key_in_a_token(self, make: Maker, token: Any) -> None:
        world = make()
        with token.module.open(token.info, token.pin) as session:
            key = session.generate_key("ocsp-key", b"\x01", "p-384")
            delegate = make.kit.issue(
                world.delegate.profile,
                world.root.profile,
                issuer_key=make.kit.key,
                spki=key.spki,
                not_before=NOW - DAY,
                not_after=NOW + 400 * DAY,
            )
            other = replace(world, delegate=delegate)
            made = build_response(profile(), other.holes())
            signature = session.sign(b"\x01", made.algorithm, made.octets)
        verify_signature(made, signature, key.spki)
        octets = assemble_response(made, signature, [delegate.der])
        assert "Response verify OK" in other.asked(octets)[1]
        assert other.judged(octets) == []

    def test_gnutls_verifies_it_too(self, world: World) -> None:
        (world.folder / "response").write_bytes(world.response())
        load = ("--load-response", "response", "--load-trust", "root.pem", "--load-issuer", "root.pem")
        status, text = world.run("ocsptool", "--verify-response", *load)
        assert status == 0
        assert "Certificate Status: good" in text
        assert "Verifying OCSP Response: Success." in text

    def test_the_unsigned_data_and_its_draft_are_clean_before_anything_is_signed(self, world: World) -> None:
        made = build_response(profile(), world.holes())
        planned = draft(made.octets, made.algorithm, world.kit.spki_of(world.delegate_key), [world.delegate.der])
        assert world.judged(made.octets) == []
        assert world.judged(planned) == []
        assert lint_ocsp(planned, "it") == ()
        assert "Response Verify Failure" in world.asked(planned)[1]


class TestRefused:
    def test_for_another_issuer_there_is_no_answer(self, world: World) -> None:
        status, text = world.asked(
            world.response(), "-issuer", "sub.pem", "-cert", "sub.pem", "-CAfile", "root.pem", "-no_nonce"
        )
        assert status == 1
        assert "No Status found" in text
        root = split_tbs(world.subordinate.tbs.octets)
        other = world.response(issuer_name=root.subject, issuer_spki=root.spki)
        assert world.judged(other) == ["OCSP-CERTID", "OCSP-CERTID"]
        assert "No Status found" in world.asked(other)[1]

    def test_a_chain_to_another_root_is_not_believed(self, world: World) -> None:
        status, text = world.asked(
            world.response(), "-issuer", "root.pem", "-cert", "sub.pem", "-CAfile", "sub.pem", "-no_nonce"
        )
        assert status == 1
        assert "Response Verify Failure" in text

    def test_after_its_next_update_it_is_expired(self, world: World) -> None:
        octets = world.response(this_update=NOW - 3 * DAY, next_update=NOW - 2 * DAY)
        _, text = world.asked(octets)  # openssl complains, and leaves with 0 all the same
        assert "status expired" in text
        assert world.judged(octets) == ["OCSP-NEXT"]

    def test_before_its_this_update_it_does_not_count_yet(self, world: World) -> None:
        octets = world.response(this_update=NOW + 3 * DAY)
        assert "status not yet valid" in world.asked(octets)[1]
        assert world.judged(octets) == ["OCSP-TIME"]

    def test_a_delegate_without_its_purpose_is_seen(self, make: Maker) -> None:
        world = make(without="extended-key-usage")
        octets = world.response()
        status, text = world.asked(octets)
        assert status == 1
        assert "missing ocspsigning usage" in text
        assert world.judged(octets) == ["RF-5-OCSP", "BR-R10-SIGNER"]

    def test_a_delegate_that_a_client_must_ask_about_is_seen(self, make: Maker) -> None:
        world = make(without="ocsp-no-check")
        assert world.judged(world.response()) == ["BR-R10-SIGNER"]

    def test_a_response_that_outlives_its_delegate_is_seen(self, make: Maker) -> None:
        world = make(ends=40 * DAY)
        octets = world.response()
        assert world.judged(octets) == ["OCSP-EXPIRY"]
        later = str(int((NOW + 60 * DAY).timestamp()))
        asked = ("-issuer", "root.pem", "-cert", "sub.pem", "-CAfile", "root.pem", "-no_nonce")
        assert world.asked(octets, *asked)[0] == 0
        status, text = world.asked(octets, *asked, "-attime", later)
        assert status == 1
        assert "certificate has expired" in text

    def test_a_delegate_whose_time_is_over_is_seen(self, make: Maker) -> None:
        world = make(begins=-2 * DAY, ends=-DAY)
        octets = world.response(next_update=NOW + DAY)
        status, text = world.asked(octets)
        assert status == 1
        assert "certificate has expired" in text
        assert world.judged(octets) == ["OCSP-EXPIRY", "RF-5-OCSP"]

    def test_a_delegate_of_another_ca_is_seen(self, world: World) -> None:
        stranger = world.kit.issue(
            world.delegate.profile,
            world.subordinate.profile,
            key=world.delegate_key,
            issuer_key=world.kit.other_key,
            not_before=NOW - DAY,
            not_after=NOW + 400 * DAY,
        )
        other = replace(world, delegate=stranger)
        octets = other.response()
        assert other.asked(octets)[0] == 1
        assert other.judged(octets) == ["RF-5-OCSP"]

    def test_without_the_delegates_certificate_a_client_must_have_it_already(self, world: World) -> None:
        made = build_response(profile(include_certificate=False), world.holes())
        octets = assemble_response(made, world.kit.sign(world.delegate_key, made))
        asked = ("-issuer", "root.pem", "-cert", "sub.pem", "-CAfile", "root.pem", "-no_nonce")
        status, text = world.asked(octets)
        assert status == 1
        assert "signer certificate not found" in text
        assert "Response verify OK" in world.asked(octets, *asked, "-verify_other", "delegate.pem")[1]
        assert world.judged(octets) == ["OCSP-CERTS"]

    def test_a_ca_that_may_not_sign_responses_is_seen(self, world: World) -> None:
        assert world.judged(world.signed_by_the_ca(), by_the_ca=True) == ["RF-5-OCSP", "BR-R10-SIGNER"]

    def test_another_signer_than_the_one_named_is_seen(self, world: World) -> None:
        made = build_response(profile(), world.holes())
        octets = assemble_response(made, world.kit.sign(world.kit.other_key, made), [world.delegate.der])
        assert world.asked(octets)[0] == 1
        with pytest.raises(CeremonyError) as caught:
            verify_signature(made, ocsp_view(octets).signature, world.kit.spki_of(world.delegate_key))
        assert caught.value.code == "SIG-VERIFY"

    def test_a_revoked_ca_without_a_reason_is_refused(self, world: World) -> None:
        octets = world.response(status="revoked", revoked_at=NOW)
        assert world.judged(octets, Revoked(SUBORDINATE, NOW)) == ["BR-R11"]

    def test_more_than_twelve_months_are_refused(self, world: World) -> None:
        octets = world.response(next_update=NOW + 366 * DAY)
        assert set(world.judged(octets)) == {"BR-R10", "OCSP-EXPIRY"}

    def test_each_changed_octet_is_refused(self, world: World) -> None:
        holes = world.holes(status="revoked", revoked_at=NOW, reason=4)
        octets = world.response(status="revoked", revoked_at=NOW, reason=4)
        record = Revoked(SUBORDINATE, NOW, 4)
        spki = world.kit.spki_of(world.delegate_key)

        def accepted(tried: bytes) -> bool:
            if world.judged(tried, record):
                return False
            view = ocsp_view(tried)
            try:
                verify_signature(ToBeSigned("ocsp-response", view.octets, "ecdsa-sha384"), view.signature, spki)
            except CeremonyError:
                return False
            wanted = wanted_ocsp_fields(profile(), holes, [world.delegate.der])
            return all(row.equal for row in compare(wanted, describe_ocsp(tried)))

        assert accepted(octets)
        changed = (
            octets[:place] + bytes([octets[place] ^ 1 << place % 8]) + octets[place + 1 :]
            for place in range(len(octets))
        )
        assert not any(accepted(tried) for tried in changed)
        assert not any(accepted(octets[:size]) for size in range(0, len(octets), 40))


@contextmanager
def handed_out(responses: dict[int, bytes]) -> Iterator[int]:
    """A web server that hands out what was signed beforehand, by serial number (RFC 6960 A.1); the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = theirs.load_der_ocsp_request(self.rfile.read(int(self.headers["Content-Length"])))
            octets = responses[asked.serial_number]
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


@contextmanager
def responder(world: World, index: str, answers: int) -> Iterator[int]:
    """openssl as a responder that signs with the delegate's key; the port. It ends by itself after so many answers."""
    (world.folder / "index.txt").write_text(index)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    signer = ("-rsigner", "delegate.pem", "-rkey", "delegate.key", "-CA", "root.pem")
    command = ("openssl", "ocsp", "-index", "index.txt", "-port", str(port), *signer, "-ndays", "1")
    with (world.folder / "responder.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-nrequest", str(answers)], cwd=world.folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield port
        finally:
            process.kill()
            process.wait(10)


def patient(ask: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Ask until the responder has begun to listen."""
    for _ in range(100):
        status, text = ask()
        if "onnection refused" not in text and "onnect error" not in text:
            break
        time.sleep(0.05)
    return status, text


class TestClients:
    """Questions over a socket, as the text for users puts them: issuer, certificate, URL."""

    def test_are_answered_with_what_was_signed_beforehand(self, world: World) -> None:
        when = NOW - timedelta(hours=1)
        responses = {
            SUBORDINATE: world.response(status="revoked", revoked_at=when, reason=1),
            DELEGATE: world.response(serial_number=DELEGATE),
            NEVER_ISSUED: world.response(status="unknown", serial_number=NEVER_ISSUED),
        }
        with handed_out(responses) as port:
            for subject, verdict in (
                (("-cert", "sub.pem"), "sub.pem: revoked"),
                (("-cert", "delegate.pem"), "delegate.pem: good"),
                (("-serial", hex(NEVER_ISSUED)), f"{NEVER_ISSUED:#x}: unknown"),
            ):
                chain = ("-issuer", "root.pem", "-CAfile", "root.pem")
                url = f"http://127.0.0.1:{port}/"
                status, text = world.run("openssl", "ocsp", *chain, *subject, "-req_text", "-url", url)
                assert status == 0
                assert verdict in text
                assert "Response verify OK" in text
                assert "no nonce in response" in text

    def test_are_answered_by_a_responder_that_runs_with_the_delegates_certificate(self, world: World) -> None:
        date, ends = ((NOW + days * DAY).strftime("%y%m%d%H%M%SZ") for days in (-1, 1000))
        index = (
            f"V\t{ends}\t\t{DELEGATE:04X}\tunknown\t/CN=Uji OCSP 1\n"
            f"R\t{ends}\t{date},keyCompromise\t{SUBORDINATE:04X}\tunknown\t/CN=Uji TLS CA 1\n"
        )
        questions = [
            (("-cert", "delegate.pem"), r"delegate\.pem: good"),
            (("-cert", "sub.pem"), r"sub\.pem: revoked[\s\S]*Reason: keyCompromise"),
            (("-serial", hex(NEVER_ISSUED)), f"{NEVER_ISSUED:#x}: unknown"),
        ]
        with responder(world, index, len(questions)) as port:
            for subject, verdict in questions:
                chain = ("-issuer", "root.pem", "-CAfile", "root.pem")
                url = f"http://127.0.0.1:{port}/"

                def ask(subject: Any = subject, chain: Any = chain, url: str = url) -> tuple[int, str]:
                    return world.run("openssl", "ocsp", *chain, *subject, "-url", url, "-timeout", "20")

                status, text = patient(ask)
                assert status == 0, text
                assert re.search(verdict, text), text
                assert "Response verify OK" in text
