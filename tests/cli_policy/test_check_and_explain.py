"""`ceremony policy check` and `explain`, as people and programs meet them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.cli import main

ROOT = Path(__file__).resolve().parents[2]

POLICY = """\
format: ceremony-policy/1
ca: {name: Balai Uji, country: ID}
cp_cps: {title: A statement, version: "1.0", date: "2026-11-02"}
rule_packs: [rfc5280, cabf-tls-br, chrome, ccadb]
keys:
  ec: {algorithm: p-384}
certificates:
  root:
    lint_as: root-ca
    subject:
      - {type: C, value: ID, string: printable}
      - {type: O, value: Balai Uji}
      - {type: CN, value: Uji Root}
    issuer: root
    key: ec
    signature: ecdsa-sha384
    validity: {lifetime: 20y, starts: day}
    extensions:
      - {type: key-usage, critical: true, usages: [keyCertSign, cRLSign]}
      - {type: basic-constraints, critical: true, ca: true}
      - {type: subject-key-identifier, method: rfc7093-1}
      - {type: authority-key-identifier}
  tls:
    extends: root
    lint_as: internal-unconstrained-tls-ca
    purpose: tls
    subject:
      - {type: C, value: ID, string: printable}
      - {type: O, value: Balai Uji}
      - {type: CN, value: Uji TLS CA}
    issuer: root
    validity: {lifetime: 3y, starts: day}
    extensions:
      - {type: key-usage, critical: true, usages: [keyCertSign, cRLSign]}
      - {type: extended-key-usage, critical: false, purposes: [serverAuth]}
      - {type: basic-constraints, critical: true, ca: true, path_length: 0}
      - {type: subject-key-identifier, method: rfc7093-1}
      - {type: authority-key-identifier}
      - type: authority-information-access
        access:
          - {method: ca-issuers, url: "http://pki.example.org/root.der"}
      - type: certificate-policies
        policies:
          - {oid: 2.23.140.1.2.1}
      - type: crl-distribution-points
        urls: ["http://pki.example.org/root.crl"]
"""

Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Check the policy after replacing texts; exit code, and what was printed with the folder's name taken out."""

    def run(*changes: tuple[str, str]) -> tuple[int, str]:
        text = POLICY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "policy.yaml"
        path.write_text(text, encoding="utf-8")
        code = main(["policy", "check", str(path)])
        said = capsys.readouterr()
        assert said.err == ""
        return code, said.out.replace(f"{tmp_path}/", "")

    return run


def test_a_good_policy_is_accepted_with_its_hash(check: Check) -> None:
    code, out = check()
    assert code == 0
    assert "policy.yaml: 2 certificate profiles, nothing wrong" in out
    assert re.search(r"^SHA-256 [0-9a-f]{64}$", out, re.MULTILINE)
    assert "ERROR" not in out
    assert "INFO" not in out


def test_a_broken_rule_points_to_the_line_and_says_what_to_write_instead(check: Check) -> None:
    code, out = check(("purposes: [serverAuth]", "purposes: [serverAuth, clientAuth]"))
    assert code == 1
    assert "policy.yaml:35:9: ERROR CH-3: tls: " in out
    assert "    Instead: Write {type: extended-key-usage, critical: false, purposes: [serverAuth]}." in out
    assert "2 certificate profiles, NOT acceptable (1 error" in out


def test_the_linters_findings_point_to_their_extension_too(check: Check) -> None:
    code, out = check(("critical: true, ca: true, path_length: 0", "critical: false, ca: true, path_length: 0"))
    assert code == 1
    assert re.search(r"policy\.yaml:36:9: [A-Z]+ pkix\.basic_constraints_extension_not_critical: tls", out)
    assert "policy.yaml:36:9: ERROR RF-2: tls" in out


def test_every_complaint_is_said_at_once(check: Check) -> None:
    _, out = check(
        ("{lifetime: 20y, starts: day}", "{lifetime: 30y, starts: day}"),
        ("http://pki.example.org/root.crl", "http:///root.crl"),
        ("{lifetime: 3y, starts: day}", "{lifetime: 5y, starts: day}"),
    )
    assert {"BR-C2", "BR-C19", "CH-4"} <= set(re.findall(r"(?:ERROR|WARNING) ([A-Z0-9-]+):", out))
    lines = [int(line) for line in re.findall(r"^policy\.yaml:(\d+):\d+: ", out, re.MULTILINE)]
    assert lines == sorted(lines)


