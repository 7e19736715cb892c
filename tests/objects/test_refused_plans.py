"""What nobody may certify or answer for is refused when it is planned, in a sentence; its good twin is planned."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError, InputError, Severity
from ceremony.pki.view import certificate_view
from ceremony.script.objects.base import Setting
from ceremony.script.objects.certificate import CertificateObject
from ceremony.script.objects.ocsp import ResponseObject, answered
from ceremony.script.objects.responses import response_demands
from ceremony.script.plan import Mode
from ceremony.script.world import KnownRevocation
from tests.objects.conftest import Twins
from tests.objects.strangers import P256, openssl, request

DAMAGED = Path(__file__).parents[3] / "shared" / "fixtures" / "requests" / "printed-and-damaged.csr"

GENERATION = (
    "kind: generate-key, key: root-a, profile: ec",
    "kind: self-sign, certificate: root-a, profile: root-a, key: root-a",
    "kind: generate-key, key: root-b, profile: ec",
    "kind: self-sign, certificate: root-b, profile: root-b, key: root-b",
)


def issue(
    name: str = "sub", profile: str = "other-sub", request: str = "requests/new.csr", issuer: str = "root-a"
) -> str:
    return f"kind: issue, certificate: new-{name}, profile: {profile}, request: {request}, issuer: {issuer}"


def cross(what: str, profile: str = "peer-by-a", issuer: str = "root-a") -> str:
    return f"kind: cross-sign, certificate: new-cross, profile: {profile}, {what}, issuer: {issuer}"


def answer(more: str = "certificates: [tsu]", issuer: str = "root-a", responder: str = "answers-a") -> str:
    return f"kind: sign-ocsp, profile: root-a, issuer: {issuer}, responder: {responder}, {more}"


def stranger(twins: Twins) -> Path:
    """A request in good order, for a name and a key that nobody has yet."""
    return request(twins.requests, "new", "/C=ID/O=Customer/CN=Second Customer CA")


PEER = "existing_file: requests/peer.pem, request: requests/peer.csr"


def complaints(twins: Twins, *steps: str) -> dict[str, str]:
    """What the script is refused for before anything is compiled."""
    with pytest.raises(InputError) as refused:
        twins.plan(*steps)
    return {finding.rule: finding.message for finding in refused.value.findings}


class TestRequests:
    def test_a_stranger_s_new_key_is_planned(self, twins: Twins) -> None:
        stranger(twins)
        plan = twins.plan(issue())
        assert plan.ok
        said = " ".join(plan.certificate_named("new-sub").sentences())
        assert "the private half is with whoever holds the key, not here" in said
        assert "The request is requests/new.csr, SHA-256 " in said
        assert "Left open until the day: the serial number, and the dates" in said

    def test_what_is_asked_for_and_not_given_is_said(self, twins: Twins) -> None:
        request(twins.requests, "new", "/C=ID/O=Customer/CN=Second Customer CA", "basicConstraints=critical,CA:true")
        said = " ".join(twins.plan(issue()).certificate_named("new-sub").sentences())
        assert "Basic constraints: critical; CA is asked for, critical; CA; path length 0 is given." in said

    def test_another_name_than_the_policy_s_is_a_warning(self, twins: Twins) -> None:
        request(twins.requests, "new", "/C=ID/O=Customer/CN=Somebody Else")
        plan = twins.plan(issue())
        assert plan.ok
        (warning,) = (item for item in plan.findings if item.rule == "REQ-SUBJECT")
        assert warning.severity is Severity.WARNING
        assert "Somebody Else" in warning.message

    def test_a_printed_and_damaged_request_is_refused_with_its_line(self, twins: Twins) -> None:
        if not DAMAGED.exists():
            pytest.skip("the shared fixtures are not here")
        (twins.requests / "new.csr").write_bytes(DAMAGED.read_bytes())
        said = twins.findings(issue())["REQUEST-READ"]
        assert "The base64 text of this request is damaged. requests/new.csr:" in said

    def test_a_request_that_another_key_signed_is_refused(self, twins: Twins) -> None:
        path = stranger(twins)
        der = bytearray(base64.b64decode("".join(path.read_text().splitlines()[1:-1])))
        der[-3] ^= 1
        path.write_bytes(bytes(der))
        assert set(twins.findings(issue())) == {"REQUEST-POSSESSION"}

    def test_a_key_of_another_kind_is_refused(self, twins: Twins) -> None:
        openssl(
            *("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", twins.requests / "new.key"),
            *("-subj", "/C=ID/O=Customer/CN=Second Customer CA", "-out", twins.requests / "new.csr"),
        )
        assert "REQ-KEY-KIND" in twins.findings(issue())

    def test_a_challenge_password_is_refused(self, twins: Twins) -> None:
        config = twins.requests / "with-password.cnf"
        config.write_text(
            "[req]\nprompt=no\ndistinguished_name=d\nattributes=a\n[d]\nC=ID\nO=Customer\nCN=Second Customer CA\n"
            "[a]\nchallengePassword=hunter22\n"
        )
        out = ("-keyout", twins.requests / "new.key", "-out", twins.requests / "new.csr")
        openssl("req", "-new", *P256, "-config", config, *out)
        assert set(twins.findings(issue())) == {"REQ-SECRET"}

    def test_our_own_key_in_a_request_is_refused(self, twins: Twins, held: Path) -> None:
        ours = held / "archive" / "0002-work" / "requests" / "root-a-onward.csr"
        (twins.requests / "new.csr").write_bytes(ours.read_bytes())
        assert "REQ-KEY-OWN" in twins.findings(issue(issuer="root-a"))

    def test_a_key_that_was_certified_before_is_a_warning(self, twins: Twins) -> None:
        plan = twins.plan(issue("tsu", "tsu", "requests/tsu.csr"))
        assert plan.ok
        assert "REQ-KEY-KNOWN" in {item.rule for item in plan.findings}

    def test_a_renewal_over_the_same_key_keeps_name_and_identifier(self, twins: Twins) -> None:
        timestamping = "purposes: [timeStamping]}\n      - {type: subject-key-identifier, method: "
        twins.edit(f"{timestamping}rfc7093-1", f"{timestamping}copy")
        plan = twins.plan(issue("tsu", "tsu", "requests/tsu.csr"))
        assert plan.ok
        before = certificate_view(plan.world.certificates["tsu"].octets)
        now = certificate_view(plan.certificate_named("new-tsu").to_be_signed.octets)
        assert (now.subject.der, now.key.spki) == (before.subject.der, before.key.spki)
        assert now.subject_key_identifier == before.subject_key_identifier is not None

    def test_a_key_that_was_revoked_as_compromised_is_refused(self, twins: Twins) -> None:
        assert "REQ-KEY-COMPROMISED" in twins.findings(issue(request="requests/sub.csr"))

    def test_what_speaks_against_a_request_cannot_be_waived(self, twins: Twins) -> None:
        waiver = (
            "waivers:\n  - {rules: [REQ-KEY-COMPROMISED], sources: [pkilint], profiles: [other-sub], "
            'reason: Because we wish to., expires: "2099-12-31", approved_by: Nobody}\n'
        )
        twins.edit("keys:\n", f"{waiver}keys:\n")
        assert "WAIVER-UNKNOWN" in complaints(twins, issue(request="requests/sub.csr"))

    def test_nothing_is_issued_with_a_key_that_is_a_stranger_s(self, twins: Twins) -> None:
        twins.edit("Second Customer CA}\n    issuer: root-a", "Second Customer CA}\n    issuer: sub")
        stranger(twins)
        assert set(twins.findings(issue(issuer="sub"))) == {"KEY-ELSEWHERE"}

    def test_the_plan_is_bound_to_the_very_request(self, twins: Twins) -> None:
        stranger(twins)
        before = twins.plan(issue()).sha256
        assert twins.plan(issue()).sha256 == before
        stranger(twins)
        assert twins.plan(issue()).sha256 != before


class TestOurRequests:
    def test_a_request_for_a_key_made_in_the_same_ceremony_is_planned(self, newborn: Twins) -> None:
        ask = "kind: make-request, request: onward, profile: onward, key: root-a"
        newborn.edit("      - {type: subject-key-identifier, method: copy}\n", "")
        plan = newborn.plan("kind: generate-key, key: root-a, profile: ec", ask)
        assert plan.ok, plan.findings
        (made,) = plan.all_objects
        said = " ".join(made.sentences())
        assert "onward asks another CA for a certificate for C=ID, O=Twin CA, CN=Twin Root A." in said
        assert "It asks for these extensions: Basic constraints." in said

    def test_an_identifier_to_copy_must_exist(self, newborn: Twins) -> None:
        ask = "kind: make-request, request: onward, profile: onward, key: root-a"
        assert newborn.findings("kind: generate-key, key: root-a, profile: ec", ask)


class TestCrossCertificates:
    @pytest.mark.parametrize("at", ["requests/peer.pem", "requests/peer.der"])
    def test_a_root_of_somebody_else_is_planned_from_pem_and_der(self, at: str, twins: Twins) -> None:
        if at.endswith(".der"):
            openssl("x509", "-in", twins.requests / "peer.pem", "-outform", "DER", "-out", twins.folder / at)
        plan = twins.plan(cross(PEER.replace("requests/peer.pem", at)))
        assert plan.ok
        assert any(at in sentence for sentence in plan.certificate_named("new-cross").sentences())

    @pytest.mark.parametrize("mode", ["production", "practice"])
    def test_roots_of_one_ceremony_certify_each_other(self, mode: Mode, newborn: Twins) -> None:
        plan = newborn.plan(
            *GENERATION,
            "kind: cross-sign, certificate: a-by-b, profile: a-by-b, existing: root-a, issuer: root-b",
            "kind: cross-sign, certificate: b-by-a, profile: b-by-a, existing: root-b, issuer: root-a",
            mode=mode,
        )
        assert plan.ok, plan.findings
        assert {item.demand.key for item in plan.certificates.values()} == {"root-a", "root-b"}

    def test_a_strange_key_without_its_holder_s_request_is_refused(self, twins: Twins) -> None:
        assert set(twins.findings(cross("existing_file: requests/peer.pem"))) == {"CROSS-REQUEST"}

    def test_a_certificate_from_a_request_is_crossed_with_its_holder_s_request_alone(self, twins: Twins) -> None:
        twins.edit("  peer-by-a:\n", PROFILE_OF_SUB_BY_B + "  peer-by-a:\n")
        assert "CROSS-REQUEST" in twins.findings(cross("existing: tsu", "tsu-by-b", "root-b"))
        assert twins.findings(cross("existing: tsu, request: requests/tsu.csr", "tsu-by-b", "root-b")) == {}

    def test_a_request_by_another_key_is_refused(self, twins: Twins) -> None:
        request(twins.requests, "new", "/C=ID/O=Peer CA/CN=Peer Root")
        wrong = cross("existing_file: requests/peer.pem, request: requests/new.csr")
        assert set(twins.findings(wrong)) == {"REQ-KEY-OTHER"}

    def test_another_key_identifier_is_refused(self, twins: Twins) -> None:
        assert set(twins.findings(cross(PEER, "peer-hashed"))) == {"CROSS-SKI"}

    @pytest.mark.parametrize("mode", ["production", "practice"])
    def test_another_name_is_refused(self, mode: Mode, newborn: Twins) -> None:
        assert newborn.findings(*GENERATION, cross(PEER), mode=mode) == {}
        newborn.edit("value: Peer Root}", "value: Pier Root}")
        assert set(newborn.findings(*GENERATION, cross(PEER), mode=mode)) == {"CROSS-SUBJECT"}

    def test_the_name_of_another_certificate_of_ours_is_refused(self, twins: Twins) -> None:
        assert "CROSS-SUBJECT" in twins.findings(cross("existing: tsu, request: requests/tsu.csr"))

    def test_its_own_key_is_no_issuer(self, twins: Twins) -> None:
        twins.edit("    issuer: root-b\n    key: ec\n", "    issuer: root-a\n    key: ec\n")
        assert set(twins.findings(cross("existing: root-a", "a-by-b"))) == {"CROSS-SELF"}

    @pytest.mark.parametrize("fault", ["two", "text", "tbs", "damaged", "truncated"])
    def test_what_is_not_one_whole_certificate_is_refused(self, fault: str, twins: Twins) -> None:
        path = twins.requests / "peer.pem"
        text = path.read_text()
        der = base64.b64decode("".join(text.splitlines()[1:-1]))
        bad = {
            "two": (text + text).encode(),
            "text": b"Certificate: of somebody",
            "tbs": der[4 : 8 + int.from_bytes(der[6:8], "big")],
            "damaged": text.replace("M", "*", 1).encode(),
            "truncated": der[:-20],
        }[fault]
        path.write_bytes(bad)
        said = twins.findings(cross(PEER))
        assert set(said) == {"CROSS-EXISTING"}
        assert "requests/peer.pem: " in said["CROSS-EXISTING"]


PROFILE_OF_SUB_BY_B = """\
  tsu-by-b:
    lint_as: pkix
    subject:
      - {type: C, value: ID, string: printable}
      - {type: O, value: Customer}
      - {type: CN, value: Time Stamping Unit 1}
    issuer: root-b
    key: ec
    signature: ecdsa-sha256
    validity: {lifetime: 1y}
    extensions:
      - {type: key-usage, critical: true, usages: [digitalSignature]}
      - {type: extended-key-usage, critical: true, purposes: [timeStamping]}
      - {type: subject-key-identifier, method: copy}
      - {type: authority-key-identifier}
      - {type: crl-distribution-points, urls: ["http://pki.example.org/b.crl"]}
