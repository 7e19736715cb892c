"""How people see a plan: the whole of it before its first step, and each step when its turn comes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from ceremony.custody.people import Person
from ceremony.engine.notices import Overview, StepView
from ceremony.script.custody_simulation import item_courses
from ceremony.script.item_words import item_lines
from ceremony.script.plan import Plan, PlannedStep
from ceremony.transcript.archive import CeremonyFolder


def overview_of(plan: Plan, ceremony_id: str, folder: CeremonyFolder) -> Overview:
    """What people see of the ceremony before its first step."""
    return Overview(
        ceremony_id=ceremony_id,
        title=plan.script.title,
        purpose=plan.script.purpose,
        mode=plan.mode,
        steps=tuple(view_of(planned) for planned in plan.steps),
        plan_sha256=plan.sha256,
        policy_sha256=plan.policy_sha256,
        script_sha256=plan.script_sha256,
        token_label=plan.token_label,
        archive=str(folder.path),
        key_generations=plan.key_generations,
        signatures=plan.signatures,
        materials=tuple(
            f"{item.count} x {item.item}" + (f", serial {item.serial}" if item.serial else "")
            for item in plan.script.materials
        )
        + item_lines(item_courses(plan.script, plan.past.register)),
    )


def view_of(planned: PlannedStep, here: Container[str] = ()) -> StepView:
    """A planned step as people see it; of those who may act only those who are `here`, where there are any."""
    step = planned.step
    return StepView(
        id=step.id,
        number=planned.number,
        kind=step.kind,
        section=planned.section,
        title=planned.title,
        text=step.text,
        actor=_names(planned.actors, planned.actor_role, here),
        witness=_names(planned.witnesses, "", here),
        clauses=step.clauses,
    )


def before_it(view: StepView, title: str, actor: str, text: str = "") -> StepView:
    """What stands before a step, as people see it: nothing of the step itself, which has not begun."""
    return replace(view, title=title, text=text, actor=actor, witness="", clauses=(), before=True)


def _names(people: tuple[Person, ...], role: str, here: Container[str]) -> str:
    names = ", ".join(person.name for person in [each for each in people if each.id in here] or people)
    return f"{names} ({role})" if role and names else names
