"""The seal: a detached CMS signature over the closed record, by the own token key of the person who seals."""

from __future__ import annotations

from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.artefacts import write_files
from ceremony.engine.credential import signature_hash
from ceremony.engine.credentials import OpenCredential, log_out, open_credential, refuse_unfit
from ceremony.engine.exported import check_exports
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.farewell import require_heard
from ceremony.errors import CeremonyError
from ceremony.script import sentences
from ceremony.script.interrupted import RECORD_COPY
from ceremony.script.quorum import sealers
from ceremony.transcript.archive import RECORD, SEAL, SEAL_CERTIFICATE, SUMS
from ceremony.transcript.kinds import CeremonyClosed, Ending
from ceremony.transfer.media import folders_for, new_folder, sha256sums, write_once

UNTIL_THE_LAST_LINE = timedelta(minutes=1)
"""So long a certificate must still be valid: it is judged at the record's last line, which is written after it."""


def close_and_seal(room: Room) -> None:
    """Consent, last line, signature, sums. After the last line nothing more is written to the record."""
    person = next(iter(room.those_present(sealers(room.plan, room.state.stands_for))), room.plan.sealer)
    sealer = ready_to_seal(room, person, early=False)
    room.step_done()
    made = room.state
    closed = CeremonyClosed(
        keys=len(made.keys),
        signatures=made.signatures,
        certificates=len(made.certificates),
        notes=made.notes,
        deviations=made.deviations,
        present=tuple(made.present),
        sealed_by=person.id,
        seal_certificate_sha256=sha256_hex(sealer.der),
        seal_token=sealer.session.token.label,
    )
    end_and_seal(room, closed, sealer)


def ready_to_seal(room: Room, person: Person, *, early: bool) -> OpenCredential:
    """The person's own token open, their consent on record, their certificate kept. Raises CeremonyError else, with
    the token logged out."""
    sealer = open_credential(room, person, "The record is not sealed.")
    try:
        _require_fit(room, person, sealer)
        declined = CeremonyError(
            "The seal was refused.",
            detail=f"{person.name} does not seal the record.",
            not_done="The record is not closed.",
            next_step="Record why (F7 or F8) and try again, or end the ceremony in good order.",
            code="SEAL-DECLINED",
        )
        state(room, person, "seal", sentences.SEAL_EARLY if early else sentences.SEAL, word="SEAL", declined=declined)
        _require_fit(room, person, sealer)  # they may have taken their time
        if not early:
            require_heard(room)
        write_files(room, "seal", person.id, ((SEAL_CERTIFICATE, sealer.der),), "The record is not sealed.")
    except BaseException:
        log_out(room, sealer.session)
        raise
    return sealer


def end_and_seal(room: Room, last: Ending, sealer: OpenCredential) -> None:
    """The last line, then the seal over the record and the checksums."""
    try:
        room.record(last, actor=last.sealed_by)
        room.journal.close()
    except BaseException:
        sealer.session.close()
        raise
    write_seal(room, sealer)


def _require_fit(room: Room, person: Person, sealer: OpenCredential) -> None:
    """In production the seal's certificate serves now, and until the last line is written.

    Raises CeremonyError (CREDENTIAL-UNFIT): the person goes out and another who may seal does so, or people end the
    ceremony.
    """
    if room.plan.mode == "practice":
        return
    now = room.clock.utc()
    for at in (now, now + UNTIL_THE_LAST_LINE):
        refuse_unfit(person, sealer.der, at, "The record is not sealed.")


def write_seal(room: Room, sealer: OpenCredential) -> None:
    """The seal over the closed record, then the checksums; the sealer's token is logged out in between."""
    try:
        write_once(*room.folder.place(SEAL), cms_signature(sealer, room.folder.octets(RECORD)))
    finally:
        sealer.session.close()
    write_sums(room)


def write_sums(room: Room) -> None:
    """The checksums of everything, which come last."""
    digests = [(name, room.folder.digest(name).sha256) for name in _everything(room)]
    write_once(*room.folder.place(SUMS), sha256sums(digests))


def copy_record(room: Room) -> None:
    """The whole sealed folder to each medium that received certificates, so that it can be verified elsewhere.

    The checksums are copied last: where they are, the copy is whole. The certificates are hashed again before.
    """
    check_exports(room)
    for _, folder in room.exports:
        files = _everything(room)
        not_done = "The medium has the certificates, but not the whole record. The record here is complete."
        medium, target = folder.parent, f"{folder.name}/{RECORD_COPY}"
        new_folder(medium, target, not_done)
        for name in files:
            folders_for(medium, f"{target}/{name}", not_done)
            write_once(medium, f"{target}/{name}", room.folder.octets(name))


def _everything(room: Room) -> list[str]:
    return sorted(room.folder.files(), key=lambda name: name == SUMS)


def cms_signature(sealer: OpenCredential, octets: bytes) -> bytes:
    """A detached, binary CMS SignedData (RFC 5652) in DER. The key checks its own signature (see `credential`)."""
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.Binary,
        pkcs7.PKCS7Options.NoCapabilities,
    ]
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(octets)
        .add_signer(sealer.certificate, sealer.key, signature_hash(sealer.key))
        .sign(serialization.Encoding.DER, options)
    )
