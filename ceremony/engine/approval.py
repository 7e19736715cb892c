"""Who must approve, and their approval of exactly these bytes."""

from __future__ import annotations

from ceremony.custody.people import Person
from ceremony.engine.judging import Draft
from ceremony.engine.officiant import ApprovalRequest, FieldRow, Review
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.script.plan import PlannedCertificate
from ceremony.transcript.kinds import ApprovalRefused, Approved, Reviewed
from ceremony.words import words


def approvers(room: Room) -> tuple[Person, ...]:
    """Who must approve in this step: those of the acting role who are present, as many as the script needs."""
    planned = room.step
    duties = {str(role): duty for role, duty in room.plan.script.roles.items()}
    duty = duties.get(planned.step.actor)
    needed = (duty.needed if duty else None) or len(planned.actors)
    present = room.those_present(planned.actors)
    if len(present) < needed:
        missing = ", ".join(person.name for person in planned.actors if person not in present)
        raise CeremonyError(
            "Those who must approve are not all present.",
            detail=f"{needed} of the role {planned.actor_role} must approve; {len(present)} answered the roll-call. "
            f"Not present: {missing}.",
            not_done="Nothing was signed.",
            next_step="Wait for them and call the roll again, or end the ceremony in good order (F10).",
            code="QUORUM-ABSENT",
        )
    return present[:needed]


def review(room: Room, draft: Draft, findings: tuple[Finding, ...]) -> None:
    """Show every field as the policy wants it and as a second parser reads it from the bytes. Refuses a difference."""
    from ceremony.pki.describe import describe
    from ceremony.pki.text import dump
    from ceremony.pki.wanted import compare, wanted_fields

    certificate, to_be_signed, holes = draft.certificate, draft.to_be_signed, draft.holes
    wanted = wanted_fields(
        certificate.profile, certificate.issuer_profile, holes, practice=room.plan.mode == "practice"
    )
    rows = tuple(
        FieldRow(row.name, row.wanted, row.found, row.equal) for row in compare(wanted, describe(to_be_signed.octets))
    )
    room.officiant.review(
        Review(
            step=room.view,
            title=f"Certificate {certificate.name}",
            rows=rows,
            findings=findings,
            dump=dump(to_be_signed.octets),
            digest=to_be_signed.sha256,
            digest_words=words(bytes.fromhex(to_be_signed.sha256)),
            size=len(to_be_signed.octets),
        )
    )
    unequal = [row.name for row in rows if not row.equal]
    room.record(
        Reviewed(
            certificate=certificate.name,
            sha256=to_be_signed.sha256,
            rows=len(rows),
            unequal=len(unequal),
            person=room.actor.id,
        )
    )
    if unequal:
        raise CeremonyError(
            "The bytes are not what the policy wants.",
            detail=f"They differ in: {', '.join(unequal)}.",
            not_done=f"{certificate.name} was not signed.",
            next_step="End the ceremony in good order (F10) and report the difference.",
            code="REVIEW-UNEQUAL",
        )


def approve(room: Room, certificate: PlannedCertificate, to_be_signed: ToBeSigned) -> list[Approved]:
    """Ask each approver; the statements are on record. Raises CeremonyError when anyone refuses."""
    approvals = []
    for person in approvers(room):
        agreed = room.officiant.approve(
            ApprovalRequest(
                step=room.view,
                person=person.name,
                what=f"Sign certificate {certificate.name} with key {certificate.issuer_key}",
                digest=to_be_signed.sha256,
                digest_words=words(bytes.fromhex(to_be_signed.sha256)),
            )
        )
        if not agreed:
            room.record(
                ApprovalRefused(name=certificate.name, to_be_signed_sha256=to_be_signed.sha256, person=person.id),
                actor=person.id,
            )
            raise CeremonyError(
                "The approval was refused.",
                detail=f"{person.name} does not approve {certificate.name}.",
                not_done=f"{certificate.name} was not signed.",
                next_step="Find out why. Try again to build and review it anew, or end the ceremony.",
                code="APPROVAL-REFUSED",
            )
        approvals.append(_approval(room, certificate, to_be_signed, person))
    return approvals


def _approval(room: Room, certificate: PlannedCertificate, to_be_signed: ToBeSigned, person: Person) -> Approved:
    """Record the approval. It names the chain head of that very moment, whatever else is being written."""

    def statement(head: str) -> Approved:
        return Approved(
            ceremony_id=room.ceremony_id,
            step=room.view.id,
            attempt=room.attempt,
            what="certificate",
            name=certificate.name,
            to_be_signed_sha256=to_be_signed.sha256,
            plan_sha256=room.plan.sha256,
            chain_head=head,
            person=person.id,
            method="typed",
        )

    return Approved.model_validate(room.record(statement, actor=person.id).data)
