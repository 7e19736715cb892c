"""Opening the ceremony's token."""

from __future__ import annotations

from ceremony.custody.people import Person
from ceremony.engine.login import initialise, login
from ceremony.engine.questions import Instruction
from ceremony.engine.room import Room
from ceremony.engine.share_making import initialise_split
from ceremony.engine.statements import state
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.sentences import environment_statement
from ceremony.token.destruction import absent
from ceremony.token.faults import TokenLost
from ceremony.token.session import Session
from ceremony.transcript.kinds import Instructed


def open_token(room: Room, step: models.OpenToken) -> None:
    """Initialise the token where the script says so, log in, and let people compare it with the device."""
    place = room.tokens.ceremony()
    explain_overrides(room, room.actor)
    room.officiant.instruct(Instruction(room.view, step.text))
    room.record(Instructed(text=step.text), actor=room.actor.id)
    pin = None
    fresh = step.initialise and place.label not in room.state.tokens_initialised
    if fresh and step.shares is not None:
        pin = initialise_split(room, place, step.shares)
    elif fresh:
        others = [person for person in room.those_present(room.step.actors) if person != room.actor]
        so_person = others[0] if others else room.actor
        initialise(room, place, room.actor, so_person=so_person)
    room.session = login(room, place, room.actor, purpose="ceremony", stem="token", pin=pin)
    _look(room, room.session, new=step.initialise)


def reopen_token(room: Room) -> None:
    """After the token was lost: it must be the same one again, opened with its PIN."""
    place = room.tokens.ceremony()
    if not place.module.sessions:
        place.module.restart()  # some modules see a token that came back only then
    room.session = login(room, place, room.actor, purpose="ceremony", stem="token")
    _look(room, room.session, new=False)


def _look(room: Room, session: Session, *, new: bool) -> None:
    """What must not be on the token is looked for; it is logged out again where it is found, or where it goes away."""
    try:
        if new:
            _refuse_strangers(session)
        refuse_revenants(room, session)
    except TokenLost:
        room.lose_session()
        raise
    except BaseException:
        room.close_session()
        raise


def _refuse_strangers(session: Session) -> None:
    strangers = [f"{item.object_class} {item.label}" for item in session.inventory()]
    if strangers:
        raise CeremonyError(
            "A new token must be empty.",
            detail=f"It holds: {', '.join(strangers)}.",
            not_done="No key was made.",
            next_step="End the ceremony; use an empty token.",
            code="TOKEN-NOT-EMPTY",
        )


def refuse_revenants(room: Room, session: Session) -> None:
    """A key that the record says was destroyed on this token is looked for after each new login."""
    for key in room.world.keys.values():
        if not key.destroyed or key.token_label != session.token.label:
            continue
        if not absent(session, bytes.fromhex(key.key_id), key.name):
            raise CeremonyError(
                "A destroyed key is on the token.",
                detail=f"The record says that {key.name} (id {key.key_id}) was destroyed. {session.token} holds it.",
                not_done="Nothing was signed.",
                next_step="Keep the token under guard, and end the ceremony. Somebody put an old copy back.",
                code="KEY-DESTROYED",
            )


def explain_overrides(room: Room, person: Person) -> None:
    """Variables that could redirect the module are set only if people know why; this person says so."""
    if not room.state.overrides:
        return
    names = ", ".join(room.state.overrides)
    declined = CeremonyError(
        "The environment could redirect the token module.",
        detail=f"Set, and not explained: {names}.",
        not_done="The token was not opened.",
        next_step="End the ceremony, unset them, and start again; or find out why they are set.",
        code="TOKEN-ENVIRONMENT",
    )
    state(
        room,
        person,
        "environment",
        environment_statement(room.state.overrides),
        declined=declined,
    )
