"""`ceremony plan`: compile a script and say everything about it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.machine import print_json
from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.errors import CeremonyError, Finding
from ceremony.room.clock import Clock, FixedClock, iso, parse_iso
from ceremony.room.speaking import say
from ceremony.script.compile import compile_plan
from ceremony.script.custody_simulation import item_courses
from ceremony.script.interrupted import Interruption, clear_unopened, held_for, interruption_of
from ceremony.script.load import load_script, makes_token_anew
from ceremony.script.opened_tokens import tokens_opened
from ceremony.script.past import Past, past_of_archive
from ceremony.script.plain_words import plan_lines
from ceremony.script.plan import Mode, Plan
from ceremony.transcript.locking import ArchiveLock

if TYPE_CHECKING:  # only rehearsals of later ceremonies need it
    from ceremony.engine.stand_ins import StandInPast


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the keys that stand in for those of the past where it is a rehearsal of a later ceremony."""

    plan: Plan
    stand_ins: StandInPast | None = None
    resumes: Interruption | None = None
    """The ceremony of this very plan that was broken off, and goes on."""
    lost: str = ""
    """The folder of a rehearsal of this script that was broken off and cannot go on: its tokens went with it."""
    lock: ArchiveLock | None = None
    """The lock on the archive, where it is planned to be performed."""


def compiled(
    path: str | Path,
    mode: Mode,
    clock: Clock,
    archive: str | None = None,
    tokens: str | None = None,
    *,
    lock: ArchiveLock | None = None,
    export: str | None = None,
    misdated: str | None = None,
) -> Planned:
    """The plan of a script file after the ceremonies of an archive, linted.

    A rehearsal goes on from what production left, made again with keys of practice; where there is no production yet,
    from earlier rehearsals; with `tokens`, a folder of practice tokens that were kept, from those very rehearsals.
    To perform it, with the `lock` on that archive: where the last ceremony of the archive is this very one, and was
    broken off, it is planned again as it was. `export` is the folder of the medium to which it copies. The archive may
    be ahead of this machine's clock by a day, and where its last ceremony is the one that somebody calls `misdated`, by
    its folder's name.
    """
    stand_ins, lost = None, ""
    folder = Path(archive or DEFAULT_ARCHIVE)
    if lock is not None:
        clear_unopened(folder)
        resumed = _resumed(Path(path), mode, clock, folder, tokens, Path(export) if export else None)
        if resumed is not None:
            return replace(resumed, lock=lock)
        lost = _lost(Path(path), mode, folder, tokens)
    past = _past(folder, mode, clock, misdated)
    anew = makes_token_anew(Path(path))
    if mode == "practice" and not tokens:
        produced = _past(folder, "production", clock, misdated)
        base = produced if produced.register.keys else past
        if base.register.keys and (base is produced or not anew):
            from ceremony.engine.stand_ins import stand_in_past

            stand_ins = stand_in_past(base, tokens_opened(Path(path)))
            past = stand_ins.past
    made = compile_plan(load_script(Path(path), past=past), mode, clock.utc())
    if stand_ins is not None and anew:
        stand_ins = stand_ins.without(made.token_label)
    return Planned(made, stand_ins, lost=lost, lock=lock)


def _resumed(
    path: Path, mode: Mode, clock: Clock, archive: Path, tokens: str | None, export_to: Path | None
) -> Planned | None:
    """The plan of the ceremony that was broken off, where this is its script and nothing of it was changed since.

    A rehearsal goes on only with the tokens that it had: those that were kept.
    """
    found = interruption_of(archive, export_to)
    if found is None or not held_for(found, mode, path) or (mode == "practice" and not tokens):
        return None
    try:
        made = compile_plan(load_script(path, past=found.past), mode, clock.utc())
    except CeremonyError:
        return None  # script, policy or people are others now: it is planned after what was broken off
    return Planned(made, resumes=found) if made.sha256 == found.opened.plan_sha256 else None


def _lost(path: Path, mode: Mode, archive: Path, tokens: str | None) -> str:
    """The folder of the last rehearsal, where it was one of this script, broken off, and its tokens were not kept."""
    found = interruption_of(archive)
    if found is None or mode != "practice" or tokens or not held_for(found, mode, path):
        return ""
    return found.folder.name


