"""Strict data against a model: each disagreement becomes a finding in plain words, at its line and column.

Shared by policy, script and people. `prefix` gives the rule ids: POLICY-MISSING, POLICY-UNKNOWN, POLICY-TYPE and
POLICY-VALUE (SCRIPT-..., PEOPLE-...).
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from ceremony.errors import Finding, Severity
from ceremony.policy.forms import form_meant, of_the_form_meant
from ceremony.policy.primitives import Model
from ceremony.policy.wording import WORDS_OF_PATTERN
from ceremony.strict_yaml import DataPath, Document

M = TypeVar("M", bound=Model)

_TAGS = ("type", "kind")
"""The keys by which the models tell one kind of entry from another."""

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a group of keys",
    "model_type": "a group of keys",
    "model_attributes_type": "a group of keys",
}


@dataclass(frozen=True, slots=True)
class _Complaint:
    """`suffix` ends the rule id; `at_key` where the place to show is the key and not its value."""

    suffix: str
    path: DataPath
    message: str
    at_key: bool = False


def validate(
    model: type[M], document: Document, prefix: str, words: Mapping[str, str] = MappingProxyType({})
) -> tuple[M | None, tuple[Finding, ...]]:
    """The model that the document's data makes, or None, with one finding for each disagreement.

    `words` says what must be written where a pattern of the model is not matched, besides those of `wording`.
    Nothing is coerced. What the document itself already complains of is not complained of twice. A document that is
    not readable gives None and no finding: its own findings say why.
    """
    if not document.readable:
        return None, ()
    try:
        return model.model_validate_json(json.dumps(document.data), strict=True), ()
    except ValidationError as error:
        schema = model.model_json_schema()
        complaints: dict[tuple[str, DataPath], _Complaint] = {}
        entries: list[Any] = error.errors(include_url=False, include_input=False)
        for entry in of_the_form_meant(entries, document.data, schema):
            complaint = _complaint(entry, document.data, schema, {**WORDS_OF_PATTERN, **words})
            if complaint is None:
                continue
            known = complaints.setdefault((complaint.suffix, complaint.path), complaint)
            if complaint.message not in known.message:  # one value that fits none of several forms
                message = f"{known.message}; or: {complaint.message}"
                complaints[complaint.suffix, complaint.path] = _Complaint(complaint.suffix, complaint.path, message)
        return None, tuple(_findings(complaints.values(), document, prefix))


def path_in_words(path: DataPath) -> str:
    """`certificates.root.extensions[2]`: list positions count from 0, as the data does."""
    words = ""
    for part in path:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def _findings(complaints: Any, document: Document, prefix: str) -> Iterator[Finding]:
    for complaint in complaints:
        if document.is_suspect(complaint.path):
            continue
        where = document.where_key(complaint.path) if complaint.at_key else document.where(complaint.path)
        subject = path_in_words(complaint.path[:-1] if complaint.suffix in {"MISSING", "UNKNOWN"} else complaint.path)
        yield Finding(f"{prefix}-{complaint.suffix}", Severity.ERROR, complaint.message, subject, where)


def _complaint(
    entry: Mapping[str, Any], data: Any, schema: Mapping[str, Any], words: Mapping[str, str]
) -> _Complaint | None:
    kind: str = entry["type"]
    path, value = _resolve(entry["loc"], data, keep_last=kind in {"missing", "extra_forbidden"})
    if kind == "too_short" and value:
        return None  # there are entries, and each has a complaint of its own
    context: Mapping[str, Any] = entry.get("ctx", {})
    if kind == "missing":
        return _Complaint("MISSING", path, f"missing key `{path[-1]}`")
    if kind == "extra_forbidden":
        meant = _nearest(str(path[-1]), _keys_allowed(schema, path[:-1], data))
        return _Complaint("UNKNOWN", path, f"unknown key `{path[-1]}`{meant}", at_key=True)
    if kind == "union_tag_not_found":
        key = next((tag for tag in _TAGS if f"'{tag}'" in str(context.get("discriminator"))), "kind")
        return _Complaint("MISSING", (*path, key), f"missing key `{key}`, which says what this is")
    if kind == "union_tag_invalid":
        key = next((tag for tag in _TAGS if f"'{tag}'" in str(context.get("discriminator"))), "kind")
        return _Complaint("VALUE", (*path, key), _choice(str(context.get("expected_tags", "")), context.get("tag")))
    if kind in _WANTED:
        return _Complaint("TYPE", path, f"expected {_WANTED[kind]}, found {_kind_of(value)}")
    at_key = entry["loc"][-1:] == ("[key]",)
    return _Complaint("VALUE", path, _value_words(kind, context, path[-1] if at_key else value, words), at_key=at_key)


def _value_words(kind: str, context: Mapping[str, Any], value: Any, words: Mapping[str, str]) -> str:
    match kind:
        case "literal_error" if isinstance(value, str):
            return _choice(str(context.get("expected", "")), value)
        case "literal_error":
            return f"expected one of a list of words, found {_kind_of(value)}"
        case "string_pattern_mismatch":
            return words.get(str(context.get("pattern")), "is not written as it must be here")
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"is too long: at most {context.get('max_length')} characters"
        case "too_short":
            least = context.get("min_length")
            return "must have at least one entry" if least == 1 else f"must have at least {least} entries"
        case "greater_than_equal":
            return f"must be at least {context.get('ge')}"
        case "less_than_equal":
            return f"must be at most {context.get('le')}"
        case "value_error":
            return str(context.get("error", "is not acceptable here"))
        case _:
            return "is not acceptable here"


def _resolve(location: tuple[str | int, ...], data: Any, *, keep_last: bool) -> tuple[DataPath, Any]:
    """The path in the data for a location that also names kinds of entries, which are not keys of the data."""
    path: list[str | int] = []
    node = data
    for index, part in enumerate(location):
        is_last = index == len(location) - 1
        if isinstance(node, list) and isinstance(part, int) and part < len(node):
            path.append(part)
            node = node[part]
        elif isinstance(node, dict) and _is_tag_of(node, part) and not (is_last and keep_last):
            continue
        elif isinstance(node, dict) and isinstance(part, str) and part in node:
            path.append(part)
            node = node[part]
        elif is_last and keep_last:
            path.append(part)
            node = None
    return tuple(path), node


def _is_tag_of(node: Mapping[str, Any], part: str | int) -> bool:
    return any(tag in node and node[tag] == part for tag in _TAGS) and not isinstance(part, int)


def _keys_allowed(schema: Mapping[str, Any], path: DataPath, data: Any) -> tuple[str, ...]:
    node, value = _dereference(schema, schema, data), data
    for part in path:
        value = value[part]
        if isinstance(part, int):
            inner = node.get("items", {})
        else:
            inner = node.get("properties", {}).get(part) or _value_schema(node)
        node = _dereference(inner, schema, value)
    return tuple(node.get("properties", {}))


def _value_schema(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the values of a group with free keys must be; pydantic hides it below the pattern of the keys."""
    for name in ("additionalProperties", "patternProperties"):
        inner = node.get(name)
        if name == "patternProperties" and inner:
            inner = next(iter(inner.values()))
        if isinstance(inner, dict):
            return inner
    return {}


def _dereference(node: Mapping[str, Any], schema: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    """Follow references and the choice between kinds, down to the schema of one object."""
    while True:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
        elif "discriminator" in node and isinstance(value, dict):
            tag = value.get(node["discriminator"]["propertyName"])
            reference = node["discriminator"]["mapping"].get(tag)
            if reference is None:
                return {}
            node = {"$ref": reference}
        elif "anyOf" in node:
            names = {option["$ref"].rsplit("/", 1)[-1] for option in node["anyOf"] if "$ref" in option}
            meant = form_meant(value, names, schema)
            node = {"$ref": f"#/$defs/{meant}"} if meant else {}
        else:
            return node


def _choice(expected: str, found: Any) -> str:
    """`expected` is pydantic's list of the words allowed, each in single quotes."""
    allowed = re.findall(r"'([^']*)'", expected)
    shown = ", ".join(allowed)
    if len(allowed) == 1:
        return f"must be {shown}"
    return f"must be one of {shown}{_nearest(str(found), allowed)}"


def _nearest(found: str, allowed: Any) -> str:
    near = difflib.get_close_matches(found, list(allowed), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def _kind_of(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a group of keys"
