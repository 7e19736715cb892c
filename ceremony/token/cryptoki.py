"""The few Cryptoki calls that python-pkcs11 lacks or leaks in: C_InitToken, C_InitPIN, C_SetPIN, C_Login, C_Logout.

python-pkcs11 does not offer C_InitToken, and leaves a session open for good when a login fails. These calls go to the
same loaded module, through the function list that C_GetFunctionList gives (PKCS#11 2.40, section 5). PINs are copied
into a buffer that is overwritten when the call returns.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ceremony.secret import Secret
from ceremony.token.faults import return_value_name

CKU_SO = 0
CKU_USER = 1
LABEL_OCTETS = 32
"""A token label is 32 octets of UTF-8, padded with spaces (CK_TOKEN_INFO)."""

_FUNCTIONS = (
    *("C_Initialize", "C_Finalize", "C_GetInfo", "C_GetFunctionList", "C_GetSlotList", "C_GetSlotInfo"),
    *("C_GetTokenInfo", "C_GetMechanismList", "C_GetMechanismInfo", "C_InitToken", "C_InitPIN", "C_SetPIN"),
    *("C_OpenSession", "C_CloseSession", "C_CloseAllSessions", "C_GetSessionInfo", "C_GetOperationState"),
    *("C_SetOperationState", "C_Login", "C_Logout"),
)


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _FunctionList(ctypes.Structure):
    """The first twenty entries of CK_FUNCTION_LIST, which no version of Cryptoki has moved."""

    _fields_ = (("version", _Version), *((name, ctypes.c_void_p) for name in _FUNCTIONS))


class _TokenInfo(ctypes.Structure):
    """CK_TOKEN_INFO."""

    _fields_ = (
        ("label", ctypes.c_char * 32),
        ("manufacturer", ctypes.c_char * 32),
        ("model", ctypes.c_char * 16),
        ("serial", ctypes.c_char * 16),
        ("flags", ctypes.c_ulong),
        ("max_sessions", ctypes.c_ulong),
        ("sessions", ctypes.c_ulong),
        ("max_rw_sessions", ctypes.c_ulong),
        ("rw_sessions", ctypes.c_ulong),
        ("max_pin", ctypes.c_ulong),
        ("min_pin", ctypes.c_ulong),
        ("total_public", ctypes.c_ulong),
        ("free_public", ctypes.c_ulong),
        ("total_private", ctypes.c_ulong),
        ("free_private", ctypes.c_ulong),
        ("hardware", _Version),
        ("firmware", _Version),
        ("time", ctypes.c_char * 16),
    )


@dataclass(frozen=True, slots=True)
class PinLength:
    """How many octets a PIN of the token may have."""

    minimum: int
    maximum: int


@contextmanager
def _buffer(secret: Secret) -> Iterator[tuple[ctypes.Array[ctypes.c_char], ctypes.c_ulong]]:
    length = len(secret)
    buffer = ctypes.create_string_buffer(length + 1)
    try:
        ctypes.memmove(buffer, secret.reveal().encode("utf-8"), length)
        yield buffer, ctypes.c_ulong(length)
    finally:
        ctypes.memset(buffer, 0, length + 1)


class Cryptoki:
    """Direct calls into a module that is loaded and initialised. Each answers with a CKR_ name, empty for CKR_OK."""

    def __init__(self, path: str) -> None:
        library = ctypes.CDLL(path)
        pointer = ctypes.POINTER(_FunctionList)()
        library.C_GetFunctionList(ctypes.byref(pointer))
        self._functions: _FunctionList = pointer.contents

    def _call(self, name: str, *arguments: object) -> str:
        kinds = [type(argument) if isinstance(argument, ctypes.c_ulong) else ctypes.c_void_p for argument in arguments]
        function = ctypes.CFUNCTYPE(ctypes.c_ulong, *kinds)(getattr(self._functions, name))
        code = int(function(*arguments))
        return "" if code == 0 else return_value_name(code)

    def login(self, session: int, user: int, pin: Secret) -> str:
        """C_Login on a session handle, as CKU_SO or CKU_USER."""
        with _buffer(pin) as (octets, length):
            return self._call("C_Login", ctypes.c_ulong(session), ctypes.c_ulong(user), octets, length)

    def logout(self, session: int) -> str:
        """C_Logout: logs the token out for every session of this process."""
        return self._call("C_Logout", ctypes.c_ulong(session))

    def initialise_token(self, slot: int, so_pin: Secret, label: str) -> str:
        """C_InitToken: erases the token in the slot, and gives it a label and a security officer PIN."""
        padded = ctypes.create_string_buffer(label.encode("utf-8").ljust(LABEL_OCTETS), LABEL_OCTETS)
        with _buffer(so_pin) as (octets, length):
            return self._call("C_InitToken", ctypes.c_ulong(slot), octets, length, padded)

    def initialise_pin(self, session: int, user_pin: Secret) -> str:
        """C_InitPIN: sets the user PIN; the security officer must be logged in on the session."""
        with _buffer(user_pin) as (octets, length):
            return self._call("C_InitPIN", ctypes.c_ulong(session), octets, length)

    def set_pin(self, session: int, old: Secret, new: Secret) -> str:
        """C_SetPIN: changes the PIN of whoever is logged in on the session, who gives the old one once more."""
        with _buffer(old) as (was, was_length), _buffer(new) as (octets, length):
            return self._call("C_SetPIN", ctypes.c_ulong(session), was, was_length, octets, length)

    def pin_length(self, slot: int) -> PinLength:
        """ulMinPinLen and ulMaxPinLen of the token in the slot; 0 to 255 where it does not say."""
        info = _TokenInfo()
        if self._call("C_GetTokenInfo", ctypes.c_ulong(slot), ctypes.byref(info)):
            return PinLength(0, 255)
        return PinLength(int(info.min_pin), int(info.max_pin) or 255)
