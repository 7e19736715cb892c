"""How the engine reaches people: one protocol, implemented by the app, the plain runner and the unattended officiant.

Every method is called from the engine's one worker thread and blocks until the person has answered. Any of them may
raise `ceremony.errors.Interrupted`: the ceremony then ends in good order (token logged out, record says why). No step
knows which officiant it talks to; no officiant knows PKCS#11 or DER.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ceremony.errors import CeremonyError, Finding
from ceremony.secret import Secret

LOOK_AGAIN = "look-again"
"""The option of people who wait for others."""

ASKED = "asked"
"""Field of the remark `deviation`: the ids, with blanks between, of those who were asked whether they concur."""

DISSENT = "dissent:"
"""Begins the name of a field with the words of one who dissents; the person's id follows."""


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
class Instruction:
    """Something to do or to hear; the officiant waits until the actor says that it is done."""

    step: StepView
    text: str
    details: tuple[tuple[str, str], ...] = ()
    """Names and values to show below the text."""
    acknowledge: str = "Done"
    whole_screen: bool = False
    """Whether it is so much, or weighs so much, that nothing else may be beside it."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A statement that a person makes by typing `word` exactly. Enter alone never commits."""

    step: StepView
    person: str
    statement: str
    word: str = "YES"
    details: tuple[tuple[str, str], ...] = ()
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Blank:
    """One field of a form. `check` returns a complaint, or None when the text is acceptable."""

    name: str
    label: str
    hint: str = ""
    default: str = ""
    recorded: str = ""
    """What the record makes everybody expect here; only a rehearsal without people takes it for read."""
    check: Callable[[str], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """Evidence that people enter."""

    step: StepView
    title: str
    text: str
    blanks: tuple[Blank, ...]
    digest_words: tuple[str, ...] = ()
    """The words of a digest, to be shown numbered from 1: the blanks ask for some of them by number."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One line of the comparison: what the policy wants, what the bytes say, whether they agree."""

    name: str
    wanted: str
    found: str
    equal: bool


@dataclass(frozen=True, slots=True)
class Review:
    """Everything about bytes that are to be signed. Each part must be seen to its end before it can be approved."""

    step: StepView
    title: str
    rows: tuple[FieldRow, ...]
    findings: tuple[Finding, ...]
    dump: str
    """openssl-like text of the bytes, by the second parser, with hex."""
    digest: str
    """SHA-256 of the to-be-signed bytes, hex."""
    digest_words: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """Shown after a review: the named person types `word` to approve exactly these bytes, or refuses."""

    step: StepView
    person: str
    what: str
    digest: str
    digest_words: tuple[str, ...]
    word: str = "SIGN"


@dataclass(frozen=True, slots=True)
class SecretRequest:
    """A PIN to be typed. `name` is stable (`token-pin:DEMO-ROOT`); `again` asks for it twice (a new PIN)."""

    step: StepView
    person: str
    name: str
    prompt: str
    again: bool = False
    minimum: int = 4
    maximum: int = 255
    warning: str = ""
    """Tries left, or why it is asked once more."""
    practice_pin: str = ""
    """The PIN itself, of a practice token that stands in for another: it protects nothing, and the prompt shows it."""


@dataclass(frozen=True, slots=True, eq=False)
class SecretDisplay:
    """Words that one person alone may see, to copy them by hand: shown on a cleared screen, and gone after it.

    The words stay the caller's, who wipes them when the person has acknowledged. No file, page, picture or log may hold
    them; an officiant shows them, and forgets them.
    """

    step: StepView
    person: str
    name: str
    """Stable: `share:TOKEN LABEL:person` for the user PIN, `so-share:...` for the SO PIN."""
    title: str
    words: Secret
    """In small letters, parted by single blanks."""
    details: tuple[tuple[str, str], ...] = ()
    """What else belongs onto the card; nothing of it is secret."""
    printer: str = ""
    """The device that can print the card; empty where none was named."""
    printed: int = 0
    """How often it was sent there already."""
    identifier: int | None = None
    """The number of the set, where it is known; not secret."""


@dataclass(frozen=True, slots=True)
class WordsRequest:
    """The words of a share, typed by its holder from the card. `name` is the one of `SecretDisplay`."""

    step: StepView
    person: str
    name: str
    prompt: str
    identifier: int
    """The number of the set that is asked for; not secret."""
    index: int
    """The share of this holder, counted from 1."""
    threshold: int
    details: tuple[tuple[str, str], ...] = ()
    may_pass: bool = False
    """Whether the person may enter none: another holder is asked then."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on. `word`, where given, must be typed to choose it."""

    name: str
    label: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision of the people in the room. The first option is the safe one and has the focus."""

    step: StepView
    title: str
    text: str
    options: tuple[Option, ...]
    fault: CeremonyError | None = None
    """Where set, this is a fault that must be acknowledged: show it as a modal, in full."""
    person: str = ""
    """Who alone decides, and must have read the whole text; empty where it is for the people in the room."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A call to the token, or to a printer, is under way and cannot be cancelled."""

    step: StepView
    text: str
    warning: str = "This cannot be cancelled. Do not remove the token."
    device: Literal["token", "printer"] = "token"


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that the ceremony made."""

    name: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the ceremony ended."""

    closed: bool
    """True where the record is closed and sealed."""
    headline: str
    folder: str
    head: str
    artefacts: tuple[Artefact, ...] = ()
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


class Officiant(Protocol):
    """The one way by which steps reach people."""

    def begin(self, overview: Overview) -> None:
        """The ceremony's record is open; show it."""

    def notice(self, notice: Notice) -> None:
        """Something changed; never blocks on a person."""

    def instruct(self, instruction: Instruction) -> None:
        """Show an instruction and wait until the actor acknowledges it."""

    def confirm(self, confirmation: Confirmation) -> bool:
        """True when the person typed the word; False when the person declines."""

    def record(self, form: Form) -> dict[str, str]:
        """The text of each blank, by name, each accepted by its check."""

    def review(self, review: Review) -> None:
        """Returns when each part was seen to its end."""

    def approve(self, request: ApprovalRequest) -> bool:
        """True when the person typed the word; False when the person refuses."""

    def secret(self, request: SecretRequest) -> Secret:
        """A PIN. With `again`, both entries agreed."""

    def show_secret(self, display: SecretDisplay) -> bool:
        """Returns when the words are no longer on the screen: False when the person has copied them, True where the
        card is to be printed first, which only a display with a `printer` allows."""

    def secret_words(self, request: WordsRequest) -> Secret | None:
        """The words as they were typed, the caller's to wipe; None where the person passes."""

    def choose(self, choice: Choice) -> str:
        """The name of the option that the people chose."""

    def progress(self, progress: Progress) -> AbstractContextManager[None]:
        """A context in which a token call runs; the officiant shows that it lives and how long it has taken."""

    def finish(self, outcome: Outcome) -> None:
        """The ceremony is over; returns when people have seen how it ended."""
