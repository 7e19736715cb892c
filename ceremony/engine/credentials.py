"""A person's own token, open for one signature: to approve, to attest, to seal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.artefacts import write_files
from ceremony.engine.credential import SigningKey, make_practice_credential, signing_key
from ceremony.engine.login import initialise_own, login
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.pki.credential import why_unfit
from ceremony.policy.algorithms import SIGNATURES_OF_KEY, SignatureAlgorithm
from ceremony.token.faults import TokenLost
from ceremony.token.session import Session
from ceremony.transcript.archive import credential_path
from ceremony.transcript.kinds import TokenClosed


@dataclass(slots=True)
class OpenCredential:
    """A person's credential: the session with their token, the key in it, and the certificate over the key."""

    session: Session
    key: SigningKey
    key_id: bytes
    kind: str
    """What kind of key it is, as a policy calls it."""
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate's bytes."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """What the key signs with by preference."""
        return SIGNATURES_OF_KEY[self.kind][0]

    def sign(self, octets: bytes) -> bytes:
        """The key's signature over octets, as X.509 carries it."""
        return self.session.sign(self.key_id, self.algorithm, octets)


def open_credential(room: Room, person: Person, not_done: str) -> OpenCredential:
    """Open the person's own token and check that its certificate is the one that the people file names.

    In practice a token is made for the person first, with a PIN that they choose; it opens with that PIN at once. One
    that was introduced and is gone is not made anew: it would have another key. The caller logs it out: `log_out`, or
    the seal. Raises CeremonyError (PRESENCE-LEFT) where the person is not in the room.
    """
    room.require_here(person.id)
    place = room.tokens.credential(person)
    there = person.id in room.state.introduced or room.tokens.has_credential(person)
    pin = None if there else initialise_own(room, place, person)
    session = login(room, place, person, purpose="credential", stem="credential", pin=pin)
    try:
        if room.plan.mode == "practice" and not session.certificates():  # made now, or begun before an interruption
            make_practice_credential(session, person, room.clock)
        return _credential(room, session, person, not_done)
    except BaseException:
        log_out(room, session)
        raise


@contextmanager
def credential(room: Room, person: Person, not_done: str) -> Iterator[OpenCredential]:
    """The person's credential for the block; logged out after it, and its certificate kept in the ceremony's folder.

    In production the certificate must be fit to sign with at the agreed clock. A token that goes away is that person's
    own affair (CREDENTIAL-GONE): the ceremony's token stays open.
    """
    try:
        opened = open_credential(room, person, not_done)
        try:
            if room.plan.mode == "production":
                refuse_unfit(person, opened.der, room.clock.utc(), not_done)
            keep_certificate(room, person, opened.der, not_done)
            yield opened
        finally:
            log_out(room, opened.session)
    except TokenLost as lost:
        raise CeremonyError(
            "The person's token went away.",
            detail=f"It is the token of {person.name}. {lost.detail}",
            not_done=not_done,
            next_step="Put it in again, and try again.",
            code="CREDENTIAL-GONE",
        ) from None


def keep_certificate(room: Room, person: Person, der: bytes, not_done: str) -> None:
    """Keep a person's certificate in the ceremony's folder; it may be there already."""
    write_files(room, "credential", person.id, ((credential_path(person.id), der),), not_done)


def log_out(room: Room, session: Session) -> None:
    """Log a person's token out, and say so in the record."""
    label = session.token.label
    session.close()
    room.record(TokenClosed(label=label))


def refuse_unfit(person: Person, certificate: bytes, at: datetime, not_done: str) -> None:
    """Raises CeremonyError (CREDENTIAL-UNFIT) where a person's certificate (DER) cannot serve at this moment (UTC)."""
    reason = why_unfit(certificate, at, person.certified_name)
    if reason:
        raise CeremonyError(
            "The person's certificate cannot serve here.",
            detail=f"That of {person.name}, SHA-256 {sha256_hex(certificate)}: {reason}",
            not_done=not_done,
            next_step="Let a deputy act for the person, or end the ceremony. Get the person a certificate that can; "
            "enter it in the people file, or what it calls the person (common_name), and plan again.",
            code="CREDENTIAL-UNFIT",
        )


def not_on_token(person: Person, label: str, held: int, fitting: int, not_done: str) -> CeremonyError:
    """The refusal of a token that does not hold, just once, the certificate that the people file names."""
    return CeremonyError(
        "The person's certificate is not on this token.",
        detail=f"Token {label} of {person.name} holds {held} certificate{'' if held == 1 else 's'}; {fitting} of them "
        f"{'has' if fitting == 1 else 'have'} the SHA-256 that the people file names.",
        not_done=not_done,
        next_step="Insert the right token, or correct the people file in a ceremony of its own.",
        code="CREDENTIAL-CERTIFICATE",
    )


def _credential(room: Room, session: Session, person: Person, not_done: str) -> OpenCredential:
    stored = session.certificates()
    wanted = person.credential.certificate_sha256 if room.plan.mode == "production" and person.credential else None
    found = [item for item in stored if wanted is None or sha256_hex(item[2]) == wanted]
    if len(found) != 1:
        raise not_on_token(person, session.token.label, len(stored), len(found), not_done)
    _, key_id, der = found[0]
    certificate = x509.load_der_x509_certificate(der)
    held = session.key(key_id)
    key = signing_key(session, held)
    if _spki(certificate.public_key()) != _spki(key.public_key()):
        raise CeremonyError(
            "The person's certificate belongs to another key.",
            detail=f"Token {session.token.label} of {person.name}.",
            not_done=not_done,
            next_step="Insert the token with the key that the certificate names.",
            code="CREDENTIAL-KEY",
        )
    return OpenCredential(session, key, key_id, held.algorithm, certificate)


def _spki(public_key: object) -> bytes:
    return public_key.public_bytes(  # type: ignore[attr-defined,no-any-return]  # every public key of cryptography has it
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
