"""What the engine asks of people, one at a time: to do, confirm, write, read, approve, choose, type what is secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ceremony.engine.notices import StepView
from ceremony.errors import CeremonyError, Finding
from ceremony.secret import Secret

LOOK_AGAIN = "look-again"
"""The option of people who wait for others."""

ASKED = "asked"
"""Field of the remark `deviation`: the ids, with blanks between, of those who were asked whether they concur."""

DISSENT = "dissent:"
"""Begins the name of a field with the words of one who dissents; the person's id follows."""


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
    """In one line, with what does it and where."""
    statement: str
    """What the person says by it, whole: it must be read before the word is typed."""
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
