"""The security officer, logged in to a token for one deed: the user PIN set anew (C_InitPIN), the SO PIN (C_SetPIN)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ceremony.secret import Secret
from ceremony.token.cryptoki import CKU_SO, Cryptoki
from ceremony.token.faults import WrongPin, fault, sentences

if TYPE_CHECKING:
    import pkcs11

REFUSED = ("CKR_PIN_INCORRECT", "CKR_PIN_INVALID", "CKR_PIN_LEN_RANGE")
"""What a token says of a PIN that is not its own."""


class Officer:
    """The security officer of one token. Keys are neither seen nor touched: the token shows an officer none."""

    def __init__(self, cryptoki: Cryptoki, session: int, name: str) -> None:
        self._cryptoki = cryptoki
        self._session = session
        self._name = name

    def set_user_pin(self, pin: Secret, not_done: str) -> None:
        """C_InitPIN: a new user PIN, also where the old one is locked or forgotten. Raises TokenFault, TokenLost."""
        answer = self._cryptoki.initialise_pin(self._session, pin)
        self._said(answer, f"the user PIN of {self._name} was set", not_done, "The token could not store its user PIN.")

    def set_so_pin(self, old: Secret, new: Secret, not_done: str) -> None:
        """C_SetPIN: a new SO PIN in place of the one that is logged in. Raises TokenFault, TokenLost."""
        answer = self._cryptoki.set_pin(self._session, old, new)
        self._said(answer, f"the SO PIN of {self._name} was set", not_done, "The token could not store its SO PIN.")

    def _said(self, answer: str, doing: str, not_done: str, storage: str) -> None:
        if answer:
            raise fault(answer, doing=doing, not_done=not_done, storage=storage)


@contextmanager
def logged_in(
    cryptoki: Cryptoki, handle: pkcs11.Token, name: str, so_pin: Secret, not_done: str = "Nobody was logged in."
) -> Iterator[Officer]:
    """Log the security officer in for the length of the block. The user must not be logged in.

    Raises WrongPin for an SO PIN that is not the token's, TokenFault where it refuses for another reason.
    """
    doing = f"the security officer logged in to {name}"
    with sentences(doing=doing, not_done=not_done):
        session: Any = handle.open(rw=True)
        try:
            answer = cryptoki.login(session.handle, CKU_SO, so_pin)
            if answer:
                raise _refused(answer, name, doing, not_done)
            try:
                yield Officer(cryptoki, int(session.handle), name)
            finally:
                cryptoki.logout(session.handle)
        finally:
            session.close()


def _refused(answer: str, name: str, doing: str, not_done: str) -> Exception:
    if answer == "CKR_PIN_LOCKED":
        return WrongPin(
            "The SO PIN is locked.",
            tries="the PIN is locked",
            detail=f"The token {name} no longer takes its SO PIN: too many wrong ones were given.",
            next_step="Nobody can set a PIN of this token any more. Use the spare token.",
        )
    if answer in REFUSED:
        return WrongPin(
            "The SO PIN was not accepted.",
            detail=f"The token {name} refused it ({answer}).",
            next_step="Find out whose cards are those of this token's SO PIN.",
        )
    return fault(answer, doing=doing, not_done=not_done)
