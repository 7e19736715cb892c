"""What an unquoted scalar is: true, false, null, a whole number, text, or something that two readers read differently.

YAML 1.1 and YAML 1.2 disagree on many plain scalars (YAML 1.1 types repository; YAML 1.2.2 section 10.3). Whatever one
of them, or a person, could take for something other than text must be quoted.
"""

from __future__ import annotations

import re

LARGEST_INTEGER = 2**53 - 1
"""What canonical JSON can carry."""

Scalar = str | int | bool | None

_TYPED: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_INTEGER = re.compile(r"-?[1-9][0-9]*|0")
_LONGEST_INTEGER = len(str(-LARGEST_INTEGER))

_AMBIGUOUS = (
    (re.compile(r"(?i:y|n|yes|no|on|off)"), "may mean true or false; write true or false, or quote the text"),
    (re.compile(r"(?i:true|false)"), "may mean true or false; write it in lower case, or quote the text"),
    (re.compile(r"~|(?i:null)"), "may mean nothing at all; write null, or quote the text"),
    (
        re.compile(r"[-+]?0[xXoObB][0-9A-Fa-f_]+"),
        "is read as a number in another base; write it in decimal, or quote it",
    ),
    (re.compile(r"[-+]?0[0-9_]+"), "starts with a zero and may be read as octal; leave the zero out, or quote it"),
    (re.compile(r"\+[0-9_]+|-0"), "is a number with a sign that changes nothing; leave the sign out, or quote it"),
    (re.compile(r"[-+]?[0-9][0-9_]*"), "may be read as a number; leave the underscores out, or quote it"),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?"), "may be read as a number of seconds; quote it"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"), "may be read as a date; quote it"),
    (re.compile(r"[-+]?\.(?i:inf|nan)"), "is read as a number that is not one; quote it"),
    (
        re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"),
        "is read as a number with a fraction or an exponent; quote it (a version number is text)",
    ),
    (re.compile(r"<<|="), "has a meaning of its own in YAML; quote it"),
)


class AmbiguousError(ValueError):
    """The scalar must be written otherwise; the text says why and how, without the scalar itself."""


def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar. Raises AmbiguousError."""
    if text in _TYPED:
        return _TYPED[text]
    if not text:
        raise AmbiguousError('nothing stands here; write the value, or null, or "" for an empty text')
    if _INTEGER.fullmatch(text):
        if len(text) > _LONGEST_INTEGER or abs(int(text)) > LARGEST_INTEGER:
            raise AmbiguousError("is too large for a number here; quote it")
        return int(text)
    for pattern, advice in _AMBIGUOUS:
        if pattern.fullmatch(text):
            raise AmbiguousError(advice)
    return text
