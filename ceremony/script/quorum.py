"""Who must be in the room for a step, who approves in it, and who speaks with a key of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ceremony.custody.people import Person
from ceremony.script.models import Close, CompareClock, RoleDuty, RollCall
from ceremony.script.plan import Plan, PlannedStep

SEAL = "seal"
"""What a lack is called where who seals the record is not there."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Too few people of one kind: `role` is a role or a person's id, `missing` those who could fill the gap."""

    role: str
    needed: int
    present: int
    missing: tuple[Person, ...]

    def __str__(self) -> str:
        names = ", ".join(person.name for person in self.missing)
        return f"{self.role}: {self.needed} needed, {self.present} here. Not in the room: {names}."


def duty_of(plan: Plan, name: str) -> RoleDuty | None:
    """What the script says of a role; None where a step names a person instead."""
    return next((duty for role, duty in plan.script.roles.items() if role == name), None)


def needed_actors(plan: Plan, planned: PlannedStep) -> int:
    """How many of the acting role a step needs: so many must be there, and approve where something is approved."""
    duty = duty_of(plan, planned.step.actor)
    return duty.quorum if duty else len(planned.actors)


def needed_approvals(plan: Plan, planned: PlannedStep) -> int:
    """How many must approve in a step: as many as the script says, and never fewer than the policy's quorum."""
    return max(needed_actors(plan, planned), plan.policy.custody.quorum or 1)


def who_may_approve(plan: Plan, planned: PlannedStep) -> tuple[Person, ...]:
    """Those whose step it is; where the policy sets a quorum, custodians and their deputies alone."""
    if plan.policy.custody.quorum is None:
        return planned.actors
    duty = duty_of(plan, "custodian")
    return tuple(person for person in planned.actors if duty is not None and person.id in duty.eligible)


def must_sign(plan: Plan, person: Person) -> bool:
    """Whether this person speaks with a key of their own: where the policy wants it, and where they have one."""
    return plan.policy.custody.approvals == "signed" or person.credential is not None


def sealers(plan: Plan, stands_for: Mapping[str, str]) -> tuple[Person, ...]:
    """Who may seal the record: the person whom the script names, or the deputy who stands for that person.

    `stands_for` says of each who answered the roll for whom they stand; it is empty for those who are themselves.
    """
    deputies = (plan.people[person] for person, whom in stands_for.items() if whom == plan.script.seal_by)
    return (plan.sealer, *deputies)


def will_sign(plan: Plan, person: Person, stands_for: Mapping[str, str]) -> bool:
    """Whether this person seals, or attests or may approve with a key of their own: nobody else needs their token."""
    if person in sealers(plan, stands_for):
        return True
    approving = (planned for planned in plan.steps if planned.step.demands.approves == "always")
    asked = plan.policy.custody.attestation or any(person in who_may_approve(plan, planned) for planned in approving)
    return asked and must_sign(plan, person)


def to_introduce(
    plan: Plan, there: Collection[str], introduced: Collection[str], stands_for: Mapping[str, str], *, agreed: bool
) -> tuple[Person, ...]:
    """Whose own tokens are to be introduced before a step begins: of those there who will sign with them; nobody's
    before the clock is `agreed`, where it will be, because no date is judged by a clock that people will yet put right.
    """
    if not agreed and any(isinstance(planned.step, CompareClock) for planned in plan.steps):
        return ()
    wanting = (person for name, person in plan.people.items() if name in there and name not in introduced)
    return tuple(person for person in wanting if will_sign(plan, person, stands_for))


def lacks(
    plan: Plan, planned: PlannedStep, present: Collection[str], stands_for: Mapping[str, str]
) -> tuple[Lack, ...]:
    """What a step lacks with these people in the room; nothing for a roll-call, which finds out who is there."""
    step = planned.step
    if isinstance(step, RollCall):
        return ()
    groups = [(step.actor, needed_actors(plan, planned), planned.actors)]
    if step.witness:
        groups.append((step.witness, 1, planned.witnesses))
    if isinstance(step, Close):
        groups.append((SEAL, 1, sealers(plan, stands_for)))
    found = []
    for name, needed, people in groups:
        missing = tuple(person for person in people if person.id not in present)
        here = len(people) - len(missing)
        if here < needed:
            found.append(Lack(name, needed, here, missing))
    return tuple(found)
