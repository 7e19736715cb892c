"""Which tokens a script opens, read before its past is known: a rehearsal makes stand-ins for these alone."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.script.steps import OpenToken
from ceremony.strict_yaml import examine

if TYPE_CHECKING:
    from ceremony.script.plan import Plan


def tokens_opened(path: Path) -> frozenset[str]:
    """The labels of the script's own token and of its other tokens, as it writes them.

    What is no script names none: whoever loads it says what is wrong with it.
    """
    data = examine(path).data
    if not isinstance(data, dict):
        return frozenset()
    others = data.get("other_tokens")
    choices = [data.get("token"), *(others.values() if isinstance(others, dict) else ())]
    labels = [choice.get("label") for choice in choices if isinstance(choice, dict)]
    return frozenset(label for label in labels if isinstance(label, str))


def token_in_use(plan: Plan, steps_done: Collection[str]) -> bool:
    """Whether the ceremony's token was opened for it: from then on each step at the token finds it open, or it is
    opened again before."""
    return any(isinstance(planned.step, OpenToken) and planned.step.id in steps_done for planned in plan.steps)
