"""New PINs for the ceremony's token."""

from __future__ import annotations

from ceremony.engine.login import find, login
from ceremony.engine.pin_renewal import officer_pin, renew_split
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.share_sets import split_token
from ceremony.engine.steps.attempts import of_this_step
from ceremony.engine.steps.token import recognise
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import Instructed, PinChanged, SharesMade
from ceremony.transcript.register import TokenEntry


def renew_pins(room: Room, step: models.RenewPins) -> None:
    """Let enough holders of the SO PIN give the token new PINs; log in with the new user PIN, which proves it.

    Where both were changed in an earlier attempt, they are not changed again: the new holders open the token.
    """
    place = room.tokens.ceremony()
    room.officiant.instruct(Instruction(room.view, step.text))
    room.record(Instructed(text=step.text), actor=room.actor.id)
    if room.session is not None:
        room.close_session()  # the officer cannot log in beside the user
        room.token_lost = True  # until it is open again: now, or before a later step
    pin = None
    if not _done(room):
        token = find(room, place, "ceremony")
        recognise(room, token)
        before = split_token(room, token)
        if before is None and not room.plan.past.stand_in:
            raise _not_split(token)
        so_pin = officer_pin(room, place, token, before)
        try:
            if not _done(room):
                now = split_token(room, token)  # of two sets that might be, the token has told which one is
                pin = renew_split(room, place, token, now, step.shares, so_pin)
        finally:
            so_pin.wipe()
    try:
        room.session = login(room, place, room.actor, purpose="ceremony", stem="token", pin=pin)
    finally:
        if pin is not None:
            pin.wipe()
    room.stopwatch = place.module.stopwatch
    good = split_token(room, room.session.token)
    if room.token_lost:
        room.token_lost = False
    else:
        room.close_session()  # it was not open before: a later step opens it
    _destroy_the_old(room, good)


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
