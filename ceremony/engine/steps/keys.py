"""Making a key pair in the token."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.drawing import draw
from ceremony.engine.questions import Instruction, Progress
from ceremony.engine.room import Room
from ceremony.engine.steps.half_made import adopted_key
from ceremony.errors import CeremonyError, Finding
from ceremony.pki.keys import check_public_key, key_algorithm
from ceremony.script import models
from ceremony.token.objects import ReadBack, TokenKey
from ceremony.token.policy_check import WANTED_UNTIL_LOCKED, compare_attributes
from ceremony.token.session import Session
from ceremony.transcript.kinds import Instructed, KeyIntended, KeyMade, Named
from ceremony.transcript.kinds.tokens import KEY_ID_OCTETS


def generate_key(room: Room, step: models.GenerateKey) -> None:
    """Intent on disk, C_GenerateKeyPair, attributes read back and compared with the policy, public key checked.

    A key whose profile gives it a backup can leave its token, wrapped, until the backup-key step has locked it.
    """
    session = room.open_session()
    profile = room.plan.key_profile(step.profile)
    actor = room.actor.id
    room.officiant.instruct(
        Instruction(
            room.view,
            step.text,
            details=(("Key", step.key), ("Algorithm", profile.algorithm), ("Token", session.token.label)),
            acknowledge="Generate",
        )
    )
    room.record(Instructed(text=step.text), actor=actor)
    made = _made_before(room, session, step)
    if made is None:
        made = _make(room, session, step)
    _refuse_unfit(room, step, made)


def _unfit(room: Room, step: models.GenerateKey, made: TokenKey) -> tuple[Finding, ...]:
    """What keeps a key from being the one that the policy wants."""
    profile = room.plan.key_profile(step.profile)
    wanted = profile.attributes.model_dump() | (WANTED_UNTIL_LOCKED if profile.backup else {})
    return tuple(
        finding
        for finding in (*compare_attributes(made.read_back, wanted, step.key), *check_public_key(made.spki, step.key))
        if finding.severity.blocks
    )


def _refuse_unfit(room: Room, step: models.GenerateKey, made: TokenKey) -> None:
    """Before the record says that it is the key: one that is not was announced, and is never used."""
    findings = _unfit(room, step, made)
    if findings or key_algorithm(made.spki) != room.plan.key_profile(step.profile).algorithm:
        raise CeremonyError(
            "The key is not what the policy wants.",
            findings=findings,
            not_done=f"Nothing is signed with {step.key}. The key is on the token.",
            next_step="End the ceremony in good order, or try again: what is on the token is destroyed first.",
            code="KEY-POLICY",
        )


def _made_before(room: Room, session: Session, step: models.GenerateKey) -> TokenKey | None:
    """The key that an earlier attempt at this step made: on record already, or found and adopted now."""
    known = room.state.keys.get(step.key)
    if known is not None:
        return session.key(bytes.fromhex(known.key_id))
    adopted = adopted_key(room, session, fit=lambda key: not _unfit(room, step, key))
    if adopted is not None:
        _record(room, step, adopted)
    return adopted


def _make(room: Room, session: Session, step: models.GenerateKey) -> TokenKey:
    profile = room.plan.key_profile(step.profile)
    session.require(profile.algorithm)
    for item in room.plan.all_objects:
        if item.demand.signer_key == step.key:  # a key that could not sign what it is for would be an orphan
            session.require(item.to_be_signed.algorithm)
    if session.find_key_label(step.key) is not None:
        raise CeremonyError(
            "A key with this label is on the token already.",
            detail=f"Label {step.key}, token {session.token.label}.",
            not_done="No key was made.",
            next_step="Find out where it comes from (F4 shows the record). End the ceremony if nobody knows.",
            code="KEY-LABEL",
        )
    drawn = draw(room, session)
    key_id = drawn.octets("key-id", step.key, KEY_ID_OCTETS)
    room.record(
        KeyIntended(key=step.key, key_id=key_id.hex(), algorithm=profile.algorithm, profile=step.profile, drawn=drawn)
    )
    with room.officiant.progress(Progress(room.view, f"The token generates key {step.key} ({profile.algorithm}).")):
        made = session.generate_key(step.key, key_id, profile.algorithm, backup=profile.backup)
    _refuse_unfit(room, step, made)
    _record(room, step, made)
    return made


def _record(room: Room, step: models.GenerateKey, made: TokenKey) -> None:
    room.record(
        KeyMade(
            key=step.key,
            key_id=made.key_id.hex(),
            algorithm=made.algorithm,
            profile=step.profile,
            spki=made.spki.hex(),
            spki_sha256=sha256_hex(made.spki),
            attributes=recorded(made.read_back),
        )
    )


def recorded(read_back: ReadBack) -> tuple[Named, ...]:
    """What a token said of a private key, for the record."""
    return tuple(Named(name=name, value=_text(value)) for name, value in read_back.as_dict().items())


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "not readable"
        case list() | tuple():
            return ", ".join(str(item) for item in value) or "none"
        case _:
            return str(value)