"""


class TestResponses:
    def test_the_status_is_that_of_the_record(self, twins: Twins) -> None:
        plan = twins.plan(answer('certificates: [sub, tsu], unknown: ["00c0ffee"]'))
        assert plan.ok
        found = {item.name: item.holes for item in plan.all_objects if isinstance(item, ResponseObject)}
        assert {name: holes.status for name, holes in found.items()} == {
            "sub-ocsp": "revoked",
            "tsu-ocsp": "good",
            "unknown-c0ffee-ocsp": "unknown",
        }
        assert (found["sub-ocsp"].reason, found["tsu-ocsp"].reason) == (1, None)

    def test_a_serial_number_that_was_issued_is_not_unknown(self, twins: Twins) -> None:
        serial = twins.past.register.certificate("tsu").serial  # type: ignore[union-attr] - it is there
        serial = serial.zfill(len(serial) + len(serial) % 2)
        said = twins.findings(answer(f'certificates: [], unknown: ["{serial}"]'))
        assert "It is that of tsu." in said["OCSP-ISSUED"]

    def test_another_ca_s_certificate_is_not_answered_for(self, twins: Twins) -> None:
        assert set(twins.findings(answer("certificates: [a-by-b]"))) == {"OCSP-OTHER-ISSUER"}

    def test_a_responder_that_another_key_of_the_ca_certified_is_refused(self, twins: Twins) -> None:
        twins.edit("  root-a:\n    lint_as: pkix\n", "  root-a:\n    lint_as: pkix\n    rollover: true\n")
        steps = (
            "kind: generate-key, key: next, profile: ec",
            "kind: self-sign, certificate: next, profile: root-a, key: next",
            "kind: generate-key, key: other, profile: ec",
            "kind: issue, certificate: other, profile: answers-a, key: other, issuer: next",
        )
        assert "OCSP-DELEGATE" in twins.findings(*steps, answer(responder="other"))
        assert "OCSP-DELEGATE" not in twins.findings(answer())

    def test_a_revoked_responder_is_refused(self, twins: Twins) -> None:
        revoke = (
            "kind: sign-crl, crl: list-2, profile: root-a, issuer: root-a, "
            "revoke: [{certificate: answers-a, reason: superseded}]"
        )
        assert "RF-5-OCSP" in twins.findings(revoke, answer())

    def test_nothing_to_answer_for_is_refused(self, newborn: Twins) -> None:
        steps = (
            "kind: generate-key, key: answers-a, profile: ec",
            "kind: issue, certificate: answers-a, profile: answers-a, key: answers-a, issuer: root-a",
        )
        assert set(newborn.findings(*GENERATION, *steps, answer("certificates: all"))) == {"OCSP-NONE"}

    def test_what_expires_before_the_clock_is_not_answered_for(self, twins: Twins) -> None:
        plan = twins.plan(answer())
        soon = datetime.now(UTC)
        setting = Setting(plan.policy, plan.world, soon, practice=False, placeholders=True)
        assert {item.name for item in answered(setting, "root-a", soon)} == {"sub", "tsu", "b-by-a", "peer-by-a"}
        later = soon + timedelta(days=700)
        assert {item.name for item in answered(setting, "root-a", later)} == {"sub", "b-by-a", "peer-by-a"}


class TestNames:
    def test_a_certificate_and_a_crl_of_one_name_are_refused(self, twins: Twins) -> None:
        stranger(twins)
        crl = "kind: sign-crl, crl: new-sub, profile: root-a, issuer: root-a"
        said = complaints(twins, issue(), crl)["SCRIPT-NAME"]
        assert said == "`new-sub` would be the name of a certificate and of a CRL of this ceremony; take another name"
        assert twins.plan(issue(), crl.replace("new-sub", "new-list")).ok

    def test_a_request_of_ours_and_a_crl_of_one_name_are_refused(self, twins: Twins) -> None:
        crl = "kind: sign-crl, crl: again, profile: root-a, issuer: root-a"
        ask = "kind: make-request, request: again, profile: onward, key: root-a"
        assert "SCRIPT-NAME" in complaints(twins, ask, crl)

    @pytest.mark.parametrize("first", ["certificates: all", "certificates: [tsu]"])
    def test_two_answers_about_one_certificate_are_refused(self, first: str, twins: Twins) -> None:
        assert "SCRIPT-NAME" in complaints(twins, answer(first), answer("certificates: [tsu]"))
        assert twins.plan(answer("certificates: [sub]"), answer("certificates: [tsu]")).ok

    def test_an_answer_and_a_certificate_of_one_name_are_refused(self, twins: Twins) -> None:
        stranger(twins)
        assert "SCRIPT-NAME" in complaints(twins, issue().replace("new-sub", "tsu-ocsp"), answer())


def test_a_revocation_in_a_list_alone_makes_a_serial_number_known(twins: Twins) -> None:
    plan = twins.plan(answer('certificates: [tsu], unknown: ["0c0ffee0"]'))
    assert plan.ok
    step = next(planned.step for planned in plan.steps if planned.step.kind == "sign-ocsp")
    world = plan.world.copy()
    world.revocations.append(KnownRevocation("root-a", 0xC0FFEE0, "", "2026-01-01T00:00:00Z", "", "root-a", 1))
    with pytest.raises(CeremonyError) as refused:
        response_demands(step, Setting(plan.policy, world, datetime.now(UTC), practice=False, placeholders=True))
    assert refused.value.code == "OCSP-ISSUED"


def test_all_that_is_planned_is_a_certificate_a_list_a_request_or_an_answer(twins: Twins) -> None:
    plan = twins.plan(answer(), "kind: make-request, request: again, profile: onward, key: root-a", cross(PEER))
    assert [item.what for item in plan.all_objects] == ["ocsp-response", "request", "certificate"]
    assert [item.name for item in plan.all_objects if isinstance(item, CertificateObject)] == ["new-cross"]
