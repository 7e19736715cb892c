"""What is drawn at random: from the token's source and the system's together, so that either of them is enough."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Literal

from ceremony.transcript.kinds.base import EventData, Value

DRAWN_OCTETS = 32
"""Asked of each source, whatever is made of them."""

FEWEST_DIFFERENT = 12
"""Of 32 random octets fewer than twelve are different less than once in 10**20 draws: such a source is stuck."""

Drawing = Literal["serial-number", "key-id", "challenge"]
"""What a draw is for: it parts each use of the hash from every other one."""


class Drawn(Value):
    """Octets of both sources, in hex: C_GenerateRandom of the token, and the operating system's of the machine."""

    token: str
    system: str

    def octets(self, drawing: Drawing, name: str, count: int) -> bytes:
        """What is made of both, up to 32 octets: the beginning of a SHA-256 over them and what they are for. Raises
        ValueError where a half is no hex."""
        label = f"ceremony-random/1\n{drawing}\n{name}\n".encode()
        return hashlib.sha256(label + bytes.fromhex(self.token) + bytes.fromhex(self.system)).digest()[:count]


class DrawnAtRandom(EventData, abstract=True):
    """Base of the kinds that hold something drawn at random."""

    DRAWING: ClassVar[Drawing]
    drawn: Drawn

    @property
    def made_of_draw(self) -> tuple[str, str]:
        """For whom it was drawn, and what was made of the octets, in hex."""
        raise NotImplementedError


def stuck(octets: bytes) -> bool:
    """Whether a source that gave these repeats itself."""
    return len(octets) != DRAWN_OCTETS or len(set(octets)) < FEWEST_DIFFERENT
