"""What people are told of items: in the plan, in the register, among what is due, and from an answers file."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli.planning import _as_json
from ceremony.custody.bags import in_words, normal
from ceremony.engine.answers import load_answers
from ceremony.engine.notices import Overview, StepView
from ceremony.engine.questions import Blank, Form
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.custody_simulation import item_courses
from ceremony.script.due_dates import due_dates
from ceremony.script.item_words import item_lines
from ceremony.script.load import load_script
from ceremony.script.plain_words import plan_lines
from ceremony.script.register_words import register_lines
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register import Register, parse_register
from ceremony.transcript.register_entries import BagEntry, ItemEntry

CA = Path(__file__).parent / "ca"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TABLE = """\
ITEMS
  item                  before                      after
  token: Token SMALL,   not in the register yet     in the bag of step
  serial HSM-22-0451                                seal-token, Safe 2 shelf B
  card: Card with a     not in the register yet     in the bag of step
  share of the PIN                                  seal-token, Safe 2 shelf B
  laptop: Ceremony      not in the register yet     in a new bag, Safe 1,
  laptop without radio                              sealed after the close
  stick: USB stick for  not in the register yet     handed over to The
  the certificates                                  publisher
  clock: Clock on the   not in the register yet     in the room, outside any
  wall                                              bag
"""


def test_the_plan_shows_each_item_before_and_after() -> None:
    plan = compile_plan(load_script(CA / "first.yaml"), "production", NOW, lint=False)
    assert TABLE in "\n".join(plan_lines(plan))
    assert max(len(line) for line in TABLE.splitlines()) <= 78
    told: Any = _as_json(plan, Clock())["items"]
    assert told[3] == {
        "name": "stick",
        "what": "USB stick for the certificates",
        "before": "not in the register yet",
        "after": "handed over to The publisher",
    }
    assert item_lines(item_courses(plan.script, plan.past.register))[3] == (
        "1 x USB stick for the certificates: not in the register yet"
    )


def test_the_register_tells_of_items_and_of_closed_bags(three_held: Path) -> None:
    register = fold_archive(three_held, with_files=True).register("production")
    lines = register_lines(register, NOW + timedelta(days=30))
    text = "\n".join(lines)
    assert "ITEMS AND THEIR BAGS" in text
    assert "laptop: Ceremony laptop without radio, serial LT-5530-0007\n    in bag BAG-000204, Safe 2 shelf B" in text
    assert "stick: USB stick for the certificates\n    with Budi Hartono, who took it" in text
    assert "Bag BAG-000204, Safe 2 shelf B: token and laptop" in text
    assert "Bags that hold nothing any more, and do not serve again: 3" in text
    assert max(len(line) for line in lines) <= 78
    assert parse_register(register.octets) == register


def test_a_register_without_items_has_the_bytes_that_it_always_had() -> None:
    assert b"items" not in Register(mode="production").octets
    assert b"bags" not in Register(mode="production").octets
    assert "ITEMS AND THEIR BAGS" not in "\n".join(register_lines(Register(mode="production"), NOW))
    assert parse_register(Register(mode="production").octets) == Register(mode="production")


def kept(**changes: str) -> Register:
    bag = {"number": "BAG-1", "safe": "Safe 1", "sealed_at": "2026-01-01T00:00:00Z", "ceremony": "0001-first"}
    item = {"name": "token", "what": "Token", "serial": "", "place": "bag", "bag": "BAG-1", "ceremony": "0001-first"}
    where = {name: value for name, value in changes.items() if name in ("place", "bag")}
    seen = {name: value for name, value in changes.items() if name not in where}
    return Register(
        mode="production",
        items=(ItemEntry.model_validate({**item, "since": "2026-01-01T00:00:00Z", **where}),),
        bags=(BagEntry.model_validate({**bag, "items": ("token",), **seen}),),
    )


@pytest.mark.parametrize(
    ("register", "what", "at", "past"),
    [
        (kept(), "bag-check", "2027-01-01T00:00:00Z", False),
        (kept(checked_at="2025-06-01T00:00:00Z"), "bag-check", "2026-06-01T00:00:00Z", True),
        (kept(place="missing", bag=""), "item-lost", "2026-01-01T00:00:00Z", True),
        (kept(place="table", bag=""), "item-lost", "2026-01-01T00:00:00Z", True),
    ],
)
def test_bags_that_nobody_looked_at_and_lost_items_are_due(register: Register, what: str, at: str, past: bool) -> None:
    (due,) = due_dates(register, NOW)
    assert (due.what, due.at, due.past) == (what, at, past)


@pytest.mark.parametrize("place", ["left", "stays", "destroyed"])
def test_nothing_is_due_of_what_is_no_longer_in_a_bag(place: str) -> None:
    assert due_dates(kept(place=place, bag=""), NOW) == ()


def test_numbers_are_compared_in_capitals_and_without_spaces() -> None:
    assert normal(" bag 000 117 ") == "BAG000117"
    assert normal("None") == normal(" none ") == ""
    assert in_words([]) == "nothing"
    assert in_words(["a", "b", "c"]) == "a, b and c"


STEP = StepView(
    id="token", number=1, kind="open-bag", section="", title="Open", text="Open.", actor="Agus", witness="Siti"
)


def asked(tmp_path: Path, mode: Any) -> dict[str, str]:
    answers = tmp_path / "answers.yaml"
    answers.write_text('format: ceremony-answers/1\nsteps:\n  token: {fields: {bag: "{recorded}"}}\n')
    blank = Blank("bag", "Number on the bag", recorded="BAG-000118")
    overview = Overview("id", "", "", mode, (STEP,), "", "", "", "", "", 0, 0)
    officiant = UnattendedOfficiant(load_answers(answers), out=io.StringIO())
    if mode == "practice":
        officiant.begin(overview)
    else:
        officiant._overview = overview  # begin() would ask for the PINs of production first
    return officiant.record(Form(STEP, "The bag", "Look.", (blank,)))


def test_a_rehearsal_without_people_reads_what_the_record_expects(tmp_path: Path) -> None:
    assert asked(tmp_path, "practice") == {"bag": "BAG-000118"}


def test_in_production_somebody_reads_the_number(tmp_path: Path) -> None:
    with pytest.raises(CeremonyError) as refusal:
        asked(tmp_path, "production")
    assert refusal.value.code == "ANSWERS-MISSING"
    assert "as people read it" in refusal.value.detail
