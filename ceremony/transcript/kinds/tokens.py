"""What is done to tokens, and the keys that are made in them."""

from __future__ import annotations

from typing import ClassVar, Literal

from ceremony.transcript.kinds.base import EventData, Named


class TokenFound(EventData):
    """The token that the script names, as it describes itself (CK_TOKEN_INFO), and the module that reaches it."""

    kind: ClassVar[str] = "token-found"
    purpose: Literal["ceremony", "credential", "backup"]
    label: str
    serial: str
    manufacturer: str
    model: str
    hardware: str
    firmware: str
    module: str
    module_sha256: str
    library: str

    def summary(self) -> str:
        return f"token {self.label} serial {self.serial} ({self.manufacturer} {self.model})"


class TokenInitialising(EventData):
    """Intent: C_InitToken and C_InitPIN."""

    kind: ClassVar[str] = "token-initialising"
    label: str

    def summary(self) -> str:
        return f"about to initialise a token as {self.label}"


class TokenInitialised(EventData):
    """Outcome of an initialisation."""

    kind: ClassVar[str] = "token-initialised"
    label: str
    serial: str

    def summary(self) -> str:
        return f"token {self.label} initialised, serial {self.serial}"


class TokenOpened(EventData):
    """A person logged in to a token."""

    kind: ClassVar[str] = "token-opened"
    label: str
    serial: str
    person: str

    def summary(self) -> str:
        return f"{self.person} logged in to token {self.label}"


class PinRefused(EventData):
    """A token refused a PIN."""

    kind: ClassVar[str] = "pin-refused"
    label: str
    person: str
    tries: str
    """What the token says of the tries left, or empty."""

    def summary(self) -> str:
        return f"token {self.label} refused the PIN that {self.person} typed" + (f"; {self.tries}" * bool(self.tries))


class TokenClosed(EventData):
    """A token was logged out."""

    kind: ClassVar[str] = "token-closed"
    label: str

    def summary(self) -> str:
        return f"token {self.label} logged out"


class TokenGone(EventData):
    """A token was pulled out or stopped answering; its session is over."""

    kind: ClassVar[str] = "token-gone"
    label: str

    def summary(self) -> str:
        return f"token {self.label} is gone"


class KeyIntended(EventData):
    """Intent: C_GenerateKeyPair with this label and CKA_ID."""

    kind: ClassVar[str] = "key-intended"
    key: str
    key_id: str
    algorithm: str
    profile: str

    def summary(self) -> str:
        return f"about to generate key {self.key} ({self.algorithm})"


class KeyMade(EventData):
    """Outcome: the public key, and the private key's attributes as the token reads them back."""

    kind: ClassVar[str] = "key-made"
    key: str
    key_id: str
    algorithm: str
    profile: str
    spki: str
    spki_sha256: str
    attributes: tuple[Named, ...]

    def summary(self) -> str:
        return f"key {self.key} ({self.algorithm}) made in the token, public key SHA-256 {self.spki_sha256[:16]}..."


class InventoryItem(EventData):
    """One object on the token."""

    object_class: str
    label: str
    key_id: str

    def summary(self) -> str:
        return f"{self.object_class} {self.label}"


class InventoryReviewed(EventData):
    """What the token holds, against what the record says that it must hold."""

    kind: ClassVar[str] = "inventory-reviewed"
    objects: tuple[InventoryItem, ...]
    missing: tuple[str, ...]
    unexplained: tuple[str, ...]

    def summary(self) -> str:
        return (
            f"token holds {len(self.objects)} objects; {len(self.missing)} missing, {len(self.unexplained)} unexplained"
        )
