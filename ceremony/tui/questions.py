"""The officiant's calls, on the app's thread: which screen asks, and where the answer goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceremony.engine.notices import Notice, Outcome, Overview, StepChange, StepView
from ceremony.engine.questions import (
    ASKED,
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
from ceremony.tui.asking import AskScreen, LastScreen
from ceremony.tui.asks import Ask, ChooseAsk, ConfirmAsk, FormAsk, InstructAsk
from ceremony.tui.consent import ApproveAsk, PinAsk, ReadBackAsk
from ceremony.tui.finish import FinishScreen
from ceremony.tui.frame import Frame
from ceremony.tui.officiant import Request
from ceremony.tui.review import ReviewScreen
from ceremony.tui.room import Evidence
from ceremony.tui.runner import RunnerScreen, Working

if TYPE_CHECKING:
    from ceremony.tui.app import CeremonyApp


SAID = {
    "left": "It goes into the record that they left.",
    "returned": "It goes into the record that they are back.",
    "entered": "They are asked to say so before the next step begins.",
    "break": "The break begins before the next step.",
}
"""What the status line says of remarks about who is here."""


class Questions:
    """Implements `ceremony.tui.officiant.Stage`: one question waits at a time, and is shown when people are free."""

    def __init__(self, app: CeremonyApp) -> None:
        self._app = app
        self._waiting: tuple[int, Request] | None = None
        self._progress: Progress | None = None

    @property
    def device_at_work(self) -> str:
        """What works now and cannot be interrupted; empty where nothing does."""
        return self._progress.device if self._progress is not None else ""

    # -- Stage: called on the engine's thread ---------------------------------------------------------------------

    def present(self, ticket: int, request: Request) -> bool:
        """See Stage."""
        return self._app.later(self._present, ticket, request)

    def withdraw(self, ticket: int) -> bool:
        """See Stage."""
        return self._app.later(self._withdraw, ticket)

    def announce(self, notice: Notice) -> bool:
        """See Stage."""
        return self._app.later(self._announce, notice)

    def work(self, progress: Progress | None) -> bool:
        """See Stage."""
        return self._app.later(self._work, progress)

    # -- questions, on the app's thread ---------------------------------------------------------------------------

    def _present(self, ticket: int, request: Request) -> None:
        self._waiting = (ticket, request)
        if isinstance(request, Overview):
            self._app.room.begin(request)
            self._app.push(RunnerScreen())
            self.answer(None, None)
            return
        self.show_waiting()

    def show_waiting(self) -> None:
        """Show the question that waits, unless people are reading or writing something else."""
        if self._waiting is None:
            return
        runner = self._app.runner
        if runner is not None and (self._app.screen is not runner or runner.ask is not None):
            return
        request = self._waiting[1]
        match request:
            case Review():
                self._app.push(ReviewScreen(request))
            case Outcome():
                self._app.room.outcome = request
                self._app.push(FinishScreen(request))
            case Choice() if request.fault is not None:
                self._app.push(AskScreen(ChooseAsk(request), f"FAULT {_where(request.step)}: {request.title}"))
            case Choice() if request.person:
                self._app.push(AskScreen(ChooseAsk(request), request.step.heading))
            case Instruction() if request.whole_screen:
                self._app.push(AskScreen(InstructAsk(request), request.step.heading))
            case SecretRequest():
                self._app.push(AskScreen(PinAsk(request), request.step.heading if request.step.before else ""))
            case SecretDisplay():
                from ceremony.tui.shares import ShareScreen, ShowAsk  # late: the first screen does not need SLIP-0039

                self._app.push(ShareScreen(ShowAsk(request)))
            case WordsRequest():
                from ceremony.tui.shares import ShareScreen, WordsAsk  # late, as above

                self._app.push(ShareScreen(WordsAsk(request)))
            case ApprovalRequest():
                self._app.push(AskScreen(ApproveAsk(request)))
            case Form() if request.digest_words:
                self._app.push(AskScreen(ReadBackAsk(request)))
            case Instruction() | Confirmation() | Form() | Choice():
                ask = _ask_of(request)
                if runner is not None:
                    runner.show_ask(ask)
                else:
                    self._app.push(AskScreen(ask))

    def answer(self, value: object, ask: Ask | None) -> None:
        """People answered the question that waits."""
        if isinstance(self._app.screen, LastScreen):
            self._app.exit(1)
            return
        if self._waiting is None:
            if isinstance(value, Secret):
                value.wipe()
            return
        ticket, _ = self._waiting
        self._waiting = None
        if ask is not None and ask.step is not None:
            step = ask.step
            self._app.room.evidence += [Evidence(step, name, text) for name, text in ask.given(value)]
        self._clear("It is being written down. Please wait.")
        self._app.officiant.answer(ticket, value)

    def _withdraw(self, ticket: int) -> None:
        if self._waiting is not None and self._waiting[0] == ticket:
            self._waiting = None
            self._clear("The ceremony is ending. Please wait.")

    def _clear(self, text: str) -> None:
        if self._app.room.outcome is not None:
            if isinstance(self._app.screen, Frame):
                self._app.screen.say("Please wait.")
            return
        self.pop_to_runner()
        if self._app.runner is not None and self._app.runner.is_mounted:
            self._app.runner.clear_ask(text)

    def pop_to_runner(self) -> None:
        if self._app.runner is not None:
            while self._app.screen is not self._app.runner:
                self._app.pop_screen()

    def _announce(self, notice: Notice) -> None:
        self._app.room.take(notice)
        runner = self._app.runner
        if runner is not None and runner.is_mounted:
            if isinstance(notice, StepChange):
                runner.refresh_steps()
            runner.tick()
        self._app.tick()

    def _work(self, progress: Progress | None) -> None:
        device = self.device_at_work
        self._progress = progress
        runner = self._app.runner
        if runner is None:
            return
        if progress is None:
            runner.clear_ask(f"The {device} has finished. Please wait.")
        else:
            runner.show_ask(Working(progress, self._app.room.clock()))
        if isinstance(self._app.screen, Frame):
            self._app.screen.show_keys()

    # -- remarks --------------------------------------------------------------------------------------------------

    def remark(self, kind: str, texts: dict[str, str]) -> None:
        """A note, a deviation, or that somebody comes or goes."""
        self._app.officiant.remark(kind, texts)
        step = self._app.room.step
        if step is not None:
            said = {name: text for name, text in texts.items() if text and name != ASKED}
            self._app.room.evidence += [Evidence(step, f"{kind}: {name}", text) for name, text in said.items()]
        if isinstance(self._app.screen, Frame):
            self._app.screen.say(SAID.get(kind, f"The {kind} goes into the record."))

    def abort(self, reason: str) -> None:
        """F10, with its reason."""
        self._app.officiant.abort(reason)
        if isinstance(self._app.screen, Frame):
            self._app.screen.say("The ceremony is ending. Please wait.")


def _where(step: StepView) -> str:
    return f"{'before' if step.before else 'in'} step {step.number}"


def _ask_of(request: Instruction | Confirmation | Form | Choice) -> Ask:
    match request:
        case Instruction():
            return InstructAsk(request)
        case Confirmation():
            return ConfirmAsk(request)
        case Form():
            return FormAsk(request)
        case Choice():
            return ChooseAsk(request)
