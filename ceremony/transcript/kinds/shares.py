"""The PINs of a token that are split among people: what was made, seen, entered, refused and proved. Never a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, NoEffect, Place, Value

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState

Purpose = Literal["user-pin", "so-pin"]
"""Which PIN: each opens the way to the keys, since the SO PIN can set a new user PIN."""


class ShareHolder(Value):
    """Who holds which share; `index` counts from 1."""

    index: int
    person: str


class SwapLookedAt(EventData):
    """Before a share is shown or asked for: where the machine may write its memory to a disk; nowhere, where empty."""

    kind: ClassVar[str] = "swap-looked-at"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    areas: tuple[str, ...]

    def summary(self) -> str:
        return f"this machine can write its memory to: {', '.join(self.areas) or 'no disk'}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.swap = self.areas


class SharesMade(EventData):
    """A PIN was drawn and split; it is on no token yet. Each holder is about to see their share.

    `identifier` is the number of the set (15 bits, on each card); `check_value` proves the PIN once more when it is put
    together (8 hex digits of a hash: 32 bits of 256). `entropy` names the random sources whose octets were combined.
    """

    kind: ClassVar[str] = "shares-made"
    SUBJECT = ("label", "purpose")
    PERSON = ("holders",)
    PLACE = Place.STEP
    label: str
    purpose: Purpose
    threshold: int
    count: int
    identifier: int
    check_value: str
    entropy: tuple[str, ...]
    holders: tuple[ShareHolder, ...]

    def summary(self) -> str:
        return (
            f"{self.purpose} of token {self.label} drawn and split {self.threshold} of {self.count}, set "
            f"{self.identifier:05d}, check value {self.check_value}"
        )

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.shares.make(self)


class ShareShown(NoEffect):
    """One person saw their share, alone, and has it on a card: copied by hand, or printed."""

    kind: ClassVar[str] = "share-shown"
    SUBJECT = ("label", "purpose", "index")
    PERSON = ("person",)
    PLACE = Place.STEP
    label: str
    purpose: Purpose
    index: int
    person: str
    printed: int = 0
    """How often the card was sent to a printer, whole or in part: as many sheets may hold words."""

    def summary(self) -> str:
        how = f", printed {self.printed}x" if self.printed else ""
        return f"{self.person} has copied share {self.index} of the {self.purpose} of token {self.label}{how}"


class ShareEntered(NoEffect):
    """One person typed the words of their share, and it is the one that they hold."""

    kind: ClassVar[str] = "share-entered"
    SUBJECT = ("label", "purpose", "index")
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    purpose: Purpose
    index: int
    person: str
    tries: int
    """How often they typed it in this attempt, this time included."""
    shown: int
    """How often it was shown to them before, in this attempt; 0 where the PIN is put together from cards."""

    def summary(self) -> str:
        return f"{self.person} entered share {self.index} of the {self.purpose} of token {self.label}"


class ShareRefused(NoEffect):
    """What one person typed is not the share that was asked for. `code` says why."""

    kind: ClassVar[str] = "share-refused"
    SUBJECT = ("label", "purpose", "index")
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    purpose: Purpose
    index: int
    person: str
    code: str

    def summary(self) -> str:
        return f"refused for token {self.label}, from {self.person}: {self.code}"


class SharePassed(NoEffect):
    """A holder who is in the room was passed over: another one enters their share instead."""

    kind: ClassVar[str] = "share-passed"
    SUBJECT = ("label", "purpose", "index")
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    purpose: Purpose
    index: int
    person: str
    tries: int
    """How often they typed theirs before, and it was refused."""

    def summary(self) -> str:
        return f"share {self.index} of the {self.purpose} of token {self.label} is not asked of {self.person} any more"


class SharesRefused(NoEffect):
    """Shares that were each accepted do not belong together. `code` says why."""

    kind: ClassVar[str] = "shares-refused"
    SUBJECT = ("label", "purpose", "identifier")
    PERSON = ("persons",)
    PLACE = Place.STEP_OR_FRAME
    label: str
    purpose: Purpose
    identifier: int
    persons: tuple[str, ...]
    code: str

    def summary(self) -> str:
        return f"refused for token {self.label}, together from {', '.join(self.persons)}: {self.code}"


class PinChanging(EventData):
    """Intent: C_InitPIN (user PIN) or C_SetPIN (SO PIN) with the PIN of the set of this number, which was proved."""

    kind: ClassVar[str] = "pin-changing"
    SUBJECT = ("label", "purpose")
    PERSON = NONE
    PLACE = Place.STEP
    label: str
    serial: str
    purpose: Purpose
    identifier: int

    def summary(self) -> str:
        return f"about to set the {self.purpose} of token {self.label} to that of set {self.identifier:05d}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.shares.announce(self, line.at)
        state.announce(("pins", self.label), f"PINs of token {self.label}", self.cards, line, lasting=True)

    @property
    def cards(self) -> str:
        """Which cards are good where nothing more is known than this."""
        if self.purpose == "user-pin":
            return (
                f"The user PIN may be the old one or that of set {self.identifier:05d}: keep its cards, old and new. "
                "The SO PIN is the old one: its old cards open the way."
            )
        return (
            f"The user PIN is the new one: its new cards are good. The SO PIN may be the old one or that of set "
            f"{self.identifier:05d}: keep its cards, old and new."
        )


class PinChanged(EventData):
    """Outcome: the token has the PIN of this set. The cards of the set that it `replaced` open nothing any more.

    After a change of the SO PIN that was cut short it may stand alone, in a later attempt: the token then took that PIN
    when its holders had put it together.
    """

    kind: ClassVar[str] = "pin-changed"
    SUBJECT = ("label", "purpose")
    PERSON = NONE
    PLACE = Place.STEP
    label: str
    serial: str
    purpose: Purpose
    identifier: int
    replaced: int | None
    """The number of the set before it; null for a stand-in, which has none."""

    def summary(self) -> str:
        worthless = f"; the cards of set {self.replaced:05d} are worthless" if self.replaced is not None else ""
        return f"the {self.purpose} of token {self.label} is that of set {self.identifier:05d}{worthless}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.shares.change(self, line.at)
        state.pins_changed.setdefault(line.step, []).append(self.purpose)
        if self.purpose == "so-pin":
            state.settle("pins", self.label)
        else:
            state.announce(("pins", self.label), f"PINs of token {self.label}", self.cards, line, lasting=True)

    @property
    def cards(self) -> str:
        """Which cards are good where nothing more is known than this; empty where all is done."""
        if self.purpose == "so-pin":
            return ""
        return (
            f"The user PIN is that of set {self.identifier:05d}: its new cards are good. The SO PIN is still the old "
            "one: keep its old cards."
        )


class SharesProved(EventData):
    """Each share was entered again from its card, and any `threshold` of them give the PIN that was split.

    `sets_combined` of the `sets_possible` were combined; the others follow from these.
    """

    kind: ClassVar[str] = "shares-proved"
    SUBJECT = ("label", "purpose")
    PERSON = NONE
    PLACE = Place.STEP
    label: str
    purpose: Purpose
    threshold: int
    count: int
    identifier: int
    check_value: str
    sets_possible: int
    sets_combined: int

    def summary(self) -> str:
        return (
            f"all {self.count} shares of the {self.purpose} of token {self.label} are proved, set {self.identifier:05d}"
        )

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.shares.prove(self)
