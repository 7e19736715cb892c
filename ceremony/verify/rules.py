"""RULES: each certificate before the archived policy's rule packs and waivers once more."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import Finding, Severity
from ceremony.policy.waivers import WAIVED, check_waivers_on
from ceremony.script.objects.base import Judgement
from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence, Signing, line_of, moment
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.rule import Fault, Rule


def _judged_again(made: Replayed) -> Judgement:
    """What the linter said is taken from the record: another version of it would say other things.

    Raises CannotJudge or CeremonyError.
    """
    return made.item.judged(tuple(_said_by_the_linter(made.signing)))


def _said_by_the_linter(signing: Signing) -> Iterator[Finding]:
    """The linter's findings as they were before any waiver. Raises CannotJudge."""
    _, linted = signing.last(kinds.Linted)
    for finding in linted.findings:
        if finding.source.startswith("pkilint"):
            said, waived, _ = finding.message.partition(WAIVED)
            known = finding.severity in set(Severity)
            severity = Severity.WARNING if waived else Severity(finding.severity) if known else Severity.FATAL
            yield Finding(finding.rule, severity, said, signing.data.name, source=finding.source)


def _rules(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    for finding in _judged_again(made).findings:
        if finding.severity.blocks:
            yield Fault(f"{made.item.name}: {finding.message} ({finding.rule})", line_of(made.signing.signed))


def _waivers(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    """What the record says was waived is what the archived policy waives for these bytes, no more and no less."""
    name, profile, signing = made.item.name, made.item.demand.profile_name, made.signing
    built_at, _ = signing.last(kinds.ObjectBuilt)
    review_at, _ = signing.last(kinds.Reviewed)
    wanted = [
        kinds.WaiverUsed(
            name=waiver.certificate,
            profile=waiver.profile,
            rules=waiver.rules,
            sources=waiver.sources,
            reason=waiver.reason,
            expires=waiver.expires,
            approved_by=waiver.approved_by,
        )
        for waiver in _judged_again(made).waivers
    ]
    for entry in (*signing.before, *signing.after):
        if not isinstance(entry.data, kinds.WaiverUsed):
            continue
        if not built_at.event.seq < entry.event.seq < review_at.event.seq:
            yield Fault(f"{name}: a waiver stands before building or after review.", line_of(entry))
        if entry.data in wanted:
            wanted.remove(entry.data)
        else:
            yield Fault(f"{name}: the archived policy does not waive this here.", line_of(entry))
    for missing in wanted:
        yield Fault(f"{name}: the record keeps silent about a waiver: {missing.summary()}.", line_of(review_at))
    day = moment(built_at.event.at).date()
    profiles = {profile} if made.item.what == "certificate" else set()
    for finding in check_waivers_on(evidence.plan.policy, day, profiles, ()):
        if finding.severity.blocks:
            yield Fault(f"{name}: {finding.subject} of the policy {finding.message}.", line_of(signing.signed))


RULES = (
    Rule("TBS-CHECKS", "Each object keeps the rule packs of the archived policy, or is waived.", each_object(_rules)),
    Rule(
        "TBS-WAIVERS",
        "Each waiver that was used stands in the record and in the archived policy.",
        each_object(_waivers),
    ),
)
