"""Who acts is one of the script's people and in the room; steps begin with as many as they need."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script import models
from ceremony.script.invariants.base import Here, Invariant
from ceremony.script.quorum import duty_of, lacks
from ceremony.transcript import kinds

MOVES = (kinds.PersonPresent, kinds.PersonLeft, kinds.PersonReturned)


def _known(here: Here) -> Iterator[str]:
    people, entry = here.plan.people, here.entry
    actor = entry.event.actor
    if actor != "engine" and actor not in people:
        yield f"{actor} acts, who is not one of the people of the script."
    for named in entry.data.named_people:
        if named not in people:
            yield f"{named} is named, who is not one of the people of the script."
    if isinstance(entry.data, kinds.PersonPresent):
        yield from _described(here, entry.data)


def _described(here: Here, data: kinds.PersonPresent) -> Iterator[str]:
    person = here.plan.people.get(data.person)
    duty = duty_of(here.plan, data.role)
    if person is not None and (person.name, person.organisation) != (data.name, data.organisation):
        yield f"The record describes {data.person} otherwise than the people file does."
    if duty is None or data.person not in (duty.deputies if data.for_person else duty.people):
        yield f"{data.person} does not hold the role {data.role} in this script."


def _calls_the_roll(here: Here) -> bool:
    step = here.entry.event.step
    return any(item.step.id == step and isinstance(item.step, models.RollCall) for item in here.plan.steps)


def _moves(here: Here) -> Iterator[str]:
    """The script lets those come who came, nobody leaves or comes back twice, deputies are there for the absent."""
    data, before = here.entry.data, here.before
    match data:
        case kinds.PersonLeft():
            if data.person not in before.present or not data.reason.strip():
                yield f"{data.person} leaves, and was not in the room or says not why."
        case kinds.PersonReturned():
            if data.person not in before.arrived or data.person in before.present:
                yield f"{data.person} comes back, and had not left."
            yield from _stands(here, before.stands_for.get(data.person, ""), data.person)
        case kinds.PersonPresent():
            if not before.arrived and not _calls_the_roll(here):
                yield f"{data.person} is in the room before the roll was called."
            yield from _stands(here, data.for_person, data.person)
            duty = duty_of(here.plan, data.role)
            if data.for_person and (duty is None or data.for_person not in duty.people):
                yield f"{data.person} stands in for {data.for_person}, who is not {data.role}."
        case _:
            pass


def _stands(here: Here, whom: str, person: str) -> Iterator[str]:
    """A person and the one who stands in for that person are never in the room together."""
    present, whose = here.before.present, whom or person
    if here.entry.event.actor != person:
        yield f"{here.entry.event.actor} says that {person} is in the room."
    if whom and whom in present:
        yield f"{person} stands in for {whom}, who is in the room."
    others = [name for name, said in present.items() if said.for_person == whose and name != person]
    if others:
        yield f"{person} comes in, and {others[0]} stands in for {whose}."


def _acts(here: Here) -> Iterator[str]:
    """Who acts, or is said to have done something, at a line was in the room at that line."""
    event, data = here.entry.event, here.entry.data
    if not here.before.arrived or isinstance(data, MOVES) or _calls_the_roll(here):
        return
    for person in {event.actor, getattr(data, "person", event.actor)} - {"engine"}:
        if person not in here.before.present:
            yield f"{event.kind}: {person} was not in the room."


def _quorum(here: Here) -> Iterator[str]:
    """Each step begins with the people whom it needs in the room; who is waited for is missing."""
    data, before = here.entry.data, here.before
    if not before.arrived or not isinstance(data, kinds.StepBegun | kinds.QuorumAwaited):
        return
    planned = here.planned
    if planned is None:
        return  # STEPS-TRACE says so
    lacking = lacks(here.plan, planned, before.present, before.stands_for)
    if isinstance(data, kinds.StepBegun):
        for lack in lacking:
            yield f"Step {planned.number} began without enough people. {lack}"
        return
    said = (data.role, data.needed, data.present, data.missing)
    true = [(item.role, item.needed, item.present, tuple(each.id for each in item.missing)) for item in lacking]
    if said not in true:
        yield "People were waited for otherwise than they were missing."


PEOPLE = (
    Invariant("STEPS-PEOPLE", _known),
    Invariant("PRESENCE-ROLL", _moves),
    Invariant("PRESENCE-ACT", _acts),
    Invariant("PRESENCE-QUORUM", _quorum),
)
