"""`ceremony plan`: compile a script and say everything about it."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.errors import Finding
from ceremony.room.clock import Clock, iso
from ceremony.script.compile import compile_plan
from ceremony.script.custody_simulation import item_courses
from ceremony.script.load import load_script, makes_token_anew
from ceremony.script.opened_tokens import tokens_opened
from ceremony.script.past import Past, past_of_archive
from ceremony.script.plain_words import plan_lines
from ceremony.script.plan import Mode, Plan

if TYPE_CHECKING:  # only rehearsals of later ceremonies need it
    from ceremony.engine.stand_ins import StandInPast


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the keys that stand in for those of the past where it is a rehearsal of a later ceremony."""

    plan: Plan
    stand_ins: StandInPast | None = None


def compiled(
    path: str | Path, mode: Mode, clock: Clock, archive: str | None = None, tokens: str | None = None
) -> Planned:
    """The plan of a script file after the ceremonies of an archive, linted.

    A rehearsal goes on from what production left, made again with keys of practice; where there is no production yet,
    from earlier rehearsals; with `tokens`, a folder of practice tokens that were kept, from those very rehearsals.
    """
    stand_ins = None
    folder = Path(archive or DEFAULT_ARCHIVE)
    past = _past(folder, mode)
    anew = makes_token_anew(Path(path))
    if mode == "practice" and not tokens:
        produced = _past(folder, "production")
        base = produced if produced.register.keys else past
        if base.register.keys and (base is produced or not anew):
            from ceremony.engine.stand_ins import stand_in_past

            stand_ins = stand_in_past(base, tokens_opened(Path(path)))
            past = stand_ins.past
    made = compile_plan(load_script(Path(path), past=past), mode, clock.utc())
    if stand_ins is not None and anew:
        stand_ins = stand_ins.without(made.token_label)
    return Planned(made, stand_ins)


def _past(archive: Path, mode: Mode) -> Past:
    """What the archive left, also where an interrupted ceremony signed something and could not write it."""
    from ceremony.verify.unwritten import with_unwritten

    return with_unwritten(past_of_archive(archive, mode))


def plan(options: argparse.Namespace) -> int:
    """Print the plan and its findings. Exit code 1 when anything in it is an error."""
    clock = Clock()
    made = compiled(options.script, "practice" if options.practice else "production", clock, options.archive).plan
    if options.json:
        print(json.dumps(_as_json(made, clock), indent=2))
    else:
        for line in plan_lines(made):
            print(line)
        print()
        for line in finding_lines(made.findings):
            print(line)
        print("This plan can be run." if made.ok else "This plan CANNOT be run: mend the errors above first.")
    return 0 if made.ok else 1


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
