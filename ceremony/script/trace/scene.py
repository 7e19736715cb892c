"""What stands around one line of the record: the plan, the step under way, and all that the lines before it say."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ceremony.script.moves import deputy_of, places
from ceremony.script.practice_label import practice_label
from ceremony.transcript import kinds

if TYPE_CHECKING:
    from ceremony.custody.people import Person
    from ceremony.script.models import RoleDuty
    from ceremony.script.plan import Plan, PlannedStep
    from ceremony.transcript.state import CeremonyState


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a role, by id."""

    role: str
    person: str


@dataclass(slots=True)
class Scene:
    """Asked by the facts of a trace, at the place of the next line that belongs to it.

    Between that line and the one before it people may have left or come (`earlier` is who was there then): what the
    program asked, it asked at some moment between the two.
    """

    plan: Plan
    state: CeremonyState
    """After every line before this one."""
    planned: PlannedStep | None = None
    """The step under way, or between steps the one that comes next."""
    under_way: bool = False
    """Whether that step has begun."""
    earlier: tuple[str, ...] = ()
    """Who was in the room right after the line before."""
    approvers: tuple[Person, ...] = ()
    """Those who may approve in this step, in the order in which they are asked."""
    needed: int = 0
    """How many of them must."""
    previous: kinds.EventData | None = None
    """The data of the line of this trace before this one."""

    # ---- the step

    @property
    def step(self) -> Any:
        """The planned step; its `step` is of the kind whose trace asks."""
        if self.planned is None:
            raise LookupError("there is no step")
        return self.planned

    @property
    def step_id(self) -> str:
        """As lines name it: empty between steps."""
        return str(self.step.step.id) if self.under_way else ""

    @property
    def initialises(self) -> bool:
        """Whether the step makes a token."""
        return bool(self.step.step.initialises)

    @property
    def splits(self) -> bool:
        """Whether it splits the PINs of a token."""
        return bool(self.step.step.splits)

    @property
    def token_label(self) -> str:
        """Of the token that the step is about: an other one that it names, else the ceremony's own."""
        return self.plan.token_label if self.step.step.other_token_named is None else self.other_label

    @property
    def other_label(self) -> str:
        """Of the other token that the step names, as this mode looks for it."""
        label = self.plan.script.other_tokens[self.step.step.other_token_named].label
        return label if self.plan.mode == "production" else practice_label(label)

    @property
    def stays_open(self) -> bool:
        """Whether the step is about the ceremony's own token, and a step before opened it for good."""
        own = self.step.step.other_token_named is None
        return own and self.in_use

    @property
    def in_use(self) -> bool:
        """Whether the step that opens the ceremony's token is done."""
        done = self.state.steps_done
        return any(item.step.kind == "open-token" and item.step.id in done for item in self.plan.steps)

    # ---- people

    def here(self, person: str) -> bool:
        """Whether the person may have been in the room when they were asked."""
        return person in self.state.present or person in self.earlier

    def may_be_passed(self, person: str) -> bool:
        """Whether the person may have been out of the room then."""
        return person not in self.state.present or person not in self.earlier

    def decides(self, person: str, there: Collection[str]) -> bool:
        """Whether this person may have decided something, when these people were in the room: who holds a role, or,
        where none of those is there, anybody who does."""
        named = [holder.person for holder in self.holders]
        return person in ([name for name in named if name in there] or named)

    def first_of(self, people: tuple[Person, ...]) -> tuple[str, ...]:
        """Who of these may have been the first in the room: the one who acts for all of them."""
        found: list[str] = []
        if people and (not self.earlier or not self.state.arrived):
            found.append(people[0].id)  # before and during the roll-call
        for person in people:
            if self.here(person.id):
                found.append(person.id)
            if not self.may_be_passed(person.id):
                break
        return tuple(dict.fromkeys(found))

    @property
    def actors(self) -> tuple[str, ...]:
        """The ids of those who may be the actor of the next line."""
        return self.first_of(self.step.actors)

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The ids of those who may be its witness."""
        return self.first_of(self.step.witnesses)

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Each role with each of its holders, in the script's order."""
        return tuple(Holder(role, person) for role, duty in self.plan.script.roles.items() for person in duty.people)

    def duty(self, role: str) -> RoleDuty:
        """What the script says of a role. Raises LookupError where it has none of this name."""
        return {str(name): duty for name, duty in self.plan.script.roles.items()}[role]

    def deputy_of(self, person: str) -> str:
        """Who is in the room in the place of this person; empty where nobody is."""
        return deputy_of(self.state, person)

    @property
    def places(self) -> dict[str, tuple[str, str]]:
        """Of everybody who may still come in: the role, and for whom they would stand in (empty for its holders)."""
        return places(self.plan, self.state)

    @property
    def sealers(self) -> tuple[str, ...]:
        """Who may seal the record: the person whom the script names, then who stands in for them."""
        named = self.plan.script.seal_by
        return (named, *(person for person, whom in self.state.stands_for.items() if whom == named))

    def must_sign(self, person: str) -> bool:
        """Whether this person speaks with a key of their own: where the policy wants it, and where they have one."""
        known = self.plan.people[person]
        return self.plan.policy.custody.approvals == "signed" or known.credential is not None

    # ---- the record

    @property
    def last_statement(self) -> kinds.Confirmed | None:
        """The statement on the line before, where it is one."""
        return self.previous if isinstance(self.previous, kinds.Confirmed) else None

    @property
    def objects_on_token(self) -> int:
        """How many objects the inventory on the line before counts."""
        return len(self.previous.objects) if isinstance(self.previous, kinds.InventoryReviewed) else -1
