"""Who leaves the room and comes back, steps that wait for people, and breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, NoEffect, Place

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


Move = Literal["left", "returned", "entered", "break"]
"""What people say of who is here, at any moment."""


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
    statement: str = ""
    """What they said after a break, in words; empty where they only came back in."""

    def summary(self) -> str:
        return f"{self.person} is back in the room"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.come_back(self.person)


class QuorumAwaited(EventData):
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

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.awaited += 1


class CertificateUnseen(EventData):
    """The token of a person who will sign shows no certificate without its PIN: it is looked at when it is opened."""

    kind: ClassVar[str] = "certificate-unseen"
    SUBJECT = ("person",)
    PERSON = ("person",)
    PLACE = Place.FRAME
    person: str

    def summary(self) -> str:
        return f"the certificate of {self.person} is seen when their token is opened"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.introduced.add(self.person)


class CertificateEnds(NoEffect):
    """The certificate of a person who will sign ends within a day of the agreed clock."""

    kind: ClassVar[str] = "certificate-ends"
    SUBJECT = ("person",)
    PERSON = ("person",)
    PLACE = Place.FRAME
    person: str
    not_after: str

    def summary(self) -> str:
        return f"the certificate of {self.person} expires at {self.not_after}, in less than a day"


class RemarkRefused(EventData):
    """Something that people said of who is here, and that is not so by this record: it counts as a note."""

    kind: ClassVar[str] = "remark-refused"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.ANYWHERE
    move: Move
    who: str
    """As it was said, an id; empty for a break."""
    reason: str

    def summary(self) -> str:
        said = " ".join(filter(None, (self.move, self.who, self.reason)))
        return f"said of who is here, and not so by this record: {said}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.notes += 1


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
        state.sent_out = tuple(state.present)


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
