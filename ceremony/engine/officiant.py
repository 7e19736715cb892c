"""How the engine reaches people: one protocol, implemented by the app, the plain runner and the unattended officiant.

Every method is called from the engine's one worker thread and blocks until the person has answered. Any of them may
raise `ceremony.errors.Interrupted`: the ceremony then ends in good order (token logged out, record says why). No step
knows which officiant it talks to; no officiant knows PKCS#11 or DER.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from ceremony.engine.notices import Notice, Outcome, Overview
from ceremony.engine.questions import (
    ApprovalRequest,
    Choice,
    Confirmation,
    Form,
    Instruction,
    Progress,
    Review,
    SecretDisplay,
    SecretRequest,
    WordsRequest,
)
from ceremony.secret import Secret


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
