"""How a ceremony runs: its opening, its steps, remarks, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import StringConstraints

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Named, NoEffect, Place, Value, WrittenFile

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", max_length=60)]
"""What a fault is called: every fault has a code."""


class Library(Value):
    """A package that the program runs with; `sha256` is over its installed files, as room/libraries.py says."""

    name: str
    version: str
    sha256: str


class CeremonyOpened(EventData):
    """The first line: what is about to be performed, bound by hash."""

    kind: ClassVar[str] = "ceremony-opened"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.FIRST
    ceremony_id: str
    mode: Literal["practice", "production"]
    title: str
    script_id: str
    script_version: str
    script_sha256: str
    policy_sha256: str
    people_sha256: str
    plan_sha256: str
    key_generations: int
    signatures: int
    challenges: int
    """How many times backup tokens will sign a challenge."""
    inputs: tuple[WrittenFile, ...]
    """What the plan was made of beside script, policy and people: the register so far, requests, the last CRLs."""
    previous_ceremony: str
    """Folder name of the ceremony before this one in the archive, or empty."""
    previous_head: str
    """The chain head of that ceremony's record, or empty."""
    program: str
    """Name and version."""
    program_sha256: str
    """Over the files of the program that opened it, as `ceremony/room/program.py` says."""
    libraries: tuple[Library, ...]
    """Those that were loaded then, or may be later."""
    machine: tuple[Named, ...]
    overrides: tuple[str, ...]
    """Names of environment variables that could redirect the token module; never their values."""
    left_out: tuple[str, ...]
    """Names of environment variables that were left outside when the program started itself anew."""
    stand_in: bool
    """True in practice where the past is a stand-in: earlier keys and certificates made again for this rehearsal."""

    def summary(self) -> str:
        return f"{self.mode.upper()} ceremony {self.ceremony_id} opened: {self.title}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.open(self)


class StepBegun(EventData):
    """A step of the plan begins."""

    kind: ClassVar[str] = "step-begun"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: int
    step_kind: str
    title: str
    redoes: int = 0
    """The line on which the attempt before this one failed; 0 for the first attempt."""
    awaited: int = 0
    """How often the record says, right before, that people were waited for, or that something could not be done."""

    def summary(self) -> str:
        again = f" (again, after line {self.redoes})" if self.redoes else ""
        return f"step {self.number} begins: {self.title}{again}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.step_begins(line)
        state.forget_reviews()


class StepDone(EventData):
    """A step ended as the script says."""

    kind: ClassVar[str] = "step-done"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: int

    def summary(self) -> str:
        return f"step {self.number} done"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.steps_done.append(line.step)


class StepFailed(EventData):
    """A step could not be done; what the people decided."""

    kind: ClassVar[str] = "step-failed"
    SUBJECT = ("number",)
    PERSON = NONE
    PLACE = Place.STEP
    number: int
    code: Code
    headline: str
    detail: str
    decision: Literal["try-again", "abort"]
    after: int
    """The last line that stood when the fault arose."""

    def summary(self) -> str:
        return f"step {self.number} failed: {self.headline} Decided: {self.decision}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.given_up = self.headline if self.decision == "abort" else ""


class PreparationFailed(EventData):
    """Something between two steps could not be done: a token opened again, people called again; what they decided."""

    kind: ClassVar[str] = "preparation-failed"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.FRAME
    code: Code
    headline: str
    detail: str
    decision: Literal["try-again", "abort"]
    after: int
    """The last line that stood when the fault arose."""

    def summary(self) -> str:
        return f"between two steps: {self.headline} Decided: {self.decision}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.awaited += 1
        state.given_up = self.headline if self.decision == "abort" else ""


class Note(EventData):
    """A remark of a person, at any moment."""

    kind: ClassVar[str] = "note"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.ANYWHERE
    text: str

    def summary(self) -> str:
        return "note: " + " ".join(self.text.split())

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.notes += 1


class Concurrence(Value):
    """What one person in the room said to a deviation."""

    person: str
    concurs: bool
    words: str = ""
    """Of who dissents; empty else."""


class Deviation(EventData):
    """Something was not as the script says."""

    kind: ClassVar[str] = "deviation"
    SUBJECT = NONE
    PERSON = ("raised_by",)
    PLACE = Place.ANYWHERE
    expected: str
    happened: str
    decided: str
    decided_by: str
    raised_by: str = ""
    """The id of who spoke up; empty where nobody had answered the roll yet."""
    clauses: tuple[str, ...] = ()
    """Clauses of the CP/CPS and of other rules that are touched."""
    concurrences: tuple[Concurrence, ...] = ()
    """Of each person who was in the room."""

    def summary(self) -> str:
        against = ", ".join(item.person for item in self.concurrences if not item.concurs)
        said = f"deviation: expected {self.expected}; happened {self.happened}; decided {self.decided}"
        return f"{said}; dissent: {against}" if against else said

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.deviations += 1


