"""A policy as YAML that the strict reader takes: short groups on one line, every doubtful text in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ceremony.strict_yaml.scalars import AmbiguousError, resolve

WIDTH = 118
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")
"""Text that needs no quotes, unless a reader could take it for something else."""


def yaml_text(data: Mapping[str, Any], comments: Mapping[tuple[str, ...], Sequence[str]]) -> str:
    """The document; `comments` are lines to stand above the key at a path. Ends with a newline."""
    return "\n".join(_mapping(data, 0, (), comments)).lstrip("\n") + "\n"


def _mapping(
    data: Mapping[str, Any], indent: int, path: tuple[str, ...], comments: Mapping[tuple[str, ...], Sequence[str]]
) -> Iterator[str]:
    margin = " " * indent
    for key, value in data.items():
        here = (*path, key)
        if indent <= 2 and (not path or path == ("certificates",)):
            yield ""
        yield from (f"{margin}# {line}" for line in comments.get(here, ()))
        flow = f"{margin}{key}: {_flow(value)}"
        if not isinstance(value, dict | list) or (_is_short(value) and len(flow) <= WIDTH and len(path) > 1):
            yield flow
        elif isinstance(value, dict):
            yield f"{margin}{key}:"
            yield from _mapping(value, indent + 2, here, comments)
        else:
            yield f"{margin}{key}:"
            yield from _list(value, indent + 2, here)


def _list(items: Sequence[Any], indent: int, path: tuple[str, ...]) -> Iterator[str]:
    margin = " " * indent
    for item in items:
        flow = f"{margin}- {_flow(item)}"
        if not isinstance(item, dict) or (_is_short(item) and len(flow) <= WIDTH):
            yield flow
            continue
        lines = list(_mapping(item, indent + 2, (*path, "-"), {}))
        yield f"{margin}- {lines[0].strip()}"
        yield from lines[1:]


def _is_short(value: Any) -> bool:
    """Whether it reads well on one line: nothing nests in it but a row of plain values."""
    parts = list(value.values()) if isinstance(value, dict) else list(value)
    return not any(
        isinstance(part, dict) or (isinstance(part, list) and any(isinstance(inner, dict | list) for inner in part))
        for part in parts
    )


def _flow(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(part) for part in value) + "]"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case None:
            return "null"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    if PLAIN.fullmatch(text):
        try:
            if resolve(text) == text:
                return text
        except AmbiguousError:
            pass
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
