"""Who leaves the room and comes back, steps that wait for people, and breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, NoEffect, Place

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class PersonLeft(EventData):
    """A person who answered the roll has left the room; until they are back they can do nothing here."""

    kind: ClassVar[str] = "person-left"
    SUBJECT = ("person",)
    PERSON = ("person",)
    PLACE = Place.ANYWHERE
    person: str
    reason: str

    def summary(self) -> str:
        return f"{self.person} has left the room: {self.reason}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.present.pop(self.person, None)


class PersonReturned(EventData):
    """The person is in the room again."""

    kind: ClassVar[str] = "person-returned"
    SUBJECT = ("person",)
    PERSON = ("person",)
    PLACE = Place.ANYWHERE
    person: str

    def summary(self) -> str:
        return f"{self.person} is back in the room"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.come_back(self.person)


class QuorumAwaited(NoEffect):
    """A step does not begin, because too few people of one kind are in the room."""

    kind: ClassVar[str] = "quorum-awaited"
    SUBJECT = ("role",)
    PERSON = ("missing",)
    PLACE = Place.FRAME
    role: str
    """The acting role, the witness's, or `seal`."""
    needed: int
    present: int
    missing: tuple[str, ...]
    """Ids of those who could fill the gap."""

    def summary(self) -> str:
        return f"waiting for {self.role}: {self.needed} needed, {self.present} here ({', '.join(self.missing)} missing)"


class BreakBegun(EventData):
    """Nothing goes on from here: the token is logged out, what stays is sealed; everybody goes out next."""

    kind: ClassVar[str] = "break-begun"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.FRAME
    reason: str
    sealed: str
    """What was sealed in which bag."""

    def summary(self) -> str:
        return f"break: {self.reason}; sealed: {self.sealed}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.on_break = True


class BreakEnded(EventData):
    """Heads were counted and bags looked at; what was open before is opened again when it is needed."""

    kind: ClassVar[str] = "break-ended"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.FRAME
    heads: int
    """People in the room now; as many as answered."""
    bags: str
    """The bags as they were found."""

    def summary(self) -> str:
        return f"the break is over; {self.heads} people are in the room; bags: {self.bags}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.on_break = False
