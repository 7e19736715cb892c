"""New PINs for the ceremony's token, or for another one of its script."""

from __future__ import annotations

from ceremony.engine.login import TokenPurpose, find, login, recognise
from ceremony.engine.pin_renewal import officer_pin, renew_split
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.share_sets import split_token
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.tokens import Place
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.opened_tokens import token_in_use
from ceremony.secret import Secret
from ceremony.token.info import TokenInfo
from ceremony.token.session import Session
from ceremony.transcript.kinds import Instructed, PinChanged, SharesMade, TokenClosed
from ceremony.transcript.register_entries import TokenEntry


def renew_pins(room: Room, step: models.RenewPins) -> None:
    """Let enough holders of the SO PIN give the token new PINs; log in with the new user PIN, which proves it.

    Where both were changed in an earlier attempt, they are not changed again: the new holders open the token. Another
    token than the ceremony's own is closed again at the end.
    """
    place = room.tokens.ceremony() if step.token is None else room.tokens.other(step.token)
    purpose: TokenPurpose = "ceremony" if step.token is None else "backup"
    room.officiant.instruct(Instruction(room.view, step.text))
    room.record(Instructed(text=step.text), actor=room.actor.id)
    room.close_session()  # the officer cannot log in beside the user, and some modules show one token at a time
    done = _done(room)
    pin = None if done else _renewed(room, step, place, purpose)
    try:
        session = login(room, place, room.actor, purpose=purpose, stem="token", pin=pin, recognised=not done)
    finally:
        if pin is not None:
            pin.wipe()
    good = split_token(room, session.token)
    if step.token is None:
        _keep_open(room, session)
    else:
        session.close()
        room.record(TokenClosed(label=session.token.label))
    _destroy_the_old(room, good)


def _renewed(room: Room, step: models.RenewPins, place: Place, purpose: TokenPurpose) -> Secret | None:
    """The new user PIN, for one login; None where a change that was cut short is found to be done already."""
    token = find(room, place, purpose)
    recognise(room, token, purpose)
    before = split_token(room, token)
    if before is None and not room.plan.past.stand_in:
        raise _not_split(token)
    so_pin = officer_pin(room, place, token, before)
    try:
        if _done(room):
            return None
        now = split_token(room, token)  # of two sets that might be, the token has told which one is
        return renew_split(room, place, token, now, step.shares, so_pin)
    finally:
        so_pin.wipe()


def _keep_open(room: Room, session: Session) -> None:
    """The ceremony's own token stays open where a step has opened it before; else a later step opens it."""
    room.session = session
    if not token_in_use(room.plan, room.state.steps_done):
        room.close_session()


def _done(room: Room) -> bool:
    """Whether both PINs were changed in this step; the change of one that was cut short may just have been found."""
    changed = [item.purpose for item in of_this_step(room, PinChanged)]
    return "user-pin" in changed and changed[-1] == "so-pin"


def _destroy_the_old(room: Room, now: TokenEntry | None) -> None:
    """Everybody hears which cards open nothing any more; the record has it line by line."""
    good = {item.identifier for item in now.shares} if now is not None else set()
    old = {item.replaced for item in of_this_step(room, PinChanged) if item.replaced is not None}
    old |= {item.identifier for item in of_this_step(room, SharesMade)}
    numbers = ", ".join(f"{number:05d}" for number in sorted(old - good))
    if not numbers:
        return
    text = (
        f"The cards of these sets open nothing any more: {numbers}. Destroy those that are in the room, before "
        "everybody. Tell the holders of the others to destroy theirs. Keep the cards of the sets "
        f"{' and '.join(f'{number:05d}' for number in sorted(good))}."
    )
    room.officiant.instruct(Instruction(room.view, text, acknowledge="Destroyed"))


def _not_split(token: TokenInfo) -> CeremonyError:
    return CeremonyError(
        "The PINs of this token are not split.",
        detail=f"The record knows no cards of {token}.",
        not_done="No PIN was changed.",
        next_step="End the ceremony. Who has the SO PIN changes PINs that people chose, with the maker's own program.",
        code="PINS-NOT-SPLIT",
    )
