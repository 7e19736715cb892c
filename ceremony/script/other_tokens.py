"""The tokens beside the ceremony's own: those that hold backups, by the names that steps use."""

from __future__ import annotations

from ceremony.script.models import OpenToken, SplitsPins
from ceremony.script.plan import Plan
from ceremony.script.practice_label import practice_label
from ceremony.script.steps import TokenChoice


def other_token(plan: Plan, name: str) -> TokenChoice:
    """The token of this name as this mode looks for it: in practice a stand-in, whose serial number is not known."""
    choice = plan.script.other_tokens[name]
    if plan.mode == "production":
        return choice
    return choice.model_copy(update={"label": practice_label(choice.label), "serial": None})


def token_of(plan: Plan, item: str) -> str:
    """The label of the token that an item of the script is, as this mode looks for it; empty for anything else."""
    label = plan.script.items[item].token if item in plan.script.items else None
    if label is None:
        return ""
    return label if plan.mode == "production" else practice_label(label)


def label_of_split(plan: Plan, step: SplitsPins) -> str:
    """The label of the token whose PINs a step makes or renews, as this mode looks for it."""
    if isinstance(step, OpenToken) or step.token is None:
        return plan.token_label
    return other_token(plan, step.token).label
