"""ML-DSA (RFC 9881): planned, built and checked whole; signed where a token can, and said plainly where it cannot."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ceremony.pki.signatures import verify_signature
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.objects.base import Setting
from ceremony.script.plan import Plan
from ceremony.script.world import KnownKey, World
from tests.years.rig import CA, Ca

SETS = {
    "ml-dsa-44": mldsa.MLDSA44PrivateKey,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey,
}
NOW = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
STEPS: list[dict[str, Any]] = [
    {"id": "make-root", "kind": "generate-key", "key": "root", "profile": "pq"},
    {"id": "sign-root", "kind": "self-sign", "certificate": "root", "profile": "pq-root", "key": "root"},
    {"id": "sign-crl", "kind": "sign-crl", "crl": "root-crl", "profile": "pq-root", "issuer": "root", "first": True},
    {"id": "ask", "kind": "make-request", "request": "root-request", "profile": "pq", "key": "root"},
]


def policy(folder: Path, algorithm: str) -> Path:
    """The policy of the years with a root of this algorithm."""
    data = yaml.safe_load((CA / "policy.yaml").read_text())
    data["keys"]["pq"] = {"algorithm": algorithm}
    subject = [
        {"type": "C", "value": "ID", "string": "printable"},
        {"type": "CN", "value": "Root of another kind"},
    ]
    data["certificates"]["pq-root"] = {
        "lint_as": "pkix",
        "subject": subject,
        "issuer": "pq-root",
        "key": "pq",
        "signature": algorithm,
        "validity": {"lifetime": "20y"},
        "extensions": [
            {"type": "basic-constraints", "critical": True, "ca": True},
            {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]},
            {"type": "subject-key-identifier", "method": "sha1"},
            {"type": "authority-key-identifier"},
        ],
    }
    data["crls"]["pq-root"] = {
        "scope": "ca",
        "issuer": "pq-root",
        "signature": algorithm,
        "cycle": {"lifetime": "365d", "renew": "30d"},
        "extensions": [{"type": "authority-key-identifier"}, {"type": "crl-number"}],
    }
    data.setdefault("requests", {})["pq"] = {
        "subject": [dict(part) for part in subject],
        "key": "pq",
        "signature": algorithm,
    }
    path = folder / "pq-policy.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


@pytest.fixture(params=list(SETS))
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def planned(folder: Path, algorithm: str) -> Plan:
    from tests.years.rig import write_script

    shutil.copy(policy(folder, algorithm), folder / "policy.yaml")
    shutil.copy(CA / "people.yaml", folder)
    path = write_script(folder, "pq", STEPS, initialise=True)
    return compile_plan(load_script(path), "practice", NOW)


def test_a_plan_with_such_keys_has_no_findings_that_block(tmp_path: Path, algorithm: str) -> None:
    plan = planned(tmp_path, algorithm)
    assert [str(finding) for finding in plan.findings if finding.severity.blocks] == []
    assert [item.to_be_signed.algorithm for item in plan.all_objects] == [algorithm] * 3


def test_each_kind_of_object_is_built_signed_and_checked(tmp_path: Path, algorithm: str) -> None:
    """With a key in software in the place of the token's; everything around it is what a ceremony uses."""
    private = SETS[algorithm].generate()
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    plan, world = planned(tmp_path, algorithm), World()
    world.add_key(KnownKey("root", algorithm, "pq", spki, "YEARS", "00"))
    for item in plan.all_objects:
        setting = Setting(plan.policy, world.copy(), NOW, practice=True, placeholders=False)
        made = item.demand.draft(setting, 0x5A5A << 100)
        assert [row for row in made.rows() if not row.equal] == []
        assert [str(finding) for finding in made.judged().findings if finding.severity.blocks] == []
        signature = private.sign(made.to_be_signed.octets)
        verify_signature(made.to_be_signed, signature, made.signer_spki)
        whole = made.assemble(signature)
        assert [str(finding) for finding in made.judged(made.lint(whole)).findings if finding.severity.blocks] == []
        assert made.files(whole)[0][1] == whole
        made.learn(world, whole)


def test_a_token_that_cannot_is_said_so_before_a_key_is_made(tmp_path: Path, algorithm: str) -> None:
    ca = Ca(tmp_path, NOW, policy=policy(tmp_path, algorithm))
    with pytest.raises(AssertionError) as stopped:
        ca.hold("pq", STEPS, initialise=True)
    said = str(stopped.value)
    assert f"The token cannot do {algorithm}." in said
    assert "CKM_ML_DSA" in said
    assert "Traceback" not in said