def resumption_lines(planned: Planned) -> list[str]:
    """What people are told before anything else where a ceremony goes on after an interruption."""
    found = planned.resumes
    if planned.lost:
        return [
            f"INTERRUPTED: the rehearsal {planned.lost} was broken off, and its practice tokens are gone with it: it "
            "cannot go on. A new rehearsal begins. Tokens that are kept (--tokens) let a rehearsal go on."
        ]
    if found is None:
        return []
    missing = {
        "open": "It is gone on with.",
        "closed": "It has its last line, and is not sealed.",
        "copying": "A copy is missing.",
    }
    return [f"INTERRUPTED: {found.folder.name} was broken off. {missing[found.stage]} No new ceremony is opened."]


def _past(archive: Path, mode: Mode, clock: Clock, misdated: str | None) -> Past:
    """What the archive left, also where an interrupted ceremony signed something and could not write it."""
    from ceremony.verify.unwritten import with_unwritten

    return with_unwritten(past_of_archive(archive, mode, now=clock.machine_utc(), misdated=misdated))


def plan(options: argparse.Namespace) -> int:
    """Print the plan and its findings. Exit code 1 when anything in it is an error."""
    if options.of is not None:
        return _plan_of(options)
    clock = Clock()
    mode: Mode = "practice" if options.practice else "production"
    made = compiled(options.script, mode, clock, options.archive, misdated=options.misdated).plan
    if options.json:
        print_json(_as_json(made, clock))
    else:
        _tell(made, "This plan can be run." if made.ok else "This plan CANNOT be run: mend the errors above first.")
    return 0 if made.ok else 1


def _plan_of(options: argparse.Namespace) -> int:
    """The same of a ceremony that was held. What it was planned for and after stands in its own folder."""
    from ceremony.cli.archived import archived_plan

    if options.practice or options.archive is not None:
        raise CeremonyError(
            "--of takes neither --practice nor --archive.",
            detail="The folder says itself what was planned, and after which ceremonies.",
            not_done="No plan is shown.",
            next_step="Leave them out.",
            code="PLAN-OF",
        )
    held = archived_plan(Path(options.of))
    if options.json:
        print_json(_as_json(held.plan, FixedClock(parse_iso(held.opened_at))) | {"ceremony": held.folder})
    else:
        _tell(held.plan, *held.lines())
    return 0 if held.plan.ok else 1


def _tell(made: Plan, *last: str) -> None:
    say(*plan_lines(made), "", *finding_lines(made.findings), *last)


def finding_lines(findings: tuple[Finding, ...]) -> list[str]:
    """The findings, gravest first, and how many there are of each severity."""
    order = ("fatal", "error", "warning", "notice", "info")
    ranked = sorted(findings, key=lambda finding: order.index(finding.severity.value))
    counts = [f"{sum(finding.severity.value == severity for finding in findings)} {severity}" for severity in order]
    return ["FINDINGS: " + ", ".join(counts), *(f"  {finding}" for finding in ranked)]


def _as_json(made: Plan, clock: Clock) -> dict[str, object]:
    return {
        "ok": made.ok,
        "mode": made.mode,
        "planned_at": iso(clock.utc()),
        "plan_sha256": made.sha256,
        "script_sha256": made.script_sha256,
        "policy_sha256": made.policy_sha256,
        "people_sha256": made.people_sha256,
        "token_label": made.token_label,
        "key_generations": made.key_generations,
        "signatures": made.signatures,
        "steps": [
            {"number": item.number, "id": item.step.id, "kind": item.step.kind, "title": item.title}
            for item in made.steps
        ],
        "items": [
            {"name": item.name, "what": item.what, "before": item.before, "after": item.after}
            for item in item_courses(made.script, made.past.register)
        ],
        "certificates": [
            {
                "name": item.name,
                "profile": item.demand.profile_name,
                "issuer": item.demand.issuer_name,
                "not_before": iso(item.holes.not_before),
                "not_after": iso(item.holes.not_after),
                "to_be_signed_with_placeholders": item.to_be_signed.octets.hex(),
            }
            for item in made.certificates.values()
        ],
        "waivers": [
            {
                "certificate": waiver.certificate,
                "profile": waiver.profile,
                "rules": list(waiver.rules),
                "sources": list(waiver.sources),
                "reason": waiver.reason,
                "expires": waiver.expires,
                "approved_by": waiver.approved_by,
            }
            for waiver in made.waivers
        ],
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "message": finding.message,
                "subject": finding.subject,
                "where": str(finding.where) if finding.where else None,
                "source": finding.source,
            }
            for finding in made.findings
        ],
    }
