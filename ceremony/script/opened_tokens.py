"""Which tokens a script opens, read before its past is known: a rehearsal makes stand-ins for these alone."""

from __future__ import annotations

from pathlib import Path

from ceremony.strict_yaml import examine


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
