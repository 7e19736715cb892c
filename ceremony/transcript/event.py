"""One line of the record: the envelope, its canonical bytes, and the hash that chains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ceremony.canonical import canonical_json, parse_canonical, sha256_hex

VERSION = 1
GENESIS = "0" * 64
"""What the first line of a record says for `prev`."""

_FIELDS = ("v", "seq", "prev", "at", "mono", "step", "attempt", "actor", "kind", "data")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, as one canonical-JSON object on one line.

    `seq` counts from 1. `prev` is the SHA-256 (hex) of the bytes of the line before, without its newline. `at` is the
    agreed UTC clock to the second, `mono` the monotonic clock in milliseconds since the record was opened, on each line
    greater than on the one before. `step` is the step's id, and `attempt` counts from 1; between steps they are empty
    and 0. `actor` is a person's id or `engine`.
    """

    seq: int
    prev: str
    at: str
    mono: int
    step: str
    attempt: int
    actor: str
    kind: str
    data: dict[str, Any]

    def line(self) -> bytes:
        """The canonical bytes, without a newline."""
        return canonical_json(
            {
                "v": VERSION,
                "seq": self.seq,
                "prev": self.prev,
                "at": self.at,
                "mono": self.mono,
                "step": self.step,
                "attempt": self.attempt,
                "actor": self.actor,
                "kind": self.kind,
                "data": self.data,
            }
        )

    def head(self) -> str:
        """SHA-256 (hex) of the line: what the next line must name."""
        return sha256_hex(self.line())


def parse_line(line: bytes) -> Event:
    """Read one line (without its newline). Raises ValueError, in words, when it is not a canonical event."""
    value = parse_canonical(line)
    if not isinstance(value, dict) or sorted(value) != sorted(_FIELDS):
        raise ValueError("not an event: its fields are not the ten that every line has")
    if type(value["v"]) is not int or value["v"] != VERSION:
        raise ValueError(f"written in version {value['v']} of the format; this program reads version {VERSION}")
    types = {"seq": int, "prev": str, "at": str, "mono": int, "step": str, "attempt": int, "actor": str, "kind": str}
    for name, expected in types.items():
        if type(value[name]) is not expected:
            raise ValueError(f"field {name} is not a {'number' if expected is int else 'text'}")
    if not isinstance(value["data"], dict):
        raise ValueError("field data is not an object")
    return Event(**{name: value[name] for name in _FIELDS if name != "v"})
