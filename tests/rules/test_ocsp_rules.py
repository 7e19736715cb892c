"""OCSP responses: each rule accepts a good response, and refuses the same with one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any

import builder
import pytest
from builder import (
    CLOCK,
    DAY,
    LEAF,
    MAIL,
    OTHER_NAME,
    RESPONDER,
    ROOT,
    SECOND,
    SHA1_RSA,
    SHA256_RSA,
    TLS,
    TLS_KEY,
    authority,
    identifier,
    purposes,
    usage,
)
from ocsp_builder import HOUR, KEY_USAGE, SCENES, OcspScene, Single, certificate, extension

from ceremony.errors import Finding, Severity
from ceremony.pki import der
from ceremony.pki.judge_ocsp import judge_ocsp
from ceremony.policy.rules import facts
from ceremony.policy.rules.ocsp_view import NONCE, REASON_CODE, Revoked
from ceremony.policy.rules.packs import all_rules, pack, rule

Change = Callable[[OcspScene], OcspScene]
PACKS: tuple[Any, ...] = ("rfc5280", "cabf-tls-br")
RULES = tuple(item for name in PACKS for item in pack(name, "ocsp"))
NOCHECK, EKU = facts.OCSP_NO_CHECK, facts.EXTENDED_KEY_USAGE
ED25519 = bytes.fromhex("300506032b6570")


def scene(**changes: Any) -> Change:
    """Change what is around the response."""
    return lambda old: replace(old, **changes)


def response(**changes: Any) -> Change:
    """Change fields of the response."""
    return lambda old: replace(old, response=replace(old.response, **changes))


def single(**changes: Any) -> Change:
    """Change every answer in it."""
    return lambda old: response(singles=tuple(replace(item, **changes) for item in old.response.singles))(old)


def delegate(change: Callable[[builder.Cert], builder.Cert]) -> Change:
    """Change the responder's certificate, here and in the response."""

    def changed(old: OcspScene) -> OcspScene:
        assert old.delegate is not None
        made = change(old.delegate)
        return replace(old, delegate=made, response=replace(old.response, certs=(made,)))

    return changed


def holds(span: Any) -> Change:
    """Let nextUpdate be so long after thisUpdate, the last second counted."""
    return single(next_update=CLOCK + span - SECOND)


def nonce(size: int) -> Change:
    return response(extensions=(extension(NONCE, der.encode(der.OCTET_STRING, bytes(size))),))


def revoked(when: datetime, reason: int | None) -> Change:
    """Let record and response say so."""
    (item,) = SCENES["revoked"].response.singles
    return lambda old: single(when=when, reason=reason)(replace(old, revoked=(Revoked(item.serial, when, reason),)))


SIGNED_SHA1 = response(signature=SHA1_RSA)
TWICE = response(extensions=(extension("1.2.3", b"\x05\x00"),) * 2)
REASON = extension(REASON_CODE, b"\x0a\x01\x00")


@dataclass(frozen=True)
class Case:
    """For one rule: a good scene, changes after which it still accepts it, and changes after which it refuses."""

    rule: str
    base: str
    refuses: tuple[Change, ...]
    accepts: tuple[Change, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.why}".strip()

    def judged(self, changes: tuple[Change, ...]) -> tuple[Finding, ...]:
        made = reduce(lambda old, change: change(old), changes, SCENES[self.base])
        return rule(self.rule).judge(made.subject())


