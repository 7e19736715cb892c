"""What is approved is what is signed: the one road to the CA key.

build -> lint -> describe from the bytes -> review -> approve by digest -> sign -> check in software -> lint again ->
write. `sign_approved` is the only place of the house where a CA key signs; it compares digests first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.officiant import ApprovalRequest, FieldRow, Review
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError, Finding
from ceremony.pki.certificate import (
    Holes,
    assemble,
    build_certificate,
    validity_period,
    verify_signature,
)
from ceremony.pki.pem import pem
from ceremony.pki.serials import serial_from_octets
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.waivers import UsedWaiver, check_waivers_on
from ceremony.room.clock import iso
from ceremony.script.judging import Judgement, Neighbour, judged, with_neighbours
from ceremony.script.plan import PlannedCertificate
from ceremony.token.session import Session
from ceremony.transcript.kinds import (
    ApprovalRefused,
    Approved,
    ArtefactIntended,
    ArtefactsWritten,
    BytesBuilt,
    Linted,
    RecordedFinding,
    Reviewed,
    SerialDrawn,
    SignatureIntended,
    Signed,
    WaiverUsed,
    WrittenFile,
)
from ceremony.transfer.media import folder_for, write_once
from ceremony.words import words


def sign_certificate(room: Room, certificate: PlannedCertificate) -> bytes:
    """Take one planned certificate all the way to its files; returns its DER bytes.

    Where an earlier attempt signed it but could not write it, only the files are written: nothing is signed twice.
    """
    if certificate.name in room.certificates:
        _write(room, certificate.name, room.certificates[certificate.name])
        return room.certificates[certificate.name]
    session = room.open_session()
    clock = room.clock.utc()
    holes = _fill_holes(room, session, certificate, clock)
    practice = room.plan.mode == "practice"
    to_be_signed = build_certificate(certificate.profile, certificate.issuer_profile, holes, practice=practice)
    issuer_key = room.register.keys[certificate.issuer_key]
    room.record(
        BytesBuilt(
            certificate=certificate.name,
            profile=certificate.profile_name,
            issuer=certificate.issuer_name,
            key=certificate.key,
            issuer_key=certificate.issuer_key,
            serial=f"{holes.serial_number:x}",
            not_before=iso(holes.not_before),
            not_after=iso(holes.not_after),
            spki_sha256=sha256_hex(holes.spki),
            algorithm=to_be_signed.algorithm,
            size=len(to_be_signed.octets),
            sha256=to_be_signed.sha256,
        )
    )
    findings = _judge(room, certificate, to_be_signed, holes, clock)
    _review(room, certificate, to_be_signed, holes, findings)
    approvals = _approve(room, certificate, to_be_signed)
    signature = sign_approved(
        room,
        session,
        bytes.fromhex(issuer_key.key_id),
        to_be_signed,
        approvals,
        needed=len(approvers(room)),
        name=certificate.name,
        issuer_key=certificate.issuer_key,
    )
    verify_signature(to_be_signed, signature, holes.issuer_spki)
    der = assemble(to_be_signed, signature)
    room.record(
        Signed(
            name=certificate.name,
            to_be_signed_sha256=to_be_signed.sha256,
            signature=signature.hex(),
            certificate_sha256=sha256_hex(der),
        )
    )
    room.certificates[certificate.name] = der
    signed_findings = _lint_signed(certificate, der)
    _record_lint(room, certificate, "signed", der, signed_findings)
    _refuse_errors(signed_findings, f"{certificate.name} was signed, but no file was written.")
    _write(room, certificate.name, der)
    return der


def sign_approved(
    room: Room,
    session: Session,
    key_id: bytes,
    to_be_signed: ToBeSigned,
    approvals: Sequence[Approved],
    *,
    needed: int,
    name: str,
    issuer_key: str,
) -> bytes:
    """Sign exactly what was approved: refuses unless `needed` different people approved these very bytes, now."""
    valid = {
        approval.person
        for approval in approvals
        if approval.to_be_signed_sha256 == to_be_signed.sha256
        and approval.ceremony_id == room.ceremony_id
        and approval.plan_sha256 == room.plan.sha256
        and approval.step == room.step.step.id
        and approval.attempt == room.attempt
    }
    if needed < 1 or len(valid) < needed:
        raise CeremonyError(
            "These bytes are not approved.",
            detail=f"{len(valid)} of {needed} approvals fit SHA-256 {to_be_signed.sha256}.",
            not_done=f"{name} was not signed.",
            next_step="Review the bytes again, and approve them.",
            code="APPROVAL-DIGEST",
        )
    room.record(
        SignatureIntended(
            name=name,
            to_be_signed_sha256=to_be_signed.sha256,
            issuer_key=issuer_key,
            key_id=key_id.hex(),
            algorithm=to_be_signed.algorithm,
        )
    )
    return session.sign(key_id, to_be_signed.algorithm, to_be_signed.octets)


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


def _fill_holes(room: Room, session: Session, certificate: PlannedCertificate, clock: datetime) -> Holes:
    for key in (certificate.key, certificate.issuer_key):
        if key not in room.register.keys:
            raise CeremonyError(
                f"Key {key} has not been made in this ceremony."[:60],
                not_done=f"{certificate.name} was not signed.",
                code="KEY-ABSENT",
            )
    octets = session.random(certificate.profile.serial_octets)
    serial_number = serial_from_octets(octets)
    room.record(
        SerialDrawn(
            certificate=certificate.name,
            octets=octets.hex(),
            serial=f"{serial_number:x}",
            source=f"C_GenerateRandom of token {session.token.label}, serial {session.token.serial}",
        )
    )
    not_before, not_after = validity_period(certificate.profile.validity, clock)
    holes = Holes(
        spki=room.register.keys[certificate.key].spki,
        issuer_spki=room.register.keys[certificate.issuer_key].spki,
        serial_number=serial_number,
        not_before=not_before,
        not_after=not_after,
    )
    return with_neighbours(holes, certificate.key, _issuer(room, certificate), _neighbours(room))


def _issuer(room: Room, certificate: PlannedCertificate) -> bytes | None:
    """The issuer's signed certificate; None where the certificate is its own issuer."""
    if certificate.issuer_name == certificate.name:
        return None
    if certificate.issuer_name not in room.certificates:
        raise CeremonyError(
            "The issuer's certificate has not been signed.",
            detail=f"{certificate.name} is to be issued by {certificate.issuer_name}.",
            not_done=f"{certificate.name} was not signed.",
            code="PLAN-ISSUER",
        )
    return room.certificates[certificate.issuer_name]


