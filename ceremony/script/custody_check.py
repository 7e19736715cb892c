"""What the policy's `custody` asks of a script and of the people file, before anybody is in the room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ceremony.custody.people import Person
from ceremony.errors import Finding, Severity
from ceremony.policy.models import CustodyRules
from ceremony.script.models import RenewPins, Script, SplitsPins, Step
from ceremony.script.plan import Mode, PlannedStep


def custody_findings(
    rules: CustodyRules, script: Script, people: Mapping[str, Person], steps: Sequence[PlannedStep], mode: Mode
) -> Iterator[Finding]:
    """CUSTODY-QUORUM, CUSTODY-PIN, CUSTODY-SEALER and, in production, CUSTODY-CREDENTIAL: practice makes its own."""
    approved = [planned for planned in steps if planned.step.demands.approves == "always"]
    yield from _quorum(rules, script, approved)
    yield from _shares(rules, steps)
    signed = approved if rules.approvals == "signed" else ()
    approvers = {person.id for planned in signed for person in planned.actors}
    if script.seal_by in approvers:
        message = "seals the record, and would approve what is done with keys too; let others approve"
        yield Finding("CUSTODY-SEALER", Severity.ERROR, message, script.seal_by)
    if mode == "production":
        yield from _credentials(rules, script, people, approvers)


def needed_in(script: Script, step: Step, actors: int) -> int:
    """How many must approve in a step: what the script says of the acting role, else everybody who acts."""
    duty = next((duty for role, duty in script.roles.items() if role == step.actor), None)
    return (duty.needed if duty else None) or actors


def _quorum(rules: CustodyRules, script: Script, approved: Sequence[PlannedStep]) -> Iterator[Finding]:
    if rules.quorum is None:
        return
    for planned in approved:
        step = planned.step
        needed = needed_in(script, step, len(planned.actors))
        if step.actor != "custodian":
            message = f"is approved by {step.actor}; the policy wants {rules.quorum} of the role custodian"
            yield Finding("CUSTODY-QUORUM", Severity.ERROR, message, step.id)
        elif needed < rules.quorum:
            message = f"is approved by {needed} custodians; the policy wants {rules.quorum}"
            yield Finding("CUSTODY-QUORUM", Severity.ERROR, message, step.id)


def _shares(rules: CustodyRules, steps: Sequence[PlannedStep]) -> Iterator[Finding]:
    """A new PIN that is split is not put together by fewer than approve what is done with the keys behind it; one that
    people choose is told of."""
    for planned in steps:
        step = planned.step
        if rules.quorum is None or not isinstance(step, SplitsPins):
            continue
        if step.shares is None:
            if rules.quorum > 1 and not isinstance(step, RenewPins) and step.initialise:
                message = (
                    "makes a token whose PINs people choose: who knows one of them opens it alone, and the policy "
                    f"wants {rules.quorum} custodians; `shares` splits them"
                )
                yield Finding("CUSTODY-PIN", Severity.NOTICE, message, step.id)
        elif step.shares.threshold < rules.quorum:
            message = f"opens its token with {step.shares.threshold} shares; the policy wants {rules.quorum} custodians"
            yield Finding("CUSTODY-QUORUM", Severity.ERROR, message, step.id)


def _credentials(
    rules: CustodyRules, script: Script, people: Mapping[str, Person], approvers: set[str]
) -> Iterator[Finding]:
    """Who signs has a key of their own: a record that nobody could seal is found out before its keys are made."""
    signed = rules.approvals == "signed" and rules.attestation
    attesting = {name for duty in script.roles.values() for name in duty.people} if signed else set()
    others = {token.label for token in (script.token, *script.other_tokens.values())}
    for name in sorted({script.seal_by} | approvers | attesting):
        credential = people[name].credential
        if credential is None:
            message = f"{_signs(name, script, approvers)}; enter their certificate and token in the people file"
            yield Finding("CUSTODY-CREDENTIAL", Severity.ERROR, message, name)
        elif credential.token_label in others:
            message = f"has {credential.token_label} for an own token; it is one of the ceremony's"
            yield Finding("CUSTODY-CREDENTIAL", Severity.ERROR, message, name)
    for duty in script.roles.values():
        for name in duty.deputies:
            needed = signed or script.seal_by in duty.people
            if needed and name not in approvers and people[name].credential is None:
                message = "may stand in, and could sign nothing; enter their certificate and token in the people file"
                yield Finding("CUSTODY-CREDENTIAL", Severity.WARNING, message, name)


def _signs(name: str, script: Script, approvers: set[str]) -> str:
    if name == script.seal_by:
        return "seals the record, with a key of their own"
    does = "approves what is done with keys" if name in approvers else "agrees with the record at its close"
    return f"{does}, which the policy wants signed"
