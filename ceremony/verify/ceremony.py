"""One ceremony's folder, judged by every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, names_in
from ceremony.transcript import archive
from ceremony.verify.evidence import CannotJudge, Evidence, Unreadable
from ceremony.verify.rule import Rule, judge
from ceremony.verify.verdict import STOPPED, Check, Verdict

SEALED = frozenset({"SEAL-FORM", "SEAL-SIGNATURE"})
"""What cannot hold where there is no seal."""

PLAIN = "FILES-PLAIN"

PRACTICE = "MODE-PRACTICE"
if TYPE_CHECKING:
    from ceremony.verify.facts import Facts

SIGNS = (archive.RECORD, archive.SEAL, archive.SCRIPT, archive.SUMS)
"""A folder that holds one of these is, or was, a ceremony's."""


def verify_ceremony(folder: Path, *, production_only: bool = False) -> Verdict:
    """Work everything out again from one ceremony's folder. With `production_only` a practice record fails.

    Raises CeremonyError (exit code 2) where there is no such folder, where it is not a ceremony's, or where a file of
    it cannot be read.
    """
    require_ceremony(folder)
    return judge_evidence(Evidence(folder), production_only=production_only)


def judge_evidence(evidence: Evidence, *, production_only: bool) -> Verdict:
    """The gates, then every other rule over the evidence, then the limits; where a gate fails, no more than that.

    Raises CeremonyError only for a file that cannot be read.
    """
    checks = [*_mode(evidence)]
    gates, others = _gates_and_others()
    for rule in gates:
        checks.extend(judge(rule, evidence))
    stopped = _stops(checks, evidence)
    plain = not any(check.id == PLAIN and check.status == "failed" for check in checks)
    judged = [rule for rule in others if not stopped or (rule.files_alone and plain)]
    for rule in judged:
        checks.extend(judge(rule, evidence))
    facts = None
    if stopped:
        left = len(others) - len(judged)
        said = f"The other {left} rules were not judged: files, record or seal do not hold, as said above."
        checks.append(Check(STOPPED, "failed", said))
    else:
        checks.extend(_limits(evidence))
        facts, crashed = _facts(evidence)
        checks.extend(crashed)
    entries = evidence.chain.entries
    first = entries[0].data if entries else None
    verdict = Verdict(
        path=str(evidence.folder.path),
        ceremony_id=str(getattr(first, "ceremony_id", "")),
        mode=str(getattr(first, "mode", "")),
        checks=tuple(checks),
        head=evidence.chain.head,
        ended_early=evidence.ended_early,
        facts=facts,
    )
    return refuse_practice(verdict) if production_only else verdict


def refuse_practice(verdict: Verdict) -> Verdict:
    """The same where only production is accepted: the record of a rehearsal fails."""
    refused = Check(PRACTICE, "failed", "This is the record of a rehearsal; only production is accepted here.")
    return replace(verdict, checks=tuple(refused if check.id == PRACTICE else check for check in verdict.checks))


def _gates_and_others() -> tuple[list[Rule], list[Rule]]:
    rules = list(all_rules())
    return [rule for rule in rules if rule.gate], [rule for rule in rules if not rule.gate]


def _stops(checks: Iterable[Check], evidence: Evidence) -> bool:
    """Whether there is nothing to judge but what anybody could have written. A ceremony without a seal did not come to
    its end, and its last line may be torn: what it left is judged, since the next one goes on from it."""
    failed = {check.id for check in checks if check.status == "failed"} - {"MODE-PRACTICE"}
    if not failed or PLAIN in failed or archive.SEAL in evidence.files:
        return bool(failed)
    only_torn = bool(evidence.chain.torn) and len(evidence.chain.faults) == 1
    return not failed <= (SEALED | {"CHAIN-LINK"} if only_torn else SEALED)


def is_ceremony(folder: Path) -> bool:
    """True for a folder with the files of a ceremony in it."""
    return any((folder / name).exists() or (folder / name).is_symlink() for name in SIGNS)


def why_no_ceremony(folder: Path) -> str:
    """Why the path is not the folder of a ceremony; empty where it is one."""
    try:
        if not folder.exists():
            return "There is no such file or folder."
        if not folder.is_dir():
            return "It is a file; a ceremony is a folder."
        if not is_ceremony(folder):
            names_in(folder)
            return f"The folder holds no {archive.RECORD} and no other file of a ceremony."
    except OSError as error:
        return f"The system says: {error.strerror}."
    except NotRead as reason:
        return f"{reason}."
    return ""


def require_ceremony(folder: Path) -> None:
    """Raises CeremonyError where the path is not the folder of a ceremony, saying why."""
    reason = why_no_ceremony(folder)
    if reason:
        raise CeremonyError(
            "There is nothing here to verify.",
            where=str(folder),
            detail=reason,
            not_done="Nothing was verified.",
            next_step="Name the folder of one ceremony, or the archive that holds such folders.",
            code="VERIFY-PATH",
        )


def all_rules() -> Iterator[Rule]:
    """Every rule of the verifier, family by family."""
    from ceremony.verify import (  # late: a rule pulls in what it judges by
        approvals,
        breaks,
        certificates,
        circumstances,
        counts,
        crls,
        custody,
        departures,
        destruction,
        early_end,
        exceptions,
        farewell,
        files,
        incident,
        inputs,
        keys,
        ledger,
        objects,
        presence,
        randomness,
        record,
        rehearsal,
        renewal,
        requests,
        resumption,
        rules,
        seal,
        shares,
        signed_approvals,
        steps,
    )

    for family in (
        record,
        inputs,
        steps,
        presence,
        breaks,
        exceptions,
        early_end,
        resumption,
        circumstances,
        departures,
        shares,
        renewal,
        keys,
        objects,
        certificates,
        crls,
        randomness,
        requests,
        rules,
        rehearsal,
        approvals,
        signed_approvals,
        custody,
        destruction,
        incident,
        ledger,
        counts,
        files,
        farewell,
        seal,
    ):
        yield from family.RULES


def _mode(evidence: Evidence) -> Iterable[Check]:
    try:
        practice = evidence.practice
    except CannotJudge:
        return
    if practice:
        yield Check(PRACTICE, "unproved", "Anything about production: THIS IS PRACTICE, a rehearsal.")


def _limits(evidence: Evidence) -> Iterable[Check]:
    from ceremony.verify.limits import limits  # late, as the rules are

    return _guarded(limits, evidence)


def _facts(evidence: Evidence) -> tuple[Facts | None, list[Check]]:
    """What an auditor asks, where the lines of the record hold; what cannot be worked out is a failed check."""
    from ceremony.verify.facts import facts_of

    if not evidence.record_holds:
        return None, []
    try:
        return facts_of(evidence), []
    except Unreadable:
        raise
    except Exception as error:  # as in _guarded
        said = f"The facts could not be worked out ({type(error).__name__})."
        return None, [Check("VERIFY-CRASH", "failed", said)]


def _guarded(source: Callable[[Evidence], Iterator[Check]], evidence: Evidence) -> list[Check]:
    try:
        return list(source(evidence))
    except Unreadable:
        raise
    except Exception as error:  # whatever a doctored archive provokes must end as a failed check
        return [Check("VERIFY-CRASH", "failed", f"The limits could not be worked out ({type(error).__name__}).")]
