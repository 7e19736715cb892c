"""Where pkilint has the same rule, both say the same of every public root: two readings of one text."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ceremony.pki.lint import lint_certificate
from ceremony.pki.view import certificate_view
from ceremony.policy.rules.packs import pack
from ceremony.policy.rules.view import Subject

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)

SAME: dict[str, tuple[str, ...]] = {
    "RF-1": ("pkix.certificate_serial_number_out_of_range",),
    "RF-1-TIME": ("pkix.wrong_time_useful_type",),
    "RF-2": ("pkix.certificate_skid_ca_missing",),
    "RF-2-SHOULD": ("pkix.key_usage_extension_not_critical",),
    "RF-3-NOTICE": ("pkix.rfc5280_certificate_policies_invalid_explicit_text_encoding",),
    "BR-A2-SHOULD": ("cabf.rsa_exponent_not_in_recommended_range",),
    "BR-N2": ("cabf.serverauth.invalid_rdn_order",),
    "BR-N4": (
        "cabf.serverauth.ca.organizational_unit_name_attribute_present",
        "cabf.serverauth.ca.country_attribute_absent",
        "cabf.serverauth.ca.organization_name_attribute_absent",
        "cabf.serverauth.ca.common_name_attribute_absent",
    ),
    "BR-N4-SHOULD": ("cabf.serverauth.ca.unknown_attribute_present",),
    "BR-C2": ("cabf.serverauth.root_validity_period_too_long",),
    "BR-C3": (
        "cabf.serverauth.ca.non_critical_key_usage_extension",
        "cabf.serverauth.root.subject_key_identifier_extension_absent",
        "cabf.serverauth.prohibited_certificate_policy_qualifier_type",
    ),
    "BR-C19": ("cabf.serverauth.crldp_dpname_prohibited_uri_scheme",),
    "BR-C19-SHOULD": ("cabf.serverauth.crldp_multiple_distributionpoints_present",),
}
"""Our rule, and what pkilint calls the faults that it refuses."""


def test_pkilint_and_the_packs_agree_on_every_public_root(record_property: Callable[[str, object], None]) -> None:
    certifi = pytest.importorskip("certifi")
    blocks = PEM.findall(Path(certifi.where()).read_bytes())
    count = dict.fromkeys(SAME, 0)
    apart: list[str] = []
    rules = [rule for name in ("rfc5280", "cabf-tls-br") for rule in pack(name) if rule.id in SAME]
    for number, block in enumerate(blocks):
        octets = base64.b64decode(block)
        view = certificate_view(octets)
        name = f"{number} {view.subject.attributes[-1].text}"
        # On the day after it began, so that only its length is judged and not its beginning.
        subject = Subject(
            name=name,
            certificate=view,
            lint_as="root-ca",
            purpose="tls",
            practice=False,
            clock=view.not_before + timedelta(hours=12),
            key_name="own",
            issuer_key_name="own",
        )
        ours = {rule.id for rule in rules if rule.judge(subject)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the library warns of serial numbers that are not positive
            theirs = {finding.rule for finding in lint_certificate(octets, "root-ca", name)}
        for rule, codes in SAME.items():
            count[rule] += rule in ours
            if (rule in ours) != bool(theirs & set(codes)):
                apart.append(f"{name}: {rule} {'refuses' if rule in ours else 'accepts'}, pkilint does not")
    rows = "\n".join(f"    {rule:<14} {number:>3}" for rule, number in count.items())
    record_property("table", f"refused by our rule and by pkilint alike, of {len(blocks)} public roots\n{rows}")
    assert apart == []
    assert len(blocks) > 100
    assert all(count.values())