def test_a_file_that_cannot_be_read_as_a_policy_says_so_and_judges_nothing(check: Check) -> None:
    code, out = check(("lint_as: root-ca", "lint_as: rot-ca"), ("extends: root", "extends: rot"))
    assert code == 1
    assert "POLICY-VALUE" in out
    assert "POLICY-EXTENDS" in out
    assert "did you mean `root-ca`?" in out
    assert "The certificate profiles were not judged: mend the file first." in out


def test_what_cannot_be_encoded_is_said_of_its_profile(check: Check) -> None:
    code, out = check(("{type: CN, value: Uji TLS CA}", "{type: CN, value: Uji TLS ČA, string: printable}"))
    assert code == 1
    assert re.search(r"policy\.yaml:\d+:\d+: ERROR CERT-[A-Z]+: tls", out)


def test_a_waiver_that_is_used_is_shown_with_its_reason(check: Check) -> None:
    both = ("purposes: [serverAuth]", "purposes: [serverAuth, clientAuth]")
    waiver = (
        "waivers:\n  - rules: [CH-3]\n    sources: [chrome]\n    profiles: [tls]\n"
        "    reason: Clients of the old interface need it until they move.\n"
        '    expires: "2099-12-31"\n    approved_by: Policy board\nkeys:'
    )
    code, out = check(both, ("keys:", waiver))
    assert code == 0
    assert "NOTICE CH-3: tls:" in out
    assert "Waiver used. tls: CH-3 waived until 2099-12-31 by Policy board, over chrome." in out
    assert re.search(r"policy\.yaml:\d+:14: WARNING WAIVER-LONG: waivers\[0\]: runs until 2099-12-31", out)
    code, out = check(both, ("keys:", waiver.replace("2099", "2020")))
    assert code == 1
    assert re.search(r"policy\.yaml:\d+:14: ERROR WAIVER-EXPIRED", out)
    code, out = check(("keys:", waiver))
    assert code == 0
    assert "WARNING WAIVER-UNUSED" in out


LIST = """\
crls:
  whole:
    scope: ca
    issuer: root
    signature: ecdsa-sha384
    cycle: {lifetime: 364d, renew: 30d}
    extensions:
      - {type: authority-key-identifier}
      - {type: crl-number}
"""
NO_CRL_SIGN = (
    "usages: [keyCertSign, cRLSign]}\n      - {type: basic-constraints, critical: true, ca: true}",
    "usages: [keyCertSign]}\n      - {type: basic-constraints, critical: true, ca: true}",
)


def test_what_is_said_of_crls_is_checked_with_the_rest(check: Check) -> None:
    listed = ("certificates:\n", LIST + "certificates:\n")
    assert check(listed)[0] == 0
    code, out = check(listed, NO_CRL_SIGN)
    assert code == 1
    assert "policy.yaml:10:13: ERROR POLICY-CRL-ISSUER: crls.whole.issuer: `root` may not sign CRLs" in out
    code, out = check(listed, ("364d", "367d"))
    assert code == 0
    assert "policy.yaml:12:23: WARNING POLICY-CRL-LONG: crls.whole.cycle.lifetime: counts for 367 days" in out


def test_explain_prints_the_rule_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "CH-3"]) == 0
    out = capsys.readouterr().out
    for words in ("CH-3", "Chrome Root Program Policy, version 1.8", "1.3.2", "from 2026-06-15", "error", "serverAuth"):
        assert words in out


def test_explain_refuses_an_id_that_nobody_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "explain", "CH-99"]) == 1
    err = capsys.readouterr().err
    assert "There is no rule with this id." in err
    assert "CH-3" in err


def test_every_rule_can_be_explained_in_lines_of_a_console(capsys: pytest.CaptureFixture[str]) -> None:
    from ceremony.policy.rules.packs import all_rules

    for rule in all_rules():
        assert main(["policy", "explain", rule.id]) == 0
        assert rule.advice
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 100


@pytest.mark.parametrize("name", ["demo", "isrg", "psre-indonesia"])
def test_the_shipped_policies_are_acceptable(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ceremony", "policy", "check", f"policies/{name}/policy.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
