"""What the engine tells people, and never waits for: the step, the line, who is here, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ceremony.errors import CeremonyError


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as people see it. `number` counts from 1 through the whole script."""

    id: str
    number: int
    kind: str
    section: str
    title: str
    text: str
    actor: str
    """Who acts: "Rini Wulandari (administrator)"."""
    witness: str = ""
    clauses: tuple[str, ...] = ()
    before: bool = False
    """Whether this is done before the step of that number begins, and is no part of it: a break, for one."""

    @property
    def heading(self) -> str:
        """Where people are: "Step 7: Root certificate", "Before step 7: A break"."""
        return f"{'Before step' if self.before else 'Step'} {self.number}: {self.title}"


@dataclass(frozen=True, slots=True)
class Overview:
    """What is known of the ceremony before its first step; shown for as long as it lasts."""

    ceremony_id: str
    title: str
    purpose: str
    mode: Literal["practice", "production"]
    steps: tuple[StepView, ...]
    plan_sha256: str
    policy_sha256: str
    script_sha256: str
    token_label: str
    archive: str
    """The folder of this ceremony."""
    key_generations: int
    signatures: int
    materials: tuple[str, ...] = ()


StepState = Literal["todo", "doing", "done", "deviated", "failed"]


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step began, ended or failed. `seconds_token` is shown nowhere but in the split of an unattended run."""

    step_id: str
    state: StepState


@dataclass(frozen=True, slots=True)
class Line:
    """One more line of the record, already on disk: for the live transcript and the chain head."""

    seq: int
    at: str
    """UTC, 2026-11-22T01:02:03Z."""
    step: str
    kind: str
    summary: str
    head: str
    """SHA-256 of the line, hex: the chain head now."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The lines of a record that was broken off, in their order, before anything is added to it."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class AgreedClock:
    """The clock that dates what is signed, once people have agreed it: seconds to add to the machine's UTC clock."""

    offset_seconds: int


@dataclass(frozen=True, slots=True)
class InRoom:
    """One person of the script, and whether they are in the room now."""

    id: str
    name: str
    role: str
    where: Literal["here", "out", "absent", "reserve"]
    """`out`: answered the roll and left; `absent`: may still come in; `reserve`: a deputy whom nobody needs now."""


@dataclass(frozen=True, slots=True)
class People:
    """Who is in the room changed."""

    people: tuple[InRoom, ...]


Notice = StepChange | Line | Earlier | AgreedClock | People


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that the ceremony made."""

    name: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the verifier says of the sealed folder, and its one page."""

    said: Literal["proved", "ended early", "not proved"]
    page: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the ceremony ended."""

    closed: bool
    """True where the ceremony reached its close, and its record is sealed."""
    headline: str
    folder: str
    head: str
    artefacts: tuple[Artefact, ...] = ()
    sealed: bool = False
    """True where the record is sealed, also that of a ceremony that people ended early."""
    verdict: str = ""
    fault: CeremonyError | None = None
    signatures: int = 0
    key_generations: int = 0
    seconds_generating: float = 0.0
    seconds_signing: float = 0.0
    copies: tuple[str, ...] = field(default=())
    """Folders that hold exported copies."""
    made: tuple[tuple[str, str], ...] = ()
    """Of a ceremony that did not reach its close: what was made, and where it now is."""
    proof: Proof | None = None
    """Of a record that is sealed: what the verifier says of it."""

    @property
    def refused(self) -> bool:
        """Whether the verifier does not prove what is sealed."""
        return self.proof is not None and self.proof.said == "not proved"
