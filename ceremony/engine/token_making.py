"""Making a token out of one that is not initialised, or finishing what an interruption cut short."""

from __future__ import annotations

from ceremony.engine.room import Room
from ceremony.engine.tokens import Place
from ceremony.secret import Secret
from ceremony.token.info import TokenInfo
from ceremony.transcript.kinds import CeremonyResumed, TokenInitialised, TokenInitialising


def make_token(room: Room, place: Place, so_pin: Secret, user_pin: Secret) -> TokenInfo:
    """Initialise a token, intent and outcome recorded. One whose initialisation was cut short is finished: who knows
    the security officer PIN that it got then sets the user PIN."""
    cut_short = was_interrupted(room, place.label)
    room.record(TokenInitialising(label=place.label))
    there = any(token.initialised and token.label == place.label for token in place.module.tokens())
    finish = cut_short and there
    token = (place.module.finish if finish else place.module.initialise)(place.label, so_pin, user_pin)
    room.record(TokenInitialised(label=token.label, serial=token.serial))
    return token


def was_interrupted(room: Room, label: str) -> bool:
    """Whether the last initialisation of the token of this label was announced and then cut short by an interruption.

    A refusal is none: after it the token is as it was.
    """
    begun = cut = False
    for entry in room.journal.entries:
        match entry.data:
            case TokenInitialising(label=named) if named == label:
                begun, cut = True, False
            case TokenInitialised(label=named) if named == label:
                begun = False
            case CeremonyResumed():
                cut = begun
            case _:
                pass
    return begun and cut
