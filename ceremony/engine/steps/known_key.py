"""A key of the record, found again on the open token, shown to people, and approved for what is about to befall it."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import approve_digest
from ceremony.engine.questions import FieldRow, Review
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.script.world import KnownKey
from ceremony.token.session import Session, TokenKey
from ceremony.transcript.kinds import ApprovedKind, Reviewed
from ceremony.words import words


def known_key(room: Room, session: Session, name: str, not_done: str) -> KnownKey:
    """What the record says of a key. Raises CeremonyError unless it is one of the open token, and not destroyed."""
    key = room.world.keys[name]
    if key.destroyed:
        raise CeremonyError(
            "The key is destroyed.",
            detail=f"The record says that {name} was destroyed.",
            not_done=not_done,
            next_step="End the ceremony in good order; the script names the wrong key.",
            code="KEY-DESTROYED",
        )
    if key.token_label != session.token.label:
        raise CeremonyError(
            "The key is on another token.",
            detail=f"The record says that {name} is on {key.token_label}; {session.token} is open.",
            not_done=not_done,
            next_step="End the ceremony in good order; name that token in the script.",
            code="KEY-TOKEN",
        )
    return key


def the_same(key: KnownKey, found: TokenKey, not_done: str) -> None:
    """Raises CeremonyError unless the key on a token has the public key that the record knows."""
    if found.spki != key.spki or found.label != key.name:
        raise CeremonyError(
            "The token holds another key under this id.",
            detail=f"The record knows {key.name} with public key SHA-256 {sha256_hex(key.spki)}; the token has "
            f"{found.label} with {sha256_hex(found.spki)}.",
            not_done=not_done,
            next_step="Keep the token under guard, and compare its inventory with the record.",
            code="KEY-DIFFERS",
        )


def review_key(room: Room, title: str, key: KnownKey, rows: tuple[FieldRow, ...], dump: str, not_done: str) -> None:
    """Show a key as the record knows it and as the token has it. The digest is that of its public key."""
    review_octets(room, title, key.name, key.spki, rows, dump, not_done)


def review_octets(
    room: Room, title: str, name: str, octets: bytes, rows: tuple[FieldRow, ...], dump: str, not_done: str
) -> None:
    """Show what people are about to approve by the SHA-256 of `octets`. Raises CeremonyError (REVIEW-UNEQUAL)."""
    digest = sha256_hex(octets)
    room.officiant.review(
        Review(
            step=room.view,
            title=title,
            rows=rows,
            findings=(),
            dump=dump,
            digest=digest,
            digest_words=words(bytes.fromhex(digest)),
            size=len(octets),
        )
    )
    unequal = [row.name for row in rows if not row.equal]
    room.record(
        Reviewed(name=name, sha256=digest, unequal=len(unequal), person=room.actor.id),
        actor=room.actor.id,
    )
    if unequal:
        raise CeremonyError(
            "The key is not as it must be for this.",
            detail=f"It differs in: {', '.join(unequal)}.",
            not_done=not_done,
            next_step="End the ceremony in good order (F10) and report the difference.",
            code="REVIEW-UNEQUAL",
        )


def approve_key(room: Room, kind: ApprovedKind, key: KnownKey, what: str, word: str, not_done: str) -> None:
    """As many as the script needs approve this, bound to the public key's SHA-256. Raises where anyone refuses."""
    approve_digest(room, kind, key.name, sha256_hex(key.spki), what, not_done, word=word)


def row(name: str, wanted: str, found: str) -> FieldRow:
    """One line of the comparison."""
    return FieldRow(name, wanted, found, wanted == found)
