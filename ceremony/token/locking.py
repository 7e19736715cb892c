"""The end of a key's way out: after its backup it is locked in its token, and the token shows that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.token.faults import name_of
from ceremony.token.objects import ReadBack, TokenObject, read_back, token_object
from ceremony.token.wrapping import key_wrap, wrapping_key

if TYPE_CHECKING:
    from ceremony.token.session import Session

REFUSALS = frozenset({"CKR_KEY_UNEXTRACTABLE", "CKR_KEY_NOT_WRAPPABLE"})
"""What C_WrapKey answers for a key that cannot leave (PKCS#11 3.1, 5.18.3)."""


@dataclass(frozen=True, slots=True)
class Locked:
    """What a token says of a key that was locked in it."""

    key_id: bytes
    read_back: ReadBack
    answer: str
    """What it answered when it was asked to wrap the key all the same: CKR_KEY_UNEXTRACTABLE."""
    still_extractable: tuple[TokenObject, ...]
    """Other private keys on the token that can still leave it: those that wait for their lock, or copies."""


def lock(session: Session, key_id: bytes) -> Locked:
    """Set CKA_EXTRACTABLE to false, which no token takes back (PKCS#11 3.1, 4.9), and prove it by trying to wrap.

    A key that is locked already is proved again. Raises CeremonyError when the key is not there, the token does not
    let it be locked, or wraps it in spite of it.
    """
    from pkcs11 import Attribute, Mechanism
    from pkcs11.exceptions import PKCS11Error

    doing, not_done = f"the key {key_id.hex()} was locked", "The key was not locked."
    mechanism = Mechanism[key_wrap(session)]
    with session.call(doing, not_done):
        private = session.one("PRIVATE_KEY", key_id)
        if read_back(private).extractable is not False:
            private[Attribute.EXTRACTABLE] = False
        said = read_back(session.one("PRIVATE_KEY", key_id))
        others = [item for item in session.objects("PRIVATE_KEY", {"EXTRACTABLE": True}) if item != private]
        still_extractable = tuple(token_object(item) for item in others)
    answer = ""
    with wrapping_key(session) as key, session.call(f"it was tried to wrap the key {key_id.hex()}", not_done):
        try:
            key.wrap_key(private, mechanism=mechanism)
        except PKCS11Error as error:
            answer = name_of(error)
            if answer not in REFUSALS:
                raise
    if not answer or said.extractable is not False:
        raise CeremonyError(
            "The key can still leave its token.",
            detail=f"{session.token} was told to lock the key {key_id.hex()}. It "
            f"{'refused to wrap it' if answer else 'wrapped it'}, and says that CKA_EXTRACTABLE is "
            f"{str(said.extractable).lower()}.",
            not_done="The key was not locked.",
            next_step="Keep the token under guard; use another kind of token.",
            code="KEY-UNLOCKED",
        )
    return Locked(key_id, said, answer, still_extractable)
