"""A file's bytes, and its text: size, kind and encoding are settled before a parser sees anything."""

from __future__ import annotations

import re
from pathlib import Path

from ceremony.plain_files import NotRead, TooLarge, read_named

LARGEST_FILE = 1024 * 1024
"""Octets. The largest script that anybody would read aloud is a fiftieth of this."""

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]"  # controls
    "|\r(?!\n)"  # a lone carriage return hides the line before it on a terminal
    "|[\u2028\u2029]"  # line breaks that most editors do not show
    "|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"  # invisible, or turns the order of the text around
    "|[\U000e0000-\U000e007f]"  # invisible tags
)


class Unreadable(Exception):
    """Why the bytes cannot be taken as text; line and column count from 1, None where the whole file is meant."""

    def __init__(self, rule: str, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.line = line
        self.column = column


def read_octets(path: Path) -> bytes:
    """The bytes of a regular file of at most `LARGEST_FILE` octets. Raises Unreadable."""
    try:
        return read_named(path, LARGEST_FILE)
    except TooLarge:
        raise _too_large() from None
    except NotRead as refused:
        raise Unreadable("YAML-FILE", f"cannot be read: {refused.reason}") from None


def insist_on_size(size: int) -> None:
    """Raises Unreadable where `size`, in octets, is beyond `LARGEST_FILE`."""
    if size > LARGEST_FILE:
        raise _too_large()


def decode(octets: bytes) -> str:
    """UTF-8 text without a byte order mark and without control or invisible characters. Raises Unreadable."""
    if octets.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("YAML-UTF8", "starts with a byte order mark; save it as UTF-8 without one", 1, 1)
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("YAML-UTF8", "is UTF-16; save it as UTF-8", 1, 1)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _position(octets[: error.start].decode("utf-8"))
        raise Unreadable("YAML-UTF8", "is not UTF-8 here; save it as UTF-8", line, column) from None
    unwanted = _UNWANTED.search(text)
    if unwanted:
        line, column = _position(text[: unwanted.start()])
        name = f"U+{ord(unwanted[0]):04X}"
        raise Unreadable("YAML-CONTROL", f"a control or invisible character ({name}); take it out", line, column)
    return text


def has_unwanted(value: str) -> bool:
    """Whether a value, its escapes resolved, holds what may not stand in the file either."""
    return _UNWANTED.search(value) is not None or any("\ud800" <= character <= "\udfff" for character in value)


def _too_large() -> Unreadable:
    return Unreadable("YAML-SIZE", "is larger than 1 MiB; it was not read. Is it the right file?")


def _position(before: str) -> tuple[int, int]:
    """Line and column, from 1, of the character that follows `before`."""
    line_start = before.rfind("\n") + 1
    return before.count("\n") + 1, len(before) - line_start + 1
