"""What the record holds already: a step that is tried again goes on from there, and does nothing twice."""

from __future__ import annotations

from typing import TypeVar

from ceremony.engine.room import Room
from ceremony.transcript.kinds import EventData

Data = TypeVar("Data", bound=EventData)


def on_record(room: Room, kind: type[Data]) -> tuple[Data, ...]:
    """The events of a kind that this ceremony has written so far, in order."""
    return tuple(entry.data for entry in room.journal.entries if isinstance(entry.data, kind))


def of_this_step(room: Room, kind: type[Data]) -> tuple[Data, ...]:
    """Those that this step wrote, in whichever attempt."""
    step = room.step.step.id
    return tuple(
        entry.data for entry in room.journal.entries if isinstance(entry.data, kind) and entry.event.step == step
    )
