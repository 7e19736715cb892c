"""Between two steps: what people asked for is done, and the next step waits for whom it needs."""

from __future__ import annotations

from ceremony.engine.breaks import hold_break
from ceremony.engine.own_certificates import look_at_certificates
from ceremony.engine.presence import answer, places
from ceremony.engine.questions import LOOK_AGAIN, Choice, Option
from ceremony.engine.room import Room
from ceremony.errors import Interrupted
from ceremony.script.quorum import Lack, lacks
from ceremony.transcript.kinds import QuorumAwaited


def at_boundary(room: Room) -> None:
    """Before a step begins: what people asked for is done, those here can sign, and the step has whom it needs."""
    waited: tuple[Lack, ...] = ()
    while True:
        while room.requests:
            kind, text = room.requests.pop(0)
            if kind == "break":
                hold_break(room, text)
            else:
                _enter(room, text)
        if not room.state.arrived:
            return
        look_at_certificates(room)
        lacking = lacks(room.plan, room.step, room.state.present, room.state.stands_for)
        if not lacking:
            return
        _wait(room, lacking, new=lacking != waited)
        waited = lacking


def _enter(room: Room, person: str) -> None:
    """Somebody who was absent at the roll-call comes in late."""
    place = places(room).get(person)
    if place is not None:
        role, for_person = place
        duty = next(duty for name, duty in room.plan.script.roles.items() if name == role)
        answer(room, role, duty, room.plan.people[person], for_person=for_person)


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
