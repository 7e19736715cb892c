"""PRESENCE: who came, left and came back; everything was done by people who were in the room, and by enough of them."""

from __future__ import annotations

from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence
from ceremony.verify.rule import Rule
from ceremony.verify.watched import held


def _how_many(evidence: Evidence) -> str:
    left = sum(1 for _ in evidence.of(kinds.PersonLeft))
    deputies = sum(bool(data.for_person) for _, data in evidence.of(kinds.PersonPresent))
    return (
        f"{len(evidence.state.arrived)} people answered the roll, {deputies} of them as deputies; {left} times "
        "somebody left the room, and who came back had left it."
    )


RULES = (
    Rule("PRESENCE-ROLL", _how_many, held("PRESENCE-ROLL")),
    Rule(
        "PRESENCE-ACT",
        "Everyone who did something was in the room, by the record, when they did it.",
        held("PRESENCE-ACT"),
    ),
    Rule(
        "PRESENCE-QUORUM",
        "Each step began with as many in the room as it needs, and its witness.",
        held("PRESENCE-QUORUM"),
    ),
)
