"""The linter of others, in process: what it says, and that its failure is never a pass."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, get_args

import pytest

from ceremony.errors import Severity
from ceremony.pki import lint
from ceremony.pki.certificate import assemble, build_certificate, dummy_signature
from ceremony.pki.keys import placeholder_spki
from ceremony.pki.lint import lint_certificate
from ceremony.policy.models import LintType


def blocking(certificate: bytes, lint_as: LintType) -> set[str]:
    return {finding.rule for finding in lint_certificate(certificate, lint_as, "it") if finding.severity.blocks}


def test_a_good_root_and_a_good_intermediate_pass(kit: Any) -> None:
    root = kit.root()
    assert blocking(root.der, "root-ca") == set()
    assert blocking(kit.intermediate(root).der, "internal-unconstrained-tls-ca") == set()


@pytest.mark.parametrize("algorithm", ["rsa-2048", "rsa-4096", "p-256", "p-384", "p-521"])
def test_a_plan_over_a_placeholder_and_a_dummy_signature_passes(kit: Any, algorithm: Any) -> None:
    signature = {"p-256": "ecdsa-sha256", "p-384": "ecdsa-sha384", "p-521": "ecdsa-sha512"}.get(algorithm, "sha384-rsa")
    profile = kit.profile_of(kit.root_data() | {"signature": signature})
    spki = placeholder_spki(algorithm)
    holes = kit.holes(profile, kit.key, kit.key, spki=spki, issuer_spki=spki)
    tbs = build_certificate(profile, profile, holes, practice=False)
    findings = lint_certificate(assemble(tbs, dummy_signature(tbs.algorithm, spki)), "root-ca", "it")
    assert {finding.severity for finding in findings} <= {Severity.NOTICE, Severity.INFO}


def test_severities_are_kept_by_name(kit: Any) -> None:
    data = kit.root_data()
    data["extensions"].pop()
    findings = lint_certificate(kit.issue(kit.profile_of(data)).der, "root-ca", "it")
    assert {finding.rule: finding.severity for finding in findings} == {
        "cabf.ca_certificate_no_digital_signature_bit": Severity.NOTICE,
        "cabf.serverauth.root.authority_key_identifier_extension_absent": Severity.WARNING,
        "pkix.subject_key_identifier_rfc7093_method_1_identified": Severity.INFO,
    }
    assert all(finding.source.startswith("pkilint ") and finding.subject == "it" for finding in findings)


def test_a_fault_is_found_by_type(kit: Any) -> None:
    data = kit.intermediate_data()
    del data["extensions"][1]
    root = kit.root()
    made = kit.issue(kit.profile_of(data), root.profile, key=kit.other_key, issuer_key=kit.key)
    assert blocking(made.der, "internal-unconstrained-tls-ca") != set()
    assert blocking(made.der, "pkix") == set()


@pytest.mark.parametrize("lint_as", get_args(LintType))
def test_every_type_of_the_policy_is_known_to_the_linter(kit: Any, lint_as: LintType) -> None:
    findings = lint_certificate(kit.root().der, lint_as, "it")
    assert lint.CRASH not in {finding.rule for finding in findings}


@pytest.mark.parametrize("octets", [b"", b"text", b"\x30\x00", b"\x30\x03\x02\x01\x00"])
def test_bytes_that_the_linter_cannot_read_are_fatal(octets: bytes) -> None:
    assert [(f.rule, f.severity) for f in lint_certificate(octets, "pkix", "it")] == [(lint.CRASH, Severity.FATAL)]


def test_a_type_that_the_linter_does_not_know_is_fatal(kit: Any) -> None:
    assert blocking(kit.root().der, "no-such-type") == {lint.CRASH}  # type: ignore[arg-type] # its refusal is the point


def test_a_validator_that_crashes_is_fatal(kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pkilint.pkix.certificate import certificate_validator

    def broken(*_: object) -> None:
        raise RuntimeError("a fault inside the linter")

    assert lint.CRASH not in blocking(kit.root().der, "pkix")
    monkeypatch.setattr(certificate_validator.CorrectVersionValidator, "validate", broken)
    assert lint.CRASH in blocking(kit.root().der, "pkix")


def test_a_validator_that_crashes_prints_no_traceback(kit: Any) -> None:
    program = """
import sys
from ceremony.pki.lint import lint_certificate
from pkilint.pkix.certificate import certificate_validator
certificate_validator.CorrectVersionValidator.validate = lambda *_: 1 // 0
findings = lint_certificate(sys.stdin.buffer.read(), "pkix", "it")
sys.exit(0 if any(finding.rule == "LINT-CRASH" for finding in findings) else 3)
"""
    done = subprocess.run([sys.executable, "-c", program], input=kit.root().der, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
