"""What is done to tokens, and the keys that are made in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, NoEffect, Place, Value
from ceremony.transcript.kinds.draws import DrawnAtRandom

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class TokenFound(EventData):
    """The token that the script names, as it describes itself (CK_TOKEN_INFO), and the module that reaches it."""

    kind: ClassVar[str] = "token-found"
    SUBJECT = ("label",)
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
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

    @property
    def device(self) -> tuple[str, str, str]:
        """What tells one token from another: serial, maker, model."""
        return self.serial, self.manufacturer, self.model

    @property
    def identity(self) -> tuple[str, ...]:
        """What is the same whenever a token of this label is found: serial, maker, model, SHA-256 of the module."""
        return *self.device, self.module_sha256

    @property
    def describe(self) -> str:
        """The same in words."""
        return f"serial {self.serial}, {self.manufacturer} {self.model}, module {self.module_sha256[:16]}..."

    def summary(self) -> str:
        return f"token {self.label} serial {self.serial} ({self.manufacturer} {self.model})"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.find_token(self, line)


class TokenInitialising(EventData):
    """Intent: C_InitToken and C_InitPIN."""

    kind: ClassVar[str] = "token-initialising"
    SUBJECT = ("label",)
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    label: str

    def summary(self) -> str:
        return f"about to initialise a token as {self.label}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.begin_token(self.label)
        said = "It may be initialised, wholly or in part."
        state.announce(("token", self.label), f"token {self.label}", said, line)


class TokenInitialised(EventData):
    """Outcome of an initialisation."""

    kind: ClassVar[str] = "token-initialised"
    SUBJECT = ("label",)
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    label: str
    serial: str

    def summary(self) -> str:
        return f"token {self.label} initialised, serial {self.serial}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.make_token(self.label, line)
        state.shares.put_on(self, line.at)
        state.settle("token", self.label)


class TokenOpened(EventData):
    """A person logged in to a token."""

    kind: ClassVar[str] = "token-opened"
    SUBJECT = ("label",)
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    serial: str
    person: str
    tries: int
    """How many PINs were given until the token took one."""

    def summary(self) -> str:
        return f"{self.person} logged in to token {self.label}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.open_token(self)


class PinRefused(NoEffect):
    """A token refused a PIN."""

    kind: ClassVar[str] = "pin-refused"
    SUBJECT = ("label",)
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    person: str
    tries: str
    """What the token says of the tries left, or empty."""

    def summary(self) -> str:
        return f"token {self.label} refused the PIN that {self.person} typed" + (f"; {self.tries}" * bool(self.tries))


class TokenClosed(EventData):
    """A token was logged out."""

    kind: ClassVar[str] = "token-closed"
    SUBJECT = ("label",)
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    label: str

    def summary(self) -> str:
        return f"token {self.label} logged out"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.close_token(self.label)


class TokenGone(EventData):
    """A token was pulled out or stopped answering; its session is over."""

    kind: ClassVar[str] = "token-gone"
    SUBJECT = ("label",)
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    label: str

    def summary(self) -> str:
        return f"token {self.label} is gone"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.close_token(self.label)


KEY_ID_OCTETS = 16
"""CKA_ID is drawn at random and written in the intent, so that a key can be told again after a crash."""


class KeyIntended(DrawnAtRandom):
    """Intent: C_GenerateKeyPair with this label and CKA_ID."""

    kind: ClassVar[str] = "key-intended"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    algorithm: str
    profile: str
    DRAWING = "key-id"

    @property
    def made_of_draw(self) -> tuple[str, str]:
        return self.key, self.key_id

    def summary(self) -> str:
        return f"about to generate key {self.key} ({self.algorithm})"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.intended_keys[self.key_id] = self
        state.draw(self.drawn)
        state.key_intents.setdefault(line.step, []).append(self)
        said = f"It may be on the token, with id {self.key_id}."
        state.announce(("key", self.key_id), f"key {self.key}", said, line)


class KeyMade(EventData):
    """Outcome: the public key, and the private key's attributes as the token reads them back."""

    kind: ClassVar[str] = "key-made"
    SUBJECT = ("key",)
    PERSON = NONE
    PLACE = Place.STEP
    key: str
    key_id: str
    algorithm: str
    profile: str
    spki: str
    spki_sha256: str
    attributes: tuple[Named, ...]

    def summary(self) -> str:
        return f"key {self.key} ({self.algorithm}) made in the token, public key SHA-256 {self.spki_sha256[:16]}..."

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.add_key(self, state.ceremony_token, line)
        state.settle("key", self.key_id)


class InventoryItem(Value):
    """One object on the token."""

    object_class: str
    label: str
    key_id: str


class InventoryReviewed(NoEffect):
    """What the token holds, against what the record says that it must hold."""

    kind: ClassVar[str] = "inventory-reviewed"
    SUBJECT = ("label", "serial")
    PERSON = NONE
    PLACE = Place.STEP
    label: str
    serial: str
    objects: tuple[InventoryItem, ...]
    missing: tuple[str, ...]
    unexplained: tuple[str, ...]

    def summary(self) -> str:
        return (
            f"token holds {len(self.objects)} objects; {len(self.missing)} missing, {len(self.unexplained)} unexplained"
        )
