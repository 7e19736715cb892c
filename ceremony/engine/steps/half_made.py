"""What an attempt that was cut short left on the token: told by the identifier of its intent, adopted or discarded."""

from __future__ import annotations

from collections.abc import Callable

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import approve_digest
from ceremony.engine.questions import Choice, FieldRow, Option, Review
from ceremony.engine.room import Room
from ceremony.engine.steps.attempts import of_this_step
from ceremony.errors import CeremonyError
from ceremony.token.destruction import destroy_key, remains
from ceremony.token.objects import TokenKey
from ceremony.token.session import Session
from ceremony.transcript.kinds import (
    DiscardIntended,
    KeyAdopted,
    KeyDiscarded,
    KeyIntended,
    KeyMade,
    Reviewed,
)
from ceremony.words import words

WHOLE = ("private-key", "public-key")


def adopted_key(room: Room, session: Session, *, fit: Callable[[TokenKey], bool]) -> TokenKey | None:
    """Look for each key that earlier attempts at this step announced. The one that people adopt, or None; one that is
    not `fit` is not for them to adopt.

    Of every other the record says afterwards that nothing of it is on the token.
    """
    settled = {item.key_id for item in of_this_step(room, KeyMade)}
    settled |= {item.key_id for item in of_this_step(room, KeyDiscarded)}
    for intent in of_this_step(room, KeyIntended):
        if intent.key_id in settled:
            continue
        found = _left_of(session, intent)
        if found == WHOLE:
            key = session.key(bytes.fromhex(intent.key_id))
            if fit(key) and _people_adopt(room, session, intent, key):
                return key
        elif found:
            _review(room, session, intent, None, found)
        _discard(room, session, intent, found)
    return None


def _left_of(session: Session, intent: KeyIntended) -> tuple[str, ...]:
    """The halves with the intent's identifier. Raises CeremonyError (KEY-LABEL) where another key has its label."""
    left = remains(session, bytes.fromhex(intent.key_id), intent.key)
    strangers = [item for item in left if (item.key_id.hex(), item.label) != (intent.key_id, intent.key)]
    if strangers:
        raise CeremonyError(
            "A key with this label is on the token already.",
            detail=f"Label {intent.key}, token {session.token.label}; its id is not the one that was announced.",
            not_done="No key was made.",
            next_step="Find out where it comes from (F4 shows the record). End the ceremony if nobody knows.",
            code="KEY-LABEL",
        )
    return tuple(item.object_class for item in left)


def _people_adopt(room: Room, session: Session, intent: KeyIntended, key: TokenKey) -> bool:
    """Show the key pair, let people choose, and let as many as the script needs approve it. False: discard it."""
    digest = _review(room, session, intent, key, WHOLE)
    chosen = room.officiant.choose(
        Choice(
            room.view,
            f"The key {intent.key} was made before the interruption",
            f"The record announced it with id {intent.key_id}. The token holds a whole key pair of that id. Nothing "
            "was signed with it. Adopt it, and it is the ceremony's key; or destroy it, and another is made.",
            (
                Option("adopt-key", f"Adopt it: it is the key {intent.key}"),
                Option("discard", "Destroy it, and make another", word="DESTROY"),
            ),
        )
    )
    if chosen != "adopt-key":
        return False
    not_done = "The key was not adopted. It is on the token, and nothing was signed with it."
    what = f"Adopt key {intent.key} on token {session.token.label}, made before the interruption"
    approve_digest(room, "key-adoption", intent.key, digest, what, not_done, word="ADOPT")
    room.record(
        KeyAdopted(
            key=intent.key,
            key_id=intent.key_id,
            spki_sha256=digest,
            label=session.token.label,
            serial=session.token.serial,
        )
    )
    return True


def _discard(room: Room, session: Session, intent: KeyIntended, found: tuple[str, ...]) -> None:
    """Destroy what is there, with approval; where nothing is there, the record only says so."""
    if found:
        not_done = "Nothing was destroyed. What was left of the key is on the token, and unused."
        digest = sha256_hex(bytes.fromhex(intent.key_id))
        if found == WHOLE:  # what was reviewed is approved: the identifier, not the key
            _review(room, session, intent, None, found)
        what = f"Destroy what was left of key {intent.key} on token {session.token.label}"
        approve_digest(room, "key-discard", intent.key, digest, what, not_done, word="DESTROY")
        room.record(DiscardIntended(key=intent.key, key_id=intent.key_id))
        destroy_key(session, bytes.fromhex(intent.key_id))
    room.record(
        KeyDiscarded(
            key=intent.key,
            key_id=intent.key_id,
            label=session.token.label,
            serial=session.token.serial,
            found=found,
        )
    )


def _review(room: Room, session: Session, intent: KeyIntended, key: TokenKey | None, found: tuple[str, ...]) -> str:
    """Show what is there beside what was announced; returns the digest that people approve."""
    octets = key.spki if key is not None else bytes.fromhex(intent.key_id)
    digest = sha256_hex(octets)
    rows = [("id (CKA_ID)", intent.key_id, intent.key_id), ("on token", room.plan.token_label, session.token.label)]
    if key is not None:
        rows += [("label", intent.key, key.label), ("algorithm", intent.algorithm, key.algorithm)]
    dump = "\n".join(
        (
            f"Key {intent.key}, {intent.algorithm}, announced with id {intent.key_id}",
            f"On {session.token} now: {', '.join(found)}",
            f"{'SubjectPublicKeyInfo' if key is not None else 'Identifier'}: {octets.hex(' ')}",
        )
    )
    room.officiant.review(
        Review(
            step=room.view,
            title=f"Key {intent.key}, left by the interruption",
            rows=tuple(FieldRow(name, wanted, said, wanted == said) for name, wanted, said in rows),
            findings=(),
            dump=dump,
            digest=digest,
            digest_words=words(bytes.fromhex(digest)),
            size=len(octets),
        )
    )
    unequal = sum(wanted != said for _, wanted, said in rows)
    actor = room.actor.id
    room.record(Reviewed(name=intent.key, sha256=digest, unequal=unequal, person=actor), actor=actor)
    if unequal:
        raise CeremonyError(
            "The key is not the one that was announced.",
            detail=f"{session.token} holds another kind of key under id {intent.key_id}.",
            not_done="It was not adopted, and nothing was made.",
            next_step="Keep the token under guard, and compare its inventory with the record.",
            code="KEY-DIFFERS",
        )
    return digest
