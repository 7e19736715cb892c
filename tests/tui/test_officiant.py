"""How calls cross between threads: answers, interruption, and an app that is gone."""

from __future__ import annotations

import threading

import pytest

from ceremony.engine.notices import Notice, Outcome, StepView
from ceremony.engine.questions import Instruction, Progress, SecretRequest
from ceremony.errors import CeremonyError, Interrupted
from ceremony.secret import Secret
from ceremony.tui.officiant import Request, TuiOfficiant


class Stage:
    """Keeps what is asked; answers only when the test does."""

    def __init__(self, *, alive: bool = True) -> None:
        self.alive = alive
        self.asked: list[tuple[int, Request]] = []
        self.withdrawn: list[int] = []
        self.working: list[bool] = []
        self.shown = threading.Event()

    def present(self, ticket: int, request: Request) -> bool:
        self.asked.append((ticket, request))
        self.shown.set()
        return self.alive

    def withdraw(self, ticket: int) -> bool:
        self.withdrawn.append(ticket)
        return self.alive

    def announce(self, notice: Notice) -> bool:
        return self.alive

    def work(self, progress: Progress | None) -> bool:
        self.working.append(progress is not None)
        return self.alive


STEP = StepView("roll-call", 1, "roll-call", "Opening", "Roll call", "Read.", "Rini Wulandari")
INSTRUCTION = Instruction(STEP, "Read the names.")
OUTCOME = Outcome(closed=False, headline="Interrupted.", folder="archive/1", head="00")


def in_thread(call) -> tuple[threading.Thread, list[object]]:
    """Run a call as the engine does; its result or its exception is kept."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_a_signal_interrupts_the_pending_call_and_each_later_one_but_not_finish():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    thread, results = in_thread(lambda: officiant.instruct(INSTRUCTION))
    assert stage.shown.wait(5)
    officiant.interrupt("SIGTERM")
    thread.join(5)
    assert isinstance(results[0], Interrupted)
    assert results[0].cause == "SIGTERM"
    assert stage.withdrawn == [1]
    with pytest.raises(Interrupted):
        officiant.instruct(INSTRUCTION)
    with pytest.raises(Interrupted), officiant.progress(Progress(STEP, "keys")):
        pytest.fail("no token call may begin after a signal")
    officiant.finish(OUTCOME)
    assert officiant.outcome is OUTCOME


def test_an_abort_interrupts_one_call_so_that_the_engine_can_end_in_good_order():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    officiant.abort("torn seal")
    with pytest.raises(Interrupted) as stop:
        officiant.instruct(INSTRUCTION)
    assert stop.value.cause == "F10: torn seal"
    thread, results = in_thread(lambda: officiant.instruct(INSTRUCTION))
    assert stage.shown.wait(5)
    officiant.answer(stage.asked[-1][0], None)
    thread.join(5)
    assert results == [None]


def test_an_interruption_during_a_token_call_lets_the_call_end():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    with officiant.progress(Progress(STEP, "keys")):
        officiant.interrupt("SIGHUP")
    assert stage.working == [True, False]
    with pytest.raises(Interrupted):
        officiant.instruct(INSTRUCTION)


def test_an_app_that_is_gone_interrupts():
    officiant = TuiOfficiant(Stage(alive=False))
    with pytest.raises(Interrupted, match="interrupted"):
        officiant.instruct(INSTRUCTION)


def test_an_answer_to_a_withdrawn_question_is_not_taken_for_the_next_one_and_its_secret_is_wiped():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    late = Secret("1234")
    request = SecretRequest(STEP, "Rini", "token-pin:X", "PIN")
    thread, results = in_thread(lambda: officiant.secret(request))
    assert stage.shown.wait(5)
    officiant.answer(99, late)
    right = Secret("5678")
    officiant.answer(stage.asked[0][0], right)
    thread.join(5)
    assert results == [right] if results[0] is right else pytest.fail("the late answer was taken")
    assert len(late) == 0


def test_a_remark_is_written_by_the_thread_that_waits_and_its_fault_ends_the_call():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    written: list[tuple[str, int]] = []

    def write(kind: str, texts: dict[str, str]) -> None:
        written.append((kind, threading.get_ident()))
        if kind == "deviation":
            raise CeremonyError("The record cannot be written.", code="RECORD-WRITE")

    officiant.bind_remarks(write)
    thread, results = in_thread(lambda: officiant.instruct(INSTRUCTION))
    assert stage.shown.wait(5)
    officiant.remark("note", {"text": "a"})
    officiant.remark("deviation", {"happened": "b"})
    thread.join(5)
    assert [kind for kind, _ in written] == ["note", "deviation"]
    assert {ident for _, ident in written} == {thread.ident}
    assert isinstance(results[0], CeremonyError)
    assert stage.withdrawn == [1]


def test_a_remark_made_while_nothing_is_asked_is_written_before_the_next_question():
    stage = Stage()
    officiant = TuiOfficiant(stage)
    written: list[str] = []
    officiant.bind_remarks(lambda kind, texts: written.append(texts["text"]))
    officiant.remark("note", {"text": "between"})
    with officiant.progress(Progress(STEP, "keys")):
        assert written == []  # an intent and its outcome stand together
    thread, _ = in_thread(lambda: officiant.instruct(INSTRUCTION))
    assert stage.shown.wait(5)
    assert written == ["between"]
    officiant.answer(stage.asked[-1][0], None)
    thread.join(5)
