"""The line-by-line officiant, over a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.notices import AgreedClock, Artefact, Line, Outcome, Overview, StepChange, StepView
from ceremony.engine.questions import (
    ApprovalRequest,
    Blank,
    Choice,
    Confirmation,
    FieldRow,
    Form,
    Instruction,
    Option,
    Progress,
    Review,
    SecretRequest,
)
from ceremony.engine.views import before_it
from ceremony.errors import CeremonyError, Finding, Interrupted, Severity
from ceremony.plain import PlainOfficiant

WORDS = ("topmost", "Istanbul", "Pluto", "vagabond", "treadmill")


def pin_request(step: StepView, **more: Any) -> SecretRequest:
    return SecretRequest(step=step, person="Dewi", name="token-pin:DEMO-ROOT", prompt="PIN of DEMO-ROOT", **more)


# What is shown --------------------------------------------------------------------------------------------------------


def test_the_mode_stands_at_the_opening_at_each_step_and_at_each_prompt(
    terminal: Any, overview: Overview, step: StepView
) -> None:
    terminal.officiant.begin(overview)
    terminal.expect("=== PRACTICE === Root key generation")
    terminal.expect("Nothing that is made here may be trusted")
    terminal.officiant.notice(StepChange(step.id, "doing"))
    terminal.expect("--- PRACTICE Opening")
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Listen.")))
    terminal.expect("PRACTICE Rini Wulandari")
    terminal.type("OK")
    terminal.result()


def test_what_is_done_before_a_step_is_told_when_it_begins_and_the_step_again_after_it(
    terminal: Any, overview: Overview, step: StepView
) -> None:
    before = before_it(step, "Own tokens", "Dewi", "Dewi signs today.")
    terminal.officiant.begin(overview)
    terminal.officiant.notice(StepChange(step.id, "doing"))
    terminal.expect("Step 2 of 1: Read the purpose")
    for place in (before, before, step, step):
        terminal.start(lambda place=place: terminal.officiant.instruct(Instruction(place, "Listen.")))
        terminal.type("/step")
        terminal.expect(
            "Before step 2: Own tokens\nDewi signs today." if place.before else "\nStep 2: Read the purpose"
        )
        terminal.type("ok")
        terminal.result()
    opened = "--- PRACTICE Before step 2: Own tokens\nDewi signs today.\n  who acts: Dewi\nListen."
    again = "--- PRACTICE Step 2: Read the purpose\n  who acts: Rini Wulandari (administrator)"
    assert [terminal.seen.count(text) for text in (opened, again, "--- PRACTICE")] == [1, 1, 3]
    assert terminal.seen.index(opened) < terminal.seen.index(again)


def test_only_printable_ascii_reaches_the_terminal_and_nothing_moves_the_cursor(terminal: Any, step: StepView) -> None:
    details = (("Nâme", "Dánа — \x1b[2J"),)  # noqa: RUF001 - letters that only look alike are the point
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "“Read” it…", details=details)))
    terminal.type("ok")
    terminal.result()
    assert all(character == "\n" or " " <= character <= "~" for character in terminal.seen)
    assert '"Read" it...' in terminal.seen
    assert "Name: D\\u00e1n\\u0430 \\u2014 \\u001b[2J" in terminal.seen


def test_each_line_of_the_record_is_said_with_its_head(terminal: Any) -> None:
    head = "e58294f2e9a227486e8b061b31cc528fd7fa3f19" + "00" * 12
    terminal.officiant.notice(Line(7, "2026-11-22T01:02:03Z", "clock", "note", "note: a\nb", head))
    terminal.expect(r"record 7 2026-11-22T01:02:03Z note: note: a b \(head e58294f2e9a22748\)")


def test_the_agreed_clock_is_said(terminal: Any) -> None:
    terminal.officiant.notice(AgreedClock(-4))
    terminal.expect("agreed clock: the machine's clock -4 s")


@pytest.mark.parametrize(
    ("state", "mark"), [("done", r"\[x\]"), ("deviated", r"\[!\] deviated:"), ("failed", r"\[!\] failed:")]
)
def test_the_end_of_a_step_is_said(terminal: Any, overview: Overview, step: StepView, state: Any, mark: str) -> None:
    terminal.officiant.begin(overview)
    terminal.officiant.notice(StepChange(step.id, state))
    terminal.expect(mark + " Step 2 of 1: Read the purpose")


def test_a_token_call_shows_that_it_lives_and_how_long_it_took(terminal: Any, step: StepView) -> None:
    with terminal.officiant.progress(Progress(step, "The token makes the key.")):
        terminal.expect("This cannot be cancelled. Do not remove the token.")
        terminal.expect("still working, 0 s")
    terminal.expect(r"the token answered after \d+\.\d s")


def test_the_end_says_what_was_made_where_it_is_and_what_went_wrong(terminal: Any) -> None:
    fault = CeremonyError("The token was pulled out.", next_step="Look at the token.", code="TOKEN-LOST")
    outcome = Outcome(
        closed=False,
        headline="The ceremony did not reach its close.",
        folder="archive/0001",
        head="ab" * 32,
        artefacts=(Artefact("root.pem", "archive/0001/root.pem", "cd" * 32, 812),),
        fault=fault,
        copies=("/media/stick/0001",),
    )
    terminal.officiant.finish(outcome)
    terminal.expect("did not reach its close")
    terminal.expect("The token was pulled out")
    terminal.expect("What to do: Look at the token")
    terminal.expect(r"root.pem \(812 bytes\)\n\s+SHA-256 " + "cd" * 32)
    terminal.expect("copies in /media/stick/0001")
    terminal.expect("folder: archive/0001")
    terminal.expect("chain head: " + "ab" * 32)


# What is asked --------------------------------------------------------------------------------------------------------


def test_enter_alone_acknowledges_nothing(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.type("")
    terminal.expect("Nothing was acknowledged")
    terminal.type("ok")
    terminal.result()


@pytest.mark.parametrize(("word", "answer"), [("YES", True), ("NO", False)])
def test_a_statement_needs_the_exact_word(terminal: Any, step: StepView, word: str, answer: bool) -> None:
    terminal.start(lambda: terminal.officiant.confirm(Confirmation(step, "Siti", "The bag is intact.")))
    for wrong in ("", "yes", "y", "YES!", "no"):
        terminal.type(wrong)
        terminal.expect("Neither YES nor NO. Nothing was decided.")
    terminal.type(word)
    assert terminal.result() is answer


@pytest.mark.parametrize(("word", "answer"), [("SIGN", True), ("REFUSE", False)])
def test_an_approval_shows_its_sentence_and_the_digest_in_words_and_needs_the_exact_word(
    terminal: Any, step: StepView, word: str, answer: bool
) -> None:
    request = ApprovalRequest(step, "Rini", "certificate root-r1", f"I approve {'ab' * 32}.", "ab" * 32, WORDS)
    terminal.start(lambda: terminal.officiant.approve(request))
    terminal.expect(f"I approve {'ab' * 32}.")
    terminal.expect("topmost Istanbul Pluto vagabond")
    terminal.type("sign")
    terminal.expect("Nothing was decided")
    terminal.type(word)
    assert terminal.result() is answer


def test_a_blank_is_asked_until_its_check_accepts_and_a_wrong_one_is_entered_again(
    terminal: Any, step: StepView
) -> None:
    def check(text: str) -> str | None:
        return None if text.startswith("BAG-") else "A bag number begins with BAG-."

    form = Form(step, "Bags", "Read them aloud.", (Blank("one", "First bag", check=check), Blank("two", "Second bag")))
    terminal.start(lambda: terminal.officiant.record(form))
    terminal.expect("First bag:")
    terminal.type("17")
    terminal.expect("! A bag number begins with BAG-.")
    terminal.type("BAG-17")
    terminal.expect("Second bag:")
    terminal.type("")
    terminal.expect("Something must be entered here")
    terminal.type("BAG-99")
    terminal.expect("1 First bag: BAG-17\n  2 Second bag: BAG-99")
    terminal.type("")
    terminal.expect("Nothing was recorded")
    terminal.type("2")
    terminal.type("BAG-18")
    terminal.type("OK")
    assert terminal.result() == {"one": "BAG-17", "two": "BAG-18"}


def test_a_default_is_shown_and_kept_by_enter(terminal: Any, step: StepView) -> None:
    form = Form(step, "Place", "", (Blank("place", "Place", default="Room 3"),))
    terminal.start(lambda: terminal.officiant.record(form))
    terminal.expect(r"Place \[Enter keeps: Room 3\]:")
    terminal.type("")
    assert terminal.result() == {"place": "Room 3"}


def test_a_clock_is_compared_without_a_default_and_without_delay(terminal: Any, step: StepView) -> None:
    from dataclasses import replace

    blanks = (Blank("source", "Which clock"), Blank("reference", "Its time", default="2026-11-22T00:00:00Z"))
    form = Form(replace(step, kind="compare-clock"), "Clock", "", blanks)
    terminal.start(lambda: terminal.officiant.record(form))
    terminal.type("GPS")
    terminal.type("")
    terminal.expect("Something must be entered here")
    terminal.type("2026-11-22T00:00:01Z")
    assert terminal.result() == {"source": "GPS", "reference": "2026-11-22T00:00:01Z"}


def test_keys_that_are_no_text_are_not_taken(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.record(Form(step, "Place", "", (Blank("place", "Place"),))))
    terminal.type("\x1b[A")
    terminal.expect("keys that are not text")
    terminal.type("Room 3")
    assert terminal.result() == {"place": "Room 3"}


def review_of(step: StepView) -> Review:
    rows = [FieldRow(f"field {n}", "same", "same", equal=True) for n in range(30)]
    rows.append(FieldRow("subject", "CN=A", "CN=\u0410", equal=False))
    findings = (Finding("BR-C1", Severity.ERROR, "the serial number is too short"),)
    dump = "\n".join(f"dump line {n}" for n in range(25))
    return Review(step, "root-r1", tuple(rows), findings, dump, "ab" * 32, WORDS, 1234)


def test_a_review_goes_page_by_page_through_every_part_to_its_end(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.review(review_of(step)))
    terminal.expect("31 fields; 1 differ")
    for page in ("Fields 1 of 2", "Fields 2 of 2", "Findings 1 of 1", "Dump 1 of 2", "Dump 2 of 2", "Digest 1 of 1"):
        terminal.expect(f"{page} seen")
        terminal.type("")
    terminal.result()
    assert "!= subject DIFFERS\n   policy wants: CN=A\n   the bytes say: CN=\\u0410" in terminal.seen
    assert "ERROR BR-C1: the serial number is too short" in terminal.seen
    assert "dump line 24" in terminal.seen
    assert "1234 bytes\nSHA-256 " + "ab" * 32 in terminal.seen


def test_a_review_does_not_end_before_its_last_page(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.review(review_of(step)))
    terminal.expect("Fields 1 of 2 seen")
    terminal.type("SIGN")
    terminal.expect("Press Enter alone")
    terminal.type("")
    terminal.expect("Fields 2 of 2 seen")
    terminal.officiant.interrupt("enough")
    with pytest.raises(Interrupted):
        terminal.result()


def test_a_choice_is_a_number_or_where_there_is_one_the_word(terminal: Any, step: StepView) -> None:
    fault = CeremonyError("The token was pulled out.", next_step="Put it in again.", code="TOKEN-LOST")
    options = (Option("again", "Try again"), Option("abort", "End the ceremony", word="ABORT"))
    terminal.start(lambda: terminal.officiant.choose(Choice(step, "What now?", "", options, fault=fault)))
    terminal.expect(
        "!! Something is wrong:\n   The token was pulled out. \\[TOKEN-LOST\\]\n   What to do: Put it in again."
    )
    for wrong in ("", "2", "abort", "again"):
        terminal.type(wrong)
        terminal.expect("Nothing was chosen")
    terminal.type("ABORT")
    assert terminal.result() == "abort"
    terminal.start(lambda: terminal.officiant.choose(Choice(step, "What now?", "", options)))
    terminal.type("1")
    assert terminal.result() == "again"


# PINs -----------------------------------------------------------------------------------------------------------------


def test_a_pin_is_not_shown_and_the_terminal_echoes_again_after_it(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.secret(pin_request(step)))
    terminal.type_hidden("/help-73915")
    secret = terminal.result()
    assert secret.reveal() == "/help-73915"
    assert "73915" not in terminal.seen
    assert terminal.echoes()


def test_keys_typed_before_a_pin_is_asked_for_are_not_part_of_it(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Listen.")))
    terminal.expect("> $")
    terminal.keys("ok\rstray")
    terminal.result()
    terminal.start(lambda: terminal.officiant.secret(pin_request(step)))
    terminal.type_hidden("73915")
    assert terminal.result().reveal() == "73915"


def test_a_pin_of_the_wrong_length_is_asked_again(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.secret(pin_request(step, minimum=6, maximum=8)))
    terminal.type_hidden("12345")
    terminal.expect("A PIN here has 6 to 8 characters")
    terminal.type_hidden("123456789")
    terminal.expect("A PIN here has 6 to 8 characters")
    terminal.type_hidden("123456")
    assert len(terminal.result()) == 6


def test_a_new_pin_is_typed_twice_and_both_must_agree(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.secret(pin_request(step, again=True)))
    terminal.type_hidden("11112222")
    terminal.type_hidden("11112223")
    terminal.expect("The two entries differ")
    terminal.type_hidden("11112222")
    terminal.type_hidden("11112222")
    assert terminal.result().reveal() == "11112222"


def test_a_warning_is_said_before_the_pin_is_asked_for(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.secret(pin_request(step, warning="One try is left.")))
    terminal.expect("! One try is left.")
    terminal.type_hidden("73915")
    terminal.result()


def test_a_pin_is_refused_where_there_is_no_terminal(step: StepView) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"73915\n")
    with os.fdopen(read_end) as pipe:
        officiant = PlainOfficiant(pipe, io.StringIO())
        with pytest.raises(CeremonyError) as caught:
            officiant.secret(pin_request(step))
    os.close(write_end)
    assert caught.value.code == "PIN-TERMINAL"
    assert "--secrets-fd" in str(caught.value)


def test_pins_from_a_descriptor_are_used_where_one_is_given(step: StepView) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b"token-pin:DEMO-ROOT: 73915\n")
    os.close(write_end)
    output = io.StringIO()
    with Path(os.devnull).open() as nothing:
        officiant = PlainOfficiant(nothing, output, secrets_fd=read_end)
        assert officiant.secret(pin_request(step)).reveal() == "73915"
    assert "73915" not in output.getvalue()


# Commands -------------------------------------------------------------------------------------------------------------


def test_a_note_reaches_the_record_from_any_prompt(terminal: Any, step: StepView) -> None:
    remarks: list[tuple[str, dict[str, str]]] = []
    terminal.officiant.bind_remarks(lambda kind, data: remarks.append((kind, data)))
    terminal.start(lambda: terminal.officiant.confirm(Confirmation(step, "Siti", "The bag is intact.")))
    terminal.type("/note The camera was moved.")
    terminal.expect("The note is in the record")
    terminal.type("/note")
    terminal.expect("like this")
    terminal.type("YES")
    assert terminal.result() is True
    assert remarks == [("note", {"text": "The camera was moved."})]


def test_a_deviation_is_asked_for_field_by_field(terminal: Any, step: StepView) -> None:
    remarks: list[tuple[str, dict[str, str]]] = []
    terminal.officiant.bind_remarks(lambda kind, data: remarks.append((kind, data)))
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.type("/deviation")
    for answer in ("Bag BAG-17", "It is BAG-18", "Go on", "Siti"):
        terminal.type(answer)
    terminal.expect("The deviation is in the record")
    terminal.type("/deviation")
    terminal.type(".")
    terminal.expect("No deviation was written")
    terminal.type("ok")
    terminal.result()
    assert remarks == [
        (
            "deviation",
            {"expected": "Bag BAG-17", "happened": "It is BAG-18", "decided": "Go on", "decided_by": "Siti"},
        )
    ]


def test_help_repeat_step_and_head_answer_at_any_prompt(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.type("/help")
    terminal.expect("/abort +end the ceremony")
    terminal.type("/repeat")
    terminal.expect("Open the bag.")
    terminal.type("/step")
    terminal.expect("Read the purpose aloud.\n  who acts: Rini Wulandari")
    terminal.type("/head")
    terminal.expect("no head yet")
    terminal.type("/nonsense")
    terminal.expect("There is no command /nonsense")
    terminal.type("ok")
    terminal.result()


def test_the_head_is_told_in_hex_and_words(terminal: Any, step: StepView) -> None:
    terminal.officiant.notice(Line(1, "2026-11-22T01:02:03Z", "", "note", "x", "e582" + "00" * 30))
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.type("/head")
    terminal.expect("chain head: e582.*\n  topmost Istanbul")
    terminal.type("ok")
    terminal.result()


def test_abort_asks_for_a_reason_and_the_word(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.type("/abort")
    terminal.type("the bag is torn")
    terminal.type("abort")
    terminal.expect("The ceremony goes on")
    terminal.type("/abort")
    terminal.type(".")
    terminal.expect("The ceremony goes on")
    terminal.type("/abort")
    terminal.type("the bag is torn")
    terminal.type("ABORT")
    with pytest.raises(Interrupted) as caught:
        terminal.result()
    assert caught.value.cause == "/abort: the bag is torn"


# Being asked to end ---------------------------------------------------------------------------------------------------


def test_the_end_of_the_input_ends_the_ceremony(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.expect("> $")
    terminal.keys("\x04")
    with pytest.raises(Interrupted):
        terminal.result()


def test_a_closed_window_ends_the_ceremony_and_later_words_harm_nothing(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    terminal.expect("> $")
    terminal.hang_up()
    with pytest.raises(Interrupted):
        terminal.result()
    terminal.officiant.notice(AgreedClock(1))
    with pytest.raises(Interrupted):
        terminal.officiant.instruct(Instruction(step, "Open the bag."))


def test_an_end_asked_for_during_a_pin_restores_the_echo(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.secret(pin_request(step)))
    terminal.expect(r"\(not shown\): $")
    terminal.officiant.interrupt("SIGTERM")
    with pytest.raises(Interrupted):
        terminal.result()
    assert terminal.echoes()


def test_an_end_asked_for_during_a_token_call_waits_for_the_next_prompt(terminal: Any, step: StepView) -> None:
    with terminal.officiant.progress(Progress(step, "The token makes the key.")):
        terminal.officiant.interrupt("SIGTERM")
    with pytest.raises(Interrupted) as caught:
        terminal.officiant.confirm(Confirmation(step, "Siti", "The bag is intact."))
    assert caught.value.cause == "SIGTERM"


PROGRAM = """
import sys
from ceremony.engine.notices import StepView
from ceremony.engine.questions import Instruction
from ceremony.errors import Interrupted
from ceremony.plain import PlainOfficiant
step = StepView("a", 1, "attest", "s", "t", "x", "Rini")
try:
    with PlainOfficiant() as officiant:
        officiant.instruct(Instruction(step, "Open the bag."))
except Interrupted as error:
    print("ended:", error.cause)
"""


@pytest.mark.parametrize(
    ("number", "cause"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_signal_at_a_prompt_ends_the_ceremony_in_good_order(number: int, cause: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as program:
        assert program.stdout is not None
        while "type OK" not in program.stdout.readline():
            pass
        time.sleep(0.1)
        program.send_signal(number)
        said = program.stdout.read()  # its input stays open
        assert program.stderr is not None
        assert program.stderr.read() == ""
    assert cause in said
    assert program.returncode == 0
