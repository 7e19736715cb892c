"""RULES: each certificate before the archived policy's rule packs and waivers once more."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import Finding, Severity
from ceremony.policy.waivers import WAIVED, check_waivers_on
from ceremony.script.judging import Judgement, judged
from ceremony.transcript import kinds
from ceremony.verify.certificates import each, neighbours, rebuilt
from ceremony.verify.evidence import Evidence, Signing, line_of, moment
from ceremony.verify.rule import Fault, Rule


def _judged_again(evidence: Evidence, signing: Signing) -> Judgement:
    """What the linter said is taken from the record: another version of it would say other things.

    Raises CannotJudge or CeremonyError.
    """
    planned = evidence.planned(signing.signed.event.step)
    policy = evidence.plan.policy
    holes, bytes_again = rebuilt(evidence, signing)
    before = neighbours(evidence, signing)
    return judged(
        policy,
        bytes_again,
        planned.profile_name,
        planned.issuer_profile,
        holes,
        name=planned.name,
        key=planned.key,
        issuer_key=planned.issuer_key,
        issuer=next((item.octets for item in before if item.name == planned.issuer_name), None),
        neighbours=before,
        clock=moment(signing.last(kinds.BytesBuilt)[0].event.at),
        practice=evidence.practice,
        placeholders=False,
        linted=tuple(_said_by_the_linter(signing)),
    )


def _said_by_the_linter(signing: Signing) -> Iterator[Finding]:
    """The linter's findings as they were before any waiver. Raises CannotJudge."""
    _, linted = signing.last(kinds.Linted)
    for finding in linted.findings:
        if finding.source.startswith("pkilint"):
            said, waived, _ = finding.message.partition(WAIVED)
            known = finding.severity in set(Severity)
            severity = Severity.WARNING if waived else Severity(finding.severity) if known else Severity.FATAL
            yield Finding(finding.rule, severity, said, signing.data.name, source=finding.source)


def _rules(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    planned = evidence.planned(signing.signed.event.step)
    if planned.issuer_name != planned.name and all(
        item.name != planned.issuer_name for item in neighbours(evidence, signing)
    ):
        yield Fault(f"{planned.name} was signed before its issuer's certificate was.", line_of(signing.signed))
        return
    for finding in _judged_again(evidence, signing).findings:
        if finding.severity.blocks:
            yield Fault(f"{planned.name}: {finding.message} ({finding.rule})", line_of(signing.signed))


def _waivers(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    """What the record says was waived is what the archived policy waives for these bytes, no more and no less."""
    planned = evidence.planned(signing.signed.event.step)
    built_at, _ = signing.last(kinds.BytesBuilt)
    review_at, _ = signing.last(kinds.Reviewed)
    wanted = [
        kinds.WaiverUsed(
            certificate=waiver.certificate,
            profile=waiver.profile,
            rules=waiver.rules,
            sources=waiver.sources,
            reason=waiver.reason,
            expires=waiver.expires,
            approved_by=waiver.approved_by,
        )
        for waiver in _judged_again(evidence, signing).waivers
    ]
    for entry in (*signing.before, *signing.after):
        if not isinstance(entry.data, kinds.WaiverUsed):
            continue
        if not built_at.event.seq < entry.event.seq < review_at.event.seq:
            yield Fault(f"{planned.name}: a waiver stands before building or after review.", line_of(entry))
        if entry.data in wanted:
            wanted.remove(entry.data)
        else:
            yield Fault(f"{planned.name}: the archived policy does not waive this here.", line_of(entry))
    for missing in wanted:
        yield Fault(f"{planned.name}: the record keeps silent about a waiver: {missing.summary()}.", line_of(review_at))
    day = moment(built_at.event.at).date()
    for finding in check_waivers_on(evidence.plan.policy, day, {planned.profile_name}, ()):
        if finding.severity.blocks:
            yield Fault(f"{planned.name}: {finding.subject} of the policy {finding.message}.", line_of(signing.signed))


RULES = (
    Rule("TBS-CHECKS", "Each certificate keeps the rule packs of the archived policy, or is waived.", each(_rules)),
    Rule("TBS-WAIVERS", "Each waiver that was used stands in the record and in the archived policy.", each(_waivers)),
)
