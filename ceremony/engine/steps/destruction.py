"""The end of a key: reviewed with all that hangs on it, approved, announced, destroyed, looked for, asked to sign."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.questions import Instruction, Progress
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.steps.known_key import approve_key, known_key, review_key, row, the_same
from ceremony.errors import CeremonyError
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.script import models
from ceremony.script.sentences import destruction_statement
from ceremony.script.still_needed import certificates_over, still_needed
from ceremony.script.world import KnownKey
from ceremony.token.backup import CHALLENGE_OCTETS
from ceremony.token.destruction import Destroyed, absent, destroy_key, remains
from ceremony.token.session import Session
from ceremony.transcript.kinds import CrlBuilt, DestructionIntended, Instructed, KeyDestroyed, Named

NOT_DONE = "Nothing was destroyed."


def destroy(room: Room, step: models.DestroyKey) -> None:
    """Destroy a key pair of the open token. A destruction that was cut short is finished when the step is tried again.

    Refused (KEY-NEEDED) while the key has issued certificates that nothing could revoke afterwards.
    """
    if of_this_step(room, KeyDestroyed):
        room.officiant.instruct(Instruction(room.view, step.text, acknowledge="Go on"))
        room.record(Instructed(text=step.text), actor=room.actor.id)
        return
    session = room.open_session()
    key = known_key(room, session, step.key, NOT_DONE)
    backups = backups_of(room, key)
    over = certificates_over(room.world, key.name, room.clock.utc())
    kept = ", ".join(backups) or "none in the record"
    room.officiant.instruct(
        Instruction(
            room.view,
            step.text,
            details=(
                ("Key", f"{key.name} ({key.algorithm}) on {session.token}"),
                ("Public key SHA-256", sha256_hex(key.spki)),
                ("Reason", step.reason),
                ("Certificates that are still valid", ", ".join(over) or "none"),
                ("Backups on other tokens", kept),
            ),
            acknowledge="Go on",
        )
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    _refuse_needed(room, key)
    begun = bool(of_this_step(room, DestructionIntended))
    _review(room, session, key, step.reason, kept, begun=begun)
    _warn(room, session, key, over, backups)
    what = f"Destroy key {key.name} on token {session.token.label}"
    approve_key(room, "key-destruction", key, what, "DESTROY", NOT_DONE)
    room.record(DestructionIntended(key=key.name, key_id=key.key_id, spki_sha256=sha256_hex(key.spki)))
    with room.officiant.progress(Progress(room.view, f"The token destroys key {key.name}.")):
        done = _destroy(session, key)
        answer = _refused_signature(session, key)
    room.record(
        KeyDestroyed(
            key=key.name,
            key_id=key.key_id,
            label=session.token.label,
            serial=session.token.serial,
            spki_sha256=sha256_hex(key.spki),
            reason=step.reason,
            facts=(
                Named(name="private key", value=_when(done.private_key)),
                Named(name="public key", value=_when(done.public_key)),
                Named(name="found afterwards", value="nothing"),
                Named(name="asked to sign", value=answer),
                Named(name="backups", value=kept),
            ),
        )
    )


def backups_of(room: Room, key: KnownKey) -> tuple[str, ...]:
    """The other tokens that the record says hold the key: label and serial number in words."""
    earlier = [(item.label, item.serial) for item in key.earlier.backups] if key.earlier else []
    made = [(item.label, item.serial) for item in room.state.backed_up.get(key.name, ())]
    return tuple(
        f"{label}, serial {serial}"
        for label, serial in dict.fromkeys(earlier + made)
        if not room.state.token_gone(label)
    )


def _refuse_needed(room: Room, key: KnownKey) -> None:
    signed = room.state.signed
    lists = [built for name, built in room.state.built.items() if isinstance(built, CrlBuilt) and name in signed]
    needed = still_needed(room.world, (*room.plan.past.register.crls, *lists), key.name, room.clock.utc())
    if needed:
        raise CeremonyError(
            "The key is still needed.",
            detail=f"{key.name} issued {', '.join(needed)}: valid, not revoked, and not covered to the end by a last "
            "CRL. Without the key nobody can revoke them (BR 4.9.7).",
            not_done=NOT_DONE,
            next_step="Revoke them, or sign a last CRL whose nextUpdate is not before their end; then destroy the key.",
            code="KEY-NEEDED",
        )


def _review(room: Room, session: Session, key: KnownKey, reason: str, kept: str, *, begun: bool) -> None:
    key_id = bytes.fromhex(key.key_id)
    left = remains(session, key_id, key.name)
    halves = tuple(item.object_class for item in left)
    strangers = [item for item in left if item.key_id != key_id or item.label != key.name]
    if strangers or (halves != ("private-key", "public-key") and not begun):
        raise CeremonyError(
            "The key pair is not whole on the token.",
            detail=f"{session.token} holds of {key.name}: "
            f"{', '.join(f'{item.object_class} {item.label} (id {item.key_id.hex()})' for item in left) or 'nothing'}.",
            not_done=NOT_DONE,
            next_step="Compare the token's inventory with the record before anything is destroyed.",
            code="KEY-HALF",
        )
    found = session.key(key_id) if halves == ("private-key", "public-key") else None
    if found is not None:
        the_same(key, found, NOT_DONE)
    digest = sha256_hex(found.spki if found is not None else key.spki)
    rows = (
        row("label", key.name, found.label if found is not None else key.name),
        row("id (CKA_ID)", key.key_id, key.key_id),
        row("public key SHA-256", sha256_hex(key.spki), digest),
        row("on token", room.plan.token_label, session.token.label),
    )
    dump = "\n".join(
        (
            f"Key {key.name}, {key.algorithm}, id {key.key_id}",
            f"On the token now: {', '.join(halves) or 'nothing: an earlier attempt destroyed it'}",
            f"Reason: {reason}",
            f"Backups on other tokens: {kept}",
            f"SubjectPublicKeyInfo: {key.spki.hex(' ')}",
        )
    )
    review_key(room, f"Destruction of key {key.name}", key, rows, dump, NOT_DONE)


def _warn(room: Room, session: Session, key: KnownKey, over: tuple[str, ...], backups: tuple[str, ...]) -> None:
    """The actor says out loud what cannot be taken back, and what it does not reach."""
    statement = destruction_statement(key.name, session.token.label, backups, over)
    declined = CeremonyError(
        "The destruction was not confirmed.",
        detail=f"{room.actor.name} does not state that {key.name} is to be destroyed.",
        not_done=NOT_DONE,
        next_step="Find out why. Try again, or end the ceremony in good order.",
        code="STATEMENT-DECLINED",
    )
    details = (("Public key SHA-256", sha256_hex(key.spki)),)
    state(room, room.actor, "destruction", statement, details=details, danger=True, declined=declined)


def _destroy(session: Session, key: KnownKey) -> Destroyed:
    key_id = bytes.fromhex(key.key_id)
    if absent(session, key_id, key.name):  # an earlier attempt destroyed both halves, and could not say so
        return Destroyed(key.name, key_id, b"", False, False)
    return destroy_key(session, key_id)


def _refused_signature(session: Session, key: KnownKey) -> str:
    """What the token answers when it is asked to sign with the key. Raises CeremonyError where it signs."""
    algorithm = SIGNATURES_OF_KEY[key.algorithm][0]
    try:
        session.sign(bytes.fromhex(key.key_id), algorithm, bytes(CHALLENGE_OCTETS))
    except CeremonyError as refusal:
        if not session.there():
            raise
        return f"refused: {refusal.headline}"
    raise CeremonyError(
        "The token still signs with the key.",
        detail=f"{session.token} finds no object of {key.name}, and signed with it all the same.",
        not_done="The key is not destroyed.",
        next_step="Keep the token under guard; the token itself must be erased or destroyed.",
        code="KEY-SIGNS",
    )


def _when(now: bool) -> str:
    return "destroyed" if now else "gone after an earlier attempt"
