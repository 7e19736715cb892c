"""The seal: a detached CMS signature over the closed record, by the own token key of the person who seals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credential import SigningKey, make_practice_credential, signature_hash, signing_key
from ceremony.engine.login import initialise, login
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.token.session import Session
from ceremony.transcript.archive import SEAL_CERTIFICATE, SUMS
from ceremony.transcript.kinds import (
    ArtefactIntended,
    ArtefactsWritten,
    CeremonyClosed,
    TokenClosed,
    WrittenFile,
)
from ceremony.transfer.media import folder_for, new_folder, sha256sums, write_once

CONSENT = (
    "This record is complete and true as far as I saw it. I seal it with my own key, in my sole control, "
    "and I agree that the seal binds me to it."
)
"""What the sealer states (UU ITE article 11: identity, consent, sole control)."""

RECORD_COPY = "record"
"""The folder on a medium, beside the exported certificates, that receives the whole ceremony."""


@dataclass(slots=True)
class Sealer:
    """The open credential of the person who seals."""

    session: Session
    key: SigningKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


def open_sealer(room: Room) -> Sealer:
    """Open the sealer's own token and check that its certificate is the one that the people file names."""
    person = room.plan.sealer
    place = room.tokens.credential(person)
    fresh = not room.tokens.has_credential(person)
    if fresh:
        initialise(room, place, person, so_person=person, stem="credential")
    session = login(room, place, person, purpose="credential", stem="credential")
    try:
        if fresh:
            make_practice_credential(session, person, room.clock)
        return _sealer(room, session, person)
    except BaseException:
        _log_out(room, session)
        raise


def _sealer(room: Room, session: Session, person: Person) -> Sealer:
    stored = session.certificates()
    wanted = person.credential.certificate_sha256 if room.plan.mode == "production" and person.credential else None
    found = [item for item in stored if wanted is None or sha256_hex(item[2]) == wanted]
    if len(found) != 1:
        raise CeremonyError(
            "The sealer's certificate is not on this token.",
            detail=f"Token {session.token.label} holds {len(stored)} certificates; "
            f"{len(found)} of them have the SHA-256 that the people file names.",
            not_done="The record is not sealed.",
            next_step="Insert the right token, or correct the people file in a ceremony of its own.",
            code="SEAL-CERTIFICATE",
        )
    _, key_id, der = found[0]
    certificate = x509.load_der_x509_certificate(der)
    key = signing_key(session, session.key(key_id))
    if _spki(certificate.public_key()) != _spki(key.public_key()):
        raise CeremonyError(
            "The sealer's certificate belongs to another key.",
            not_done="The record is not sealed.",
            next_step="Insert the token with the key that the certificate names.",
            code="SEAL-KEY-MISMATCH",
        )
    return Sealer(session, key, certificate)


def close_and_seal(room: Room) -> None:
    """Consent, last line, signature, sums. After the last line nothing more is written to the record."""
    person = room.plan.sealer
    sealer = open_sealer(room)
    try:
        declined = CeremonyError(
            "The seal was refused.",
            detail=f"{person.name} does not seal the record.",
            not_done="The record is not closed.",
            next_step="Record why (F7 or F8) and try again, or end the ceremony in good order.",
            code="SEAL-DECLINED",
        )
        state(room, person, CONSENT, word="SEAL", declined=declined)
        _keep_certificate(room, sealer)
    except BaseException:
        _log_out(room, sealer.session)
        raise
    room.step_done()
    register = room.register
    room.record(
        CeremonyClosed(
            keys=len(register.keys),
            signatures=register.signatures,
            certificates=len(register.certificates),
            notes=register.notes,
            deviations=register.deviations,
            sealed_by=person.id,
            seal_certificate_sha256=sha256_hex(sealer.der),
            seal_token=sealer.session.token.label,
        ),
        actor=person.id,
    )
    room.journal.close()
    try:
        write_once(room.folder.seal, cms_signature(sealer, room.folder.record.read_bytes()))
    finally:
        sealer.session.close()
    write_once(room.folder.path / SUMS, sha256sums(_everything(room)))


def copy_record(room: Room) -> None:
    """The whole sealed folder to each medium that received certificates, so that it can be verified elsewhere."""
    for _, folder in room.exports:
        target = folder / RECORD_COPY
        files = _everything(room)
        not_done = "The medium has the certificates, but not the whole record. The record here is complete."
        for parent in sorted({Path(name).parent for name, _ in files}):
            new_folder(target / parent, not_done)
        for name, octets in files:
            write_once(target / name, octets)


def _everything(room: Room) -> list[tuple[str, bytes]]:
    return [(name, (room.folder.path / name).read_bytes()) for name in room.folder.files()]


def cms_signature(sealer: Sealer, octets: bytes) -> bytes:
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


def _keep_certificate(room: Room, sealer: Sealer) -> None:
    path = room.folder.path / SEAL_CERTIFICATE
    if path.exists() and path.read_bytes() == sealer.der:
        return  # an earlier attempt to close kept it already
    room.record(ArtefactIntended(paths=(SEAL_CERTIFICATE,)))
    folder_for(path.parent, "The sealer's certificate was not kept; the record is not sealed.")
    write_once(path, sealer.der)
    written = WrittenFile(path=SEAL_CERTIFICATE, sha256=sha256_hex(sealer.der), size=len(sealer.der))
    room.record(ArtefactsWritten(files=(written,)))


def _log_out(room: Room, session: Session) -> None:
    label = session.token.label
    session.close()
    room.record(TokenClosed(label=label))


def _spki(public_key: object) -> bytes:
    return public_key.public_bytes(  # type: ignore[attr-defined,no-any-return]  # every public key of cryptography has it
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
