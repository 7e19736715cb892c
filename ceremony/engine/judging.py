"""What linters and rule packs say of bytes, before and after they are signed; on record each time."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.canonical import sha256_hex
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script.objects.base import SignedObject
from ceremony.transcript.kinds import Linted, WaiverUsed, recorded


def judge_draft(room: Room, draft: SignedObject) -> tuple[Finding, ...]:
    """Lint and rule packs over the bytes; the waivers that were needed are recorded, and shown with the findings.

    Raises CeremonyError LINT-ERROR where anything forbids to sign them.
    """
    judgement = draft.judged()
    day = draft.setting.clock.date()
    profiles = {draft.demand.profile_name} if draft.what == "certificate" else set()  # nothing else can be waived
    expired = (
        finding
        for finding in check_waivers_on(room.plan.policy, day, profiles, judgement.waivers)
        if finding.severity.blocks
    )
    findings = (*judgement.findings, *expired)
    _record(room, draft, "to-be-signed", draft.to_be_signed.octets, findings)
    _refuse_errors(findings, f"{draft.name} was not signed.")
    for waiver in judgement.waivers:
        room.record(_waiver_used(waiver))
    return findings


def judge_signed(room: Room, draft: SignedObject, octets: bytes) -> None:
    """The linters once more, over the real signature and under the same waivers. Raises as `judge_draft` does."""
    findings = draft.judged(draft.lint(octets)).findings
    _record(room, draft, "signed", octets, findings)
    _refuse_errors(findings, f"{draft.name} was signed, but no file was written.")


def _record(room: Room, draft: SignedObject, stage: str, octets: bytes, findings: Sequence[Finding]) -> None:
    room.record(
        Linted.model_validate(
            {
                "name": draft.name,
                "stage": stage,
                "sha256": sha256_hex(octets),
                "linters": draft.linters,
                "findings": recorded(findings),
            }
        )
    )


def _refuse_errors(findings: Sequence[Finding], not_done: str) -> None:
    errors = [finding for finding in findings if finding.severity.blocks]
    if errors:
        raise CeremonyError(
            "The bytes break a rule.",
            findings=errors,
            not_done=not_done,
            next_step="Mend the policy, plan again, and hold the ceremony again. Nothing can be waved through here.",
            code="LINT-ERROR",
        )


def _waiver_used(waiver: UsedWaiver) -> WaiverUsed:
    return WaiverUsed(
        name=waiver.certificate,
        profile=waiver.profile,
        rules=waiver.rules,
        sources=waiver.sources,
        reason=waiver.reason,
        expires=waiver.expires,
        approved_by=waiver.approved_by,
    )
