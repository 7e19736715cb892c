"""Scripts that need an item where it is not are refused, at the line that says so, before anybody enters the room."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import InputError, Severity
from ceremony.room.clock import Clock
from ceremony.script.compile import compile_plan
from ceremony.script.load import load_script
from ceremony.script.past import Past
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import BagEntry, ItemEntry

CA = Path(__file__).parent / "ca"
AT = "2026-03-01T12:00:00Z"
BAG_1, BAG_2 = "BAG-000001", "BAG-000002"


def item(name: str, place: Any = "bag", **more: str) -> ItemEntry:
    usual = {"serial": "HSM-22-0451" if name == "token" else "", "since": AT, "ceremony": "0001-first"}
    return ItemEntry.model_validate({"name": name, "what": name, "place": place, **usual, **more})


def left(*items: ItemEntry) -> Register:
    """A production register with these items, and the bags that hold them."""
    bags: dict[str, list[str]] = {}
    for each in items:
        if each.bag:
            bags.setdefault(each.bag, []).append(each.name)
    entries = tuple(
        BagEntry(number=number, safe="Safe 2", items=tuple(names), sealed_at=AT, ceremony="0001-first")
        for number, names in bags.items()
    )
    return Register(mode="production", items=items, bags=entries)


def in_bag(name: str, bag: str, **more: str) -> ItemEntry:
    return item(name, bag=bag, safe="Safe 2", **more)


BAGS = (in_bag("token", BAG_1), in_bag("card", BAG_1), in_bag("laptop", BAG_2))
AS_FIRST_LEFT = left(*BAGS, item("clock", "stays"), item("stick", "left"))


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CA, tmp_path / "ca"))


def edited(ca: Path, script: str, old: str, new: str) -> Path:
    path = ca / f"{script}.yaml"
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {script}"
    path.write_text(text.replace(old, new))
    return path


def refused(path: Path, register: Register | None = None) -> list[tuple[str, str, str]]:
    """Rule, text of the line at which it stands, and message of each complaint about items."""
    with pytest.raises(InputError) as refusal:
        load_script(path, past=Past(register) if register else None)
    lines = path.read_text().splitlines()
    found = []
    for finding in refusal.value.findings:
        assert finding.where is not None
        assert finding.where.line is not None
        found.append((finding.rule, lines[finding.where.line - 1].strip(), finding.message))
    return found


def test_scripts_that_follow_each_other_are_accepted(ca: Path) -> None:
    assert load_script(ca / "first.yaml").script.items
    assert load_script(ca / "second.yaml", past=Past(AS_FIRST_LEFT)).script.items


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "message"),
    [
        (
            "items: [token, card, laptop, stick, clock]",
            "items: [token, card, laptop, stick]",
            "ITEM-PLACE",
            "- {id: compare",
            "`clock` is not on the table when this step begins: it is not in the register yet",
        ),
        ("needs: [clock]", "needs: [clocks]", "ITEM-UNKNOWN", "- {id: compare", "no item `clocks`"),
        ("items: [stick]", "items: [stick, stick]", "ITEM-TWICE", "items: [stick, stick]", "named twice"),
        ("items: [stick]", "items: [sticks]", "ITEM-UNKNOWN", "items: [sticks]", "no item `sticks`"),
        ("stays: [clock]", "stays: []", "ITEM-CLOSE", "- id: close", "`clock` is left on the table"),
        (
            "stays: [clock]",
            "stays: [clock, token]",
            "ITEM-CLOSE",
            "stays: [clock, token]",
            "`token` cannot stay in the room: it is in the bag of step seal-token",
        ),
        (
            "stays: [clock]",
            "stays: [clock, laptop]",
            "ITEM-CLOSE",
            "stays: [clock, laptop]",
            "`laptop` cannot stay in the room: it is to be sealed after the close",
        ),
        ("when: after-close", "when: now", "ITEM-PLACE", "needs: [laptop]", "it is in the bag of step seal-laptop"),
        ("items: [laptop]", "items: [token]", "ITEM-PLACE", "items: [token]", "it is in the bag of step seal-token"),
        ("items: [token, card]", "items: [stick]", "ITEM-PLACE", "items: [stick]", "handed over to The publisher"),
    ],
)
def test_an_item_that_is_not_where_a_step_needs_it_is_refused(
    ca: Path, old: str, new: str, rule: str, line: str, message: str
) -> None:
    found = refused(edited(ca, "first", old, new))
    assert any(each[0] == rule and each[1].startswith(line) and message in each[2] for each in found), found


def test_an_item_that_a_bag_takes_after_the_close_is_not_given_away(ca: Path) -> None:
    path = ca / "first.yaml"
    step = (
        "      - {id: late, kind: hand-over, actor: administrator, witness: witness, items: [laptop], to: Budi, "
        "text: Give it.}\n      - id: close\n"
    )
    path.write_text(path.read_text().replace("      - id: close\n", step))
    (given, needed) = refused(path)
    assert given[0] == needed[0] == "ITEM-PLACE"
    assert "a step above seals `laptop` after the close" in given[2]
    assert "`laptop` is not on the table when this step begins: it is handed over to Budi" in needed[2]


@pytest.mark.parametrize(
    ("register", "rule", "message"),
    [
        (left(), "ITEM-PLACE", "`laptop` is in no bag that could be opened: it is not in the register yet"),
        (
            left(in_bag("token", BAG_1), in_bag("card", BAG_2), in_bag("laptop", "BAG-3"), item("clock", "stays")),
            "ITEM-BAG",
            "the items are in 2 bags",
        ),
        (
            left(in_bag("token", BAG_1), in_bag("card", BAG_1), in_bag("laptop", BAG_1), item("clock", "stays")),
            "ITEM-BAG",
            "the bag also holds token and card",
        ),
        (
            left(*BAGS, item("clock", "left", holder="B")),
            "ITEM-PLACE",
            "`clock` is not on the table when this step begins: it is with B, who took it",
        ),
        (
            left(in_bag("token", BAG_1), in_bag("card", BAG_1), item("laptop", "table"), item("clock", "stays")),
            "ITEM-PLACE",
            "`laptop` is in no bag that could be opened: it is on the table, where 0001-first left it",
        ),
        (
            left(in_bag("token", BAG_1, serial="OTHER"), in_bag("card", BAG_1), in_bag("laptop", BAG_2)),
            "ITEM-SERIAL",
            "the register has serial number OTHER for `token`",
        ),
        (
            left(in_bag("token", BAG_1, serial=""), in_bag("card", BAG_1), in_bag("laptop", BAG_2)),
            "ITEM-SERIAL",
            "the register has no serial number for `token`",
        ),
        (
            left(in_bag("token", BAG_1, token="VAULT"), in_bag("card", BAG_1), in_bag("laptop", BAG_2)),
            "ITEM-TOKEN",
            "the register has token VAULT for `token`; another token needs another name",
        ),
    ],
)
def test_a_script_that_the_register_does_not_bear_out_is_refused(
    ca: Path, register: Register, rule: str, message: str
) -> None:
    found = refused(ca / "second.yaml", register)
    assert any(each[0] == rule and message in each[2] for each in found), found


def test_the_number_that_a_script_expects_is_the_one_sealed_last(ca: Path) -> None:
    path = edited(ca, "second", "items: [laptop], text: Open", f"items: [laptop], bag: {BAG_1}, text: Open")
    ((rule, line, message),) = refused(path, AS_FIRST_LEFT)
    assert (rule, line[:13]) == ("ITEM-BAG", "- {id: laptop")
    assert message == f"the items are in bag {BAG_2}, not in bag {BAG_1}"
    path.write_text(path.read_text().replace(f"bag: {BAG_1}", f"bag: {BAG_2}"))
    assert load_script(path, past=Past(AS_FIRST_LEFT)).script.items


def test_a_number_that_is_none_is_refused_in_words(ca: Path) -> None:
    path = edited(ca, "second", "items: [laptop], text: Open", "items: [laptop], bag: bag 1, text: Open")
    ((rule, _, message),) = refused(path, AS_FIRST_LEFT)
    assert rule == "SCRIPT-VALUE"
    assert "capital letters, digits and hyphens" in message


@pytest.mark.parametrize(("place", "words"), [("bag", "in bag"), ("stays", "in the room"), ("destroyed", "destroyed")])
def test_what_the_ca_has_already_is_not_received(ca: Path, place: str, words: str) -> None:
    held = in_bag("laptop", BAG_2) if place == "bag" else item("laptop", place)
    found = refused(ca / "third.yaml", left(in_bag("token", BAG_1), held))
    assert [each[0] for each in found] == ["ITEM-PLACE"]
    assert f"`laptop` cannot be received: it is {words}" in found[0][2]


def test_a_rehearsal_receives_once_more_what_an_earlier_one_put_away(ca: Path) -> None:
    register = AS_FIRST_LEFT.model_copy(update={"mode": "practice"})
    assert load_script(ca / "first.yaml", past=Past(register)).script.items
    found = refused(ca / "first.yaml", AS_FIRST_LEFT)
    assert {each[0] for each in found} == {"ITEM-PLACE"}


def test_a_step_of_the_ledger_has_a_witness(ca: Path) -> None:
    path = edited(ca, "second", "custodian, witness: witness, items: [laptop],", "custodian, items: [laptop],")
    ((rule, _, message),) = refused(path, AS_FIRST_LEFT)
    assert (rule, message) == ("SCRIPT-MISSING", "missing key `witness`")


@pytest.mark.parametrize("witness", ["custodian", "agus"])
def test_who_reads_does_not_witness(ca: Path, witness: str) -> None:
    path = edited(
        ca,
        "second",
        "actor: custodian, witness: witness, items: [laptop]",
        f"actor: custodian, witness: {witness}, items: [laptop]",
    )
    ((rule, line, message),) = refused(path, AS_FIRST_LEFT)
    assert (rule, line[:13]) == ("ITEM-WITNESS", "- {id: laptop")
    assert "agus" in message


def findings(ca: Path, script: str, register: Register) -> list[tuple[str, str, str]]:
    loaded = load_script(ca / f"{script}.yaml", past=Past(register))
    made = compile_plan(loaded, "production", Clock().utc(), lint=False)
    return [
        (each.rule, each.severity.value, f"{each.subject} {each.message}")
        for each in made.findings
        if each.rule.startswith("ITEM-")
    ]


@pytest.mark.parametrize(
    ("place", "words"), [("left", "with Budi, who took it"), ("table", "on the table, where"), ("missing", "MISSING")]
)
def test_what_comes_back_from_outside_is_noticed(ca: Path, place: str, words: str) -> None:
    register = left(in_bag("token", BAG_1), item("laptop", place, holder="Budi"))
    ((rule, severity, said),) = findings(ca, "third", register)
    assert (rule, severity) == ("ITEM-RETURNS", Severity.NOTICE.value)
    assert f"laptop comes in again: it was {words}" in said


def test_what_nobody_answers_for_is_said_in_every_plan(ca: Path) -> None:
    register = AS_FIRST_LEFT.model_copy(update={"items": (*AS_FIRST_LEFT.items, item("drill", "missing"))})
    ((rule, severity, said),) = findings(ca, "second", register)
    assert (rule, severity) == ("ITEM-LEFT", Severity.WARNING.value)
    assert said.startswith("drill is MISSING")
    assert findings(ca, "second", AS_FIRST_LEFT) == []


def test_an_item_is_no_token_that_the_script_does_not_have(ca: Path) -> None:
    path = edited(ca, "third", "token: SMALL}", "token: VAULT}")
    found = refused(path, left(in_bag("token", BAG_1)))
    assert ("ITEM-TOKEN", "this script has no token VAULT") in [(each[0], each[2]) for each in found]


def test_an_item_whose_token_the_register_knows_or_does_not_say_is_taken(ca: Path) -> None:
    for known in ("SMALL", ""):
        past = Past(left(in_bag("token", BAG_1, token=known)))
        assert load_script(ca / "third.yaml", past=past).script.items["token"].token == "SMALL"