def _neighbours(room: Room) -> list[Neighbour]:
    """The certificates that this ceremony has signed so far, in order."""
    keys = {item.name: item.key for item in room.plan.certificates.values()}
    return [Neighbour(name, keys[name], der) for name, der in room.certificates.items()]


def _judge(
    room: Room, certificate: PlannedCertificate, to_be_signed: ToBeSigned, holes: Holes, clock: datetime
) -> tuple[Finding, ...]:
    """Lint and rule packs over the bytes; the waivers that were needed are recorded, and shown with the findings."""
    policy = room.plan.policy
    judgement: Judgement = judged(
        policy,
        to_be_signed,
        certificate.profile_name,
        certificate.issuer_profile,
        holes,
        name=certificate.name,
        key=certificate.key,
        issuer_key=certificate.issuer_key,
        issuer=_issuer(room, certificate),
        neighbours=_neighbours(room),
        clock=clock,
        practice=room.plan.mode == "practice",
        placeholders=False,
    )
    expired = (
        finding
        for finding in check_waivers_on(policy, clock.date(), {certificate.profile_name}, judgement.waivers)
        if finding.severity.blocks
    )
    findings = (*judgement.findings, *expired)
    _record_lint(room, certificate, "to-be-signed", to_be_signed.octets, findings)
    _refuse_errors(findings, f"{certificate.name} was not signed.")
    for waiver in judgement.waivers:
        room.record(_waiver_used(waiver))
    return findings


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


def _lint_signed(certificate: PlannedCertificate, der: bytes) -> tuple[Finding, ...]:
    from ceremony.pki.lint import lint_certificate

    return lint_certificate(der, certificate.profile.lint_as, certificate.name)


def _record_lint(
    room: Room, certificate: PlannedCertificate, stage: str, octets: bytes, findings: Sequence[Finding]
) -> None:
    packs = ", ".join(room.plan.policy.rule_packs)
    room.record(
        Linted.model_validate(
            {
                "certificate": certificate.name,
                "stage": stage,
                "sha256": sha256_hex(octets),
                "linters": f"pkilint as {certificate.profile.lint_as}; rule packs {packs}",
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


def _review(
    room: Room,
    certificate: PlannedCertificate,
    to_be_signed: ToBeSigned,
    holes: Holes,
    findings: tuple[Finding, ...],
) -> None:
    from ceremony.pki.describe import describe
    from ceremony.pki.text import dump
    from ceremony.pki.wanted import compare, wanted_fields

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


def _approve(room: Room, certificate: PlannedCertificate, to_be_signed: ToBeSigned) -> list[Approved]:
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


def _write(room: Room, name: str, der: bytes) -> None:
    files = certificate_files(name, der)
    room.record(ArtefactIntended(paths=tuple(path for path, _ in files)))
    folder_for(room.folder.path / "certificates", f"The files of {name} were not written.")
    for path, octets in files:
        target = room.folder.path / path
        if not (target.exists() and target.read_bytes() == octets):  # an earlier attempt may have come this far
            write_once(target, octets)
    room.record(
        ArtefactsWritten(
            files=tuple(WrittenFile(path=path, sha256=sha256_hex(octets), size=len(octets)) for path, octets in files)
        )
    )


def certificate_files(name: str, der: bytes) -> tuple[tuple[str, bytes], ...]:
    """The three forms of a certificate, as paths below the ceremony's folder with their bytes."""
    from ceremony.pki.text import certificate_text

    return (
        (f"certificates/{name}.der", der),
        (f"certificates/{name}.pem", pem(der, "CERTIFICATE")),
        (f"certificates/{name}.txt", certificate_text(der).encode("utf-8")),
    )
