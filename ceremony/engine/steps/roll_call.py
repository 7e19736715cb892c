"""The roll-call: each person says that they are present, deputies where somebody is absent."""

from __future__ import annotations

from ceremony.engine.presence import call_role, tell, too_few
from ceremony.engine.room import Room
from ceremony.script import models
from ceremony.script.compile import people_of
from ceremony.script.quorum import Lack


def roll_call(room: Room, step: models.RollCall) -> None:
    """Each person of each role says that they are present; the script's quorum must be met."""
    del step
    tell(room)
    for role, duty in room.plan.script.roles.items():
        call_role(room, role, duty)
        people = people_of(room.plan.script, room.plan.people, role)
        missing = tuple(person for person in people if person.id not in room.state.present)
        here = len(people) - len(missing)
        if here < duty.quorum:
            raise too_few(Lack(role, duty.quorum, here, missing))
