"""What a token shows to everybody: the certificates that are on it, read without its PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ceremony.token.faults import sentences
from ceremony.token.info import TokenInfo
from ceremony.token.objects import attribute

if TYPE_CHECKING:
    import pkcs11


def shown_certificates(info: TokenInfo, handle: pkcs11.Token) -> tuple[bytes, ...]:
    """The DER of every certificate object (CKO_CERTIFICATE) that a session without login sees; nobody is logged in.

    A token may keep its certificates to itself (CKA_PRIVATE): then there are none. Raises CeremonyError where it fails.
    """
    from pkcs11 import Attribute, ObjectClass

    with sentences(doing=f"the certificates on {info} were read", not_done="No certificate was looked at."):
        session: Any = handle.open()
        try:
            found = session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            return tuple(sorted(bytes(attribute(item, "VALUE") or b"") for item in found))
        finally:
            session.close()
