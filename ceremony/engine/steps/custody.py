"""A key that is certified another day, and a backup that is tried: nothing on the ceremony's token changes here."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.approval import approve_digest
from ceremony.engine.drawing import draw, refuse_used_nonce
from ceremony.engine.questions import Instruction, Progress
from ceremony.engine.room import Room
from ceremony.engine.statements import state
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.steps.known_key import review_octets, row, the_same
from ceremony.engine.steps.second_token import second_token
from ceremony.errors import CeremonyError
from ceremony.pki.signatures import verify_octets
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.script import models
from ceremony.script.sentences import parking_statement
from ceremony.script.world import KnownKey
from ceremony.token.backup import CHALLENGE_OCTETS
from ceremony.token.info import TokenInfo
from ceremony.token.objects import TokenKey
from ceremony.token.session import Session
from ceremony.transcript.kinds import Instructed, KeyParked, RestoreTested, RestoreTestIntended


def park_key(room: Room, step: models.ParkKey) -> None:
    """The actor states that the key stays without a certificate, and why."""
    if of_this_step(room, KeyParked):
        return
    key = room.world.keys[step.key]
    declined = CeremonyError(
        "The key was not parked.",
        detail=f"{room.actor.name} does not state that {step.key} stays without a certificate.",
        not_done="The record does not say what the key is for.",
        next_step="Try again, or end the ceremony in good order.",
        code="STATEMENT-DECLINED",
    )
    statement = parking_statement(step.key, step.reason)
    state(room, room.actor, "parking", statement, declined=declined, details=(("Key", step.key), ("Id", key.key_id)))
    room.record(KeyParked(key=step.key, key_id=key.key_id, reason=step.reason), actor=room.actor.id)


def restore_test(room: Room, step: models.RestoreTest) -> None:
    """The second token signs a challenge with each key, approved like every signature; the public key of the record
    verifies it, in software."""
    keys = [room.world.keys[name] for name in step.keys]
    choice = room.tokens.other(step.token)
    room.officiant.instruct(
        Instruction(
            room.view,
            step.text,
            details=(("Keys", ", ".join(step.keys)), ("Second token", choice.label)),
            acknowledge="Test",
        )
    )
    room.record(Instructed(text=step.text), actor=room.actor.id)
    with second_token(room, step.token) as session:
        for key in keys:
            if (session.token.label, session.token.serial) not in _backups(room, key, session.token):
                raise CeremonyError(
                    "The record knows of no such backup.",
                    detail=f"{key.name} was backed up to no token {session.token}.",
                    not_done="The backup was not tested.",
                    next_step="Open the token that holds the backup, or make the backup first.",
                    code="RESTORE-UNKNOWN",
                )
        done = {item.key for item in of_this_step(room, RestoreTested)}
        for key in keys:
            if key.name not in done:
                _test(room, session, key, choice.label)


def _test(room: Room, session: Session, key: KnownKey, label: str) -> None:
    not_done = f"The backup of {key.name} is not proved."
    key_id = bytes.fromhex(key.key_id)
    found = session.key(key_id)
    the_same(key, found, not_done)
    algorithm = SIGNATURES_OF_KEY[key.algorithm][0]
    session.require(algorithm)
    drawn = draw(room, session)
    octets = drawn.octets("challenge", key.name, CHALLENGE_OCTETS)
    _review(room, session, (key, found), label, octets, not_done)
    what = f"Let {session.token.label} sign a random challenge with its copy of key {key.name}"
    approve_digest(room, "restore-test", key.name, sha256_hex(octets), what, not_done, word="TEST")
    room.record(
        RestoreTestIntended(
            key=key.name,
            key_id=key.key_id,
            label=session.token.label,
            serial=session.token.serial,
            challenge=octets.hex(),
            algorithm=algorithm,
            drawn=drawn,
        )
    )
    with room.officiant.progress(Progress(room.view, f"{session.token.label} signs a challenge with {key.name}.")):
        signature = session.sign(key_id, algorithm, octets)
    try:
        verify_octets(algorithm, octets, signature, key.spki)
    except CeremonyError as error:
        error.headline = "The restored key is not the original one."
        error.detail = f"The public key of {key.name} does not verify what {session.token} signed."
        error.not_done = not_done
        error.next_step = "Keep the token under guard, and make a backup on another one."
        raise
    refuse_used_nonce(room, algorithm, signature, "SIG-NONCE")
    room.record(
        RestoreTested(
            key=key.name,
            key_id=key.key_id,
            label=session.token.label,
            serial=session.token.serial,
            challenge=octets.hex(),
            algorithm=algorithm,
            signature=signature.hex(),
        )
    )


def _review(
    room: Room, session: Session, keys: tuple[KnownKey, TokenKey], label: str, octets: bytes, not_done: str
) -> None:
    key, found = keys
    rows = (
        row("label", key.name, found.label),
        row("id (CKA_ID)", key.key_id, found.key_id.hex()),
        row("algorithm", key.algorithm, found.algorithm),
        row("public key SHA-256", sha256_hex(key.spki), sha256_hex(found.spki)),
        row("on token", label, session.token.label),
    )
    said = f"Challenge, {len(octets)} octets drawn by {session.token} and this machine: no certificate and no list"
    dump = f"{said}\n{octets.hex(' ')}"
    review_octets(room, f"Test of the backup of key {key.name}", key.name, octets, rows, dump, not_done)


def _backups(room: Room, key: KnownKey, token: TokenInfo) -> set[tuple[str, str]]:
    """The tokens that the record says hold this key: those of earlier ceremonies, and of this one.

    A token that stands in for another is made after its past was written: it has its serial number from nowhere.
    """
    any_serial = token.serial if room.plan.past.stand_in else ""
    earlier = {(item.label, item.serial or any_serial) for item in key.earlier.backups} if key.earlier else set()
    return earlier | {(item.label, item.serial) for item in room.state.backed_up.get(key.name, ())}
