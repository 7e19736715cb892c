"""What a token answers, said as a sentence: the table from PKCS#11 return values to `CeremonyError`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from ceremony.errors import CeremonyError

TriesLeft = Literal["", "few tries are left", "one try is left", "the PIN is locked"]


class WrongPin(CeremonyError):
    """The token refused the PIN; `tries` is what the token itself says of tries left, empty where it says nothing."""

    def __init__(self, headline: str, *, tries: TriesLeft = "", detail: str = "", next_step: str = "") -> None:
        super().__init__(
            headline, detail=detail, not_done="Nobody was logged in.", next_step=next_step, code="PIN-REFUSED"
        )
        self.tries: TriesLeft = tries


class TokenLost(CeremonyError):
    """The token was pulled out, or stopped answering, while it was in use."""

    def __init__(self, headline: str, *, detail: str, not_done: str, next_step: str) -> None:
        super().__init__(headline, detail=detail, not_done=not_done, next_step=next_step, code="TOKEN-LOST")


class TokenFault(CeremonyError):
    """The token refused or failed; `return_value` is the CKR_ name, for the record."""

    def __init__(self, headline: str, *, return_value: str, detail: str, not_done: str, next_step: str) -> None:
        super().__init__(headline, detail=detail, not_done=not_done, next_step=next_step, code="TOKEN-FAULT")
        self.return_value = return_value


class WrongThread(CeremonyError, RuntimeError):
    """A programming fault: a thread that does not own the token called it."""

    def __init__(self) -> None:
        super().__init__(
            "The token was called from the wrong thread.",
            detail="One thread owns the token; two at once crash PKCS#11 modules. This is a fault of the program.",
            not_done="The call was refused; the token was not touched.",
            next_step="End the ceremony and report this.",
            code="TOKEN-THREAD",
        )


LOST = frozenset({"CKR_TOKEN_NOT_PRESENT", "CKR_DEVICE_REMOVED", "CKR_SESSION_HANDLE_INVALID", "CKR_SESSION_CLOSED"})
"""Answers that mean that the token went away."""

# CKR_ name: (headline, detail, what to do)
_SENTENCES: dict[str, tuple[str, str, str]] = {
    "CKR_DEVICE_MEMORY": (
        "The token is full.",
        "It has no memory left for another object.",
        "Look at what is on the token; use another token, or remove by its owner's decision what is not needed.",
    ),
    "CKR_HOST_MEMORY": ("This machine is out of memory.", "", "Close other programs and begin again."),
    "CKR_DEVICE_ERROR": (
        "The token reports a fault of its own.",
        "",
        "Check its cable and its lights; if it happens again, use the spare token.",
    ),
    "CKR_MECHANISM_INVALID": (
        "The token cannot do this operation.",
        "It does not offer the mechanism, or not in this way.",
        "Choose another algorithm in the policy, or another token.",
    ),
    "CKR_MECHANISM_PARAM_INVALID": (
        "The token refuses the parameters.",
        "It knows the mechanism but not with these parameters.",
        "Choose another algorithm in the policy, or another token.",
    ),
    "CKR_KEY_SIZE_RANGE": (
        "The token does not do keys of this size.",
        "",
        "Choose another key size in the policy, or another token.",
    ),
    "CKR_CURVE_NOT_SUPPORTED": (
        "The token does not do this curve.",
        "",
        "Choose another key algorithm in the policy, or another token.",
    ),
    "CKR_DOMAIN_PARAMS_INVALID": (
        "The token does not do this curve.",
        "",
        "Choose another key algorithm in the policy, or another token.",
    ),
    "CKR_TOKEN_WRITE_PROTECTED": (
        "The token is write-protected.",
        "Nothing can be stored on it.",
        "Take the write protection off as its manual says, and begin again.",
    ),
    "CKR_SESSION_READ_ONLY": (
        "The token was opened for reading only.",
        "Nothing can be stored on it.",
        "Take the write protection off as its manual says, and begin again.",
    ),
    "CKR_USER_NOT_LOGGED_IN": (
        "The token asks for its PIN again.",
        "It wants the PIN for each operation, or it has logged the user out by itself.",
        "Open the token again.",
    ),
    "CKR_USER_ALREADY_LOGGED_IN": (
        "Somebody is already logged in to the token.",
        "This program still has it open.",
        "Close the ceremony that uses it, and begin again.",
    ),
    "CKR_USER_ANOTHER_ALREADY_LOGGED_IN": (
        "Somebody else is logged in to the token.",
        "The security officer and the user cannot be logged in together.",
        "Close the program that uses it, and begin again.",
    ),
    "CKR_USER_PIN_NOT_INITIALIZED": (
        "The token has no user PIN yet.",
        "The security officer has not set one.",
        "Set the user PIN (ceremony token init makes one), and begin again.",
    ),
    "CKR_PIN_LEN_RANGE": ("The PIN is too short or too long for the token.", "", "Choose a PIN of another length."),
    "CKR_PIN_INVALID": ("The token does not accept such a PIN.", "", "Choose a PIN of digits and plain letters."),
    "CKR_PIN_TOO_WEAK": ("The token finds the PIN too weak.", "", "Choose a longer PIN."),
    "CKR_PIN_INCORRECT": ("The PIN was not accepted.", "", "Type it again, slowly."),
    "CKR_PIN_EXPIRED": ("The PIN has expired.", "", "Set a new PIN with the token's own tools."),
    "CKR_PIN_LOCKED": ("The PIN is locked.", "", "The security officer must set a new user PIN."),
    "CKR_SESSION_COUNT": (
        "The token has no session left.",
        "Too many programs have it open.",
        "Close the other programs that use the token, and begin again.",
    ),
    "CKR_SESSION_EXISTS": (
        "The token is open in another place.",
        "It cannot be initialised while it is open.",
        "Close the other programs that use the token, and begin again.",
    ),
    "CKR_ACTION_PROHIBITED": ("The token does not allow this object to be changed.", "", "Leave the object as it is."),
    "CKR_RANDOM_NO_RNG": ("The token has no random number generator.", "", "Use another token."),
    "CKR_FUNCTION_NOT_SUPPORTED": ("The token cannot do this at all.", "", "Use another token."),
    "CKR_TEMPLATE_INCONSISTENT": (
        "The token refuses the attributes of the object.",
        "It will not make or keep an object with the attributes that the ceremony demands.",
        "Use another token; the attributes are not negotiable.",
    ),
    "CKR_ATTRIBUTE_VALUE_INVALID": (
        "The token refuses the attributes of the object.",
        "It will not make or keep an object with the attributes that the ceremony demands.",
        "Use another token; the attributes are not negotiable.",
    ),
    "CKR_KEY_UNEXTRACTABLE": (
        "The key cannot leave its token.",
        "It was made without a backup, or locked after one.",
        "Use a key that the policy gives a backup, before it is locked.",
    ),
    "CKR_KEY_NOT_WRAPPABLE": (
        "The token cannot wrap a key of this kind.",
        "",
        "Choose another key algorithm in the policy, or another token, or do without a backup.",
    ),
    "CKR_WRAPPED_KEY_INVALID": (
        "The token does not accept the wrapped key.",
        "It was changed on the way, or wrapped for another token.",
        "Wrap the key again.",
    ),
    "CKR_WRAPPED_KEY_LEN_RANGE": (
        "The token does not accept the wrapped key.",
        "It has a length that no wrapped key has.",
        "Wrap the key again.",
    ),
    "CKR_CRYPTOKI_NOT_INITIALIZED": (
        "The PKCS#11 module is not running.",
        "It was stopped, or did not start again.",
        "End the ceremony and begin again.",
    ),
}

_CODES = {
    0x03: "CKR_SLOT_ID_INVALID",
    0x05: "CKR_GENERAL_ERROR",
    0x06: "CKR_FUNCTION_FAILED",
    0x07: "CKR_ARGUMENTS_BAD",
    0x1B: "CKR_ACTION_PROHIBITED",
    0x30: "CKR_DEVICE_ERROR",
    0x31: "CKR_DEVICE_MEMORY",
    0x32: "CKR_DEVICE_REMOVED",
    0x54: "CKR_FUNCTION_NOT_SUPPORTED",
    0xA0: "CKR_PIN_INCORRECT",
    0xA1: "CKR_PIN_INVALID",
    0xA2: "CKR_PIN_LEN_RANGE",
    0xA3: "CKR_PIN_EXPIRED",
    0xA4: "CKR_PIN_LOCKED",
    0xB1: "CKR_SESSION_COUNT",
    0xB3: "CKR_SESSION_HANDLE_INVALID",
    0xB6: "CKR_SESSION_EXISTS",
    0xE0: "CKR_TOKEN_NOT_PRESENT",
    0xE1: "CKR_TOKEN_NOT_RECOGNIZED",
    0xE2: "CKR_TOKEN_WRITE_PROTECTED",
    0x100: "CKR_USER_ALREADY_LOGGED_IN",
    0x101: "CKR_USER_NOT_LOGGED_IN",
    0x102: "CKR_USER_PIN_NOT_INITIALIZED",
    0x104: "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
    0x140: "CKR_CURVE_NOT_SUPPORTED",
    0x190: "CKR_CRYPTOKI_NOT_INITIALIZED",
    0x200: "CKR_FUNCTION_REJECTED",
}

_RENAMED = {
    "AnotherUserAlreadyLoggedIn": "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
    "FunctionCancelled": "CKR_FUNCTION_CANCELED",
    "TokenNotRecognised": "CKR_TOKEN_NOT_RECOGNIZED",
    "UserPinNotInitialized": "CKR_USER_PIN_NOT_INITIALIZED",
    "PKCS11Error": "CKR_VENDOR_DEFINED",
}


def return_value_name(code: int) -> str:
    """The CKR_ name of a return value, or its number where it has none here (PKCS#11 3.1, section 6.1)."""
    return _CODES.get(code, f"CKR_0x{code:08X}")


def name_of(error: Exception) -> str:
    """The CKR_ name behind an exception of python-pkcs11, which has one class for each return value."""
    number = re.search(r"0x[0-9a-fA-F]+", str(error))
    if number is not None:
        return return_value_name(int(number[0], 16))
    if "not initialized" in str(error):
        return "CKR_CRYPTOKI_NOT_INITIALIZED"
    name = type(error).__name__
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return _RENAMED.get(name, f"CKR_{words.upper()}")


def fault(return_value: str, *, doing: str, not_done: str, storage: str = "") -> CeremonyError:
    """The sentence for one CKR_ name.

    `doing` completes "while ..."; `storage` is the headline for a failure without a reason of something to be stored.
    """
    if return_value in LOST:
        return lost(doing=doing, not_done=not_done, return_value=return_value)
    known = _SENTENCES.get(return_value)
    if return_value in {"CKR_FUNCTION_FAILED", "CKR_GENERAL_ERROR"}:
        # what software tokens say of a full or read-only disk, and hardware of anything it has no word for
        known = (
            (storage, "", "Make room, or take the write protection off, and begin again; or use another token.")
            if storage
            else ("The token failed and gave no reason.", "", "Try once more; if it fails again, use the spare token.")
        )
    if known is None:
        known = (f"The token answered {return_value}.", "", "Look this answer up in the manual of the token.")
    headline, detail, next_step = known
    said = f"{detail} It answered {return_value} while {doing}.".strip()
    return TokenFault(headline, return_value=return_value, detail=said, not_done=not_done, next_step=next_step)


def lost(*, doing: str, not_done: str, return_value: str = "") -> TokenLost:
    """The sentence for a token that went away."""
    answer = f" (it answered {return_value})" if return_value else ""
    return TokenLost(
        "The token was pulled out or lost.",
        detail=f"It went away, or stopped answering, while {doing}{answer}.",
        not_done=not_done,
        next_step="Put the token back, check its cable, open it again, and look at what is on it before going on.",
    )


@contextmanager
def sentences(*, doing: str, not_done: str, storage: str = "") -> Iterator[None]:
    """Turn any exception of python-pkcs11 inside the block into its sentence."""
    from pkcs11.exceptions import PKCS11Error

    try:
        yield
    except PKCS11Error as error:
        # from None: frames below may hold what no person should read
        raise fault(name_of(error), doing=doing, not_done=not_done, storage=storage) from None
