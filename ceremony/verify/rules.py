"""RULES: each certificate before the archived policy's rule packs and waivers once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.policy.waivers import WAIVED, check_waivers_on
from ceremony.script.objects.base import Judgement, SignedObject
from ceremony.transcript import kinds
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, line_of, moment
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replay, Replayed
from ceremony.verify.rule import Fault, Rule

LINTER = "pkilint"
"""The library, whose version is told with its findings."""


def _judged_again(made: Replayed) -> Judgement:
    """What the linter said is taken from the record: another version of it would say other things.

    Raises CannotJudge or CeremonyError.
    """
    return made.item.judged(tuple(_said_by_the_linter(made.signing)))


def _said_by_the_linter(signing: Signing) -> Iterator[Finding]:
    """The linter's findings as they were before any waiver. Raises CannotJudge."""
    _, linted = signing.last(kinds.Linted)
    return _before_waivers(signing.data.name, (finding for finding in linted.findings if _is_linters(finding)))


def _is_linters(finding: kinds.RecordedFinding) -> bool:
    return finding.source.startswith(LINTER)


def _before_waivers(name: str, findings: Iterable[kinds.RecordedFinding]) -> Iterator[Finding]:
    for finding in findings:
        said, waived, _ = finding.message.partition(WAIVED)
        known = finding.severity in set(Severity)
        severity = Severity.WARNING if waived else Severity(finding.severity) if known else Severity.FATAL
        yield Finding(finding.rule, severity, said, name, source=finding.source)


def _linted(evidence: Evidence) -> Iterator[Fault]:
    """Each time that bytes were judged they were those of an object here; what the record has beside the linter's words
    is what this program finds in them again, and of the linter it has the same before and after the signature."""
    items: dict[str, tuple[SignedObject, bytes]] = {}
    replay = evidence.once(Replay)
    for given_up in replay.given_up:
        if isinstance(given_up.item, SignedObject):
            items[given_up.item.to_be_signed.sha256] = given_up.item, b""
    for signing in evidence.signings:
        try:
            made = replay.of(signing)
        except (CannotJudge, CeremonyError):
            continue  # said where it is made again
        items[made.item.to_be_signed.sha256] = made.item, b""
        items[signing.data.artefact_sha256] = made.item, made.octets
    yield from _by_one_linter(evidence)
    before: dict[str, list[kinds.RecordedFinding]] = {}
    for entry, linted in evidence.of(kinds.Linted):
        item, octets = items.get(linted.sha256, (None, b""))
        if item is None or (item.name, bool(octets)) != (linted.name, linted.stage == "signed"):
            yield Fault(f"Bytes were judged as {linted.name} that were not built here under that name.", line_of(entry))
            continue
        said = [finding for finding in linted.findings if _is_linters(finding)]
        if said != before.setdefault(item.to_be_signed.sha256, said):
            yield Fault(f"{item.name}: the linter said otherwise before it was signed.", line_of(entry))
        of_ours = item.lint(octets) if item.what == "request" and octets else ()
        found = kinds.recorded(item.judged((*_before_waivers(item.name, said), *of_ours)).findings)
        if (linted.linters, linted.findings) != (item.linters, found):
            yield Fault(f"{item.name}: the record does not have what is found in it, or by whom.", line_of(entry))


def _by_one_linter(evidence: Evidence) -> Iterator[Fault]:
    """A program has one linter: the version that it named when it opened the record, or went on with it."""
    source = ""
    for entry in evidence.chain.entries:
        match entry.data:
            case kinds.CeremonyOpened(libraries=libraries) | kinds.CeremonyResumed(libraries=libraries):
                source = next((f"{LINTER} {item.version}" for item in libraries if item.name == LINTER), "")
            case kinds.Linted(name=name, findings=findings):
                said = dict.fromkeys(item.source for item in findings if _is_linters(item))
                source = source or next(iter(said), "")
                if set(said) - {source}:
                    yield Fault(f"{name}: another linter judged it than this program has, {source}.", line_of(entry))
            case _:
                pass


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
        "TBS-LINTED",
        "Each time that bytes were judged, the record has what is found in them again, beside the linter's own words.",
        _linted,
    ),
    Rule(
        "TBS-WAIVERS",
        "Each waiver that was used stands in the record and in the archived policy.",
        each_object(_waivers),
    ),
)
