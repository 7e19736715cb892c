"""The registry: every rule once, whole, and found by its id."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

import pytest

from ceremony.errors import CeremonyError
from ceremony.policy.models import CertificateProfile, PackName
from ceremony.policy.rules.facts import EXTENSION_WORDS
from ceremony.policy.rules.packs import all_rules, pack, rule

PARTS = {*CertificateProfile.model_fields, *EXTENSION_WORDS.values(), "qc-statements", ""}


def test_every_pack_of_the_policy_language_has_rules() -> None:
    for name in get_args(PackName):
        assert pack(name)
        assert {item.pack for item in pack(name)} == {name}


def test_every_rule_has_an_id_of_its_own_by_which_it_is_found() -> None:
    assert len({item.id for item in all_rules()}) == len(all_rules()) > 90
    assert all(rule(item.id) is item for item in all_rules())


@pytest.mark.parametrize("item", all_rules(), ids=lambda item: item.id)
def test_a_rule_says_what_from_where_since_when_and_what_to_write_instead(item: Any) -> None:
    assert item.text.endswith(".")
    assert item.advice.endswith(".")
    assert item.section
    assert item.source.title
    assert item.source.read in {"primary", "secondary", "memory"}
    assert item.part in PARTS
    assert not (item.source.read == "memory" and item.severity.blocks)


def test_an_unknown_rule_is_refused_with_those_like_it() -> None:
    with pytest.raises(CeremonyError) as caught:
        rule("BR-Z9")
    assert caught.value.code == "RULE-UNKNOWN"
    assert "BR-A1" in caught.value.detail


def test_an_unknown_pack_is_refused() -> None:
    unknown: Any = "etsi"
    with pytest.raises(CeremonyError) as caught:
        pack(unknown)
    assert caught.value.code == "RULE-PACK"


def test_packs_are_imported_when_they_are_asked_for() -> None:
    code = (
        "import sys; from ceremony.policy.rules import packs; print('ceremony.policy.rules.rfc5280' in sys.modules); "
        "packs.pack('rfc5280'); print('ceremony.policy.rules.rfc5280' in sys.modules, "
        "'ceremony.policy.rules.chrome' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False"]
