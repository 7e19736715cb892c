"""A file's bytes, and its text: size, kind and encoding are settled before a parser sees anything."""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

LARGEST_FILE = 1024 * 1024
"""Octets. The largest script that anybody would read aloud is a fiftieth of this."""

_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]"  # controls
    "|\r(?!\n)"  # a lone carriage return hides the line before it on a terminal
    "|[\u2028\u2029]"  # line breaks that most editors do not show
    "|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"  # invisible, or turns the order of the text around
    "|[\U000e0000-\U000e007f]"  # invisible tags
)

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EACCES: "this account may not read it",
    errno.EPERM: "this account may not read it",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the medium that holds it cannot be read",
}


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
        _insist_on_a_small_regular_file(os.stat(path))  # noqa: PTH116 - beside os.fstat below, the same call
        descriptor = os.open(path, _OPEN_FLAGS)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - from a descriptor, so that nothing is swapped in between
            _insist_on_a_small_regular_file(os.fstat(descriptor))
            octets = file.read(LARGEST_FILE + 1)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"the system says: {error.strerror or 'no reason'}")
        raise Unreadable("YAML-FILE", f"cannot be read: {reason}") from None
    except ValueError:
        raise Unreadable("YAML-FILE", "cannot be read: its name is not a file name") from None
    insist_on_size(len(octets))
    return octets


def insist_on_size(size: int) -> None:
    """Raises Unreadable where `size`, in octets, is beyond `LARGEST_FILE`."""
    if size > LARGEST_FILE:
        raise Unreadable("YAML-SIZE", "is larger than 1 MiB; it was not read. Is it the right file?")


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


def _insist_on_a_small_regular_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "not a file")
        raise Unreadable("YAML-FILE", f"cannot be read: it is {kind}, and a file is wanted")
    insist_on_size(status.st_size)


def _position(before: str) -> tuple[int, int]:
    """Line and column, from 1, of the character that follows `before`."""
    line_start = before.rfind("\n") + 1
    return before.count("\n") + 1, len(before) - line_start + 1
