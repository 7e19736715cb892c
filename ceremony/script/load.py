"""A ceremony script with the policy and the people that it names: read and checked together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ceremony.custody.load import TOKEN_WORDS, LoadedPeople, examine_people
from ceremony.errors import Finding, Severity
from ceremony.policy.load import LoadedPolicy, examine_policy
from ceremony.policy.validate import validate
from ceremony.policy.wording import pattern_of
from ceremony.script.models import OpenToken, RelativePath, Script
from ceremony.script.named_files import read_named_files
from ceremony.script.past import Past, nothing
from ceremony.script.practice_label import practice_label
from ceremony.script.references import check_script
from ceremony.script.steps import BagNumber
from ceremony.strict_yaml import DataPath, Document, examine, refuse
from ceremony.transcript.archive import PEOPLE, POLICY, SCRIPT, CeremonyFolder

CEREMONIES = "ceremonies"
"""Scripts stand in this folder of the CA's folder, beside policy.yaml and people.yaml."""

_WORDS: Mapping[str, str] = {
    **TOKEN_WORDS,
    pattern_of(BagNumber): "must be the number of a bag: capital letters, digits and hyphens, such as BAG-000118",
    pattern_of(RelativePath): "must be a path relative to this file, with forward slashes",
}


@dataclass(frozen=True, slots=True)
class LoadedScript:
    """A script, the file that says it, and what it names."""

    script: Script
    script_document: Document
    policy: LoadedPolicy
    people: LoadedPeople
    past: Past
    files: Mapping[str, bytes]
    """What steps name beside: octets by the place where a ceremony's folder keeps them."""


def load_script(
    path: Path,
    *,
    past: Past | None = None,
    archived: Path | None = None,
) -> LoadedScript:
    """Read a script, its policy, its people and its files; raise InputError with every complaint about all of them.

    Policy and people must lie in the CA's folder: the one that holds the script, or the one above that where the script
    stands in a folder `ceremonies`. `past` is what earlier ceremonies left; nothing where it is not given. `archived`
    is the folder of a ceremony whose own copies of all files are read, through no link; a script there is `path`.
    """
    past = past or nothing()
    document = examine(path, octets=_own(archived, SCRIPT))
    script, findings = validate(Script, document, "SCRIPT", _WORDS)
    findings = document.findings + findings

    policy_path, complaints = (archived / POLICY, ()) if archived else _named_path(document, "policy")
    findings += complaints
    people_path, complaints = (archived / PEOPLE, ()) if archived else _named_path(document, "people")
    findings += complaints
    policy, people = _own(archived, POLICY), _own(archived, PEOPLE)
    loaded_policy, complaints = examine_policy(policy_path, octets=policy) if policy_path else (None, ())
    findings += complaints
    loaded_people, complaints = examine_people(people_path, octets=people) if people_path else (None, ())
    findings += complaints
    files: Mapping[str, bytes] = {}
    if script is not None:
        past, complaints = _before(script, document, past)
        findings += complaints
        findings += check_script(
            script,
            document,
            loaded_policy.policy if loaded_policy else None,
            loaded_people.people if loaded_people else None,
            past.register,
            stand_in=past.stand_in,
        )
        files, complaints = read_named_files(script, document, _home(document), archived)
        findings += complaints
    refuse(findings, f"{path.name} cannot be used")
    if script is None or loaded_policy is None or loaded_people is None:
        raise AssertionError("a script without complaints was not loaded")
    return LoadedScript(script, document, loaded_policy, loaded_people, past, files)


def _own(archived: Path | None, name: str) -> bytes | None:
    """A ceremony's own copy. Raises CeremonyError (ARCHIVE-FILE) where it is no plain file of its folder."""
    return CeremonyFolder(archived).octets(name) if archived is not None else None


def makes_token_anew(path: Path) -> bool:
    """Whether a step of this script initialises the token; False for a file that cannot be read."""
    data = examine(path).data
    sections = data.get("sections") if isinstance(data, dict) else None
    steps = [
        step
        for section in sections or ()
        if isinstance(section, dict) and isinstance(section.get("steps"), list)
        for step in section["steps"]
    ]
    return any(
        isinstance(step, dict) and step.get("kind") == "open-token" and step.get("initialise") is True for step in steps
    )


def _before(script: Script, document: Document, past: Past) -> tuple[Past, tuple[Finding, ...]]:
    """The past as this script finds it. A token that it makes anew holds nothing: in practice what stood on it is gone,
    in production it must not have held a key (SCRIPT-TOKEN-IN-USE)."""
    opens = [
        (("sections", at, "steps", place), step)
        for at, section in enumerate(script.sections)
        for place, step in enumerate(section.steps)
        if isinstance(step, OpenToken) and step.initialise
    ]
    if not opens:
        return past, ()
    if past.register.mode == "practice":
        return replace(past, register=past.register.without_token(practice_label(script.token.label))), ()
    held = past.register.held_on(script.token.label)
    if not held:
        return past, ()
    message = f"would erase the token {script.token.label}, which holds {', '.join(held)}; destroy keys in a step"
    place: DataPath = opens[0][0]
    return past, (Finding("SCRIPT-TOKEN-IN-USE", Severity.ERROR, message, where=document.where(place)),)


def _home(document: Document) -> Path:
    """The CA's folder."""
    try:
        home = document.path.parent.resolve()
    except (OSError, RuntimeError):  # symbolic links in a circle
        return document.path.parent
    return home.parent if home.name == CEREMONIES else home


def _named_path(document: Document, key: str) -> tuple[Path | None, tuple[Finding, ...]]:
    """The file that the script names under `key`; None where it names none, or one outside the CA's folder.

    Looked for in the data and not in the model, so that the other files are read even if the script is faulty.
    """
    named = document.data.get(key) if isinstance(document.data, dict) else None
    if not isinstance(named, str) or not named or "\0" in named or document.is_suspect((key,)):
        return None, ()
    folder = document.path.parent
    try:
        home = _home(document)
        target = (folder / named).resolve()
    except (OSError, RuntimeError):  # symbolic links in a circle
        target = None
    if target is None or not target.is_relative_to(home):
        message = "leads out of the CA's folder; name a file inside it, and use no symbolic link that leads out"
        return None, (Finding("SCRIPT-PATH", Severity.ERROR, message, key, document.where((key,))),)
    shown = Path(os.path.normpath(folder / named))  # short and familiar, where no symbolic link makes it another file
    return (shown if shown.resolve() == target else target), ()
