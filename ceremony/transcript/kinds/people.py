"""What people say and see: presence, statements, evidence, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.canonical import canonical_json
from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, NoEffect, Place

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState


class PersonPresent(EventData):
    """Roll-call, or entry after it: this person is in the room in this role."""

    kind: ClassVar[str] = "person-present"
    SUBJECT = ("person",)
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    person: str
    name: str
    organisation: str
    role: str
    statement: str
    """What they said, in words."""
    for_person: str = ""
    """Of a deputy: who is absent and for whom they stand in; empty for who holds the role."""

    def summary(self) -> str:
        deputy = f", in place of {self.for_person}" if self.for_person else ""
        return f"{self.name} ({self.role}{deputy}, {self.organisation}) is present"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.arrive(self)


class Instructed(NoEffect):
    """An instruction was carried out and acknowledged."""

    kind: ClassVar[str] = "instruction-done"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP
    text: str

    def summary(self) -> str:
        return "acknowledged: " + " ".join(self.text.split())


About = Literal[
    "bag",
    "clock",
    "contents",
    "counts",
    "destruction",
    "environment",
    "handed-over",
    "inventory",
    "item-destroyed",
    "items",
    "late",
    "module",
    "parking",
    "received",
    "script",
    "seal",
    "sealed",
    "swap",
    "taken",
    "token",
]
"""What a statement is about: a closed list. `script` is a statement that the script itself has a step for."""


class Confirmed(NoEffect):
    """A person made a statement by typing a word."""

    kind: ClassVar[str] = "statement-confirmed"
    SUBJECT = ("about",)
    PERSON = ("person",)
    PLACE = Place.STEP_OR_FRAME
    about: About
    person: str
    statement: str
    word: str

    def summary(self) -> str:
        return f"{self.person} confirms: " + " ".join(self.statement.split())


class Attested(EventData):
    """At the close: a person agrees with the record up to here, or dissents, and says so over its head.

    `statement` is the consent that they read (UU ITE 11: identity, consent, sole control).
    """

    kind: ClassVar[str] = "attested"
    SUBJECT = NONE
    PERSON = ("person",)
    PLACE = Place.STEP
    ceremony_id: str
    chain_head: str
    person: str
    statement: str
    agrees: bool
    words: str
    """Of who dissents; empty else."""
    credential_sha256: str = ""
    """Of the person's certificate; empty where it was typed."""
    method: Literal["typed", "signed"]
    algorithm: str = ""
    signature: str = ""
    """Over `said`, by the key in the person's own token, in hex."""

    @property
    def said(self) -> bytes:
        """What the person signs: the canonical JSON of a format and of everything else that stands here."""
        value = self.model_dump(mode="json", exclude={"method", "algorithm", "signature"})
        return canonical_json({"format": "ceremony-attestation/1", **value})

    def summary(self) -> str:
        how = "signed with a certificate" if self.method == "signed" else "typed, no certified signature"
        said = f"agrees with the record ({how})" if self.agrees else f"dissents ({how}): {self.words}"
        return f"{self.person} {said}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.attested[self.person] = line.attempt
        state.sign_with(self.algorithm, self.signature)


class Evidence(NoEffect):
    """What people entered in a form."""

    kind: ClassVar[str] = "evidence-recorded"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP
    fields: tuple[Named, ...]

    def summary(self) -> str:
        return "; ".join(field.summary() for field in self.fields)


class ClockCompared(EventData):
    """The machine's clock against the reference that people read; the agreed clock from here on."""

    kind: ClassVar[str] = "clock-compared"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    machine: str
    reference: str
    source: str
    offset_seconds: int
    adopted: Literal["machine", "reference"]
    agreed_offset_seconds: int
    """What is added to the machine's clock from here on."""

    def summary(self) -> str:
        return f"clock: machine {self.machine}, reference {self.reference}; adopted: {self.adopted}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.agree(self.agreed_offset_seconds)


class ClockDeparted(EventData):
    """People agree on a clock that contradicts another one, and say why: stands before the `clock-compared` of it.

    It excuses that one agreement and nothing else; a deviation as a remark excuses none.
    """

    kind: ClassVar[str] = "clock-departed"
    SUBJECT = ("departs_from", "ceremony")
    PERSON = ("decided_by",)
    PLACE = Place.STEP_OR_FRAME
    departs_from: Literal["earlier-record", "machine"]
    """The end of the ceremony before, which is later; or this machine's clock, which is more than a day behind."""
    ceremony: str
    """Folder name of the earlier ceremony; empty for the machine."""
    said: str
    """What that clock said: the end of that ceremony, or the machine's UTC time."""
    agreed: str
    """The agreed UTC time at the same moment."""
    decided: str
    """What was decided and why, in people's own words."""
    decided_by: str
    """The id of who decided."""

    def summary(self) -> str:
        whose = f"the end of {self.ceremony}" if self.ceremony else "the machine's clock"
        return f"the agreed clock, {self.agreed}, departs from {whose}, {self.said}; decided: {self.decided}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.deviations += 1


class ClockJumped(EventData):
    """The machine's clock moved against its monotonic clock. Before a clock is agreed, it dates this line and the next
    ones."""

    kind: ClassVar[str] = "clock-jumped"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP
    seconds: int

    def summary(self) -> str:
        return f"the machine's clock jumped by {self.seconds} s"

    def apply(self, state: CeremonyState, line: Event) -> None:
        if state.agreed_offset_seconds is None:
            state.dated_since = line
