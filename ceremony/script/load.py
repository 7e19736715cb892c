"""A ceremony script with the policy and the people that it names: read and checked together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ceremony.custody.load import TOKEN_WORDS, LoadedPeople, examine_people
from ceremony.errors import Finding, Severity
from ceremony.policy.load import LoadedPolicy, examine_policy
from ceremony.policy.validate import validate
from ceremony.policy.wording import pattern_of
from ceremony.script.models import RelativePath, Script
from ceremony.script.references import check_script
from ceremony.strict_yaml import Document, examine, refuse

CEREMONIES = "ceremonies"
"""Scripts stand in this folder of the CA's folder, beside policy.yaml and people.yaml."""

_WORDS: Mapping[str, str] = {
    **TOKEN_WORDS,
    pattern_of(RelativePath): "must be a path relative to this file, with forward slashes",
}


@dataclass(frozen=True, slots=True)
class LoadedScript:
    """A script, the file that says it, and what it names."""

    script: Script
    script_document: Document
    policy: LoadedPolicy
    people: LoadedPeople


def load_script(path: Path, *, policy: Path | None = None, people: Path | None = None) -> LoadedScript:
    """Read a script, its policy and its people; raise InputError with every complaint about all three.

    `policy` and `people`, where given, are read instead of the files that the script names: an archive keeps the
    three side by side. Otherwise both must lie in the CA's folder: the one that holds the script, or the one above
    that where the script stands in a folder `ceremonies`.
    """
    document = examine(path)
    script, findings = validate(Script, document, "SCRIPT", _WORDS)
    findings = document.findings + findings

    policy_path, complaints = (policy, ()) if policy else _named_path(document, "policy")
    findings += complaints
    people_path, complaints = (people, ()) if people else _named_path(document, "people")
    findings += complaints
    loaded_policy, complaints = examine_policy(policy_path) if policy_path else (None, ())
    findings += complaints
    loaded_people, complaints = examine_people(people_path) if people_path else (None, ())
    findings += complaints
    if script is not None:
        findings += check_script(
            script,
            document,
            loaded_policy.policy if loaded_policy else None,
            loaded_people.people if loaded_people else None,
        )
    refuse(findings, f"{path.name} cannot be used")
    if script is None or loaded_policy is None or loaded_people is None:
        raise AssertionError("a script without complaints was not loaded")
    return LoadedScript(script, document, loaded_policy, loaded_people)


def _named_path(document: Document, key: str) -> tuple[Path | None, tuple[Finding, ...]]:
    """The file that the script names under `key`; None where it names none, or one outside the CA's folder.

    Looked for in the data and not in the model, so that the other files are read even if the script is faulty.
    """
    named = document.data.get(key) if isinstance(document.data, dict) else None
    if not isinstance(named, str) or not named or "\0" in named or document.is_suspect((key,)):
        return None, ()
    folder = document.path.parent
    try:
        home = folder.resolve()
        if home.name == CEREMONIES:
            home = home.parent
        target = (folder / named).resolve()
    except (OSError, RuntimeError):  # symbolic links in a circle
        target = None
    if target is None or not target.is_relative_to(home):
        message = "leads out of the CA's folder; name a file inside it, and use no symbolic link that leads out"
        return None, (Finding("SCRIPT-PATH", Severity.ERROR, message, key, document.where((key,))),)
    shown = Path(os.path.normpath(folder / named))  # short and familiar, where no symbolic link makes it another file
    return (shown if shown.resolve() == target else target), ()
