"""Refused before a key is made or a signature asked for: each fault as a plan that cannot be run, and its good sibling.

Of the ten faults that others' ceremonies were seen to make, these concern certificates and stand here: 1 (a cross-
certificate over the wrong key), 4 and 5 (a key made for what fails afterwards: nothing is made before the whole plan
stands), 6 (a purpose with a late date), 8 (a key under a second name), 9 (a PIN in a file) and 10 (rules
skipped by name).
2 (reason codes dropped), 3 (a CRL over another issuer's certificate, or a number used already) and 7 (a good yearly CRL
refused) are of revocation lists, and so is a revocation date in the future: they are in test_crl_faults.py.
What only a signed certificate or a request shows (a weak or off-curve key, RSA exponent and factors) is in
test_keys.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from ceremony.errors import InputError

Spoil = Callable[[Any], None]


@dataclass(frozen=True)
class Fault:
    """What is done to the good CA, the ids that must then stand against the plan, and a sibling that is fine."""

    name: str
    spoil: Spoil
    ids: frozenset[str]
    sibling: Spoil = lambda ca: None

    def __str__(self) -> str:
        return self.name


def fault(name: str, spoil: Spoil, *ids: str, sibling: Spoil = lambda ca: None) -> Fault:
    return Fault(name, spoil, frozenset(ids), sibling)


def cross_over_the_wrong_key(ca: Any) -> None:
    """The subject and the identifier of root-2, the key of another CA. (Fault 1)"""
    make, sign = ca.step("make-tls"), ca.step("sign-cross")
    ca.steps.remove(make)
    ca.steps.insert(ca.steps.index(sign), make)
    sign["key"] = "tls"
    ca.extension("cross", "subject-key-identifier")["method"] = "rfc7093-1"
    # its own certificate goes, so that nothing else is wrong but the key
    ca.steps.remove(ca.step("sign-tls"))


def key_under_a_second_name(ca: Any) -> None:
    """Fault 8."""
    ca.step("sign-tls")["key"] = "root-2"
    ca.steps.remove(ca.step("make-tls"))


def subject_again_with_another_key(ca: Any) -> None:
    ca.profile("tls")["subject"] = copy.deepcopy(ca.profile("root")["subject"])


def identifier_recomputed(ca: Any) -> None:
    ca.extension("cross", "subject-key-identifier")["method"] = "sha1"


def without_purposes(ca: Any) -> None:
    ca.drop("cross", "extended-key-usage")


def skipped_by_name(ca: Any) -> None:
    """Fault 10: a waiver that knows only one of the sources."""
    without_purposes(ca)
    ca.policy["waivers"] = [waiver(["BR-C7-SHOULD"], ["cabf-tls-br"])]


def waived(ca: Any) -> None:
    without_purposes(ca)
    linter = "cabf.serverauth.cross_ca.extended_key_usage_extension_absent"
    sources = ["cabf-tls-br", "ccadb", "chrome", "pkilint"]
    ca.policy["waivers"] = [waiver(["BR-C7-SHOULD", "CC-1", "CH-3", linter], sources)]


def waiver(rules: list[str], sources: list[str]) -> dict[str, Any]:
    return {
        "rules": rules,
        "sources": sources,
        "profiles": ["cross"],
        "reason": "The replacement is planned for the next ceremony.",
        "expires": "2026-12-31",
        "approved_by": "Policy board",
    }


def expired_waiver(ca: Any) -> None:
    waived(ca)
    ca.policy["waivers"][0]["expires"] = "2026-11-21"


def waiver_of_a_code_that_is_none(ca: Any) -> None:
    waived(ca)
    ca.policy["waivers"][0]["rules"][-1] = "cabf.serverauth.cross_ca.no_such_code"


def lasting(profile: str, lifetime: str) -> Spoil:
    return lambda ca: ca.profile(profile).update(validity={"lifetime": lifetime, "starts": "day"})


def dates(profile: str, first: str, last: str) -> Spoil:
    return lambda ca: ca.profile(profile).update(validity={"not_before": first, "not_after": last})


def address(profile: str, url: str) -> Spoil:
    return lambda ca: ca.extension(profile, "crl-distribution-points").update(urls=[url])


def issuers_address(profile: str, url: str) -> Spoil:
    return lambda ca: ca.extension(profile, "authority-information-access")["access"][0].update(url=url)


def path_length(of: str, length: int) -> Spoil:
    return lambda ca: ca.extension(of, "basic-constraints").update(path_length=length)


def ca_below_path_length_nought(ca: Any) -> None:
    ca.extension("root", "basic-constraints")["path_length"] = 0


def names_outside_the_issuers(ca: Any, country: str = "SG") -> None:
    permitted = [{"type": "directory", "name": [{"type": "C", "value": country, "string": "printable"}]}]
    constraints = {"type": "name-constraints", "critical": True, "permitted": permitted}
    ca.profile("root")["extensions"].append(constraints)


def names_inside_the_issuers(ca: Any) -> None:
    names_outside_the_issuers(ca, "ID")


def clients_too(ca: Any) -> None:
    ca.extension("tls", "extended-key-usage")["purposes"] = ["serverAuth", "clientAuth"]


FAULTS = (
    fault("a cross-certificate over the wrong key", cross_over_the_wrong_key, "BR-C5", "CHAIN-SUBJECT", "PLAN-SUBJECT"),
    fault("a key certified under a second name", key_under_a_second_name, "CHAIN-KEY"),
    fault(
        "a CA subject that repeats with another key", subject_again_with_another_key, "CHAIN-SUBJECT", "PLAN-SUBJECT"
    ),
    fault("a key identifier recomputed on a cross-certificate", identifier_recomputed, "BR-C20", "CHAIN-SKI"),
    fault("a cross-certificate without purposes", without_purposes, "CC-1", "CH-3", sibling=waived),
    fault("rules skipped by naming one source", skipped_by_name, "WAIVER-SOURCE", "CC-1", "CH-3", sibling=waived),
    fault("a waiver that has expired", expired_waiver, "WAIVER-EXPIRED", "CC-1", "CH-3", sibling=waived),
    fault(
        "a waiver of a code that the linter has not", waiver_of_a_code_that_is_none, "WAIVER-UNKNOWN", sibling=waived
    ),
    fault("purposes that broke a root programme since June", clients_too, "CH-3"),
    fault("a root of a day too many", lasting("root", "9133d"), "BR-C2", sibling=lasting("root", "9132d")),
    fault(
        "a root of a second too many",
        dates("root", "2026-11-22T00:00:00Z", "2051-11-23T00:00:00Z"),
        "BR-C2",
        sibling=dates("root", "2026-11-22T00:00:00Z", "2051-11-22T23:59:59Z"),
    ),
    fault(
        "a validity beyond the issuer's by a second",
        dates("tls", "2026-11-22T00:00:00Z", "2046-11-22T00:00:00Z"),
        "CHAIN-VALIDITY",
        sibling=dates("tls", "2026-11-22T00:00:00Z", "2046-11-21T23:59:59Z"),
    ),
    fault(
        "a beginning two days ago",
        dates("tls", "2026-11-20T00:00:00Z", "2029-11-19T23:59:59Z"),
        "BR-C17",
        sibling=dates("tls", "2026-11-22T00:00:00Z", "2029-11-21T23:59:59Z"),
    ),
    fault(
        "an address without a host",
        address("tls", "http:///root.crl"),
        "BR-C19",
        "RF-URI",
        sibling=address("tls", "http://pki.uji.example.com/r.crl"),
    ),
    fault("an address of the issuer without a host", issuers_address("tls", "http:///root.der"), "BR-C16", "RF-URI"),
    fault("an address that is not http", address("tls", "ldap://pki.uji.example.com/cn=root"), "BR-C19"),
    fault("a CA below a path length of nought", ca_below_path_length_nought, "CHAIN-PATHLEN"),
    fault(
        "names outside the issuer's constraints",
        names_outside_the_issuers,
        "CHAIN-NAMES",
        sibling=names_inside_the_issuers,
    ),
)


def test_the_good_plan_is_accepted_and_warns_of_nothing(ca: Any) -> None:
    plan = ca.plan()
    assert [str(item) for item in plan.findings if item.severity.value in {"warning", "error", "fatal"}] == []
    assert (plan.key_generations, plan.signatures) == (3, 4)


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_is_refused_by_name_and_its_sibling_is_not(case: Fault, ca: Any) -> None:
    good = copy.deepcopy(ca)
    case.sibling(good)
    assert not good.errors() & case.ids
    case.spoil(ca)
    found = ca.errors()
    assert case.ids <= found, found


@pytest.mark.parametrize("case", FAULTS, ids=str)
def test_points_to_the_line_of_the_profile_at_fault(case: Fault, ca: Any) -> None:
    case.spoil(ca)
    for finding in ca.plan().findings:
        if finding.severity.blocks and not finding.rule.startswith(("PLAN-", "WAIVER-SOURCE")):
            assert finding.where is not None, finding
            assert finding.where.file.endswith("policy.yaml")
            assert finding.where.line


def test_purposes_are_judged_on_the_signing_day(ca: Any) -> None:
    clients_too(ca)
    assert "CH-3" in ca.errors(datetime(2026, 6, 15, tzinfo=UTC))
    assert "CH-3" not in ca.errors(datetime(2026, 6, 14, tzinfo=UTC))


def test_the_waived_plan_can_be_run_and_says_what_it_waives(ca: Any) -> None:
    waived(ca)
    plan = ca.plan()
    assert plan.ok
    assert [(item.certificate, item.sources) for item in plan.waivers] == [
        ("cross", ("pkilint", "cabf-tls-br", "chrome", "ccadb"))
    ]
    from ceremony.script.plain_words import plan_lines

    text = " ".join(" ".join(plan_lines(plan)).split())
    assert "waived until 2026-12-31 by Policy board" in text
    assert "The replacement is planned for the next ceremony." in text


WORDS = [
    ("SHA-1 signatures", lambda ca: ca.profile("tls").update(signature="sha1-rsa"), "POLICY-VALUE"),
    ("a key of 1024 bits", lambda ca: ca.policy["keys"]["ec"].update(algorithm="rsa-1024"), "POLICY-VALUE"),
    ("a serial number of eight octets", lambda ca: ca.profile("tls").update(serial_octets=8), "POLICY-VALUE"),
    ("a misspelt key, as revocations were lost", lambda ca: ca.profile("tls").update(purposse="tls"), "POLICY-UNKNOWN"),
    ("a PIN in the file", lambda ca: ca.policy.update(pin="1234"), "YAML-SECRET"),
    ("a certificate under an issuer not yet made", lambda ca: ca.steps.remove(ca.step("sign-root")), "SCRIPT-ISSUER"),
    ("a key made and put to no use", lambda ca: ca.steps.remove(ca.step("sign-tls")), "KEY-UNUSED"),
]


@pytest.mark.parametrize(("spoil", "rule"), [case[1:] for case in WORDS], ids=[case[0] for case in WORDS])
def test_what_the_language_has_no_word_for_is_refused_when_it_is_read(spoil: Spoil, rule: str, ca: Any) -> None:
    spoil(ca)
    with pytest.raises(InputError) as caught:
        ca.plan()
    assert rule in {finding.rule for finding in caught.value.findings}
