"""Ways around the rules that must not work."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from ceremony.pki.judge import type_faults
from ceremony.policy.models import CertificateProfile, Policy
from ceremony.policy.waivers import UNWAIVABLE

PROFILE: dict[str, Any] = {
    "lint_as": "pkix",
    "subject": ({"type": "CN", "value": "x"},),
    "issuer": "x",
    "key": "k",
    "signature": "ecdsa-sha256",
    "validity": {"lifetime": "1y"},
    "extensions": ({"type": "basic-constraints", "critical": True, "ca": True},),
}


def test_an_extension_cannot_stand_twice_by_type_and_by_oid() -> None:
    twice = copy.deepcopy(PROFILE)
    twice["extensions"] += ({"type": "raw", "oid": "2.5.29.19", "critical": True, "der": "3000"},)
    with pytest.raises(ValidationError, match="stands twice"):
        CertificateProfile.model_validate(twice)
    CertificateProfile.model_validate(PROFILE)


def test_broken_der_cannot_be_waived() -> None:
    assert "RF-1" in UNWAIVABLE


def test_a_policy_names_at_least_one_rule_pack() -> None:
    field = Policy.model_json_schema()["properties"]["rule_packs"]
    assert field["minItems"] == 1


class Disguised:
    """The two facts that the check asks for."""

    lint_as, ca = "pkix", True
    key_name, issuer_key_name = "sub", "root"


@pytest.mark.parametrize(("packs", "faults"), [(["cabf-tls-br"], 1), (["rfc5280", "psre-indonesia"], 0)])
def test_a_ca_cannot_hide_from_the_baseline_requirements_as_pkix(packs: list[str], faults: int) -> None:
    said = list(type_faults(Disguised(), packs))  # type: ignore[arg-type]  # two facts are all it asks for
    assert len([sentence for sentence in said if "which kind of CA" in sentence]) == faults
