"""Profiles that begin as another one: whole keys replace, places stay, and what cannot be is refused at its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.errors import InputError
from ceremony.policy.load import examine_policy, load_policy
from ceremony.policy.models import Policy
from ceremony.policy.schema import policy_schema

POLICY = """\
format: ceremony-policy/1
ca: {name: A CA, country: ID}
cp_cps: {title: A statement, version: "1.0", date: "2026-11-02"}
keys:
  ec: {algorithm: p-384}
certificates:
  root:
    lint_as: root-ca
    subject:
      - {type: CN, value: Root}
    issuer: root
    key: ec
    signature: ecdsa-sha384
    validity: {lifetime: 20y, starts: day}
    extensions:
      - {type: key-usage, critical: true, usages: [keyCertSign, cRLSign]}
      - {type: basic-constraints, critical: true, ca: true}
  second:
    extends: root
    subject:
      - {type: CN, value: Second}
    issuer: second
    validity: {lifetime: 10y}
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """The policy in a file, with texts replaced; each must stand there exactly once."""

    def write(*changes: tuple[str, str], more: str = "") -> Path:
        text = POLICY + more
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


Written = Callable[..., Path]

ROLLOVER = ("    lint_as: root-ca\n", "    lint_as: root-ca\n    rollover: true\n")


def test_a_rollover_is_not_taken_over_in_silence(written: Written) -> None:
    with pytest.raises(InputError) as caught:
        load_policy(written(ROLLOVER))
    (finding,) = caught.value.findings
    assert (finding.rule, finding.subject) == ("POLICY-ROLLOVER", "certificates.second.rollover")
    assert "write in `second` itself" in finding.message
    for word in ("true", "false"):
        made = load_policy(written(ROLLOVER, ("    extends: root\n", f"    extends: root\n    rollover: {word}\n")))
        assert made.policy.certificates["second"].rollover is (word == "true")
    only_the_heir = written(("    extends: root\n", "    extends: root\n    rollover: true\n"))
    assert not load_policy(only_the_heir).policy.certificates["root"].rollover


def test_a_rollover_is_of_a_ca(written: Written) -> None:
    plain = ("      - {type: basic-constraints, critical: true, ca: true}\n", "")
    with pytest.raises(InputError) as caught:
        load_policy(written(ROLLOVER, plain))
    assert {finding.rule for finding in caught.value.findings} == {"POLICY-ROLLOVER"}
    assert "only a CA" in caught.value.findings[0].message


def complaints(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_policy(path)
    return [str(finding).removeprefix(f"{path}:").replace("ERROR ", "") for finding in caught.value.findings]


def test_the_keys_of_the_child_replace_those_of_the_parent_whole(written: Written) -> None:
    policy = load_policy(written()).policy
    root, second = policy.certificates["root"], policy.certificates["second"]
    assert second.extensions == root.extensions
    assert second.validity.lifetime == "10y"
    assert second.validity.starts == "second"  # not merged: the parent's `starts` went with its validity
    assert [attribute.value for attribute in second.subject] == ["Second"]


def test_a_child_says_the_same_as_a_profile_written_out(written: Written, tmp_path: Path) -> None:
    inherited = load_policy(written()).policy
    out = tmp_path / "out.yaml"
    extensions = POLICY[POLICY.index("    extensions:") : POLICY.index("  second:")]
    stated = POLICY.replace(
        "    extends: root\n", "    lint_as: root-ca\n    key: ec\n    signature: ecdsa-sha384\n" + extensions
    )
    out.write_text(stated, encoding="utf-8")
    assert load_policy(out).policy == inherited


def test_inheritance_goes_on_over_generations_in_any_order(written: Written) -> None:
    third = "  a-third:\n    extends: z-fourth\n    validity: {lifetime: 3y}\n  z-fourth:\n    extends: second\n"
    policy = load_policy(written(more=third + "    issuer: root\n    lint_as: non-tls-ca\n")).policy
    assert policy.certificates["a-third"].issuer == "root"
    assert policy.certificates["a-third"].validity.lifetime == "3y"
    assert policy.certificates["z-fourth"].validity.lifetime == "10y"


def test_a_parent_that_does_not_exist_is_refused_at_its_place(written: Written) -> None:
    assert complaints(written(("extends: root", "extends: rot"))) == [
        "19:14: POLICY-EXTENDS: certificates.second.extends: there is no certificate profile `rot` in this policy to "
        "extend; did you mean `root`?"
    ]


def test_a_circle_is_refused_for_each_profile_in_it(written: Written) -> None:
    found = complaints(written(("    lint_as: root-ca", "    extends: second\n    lint_as: root-ca")))
    assert [line.split(": ")[1] for line in found] == ["POLICY-EXTENDS", "POLICY-EXTENDS"]
    assert "circle (root -> second -> root)" in found[0]


def test_what_is_not_a_name_cannot_be_extended(written: Written) -> None:
    assert complaints(written(("extends: root", "extends: [root]"))) == [
        "19:14: POLICY-EXTENDS: certificates.second.extends: must be the name of another profile"
    ]


def test_a_fault_in_an_inherited_key_points_to_the_parents_line(written: Written) -> None:
    found = complaints(written(("signature: ecdsa-sha384", "signature: sha256-rsa")))
    assert [line.split(": ")[0] for line in found] == ["13:16", "13:16"]
    assert ["certificates.root" in found[0], "certificates.second" in found[1]] == [True, True]


def test_a_fault_in_the_childs_own_key_points_to_the_childs_line(written: Written) -> None:
    found = complaints(written(("validity: {lifetime: 10y}", "validity: {lifetime: ten}")))
    assert found[0].startswith("23:26: POLICY-VALUE: certificates.second.validity.lifetime:")


def test_merge_keys_stay_refused(written: Written) -> None:
    assert any("YAML-MERGE" in line for line in complaints(written(("extends: root", "<<: root"))))


def test_the_octets_and_the_hash_are_those_of_the_file(written: Written) -> None:
    path = written()
    loaded, findings = examine_policy(path)
    assert loaded is not None
    assert findings == ()
    assert loaded.document.octets == path.read_bytes()


def test_the_schema_knows_extends_and_asks_for_the_rest_only_without_it() -> None:
    profile = policy_schema()["$defs"]["CertificateProfile"]
    assert profile["properties"]["extends"]["type"] == "string"
    assert profile["anyOf"][0] == {"required": ["extends"]}
    assert "signature" in profile["anyOf"][1]["required"]
    assert "required" not in profile
    assert "extends" not in json.dumps(Policy.model_json_schema()["$defs"]["CertificateProfile"])
