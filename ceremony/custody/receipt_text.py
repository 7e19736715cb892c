"""Named values in a column of printable ASCII, and back: every value returns exactly, however it was wrapped.

A name stands at the start of a line, its value beside it; further lines of the value are indented. Other signs than
ASCII are escaped as in JSON (and U+1F600 as `\\U0001f600`). A line breaks at a blank, or in a
word after a lone backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Fields = list[tuple[str, str]]

COLUMNS = 60
LABEL = 12
"""Columns before a value."""

_ROOM = COLUMNS - LABEL
_TOKEN = re.compile(r"\\\\|\\u[0-9a-f]{4}|\\U00[01][0-9a-f]{5}|[ -\[\]-~]")


def render(fields: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of at most 60 columns; a name has at most 11. A line break in a value is read back as a blank."""
    lines = []
    for name, value in fields:
        pieces = [piece for line in value.split("\n") for piece in _wrapped(_escaped(line))]
        lines += [f"{name if number == 0 else '':<{LABEL}}{piece}" for number, piece in enumerate(pieces)]
    return lines


def read(text: str, names: Sequence[str]) -> Fields:
    """The named values of a text, in their order; lines that begin otherwise are passed over.

    Raises ValueError for a value that `render` does not write.
    """
    found: list[tuple[str, list[str]]] = []
    within = False
    for line in (line.rstrip() for line in text.splitlines()):
        name = line[:LABEL].rstrip()
        if name in names:
            found.append((name, [line[LABEL:]]))
            within = True
        elif within and line[:LABEL].isspace():
            found[-1][1].append(line[LABEL:])
        else:
            within = False
    return [(name, _unescaped(_joined(pieces))) for name, pieces in found]


def _escaped(value: str) -> str:
    """Printable ASCII without two blanks in a row, or one at either end."""
    signs = []
    for place, sign in enumerate(value):
        edge = place == 0 or place == len(value) - 1 or value[place - 1] == " "
        if sign == "\\":
            signs.append("\\\\")
        elif "!" <= sign <= "~" or (sign == " " and not edge):
            signs.append(sign)
        else:
            signs.append(f"\\u{ord(sign):04x}" if ord(sign) <= 0xFFFF else f"\\U{ord(sign):08x}")
    return "".join(signs)


def _unescaped(text: str) -> str:
    if "".join(_TOKEN.findall(text)) != text:
        raise ValueError("a value is not written as a receipt writes it")

    def sign(written: str) -> str:
        code = written[2:]
        return chr(int(code, 16)) if code else written[-1]

    return "".join(map(sign, _TOKEN.findall(text)))


def _wrapped(text: str) -> list[str]:
    lines: list[str] = [""]
    for word in text.split(" "):
        if len(lines[-1]) + 1 + len(word) <= _ROOM and lines[-1]:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for token in _TOKEN.findall(word):
            if len(lines[-1]) + len(token) > _ROOM - 1:
                lines[-1] += "\\"
                lines.append("")
            lines[-1] += token
    return lines


def _joined(pieces: Sequence[str]) -> str:
    text = ""
    for number, piece in enumerate(pieces):
        broken = (len(text) - len(text.rstrip("\\"))) % 2 == 1
        text = text[:-1] + piece if broken else f"{text}{' ' if number else ''}{piece}"
    return text
