"""A path that a person names: one ceremony, or an archive of them, with the links from each to the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ceremony.plain_files import names_in
from ceremony.transcript.archive import CeremonyFolder, numbered
from ceremony.verify.ceremony import is_ceremony, judge_evidence, refuse_practice, require_ceremony
from ceremony.verify.evidence import CannotJudge, Evidence
from ceremony.verify.inherited import Inheritance
from ceremony.verify.verdict import Check, Verdict

RULE = "ARCHIVE-LINK"


def verify_path(path: Path, *, production_only: bool = False) -> list[Verdict]:
    """Verify one ceremony's folder, or every ceremony of an archive, the links between them and what each inherited.

    With `production_only` the folder of a rehearsal fails. In an archive that holds production, its rehearsals are
    counted aside instead, as long as the archive holds over them; in one that holds none, all fail.
    Raises CeremonyError (exit code 2) where there is nothing to verify or something cannot be read.
    """
    folders = numbered(path)
    if not folders or is_ceremony(path):
        require_ceremony(path)
        evidence = Evidence(path)
        return [_with(judge_evidence(evidence, production_only=production_only), _alone(evidence))]
    verdicts = []
    before: CeremonyFolder | None = None
    head = ""
    inheritance = Inheritance()
    sound: set[str] = set()
    for place, folder in enumerate(folders, start=1):
        evidence = Evidence(folder.path)
        verdict = judge_evidence(evidence, production_only=False)
        checks = [*_link(evidence, place, before, head)]
        linked = all(check.status == "proved" for check in checks)
        if verdict.stopped:
            checks.extend(inheritance.stopped())
        else:
            checks.extend(inheritance.judged(evidence, linked=linked, sound=not verdict.failed))
        if inheritance.holds and not any(check.status == "failed" for check in checks):
            sound.add(folder.name)
        if place == len(folders):
            checks.extend(_end(path, folders, verdict.head))
        verdicts.append(_with(verdict, checks))
        before, head = folder, verdict.head
    return _of_production(verdicts, sound) if production_only else verdicts


def _of_production(verdicts: list[Verdict], sound: set[str]) -> list[Verdict]:
    """Rehearsals beside production are counted aside; not those at which the archive itself fails, production's too."""
    if all(verdict.mode == "practice" for verdict in verdicts):
        return [refuse_practice(verdict) for verdict in verdicts]
    return [
        replace(verdict, aside=verdict.mode == "practice" and Path(verdict.path).name in sound) for verdict in verdicts
    ]


def folders_of(path: Path) -> list[Path]:
    """The one ceremony, or the ceremonies of the archive, that a path names."""
    folders = numbered(path)
    if not folders or is_ceremony(path):
        require_ceremony(path)
        return [path]
    return [folder.path for folder in folders]


def _link(evidence: Evidence, place: int, before: CeremonyFolder | None, head: str) -> Iterator[Check]:
    name = evidence.folder.name
    faults = []
    try:
        opened = evidence.opened
    except CannotJudge as reason:
        yield Check(RULE, "failed", f"The link to the ceremony before could not be judged: {reason}.", name)
        return
    if evidence.folder.number != place:
        faults.append(f"{name} is number {place} of the ceremonies that are here: one is missing, or stands twice.")
    if name.partition("-")[2] != opened.script_id:
        faults.append(f"The folder {name} holds the ceremony {opened.script_id}.")
    wanted = (before.name if before else "", head)
    if (opened.previous_ceremony, opened.previous_head) != wanted:
        said = opened.previous_ceremony or "no ceremony"
        found = f"the one before is {before.name} with head {head}" if before else "there is none before it"
        faults.append(f"{name} names {said} as the one before it, with head {opened.previous_head or 'none'}; {found}.")
    for fault in faults:
        yield Check(RULE, "failed", fault, f"{name}/transcript.jsonl:1")
    if not faults:
        follows = f"It follows {before.name} and names the head of its record." if before else ""
        yield Check(RULE, "proved", follows or "It is the first ceremony of its archive.")


def _end(path: Path, folders: Sequence[CeremonyFolder], head: str) -> Iterator[Check]:
    yield Check(
        "LIMIT-ARCHIVE",
        "unproved",
        f"That no ceremony after this one was taken away: compare the last head, {head}, with one kept elsewhere.",
    )
    known = {folder.name for folder in folders}
    others = ", ".join(name for name in names_in(path) if name not in known)
    if others:
        yield Check("LIMIT-OTHERS", "unproved", f"Anything about what else lies in the archive's folder: {others}.")


def _alone(evidence: Evidence) -> Iterator[Check]:
    try:
        opened = evidence.opened
    except CannotJudge:
        return
    before = opened.previous_ceremony
    sentence = (
        f"That {before} came before it, with head {opened.previous_head}: only this one folder was looked at."
        if before
        else "That its archive holds no other ceremony: only this one folder was looked at."
    )
    yield Check("LIMIT-ARCHIVE", "unproved", sentence)
    yield Check(
        "LIMIT-REGISTER",
        "unproved",
        "That earlier ceremonies left what inputs/register.json says: only this one folder was looked at.",
    )


def _with(verdict: Verdict, checks: object) -> Verdict:
    return replace(verdict, checks=(*verdict.checks, *checks))  # type: ignore[misc]
