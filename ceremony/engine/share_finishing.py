"""A token with split PINs whose making was cut short: the cards are good, and their holders finish it."""

from __future__ import annotations

from ceremony.custody.freed_memory import overwrite_freed_memory
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.share_opening import joined_pin
from ceremony.engine.token_making import make_token
from ceremony.engine.tokens import Place
from ceremony.secret import Secret
from ceremony.transcript.token_shares import token_entry

GOOD_CARDS = (
    "The token was being made when the ceremony was interrupted, and it has its SO PIN. The cards that were written "
    "then are good: enough holders enter a share of the SO PIN, then one of the user PIN, and the token is finished."
)


def finish_split(room: Room, place: Place) -> Secret | None:
    """The user PIN of a token that an interruption left half made, for one login; the caller wipes it. None where the
    token was not touched then: the cards of that time are worthless, and PINs are drawn anew.

    Raises CeremonyError: what `joined_pin` raises, and WrongPin where the token does not take the SO PIN.
    """
    sets = room.state.shares.proved(place.label)
    left = [token for token in place.module.tokens() if token.initialised and token.label == place.label]
    if sets is None or not left or place.label not in room.state.tokens_cut_short:
        return None
    details = (("Token", f"{place.label}, serial {left[0].serial}"),)
    room.officiant.instruct(Instruction(room.view, GOOD_CARDS, details=details))
    made = token_entry(place.label, left[0].serial, sets, room.ceremony_id, "")
    so_pin = joined_pin(room, made, made.shares_of("so-pin"))
    try:
        user_pin = joined_pin(room, made, made.shares_of("user-pin"))
        try:
            make_token(room, place, so_pin, user_pin)
        except BaseException:
            user_pin.wipe()
            raise
        return user_pin
    finally:
        so_pin.wipe()
        overwrite_freed_memory()
