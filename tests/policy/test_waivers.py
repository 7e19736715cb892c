"""Waivers: what one does, and what makes one no waiver at all."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import Finding, InputError, Severity
from ceremony.policy.equivalent import same_demand
from ceremony.policy.load import load_policy
from ceremony.policy.models import Policy
from ceremony.policy.waivers import apply_waivers, check_waivers_on

DAY = date(2026, 11, 22)
REASON = "Decided by the board in its meeting of November."
LINTER = "cabf.serverauth.cross_ca.extended_key_usage_extension_absent"


def profile(name: str) -> dict[str, Any]:
    return {
        "lint_as": "root-ca",
        "subject": [{"type": "CN", "value": name}],
        "issuer": name,
        "key": "ec",
        "signature": "ecdsa-sha384",
        "validity": {"lifetime": "20y"},
        "extensions": [
            {"type": "basic-constraints", "critical": True, "ca": True},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]},
        ],
    }


def waiver(**changes: Any) -> dict[str, Any]:
    return {
        "rules": ["CC-1", "CH-3"],
        "sources": ["ccadb", "chrome"],
        "profiles": ["cross"],
        "reason": REASON,
        "expires": "2027-11-21",
        "approved_by": "Policy board",
        **changes,
    }


def data(*waivers: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": "ceremony-policy/1",
        "ca": {"name": "A CA", "country": "ID"},
        "cp_cps": {"title": "A statement", "version": "1", "date": "2026-11-02"},
        "waivers": list(waivers),
        "keys": {"ec": {"algorithm": "p-384"}},
        "certificates": {"cross": profile("cross"), "root": profile("root")},
    }


def policy(*waivers: dict[str, Any]) -> Policy:
    return Policy.model_validate_json(json.dumps(data(*waivers)))


def finding(rule: str, source: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule, severity, f"{rule} is broken", "cross-1", source=source)


CC, CH = finding("CC-1", "ccadb"), finding("CH-3", "chrome")
LINT = finding(LINTER, "pkilint 0.13.3", Severity.WARNING)


def applied(found: tuple[Finding, ...], *waivers: dict[str, Any], name: str = "cross", day: date = DAY) -> Any:
    return apply_waivers(found, policy(*waivers), name, "cross-1", day)


class TestWhatAWaiverDoes:
    def test_what_it_waives_stays_in_sight_as_a_notice_with_reason_and_approver(self) -> None:
        found, used = applied((CC, CH), waiver())
        assert [(item.rule, item.severity) for item in found] == [("CC-1", Severity.NOTICE), ("CH-3", Severity.NOTICE)]
        assert found[0].message == f"CC-1 is broken. Waived until 2027-11-21 by Policy board: {REASON}"
        assert [(item.rules, item.sources, item.certificate) for item in used] == [
            (("CC-1", "CH-3"), ("ccadb", "chrome"), "cross-1")
        ]

    def test_it_speaks_of_no_other_rule_and_no_other_profile(self) -> None:
        other = finding("BR-C2", "cabf-tls-br")
        assert applied((other,), waiver()) == ((other,), ())
        assert applied((CC, CH), waiver(), name="root") == ((CC, CH), ())

    def test_a_source_left_out_makes_it_waive_nothing(self) -> None:
        found, used = applied((CC, CH), waiver(sources=["ccadb"]))
        assert used == ()
        assert {item.rule for item in found if item.severity.blocks} == {"CC-1", "CH-3", "WAIVER-SOURCE"}
        assert "chrome says the same" in next(item.message for item in found if item.rule == "WAIVER-SOURCE")

    def test_a_source_that_only_warns_of_the_same_must_be_named_too(self) -> None:
        found, _ = applied((CC, CH, LINT), waiver())
        assert "WAIVER-SOURCE" in {item.rule for item in found}
        named = waiver(rules=["CC-1", "CH-3", LINTER], sources=["ccadb", "chrome", "pkilint"])
        found, used = applied((CC, CH, LINT), named)
        assert {item.severity for item in found} == {Severity.NOTICE}
        assert used[0].sources == ("ccadb", "chrome", "pkilint")

    def test_two_waivers_cannot_share_out_the_sources_of_one_demand(self) -> None:
        apart = (
            waiver(rules=["CC-1"], sources=["ccadb"]),
            waiver(rules=["CH-3"], sources=["chrome"]),
        )
        found, used = applied((CC, CH), *apart)
        assert used == ()
        assert {"CC-1", "CH-3"} <= {item.rule for item in found if item.severity.blocks}

    def test_a_fatal_finding_is_never_waived(self) -> None:
        fatal = finding("CC-1", "ccadb", Severity.FATAL)
        assert applied((fatal,), waiver()) == ((fatal,), ())

    def test_it_holds_through_its_last_day_and_not_after(self) -> None:
        assert applied((CC, CH), waiver(), day=date(2027, 11, 21))[1] != ()
        assert applied((CC, CH), waiver(), day=date(2027, 11, 22)) == ((CC, CH), ())


class TestOnTheDay:
    def on(self, day: date, *waivers: dict[str, Any], broken: tuple[Finding, ...] = (CC, CH)) -> list[Any]:
        made = policy(*waivers)
        _, used = apply_waivers(broken, made, "cross", "cross-1", day)
        return [(item.rule, item.severity) for item in check_waivers_on(made, day, {"cross"}, used)]

    def test_an_expired_one_is_an_error_even_where_it_is_not_needed(self) -> None:
        assert self.on(date(2027, 11, 22), waiver(), broken=()) == [("WAIVER-EXPIRED", Severity.ERROR)]
        assert self.on(DAY, waiver()) == []

    def test_one_that_nothing_needs_is_a_warning_for_each_rule(self) -> None:
        assert self.on(DAY, waiver(), broken=(CC,)) == [("WAIVER-UNUSED", Severity.WARNING)]

    def test_one_that_runs_for_more_than_two_years_is_a_warning(self) -> None:
        assert self.on(DAY, waiver(expires="2028-11-23")) == [("WAIVER-LONG", Severity.WARNING)]
        assert self.on(DAY, waiver(expires="2028-11-22")) == []
        leap = date(2028, 2, 29)
        assert self.on(leap, waiver(expires="2030-03-02")) == [("WAIVER-LONG", Severity.WARNING)]
        assert self.on(leap, waiver(expires="2030-03-01")) == []
        assert self.on(date(2027, 1, 1), waiver(expires="2028-11-23")) == []

    def test_waivers_of_profiles_that_are_not_planned_are_left_alone(self) -> None:
        assert list(check_waivers_on(policy(waiver()), date(2030, 1, 1), {"root"}, ())) == []


REFUSED = [
    ("more than five rules", {"rules": ["CC-1", "CC-2", "CH-3", "CH-4", "MZ-3", "MZ-6"]}, "WAIVER-BROAD"),
    ("every profile of the policy", {"profiles": ["root", "cross"]}, "WAIVER-BROAD"),
    ("a wildcard", {"rules": ["BR-*"]}, "WAIVER-BROAD"),
    ("a check that crashed", {"rules": ["CHECK-CRASH"]}, "WAIVER-BROAD"),
    ("a rule that nobody has", {"rules": ["CC-99"]}, "WAIVER-UNKNOWN"),
    ("a profile that is not there", {"profiles": ["corss"]}, "WAIVER-UNKNOWN"),
    ("a reason that says nothing", {"reason": "Because."}, "WAIVER-REASON"),
    ("blanks for a reason", {"reason": " " * 40}, "WAIVER-REASON"),
    ("a day that does not exist", {"expires": "2027-02-30"}, "POLICY-DATE"),
    ("a source that is none", {"sources": ["everybody"]}, "POLICY-VALUE"),
    ("no expiry", {"expires": None}, "POLICY-TYPE"),
]


def load(tmp_path: Path, *waivers: dict[str, Any]) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(json.dumps(data(*waivers), indent=1), encoding="utf-8")  # JSON is YAML
    return load_policy(path).policy


@pytest.mark.parametrize(("changes", "rule"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_is_refused_with_its_place_when_the_policy_is_read(tmp_path: Path, changes: Any, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, waiver(**changes))
    assert [item.rule for item in caught.value.findings] == [rule]
    assert caught.value.findings[0].where is not None
    assert caught.value.findings[0].where.line


def test_a_waiver_that_names_what_there_is_is_accepted(tmp_path: Path) -> None:
    sources = ["ccadb", "chrome", "pkilint"]
    assert len(load(tmp_path, waiver(rules=["CC-1", "CH-3", LINTER], sources=sources)).waivers) == 1


SOME, OTHERS = ["BR-C2", "BR-C3", "BR-C4"], ["BR-C6", "BR-C7", "BR-C8"]


def test_rules_are_counted_over_all_waivers_of_a_profile(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, waiver(rules=SOME), waiver(rules=OTHERS), waiver(rules=["CC-1"]))
    (finding,) = caught.value.findings
    assert (finding.rule, finding.subject) == ("WAIVER-BROAD", "waivers[1]")
    assert finding.message == "with this, 6 rules are waived for cross; at most 5 may be"
    assert finding.where is not None


@pytest.mark.parametrize(
    "second",
    [waiver(rules=OTHERS[:2]), waiver(rules=[*SOME[:1], *OTHERS[:2]]), waiver(rules=OTHERS, profiles=["root"])],
    ids=["five in all", "one of them twice", "another profile"],
)
def test_five_rules_in_all_are_accepted_for_a_profile(tmp_path: Path, second: dict[str, Any]) -> None:
    assert len(load(tmp_path, waiver(rules=SOME), second).waivers) == 2


def test_ids_of_one_demand_know_each_other() -> None:
    same = ("BR-C7-SHOULD", "BR-C8", "CC-1", "CH-3", "MZ-3", LINTER)
    assert all(same_demand(one, other) for one in same for other in same)
    assert not same_demand("CC-1", "BR-C2")
    assert not same_demand("unknown", "CC-1")
