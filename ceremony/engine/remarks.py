"""What people may say at any moment: a note, a deviation, that somebody leaves or comes, that a break is due."""

from __future__ import annotations

from ceremony.engine.presence import MOVES, take
from ceremony.engine.questions import ASKED, DISSENT
from ceremony.engine.room import Room
from ceremony.engine.waiting import Waiting
from ceremony.errors import CeremonyError
from ceremony.transcript.kinds import Concurrence, Deviation, Dissent, Note


def remark(room: Room, waiting: Waiting, kind: str, fields: dict[str, str]) -> None:
    """Write a remark; the officiant calls this in the engine's thread, at any moment.

    `note`: text. `deviation`: expected, happened, decided, decided_by, and where they are known raised_by (an id),
    clauses (with semicolons between), `ASKED` and `DISSENT`. `left`, `returned`, `entered`, `break`: see `presence`.
    Raises CeremonyError for another kind, and where the record cannot be written.
    """
    actor = room.actor.id if room.planned else "engine"
    if room.state.arrived and actor not in room.state.present:
        actor = "engine"
    if kind == "note":
        room.record(Note(text=fields["text"]), actor=actor)
    elif kind == "deviation":
        _deviation(room, fields, actor)
    elif kind in MOVES:
        take(room, waiting, MOVES[kind], fields)
    else:
        raise CeremonyError("There is no such remark.", detail=kind, code="REMARK-KIND")


def _deviation(room: Room, fields: dict[str, str], actor: str) -> None:
    """Who was asked counts only where it was everybody; words of dissent stand in the record all the same."""
    present = room.state.present
    raised_by = fields.get("raised_by", "")
    said_to = fields.get(ASKED, "").split()
    asked = [person for person in present if person in said_to]
    words = {person: " ".join(fields.get(f"{DISSENT}{person}", "").split()) for person in asked}
    clauses = (" ".join(clause.split()) for clause in fields.get("clauses", "").split(";"))
    everybody = len(asked) == len(present)
    deviation = Deviation(
        expected=fields["expected"],
        happened=fields["happened"],
        decided=fields["decided"],
        decided_by=fields["decided_by"],
        raised_by=raised_by if raised_by in present else "",
        clauses=tuple(clause for clause in clauses if clause),
        concurrences=tuple(
            Concurrence(person=person, concurs=not words[person], words=words[person]) for person in asked if everybody
        ),
    )
    said = room.record(deviation, actor=actor)
    for person in () if everybody else asked:
        if words[person]:
            room.record(Dissent(deviation=said.seq, person=person, words=words[person]), actor=person)
