"""Each kind of event is declared whole, or the program does not start; each is tried here."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ceremony.transcript import kinds
from ceremony.transcript.event import Event
from ceremony.transcript.kinds import KINDS, EventData, NoEffect, Place, parse_data
from ceremony.transcript.kinds.base import NONE
from ceremony.transcript.kinds.ledger import LedgerEvent
from ceremony.transcript.state import CeremonyState
from tests.transcript.lines import line
from tests.transcript.samples import SAMPLES, a_state

OF_KIND = {type(sample).kind: sample for sample in SAMPLES}


def test_there_is_one_sample_of_every_kind() -> None:
    assert len(OF_KIND) == len(SAMPLES)
    assert OF_KIND.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", sorted(KINDS))
class TestEveryKind:
    def test_reads_back_as_it_was_written(self, kind: str) -> None:
        data = OF_KIND[kind]
        assert type(data) is KINDS[kind]
        assert parse_data(kind, data.model_dump(mode="json")) == data

    def test_says_one_line(self, kind: str) -> None:
        assert OF_KIND[kind].summary().isprintable()
        assert OF_KIND[kind].summary().strip()

    def test_tells_its_subject_and_its_people_by_its_own_fields(self, kind: str) -> None:
        data, model = OF_KIND[kind], KINDS[kind]
        assert len(data.subject_values) == len(model.SUBJECT)
        assert all(value not in ("", ()) for value in data.subject_values)
        assert bool(data.named_people) == bool(model.PERSON)

    def test_changes_the_state_exactly_where_it_is_declared_to(self, kind: str) -> None:
        data, changed = OF_KIND[kind], []
        for state in (a_state(), CeremonyState()):
            before = deepcopy(state)
            data.apply(state, line(data, seq=90, step="next-step", attempt=2).event)
            changed.append(state != before)
        assert any(changed) != isinstance(data, NoEffect)


def whole(**changes: Any) -> Callable[[], type[EventData]]:
    """A kind with all its parts, but for these changes; None takes a part away."""
    parts: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": "A kind of event that a test makes up.",
        "__annotations__": {"label": "str"},
        "kind": "bell-rung",
        "SUBJECT": ("label",),
        "PERSON": NONE,
        "PLACE": Place.STEP,
        "summary": lambda self: "rung",
        "apply": lambda self, state, line: None,
    }
    parts = {name: value for name, value in (parts | changes).items() if value is not None}
    return lambda: type(EventData)("BellRung", (EventData,), parts)


class TestAKindThatIsNotWhole:
    @pytest.mark.parametrize("part", ["kind", "SUBJECT", "PERSON", "PLACE", "summary", "apply"])
    def test_is_refused_by_the_name_of_the_part(self, part: str) -> None:
        with pytest.raises(TypeError, match=f"BellRung is no kind of event: it does not declare {part}$"):
            whole(**{part: None})()
        assert "bell-rung" not in KINDS

    @pytest.mark.parametrize(
        ("part", "value", "said"),
        [
            ("SUBJECT", ("bell",), "SUBJECT is neither fields of it nor NONE"),
            ("SUBJECT", "label", "SUBJECT is neither fields of it nor NONE"),
            ("PERSON", ("ringer",), "PERSON is neither fields of it nor NONE"),
            ("PLACE", "anywhere", "PLACE is none of the places"),
            ("kind", "", "kind is empty, or that of another one"),
            ("kind", "note", "kind is empty, or that of another one"),
        ],
    )
    def test_is_refused_where_a_part_says_nothing_that_is(self, part: str, value: object, said: str) -> None:
        with pytest.raises(TypeError, match=said):
            whole(**{part: value})()
        assert "bell-rung" not in KINDS
        assert KINDS["note"] is kinds.Note

    def test_is_refused_where_it_is_made_from_another_kind(self) -> None:
        with pytest.raises(TypeError, match="made from another kind of event"):

            class Louder(kinds.Note):
                kind: ClassVar[str] = "louder"

    def test_is_refused_where_it_has_a_name_and_calls_itself_abstract(self) -> None:
        with pytest.raises(TypeError, match="no line can be of its kind, 'bell-rung'"):

            class BellRung(NoEffect, abstract=True):
                kind: ClassVar[str] = "bell-rung"

        assert "bell-rung" not in KINDS

    def test_of_the_ledger_must_move_something(self) -> None:
        with pytest.raises(TypeError, match="does not declare move"):

            class ItemPraised(LedgerEvent):
                kind: ClassVar[str] = "item-praised"
                SUBJECT = NONE
                PERSON = NONE
                PLACE = Place.STEP

                def summary(self) -> str:
                    return "praised"

        assert "item-praised" not in KINDS

    def test_keeps_the_program_from_starting(self, tmp_path: Path) -> None:
        found = start_with(tmp_path, '    kind: ClassVar[str] = "bell-rung"\n')
        assert found.returncode != 0
        assert "BellRung is no kind of event: it does not declare SUBJECT" in found.stderr


def start_with(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """The kinds are read by a program to which one more was added."""
    program = f"""
from typing import ClassVar
from ceremony.transcript.kinds.base import KINDS, NONE, NoEffect, Place, EventData

class BellRung(EventData):
{body}
import ceremony.cli
print(KINDS["bell-rung"].__name__)
"""
    path = folder / "more.py"
    path.write_text(program)
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)


def test_a_kind_with_all_its_parts_is_one_of_the_kinds(tmp_path: Path) -> None:
    body = (
        '    kind: ClassVar[str] = "bell-rung"\n    SUBJECT = NONE\n    PERSON = NONE\n    PLACE = Place.STEP\n'
        '    def summary(self) -> str:\n        return "rung"\n'
        "    def apply(self, state, line) -> None:\n        state.notes += 1\n"
    )
    found = start_with(tmp_path, body)
    assert (found.returncode, found.stdout.strip()) == (0, "BellRung"), found.stderr


def test_every_module_of_kinds_is_read_and_every_kind_can_be_named() -> None:
    for module in pkgutil.iter_modules(kinds.__path__):
        importlib.import_module(f"{kinds.__name__}.{module.name}")
    assert OF_KIND.keys() == KINDS.keys()  # no module adds a kind that the package does not know
    assert {model.__name__ for model in KINDS.values()} <= set(kinds.__all__)


def test_values_inside_events_are_no_kinds() -> None:
    for value in (kinds.Named, kinds.RecordedFinding, kinds.WrittenFile, kinds.Concurrence, kinds.HeldItem):
        assert not issubclass(value, EventData)
        assert value not in KINDS.values()


def test_a_record_begins_with_one_kind_and_ends_with_two() -> None:
    places = {place: {kind for kind, model in KINDS.items() if model.PLACE is place} for place in Place}
    assert places[Place.FIRST] == {"ceremony-opened"}
    assert places[Place.LAST] == {"ceremony-closed", "ceremony-aborted"}
    assert all(places.values())


def test_an_event_without_a_declared_effect_cannot_slip_by() -> None:
    with pytest.raises(NotImplementedError):
        EventData.apply(OF_KIND["note"], CeremonyState(), Event(1, "", "", 0, "", 1, "engine", "note", {}))
