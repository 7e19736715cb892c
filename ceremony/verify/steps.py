"""STEPS: what was planned was done, in that order, by the people of the script, line by line as its traces say."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script.compile import people_of
from ceremony.script.invariants.watch import TRACE
from ceremony.transcript import archive
from ceremony.verify.evidence import Evidence
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _order(evidence: Evidence) -> Iterator[Fault]:
    """Of a ceremony that was closed each step is done; STEPS-TRACE holds their order."""
    done = evidence.state.steps_done
    missing = [planned for planned in evidence.due if planned.step.id not in done]
    if missing:
        first = f"Step {missing[0].number} ({missing[0].title})"
        others = f" and the {len(missing) - 1} after it were" if len(missing) > 1 else " was"
        yield Fault(f"{first}{others} not done.", archive.RECORD)


def _people(evidence: Evidence) -> Iterator[Fault]:
    """Line by line, and as many at the roll as the script needs."""
    yield from held("STEPS-PEOPLE")(evidence)
    plan, present = evidence.plan, evidence.state.arrived
    called = any(planned.step.kind == "roll-call" for planned in evidence.due)
    for role, duty in plan.script.roles.items() if called else ():
        count = sum(person.id in present for person in people_of(plan.script, plan.people, role))
        if count < duty.quorum:
            yield Fault(f"{count} of the role {role} were present; the script needs {duty.quorum}.", archive.RECORD)


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
        held(TRACE),
    ),
    Rule(
        "STEPS-PEOPLE",
        "Everyone who acts is one of the script's people, and as many answered the roll as it needs.",
        _people,
    ),
)
