"""Lines of a record that a test makes up, without a chain."""

from __future__ import annotations

from ceremony.transcript.chain import Entry
from ceremony.transcript.event import GENESIS, Event
from ceremony.transcript.kinds import EventData


def line(
    data: EventData, *, seq: int = 1, at: str = "2026-11-22T01:02:03Z", step: str = "a-step", attempt: int = 1
) -> Entry:
    """One line that says this."""
    said = data.model_dump(mode="json")
    return Entry(Event(seq, GENESIS, at, 0, step, attempt, "engine", data.kind, said), data)
