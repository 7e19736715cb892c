"""The officiant without people: answers from a file, PINs from a descriptor or drawn, and no guess."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.answers import LoadedAnswers, load_answers
from ceremony.engine.notices import Outcome, Overview, StepChange, StepView
from ceremony.engine.questions import (
    ApprovalRequest,
    Blank,
    Choice,
    Confirmation,
    FieldRow,
    Form,
    Option,
    Review,
    SecretRequest,
)
from ceremony.engine.secrets_source import DrawnSecrets, read_secrets
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import CeremonyError, Finding, InputError, Interrupted, Severity

DIGEST = "ab" * 32


def answers(text: str = "") -> LoadedAnswers:
    return load_answers(Path("answers.yaml"), octets=f"format: ceremony-answers/1\n{text}".encode())


def officiant(text: str = "", out: io.StringIO | None = None) -> UnattendedOfficiant:
    return UnattendedOfficiant(answers(text), out=out or io.StringIO())


def pin_request(step: StepView, name: str = "token-pin:DEMO-ROOT", **more: Any) -> SecretRequest:
    return SecretRequest(step=step, person="Dewi", name=name, prompt="PIN", **more)


def pipe_with(octets: bytes) -> int:
    read_end, write_end = os.pipe()
    os.write(write_end, octets)
    os.close(write_end)
    return read_end


def refusal(call: Any) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        call()
    return caught.value


# The file -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        ("stepps: {}\n", "ANSWERS-UNKNOWN", "2:1"),
        ("steps:\n  bag: {fields: {number: 17}}\n", "ANSWERS-TYPE", "3:26"),
        ("steps:\n  bag: {confirm: maybe}\n", "ANSWERS-TYPE", "3:18"),
        ("steps:\n  bag: {confirm: yes}\n", "YAML-AMBIGUOUS", "3:18"),
        ('steps:\n  bag: {fields: {number: "{nonsense}"}}\n', "ANSWERS-VALUE", "3:26"),
        ("steps:\n  bag: {fields: {pin: abcd}}\n", "YAML-SECRET", "3:18"),
    ],
)
def test_an_answers_file_is_read_strictly_and_every_complaint_has_its_place(text: str, rule: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        answers(text)
    assert [(found.rule, str(found.where)) for found in caught.value.findings] == [(rule, f"answers.yaml:{place}")]


def test_the_demonstrations_answers_fit_the_demonstrations_script() -> None:
    from ceremony.script.load import load_script

    demo = Path(__file__).parents[2] / "policies" / "demo"
    loaded = load_answers(demo / "answers" / "root-generation.yaml")
    script = load_script(demo / "ceremonies" / "root-generation.yaml").script
    steps = {step.id: step for section in script.sections for step in section.steps}
    loaded.check_steps(steps)
    for step in steps.values():
        if step.kind == "record":
            given = loaded.answers.steps[step.id].fields
            assert set(given) == {field.name for field in step.fields}
            assert all(re.fullmatch(field.pattern or ".*", given[field.name]) for field in step.fields)


def test_answers_for_a_step_that_the_script_does_not_have_are_refused_before_the_first_step(
    overview: Overview,
) -> None:
    played = officiant("steps:\n  reed-purpose: {confirm: true}\n")
    error = refusal(lambda: played.begin(overview))
    assert "answers.yaml:3:3" in str(error)
    assert "reed-purpose" in str(error)
    officiant("steps:\n  read-purpose: {confirm: true}\n").begin(overview)


# Questions ------------------------------------------------------------------------------------------------------------


def test_statements_are_confirmed_unless_the_answers_decline(step: StepView) -> None:
    statement = Confirmation(step, "Siti", "The bag is intact.")
    assert officiant().confirm(statement) is True
    assert officiant("steps: {read-purpose: {confirm: false}}\n").confirm(statement) is False


def test_fields_come_from_the_answers_with_the_time_and_the_archive_filled_in(
    step: StepView, overview: Overview
) -> None:
    played = officiant('steps: {read-purpose: {fields: {bag: BAG-1, time: "{utc}", place: "{archive}/out"}}}\n')
    played.begin(overview)
    given = played.record(Form(step, "Bags", "", (Blank("bag", "Bag"), Blank("time", "Time"), Blank("place", "Place"))))
    assert given["bag"] == "BAG-1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", given["time"])
    assert given["place"] == "archive/out"


def test_an_unanswered_field_ends_the_run_naming_step_and_field(step: StepView) -> None:
    form = Form(step, "Bags", "", (Blank("bag", "Number of the bag", default="BAG-0"),))
    error = refusal(lambda: officiant().record(form))
    assert error.code == "ANSWERS-MISSING"
    assert "`read-purpose`" in str(error)
    assert "`bag`" in str(error)


def test_an_answer_that_the_check_refuses_ends_the_run_with_its_place(step: StepView) -> None:
    form = Form(step, "Bags", "", (Blank("bag", "Bag", check=lambda _text: "A bag number begins with BAG-."),))
    error = refusal(lambda: officiant("steps:\n  read-purpose: {fields: {bag: x1}}\n").record(form))
    assert error.code == "ANSWERS-VALUE"
    assert "answers.yaml:3:32" in str(error)
    assert "begins with BAG-" in str(error)


def test_the_folder_of_an_export_is_made_and_no_other(step: StepView, tmp_path: Path) -> None:
    form = Form(step, "Export", "", (Blank("folder", "Folder"),))
    text = f"steps: {{read-purpose: {{fields: {{folder: {tmp_path}/stick}}}}}}\n"
    officiant(text).record(form)
    assert not (tmp_path / "stick").exists()
    officiant(text).record(replace(form, step=replace(step, kind="export")))
    assert (tmp_path / "stick").is_dir()


OPTIONS = (Option("again", "Again"), Option("adopt", "Adopt", word="ADOPT"))


def test_choices_are_made_in_the_order_of_the_answers_and_then_no_more(step: StepView) -> None:
    played = officiant("steps: {read-purpose: {choose: [again, adopt]}}\n")
    choice = Choice(step, "The clocks differ", "", OPTIONS)
    assert [played.choose(choice), played.choose(choice)] == ["again", "adopt"]
    assert refusal(lambda: played.choose(choice)).code == "ANSWERS-MISSING"


def test_a_chosen_option_that_is_not_offered_ends_the_run(step: StepView) -> None:
    played = officiant("steps: {read-purpose: {choose: [ignore]}}\n")
    assert "again, adopt" in str(refusal(lambda: played.choose(Choice(step, "The clocks differ", "", OPTIONS))))


def test_a_fault_that_nobody_foresaw_aborts_or_is_raised_and_is_printed(step: StepView) -> None:
    out = io.StringIO()
    fault = CeremonyError("The token was pulled out.", next_step="Put it in again.", code="TOKEN-LOST")
    ways = (Option("try-again", "Again"), Option("abort", "End", word="ABORT"))
    assert officiant(out=out).choose(Choice(step, "What now?", "", ways, fault=fault)) == "abort"
    assert "The token was pulled out." in out.getvalue()
    assert refusal(lambda: officiant().choose(Choice(step, "What now?", "", OPTIONS, fault=fault))) is fault


# Approval -------------------------------------------------------------------------------------------------------------


def review_of(step: StepView, *, equal: bool = True, severity: Severity = Severity.WARNING) -> Review:
    rows = (FieldRow("subject", "CN=A", "CN=A", equal=equal),)
    return Review(step, "root", rows, (Finding("X-1", severity, "x"),), "", DIGEST, (), 100)


def test_reviewed_bytes_that_agree_with_the_policy_are_approved(step: StepView) -> None:
    played = officiant()
    played.review(review_of(step))
    assert played.approve(ApprovalRequest(step, "Rini", "root", "I approve.", DIGEST, ())) is True


def test_bytes_that_were_not_reviewed_are_not_approved(step: StepView) -> None:
    played = officiant()
    assert played.approve(ApprovalRequest(step, "Rini", "root", "I approve.", DIGEST, ())) is False
    played.review(review_of(step))
    assert played.approve(ApprovalRequest(step, "Rini", "root", "I approve.", "cd" * 32, ())) is False


@pytest.mark.parametrize("flaw", [{"equal": False}, {"severity": Severity.ERROR}, {"severity": Severity.FATAL}])
def test_bytes_with_a_difference_or_a_blocking_finding_are_not_approved(step: StepView, flaw: Any) -> None:
    played = officiant()
    played.review(review_of(step, **flaw))
    assert played.approve(ApprovalRequest(step, "Rini", "root", "I approve.", DIGEST, ())) is False


def test_answers_can_refuse_an_approval(step: StepView) -> None:
    played = officiant("steps: {read-purpose: {confirm: false}}\n")
    played.review(review_of(step))
    assert played.approve(ApprovalRequest(step, "Rini", "root", "I approve.", DIGEST, ())) is False


# PINs -----------------------------------------------------------------------------------------------------------------


def test_drawn_pins_differ_by_name_are_the_same_when_asked_again_and_fit_the_limits(step: StepView) -> None:
    source = DrawnSecrets()
    first = source(pin_request(step, again=True, minimum=8)).reveal()
    assert source(pin_request(step)).reveal() == first
    assert source(pin_request(step, name="token-so-pin:DEMO-ROOT")).reveal() != first
    assert len(first) == 32
    assert len(DrawnSecrets()(pin_request(step, maximum=8))) == 8


def test_a_pin_handed_out_can_be_wiped_without_harm_and_the_end_wipes_all(step: StepView) -> None:
    played = officiant()
    first = played.secret(pin_request(step))
    text = first.reveal()
    first.wipe()
    assert played.secret(pin_request(step)).reveal() == text
    played.finish(Outcome(closed=True, headline="Closed.", folder="", head=""))
    assert played.secret(pin_request(step)).reveal() != text


def test_pins_are_drawn_for_practice_only(overview: Overview) -> None:
    production = replace(overview, mode="production")
    assert refusal(lambda: officiant().begin(production)).code == "PIN-DRAWN"
    given = UnattendedOfficiant(answers(), read_secrets(pipe_with(b"a: 1234\n")), io.StringIO())
    given.begin(production)


def test_a_pin_that_the_token_refused_is_not_tried_again(step: StepView) -> None:
    source = DrawnSecrets()
    source(pin_request(step, again=True))
    source(pin_request(step, warning="Few tries are left."))
    assert refusal(lambda: source(pin_request(step, warning="The token refused the PIN."))).code == "PIN-REFUSED"


def test_pins_are_read_by_name_from_a_descriptor_which_is_closed(step: StepView) -> None:
    descriptor = pipe_with("token-pin:DEMO-ROOT: 12: é\r\n\ntoken-so-pin:DEMO-ROOT: 87654321".encode())
    source = read_secrets(descriptor)
    assert source(pin_request(step)).reveal() == "12: é"
    assert source(pin_request(step, name="token-so-pin:DEMO-ROOT")).reveal() == "87654321"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_a_pin_that_was_not_given_is_named(step: StepView) -> None:
    error = refusal(lambda: read_secrets(pipe_with(b"a: 1234\n"))(pin_request(step)))
    assert error.code == "PIN-MISSING"
    assert "token-pin:DEMO-ROOT" in str(error)
    assert "1234" not in str(error)


def test_a_given_pin_of_the_wrong_length_is_refused_without_showing_it(step: StepView) -> None:
    source = read_secrets(pipe_with(b"token-pin:DEMO-ROOT: 739\n"))
    error = refusal(lambda: source(pin_request(step)))
    assert error.code == "PIN-LENGTH"
    assert "739" not in str(error)


@pytest.mark.parametrize(
    ("octets", "word"),
    [
        (b"a: 1\nsecret-7391\n", "Line 2"),
        (b": 7391\n", "Line 1"),
        (b"a: \n", "Line 1"),
        (b"a: 1\na: 7391\n", "Line 2"),
        (b"a: \xff7391\n", "Line 1"),
    ],
)
def test_lines_that_are_no_pins_are_named_by_number_and_never_shown(octets: bytes, word: str) -> None:
    error = refusal(lambda: read_secrets(pipe_with(octets)))
    assert error.code == "SECRETS-FD"
    assert word in str(error)
    assert "7391" not in str(error)


def test_a_descriptor_that_is_closed_or_a_file_on_a_disk_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "pins"
    file.write_text("a: 7391\n")
    descriptor = os.open(file, os.O_RDONLY)
    assert "must not lie on a disk" in str(refusal(lambda: read_secrets(descriptor)))
    os.close(descriptor)
    assert refusal(lambda: read_secrets(descriptor)).code == "SECRETS-FD"


# The run --------------------------------------------------------------------------------------------------------------


def test_one_line_is_printed_for_each_step(overview: Overview, step: StepView) -> None:
    out = io.StringIO()
    played = officiant(out=out)
    played.begin(overview)
    played.notice(StepChange(step.id, "doing"))
    played.notice(StepChange(step.id, "done"))
    assert out.getvalue().splitlines() == [
        "PRACTICE 0001-root-generation-20261122-0011aabb: Root key generation",
        "[x] 2/1 Read the purpose",
    ]


def test_a_run_that_is_asked_to_end_ends_at_its_next_question(step: StepView) -> None:
    played = officiant()
    played.interrupt("SIGTERM")
    with pytest.raises(Interrupted):
        played.confirm(Confirmation(step, "Siti", "The bag is intact."))
