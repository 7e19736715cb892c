"""Waivers: decisions to break named rules, for named certificates, until a day; and what makes one no waiver at all.

A waiver works on a finding only where it names the profile, the rule, and every source that says the same of that
certificate. What is waived stays in sight, as a notice with the reason and the approver. What is wrong with a waiver
is a finding itself: WAIVER-BROAD, WAIVER-REASON, WAIVER-UNKNOWN, WAIVER-EXPIRED, WAIVER-LONG, WAIVER-SOURCE,
WAIVER-UNUSED.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ceremony.errors import Finding, Severity
from ceremony.policy.equivalent import same_demand
from ceremony.policy.models import Policy, Waiver
from ceremony.strict_yaml import DataPath, Document

MOST_RULES = 5
"""In one waiver, and in all waivers of one profile together."""
LONGEST_YEARS = 2
"""From the day of signing to the last day of a waiver that people will still remember."""
SHORTEST_REASON = 20
"""Characters of a reason that says something."""

LINTER_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+")
"""How the linter names its findings: `cabf.serverauth.ca_name_constraints_not_critical`."""

WAIVED = ". Waived until "
"""What parts a finding's own sentence from its waiver."""

UNWAIVABLE = frozenset({"CHECK-CRASH", "LINT-CRASH", "RF-1"})

OBJECTIONS = frozenset({Severity.WARNING, Severity.ERROR, Severity.FATAL})
"""What counts as a source saying so."""


@dataclass(frozen=True, slots=True)
class UsedWaiver:
    """A waiver at work on one certificate: the rules of it that were broken, with their sources."""

    certificate: str
    profile: str
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    reason: str
    expires: str
    approved_by: str

    def sentence(self) -> str:
        """For the plan and the review: what is waived, by whom, until when and why."""
        return (
            f"{self.certificate}: {', '.join(self.rules)} waived until {self.expires} by {self.approved_by}, over "
            f"{', '.join(self.sources)}. Reason: {self.reason}"
        )


def source_of(finding: Finding) -> str:
    """The source as a waiver names it: a linter without its version."""
    return finding.source.partition(" ")[0]


def apply_waivers(
    findings: Iterable[Finding], policy: Policy, profile: str, certificate: str, day: date
) -> tuple[tuple[Finding, ...], tuple[UsedWaiver, ...]]:
    """The findings of one certificate after the policy's waivers, and the waivers that were used, in policy order.

    A waiver that is no longer in force on the day waives nothing. Where one leaves out a source, nothing is waived
    and a WAIVER-SOURCE is added.
    """
    found = tuple(findings)
    left = list(found)
    used: list[UsedWaiver] = []
    for waiver in policy.waivers:
        if profile not in waiver.profiles or _expired(waiver, day):
            continue
        complaints: list[Finding] = []
        waived: list[Finding] = []
        for place, finding in enumerate(left):
            if not _named(waiver, finding):
                continue
            missing = sorted(_sources(finding, found) - set(waiver.sources))
            if missing:
                complaints.append(
                    Finding(
                        "WAIVER-SOURCE",
                        Severity.ERROR,
                        f"the waiver of {finding.rule} waives nothing: {', '.join(missing)} says the same and is not "
                        "among its sources",
                        certificate,
                    )
                )
                continue
            waived.append(finding)
            left[place] = replace(
                finding,
                severity=Severity.NOTICE,
                message=f"{finding.message}{WAIVED}{waiver.expires} by {waiver.approved_by}: {waiver.reason}",
            )
        if waived:
            used.append(
                UsedWaiver(
                    certificate,
                    profile,
                    tuple(dict.fromkeys(finding.rule for finding in waived)),
                    tuple(dict.fromkeys(source_of(finding) for finding in waived)),
                    waiver.reason,
                    waiver.expires,
                    waiver.approved_by,
                )
            )
        left += dict.fromkeys(complaints)
    return tuple(left), tuple(used)


def _named(waiver: Waiver, finding: Finding) -> bool:
    """It names this rule and its source, and the finding is one that people may decide about."""
    return (
        finding.rule in waiver.rules
        and finding.rule not in UNWAIVABLE
        and finding.severity in OBJECTIONS - {Severity.FATAL}
    )


def _sources(finding: Finding, findings: Sequence[Finding]) -> set[str]:
    """Every source that objects to the same in this certificate."""
    own = {source_of(finding)}
    return own | {
        source_of(other) for other in findings if other.severity in OBJECTIONS and same_demand(finding.rule, other.rule)
    }


