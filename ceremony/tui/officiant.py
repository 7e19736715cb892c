"""The officiant that people see: calls from the engine's thread become screens, and answers come back.

Each question has a ticket. The engine's thread waits on one inbox, which carries answers, remarks and the order to
stop; so remarks (F7, F8) are written by the engine's own thread and never from two threads at once. A Secret that was
typed travels in that inbox alone: in no message of Textual and in no widget. One that is shown stays the engine's,
which wipes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
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
from ceremony.errors import BrokenOff, Interrupted
from ceremony.secret import Secret

Request = (
    Overview
    | Instruction
    | Confirmation
    | Form
    | Review
    | ApprovalRequest
    | SecretRequest
    | SecretDisplay
    | WordsRequest
    | Choice
    | Outcome
)

Remark = Callable[[str, dict[str, str]], None]
"""Takes "note" or "deviation" and its texts; called on the engine's thread."""


class Stage(Protocol):
    """What the officiant needs of the app. Each call comes from the engine's thread and returns at once."""

    def present(self, ticket: int, request: Request) -> bool:
        """Show a question; False where there is no app any more."""

    def withdraw(self, ticket: int) -> bool:
        """The question needs no answer any more."""

    def announce(self, notice: Notice) -> bool:
        """Something changed."""

    def work(self, progress: Progress | None) -> bool:
        """A token call began, or (None) ended."""


@dataclass(frozen=True, slots=True)
class _Answer:
    ticket: int
    value: object


@dataclass(frozen=True, slots=True)
class _Said:
    kind: str
    texts: dict[str, str]


class _Wake:
    """Look whether the ceremony is to end."""


class TuiOfficiant:
    """Implements `ceremony.engine.officiant.Officiant` over the app."""

    def __init__(self, stage: Stage) -> None:
        self.note: Remark | None = None
        """Writes a remark into the record; set by the engine."""
        self.outcome: Outcome | None = None
        """How the ceremony ended, once it has."""
        self._stage = stage
        self._inbox: SimpleQueue[_Answer | _Said | _Wake] = SimpleQueue()
        self._lock = threading.Lock()
        self._ticket = 0
        self._ended: str | None = None
        self._aborted: str | None = None

    # -- called on the app's thread -------------------------------------------------------------------------------

    def answer(self, ticket: int, value: object) -> None:
        """People answered."""
        self._inbox.put(_Answer(ticket, value))

    def remark(self, kind: str, texts: dict[str, str]) -> None:
        """People said something for the record."""
        self._inbox.put(_Said(kind, texts))

    def abort(self, reason: str) -> None:
        """People end the ceremony: the call that waits, or the next one, raises Interrupted."""
        with self._lock:
            self._aborted = f"F10: {reason}"
        self._inbox.put(_Wake())

    def interrupt(self, cause: str) -> None:
        """A signal, or a terminal that went away: this call and each later one raises BrokenOff."""
        with self._lock:
            self._ended = self._ended or cause
        self._inbox.put(_Wake())

    @property
    def interrupted(self) -> str | None:
        """Why the ceremony is ending without people, where it is."""
        return self._ended

    # -- called on the engine's thread ----------------------------------------------------------------------------

    def bind_remarks(self, callback: Remark) -> None:
        """Where notes and deviations go."""
        self.note = callback

    def begin(self, overview: Overview) -> None:
        """See Officiant."""
        self._ask(overview)

    def notice(self, notice: Notice) -> None:
        """See Officiant."""
        self._stage.announce(notice)

    def instruct(self, instruction: Instruction) -> None:
        """See Officiant."""
        self._ask(instruction)

    def confirm(self, confirmation: Confirmation) -> bool:
        """See Officiant."""
        return self._ask(confirmation) is True

    def record(self, form: Form) -> dict[str, str]:
        """See Officiant."""
        answer = self._ask(form)
        return {str(name): str(text) for name, text in answer.items()} if isinstance(answer, dict) else {}

    def review(self, review: Review) -> None:
        """See Officiant."""
        self._ask(review)

    def approve(self, request: ApprovalRequest) -> bool:
        """See Officiant."""
        return self._ask(request) is True

    def secret(self, request: SecretRequest) -> Secret:
        """See Officiant."""
        answer = self._ask(request)
        if not isinstance(answer, Secret):
            raise TypeError("a PIN was asked for and something else was answered")
        return answer

    def show_secret(self, display: SecretDisplay) -> bool:
        """See Officiant."""
        return self._ask(display) is True

    def secret_words(self, request: WordsRequest) -> Secret | None:
        """See Officiant."""
        answer = self._ask(request)
        if answer is not None and not isinstance(answer, Secret):
            raise TypeError("a share was asked for and something else was answered")
        return answer

    def choose(self, choice: Choice) -> str:
        """See Officiant."""
        return str(self._ask(choice))

    def progress(self, progress: Progress) -> AbstractContextManager[None]:
        """See Officiant. Raises Interrupted on entering where the ceremony is to end; never on leaving."""
        return self._working(progress)

    def finish(self, outcome: Outcome) -> None:
        """See Officiant. Returns at once where nobody is there to see it."""
        self.outcome = outcome
        with self._lock:
            self._aborted = None  # nothing is left to abort
        try:
            self._ask(outcome)
        except Interrupted:
            return

    # -- waiting --------------------------------------------------------------------------------------------------

    @contextmanager
    def _working(self, progress: Progress) -> Iterator[None]:
        self._check()  # what was said meanwhile waits for the next question: nothing stands between intent and outcome
        self._stage.work(progress)
        try:
            yield
        finally:
            self._stage.work(None)

    def _ask(self, request: Request) -> object:
        self._drain()
        self._check()
        self._ticket += 1
        ticket = self._ticket
        if not self._stage.present(ticket, request):
            self.interrupt("the screen program has ended")
        try:
            while True:
                self._check()
                item = self._inbox.get()
                if isinstance(item, _Answer):
                    if item.ticket == ticket:
                        return item.value
                    _forget(item.value)
                elif isinstance(item, _Said):
                    self._write(item)
        except BaseException:
            self._stage.withdraw(ticket)
            raise

    def _drain(self) -> None:
        """Write what was said while nothing was asked; forget answers to questions that were withdrawn."""
        while True:
            try:
                item = self._inbox.get_nowait()
            except Empty:
                return
            if isinstance(item, _Said):
                self._write(item)
            elif isinstance(item, _Answer):
                _forget(item.value)

    def _write(self, said: _Said) -> None:
        if self.note is not None:
            self.note(said.kind, said.texts)

    def _check(self) -> None:
        with self._lock:
            ended = self._ended
            if ended is not None:
                raise BrokenOff(ended)
            decided, self._aborted = self._aborted, None
        if decided is not None:
            raise Interrupted(decided)


def _forget(value: object) -> None:
    if isinstance(value, Secret):
        value.wipe()
