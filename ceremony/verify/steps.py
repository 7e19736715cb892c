"""STEPS: what was planned was done, in that order, by the people of the script, line by line as its traces say."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script.compile import people_of
from ceremony.script.trace.following import Follower
from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule


def _order(evidence: Evidence) -> Iterator[Fault]:
    """Of a ceremony that was closed each step is done; STEPS-TRACE holds their order."""
    done = evidence.state.steps_done
    missing = [planned for planned in evidence.due if planned.step.id not in done]
    if missing:
        first = f"Step {missing[0].number} ({missing[0].title})"
        others = f" and the {len(missing) - 1} after it were" if len(missing) > 1 else " was"
        yield Fault(f"{first}{others} not done.", archive.RECORD)


def _trace(evidence: Evidence) -> Iterator[Fault]:
    """Every line stands where the plan's traces let it stand, and none of theirs is missing."""
    plan = evidence.plan
    follower = Follower(plan, CeremonyState(ledger=Ledger.of(plan.past.register, evidence.folder.name)))
    for entry in evidence.chain.entries:
        for complaint in follower.take(entry):
            yield Fault(f"{complaint[:1].upper()}{complaint[1:]}.", line_of(entry))


def _people(evidence: Evidence) -> Iterator[Fault]:
    plan = evidence.plan
    for entry in evidence.chain.entries:
        actor = entry.event.actor
        if actor != "engine" and actor not in plan.people:
            yield Fault(f"{actor} acts, who is not one of the people of the script.", line_of(entry))
        for named in entry.data.named_people:
            if named not in plan.people:
                yield Fault(f"{named} is named, who is not one of the people of the script.", line_of(entry))
        if isinstance(entry.data, kinds.PersonPresent):
            yield from _presence(evidence, entry, entry.data)
    present = evidence.state.arrived
    called = any(planned.step.kind == "roll-call" for planned in evidence.due)
    for role, duty in plan.script.roles.items() if called else ():
        people = people_of(plan.script, plan.people, role)
        count = sum(person.id in present for person in people)
        if count < duty.quorum:
            yield Fault(f"{count} of the role {role} were present; the script needs {duty.quorum}.", archive.RECORD)


def _presence(evidence: Evidence, entry: Entry, data: kinds.PersonPresent) -> Iterator[Fault]:
    plan = evidence.plan
    person = plan.people.get(data.person)
    duty = next((duty for role, duty in plan.script.roles.items() if role == data.role), None)
    if person is not None and (person.name, person.organisation) != (data.name, data.organisation):
        yield Fault(f"The record describes {data.person} otherwise than the people file does.", line_of(entry))
    if duty is None or data.person not in (duty.deputies if data.for_person else duty.people):
        yield Fault(f"{data.person} does not hold the role {data.role} in this script.", line_of(entry))


RULES = (
    Rule(
        "STEPS-ORDER",
        lambda e: (
            f"Of {len(e.plan.steps)} planned steps the first {len(e.due)} were begun and done, in the plan's order."
            if e.ended_early
            else f"Each of the {len(e.plan.steps)} planned steps was begun and done, in the plan's order."
        ),
        _order,
    ),
    Rule(
        "STEPS-TRACE",
        lambda e: (
            f"Each of the {len(e.chain.entries)} lines stands where its step, or what comes between steps, lets it; "
            "none is missing, doubled, foreign or out of order."
        ),
        _trace,
    ),
    Rule(
        "STEPS-PEOPLE",
        "Everyone who acts is one of the script's people, and as many answered the roll as it needs.",
        _people,
    ),
)
