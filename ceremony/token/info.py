"""What a token says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pkcs11

    from ceremony.token.faults import TriesLeft


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token as C_GetTokenInfo describes it. It is chosen by label and serial, never by slot."""

    label: str
    serial: str
    manufacturer: str
    model: str
    firmware: str
    """Version, "2.6"."""
    hardware: str
    """Version, "2.6"."""
    initialised: bool
    user_pin_set: bool
    user_pin_count_low: bool
    """A wrong PIN was typed since the last right one."""
    user_pin_final_try: bool
    user_pin_locked: bool
    slot_id: int
    """Where it is just now. Slots are numbered anew at any time: never choose by it, never write it down."""

    @property
    def is_softhsm(self) -> bool:
        """A token in files: practice, tests and demonstrations."""
        return self.manufacturer.startswith("SoftHSM")

    @property
    def tries(self) -> TriesLeft:
        """What the token's flags say of PIN tries left. SoftHSM never locks, so nothing is claimed for it."""
        if self.is_softhsm:
            return ""
        if self.user_pin_locked:
            return "the PIN is locked"
        if self.user_pin_final_try:
            return "one try is left"
        return "few tries are left" if self.user_pin_count_low else ""

    def __str__(self) -> str:
        if not self.initialised:
            return f"a token that is not initialised ({self.model})"
        return f'"{self.label}" (serial {self.serial})'


def token_info(token: pkcs11.Token) -> TokenInfo:
    """Read what python-pkcs11 holds of a token."""
    from pkcs11 import TokenFlag

    flags = token.flags

    def version(parts: tuple[int, int]) -> str:
        return ".".join(str(part) for part in parts)

    return TokenInfo(
        label=token.label,
        serial=token.serial.decode("ascii", errors="replace").strip("\x00 "),
        manufacturer=token.manufacturer_id,
        model=token.model,
        firmware=version(token.firmware_version),
        hardware=version(token.hardware_version),
        initialised=bool(flags & TokenFlag.TOKEN_INITIALIZED),
        user_pin_set=bool(flags & TokenFlag.USER_PIN_INITIALIZED),
        user_pin_count_low=bool(flags & TokenFlag.USER_PIN_COUNT_LOW),
        user_pin_final_try=bool(flags & TokenFlag.USER_PIN_FINAL_TRY),
        user_pin_locked=bool(flags & TokenFlag.USER_PIN_LOCKED),
        slot_id=int(token.slot.slot_id),
    )


def listing(tokens: tuple[TokenInfo, ...]) -> str:
    """The tokens that are there, as a sentence."""
    if not tokens:
        return "There is no token at all."
    return f"Here are: {'; '.join(str(token) for token in tokens)}."
