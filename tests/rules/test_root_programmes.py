"""Mozilla, Chrome, CCADB: each rule accepts a good certificate, and refuses the same certificate with one thing wrong.

Rules that only people can attest (key age in an audit, disclosure within days, number of roots) are not here: they are
fields of the script and the report.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import builder
import pytest
from builder import CLOCK, CROSS, LONG, OTHER_KEY, OTHER_ROOT, SECOND, TLS, TLS_KEY, policies, purposes
from cases import Case, cert, drop, know, put, scene, table

from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import pack

EKU = facts.EXTENDED_KEY_USAGE
POLICIES = facts.CERTIFICATE_POLICIES
SERVER, CLIENT, MAIL = facts.SERVER_AUTH, facts.CLIENT_AUTH, facts.EMAIL_PROTECTION
BOTH = purposes(SERVER, CLIENT)
EV = facts.EXTENDED_VALIDATION
SPRING = datetime(2026, 6, 14, 23, 59, 59, tzinfo=UTC)
SUMMER = datetime(2026, 6, 15, tzinfo=UTC)
PSS_KEY = TLS_KEY.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0202"), 1)


EV_HERE = replace(TLS.put(POLICIES, policies(EV)), serial=77)
EV_THERE = replace(builder.under(OTHER_ROOT, builder.name("EV"), builder.SPARE_KEY, 78).put(POLICIES, policies(EV)))

CASES = (
    Case("MZ-1", "tls", (cert(spki=PSS_KEY),), why="another key identifier"),
    Case("MZ-1", "tls", (cert(signature=builder.SHA1_RSA),), (cert(signature=builder.SHA256_RSA),), why="SHA-1"),
    Case("MZ-1", "mail", (cert(signature=bytes.fromhex("300506032b6570")),), why="Ed25519"),
    Case("MZ-2", "responder", (drop(facts.OCSP_NO_CHECK),), why="no nocheck"),
    Case(
        "MZ-2",
        "tls",
        (know("twin", replace(TLS, serial=TLS.serial, spki=OTHER_KEY)),),
        (know("sibling", replace(TLS, serial=5, spki=OTHER_KEY)),),
        why="serial number again",
    ),
    Case("MZ-3", "tls", (drop(EKU),), why="no purposes"),
    Case("MZ-3", "tls", (put(EKU, purposes(facts.ANY_PURPOSE)),), (put(EKU, BOTH),), why="any purpose"),
    Case("MZ-3", "mail", (put(EKU, purposes(SERVER, MAIL)),), (put(EKU, purposes(MAIL, CLIENT)),), why="web and mail"),
    Case("MZ-3", "tls", (drop(EKU),), (drop(EKU), scene(clock=datetime(2018, 12, 31, tzinfo=UTC))), why="since 2019"),
    Case(
        "MZ-3",
        "cross",
        (drop(EKU), scene(known=())),
        (drop(EKU),),
        why="cross over a key of no root (a root's key is exempt)",
    ),
    Case("MZ-5", "root", (), (cert(not_after=CLOCK.replace(year=2041) - SECOND),), why="older than 15 years"),
    Case("MZ-5", "root", (scene(purpose="smime"),), (scene(purpose="code-signing"),), why="mail root older than 18"),
    Case("MZ-6", "tls", (put(EKU, purposes(SERVER, MAIL)),), (put(EKU, BOTH),), why="another use under a TLS root"),
    Case("MZ-6", "responder", (put(EKU, purposes(facts.OCSP_SIGNING, CLIENT)),), why="a responder with more"),
    Case("CH-1", "root", (), (cert(not_after=CLOCK.replace(year=2041) - SECOND),), why="older than 15 years"),
    Case("CH-3", "tls", (put(EKU, BOTH),), why="clientAuth"),
    Case("CH-3", "tls", (drop(EKU),), why="no purposes"),
    Case("CH-3", "cross", (drop(EKU), scene(purpose="other")), why="a cross that could serve TLS"),
    Case("CH-3", "mail", (scene(purpose="tls"),), (scene(purpose="smime"),), why="declared for TLS"),
    Case("CH-3", "tls", (put(EKU, BOTH), scene(clock=SUMMER)), (put(EKU, BOTH), scene(clock=SPRING)), why="dated"),
    Case(
        "CH-3-BEFORE",
        "tls",
        (drop(EKU), scene(clock=SPRING)),
        (put(EKU, BOTH), scene(clock=SPRING)),
        why="no purposes before 2026-06-15",
    ),
    Case("CH-3-BEFORE", "tls", (drop(EKU), scene(clock=SPRING)), (drop(EKU), scene(clock=SUMMER)), why="dated"),
    Case(
        "CH-3-KEY",
        "tls",
        (know("twin", replace(TLS.put(EKU, BOTH), serial=5)),),
        (know("twin", replace(TLS, serial=5)),),
        why="other purposes of one key",
    ),
    Case(
        "CH-3-KEY",
        "tls",
        (know("twin", replace(TLS.put(EKU, BOTH), serial=5)),),
        (know("twin", replace(TLS.put(EKU, BOTH), serial=5)), scene(revoked=frozenset({"twin"}))),
        why="unless revoked",
    ),
    Case(
        "CH-3-KEY",
        "tls",
        (know("twin", replace(TLS.put(EKU, BOTH), serial=5), "tls"), scene(placeholders=True)),
        (know("twin", replace(TLS.put(EKU, BOTH), serial=5), "other"), scene(placeholders=True)),
        why="keys by their names while planning",
    ),
    Case("CH-4", "tls", (cert(not_after=CLOCK.replace(year=2029)),), why="one second more than three years"),
    Case("CH-4", "tls", (cert(not_after=LONG),), (cert(not_after=CLOCK.replace(year=2029) - SECOND),), why="20 years"),
    Case("CC-1", "cross", (drop(EKU),), why="no purposes"),
    Case("CC-1", "cross", (put(EKU, BOTH),), (put(EKU, BOTH), scene(purpose="tls-generic")), why="the row of TLS"),
    Case("CC-1", "cross", (scene(purpose="smime"),), (put(EKU, purposes(MAIL)), scene(purpose="smime")), why="S/MIME"),
    Case("CC-1", "cross", (drop(EKU), scene(purpose="other")), (scene(purpose="other"),), why="nothing declared"),
    Case("CC-1", "external cross", (drop(EKU),), why="no purposes, to another owner"),
    Case(
        "CC-1",
        "cross",
        (drop(EKU), scene(clock=datetime(2025, 6, 15, tzinfo=UTC))),
        (drop(EKU), scene(clock=datetime(2025, 6, 14, tzinfo=UTC))),
        why="since 2025-06-15",
    ),
    Case(
        "CC-2",
        "cross",
        (know("ev here", EV_HERE), know("ev there", EV_THERE)),
        (know("ev here", EV_HERE), know("ev there", EV_THERE), put(POLICIES, policies(EV))),
        why="both hierarchies issue EV",
    ),
    Case("CC-2", "cross", (know("a", EV_HERE), know("b", EV_THERE)), (know("a", EV_HERE),), why="one does not"),
)
PACKS = ("mozilla", "chrome", "ccadb")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_accepts_the_good_and_refuses_the_bad(case: Case) -> None:
    assert case.accepted() == ()
    refused = case.refused()
    assert {finding.rule for finding in refused} == {case.rule}


def test_every_rule_of_the_packs_has_its_cases() -> None:
    assert {rule.id for name in PACKS for rule in pack(name)} == {case.rule for case in CASES}


def test_root_over_the_years_is_noticed_by_mozilla_and_chrome() -> None:
    view = builder.SCENES["root"].subject()
    found = {finding.rule: finding.message for name in PACKS for rule in pack(name) for finding in rule.judge(view)}
    assert sorted(found) == ["CH-1", "MZ-5"]
    assert "2041-11-22" in found["CH-1"]


def test_a_cross_certificate_without_purposes_fails_where_the_baseline_only_recommends_them() -> None:
    made = replace(builder.SCENES["cross"], cert=CROSS.drop(EKU))
    view = made.subject()
    names = ("cabf-tls-br", *PACKS)
    errors = {f.rule for name in names for rule in pack(name) for f in rule.judge(view) if f.severity.blocks}
    assert errors == {"CC-1", "CH-3"}


def test_table_of_the_packs(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for name in PACKS:
            print(f"\n{table(name, CASES)}")
