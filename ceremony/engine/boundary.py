"""Between two steps: what people asked for is done, the next step waits for whom it needs, its token is open again.

None of it belongs to a step.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import assert_never

from ceremony.engine.breaks import hold_break
from ceremony.engine.introduction import introduce
from ceremony.engine.presence import answer, coming_in
from ceremony.engine.questions import LOOK_AGAIN, Choice, Option
from ceremony.engine.room import Room
from ceremony.engine.steps.token import reopen_token
from ceremony.engine.trying import until_done
from ceremony.engine.waiting import Waiting
from ceremony.errors import Interrupted
from ceremony.script.moves import places
from ceremony.script.opened_tokens import token_in_use
from ceremony.script.quorum import Lack, lacks
from ceremony.transcript.kinds import QuorumAwaited

REOPENED = "It is opened again first: the next step needs it."


def prepare(room: Room, waiting: Waiting) -> None:
    """Until those are here whom the step needs, and the token is open where it needs it."""
    while True:
        _gather(room, waiting)
        if not _needs_the_token(room):
            return
        with reopening(room):
            until_done(room, reopen_token, "The token is opened again.")


def reopening(room: Room) -> AbstractContextManager[None]:
    """The block in which the ceremony's token is opened again: what people see while it lasts."""
    return room.before_step("The token again", REOPENED, room.actor.name)


def _needs_the_token(room: Room) -> bool:
    """Whether the token was opened before, is not open now, and the step that comes needs it."""
    needs = room.step.step.demands.session == "needs"
    return needs and room.session is None and token_in_use(room.plan, room.state.steps_done)


def _gather(room: Room, waiting: Waiting) -> None:
    """Before a step begins: what people asked for is done, those here can sign, and the step has whom it needs."""
    waited_for: tuple[Lack, ...] = ()
    while True:
        for request in waiting.each():
            match request.kind:
                case "break":
                    hold_break(room, request.said)
                case "entered":
                    _enter(room, request.said)
                case other:
                    assert_never(other)
        if not room.state.arrived:
            return
        introduce(room)
        lacking = lacks(room.plan, room.step, room.state.present, room.state.stands_for)
        if not lacking:
            return
        _wait(room, lacking, new=lacking != waited_for)
        waited_for = lacking


def _enter(room: Room, person: str) -> None:
    """Somebody who was absent at the roll-call comes in late."""
    place = places(room.plan, room.state).get(person)
    if place is not None:
        role, for_person = place
        duty = next(duty for name, duty in room.plan.script.roles.items() if name == role)
        late = room.plan.people[person]
        with coming_in(room, late):
            answer(room, role, duty, late, for_person=for_person)


def _wait(room: Room, lacking: tuple[Lack, ...], *, new: bool) -> None:
    """Show who is missing until people look again. Raises Interrupted where they end the ceremony."""
    if new:
        for lack in lacking:
            missing = tuple(person.id for person in lack.missing)
            room.record(QuorumAwaited(role=lack.role, needed=lack.needed, present=lack.present, missing=missing))
    text = " ".join(map(str, lacking))
    chosen = room.officiant.choose(
        Choice(
            room.view,
            "This step waits for people",
            f"{text} When somebody comes back or comes in, say so first (F7 twice, or /back and /in).",
            (Option(LOOK_AGAIN, "Look again"), Option("abort", "End the ceremony", word="ABORT")),
        )
    )
    if chosen == "abort":
        raise Interrupted(f"it was decided not to wait any longer. {text.rstrip('.')}")