def check_waivers(policy: Policy, document: Document) -> Iterator[Finding]:
    """What is wrong with the waivers themselves, whatever the day: see the module."""
    from ceremony.policy.rules.packs import all_rules

    severities = {rule.id: rule.severity for rule in all_rules()}
    waived: dict[str, set[str]] = {}
    for place, waiver in enumerate(policy.waivers):
        at: DataPath = ("waivers", place)

        def complain(rule: str, path: DataPath, message: str, at: DataPath = at) -> Finding:
            return Finding(rule, Severity.ERROR, message, f"waivers[{at[1]}]", document.where((*at, *path)))

        if len(waiver.reason.strip()) < SHORTEST_REASON:
            message = f"a reason has at least {SHORTEST_REASON} characters; say why the rule need not be kept here"
            yield complain("WAIVER-REASON", ("reason",), message)
        if len(waiver.rules) > MOST_RULES:
            message = f"waives {len(waiver.rules)} rules; at most {MOST_RULES} stand in one waiver"
            yield complain("WAIVER-BROAD", ("rules",), message)
        else:
            for index, name in enumerate(waiver.profiles):
                before = waived.setdefault(name, set())
                together = len(before.union(waiver.rules))
                if len(before) <= MOST_RULES < together:
                    message = f"with this, {together} rules are waived for {name}; at most {MOST_RULES} may be"
                    yield complain("WAIVER-BROAD", ("profiles", index), message)
                before.update(waiver.rules)
        if len(policy.certificates) > 1 and set(waiver.profiles) >= set(policy.certificates):
            yield complain("WAIVER-BROAD", ("profiles",), "waives for every profile of the policy; change the profiles")
        for index, name in enumerate(waiver.profiles):
            if name not in policy.certificates:
                message = f"there is no certificate profile `{name}` in this policy"
                yield complain("WAIVER-UNKNOWN", ("profiles", index), message)
        for index, rule in enumerate(waiver.rules):
            path: DataPath = ("rules", index)
            if "*" in rule or "?" in rule:
                yield complain("WAIVER-BROAD", path, f"{rule} stands for many rules; name each rule")
            elif severities.get(rule) is Severity.FATAL or rule in UNWAIVABLE:
                yield complain("WAIVER-BROAD", path, f"{rule} cannot be waived by anybody")
            elif rule not in severities and not LINTER_CODE.fullmatch(rule):
                yield complain("WAIVER-UNKNOWN", path, f"there is no rule {rule}, and it is no code of the linter")


def check_waivers_on(
    policy: Policy,
    day: date,
    profiles: Iterable[str],
    used: Iterable[UsedWaiver],
    document: Document | None = None,
) -> Iterator[Finding]:
    """What is wrong with the waivers of these profiles on the day of signing: WAIVER-EXPIRED; WAIVER-LONG, a warning,
    for one that runs for more than two years from then; and WAIVER-UNUSED, a warning, for a rule that none of their
    certificates breaks. With the document each says its place."""
    chosen = set(profiles)
    at_work = {(item.profile, rule, item.reason) for item in used for rule in item.rules}
    for place, waiver in enumerate(policy.waivers):
        meant = [name for name in waiver.profiles if name in chosen]
        if not meant:
            continue
        subject = f"waivers[{place}]"
        if _expired(waiver, day):
            yield Finding(
                "WAIVER-EXPIRED",
                Severity.ERROR,
                f"expired on {waiver.expires}; decide anew, or take it out and keep the rule",
                subject,
                document.where(("waivers", place, "expires")) if document else None,
            )
            continue
        if date.fromisoformat(waiver.expires) > _years_after(day):
            yield Finding(
                "WAIVER-LONG",
                Severity.WARNING,
                f"runs until {waiver.expires}, for more than {LONGEST_YEARS} years; let it end sooner, and decide anew",
                subject,
                document.where(("waivers", place, "expires")) if document else None,
            )
        for index, rule in enumerate(waiver.rules):
            idle = [name for name in meant if (name, rule, waiver.reason) not in at_work]
            if idle:
                yield Finding(
                    "WAIVER-UNUSED",
                    Severity.WARNING,
                    f"{rule} is not broken by {', '.join(idle)}; take out what is not needed",
                    subject,
                    document.where(("waivers", place, "rules", index)) if document else None,
                )


def _years_after(day: date) -> date:
    """The same day of the calendar; after 29 February, 1 March."""
    try:
        return day.replace(year=day.year + LONGEST_YEARS)
    except ValueError:
        return date(day.year + LONGEST_YEARS, 3, 1)


def _expired(waiver: Waiver, day: date) -> bool:
    """`expires` is the last day on which it holds. A date that is none was refused when the policy was read."""
    return date.fromisoformat(waiver.expires) < day
