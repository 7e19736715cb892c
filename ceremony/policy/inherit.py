"""`extends`: a certificate profile that begins as another one; the keys that it writes replace the other's, whole.

Done in the raw data, before a profile is held against the model, so that only the result need be complete. An
inherited value keeps its place: complaints about it point to where it is written.
"""

from __future__ import annotations

import difflib
from typing import Any

from ceremony.errors import Finding, Severity
from ceremony.strict_yaml import DataPath, Document

EXTENDS = "extends"
SECTION = "certificates"


def inherit(document: Document) -> tuple[Document, tuple[Finding, ...]]:
    """The document with each `extends` carried out, and what is wrong with them.

    POLICY-EXTENDS: it names no profile of this policy, or comes back to where it began. Such a profile is taken as if
    it stood alone; `incomplete` tells which complaints about it to leave out.
    """
    profiles = document.data.get(SECTION) if isinstance(document.data, dict) else None
    if not document.readable or not isinstance(profiles, dict):
        return document, ()
    heirs = {
        name: profile[EXTENDS] for name, profile in profiles.items() if isinstance(profile, dict) and EXTENDS in profile
    }
    findings: list[Finding] = []
    faulty: set[str] = set()
    for name, parent in heirs.items():
        message = _fault(name, parent, profiles, heirs)
        if message:
            faulty.add(name)
            path: DataPath = (SECTION, name, EXTENDS)
            if not document.is_suspect(path):
                about = f"{SECTION}.{name}.{EXTENDS}"
                findings.append(Finding("POLICY-EXTENDS", Severity.ERROR, message, about, document.where(path)))
    done: set[str] = set()
    for name in heirs:
        for heir in reversed(_lineage(name, heirs, faulty)):
            if heir not in done:
                done.add(heir)
                parent = heir if heir in faulty else heirs[heir]  # itself where there is nothing to inherit
                document = document.inheriting((SECTION, heir), (SECTION, parent), without=EXTENDS)
    return document, tuple(findings)


def incomplete(findings: tuple[Finding, ...]) -> frozenset[str]:
    """The subjects of complaints about missing keys that only follow from a faulty `extends`."""
    return frozenset(
        finding.subject.removesuffix(f".{EXTENDS}") for finding in findings if finding.rule == "POLICY-EXTENDS"
    )


def _lineage(name: str, heirs: dict[str, Any], faulty: set[str]) -> list[str]:
    """The heirs from this one upwards, to the one whose parent stands alone or is faulty."""
    line = [name]
    while line[-1] not in faulty and heirs[line[-1]] in heirs:
        line.append(heirs[line[-1]])
    return line


def _fault(name: str, parent: Any, profiles: dict[str, Any], heirs: dict[str, Any]) -> str:
    if not isinstance(parent, str):
        return "must be the name of another profile"
    if not isinstance(profiles.get(parent), dict):
        near = difflib.get_close_matches(parent, list(profiles), n=1, cutoff=0.6)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        return f"there is no certificate profile `{parent}` in this policy to extend{meant}"
    seen = [name]
    while parent in heirs and isinstance(parent, str):
        if parent == name:
            return f"profiles extend each other in a circle ({' -> '.join([*seen, name])}); let one stand alone"
        if parent in seen:
            return ""  # a circle further up, which is complained of there
        seen.append(parent)
        parent = heirs[parent]
    return ""
