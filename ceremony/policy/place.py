"""Where in a policy file stands what a finding about a certificate is about."""

from __future__ import annotations

import re
from dataclasses import replace

from ceremony.errors import CeremonyError, Finding
from ceremony.policy.models import Policy
from ceremony.strict_yaml import DataPath, Document

EXTENSION_IN_PATH = re.compile(r"\(at tbsCertificate\.extensions\.(\d+)")
"""The linter counts extensions as they are encoded, which is as the profile lists them."""

FIELD_IN_PATH = re.compile(
    r"\(at tbsCertificate\.(validity|subject|issuer|signature|subjectPublicKeyInfo|serialNumber)"
)
KEY_OF_FIELD = {"subjectPublicKeyInfo": "key", "serialNumber": "serial_octets"}


def placed(finding: Finding, policy: Policy, document: Document, profile_name: str) -> Finding:
    """The finding, pointing to the line of the profile that is at fault: the extension, the key, or the profile."""
    if finding.where is not None or profile_name not in policy.certificates:
        return finding
    base: DataPath = ("certificates", profile_name)
    return replace(finding, where=document.where((*base, *_part(finding, policy, profile_name))))


def advice_for(finding: Finding) -> str:
    """What to write in the profile instead; empty where the rule is another's and says nothing."""
    from ceremony.policy.rules.packs import rule

    try:
        return rule(finding.rule).advice
    except CeremonyError:
        return ""


def _part(finding: Finding, policy: Policy, profile_name: str) -> DataPath:
    extensions = policy.certificates[profile_name].extensions
    found = EXTENSION_IN_PATH.search(finding.message)
    if found:
        index = int(found[1])
        return ("extensions", index) if index < len(extensions) else ("extensions",)
    found = FIELD_IN_PATH.search(finding.message)
    part = KEY_OF_FIELD.get(found[1], found[1]) if found else _part_of_rule(finding)
    if not part:
        return ("extensions",) if "(at tbsCertificate.extensions" in finding.message else ()
    for index, extension in enumerate(extensions):
        if part in {extension.type, getattr(extension, "oid", None)}:
            return ("extensions", index)
    return (part,) if part in type(policy.certificates[profile_name]).model_fields else ("extensions",)


def _part_of_rule(finding: Finding) -> str:
    from ceremony.policy.rules.packs import rule

    try:
        return rule(finding.rule).part
    except CeremonyError:
        return ""
