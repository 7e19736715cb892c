"""HASH: script, policy and people are the ones that the ceremony was opened with, and make the same plan."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.canonical import sha256_hex
from ceremony.transcript import archive, kinds
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule


def other_inputs(evidence: Evidence) -> Iterator[Fault]:
    """Each file of which a plan is made that is missing, or is not the one that the first line names."""
    opened = evidence.opened
    inputs = ((file.path, file.sha256) for file in opened.inputs)
    for path, recorded in (
        (archive.SCRIPT, opened.script_sha256),
        (archive.POLICY, opened.policy_sha256),
        (archive.PEOPLE, opened.people_sha256),
        *inputs,
    ):
        found = evidence.digest(path)
        if found is None:
            yield Fault(f"{path} is missing, or is not a plain file.", path)
        elif found.sha256 != recorded:
            yield Fault(f"{path} is not the file that the ceremony was opened with: its SHA-256 differs.", path)


def _plan(evidence: Evidence) -> Iterator[Fault]:
    opened, plan = evidence.opened, evidence.plan
    where = f"{archive.RECORD}:1"
    if plan.sha256 != opened.plan_sha256:
        yield Fault(f"The archived files make plan {plan.sha256}; the record was opened with another.", where)
    if (opened.script_id, opened.script_version, opened.title) != (
        plan.script.id,
        plan.script.version,
        plan.script.title,
    ):
        yield Fault("The record names another script (id, version or title) than the archived one.", where)
    kept = tuple(
        kinds.WrittenFile(path=path, sha256=sha256_hex(octets), size=len(octets))
        for path, octets in plan.inputs.items()
    )
    if opened.inputs != kept:
        yield Fault("The files that the plan is made of are not those that the record names.", where)
    if opened.stand_in and opened.mode != "practice":
        yield Fault("A production ceremony says that its past is a stand-in.", where)
    for finding in plan.findings:
        if finding.severity.blocks:
            yield Fault(f"The plan has an error: {finding.subject}: {finding.message} ({finding.rule})", archive.POLICY)


def _identity(evidence: Evidence) -> Iterator[Fault]:
    opened = evidence.opened
    for entry, approved in evidence.of(kinds.Approved):
        if approved.ceremony_id != opened.ceremony_id:
            yield Fault(f"An approval names another ceremony, {approved.ceremony_id}.", line_of(entry))
    for entry, found in evidence.of(kinds.TokenFound):
        if found.purpose != "ceremony":
            continue
        if found.label != evidence.plan.token_label:
            yield Fault(f"Token {found.label} was used; the plan names {evidence.plan.token_label}.", line_of(entry))
        serial = evidence.plan.script.token.serial
        if not evidence.practice and serial and found.serial != serial:
            yield Fault(f"The token's serial number is {found.serial}; the script names {serial}.", line_of(entry))


RULES = (
    Rule(
        "HASH-INPUTS",
        "Script, policy, people and inputs are byte for byte those that the ceremony was opened with.",
        other_inputs,
    ),
    Rule("HASH-PLAN", "The archived script, policy and people make exactly the recorded plan.", _plan),
    Rule("HASH-IDENTITY", "Ceremony, mode and token are the same from the first line to the last.", _identity),
)
