"""What linters and rule packs say of bytes, before and after they are signed; on record each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ceremony.canonical import sha256_hex
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding
from ceremony.pki.holes import Holes
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.script.judging import Judgement, Neighbour, judged
from ceremony.script.plan import PlannedCertificate
from ceremony.transcript.kinds import Linted, RecordedFinding, WaiverUsed


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate whose bytes are built: everything that judges them needs."""

    certificate: PlannedCertificate
    to_be_signed: ToBeSigned
    holes: Holes
    clock: datetime
    """The agreed clock by which it was built."""
    issuer: bytes | None
    """The issuer's signed certificate; None for a self-signed one."""
    neighbours: tuple[Neighbour, ...]
    """The certificates that were signed before it."""


def judge_draft(room: Room, draft: Draft) -> tuple[Finding, ...]:
    """Lint and rule packs over the bytes; the waivers that were needed are recorded, and shown with the findings.

    Raises CeremonyError LINT-ERROR where anything forbids to sign them.
    """
    name = draft.certificate.profile_name
    judgement = _judged(room, draft)
    expired = (
        finding
        for finding in check_waivers_on(room.plan.policy, draft.clock.date(), {name}, judgement.waivers)
        if finding.severity.blocks
    )
    findings = (*judgement.findings, *expired)
    _record(room, draft, "to-be-signed", draft.to_be_signed.octets, findings)
    _refuse_errors(findings, f"{draft.certificate.name} was not signed.")
    for waiver in judgement.waivers:
        room.record(_waiver_used(waiver))
    return findings


def judge_signed(room: Room, draft: Draft, der: bytes) -> None:
    """The linters once more, over the real signature and under the same waivers. Raises as `judge_draft` does."""
    from ceremony.pki.lint import lint_certificate

    linted = lint_certificate(der, draft.certificate.profile.lint_as, draft.certificate.name)
    findings = _judged(room, draft, linted).findings
    _record(room, draft, "signed", der, findings)
    _refuse_errors(findings, f"{draft.certificate.name} was signed, but no file was written.")


def _judged(room: Room, draft: Draft, linted: tuple[Finding, ...] | None = None) -> Judgement:
    certificate = draft.certificate
    return judged(
        room.plan.policy,
        draft.to_be_signed,
        certificate.profile_name,
        certificate.issuer_profile,
        draft.holes,
        name=certificate.name,
        key=certificate.key,
        issuer_key=certificate.issuer_key,
        issuer=draft.issuer,
        neighbours=draft.neighbours,
        clock=draft.clock,
        practice=room.plan.mode == "practice",
        placeholders=False,
        linted=linted,
    )


def _record(room: Room, draft: Draft, stage: str, octets: bytes, findings: Sequence[Finding]) -> None:
    packs = ", ".join(room.plan.policy.rule_packs)
    profile = draft.certificate.profile
    room.record(
        Linted.model_validate(
            {
                "certificate": draft.certificate.name,
                "stage": stage,
                "sha256": sha256_hex(octets),
                "linters": f"pkilint as {profile.lint_as}; rule packs {packs}",
                "findings": tuple(
                    RecordedFinding(
                        rule=finding.rule,
                        severity=finding.severity.value,
                        message=finding.message,
                        source=finding.source,
                    )
                    for finding in findings
                ),
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
        certificate=waiver.certificate,
        profile=waiver.profile,
        rules=waiver.rules,
        sources=waiver.sources,
        reason=waiver.reason,
        expires=waiver.expires,
        approved_by=waiver.approved_by,
    )
