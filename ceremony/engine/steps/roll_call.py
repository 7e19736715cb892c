"""The roll-call: each person says that they are present, deputies where somebody is absent."""

from __future__ import annotations

from ceremony.engine.presence import call_role, tell
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.script.compile import people_of


def roll_call(room: Room, step: models.RollCall) -> None:
    """Each person of each role says that they are present; the script's quorum must be met."""
    del step
    tell(room)
    for role, duty in room.plan.script.roles.items():
        call_role(room, role, duty)
        _quorum(room, role, duty)


def _quorum(room: Room, role: str, duty: models.RoleDuty) -> None:
    people = people_of(room.plan.script, room.plan.people, role)
    present = room.those_present(people)
    if len(present) < duty.quorum:
        missing = ", ".join(person.name for person in people if person not in present)
        raise CeremonyError(
            "Not everyone who is needed is present.",
            detail=f"The script needs {duty.quorum} of the role {role}; {len(present)} answered. "
            f"Not present: {missing}.",
            not_done="The ceremony goes no further.",
            next_step="Wait for them and try again, or end the ceremony in good order.",
            code="QUORUM-ABSENT",
        )
