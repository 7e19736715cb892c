"""What is approved is what is signed: the one road to a key of the ceremony's token, for whatever is signed with it.

build -> compare with the rehearsal -> lint -> describe from the bytes -> review -> approve by digest -> sign -> check
in software -> lint again -> write. `sign_approved` is the only place of the house where a CA key signs; its
announcement is written only for bytes that are approved.
"""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import approve, review
from ceremony.engine.artefacts import write_artefact
from ceremony.engine.drawing import draw, refuse_used_nonce
from ceremony.engine.judging import judge_draft, judge_signed
from ceremony.engine.rehearsed import compare_with_rehearsal
from ceremony.engine.room import Artefact, Room
from ceremony.errors import CeremonyError
from ceremony.pki.serials import serial_from_octets
from ceremony.pki.signatures import verify_signature
from ceremony.script.objects.base import Demand, SignedObject
from ceremony.script.sentences import random_source
from ceremony.token.session import Session
from ceremony.transcript.kinds import Linted, RequestRead, SerialDrawn, SignatureIntended, Signed


def sign_object(room: Room, demand: Demand, request: RequestRead | None = None) -> bytes:
    """Take one planned object all the way to its files; returns its DER bytes. `request` is what was read of the
    request that it is made from.

    Where an earlier attempt signed it but could not write it, only the files are written: nothing is signed twice.
    """
    name = demand.name
    known = room.artefacts.get(name)
    if known is None and name in room.state.signed:
        raise CeremonyError(
            "It was signed, and then refused.",
            detail=f"The linters found an error in {name} once it was signed.",
            not_done="It was not written and not signed again.",
            next_step="End the ceremony in good order, and report what was found.",
            code="LINT-ERROR",
        )
    if known is not None:
        if not _judged(room, name):  # an interruption came between
            del room.artefacts[name]  # until the linters have seen it signed
            judge_signed(room, known.item, known.octets)
            room.artefacts[name] = known
        write_artefact(room, known)
        return known.octets
    session = room.open_session()
    if request is not None:
        room.record(request)
    draft = _draft(room, session, demand)
    compared = compare_with_rehearsal(room, draft)
    findings = (*judge_draft(room, draft), *compared)
    review(room, draft, findings)
    approve(room, draft)
    to_be_signed = draft.to_be_signed
    signer = draft.setting.key(demand.signer_key)
    key_id = bytes.fromhex(signer.key_id)
    signature = sign_approved(room, session, key_id, draft, signer_key=signer.name)
    refuse_used_nonce(room, to_be_signed.algorithm, signature, "SIG-NONCE")
    verify_signature(to_be_signed, signature, draft.signer_spki)
    octets = draft.assemble(signature)
    room.record(
        Signed(
            what=draft.what,
            name=name,
            to_be_signed_sha256=to_be_signed.sha256,
            signature=signature.hex(),
            artefact_sha256=sha256_hex(octets),
        )
    )
    judge_signed(room, draft, octets)
    artefact = Artefact(draft, octets)
    room.keep(artefact)
    write_artefact(room, artefact)
    return octets


def sign_approved(room: Room, session: Session, key_id: bytes, draft: SignedObject, *, signer_key: str) -> bytes:
    """Sign exactly what was approved. Raises CeremonyError (APPROVAL-DIGEST) where these very bytes are not, now."""
    to_be_signed = draft.to_be_signed
    room.record(
        SignatureIntended(
            what=draft.what,
            name=draft.name,
            to_be_signed_sha256=to_be_signed.sha256,
            signer_key=signer_key,
            key_id=key_id.hex(),
            algorithm=to_be_signed.algorithm,
        )
    )
    return session.sign(key_id, to_be_signed.algorithm, to_be_signed.octets)


def _judged(room: Room, name: str) -> bool:
    """Whether the record says that the linters saw it once it was signed."""
    said = (entry.data for entry in room.journal.entries)
    return any(isinstance(data, Linted) and (data.name, data.stage) == (name, "signed") for data in said)


def _draft(room: Room, session: Session, demand: Demand) -> SignedObject:
    """Fill every hole, build the bytes, and record both."""
    serial_number = _serial(room, session, demand) if demand.serial_octets else 0
    draft = demand.draft(room.setting(), serial_number)
    room.record(draft.built())
    return draft


def _serial(room: Room, session: Session, demand: Demand) -> int:
    drawn = draw(room, session)
    octets = drawn.octets("serial-number", demand.name, demand.serial_octets)
    serial_number = serial_from_octets(octets)
    room.record(
        SerialDrawn(
            name=demand.name,
            drawn=drawn,
            octets=octets.hex(),
            serial=f"{serial_number:x}",
            source=random_source(session.token.label, session.token.serial),
        )
    )
    return serial_number
