"""Where a value may have one of several forms: which one its writer meant, so that only that one is complained of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_MODEL = re.compile(r"(?:function-\w+\[\w+\(\), )?(\w+)\]?")
"""How pydantic names a form that is a model: `LiteralIssuer`, or `function-after[_one_value(), NameAttribute]`."""


def of_the_form_meant(
    entries: Iterable[Mapping[str, Any]], data: Any, schema: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Pydantic's complaints without those about forms that the writer did not mean.

    Of a group of keys the form with most of its keys is meant; of anything else, a form that is no group of keys.
    """
    kept = list(entries)
    forms: dict[tuple[str | int, ...], set[str | None]] = {}
    for entry in kept:
        for place, form, _ in _forms(entry["loc"], data, schema):
            forms.setdefault(place, set()).add(form)
    return [
        entry
        for entry in kept
        if all(
            form == form_meant(value, forms[place], schema) for place, form, value in _forms(entry["loc"], data, schema)
        )
    ]


def form_meant(value: Any, forms: Iterable[str | None], schema: Mapping[str, Any]) -> str | None:
    """The name of the model that is meant; None for a form that is no model."""
    models = sorted(form for form in forms if form is not None)
    if not isinstance(value, Mapping):
        return None if None in forms or not models else models[0]
    if not models:
        return None
    return max(models, key=lambda form: len(set(value) & set(schema["$defs"][form].get("properties", {}))))


def _forms(
    location: tuple[str | int, ...], data: Any, schema: Mapping[str, Any]
) -> Iterable[tuple[tuple[str | int, ...], str | None, Any]]:
    """Each place in a location where one of several forms is named: (the location so far, the form, the value)."""
    node = data
    for index, part in enumerate(location):
        if isinstance(node, list) and isinstance(part, int):
            node = node[part] if part < len(node) else None
        elif isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(part, str):
            named = _MODEL.fullmatch(part)
            if named and named[1] in schema.get("$defs", {}):
                yield location[:index], named[1], node
            elif part.startswith(("literal[", "constrained-str", "function-")):
                yield location[:index], None, node
