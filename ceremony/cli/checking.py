"""`ceremony policy check`: every complaint about a policy at once, each at its line, with what to write instead."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable
from pathlib import Path

from ceremony.errors import Finding, Severity
from ceremony.policy.load import examine_policy
from ceremony.policy.place import advice_for
from ceremony.room.clock import Clock
from ceremony.room.speaking import say
from ceremony.script.policy_check import judge_profiles

WIDTH = 100


def check(options: argparse.Namespace) -> int:
    """Print every finding but mere information, in the order of the file. Exit code 1 where one of them is an error."""
    path = Path(options.path)
    loaded, findings = examine_policy(path)
    waivers: tuple[str, ...] = ()
    ready = loaded is not None and not any(_stops(finding) for finding in findings)
    if loaded is not None and ready:
        judged, used = judge_profiles(loaded, Clock().utc())
        findings += judged
        waivers = tuple(waiver.sentence() for waiver in used)
    for finding in sorted((item for item in findings if item.severity is not Severity.INFO), key=_position):
        say(*finding_lines(finding))
    for sentence in waivers:
        say(f"Waiver used. {sentence}")
    say(_verdict(path, findings, len(loaded.policy.certificates) if loaded else 0, ready=ready))
    if loaded is not None and not any(finding.severity.blocks for finding in findings):
        say(f"SHA-256 {loaded.document.sha256}")
        return 0
    return 1


def finding_lines(finding: Finding) -> list[str]:
    """The finding as editors can jump to it, and what to write instead where a rule says it."""
    lines = [str(finding)]
    advice = advice_for(finding) if finding.severity in {Severity.WARNING, Severity.ERROR} else ""
    if advice:
        lines += textwrap.wrap(f"Instead: {advice}", WIDTH, initial_indent="    ", subsequent_indent="    ")
    return lines


def _stops(finding: Finding) -> bool:
    """A fault after which profiles cannot be built. A faulty waiver is not one."""
    return finding.severity.blocks and not finding.rule.startswith("WAIVER-")


def _position(finding: Finding) -> tuple[int, int, str]:
    where = finding.where
    return (where.line or 0, where.column or 0, finding.rule) if where else (0, 0, finding.rule)


def _verdict(path: Path, findings: Iterable[Finding], profiles: int, *, ready: bool) -> str:
    severities = [finding.severity for finding in findings]
    counts = ", ".join(
        f"{severities.count(severity)} {severity.value}"
        for severity in (Severity.FATAL, Severity.ERROR, Severity.WARNING, Severity.NOTICE)
        if severity in severities
    )
    if not ready:
        return f"{path}: {counts}. The certificate profiles were not judged: mend the file first."
    wrong = "nothing wrong" if not any(severity.blocks for severity in severities) else "NOT acceptable"
    return f"{path}: {profiles} certificate profiles, {wrong}" + (f" ({counts})." if counts else ".")