CASES = (
    Case("OCSP-FORM", "good", (response(status=6),), why="an error"),
    Case("OCSP-FORM", "good", (response(version=der.encode(0xA0, b"\2\1\1")),), why="version 2"),
    Case("OCSP-FORM", "good", (response(version=der.encode(0xA0, b"\2\1\0")),), why="version 1 written out"),
    Case("OCSP-FORM", "bare", (response(version=der.encode(0xA0, b"\2\1\0")),), why="the same, not yet signed"),
    Case("OCSP-FORM", "good", (response(singles=()),), why="no answer"),
    Case("OCSP-FORM", "good", (response(singles=(Single(TLS.serial),) * 2),), why="two answers for one"),
    Case(
        "OCSP-FORM",
        "good",
        (TWICE,),
        (response(extensions=(extension("1.2.3", b"\x05\x00"), extension("1.2.4", b"\x05\x00"))),),
        why="an extension twice",
    ),
    Case(
        "OCSP-CRITICAL",
        "good",
        (single(extensions=(extension("1.2.3", b"\x05\x00", True),)),),
        (single(extensions=(extension("1.2.3", b"\x05\x00"),)),),
        why="critical",
    ),
    Case(
        "OCSP-TIME",
        "good",
        (response(produced_at=CLOCK + SECOND),),
        (response(produced_at=CLOCK),),
        why="produced in the future",
    ),
    Case(
        "OCSP-TIME",
        "good",
        (response(produced_at=CLOCK - DAY - SECOND), single(this_update=CLOCK - 2 * DAY)),
        (response(produced_at=CLOCK - DAY), single(this_update=CLOCK - 2 * DAY)),
        why="produced two days ago",
    ),
    Case(
        "OCSP-TIME",
        "good",
        (single(this_update=CLOCK + SECOND),),
        (single(this_update=CLOCK - DAY),),
        why="thisUpdate in the future",
    ),
    Case("OCSP-TIME", "good", (response(produced_at=CLOCK - HOUR),), why="thisUpdate after producedAt"),
    Case("OCSP-NEXT", "good", (single(next_update=None),), why="no nextUpdate"),
    Case(
        "OCSP-NEXT",
        "good",
        (single(next_update=CLOCK),),
        (single(next_update=CLOCK + SECOND),),
        why="nextUpdate not after thisUpdate",
    ),
    Case(
        "OCSP-NEXT",
        "good",
        (single(this_update=CLOCK - DAY, next_update=CLOCK - HOUR),),
        why="over before it is signed",
    ),
    Case(
        "OCSP-EXPIRY",
        "good",
        (single(next_update=RESPONDER.not_after + SECOND),),
        (single(next_update=RESPONDER.not_after),),
        why="longer than the responder",
    ),
    Case(
        "OCSP-EXPIRY",
        "by the CA",
        (single(next_update=ROOT.not_after + SECOND),),
        (single(next_update=ROOT.not_after),),
        why="longer than the CA",
    ),
    Case("RF-5-OCSP", "good", (delegate(lambda cert: cert.drop(EKU)),), why="a responder without OCSPSigning"),
    Case(
        "RF-5-OCSP",
        "good",
        (delegate(lambda cert: cert.put(EKU, purposes(facts.SERVER_AUTH))),),
        (delegate(lambda cert: cert.put(EKU, purposes(facts.SERVER_AUTH, facts.OCSP_SIGNING))),),
        why="a responder for servers",
    ),
    Case(
        "RF-5-OCSP",
        "good",
        (delegate(lambda cert: replace(cert, issuer=OTHER_NAME)),),
        why="a responder of another CA",
    ),
    Case(
        "RF-5-OCSP",
        "good",
        (delegate(lambda cert: cert.put(facts.AUTHORITY_KEY_IDENTIFIER, authority(identifier(TLS_KEY)))),),
        why="a responder certified with another key",
    ),
    Case(
        "RF-5-OCSP",
        "good",
        (delegate(lambda cert: cert.put(facts.KEY_USAGE, usage("keyCertSign"))),),
        (delegate(lambda cert: cert.drop(facts.KEY_USAGE)),),
        why="a responder without digitalSignature",
    ),
    Case("RF-5-OCSP", "by the CA", (scene(issuer=ROOT),), why="a CA without digitalSignature"),
    Case(
        "RF-5-OCSP",
        "good",
        (delegate(lambda cert: replace(cert, not_after=CLOCK - SECOND)),),
        (delegate(lambda cert: replace(cert, not_after=CLOCK)),),
        why="an expired responder",
    ),
    Case(
        "RF-5-OCSP",
        "good",
        (scene(revoked=(Revoked(RESPONDER.serial, CLOCK - DAY, 4),)),),
        (scene(revoked=(Revoked(MAIL.serial, CLOCK - DAY, 4),)),),
        why="a revoked responder",
    ),
    Case(
        "OCSP-RESPONDER",
        "good",
        (response(responder=der.encode(0xA1, ROOT.subject)),),
        why="the CA's name where a responder signs",
    ),
    Case(
        "OCSP-RESPONDER",
        "by key",
        (response(responder=der.encode(0xA2, der.encode(der.OCTET_STRING, identifier(ROOT.spki, "sha1")))),),
        why="the CA's key where a responder signs",
    ),
    Case(
        "OCSP-RESPONDER",
        "by key",
        (response(responder=der.encode(0xA2, der.encode(der.OCTET_STRING, identifier(RESPONDER.spki)))),),
        why="a key hash that is not SHA-1",
    ),
    Case("OCSP-CERTS", "good", (response(certs=()),), (response(certs=()), scene(bare=True)), why="no responder in it"),
    Case("OCSP-CERTS", "good", (response(certs=(RESPONDER, ROOT)),), why="the CA's certificate too"),
    Case("OCSP-CERTS", "by the CA", (response(certs=(ROOT,)),), why="the CA's own certificate"),
    Case("OCSP-SIGNATURE", "good", (SIGNED_SHA1, scene(outer=SHA1_RSA)), why="SHA-1"),
    Case("OCSP-SIGNATURE", "bare", (scene(outer=SHA1_RSA),), (single(digest="sha1"),), why="SHA-1 is planned"),
    Case("OCSP-SIGNATURE", "good", (scene(outer=SHA256_RSA),), (scene(outer=b""),), why="another than was planned"),
    Case("OCSP-SIGNATURE", "bare", (scene(outer=SHA256_RSA),), why="RSA with an elliptic key"),
    Case("RF-6", "good", (nonce(32),), (nonce(32), scene(presigned=False)), why="a nonce signed beforehand"),
    Case(
        "RF-6",
        "good",
        (nonce(129), scene(presigned=False)),
        (nonce(128), scene(presigned=False)),
        why="a nonce of 129 octets",
    ),
    Case("RF-6", "good", (nonce(0), scene(presigned=False)), (nonce(1), scene(presigned=False)), why="an empty nonce"),
    Case("OCSP-CERTID", "good", (single(name=OTHER_NAME),), (single(digest="sha256"),), why="another CA's name"),
    Case("OCSP-CERTID", "good", (single(key=builder.key_bits(TLS_KEY)),), why="another CA's key"),
    Case("OCSP-CERTID", "good", (single(digest="md5"),), (single(digest="sha384"),), why="MD5"),
    Case("OCSP-SERIAL", "good", (single(serial=TLS.serial + 1),), (single(serial=RESPONDER.serial),), why="not issued"),
    Case("OCSP-SERIAL", "good", (scene(issued=(replace(TLS, issuer=OTHER_NAME),)),), why="issued by another CA"),
    Case("OCSP-SERIAL", "unknown", (single(status="revoked"),), why="revoked, but never issued"),
    Case("OCSP-STATUS", "good", (scene(revoked=(Revoked(TLS.serial, CLOCK, 4),)),), why="good, though revoked"),
    Case("OCSP-STATUS", "revoked", (scene(revoked=()),), why="revoked, though good"),
    Case("OCSP-STATUS", "good", (single(status="unknown"),), why="unknown, though issued"),
    Case("OCSP-STATUS", "revoked", (single(status="unknown"),), why="unknown, though revoked"),
    Case("OCSP-STATUS", "revoked", (single(when=CLOCK - DAY),), why="another time"),
    Case("OCSP-STATUS", "revoked", (single(reason=1),), (revoked(CLOCK, 1),), why="another reason"),
    Case("OCSP-STATUS", "revoked", (single(reason=None),), (revoked(CLOCK, None),), why="the reason lost"),
    Case("OCSP-FUTURE", "revoked", (revoked(CLOCK + SECOND, 4),), (revoked(CLOCK, 4),), why="a second ahead"),
    Case(
        "OCSP-FUTURE",
        "revoked",
        (single(this_update=CLOCK - HOUR),),
        (revoked(CLOCK, 4), single(this_update=CLOCK)),
        why="revoked after thisUpdate",
    ),
    Case(
        "OCSP-FUTURE",
        "revoked",
        (revoked(CLOCK - SECOND, 4),),
        (revoked(TLS.not_before, 4),),
        why="revoked before it was issued",
    ),
    Case(
        "BR-A4-OCSP",
        "bare",
        (scene(outer=ED25519),),
        (scene(outer=SHA256_RSA),),
        why="Ed25519",
    ),
    Case("BR-A4-OCSP", "good", (SIGNED_SHA1,), why="SHA-1"),
    Case("BR-R10", "good", (holds(365 * DAY + SECOND),), (holds(365 * DAY),), why="a second more than a year"),
    Case(
        "BR-R10-SUBSCRIBER",
        "subscriber",
        (holds(10 * DAY + SECOND),),
        (holds(10 * DAY),),
        why="a second more than 10 days",
    ),
    Case("BR-R10-SUBSCRIBER", "subscriber", (holds(8 * HOUR - SECOND),), (holds(8 * HOUR),), why="under 8 hours"),
    Case("BR-R10-SIGNER", "good", (delegate(lambda cert: cert.drop(NOCHECK)),), why="no ocsp-no-check"),
    Case(
        "BR-R10-SIGNER",
        "good",
        (delegate(lambda cert: cert.put(EKU, purposes(facts.OCSP_SIGNING, facts.CLIENT_AUTH))),),
        why="a second purpose",
    ),
    Case("BR-R10-SIGNER", "good", (delegate(lambda cert: cert.put(*KEY_USAGE)),), why="a responder that may certify"),
    Case("BR-R10-SIGNER", "by the CA", (scene(issuer=ROOT),), why="a CA without digitalSignature"),
    Case("BR-R11", "revoked", (single(reason=None),), why="a CA revoked without a reason"),
    Case("BR-R11", "revoked", (single(reason=6),), (single(reason=1),), why="certificateHold"),
    Case("BR-R11", "revoked", (single(reason=0),), (single(reason=9),), why="unspecified"),
    Case(
        "BR-R11",
        "subscriber",
        (single(status="revoked", reason=2),),
        (single(status="revoked", reason=1),),
        why="a subscriber's CA compromised",
    ),
    Case("BR-R11", "revoked", (single(reason=10),), (single(reason=2),), why="aACompromise"),
    Case(
        "BR-R11",
        "responder revoked",
        (single(reason=2),),
        (single(reason=1),),
        why="cACompromise of what is no CA",
    ),
    Case("BR-R11-SHOULD", "revoked", (single(reason=2),), (single(reason=1),), why="cACompromise"),
    Case("BR-R11", "good", (single(extensions=(REASON,)),), why="a reasonCode as singleExtension"),
    Case(
        "BR-R11",
        "subscriber",
        (single(status="revoked", reason=6),),
        (single(status="revoked", reason=None),),
        why="a subscriber on hold",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_accepts_and_refuses(case: Case) -> None:
    assert case.judged(case.accepts) == ()
    refused = case.judged(case.refuses)
    assert {finding.rule for finding in refused} == {case.rule}
    assert all(finding.source in PACKS and finding.subject == "it" for finding in refused)


def test_every_rule_has_a_case() -> None:
    assert {item.id for item in RULES} == {item.id for item in all_rules() if item.kind == "ocsp"}
    assert {item.id for item in RULES} == {case.rule for case in CASES}


@pytest.mark.parametrize("base", SCENES)
def test_a_good_response_in_its_place_has_no_findings(base: str) -> None:
    subject = SCENES[base].subject()
    assert [finding for item in RULES for finding in item.judge(subject)] == []


def test_rules_of_one_kind_do_not_look_at_another() -> None:
    bad = TWICE(SCENES["good"]).subject()
    assert [finding.rule for item in RULES for finding in item.judge(bad)] == ["OCSP-FORM"]
    assert [finding for name in PACKS for item in pack(name) for finding in item.judge(bad)] == []
    assert [finding for item in RULES for finding in item.judge(builder.SCENES["root"].subject())] == []


def judged(made: OcspScene, octets: bytes | None = None, **changes: Any) -> list[str]:
    given: dict[str, Any] = {
        "packs": PACKS,
        "name": "it",
        "clock": made.clock,
        "issuer_certificate": certificate(made.issuer),
        "delegate_certificate": certificate(made.delegate) if made.delegate else None,
        "issued": [(str(place), cert.tbs()) for place, cert in enumerate(made.issued)],
        "revoked": made.revoked,
        "algorithm": "ecdsa-sha384",
    }
    findings = judge_ocsp(octets or made.response.octets(), **(given | changes))
    assert all(finding.subject == "it" for finding in findings)
    return [f"{finding.rule} {finding.severity.value}" for finding in findings]


class TestJudge:
    @pytest.mark.parametrize("base", SCENES)
    def test_accepts_good_responses_in_every_wrapping(self, base: str) -> None:
        made = SCENES[base]
        for octets in (made.response.octets(), made.response.basic(), made.response.data()):
            assert judged(made, octets) == []

    def test_says_everything_at_once(self) -> None:
        made = single(serial=5, this_update=CLOCK + DAY)(SCENES["good"])
        assert judged(made) == ["OCSP-TIME error", "OCSP-SERIAL error"]

    def test_asks_only_the_packs_in_force(self) -> None:
        made = holds(500 * DAY)(SCENES["good"])
        assert judged(made) == ["BR-R10 error"]
        assert judged(made, packs=("rfc5280",)) == []

    @pytest.mark.parametrize(
        "octets", [b"\x30\x00", b"\x30\x03\x0a\x01\x00", b"\x30\x03\x0a\x01\x04", LEAF.tbs(), b"?"]
    )
    def test_bytes_that_cannot_be_read_are_fatal(self, octets: bytes) -> None:
        assert judged(SCENES["good"], octets) == ["OCSP-FORM fatal"]

    @pytest.mark.parametrize("what", ["issuer_certificate", "delegate_certificate"])
    def test_a_certificate_that_cannot_be_read_is_fatal(self, what: str) -> None:
        assert judged(SCENES["good"], **{what: b"\x30\x00"}) == ["CHECK-CRASH fatal"]


def test_table_of_the_rules(record_property: Callable[[str, object], None]) -> None:
    lines = [f"OCSP {'rule':<18} {'severity':<8} {'source':<34} {'accepts':>7} {'refuses':>7}  it refuses"]
    for item in RULES:
        mine = [case for case in CASES if case.rule == item.id]
        accepts = sum(not case.judged(case.accepts) for case in mine)
        refuses = sum(bool(case.judged(case.refuses)) for case in mine)
        assert accepts
        assert refuses
        assert item.severity in {Severity.ERROR, Severity.WARNING}
        why = "; ".join(case.why for case in mine)
        lines.append(f"     {item.id:<18} {item.severity.value:<8} {item.section:<34} {accepts:>7} {refuses:>7}  {why}")
    record_property("table", "\n".join(lines))
