"""What people say and see: presence, statements, evidence, the clock."""

from __future__ import annotations

from typing import ClassVar, Literal

from ceremony.transcript.kinds.base import EventData, Named


class PersonPresent(EventData):
    """Roll-call: this person is in the room in this role."""

    kind: ClassVar[str] = "person-present"
    person: str
    name: str
    organisation: str
    role: str

    def summary(self) -> str:
        return f"{self.name} ({self.role}, {self.organisation}) is present"


class Instructed(EventData):
    """An instruction was carried out and acknowledged."""

    kind: ClassVar[str] = "instruction-done"
    text: str

    def summary(self) -> str:
        return "acknowledged: " + " ".join(self.text.split())


class Confirmed(EventData):
    """A person made a statement by typing a word."""

    kind: ClassVar[str] = "statement-confirmed"
    person: str
    statement: str
    word: str

    def summary(self) -> str:
        return f"{self.person} confirms: " + " ".join(self.statement.split())


class Evidence(EventData):
    """What people entered in a form."""

    kind: ClassVar[str] = "evidence-recorded"
    fields: tuple[Named, ...]

    def summary(self) -> str:
        return "; ".join(field.summary() for field in self.fields)


class ClockCompared(EventData):
    """The machine's clock against the reference that people read; the agreed clock from here on."""

    kind: ClassVar[str] = "clock-compared"
    machine: str
    reference: str
    source: str
    offset_seconds: int
    adopted: Literal["machine", "reference"]
    agreed_offset_seconds: int
    """What is added to the machine's clock from here on."""

    def summary(self) -> str:
        return f"clock: machine {self.machine}, reference {self.reference}; adopted: {self.adopted}"


class ClockJumped(EventData):
    """The machine's clock moved against its monotonic clock."""

    kind: ClassVar[str] = "clock-jumped"
    seconds: int

    def summary(self) -> str:
        return f"the machine's clock jumped by {self.seconds} s"
