"""What cannot be done is shown, and on record with its code; people decide to try again or to end the ceremony."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ceremony.engine.questions import Choice, Option
from ceremony.engine.room import Room, WouldNotBeProved
from ceremony.errors import CeremonyError, Interrupted
from ceremony.script.sentences import given_up_after
from ceremony.token.faults import TokenLost
from ceremony.transcript.journal import RecordNotWritable
from ceremony.transcript.kinds import PreparationFailed


def until_done(room: Room, call: Callable[[Room], None], what: str) -> None:
    """As often as people want to try it; `what` tells them in a sentence what is being done, where it cannot be.
    Raises Interrupted where they end the ceremony."""
    while True:
        try:
            call(room)
        except (Interrupted, RecordNotWritable, WouldNotBeProved):
            raise
        except CeremonyError as error:
            after = room.journal.last
            if isinstance(error, TokenLost):
                room.lose_session()
            text = f"{what} Nothing else goes on until that is done."
            said = decide(room, error, after, "The ceremony cannot go on yet", text, "Try this again")
            room.record(PreparationFailed.model_validate(said))
            give_up_where_decided(error, said["decision"])
        else:
            return


def decide(room: Room, error: CeremonyError, after: int, title: str, text: str, again: str) -> dict[str, Any]:
    """Show a fault; people choose to try again or to end the ceremony. What the record says of it; `after` is the last
    line that stood when it arose."""
    options = (Option("try-again", again), Option("abort", "End the ceremony", word="ABORT"))
    chosen = room.officiant.choose(Choice(room.view, title, text, options, fault=error))
    return {
        "code": error.code,
        "headline": error.headline,
        "detail": "\n".join(error.paragraphs()),
        "decision": "abort" if chosen == "abort" else "try-again",
        "after": after,
    }


def give_up_where_decided(error: CeremonyError, decision: str) -> None:
    """Raises Interrupted where people decided to end the ceremony."""
    if decision == "abort":
        raise Interrupted(given_up_after(error.headline))
