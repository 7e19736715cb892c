"""Who may come in, stand in for whom, and what may be said of it at a moment: the rest is refused, and recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from ceremony.transcript.kinds import Move
from ceremony.transcript.state import CeremonyState

if TYPE_CHECKING:
    from ceremony.script.plan import Plan


def deputy_of(state: CeremonyState, person: str) -> str:
    """Who is in the room in the place of this person; empty where nobody is."""
    return next((name for name, said in state.present.items() if said.for_person == person), "")


def places(plan: Plan, state: CeremonyState) -> dict[str, tuple[str, str]]:
    """Of everybody who may still come in: the role, and for whom they would stand in (empty for its holders)."""
    found: dict[str, tuple[str, str]] = {}
    for role, duty in plan.script.roles.items():
        absent = [name for name in duty.people if name not in state.present and not deputy_of(state, name)]
        found |= dict.fromkeys(absent, (role, ""))
        if absent:
            found |= {name: (role, absent[0]) for name in duty.deputies if name not in state.present}
    return found


def may_stand(state: CeremonyState, person: str) -> bool:
    """Whether a person who is not here may come back: never a deputy and the one for whom they stand together."""
    said, others = state.arrived[person], state.present
    return person not in others and said.for_person not in others and not deputy_of(state, said.for_person or person)


def may_move(plan: Plan, state: CeremonyState, move: Move, who: str, reason: str) -> bool:
    """Whether what is said of who is here can be so by the record up to now."""
    match move:
        case "left":
            return who in state.present and bool(reason) and not state.on_break
        case "returned":
            return who in state.arrived and may_stand(state, who) and not state.on_break
        case "entered":
            return bool(state.arrived) and who not in state.arrived and who in places(plan, state)
        case "break":
            return bool(state.present and reason) and not state.on_break
        case other:
            assert_never(other)
