"""APPROVAL: nothing was signed that the right people had not seen checked, reviewed and approved, here and then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ceremony.custody.consent import approval_statement
from ceremony.errors import Severity
from ceremony.script.plan import PlannedStep
from ceremony.script.quorum import needed_approvals as needed_by
from ceremony.script.quorum import who_may_approve
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import walk
from ceremony.verify.evidence import CannotJudge, Evidence, Signing, line_of
from ceremony.verify.objects import each, each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.resumed_lines import resumed_after
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held

HARMLESS = {severity.value for severity in Severity if not severity.blocks}
"""A severity that is not one of these, or none at all, stands against a signature."""


def _statements(evidence: Evidence) -> Iterator[Fault]:
    """Every approval of the record, also of attempts that came to nothing, says where and when it was given."""
    for entry, state in walk(evidence.chain.entries):
        if isinstance(entry.data, kinds.Approved):
            yield from _statement(evidence, entry, entry.data, set(state.present))


def _statement(evidence: Evidence, entry: Entry, data: kinds.Approved, present: set[str]) -> Iterator[Fault]:
    planned = step_of(evidence, entry)
    where, who = line_of(entry), f"The approval of {data.name} by {data.person}"
    if (data.step, data.attempt) != (entry.event.step, entry.event.attempt):
        yield Fault(f"{who} is for another step or attempt than this.", where)
    if data.plan_sha256 != evidence.plan.sha256:
        yield Fault(f"{who} is for another plan.", where)
    if data.chain_head != entry.event.prev:
        yield Fault(f"{who} was given at another place of the record: its head is not that of the line before.", where)
    if data.person != entry.event.actor:
        yield Fault(f"{who} was given by {entry.event.actor}.", where)
    if data.person not in {person.id for person in who_may_approve(evidence.plan, planned)}:
        yield Fault(f"{who} is not theirs to give in step {planned.number}.", where)
    person, digest = evidence.plan.people.get(data.person), data.to_be_signed_sha256
    if person is None or data.statement != approval_statement(person, data.what, data.name, digest):
        yield Fault(f"{who} has other words than those that they were asked.", where)
    if data.person not in present:
        yield Fault(f"{who} was given when they were not in the room.", where)


def _approved(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    """As many of the acting role as the script needs approved exactly these bytes, after they were built."""
    planned = step_of(evidence, signing.signed)
    built_at, built = signing.last(kinds.ObjectBuilt)
    entry, intent = signing.last(kinds.SignatureIntended)
    if approved_as(intent) != kinds.ApprovedAs(signing.data.what, signing.data.name, built.sha256):
        yield Fault(f"{signing.data.name}: another object was announced than was built and signed.", line_of(entry))
    people = who_approved(evidence, entry, intent, signing.before, since=built_at.event.seq)
    needed = needed_approvals(evidence, planned)
    if len(people) < needed:
        yield Fault(
            f"{signing.data.name}: {len(people)} of {needed} needed approvals fit the bytes that were signed.",
            line_of(signing.signed),
        )
    for entry in signing.before:
        if isinstance(entry.data, kinds.ApprovalRefused) and entry.data.name == signing.data.name:
            yield Fault(f"{signing.data.name} was signed although {entry.data.person} refused.", line_of(entry))


def _checked(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    """Linted without an error, then reviewed without a difference, then approved: these very bytes."""
    del evidence
    name = signing.data.name
    built_at, built = signing.last(kinds.ObjectBuilt)
    lint_at, linted = signing.last(kinds.Linted)
    review_at, reviewed = signing.last(kinds.Reviewed)
    approvals = [entry.event.seq for entry in signing.before if isinstance(entry.data, kinds.Approved)]
    if linted.stage != "to-be-signed" or linted.sha256 != built.sha256:
        yield Fault(f"{name}: other bytes were linted than were signed.", line_of(lint_at))
    for finding in linted.findings:
        if finding.severity not in HARMLESS:
            yield Fault(f"{name} was signed against a finding: {finding.summary()}", line_of(lint_at))
    if reviewed.sha256 != built.sha256 or reviewed.name != name:
        yield Fault(f"{name}: other bytes were reviewed than were signed.", line_of(review_at))
    if reviewed.unequal:
        yield Fault(f"{name} was signed although {reviewed.unequal} fields differed in review.", line_of(review_at))
    if approvals and not built_at.event.seq < lint_at.event.seq < review_at.event.seq < min(approvals):
        yield Fault(f"{name}: building, linting, review and approval do not follow each other.", line_of(review_at))


def _checked_again(evidence: Evidence, signing: Signing) -> Iterator[Fault]:
    if evidence.left_unwritten(signing):
        return  # LIMIT-UNWRITTEN tells of it
    name, after = signing.data.name, signing.after
    if resumed_after(evidence, signing.signed):  # then a later attempt at the step may have linted it
        step, seq = signing.signed.event.step, signing.signed.event.seq
        after = tuple(e for e in evidence.chain.entries if e.event.step == step and e.event.seq > seq)
    again = [entry.data for entry in after if isinstance(entry.data, kinds.Linted) and entry.data.name == name]
    fitting = [data for data in again if (data.stage, data.sha256) == ("signed", signing.data.artefact_sha256)]
    if len(again) != 1 or fitting != again:
        yield Fault(f"{name}: it was not linted once more after it was signed.", line_of(signing.signed))
    for data in fitting:
        for finding in data.findings:
            if finding.severity not in HARMLESS:
                yield Fault(f"{name}: once signed it has a finding: {finding.summary()}", line_of(signing.signed))


def _intended(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    demand = made.item.demand
    entry, intent = made.signing.last(kinds.SignatureIntended)
    key = made.item.setting.world.keys.get(demand.signer_key)
    wanted = (demand.what, demand.name, demand.signer_key, key.key_id if key else "", made.item.to_be_signed.algorithm)
    if (intent.what, intent.name, intent.signer_key, intent.key_id, intent.algorithm) != wanted:
        yield Fault(f"{demand.name}: the signature was announced for another object or key.", line_of(entry))


def step_of(evidence: Evidence, entry: Entry) -> PlannedStep:
    """The step of the plan to which a line belongs. Raises CannotJudge where there is none."""
    for planned in evidence.plan.steps:
        if planned.step.id == entry.event.step:
            return planned
    raise CannotJudge(f"line {entry.event.seq} belongs to no step of the plan")


def needed_approvals(evidence: Evidence, planned: PlannedStep) -> int:
    """How many of the acting role must approve in a step."""
    return needed_by(evidence.plan, planned)


def approved_as(deed: kinds.Deed) -> kinds.ApprovedAs:
    """As what a deed is approved. Raises CannotJudge where it holds octets that are none."""
    try:
        return kinds.approved_as(deed)
    except ValueError as error:
        raise CannotJudge(str(error)) from None


def who_approved(
    evidence: Evidence, entry: Entry, deed: kinds.Deed, before: Iterable[Entry], *, since: int
) -> set[str]:
    """Those who approved exactly this deed between the line `since` and its own (`entry`), and stayed until then."""
    wanted = approved_as(deed)
    return {
        other.data.person
        for other in before
        if isinstance(other.data, kinds.Approved)
        and wanted.fits(other.data)
        and since < other.event.seq < entry.event.seq
        and stayed(evidence, other, entry)
    }


def stayed(evidence: Evidence, approval: Entry, deed: Entry) -> bool:
    """Whether who approved was in the room from their approval up to the line that announces the deed."""
    person = getattr(approval.data, "person", "")
    return not evidence.lines.left_between(person, approval.event.seq, deed.event.seq)


RULES = (
    Rule(
        "APPROVAL-STATEMENT",
        "Each approval names this ceremony's plan, its step, and the record's head at that very "
        "line, is by someone present whose step it was, and has the words that they were asked.",
        _statements,
    ),
    Rule(
        "APPROVAL-SAME",
        "In each attempt, whatever came of it, what was built was linted, seen, read back, approved and done.",
        held("APPROVAL-SAME"),
    ),
    Rule(
        "APPROVAL-DIGEST",
        "Each signed object was approved by digest, by as many people as the script needs, and refused by none.",
        each(_approved),
    ),
    Rule(
        "APPROVAL-CHECKED",
        "Each was linted without an error and reviewed without a difference before its approval.",
        each(_checked),
    ),
    Rule(
        "APPROVAL-LINT",
        "Each artefact was linted once more after it was signed, without an error.",
        each(_checked_again),
    ),
    Rule(
        "APPROVAL-INTENT",
        "Each signature was announced, with the planned key, before it was made.",
        each_object(_intended),
    ),
)
