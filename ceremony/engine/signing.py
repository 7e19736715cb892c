"""What is approved is what is signed: the one road to the CA key.

build -> lint -> describe from the bytes -> review -> approve by digest -> sign -> check in software -> lint again ->
write. `sign_approved` is the only place of the house where a CA key signs; it compares digests first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import approve, approvers, review
from ceremony.engine.artefacts import write_certificate
from ceremony.engine.judging import Draft, judge_draft, judge_signed
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.pki.certificate import assemble, build_certificate, validity_period, verify_signature
from ceremony.pki.holes import Holes
from ceremony.pki.serials import serial_from_octets
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.room.clock import iso
from ceremony.script.judging import Neighbour, with_neighbours
from ceremony.script.plan import PlannedCertificate
from ceremony.token.session import Session
from ceremony.transcript.kinds import Approved, BytesBuilt, SerialDrawn, SignatureIntended, Signed


def sign_certificate(room: Room, certificate: PlannedCertificate) -> bytes:
    """Take one planned certificate all the way to its files; returns its DER bytes.

    Where an earlier attempt signed it but could not write it, only the files are written: nothing is signed twice.
    """
    if certificate.name in room.register.certificates and certificate.name not in room.certificates:
        raise CeremonyError(
            "The certificate was signed, and then refused.",
            detail=f"The linters found an error in {certificate.name} once it was signed.",
            not_done="It was not written and not signed again.",
            next_step="End the ceremony in good order, and report what was found.",
            code="LINT-ERROR",
        )
    if certificate.name in room.certificates:
        write_certificate(room, certificate.name, room.certificates[certificate.name])
        return room.certificates[certificate.name]
    session = room.open_session()
    draft = _draft(room, session, certificate)
    findings = judge_draft(room, draft)
    review(room, draft, findings)
    to_be_signed = draft.to_be_signed
    approvals = approve(room, certificate, to_be_signed)
    issuer_key = room.register.keys[certificate.issuer_key]
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
    verify_signature(to_be_signed, signature, draft.holes.issuer_spki)
    der = assemble(to_be_signed, signature)
    room.record(
        Signed(
            name=certificate.name,
            to_be_signed_sha256=to_be_signed.sha256,
            signature=signature.hex(),
            certificate_sha256=sha256_hex(der),
        )
    )
    judge_signed(room, draft, der)
    room.certificates[certificate.name] = der
    write_certificate(room, certificate.name, der)
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


def _draft(room: Room, session: Session, certificate: PlannedCertificate) -> Draft:
    """Fill every hole, build the bytes, and record both."""
    clock = room.clock.utc()
    issuer, neighbours = _issuer(room, certificate), _neighbours(room)
    holes = _fill_holes(room, session, certificate, clock)
    holes = with_neighbours(holes, certificate.key, issuer, neighbours)
    practice = room.plan.mode == "practice"
    to_be_signed = build_certificate(certificate.profile, certificate.issuer_profile, holes, practice=practice)
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
    return Draft(certificate, to_be_signed, holes, clock, issuer, neighbours)


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
    return Holes(
        spki=room.register.keys[certificate.key].spki,
        issuer_spki=room.register.keys[certificate.issuer_key].spki,
        serial_number=serial_number,
        not_before=not_before,
        not_after=not_after,
    )


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


def _neighbours(room: Room) -> tuple[Neighbour, ...]:
    """The certificates that this ceremony has signed so far, in order."""
    keys = {item.name: item.key for item in room.plan.certificates.values()}
    return tuple(Neighbour(name, keys[name], der) for name, der in room.certificates.items())