class Departure(EventData):
    """What was found is not what the record says, and people decided to go on all the same: a step says so before it
    goes on, and never without need."""

    kind: ClassVar[str] = "departure"
    SUBJECT = NONE
    PERSON = ("decided_by",)
    PLACE = Place.STEP
    expected: str
    happened: str
    decided: str
    decided_by: str
    """The id of who decides."""

    def summary(self) -> str:
        return f"departure: expected {self.expected}; found {self.happened}; decided {self.decided}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.deviations += 1


class Dissent(EventData):
    """Somebody dissents from a deviation about which not everybody in the room was asked; it counts as a note."""

    kind: ClassVar[str] = "dissent"
    SUBJECT = ("deviation",)
    PERSON = ("person",)
    PLACE = Place.ANYWHERE
    deviation: int
    """The line of the deviation."""
    person: str
    words: str

    def summary(self) -> str:
        return f"{self.person} dissents from line {self.deviation}: {self.words}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.notes += 1


class InterruptionRecorded(EventData):
    """The ceremony was asked to end before its close. Where nobody `decided` it, no `ceremony-aborted` follows."""

    kind: ClassVar[str] = "interrupted"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.ANYWHERE
    cause: str
    after: int
    """The last line that stood then."""
    decided: bool
    """True where people ended it: it does not go on after this line."""

    def summary(self) -> str:
        return f"interrupted: {self.cause}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        if self.decided:
            state.given_up = self.cause


class Ending(EventData, abstract=True):
    """A last line: counts, who is there, and who seals the record next (the intent of that signature).

    The last three are empty where the engine ends a ceremony early and nobody seals it.
    """

    notes: int
    deviations: int
    present: tuple[str, ...]
    """Who is in the room at the end."""
    sealed_by: str
    seal_certificate_sha256: str
    seal_token: str


class CeremonyAborted(Ending):
    """The last line of a ceremony that ended early: why, what exists and where it is."""

    kind: ClassVar[str] = "ceremony-aborted"
    SUBJECT = NONE
    PERSON = ("sealed_by",)
    PLACE = Place.LAST
    reason: str
    keys: tuple[str, ...]
    certificates: tuple[str, ...]
    token: str
    """The ceremony's token, where it was open when the end began; else empty."""
    made: tuple[Named, ...]
    """What was made, each with where it now is."""
    unsealed: str
    """Why nobody seals the record; empty where somebody does."""

    def summary(self) -> str:
        return f"ended early: {self.reason}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.end("aborted", self)


class IncidentRecorded(EventData):
    """When the CA learned of what makes a revocation necessary, and by when it must be done (BR 4.9.1.2, 4.9.7)."""

    kind: ClassVar[str] = "incident-recorded"
    SUBJECT = NONE
    PERSON = NONE
    PLACE = Place.STEP
    what: str
    aware_at: str
    hours: int
    deadline: str
    late: bool
    """The deadline had passed when it was recorded; those who acted said so."""

    def summary(self) -> str:
        return f"incident known since {self.aware_at}; to be dealt with by {self.deadline}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.incidents.append((line, self))


class RehearsalCompared(NoEffect):
    """Every to-be-signed object of production against the rehearsal's; only the declared holes may differ."""

    kind: ClassVar[str] = "rehearsal-compared"
    SUBJECT = ("name",)
    PERSON = NONE
    PLACE = Place.STEP
    name: str
    sha256: str
    """Of the object that is about to be approved."""
    rehearsal: str
    """Folder name of the rehearsal in the archive."""
    rehearsal_head: str
    rehearsal_sha256: str
    """Of the object that was rehearsed."""
    fields: int
    holes: tuple[str, ...]
    """The fields that differ and may."""
    differences: tuple[str, ...]
    """Those that differ and must not."""

    def summary(self) -> str:
        end = f"; {len(self.differences)} must not" if self.differences else ""
        return f"{self.name} compared with {self.rehearsal}: {len(self.holes)} of {self.fields} fields differ{end}"


class CeremonyClosed(Ending):
    """The last line of a ceremony that reached its close: the counts."""

    kind: ClassVar[str] = "ceremony-closed"
    SUBJECT = NONE
    PERSON = ("sealed_by",)
    PLACE = Place.LAST
    keys: int
    signatures: int
    certificates: int

    def summary(self) -> str:
        return f"closed: {self.keys} keys, {self.signatures} signatures, {self.deviations} deviations"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.ledger.close()
        state.end("closed", self)
