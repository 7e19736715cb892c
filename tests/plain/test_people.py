"""Who comes and goes, breaks and concurrence, line by line; and as an answers file says it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from ceremony.engine.answers import load_answers
from ceremony.engine.notices import InRoom, Outcome, People, StepChange, StepView
from ceremony.engine.questions import Choice, Confirmation, Instruction, Option
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import InputError

PEOPLE = (
    InRoom("rini", "Rini Wulandari", "administrator", "here"),
    InRoom("agus", "Agus Santoso", "custodian", "here"),
    InRoom("dewi", "Dewi Lestari", "custodian", "out"),
    InRoom("wati", "Wati Susilo", "custodian", "absent"),
)


@pytest.fixture
def room(terminal: Any, step: StepView) -> Any:
    """A terminal at a prompt, with people in the room; `remarks` are those that reached the engine."""
    terminal.remarks = []
    terminal.officiant.bind_remarks(lambda kind, data: terminal.remarks.append((kind, data)))
    terminal.officiant.notice(People(PEOPLE))
    terminal.start(lambda: terminal.officiant.instruct(Instruction(step, "Open the bag.")))
    return terminal


def says(room: Any, *lines: str) -> list[Any]:
    for line in lines:
        room.type(line)
    room.type("ok")
    room.result()
    return list(room.remarks)


def test_who_is_here_is_said(room: Any) -> None:
    room.type("/who")
    room.expect("Rini Wulandari, administrator: in the room")
    room.expect("Dewi Lestari, custodian: left the room")
    room.expect("Wati Susilo, custodian: has not come")
    assert says(room) == []


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        (("/left", "2", "A call."), ("left", {"person": "agus", "reason": "A call."})),
        (("/back", "1"), ("returned", {"person": "dewi"})),
        (("/in", "1"), ("entered", {"person": "wati"})),
        (("/break Lunch.",), ("break", {"reason": "Lunch."})),
    ],
)
def test_people_come_and_go(room: Any, lines: tuple[str, ...], remark: Any) -> None:
    assert says(room, *lines) == [remark]


@pytest.mark.parametrize(
    "lines", [("/left", "7"), ("/left", "."), ("/left", "2", "."), ("/back", "2"), ("/in", "x"), ("/break",)]
)
def test_nothing_is_said_for_nobody(room: Any, lines: tuple[str, ...]) -> None:
    assert says(room, *lines) == []


@pytest.mark.parametrize("line", ["/left", "/back", "/in", "/break Lunch.", "/who"])
def test_before_the_roll_there_is_nobody(room: Any, line: str) -> None:
    room.officiant.notice(People(()))
    assert says(room, line) == []


FOUR = {"expected": "A", "happened": "B", "decided": "C", "decided_by": "D", "raised_by": "agus", "asked": "rini agus"}


@pytest.mark.parametrize(
    ("lines", "more"),
    [
        (("ALL", "OK"), {"clauses": "BR 6.1.1.1"}),
        (("ALL", "-"), {"clauses": ""}),
        (("1", "I saw it closed.", "ALL", "CPS 5.2"), {"clauses": "CPS 5.2", "dissent:rini": "I saw it closed."}),
        (("7", "1", ".", "ALL", "OK"), {"clauses": "BR 6.1.1.1"}),
    ],
)
def test_everybody_is_asked_whether_they_concur(room: Any, lines: tuple[str, ...], more: dict[str, str]) -> None:
    assert says(room, "/deviation", "A", "B", "C", "D", "2", *lines) == [("deviation", FOUR | more)]


@pytest.mark.parametrize("lines", [("7",), ("2", "."), ("2", "ALL", ".")])
def test_a_deviation_that_is_given_up_is_not_written(room: Any, lines: tuple[str, ...]) -> None:
    assert says(room, "/deviation", "A", "B", "C", "D", *lines) == []


def test_what_was_made_is_said_at_the_end(terminal: Any) -> None:
    made = (("key root", "id 0011..., on token SMALL"),)
    outcome = Outcome(closed=False, headline="It did not reach its close.", folder="x", head="", made=made)
    terminal.start(lambda: terminal.officiant.finish(outcome))
    terminal.expect("made: key root: id 0011..., on token SMALL")
    terminal.result()


# An answers file -----------------------------------------------------------------------------------------------------


def played(tmp_path: Path, text: str) -> tuple[UnattendedOfficiant, list[Any]]:
    path = tmp_path / "answers.yaml"
    path.write_text(f"format: ceremony-answers/1\nsteps: {{read-purpose: {text}}}\n")
    said: list[Any] = []
    officiant = UnattendedOfficiant(load_answers(path), out=io.StringIO())
    officiant.bind_remarks(lambda kind, fields: said.append((kind, fields)))
    officiant.notice(People(PEOPLE))
    return officiant, said


@pytest.mark.parametrize(
    "move",
    [
        "{kind: left, person: agus}",
        "{kind: left, reason: A call.}",
        "{kind: returned}",
        "{kind: returned, person: agus, reason: A call.}",
        "{kind: break, person: agus, reason: Lunch.}",
        "{kind: break}",
        "{kind: flown, person: agus}",
    ],
)
def test_a_move_that_is_not_whole_is_refused(tmp_path: Path, move: str) -> None:
    with pytest.raises(InputError):
        played(tmp_path, f"{{moves: [{move}]}}")


def test_moves_are_said_once_before_their_step_begins(tmp_path: Path) -> None:
    moves = "{kind: left, person: agus, reason: A call.}, {kind: break, reason: Lunch.}"
    officiant, said = played(tmp_path, f"{{moves: [{moves}]}}")
    officiant.notice(StepChange("another", "doing"))
    assert said == []
    for _ in range(2):
        officiant.notice(StepChange("read-purpose", "doing"))
    assert said == [("left", {"person": "agus", "reason": "A call."}), ("break", {"reason": "Lunch."})]


def test_a_wait_ends_with_who_comes_meanwhile_and_is_given_up_without(tmp_path: Path, step: StepView) -> None:
    wait = Choice(step, "This step waits", "", (Option("look-again", "Look"), Option("abort", "End", word="ABORT")))
    officiant, said = played(tmp_path, "{meanwhile: [{kind: returned, person: dewi}]}")
    assert officiant.choose(wait) == "look-again"
    assert said == [("returned", {"person": "dewi"})]
    assert officiant.choose(wait) == "abort"


def test_who_is_absent_does_not_answer_the_roll_and_all_others_do(tmp_path: Path, step: StepView) -> None:
    officiant, _ = played(tmp_path, "{absent: [agus]}")
    assert officiant.confirm(Confirmation(step, "Agus Santoso", "I am here.", word="PRESENT")) is False
    assert officiant.confirm(Confirmation(step, "Rini Wulandari", "I am here.", word="PRESENT")) is True
    assert officiant.confirm(Confirmation(step, "Agus Santoso", "The door is closed.")) is True
