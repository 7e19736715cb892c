"""Who is in the room: the roll, who leaves, who comes back or comes late.

What people say at any moment is taken at once where it only changes who is here; what asks them something (somebody
comes in late, a break) waits until no step is under way (`waiting`, `boundary`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Literal, assert_never, get_args

from ceremony.custody.people import Person
from ceremony.custody.roles import exclusive_pairs
from ceremony.engine.notices import InRoom
from ceremony.engine.notices import People as Shown
from ceremony.engine.questions import Confirmation
from ceremony.engine.room import Room
from ceremony.engine.waiting import Request, Waiting
from ceremony.errors import CeremonyError
from ceremony.script.models import RoleDuty
from ceremony.script.moves import deputy_of, may_move, places
from ceremony.script.plan import Plan
from ceremony.script.quorum import Lack
from ceremony.script.sentences import present_statement
from ceremony.transcript.kinds import Move, PersonLeft, PersonPresent, PersonReturned, RemarkRefused

Where = Literal["here", "out", "absent", "reserve"]

MOVES: dict[str, Move] = {move: move for move in get_args(Move)}
"""The kinds of remark that this module takes: with `person` and `reason`, as far as the kind needs them."""


def take(room: Room, waiting: Waiting, move: Move, fields: dict[str, str]) -> None:
    """Something that people said of who is here, at any moment. What cannot be so is kept as such, never lost."""
    who, reason = fields.get("person", ""), " ".join(fields.get("reason", "").split())
    if not may_move(room.plan, room.state, move, who, reason):
        room.record(RemarkRefused(move=move, who=who, reason=reason))
    else:
        match move:
            case "left":
                room.record(PersonLeft(person=who, reason=reason), actor=who)
            case "returned":
                room.record(PersonReturned(person=who), actor=who)
            case "entered":
                waiting.add(Request("entered", who))
            case "break":
                waiting.add(Request("break", reason))
            case other:
                assert_never(other)
    tell(room)


def require_one_role_each(plan: Plan) -> None:
    """Raises CeremonyError (ROLE-EXCLUSIVE) where a plan gives somebody two roles, or one that is not theirs."""
    roles: dict[str, list[str]] = {}
    for role, duty in plan.script.roles.items():
        for person in duty.eligible:
            roles.setdefault(person, []).append(role)
    for person, held in roles.items():
        theirs = plan.people[person].roles if person in plan.people else ()
        if len(held) > 1 or not set(held) <= set(theirs) or any(exclusive_pairs(theirs)):
            raise CeremonyError(
                "Somebody would have two roles, or one not theirs.",
                detail=f"{person} stands in this script as {', '.join(held)}, and in the people file as "
                f"{', '.join(theirs) or 'nobody'}.",
                not_done="The ceremony was not opened; no key was made.",
                next_step="Give each role to people of its own, and plan again.",
                code="ROLE-EXCLUSIVE",
            )


def call_role(room: Room, role: str, duty: RoleDuty) -> None:
    """Everybody of a role is asked, then a deputy for each who is absent."""
    for holder in duty.people:
        if holder in room.state.present or deputy_of(room.state, holder):
            continue
        if answer(room, role, duty, room.plan.people[holder]):
            continue
        for deputy in duty.deputies:
            free = deputy not in room.state.present
            if free and answer(room, role, duty, room.plan.people[deputy], for_person=holder):
                break


def coming_in(room: Room, person: Person) -> AbstractContextManager[None]:
    """The block in which somebody comes in who was absent at the roll-call: what people see while it lasts."""
    told = f"{person.name} did not answer when the roll was called, and comes in now."
    return room.before_step("Somebody comes in", told, person.name)


def answer(room: Room, role: str, duty: RoleDuty, person: Person, *, for_person: str = "") -> bool:
    """One person says that they are here, as whom."""
    statement = present_statement(person, role, duty.duty, room.plan.people[for_person].name if for_person else "")
    details = (("Role", role), *((("Deputy for", room.plan.people[for_person].name),) if for_person else ()))
    if not room.officiant.confirm(Confirmation(room.view, person.name, statement, word="PRESENT", details=details)):
        return False
    room.record(
        PersonPresent(
            person=person.id,
            name=person.name,
            organisation=person.organisation,
            role=role,
            statement=statement,
            for_person=for_person,
        ),
        actor=person.id,
    )
    tell(room)
    return True


def too_few(lack: Lack) -> CeremonyError:
    """The refusal where the roll was called, at the opening or after an interruption, and too few answered."""
    return CeremonyError(
        "Not everyone who is needed is present.",
        detail=str(lack),
        not_done="The ceremony goes no further.",
        next_step="Wait for them and try again, or end the ceremony in good order.",
        code="QUORUM-ABSENT",
    )


def tell(room: Room) -> None:
    """Let people see who is here."""
    room.officiant.notice(Shown(tuple(_shown(room))))


def _shown(room: Room) -> Iterator[InRoom]:
    state, free = room.state, places(room.plan, room.state)
    for role, duty in room.plan.script.roles.items():
        for name in duty.eligible:
            away: Where = "out" if name in state.arrived else "absent" if name in free else "reserve"
            yield InRoom(name, room.plan.people[name].name, str(role), "here" if name in state.present else away)
