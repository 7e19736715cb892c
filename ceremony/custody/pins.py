"""PINs that nobody knows: drawn at random in the room, and proved later by a check value."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from ceremony.errors import CeremonyError
from ceremony.secret import Secret

PIN_OCTETS = 32
"""Random octets in a drawn PIN. It is written as 64 hex digits; SoftHSM takes 4 to 255 characters."""

_CHECK_PREFIX = b"ceremony pin check value 1\n"
"""Parts this use of SHA-256 from every other one."""

_FEWEST_DIFFERENT = 12
"""Of 32 random octets fewer than twelve are different less than once in 10**20 draws: such a source is stuck."""


def draw_pin(entropy: Callable[[int], bytes]) -> Secret:
    """A PIN of 64 hex digits from 32 octets of `entropy`, such as `system_random` or a token's generator.

    Raises CeremonyError (PIN-ENTROPY) when the source gives another length, or hardly any different octets.
    """
    octets = entropy(PIN_OCTETS)
    if len(octets) != PIN_OCTETS or len(set(octets)) < _FEWEST_DIFFERENT:
        raise CeremonyError(
            "The random source does not work.",
            detail=f"It was asked for {PIN_OCTETS} random octets, and what it gave cannot be that.",
            not_done="No PIN was made.",
            next_step="Do not go on with this machine or token before the cause is found.",
            code="PIN-ENTROPY",
        )
    return Secret(octets.hex())


def drawn_octets(pin: Secret) -> bytes:
    """The 32 octets of a drawn PIN. Raises CeremonyError (PIN-NOT-DRAWN) for a PIN of another form."""
    if re.fullmatch(r"[0-9a-f]{64}", pin.reveal()) is None:
        raise CeremonyError(
            "This PIN was not drawn by the ceremony.",
            detail="Only a PIN of 32 random octets, written as 64 hex digits, is split and has a check value.",
            not_done="The PIN was not used.",
            next_step="Let the ceremony draw a new PIN.",
            code="PIN-NOT-DRAWN",
        )
    return bytes.fromhex(pin.reveal())


def check_value(pin: Secret) -> str:
    """8 hex digits that prove a drawn PIN without its token: SHA-256 over a prefix and the octets, cut to 32 bits.

    It may be recorded and shown: whoever knows it knows 32 bits of 256, and 224 bits are left to guess. Of a PIN that a
    person chose it would be a way to try all PINs away from the token; such a PIN is refused (PIN-NOT-DRAWN).
    """
    return hashlib.sha256(_CHECK_PREFIX + drawn_octets(pin)).hexdigest()[:8]


def has_check_value(pin: Secret, check: str) -> bool:
    """Whether this is the PIN of which the record keeps the check value."""
    return hmac.compare_digest(check_value(pin).encode(), check.encode())
