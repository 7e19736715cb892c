"""Lies about items and bags, in a record that is chained anew: each is found by the rule that is there for it."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony.canonical import canonical_json
from ceremony.verify.archive import verify_path
from tests.house.forger import Forger

Lie = Callable[[Forger], None]

WITHOUT_A_LIE = {"SEAL-CERTIFICATE", "FILES-SUMS"}
"""What fails whenever the record was touched at all: nobody but the sealer can mend it."""

OURS = (
    "item-received",
    "bag-checked",
    "bag-opened",
    "contents-found",
    "bag-sealed",
    "items-handed-over",
    "item-destroyed",
    "item-stays",
)

WORDS: set[tuple[str, ...]] = set()
"""Fields of these events that nobody could check: there are none, since a witness confirms each in words."""


def received(forger: Forger, item: str) -> dict[str, Any]:
    data: dict[str, Any] = next(each["data"] for each in forger.of("item-received") if each["data"]["item"] == item)
    return data


def silent_witness(step: str) -> Lie:
    def lie(forger: Forger) -> None:
        forger.remove_all("statement-confirmed", step)

    lie.__name__ = f"silent_witness_of_{step}"
    return lie


def another_token_came(forger: Forger) -> None:
    received(forger, "token")["serial"] = "HSM-99-9999"


def it_is_said_to_be_another_token(forger: Forger) -> None:
    received(forger, "token")["token"] = "VAULT"


def a_thing_is_said_to_be_a_token(forger: Forger) -> None:
    received(forger, "laptop")["token"] = "SMALL"


def damage_was_not_seen(forger: Forger) -> None:
    received(forger, "laptop")["condition"] = "intact"


def damage_without_a_decision(forger: Forger) -> None:
    forger.remove_all("departure")


def decided_by_a_stranger(forger: Forger) -> None:
    forger.data("departure")["decided_by"] = "yohanes"


def decided_about_something_else(forger: Forger) -> None:
    forger.data("departure")["happened"] = "rain"


def decided_without_need(step: str, after: str) -> Lie:
    """Somebody decided to go on although all was as the record has it; the close counts it."""

    def lie(forger: Forger) -> None:
        decision = {"expected": "a box", "happened": "a box", "decided": "It is one.", "decided_by": "siti"}
        forger.insert_after(forger.one(after, step), "departure", decision, actor="rini")
        forger.counted(deviations=1)
        forger.data("ceremony-closed")["deviations"] += 1

    lie.__name__ = f"decided_without_need_after_{after}_in_{step}"
    return lie


def to_one_of_us(forger: Forger) -> None:
    """What went to a stranger is said to have gone to one of the people of the ceremony."""
    forger.data("items-handed-over", "give")["to_person"] = "siti"


def stick_was_never_received(forger: Forger) -> None:
    line = next(each for each in forger.of("item-received") if each["data"]["item"] == "stick")
    forger.lines = [each for each in forger.lines if each is not line]


def received_twice(forger: Forger) -> None:
    line = forger.of("item-received")[0]
    forger.insert_after(line, "item-received", copy.deepcopy(line["data"]))


def another_safe(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-token")["safe"] = "Under the table"


def sealed_at_once(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-laptop")["after_close"] = False


def card_left_out_of_the_bag(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-token")["items"].pop()


def stick_put_into_the_bag(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-token")["items"].append({"item": "stick", "serial": ""})


def one_bag_for_two(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-laptop")["number"] = "BAG-000201"


def bag_without_a_number(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-token")["number"] = "the blue one"


def given_to_another(forger: Forger) -> None:
    forger.data("items-handed-over")["to"] = "Nobody"


def clock_gone_at_the_close(forger: Forger) -> None:
    forger.remove_all("item-stays")


def stick_stays(forger: Forger) -> None:
    line = forger.of("item-stays")[0]
    forger.insert_after(line, "item-stays", {"item": "stick", "serial": ""})


def nobody_counted_at_the_close(forger: Forger) -> None:
    forger.lines = [
        line
        for line in forger.lines
        if not (line["kind"] == "statement-confirmed" and line["data"]["statement"].startswith("Each item is"))
    ]


def used_before_it_came(forger: Forger) -> None:
    """The clock is received after the step that needs it."""
    line = next(each for each in forger.of("item-received") if each["data"]["item"] == "clock")
    forger.lines = [each for each in forger.lines if each is not line]
    last = forger.of("step-done", "compare")[0]
    forger.insert_after(last, "item-received", line["data"], step="arrive")


FIRST = {
    another_token_came: "ITEM-RECEIVED",
    it_is_said_to_be_another_token: "ITEM-RECEIVED",
    a_thing_is_said_to_be_a_token: "ITEM-RECEIVED",
    damage_was_not_seen: "ITEM-RECEIVED",
    damage_without_a_decision: "ITEM-RECEIVED",
    decided_by_a_stranger: "ITEM-RECEIVED",
    decided_about_something_else: "ITEM-RECEIVED",
    silent_witness("arrive"): "ITEM-RECEIVED",
    decided_without_need("arrive", "instruction-done"): "STEPS-TRACE",
    to_one_of_us: "STEPS-TRACE",
    stick_was_never_received: "ITEM-RECEIVED",
    received_twice: "ITEM-RECEIVED",
    another_safe: "ITEM-BAG",
    sealed_at_once: "ITEM-BAG",
    card_left_out_of_the_bag: "ITEM-BAG",
    stick_put_into_the_bag: "ITEM-BAG",
    one_bag_for_two: "ITEM-BAG",
    bag_without_a_number: "ITEM-BAG",
    silent_witness("seal-token"): "ITEM-BAG",
    given_to_another: "ITEM-GONE",
    silent_witness("give"): "ITEM-GONE",
    clock_gone_at_the_close: "ITEM-CLOSE",
    stick_stays: "ITEM-CLOSE",
    nobody_counted_at_the_close: "ITEM-CLOSE",
    used_before_it_came: "ITEM-PLACE",
}


def another_bag_was_expected(forger: Forger) -> None:
    for line in forger.of("bag-opened"):
        line["data"]["expected"] = line["data"]["number"]


def another_bag_was_opened(forger: Forger) -> None:
    forger.data("bag-opened", "token")["number"] = "BAG-000777"


def opened_damaged(forger: Forger) -> None:
    forger.data("bag-opened", "token")["condition"] = "damaged"


def another_bag_without_a_decision(forger: Forger) -> None:
    forger.remove_all("departure")


def another_card_was_in_it(forger: Forger) -> None:
    forger.data("contents-found", "token")["items"][1]["serial"] = "CARD-2"


def the_card_is_not_spoken_of(forger: Forger) -> None:
    forger.data("contents-found", "token")["items"].pop()


def the_card_is_missing_in_silence(forger: Forger) -> None:
    the_card_is_not_spoken_of(forger)
    line = forger.of("bag-opened", "token")[0]
    forger.insert_after(line, "item-missing", {"item": "card", "serial": "", "number": "BAG-000201"})


def something_is_missing_that_was_not_there(forger: Forger) -> None:
    line = forger.of("bag-opened", "token")[0]
    forger.insert_after(line, "item-missing", {"item": "clock", "serial": "", "number": "BAG-000201"})


def never_opened(forger: Forger) -> None:
    forger.remove_all("bag-opened", "token")


def an_old_bag_serves_again(forger: Forger) -> None:
    forger.data("bag-sealed", "seal-token")["number"] = "BAG-000202"


def destroyed_otherwise(forger: Forger) -> None:
    forger.data("item-destroyed")["method"] = "eaten"


def token_destroyed_instead(forger: Forger) -> None:
    forger.data("item-destroyed").update(item="token", serial="HSM-22-0451")


def destroyed_by_nobody(forger: Forger) -> None:
    said = forger.of("statement-confirmed", "shred")
    forger.lines = [line for line in forger.lines if line is not said[0]]


def rini_did_not_take_it(forger: Forger) -> None:
    said = forger.of("statement-confirmed", "give-laptop")
    forger.lines = [line for line in forger.lines if line is not said[0]]


def given_to_dewi(forger: Forger) -> None:
    forger.data("items-handed-over")["to"] = "Dewi Lestari"


def token_used_from_the_bag(forger: Forger) -> None:
    """The bag is opened only after the token was used."""
    held = [
        line for line in forger.lines if line["step"] == "token" and line["kind"] in ("bag-opened", "contents-found")
    ]
    forger.lines = [line for line in forger.lines if not any(line is each for each in held)]
    place = next(index for index, line in enumerate(forger.lines) if line["step"] == "inventory")
    forger.lines[place:place] = held


SECOND = {
    another_bag_was_expected: "ITEM-BAG",
    another_bag_was_opened: "ITEM-BAG",
    opened_damaged: "ITEM-BAG",
    another_bag_without_a_decision: "ITEM-BAG",
    another_card_was_in_it: "ITEM-BAG",
    the_card_is_not_spoken_of: "ITEM-BAG",
    the_card_is_missing_in_silence: "ITEM-BAG",
    something_is_missing_that_was_not_there: "ITEM-BAG",
    never_opened: "ITEM-BAG",
    silent_witness("token"): "ITEM-BAG",
    an_old_bag_serves_again: "ITEM-BAG",
    destroyed_otherwise: "ITEM-GONE",
    token_destroyed_instead: "ITEM-GONE",
    destroyed_by_nobody: "ITEM-GONE",
    silent_witness("shred"): "ITEM-GONE",
    decided_without_need("token", "instruction-done"): "STEPS-TRACE",
    decided_without_need("token", "bag-opened"): "STEPS-TRACE",
    rini_did_not_take_it: "ITEM-GONE",
    given_to_dewi: "ITEM-GONE",
    token_used_from_the_bag: "ITEM-PLACE",
}


def never_looked_at(forger: Forger) -> None:
    forger.data("bag-checked")["number"] = "BAG-000001"


def looked_at_damage(forger: Forger) -> None:
    forger.data("bag-checked")["condition"] = "damaged"


THIRD = {never_looked_at: "ITEM-BAG", looked_at_damage: "ITEM-BAG", silent_witness("look"): "ITEM-BAG"}


def test_the_true_archive_is_proved(three_held: Path) -> None:
    for verdict in verify_path(three_held, production_only=True):
        assert verdict.proved, list(verdict.failed)


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_a_record_chained_anew_without_a_lie_lacks_only_its_seal(forger_at: Callable[[str], Forger], name: str) -> None:
    forger = forger_at(name)
    forger.lines[0]["data"]["program"] += " "
    assert forger.failed() == WITHOUT_A_LIE


@pytest.mark.parametrize(
    ("name", "lie", "rule"),
    [
        (name, lie, rule)
        for name, lies in (("first", FIRST), ("second", SECOND), ("third", THIRD))
        for lie, rule in lies.items()
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_lie_about_an_item_is_found(forger_at: Callable[[str], Forger], name: str, lie: Lie, rule: str) -> None:
    forger = forger_at(name)
    lie(forger)
    assert rule in forger.failed()


def test_a_remark_is_no_decision_and_may_stand_where_none_is_needed(forger_at: Callable[[str], Forger]) -> None:
    forger = forger_at("first")
    decided_without_need("arrive", "instruction-done")(forger)
    said = forger.one("departure", "arrive")
    said |= {"kind": "deviation", "data": {**said["data"], "raised_by": "rini", "clauses": [], "concurrences": []}}
    assert "STEPS-TRACE" not in forger.failed()


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*place, index))
    else:
        yield place


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_a_change_of_any_of_their_fields_is_found(forger_at: Callable[[str], Forger], name: str) -> None:
    forger = forger_at(name)
    true_lines = copy.deepcopy(forger.lines)
    believed, seen = set(), set()
    for number, line in enumerate(true_lines):
        if line["kind"] not in OURS:
            continue
        for place in leaves(line["data"]):
            field = (line["kind"], *(part for part in place if isinstance(part, str)))
            if field in seen:
                continue
            seen.add(field)
            forger.lines = copy.deepcopy(true_lines)
            target = forger.lines[number]["data"]
            for part in place[:-1]:
                target = target[part]
            value = target[place[-1]]
            target[place[-1]] = (
                not value if isinstance(value, bool) else value[:-1] + ("1" if value[-1:] == "0" else "0")
            )
            if forger.failed() <= WITHOUT_A_LIE:
                believed.add(field)
    assert believed <= WORDS
    assert len(seen) > 9


def test_a_register_that_was_changed_does_not_fit_the_archive(three_held: Path, tmp_path: Path) -> None:
    """Whoever forges the bag that is expected must forge the ceremony that sealed it."""
    archive = Path(shutil.copytree(three_held, tmp_path / "archive"))
    folder = archive / "0002-second"
    register = folder / "inputs/register.json"
    told = json.loads(register.read_bytes())
    for part, name in (("items", "bag"), ("bags", "number")):
        for entry in told[part]:
            if entry[name] == "BAG-000202":
                entry[name] = "BAG-000299"
    register.write_bytes(canonical_json(told))
    forger = Forger(folder)
    forger.inputs()
    forger.remove_all("departure", "laptop")
    forger.data("bag-opened", "laptop")["expected"] = "BAG-000299"
    forger.data("ceremony-closed")["deviations"] = 0
    forger.seal()
    failed = {check.id: check.sentence for check in verify_path(archive)[1].failed}
    assert "ITEM-BAG" not in failed
    assert "ARCHIVE-REGISTER" in failed
    assert "its items differ" in failed["ARCHIVE-REGISTER"]
