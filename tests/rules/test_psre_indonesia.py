"""The national hierarchy of Indonesia: each rule accepts what its certificates show, and warns of what they do not."""

from __future__ import annotations

from dataclasses import replace

import builder
import pytest
from builder import ROOT, attribute, policies, rdn
from cases import Case, drop, put, scene, self_named, subject, table

from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import pack

C = rdn(attribute(facts.COUNTRY, "ID", "printable"))
O = rdn(attribute(facts.ORGANIZATION, "Kementerian Komunikasi dan Informatika"))  # noqa: E741 - as in a name
CN = rdn(attribute(facts.COMMON_NAME, "Root CA Indonesia DS G1"))
POLICIES = facts.CERTIFICATE_POLICIES
ARC = "2.16.360.1.1.1"
SCENE = "tls"
NATIONAL = put(POLICIES, policies(f"{ARC}.3.12", facts.DOMAIN_VALIDATED))


def described(text: str, string: str = "utf8") -> bytes:
    return rdn(attribute("2.5.4.13", text, string))


CASES = (
    Case("ID-5", "leaf", (scene(issuer=ROOT),), why="the root issues to a subscriber"),
    Case("ID-5", "leaf", (scene(issuer=ROOT),), (scene(issuer=ROOT, lint_as="ocsp-responder"),), why="but a responder"),
    Case("ID-7", SCENE, (put(POLICIES, policies("1.2.3.4")),), (NATIONAL,), why="a policy outside the arc"),
    Case("ID-7", SCENE, (put(POLICIES, policies("2.16.360.1.1.10.1")),), (NATIONAL,), why="an arc that looks like it"),
    Case("ID-7", SCENE, (drop(POLICIES),), (NATIONAL,), why="no policy"),
    Case("ID-8", "root", (self_named(O, CN, C),), (self_named(CN, O, C),), why="another order"),
    Case("ID-8", "root", (self_named(CN, C),), (self_named(C, O, CN),), why="no organisation"),
    Case(
        "ID-8",
        "root",
        (self_named(CN, O, rdn(attribute(facts.COUNTRY, "ID"))),),
        (self_named(CN, O, described("1_a"), C),),
        why="country as UTF8String",
    ),
    Case("ID-8", "root", (self_named(rdn(attribute(facts.COMMON_NAME, "R", "t61")), O, C),), why="teletex"),
    Case("ID-10", "leaf", (subject(C, O, CN, described("TLS")),), (subject(C, O, CN, described("510121_TLS")),)),
    Case(
        "ID-10",
        "leaf",
        (subject(C, O, CN, described("510121_TLS", "printable")),),
        (subject(C, O, CN, described("510121_TLS")),),
        why="not UTF8String",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_accepts_the_good_and_warns_of_the_other(case: Case) -> None:
    assert case.accepted() == ()
    assert {(finding.rule, finding.severity.value) for finding in case.refused()} == {(case.rule, "warning")}


def test_every_rule_of_the_pack_has_its_cases_and_says_that_its_text_was_not_seen() -> None:
    assert {rule.id for rule in pack("psre-indonesia")} == {case.rule for case in CASES}
    assert {rule.source.read for rule in pack("psre-indonesia")} == {"secondary"}


def test_the_order_of_the_national_root_is_for_the_baseline_to_object_to() -> None:
    name = builder.seq(CN, O, C)
    made = replace(builder.SCENES["root"], cert=replace(ROOT, subject=name, issuer=name)).subject()
    found = {
        finding.rule
        for word in ("psre-indonesia", "cabf-tls-br")
        for rule in pack(word)
        for finding in rule.judge(made)
    }
    assert found == {"BR-N2"}


def test_table_of_the_pack(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{table('psre-indonesia', CASES)}")
