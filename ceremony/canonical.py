"""Canonical JSON (RFC 8785 without floats) and SHA-256: the two things every hash of the house rests on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 numbers are IEEE doubles; larger integers (serials) travel as hex strings."""

_TYPE_ERROR = "canonical JSON holds strings, integers, booleans, null, lists and objects; not {}"


def canonical_json(value: object) -> bytes:
    """Encode `value` as RFC 8785 JSON restricted to str, int, bool, None, list and dict with str keys.

    Raises TypeError for any other type, ValueError for an integer beyond 2**53 - 1 or a lone surrogate.
    """
    return _encode(value).encode("utf-8")


def parse_canonical(octets: bytes) -> Any:
    """Decode canonical JSON and insist that the bytes are the canonical form. Raises ValueError otherwise."""
    value = json.loads(octets.decode("utf-8"))
    try:
        again = canonical_json(value)
    except TypeError as error:
        raise ValueError(str(error)) from error
    if again != octets:
        raise ValueError("valid JSON, but not in canonical form")
    return value


def sha256_hex(octets: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(octets).hexdigest()


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 lower-case hex digits; reads in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encode(value: object) -> str:
    if value is None or value is True or value is False:
        return json.dumps(value)
    if isinstance(value, str):
        value.encode("utf-8")  # refuses lone surrogates, which RFC 8785 forbids
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"integer {value} is larger than canonical JSON can carry")
        return str(int(value))
    if isinstance(value, list | tuple):
        return "[" + ",".join(_encode(item) for item in value) + "]"
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(_TYPE_ERROR.format(f"a key of type {type(key).__name__}"))
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))  # RFC 8785 section 3.2.3
        return "{" + ",".join(f"{_encode(key)}:{_encode(value[key])}" for key in keys) + "}"
    raise TypeError(_TYPE_ERROR.format(type(value).__name__))
