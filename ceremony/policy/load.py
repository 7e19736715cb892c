"""A policy file, read and checked in itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ceremony.errors import Finding
from ceremony.policy.inherit import incomplete, inherit
from ceremony.policy.models import Policy
from ceremony.policy.references import check_policy
from ceremony.policy.validate import validate
from ceremony.strict_yaml import Document, examine, refuse


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy and the file that says it. The document has each `extends` carried out; its octets are the file's."""

    policy: Policy
    document: Document


def examine_policy(path: Path, *, octets: bytes | None = None) -> tuple[LoadedPolicy | None, tuple[Finding, ...]]:
    """The policy, or None where the file is not one, with every complaint. Raises nothing."""
    document, complaints = inherit(examine(path, octets=octets))
    policy, findings = validate(Policy, document, "POLICY")
    unsettled = incomplete(complaints)
    findings = (
        *document.findings,
        *complaints,
        *(finding for finding in findings if finding.rule != "POLICY-MISSING" or finding.subject not in unsettled),
    )
    if policy is None:
        return None, findings
    return LoadedPolicy(policy, document), findings + check_policy(policy, document)


def load_policy(path: Path, *, octets: bytes | None = None) -> LoadedPolicy:
    """Read a policy (or the given octets as if they were that file's). Raises InputError with every complaint."""
    loaded, findings = examine_policy(path, octets=octets)
    refuse(findings, f"{path.name} cannot be used")
    if loaded is None:
        raise AssertionError("a policy without complaints was not loaded")
    return loaded
