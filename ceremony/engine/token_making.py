"""Making a token out of one that is not initialised, or finishing what an interruption cut short."""

from __future__ import annotations

from ceremony.engine.room import Room
from ceremony.engine.tokens import Place
from ceremony.secret import Secret
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import TokenInitialised, TokenInitialising


def make_token(room: Room, place: Place, so_pin: Secret, user_pin: Secret) -> TokenInfo:
    """Initialise a token, intent and outcome recorded. One whose initialisation was cut short is finished: who knows
    the security officer PIN that it got then sets the user PIN."""
    cut_short = place.label in room.state.tokens_cut_short
    room.record(TokenInitialising(label=place.label))
    there = any(token.initialised and token.label == place.label for token in place.module.tokens())
    finish = cut_short and there
    token = (place.module.finish if finish else place.module.initialise)(place.label, so_pin, user_pin)
    room.record(TokenInitialised(label=token.label, serial=token.serial))
    return token
