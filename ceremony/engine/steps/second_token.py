"""The second token of a step: initialised where the script says so, opened beside the ceremony's own, closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ceremony.engine.login import initialise, login
from ceremony.engine.room import Room
from ceremony.engine.share_making import initialise_split
from ceremony.engine.steps.attempts import on_record
from ceremony.errors import CeremonyError
from ceremony.script.models import PinShares
from ceremony.token.module import TokenLost
from ceremony.token.session import Session
from ceremony.transcript.kinds import BackupIntended, TokenClosed, TokenGone


@contextmanager
def second_token(room: Room, name: str, *, new: bool = False, shares: PinShares | None = None) -> Iterator[Session]:
    """The token that the script calls `name`, open for the block, and recognised by the people. A `new` one is
    initialised first, with PINs that people choose or that are split in `shares`.

    Where the second token is lost, the ceremony's own is logged out too: some modules see a token that comes back only
    when no other is open. The next attempt opens both again. Raises CeremonyError where the token is not there,
    refuses, or is not recognised.
    """
    place = room.tokens.other(name)
    pin = None
    fresh = new and place.label not in room.state.tokens_initialised
    if fresh and shares is not None:
        pin = initialise_split(room, place, shares)
    elif fresh:
        others = [person for person in room.those_present(room.step.actors) if person != room.actor]
        initialise(room, place, room.actor, so_person=others[0] if others else room.actor)
    session = login(room, place, room.actor, purpose="backup", stem="token", pin=pin)
    lost = False
    try:
        if new:
            _refuse_others(room, session)
        yield session
    except TokenLost as error:
        lost = not session.there()
        if not lost or room.session is None or not room.session.there():
            raise
        raise _both_again(error, room.session, session) from None
    finally:
        session.close()
        label = session.token.label
        room.record(TokenGone(label=label) if lost else TokenClosed(label=label))
        if lost:
            room.close_session()


def _both_again(error: CeremonyError, first: Session, second: Session) -> CeremonyError:
    return CeremonyError(
        error.headline,
        detail=f"{second.token}: {error.detail}",
        not_done=error.not_done,
        next_step=f"Put {second.token} back in, and try the step again. {first.token} was logged out, and its PIN is "
        "asked for again.",
        code="TOKEN-SECOND-LOST",
    )


def _refuse_others(room: Room, session: Session) -> None:
    """On a token that this ceremony made anew there is nothing but what its own backups put there."""
    label = session.token.label
    ours = {item.key_id for item in on_record(room, BackupIntended) if item.label == label}
    strangers = [f"{item.object_class} {item.label}" for item in session.inventory() if item.key_id.hex() not in ours]
    if strangers:
        raise CeremonyError(
            "A new token must be empty.",
            detail=f"{session.token} holds: {', '.join(strangers)}.",
            not_done="No key was wrapped.",
            next_step="End the ceremony; use an empty token.",
            code="TOKEN-NOT-EMPTY",
        )
