"""Canonical JSON (RFC 8785 without floats) and SHA-256: the two things every hash of the house rests on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 numbers are IEEE doubles; larger integers (serials) travel as hex strings."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)

_TYPE_ERROR = "canonical JSON holds strings, integers, booleans, null, lists and objects; not {}"


def canonical_json(value: object) -> bytes:
    """Encode `value` as RFC 8785 JSON restricted to str, int, bool, None, list and dict with str keys.

    Raises TypeError for any other type, ValueError for an integer beyond 2**53 - 1 or a lone surrogate.
    """
    return _ENCODER.encode(_in_order(value)).encode("utf-8")  # which refuses lone surrogates, as RFC 8785 does


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


def _in_order(value: object) -> object:
    """The value with the keys of each object in their order. Refuses what canonical JSON does not hold."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"integer {value} is larger than canonical JSON can carry")
        return value
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in _sorted_keys(value)}
    if isinstance(value, list | tuple):
        return [_in_order(item) for item in value]
    raise TypeError(_TYPE_ERROR.format(type(value).__name__))


def _sorted_keys(value: dict[Any, object]) -> list[str]:
    ascii_only = True
    for key in value:
        if not isinstance(key, str):
            raise TypeError(_TYPE_ERROR.format(f"a key of type {type(key).__name__}"))
        ascii_only = ascii_only and key.isascii()
    if ascii_only:
        return sorted(value)
    return sorted(value, key=lambda key: key.encode("utf-16-be"))  # RFC 8785 section 3.2.3
