"""Random octets of tokens that nobody has opened: one source more for a PIN that is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ceremony.token.info import TokenInfo

if TYPE_CHECKING:
    import pkcs11


def random_of(present: Iterable[tuple[TokenInfo, pkcs11.Token]], octets: int) -> tuple[tuple[TokenInfo, bytes], ...]:
    """So many octets of each of these tokens (C_GenerateRandom in a session without login); of one that refuses, none.

    SoftHSM gives some once it is initialised, and refuses before.
    """
    from pkcs11.exceptions import PKCS11Error

    drawn = []
    for info, handle in present:
        try:
            session: Any = handle.open()
            try:
                given = bytes(session.generate_random(8 * octets))
            finally:
                session.close()
        except PKCS11Error:
            continue
        if len(given) == octets:
            drawn.append((info, given))
    return tuple(drawn)
