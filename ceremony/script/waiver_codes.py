"""Codes of the linter in waivers: one that the linter does not have waives nothing, and is a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ceremony.errors import Finding, Severity
from ceremony.policy.models import Policy, Waiver
from ceremony.policy.waivers import LINTER_CODE
from ceremony.strict_yaml import Document


def unknown_codes(policy: Policy, document: Document, profiles: Iterable[str]) -> Iterator[Finding]:
    """WAIVER-UNKNOWN for each code in a waiver of these profiles that the linter has for none of their types."""
    chosen = set(profiles)
    for place, waiver in enumerate(policy.waivers):
        if not chosen & set(waiver.profiles):
            continue
        for index, rule in enumerate(waiver.rules):
            if LINTER_CODE.fullmatch(rule) and not _has_code(policy, waiver, rule):
                message = f"the linter has no code {rule} for a certificate of these profiles"
                where = document.where(("waivers", place, "rules", index))
                yield Finding("WAIVER-UNKNOWN", Severity.ERROR, message, f"waivers[{place}]", where)


def _has_code(policy: Policy, waiver: Waiver, code: str) -> bool:
    from ceremony.pki.lint import codes  # late: the linters take long to load

    return any(code in codes(policy.certificates[name].lint_as) for name in waiver.profiles)
