"""A CA in a folder of the test's own, whose policy and script a test can spoil, and the plan that comes of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.plan import Plan

CLOCK = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)


def name(common: str) -> list[dict[str, str]]:
    return [
        {"type": "C", "value": "ID", "string": "printable"},
        {"type": "O", "value": "Balai Uji"},
        {"type": "CN", "value": common},
    ]


KU = {"type": "key-usage", "critical": True, "usages": ["keyCertSign", "cRLSign"]}
BC = {"type": "basic-constraints", "critical": True, "ca": True}
SKI = {"type": "subject-key-identifier", "method": "rfc7093-1"}
AKI = {"type": "authority-key-identifier"}
EKU = {"type": "extended-key-usage", "critical": False, "purposes": ["serverAuth"]}
PLACES = [
    {
        "type": "authority-information-access",
        "access": [{"method": "ca-issuers", "url": "http://pki.uji.example.com/root.der"}],
    },
    {"type": "certificate-policies", "policies": [{"oid": "2.23.140.1.2.1"}]},
    {"type": "crl-distribution-points", "urls": ["http://pki.uji.example.com/root.crl"]},
]


def policy_data() -> dict[str, Any]:
    root = {
        "lint_as": "root-ca",
        "purpose": "tls",
        "subject": name("Uji Root R1"),
        "issuer": "root",
        "key": "ec",
        "signature": "ecdsa-sha384",
        "validity": {"lifetime": "20y", "starts": "day"},
        "extensions": [KU, BC, SKI, AKI],
    }
    return {
        "format": "ceremony-policy/1",
        "ca": {"name": "Balai Uji", "country": "ID"},
        "cp_cps": {"title": "A statement", "version": "1.0", "date": "2026-11-02"},
        "rule_packs": ["rfc5280", "cabf-tls-br", "mozilla", "chrome", "ccadb"],
        "keys": {"ec": {"algorithm": "p-384"}},
        "certificates": {
            "root": root,
            "root-2": {**root, "issuer": "root-2", "subject": name("Uji Root R2")},
            "tls": {
                "lint_as": "internal-unconstrained-tls-ca",
                "purpose": "tls",
                "subject": name("Uji TLS CA 1"),
                "issuer": "root",
                "key": "ec",
                "signature": "ecdsa-sha384",
                "validity": {"lifetime": "3y", "starts": "day"},
                "extensions": [KU, EKU, {**BC, "path_length": 0}, SKI, AKI, *PLACES],
            },
            "cross": {
                "lint_as": "internal-cross-ca",
                "purpose": "tls",
                "subject": name("Uji Root R2"),
                "issuer": "root",
                "key": "ec",
                "signature": "ecdsa-sha384",
                "validity": {"lifetime": "3y", "starts": "day"},
                "extensions": [KU, EKU, BC, {**SKI, "method": "copy"}, AKI, *PLACES],
            },
        },
    }


def key(of: str) -> dict[str, Any]:
    return {
        "id": f"make-{of}",
        "kind": "generate-key",
        "actor": "administrator",
        "key": of,
        "profile": "ec",
        "text": "Make.",
    }


def sign(of: str, own: str, issuer: str | None = None, profile: str | None = None) -> dict[str, Any]:
    step = {
        "id": f"sign-{of}",
        "actor": "administrator",
        "certificate": of,
        "profile": profile or of,
        "key": own,
        "text": "-",
    }
    return {**step, "kind": "self-sign"} if issuer is None else {**step, "kind": "issue", "issuer": issuer}


def script_data() -> dict[str, Any]:
    return {
        "format": "ceremony-script/1",
        "id": "uji",
        "title": "A key generation",
        "version": "1.0",
        "purpose": "To be refused, or not.",
        "location": "A room",
        "policy": "policy.yaml",
        "people": "people.yaml",
        "roles": {"administrator": {"people": ["rini"], "duty": "Do it."}},
        "seal_by": "rini",
        "token": {"label": "UJI"},
        "sections": [
            {
                "title": "All of it",
                "steps": [
                    {"id": "roll", "kind": "roll-call", "actor": "administrator", "text": "Call."},
                    {"id": "clock", "kind": "compare-clock", "actor": "administrator", "text": "Compare."},
                    {"id": "open", "kind": "open-token", "actor": "administrator", "initialise": True, "text": "Open."},
                    key("root"),
                    sign("root", "root"),
                    key("root-2"),
                    sign("root-2", "root-2"),
                    sign("cross", "root-2", "root"),
                    key("tls"),
                    sign("tls", "tls", "root"),
                    {"id": "close", "kind": "close", "actor": "administrator", "text": "Close."},
                ],
            }
        ],
    }


@dataclass
class Ca:
    """Policy and script as data; `plan` writes them down and compiles them."""

    folder: Path
    policy: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(policy_data()))
    script: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(script_data()))

    def profile(self, of: str) -> dict[str, Any]:
        found: dict[str, Any] = self.policy["certificates"][of]
        return found

    def extension(self, of: str, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = next(item for item in self.profile(of)["extensions"] if item["type"] == kind)
        return found

    def drop(self, of: str, kind: str) -> None:
        extensions = self.profile(of)["extensions"]
        extensions.remove(self.extension(of, kind))

    @property
    def steps(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.script["sections"][0]["steps"]
        return found

    def step(self, of: str) -> dict[str, Any]:
        return next(item for item in self.steps if item["id"] == of)

    def write(self) -> Path:
        people = {
            "format": "ceremony-people/1",
            "people": [
                {
                    "id": "rini",
                    "name": "Rini",
                    "organisation": "Balai Uji",
                    "roles": ["administrator"],
                    "credential": {"certificate_sha256": "5e" * 32, "token_label": "RINI"},
                }
            ],
        }
        for file, content in (("policy", self.policy), ("script", self.script), ("people", people)):
            (self.folder / f"{file}.yaml").write_text(json.dumps(content, indent=1), encoding="utf-8")
        return self.folder / "script.yaml"

    def plan(self, clock: datetime = CLOCK) -> Plan:
        return compile_plan(load_script(self.write()), "production", clock)

    def errors(self, clock: datetime = CLOCK) -> set[str]:
        """The ids of everything that forbids the plan."""
        plan = self.plan(clock)
        found = {finding.rule for finding in plan.findings if finding.severity.blocks}
        assert plan.ok == (not found)
        return found


@pytest.fixture
def ca(tmp_path: Path) -> Ca:
    return Ca(tmp_path)


@pytest.fixture
def make() -> dict[str, Callable[..., dict[str, Any]]]:
    """Steps: `key(name)`, `sign(certificate, key, issuer, profile)`; and `name(common name)`."""
    return {"key": key, "sign": sign, "name": name}
