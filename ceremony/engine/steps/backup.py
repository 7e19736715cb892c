"""Backing keys up: reviewed, approved, announced, wrapped for the second token, restored there, locked in the first.

What an earlier attempt brought to the second token is not wrapped again: it is recognised, and its original locked.
"""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.canonical import sha256_hex
from ceremony.engine.questions import Instruction, Progress
from ceremony.engine.room import Room
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.steps.keys import recorded
from ceremony.engine.steps.known_key import approve_key, known_key, review_key, row, the_same
from ceremony.engine.steps.second_token import second_token
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.world import KnownKey
from ceremony.token.backup import restore, wrap_for
from ceremony.token.destruction import remains
from ceremony.token.locking import lock
from ceremony.token.objects import TokenKey, token_object
from ceremony.token.policy_check import WANTED_OF_RESTORED, compare_attributes
from ceremony.token.session import Session
from ceremony.token.transport import transport_pair
from ceremony.transcript.kinds import BackupIntended, Instructed, KeyBackedUp, Named
from ceremony.transcript.kinds.tokens import KEY_ID_OCTETS

NOT_DONE = "No key was wrapped."
TRANSPORT_LABEL = "backup transport"
"""Of the key pair in the second token; it lives in its session alone."""


def back_up(room: Room, step: models.BackupKey) -> None:
    """Every key of the step, for one second token, which is closed again when the step ends."""
    session = room.open_session()
    to_label = room.tokens.other(step.token).label
    done = {item.key for item in of_this_step(room, KeyBackedUp)}
    pending = [known_key(room, session, name, NOT_DONE) for name in step.keys if name not in done]
    room.officiant.instruct(
        Instruction(
            room.view,
            step.text,
            details=(
                *(("Key", f"{key.name} ({key.algorithm})") for key in pending),
                ("From token", session.token.label),
                ("To token", to_label),
            ),
            acknowledge="Back up",
        )
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    _refuse_strays(room, session)
    begun = {item.key for item in of_this_step(room, BackupIntended)}
    for key in pending:
        _refuse_locked(session, key, begun)
    with second_token(room, step.token, new=step.initialise, shares=step.shares) as target:
        brought = [key for key in pending if key.name in begun and _holds(target, key)]
        for key in pending:
            _review(room, session, target, key, to_label, brought=key in brought)
            what = f"Back up key {key.name} to token {target.token.label}, and lock it in {session.token.label}"
            approve_key(room, "key-backup", key, what, "BACKUP", NOT_DONE)
        for key in pending:
            room.record(
                BackupIntended(
                    key=key.name,
                    key_id=key.key_id,
                    spki_sha256=sha256_hex(key.spki),
                    label=target.token.label,
                    serial=target.token.serial,
                )
            )
        fresh = [key for key in pending if key not in brought]
        for key in fresh:
            _clear(target, key)
        facts = _wrap(room, session, target, fresh) if fresh else ()
        for key in pending:
            travelled = (Named(name="wrapped", value="in an earlier attempt"),) if key in brought else facts
            _lock(room, session, target, key, travelled)


def _wrap(room: Room, session: Session, target: Session, keys: Sequence[KnownKey]) -> tuple[Named, ...]:
    names = ", ".join(key.name for key in keys)
    progress = Progress(room.view, f"{session.token.label} wraps {names} for {target.token.label}.")
    with (
        room.officiant.progress(progress),
        transport_pair(target, TRANSPORT_LABEL, target.random(KEY_ID_OCTETS)) as transport,
    ):
        backup = wrap_for(session, transport, [bytes.fromhex(key.key_id) for key in keys])
        restore(target, transport, backup)
    told = backup.as_dict()
    return tuple(
        Named(name=name, value=str(told[name]))
        for name in ("transport_key", "wrapping_key", "wrapping_key_wrapped_with", "keys_wrapped_with")
    )


def _lock(room: Room, session: Session, target: Session, key: KnownKey, facts: tuple[Named, ...]) -> None:
    """The copy is compared with the policy first; only then is the original locked, which nothing takes back."""
    key_id = bytes.fromhex(key.key_id)
    wanted = room.plan.key_profile(key.profile).attributes.model_dump()
    not_done = f"{key.name} is on {target.token.label}, and not locked in {session.token.label}."
    restored = target.key(key_id)
    the_same(key, restored, not_done)
    _as_wanted(restored, wanted | WANTED_OF_RESTORED, key, not_done)
    locked = lock(session, key_id)
    room.record(
        KeyBackedUp(
            key=key.name,
            key_id=key.key_id,
            label=target.token.label,
            serial=target.token.serial,
            spki_sha256=sha256_hex(restored.spki),
            facts=facts,
            locked=recorded(locked.read_back),
            restored=recorded(restored.read_back),
            lock_answer=locked.answer,
        )
    )
    _as_wanted(session.key(key_id), wanted, key, f"{key.name} is backed up, and not locked as the policy wants.")


def _as_wanted(found: TokenKey, wanted: dict[str, bool], key: KnownKey, not_done: str) -> None:
    findings = compare_attributes(found.read_back, wanted, key.name)
    if any(finding.severity.blocks for finding in findings):
        raise CeremonyError(
            "The key is not what the policy wants.",
            findings=findings,
            not_done=not_done,
            next_step="End the ceremony in good order; the key must be destroyed under a script of its own.",
            code="KEY-POLICY",
        )


def _refuse_locked(session: Session, key: KnownKey, begun: set[str]) -> None:
    found = session.key(bytes.fromhex(key.key_id))
    the_same(key, found, NOT_DONE)
    if found.read_back.extractable is not False or key.name in begun:
        return  # what an earlier attempt locked is only to be recorded
    locked = bool(key.earlier and key.earlier.locked) or found.read_back.never_extractable is False
    raise CeremonyError(
        "The key is locked in its token." if locked else "The key was made without a backup.",
        detail=f"{key.name} on {session.token} cannot be wrapped"
        + (": it was backed up and locked before." if locked else ", and never could be."),
        not_done=NOT_DONE,
        next_step="End the ceremony in good order; only a key that was not locked yet can be backed up.",
        code="BACKUP-LOCKED" if locked else "KEY-BACKUP",
    )


def _refuse_strays(room: Room, session: Session) -> None:
    """Nothing that can leave the token may stand beside the keys that the record knows to wait for their lock."""
    waiting = {
        key.key_id
        for key in room.world.keys.values()
        if key.profile in room.plan.policy.keys and room.plan.key_profile(key.profile).backup
    }
    with session.call("keys that can be wrapped were looked for", NOT_DONE):
        found = [token_object(item) for item in session.objects("PRIVATE_KEY", {"EXTRACTABLE": True})]
    strays = [item for item in found if item.key_id.hex() not in waiting]
    if strays:
        raise CeremonyError(
            "Another key can leave the token.",
            detail=f"{session.token} holds {', '.join(item.label for item in strays)}, which can be wrapped; the "
            "record does not say why.",
            not_done=NOT_DONE,
            next_step="Find out where it comes from. End the ceremony if nobody knows.",
            code="BACKUP-STRAY",
        )


def _holds(target: Session, key: KnownKey) -> bool:
    """Whether an earlier attempt brought the whole key there."""
    key_id = bytes.fromhex(key.key_id)
    if len(_left(target, key)) < 2:
        return False
    the_same(key, target.key(key_id), NOT_DONE)
    return True


def _clear(target: Session, key: KnownKey) -> None:
    """Take away half a key that a power cut left there; people have approved by now that it is brought there anew."""
    if _left(target, key):
        target.remove_half(key.name, bytes.fromhex(key.key_id))


def _left(target: Session, key: KnownKey) -> set[str]:
    return {item.object_class for item in remains(target, bytes.fromhex(key.key_id), key.name)}


def _review(room: Room, session: Session, target: Session, key: KnownKey, to_label: str, *, brought: bool) -> None:
    found = session.key(bytes.fromhex(key.key_id))
    rows = [
        row("label", key.name, found.label),
        row("id (CKA_ID)", key.key_id, found.key_id.hex()),
        row("algorithm", key.algorithm, found.algorithm),
        row("public key SHA-256", sha256_hex(key.spki), sha256_hex(found.spki)),
        row("from token", room.plan.token_label, session.token.label),
        row("to token", to_label, target.token.label),
    ]
    if not brought:  # an earlier attempt may have locked it already
        rows.append(row("can leave (CKA_EXTRACTABLE)", "true", str(found.read_back.extractable).lower()))
    dump = f"SubjectPublicKeyInfo of {key.name}, as {session.token} holds it:\n{found.spki.hex(' ')}"
    review_key(room, f"Backup of key {key.name}", key, tuple(rows), dump, NOT_DONE)
