"""The ledger in the room: what is read is compared, what departs is decided or stops the step, nothing is left."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ceremony.engine.ledger import account_for_items
from ceremony.engine.steps.ledger import _fresh
from ceremony.errors import CeremonyError
from ceremony.script.custody_simulation import Simulation
from ceremony.transcript.ledger import Ledger

Ledgers = Any  # the class is in conftest.py, which tests do not import

BAG = "BAG-000001"


def choices(*names: str) -> Any:
    """The people choose these, one after another; then they end the ceremony."""
    left = list(names)
    return lambda request: left.pop(0) if left else "abort"


def place(house: Ledgers, name: str) -> str:
    item = house.register.item(name)
    return str(item.place) if item else "unknown"


def test_three_ceremonies_carry_the_items(house: Ledgers) -> None:
    house.upto("second")
    assert {name: place(house, name) for name in ("token", "card", "laptop", "stick", "clock")} == {
        "token": "bag",
        "card": "bag",
        "laptop": "bag",
        "stick": "left",
        "clock": "stays",
    }
    house.upto("first")
    assert house.hold("second").closed
    assert (place(house, "card"), place(house, "laptop"), place(house, "token")) == ("destroyed", "left", "bag")
    house.again()
    assert house.hold("third").closed
    register = house.register
    assert register.item("token").bag == register.item("laptop").bag == "BAG-000004"
    assert [bag.number for bag in register.bags if bag.opened_at] == [BAG, "BAG-000002", "BAG-000003"]
    assert register.bags[2].checked_at
    assert house.failed() == set()


def test_the_bag_of_the_record_is_shown_before_it_is_cut(house: Ledgers) -> None:
    house.upto("second")
    assert house.hold("second").closed
    details = dict(house.people.of("instruct", "token")[0].details)
    assert details["Bag"].startswith(f"{BAG}, sealed on ")
    assert details["Bag"].endswith("in 0001-first, kept in Safe 2 shelf B")
    forms = house.people.of("record", "token")
    assert [[blank.name for blank in form.blanks] for form in forms] == [
        ["bag", "condition"],
        ["token-serial", "card-serial"],
    ]
    assert "Do not cut it yet" in forms[0].text
    confirmed = [each.statement for each in house.people.of("confirm", "token")]
    assert confirmed == [
        f"I read the number {BAG} on the bag, and it is intact. It is opened now.",
        f"Bag {BAG} held token (serial HSM-22-0451) and card.",
    ]
    assert {each.person for each in house.people.of("confirm", "token")} == {"Siti Rahmawati"}


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        ({"bag": "BAG-999"}, "bag BAG-999, intact"),
        ({"condition": "damaged"}, f"bag {BAG}, damaged"),
        ({"bag": "BAG-999", "condition": "DAMAGED"}, "bag BAG-999, damaged"),
    ],
)
def test_another_or_a_damaged_bag_is_not_opened_without_a_decision(
    house: Ledgers, reads: dict[str, str], found: str
) -> None:
    house.upto("second")
    house.people.reads = {("token", name): value for name, value in reads.items()}
    house.people.answers["choose", "token"] = choices("again")
    assert not house.hold("second").closed
    assert house.codes(2) == ["ITEM-BAG"]
    assert [opened.number for opened in house.events("bag-opened", 2)] == ["BAG-000002"]
    assert house.events("departure", 2) == []
    asked = house.people.of("choose", "token")[0]
    assert asked.fault.not_done == "The bag was not opened."
    assert asked.text.endswith(f"Found: {found}.")
    assert [option.name for option in asked.options] == ["again", "decide"]
    assert place(house, "token") == "bag"


def test_a_decision_on_record_goes_on_with_another_bag(house: Ledgers) -> None:
    house.upto("second")
    house.people.reads = {("token", "bag"): "bag-000299", ("token", "decided-by"): "SITI"}
    house.people.answers["choose", "token"] = choices("decide")
    assert house.hold("second").closed
    (departure,) = house.events("departure", 2)
    assert departure.expected == f"bag {BAG}, intact, which holds token and card"
    assert departure.happened == "bag BAG-000299, intact"
    assert (departure.decided, departure.decided_by) == ("We saw it fall from the table.", "siti")
    opened = house.events("bag-opened", 2)[1]
    assert (opened.number, opened.expected) == ("BAG-000299", BAG)
    assert house.failed() == set()


@pytest.mark.parametrize(("blank", "said"), [("decided", " "), ("decided", "x" * 301), ("decided-by", "yohanes")])
def test_a_decision_of_nobody_or_about_nothing_is_none(house: Ledgers, blank: str, said: str) -> None:
    house.upto("second")
    house.people.reads = {("token", "bag"): "BAG-999", ("token", blank): said}
    house.people.answers["choose", "token"] = choices("decide")
    assert not house.hold("second").closed
    assert house.events("step-failed", 2)[0].headline == "The decision cannot be recorded."
    assert house.events("departure", 2) == []


def test_looking_again_finds_the_right_bag(house: Ledgers) -> None:
    house.upto("second")
    read = iter(["BAG-000007", BAG])

    def record(form: Any) -> dict[str, str]:
        names = [blank.name for blank in form.blanks]
        if "bag" in names:
            return {"bag": next(read), "condition": "intact"}
        return {blank.name: blank.recorded for blank in form.blanks}

    house.people.answers["record", "token"] = record
    house.people.answers["choose", "token"] = choices("again", "try-again")
    assert house.hold("second").closed
    assert house.codes(2) == ["ITEM-BAG"]
    assert house.events("departure", 2) == []
    assert house.failed() == set()


@pytest.mark.parametrize(
    ("blank", "read", "code"), [("token-serial", "HSM-X", "ITEM-SERIAL"), ("card-serial", "missing", "ITEM-MISSING")]
)
def test_what_is_not_in_the_bag_stops_the_step_and_the_bag_counts_as_open(
    house: Ledgers, blank: str, read: str, code: str
) -> None:
    house.upto("second")
    house.people.reads["token", blank] = read
    house.people.answers["choose", "token"] = choices("again")
    assert not house.hold("second").closed
    assert house.codes(2) == [code]
    assert place(house, "token") == "table"
    assert [bag.number for bag in house.register.bags if bag.opened_at] == [BAG, "BAG-000002"]
    with pytest.raises(CeremonyError) as refusal:
        house.load("second")
    assert {finding.rule for finding in refusal.value.findings} == {"ITEM-PLACE"}


def test_a_missing_item_can_be_decided_upon_and_blocks_whatever_needs_it(house: Ledgers) -> None:
    house.upto("second")
    house.people.reads["token", "card-serial"] = "missing"
    house.people.answers["choose", "token"] = choices("decide")
    assert not house.hold("second").closed  # the card was to be destroyed
    assert house.codes(2) == ["ITEM-PLACE"]
    (missing,) = house.events("item-missing", 2)
    assert (missing.item, missing.number) == ("card", BAG)
    assert place(house, "card") == "missing"
    house.again()
    (found,) = [each for each in house.plan("first").findings if each.rule == "ITEM-RETURNS" and each.subject == "card"]
    assert "it was MISSING" in found.message


def test_what_is_left_of_a_bag_is_sealed_without_what_is_missing(house: Ledgers) -> None:
    house.edit("second.yaml", "        kind: destroy-item\n", "        kind: attest\n        statement: It is so.\n")
    house.edit("second.yaml", "        item: card\n        method: shredded to 2 mm\n", "")
    house.edit("second.yaml", "        items: [token]\n        safe", "        items: [token, card]\n        safe")
    house.upto("second")
    house.people.reads["token", "card-serial"] = "MISSING"
    house.people.answers["choose", "token"] = choices("decide")
    assert house.hold("second").closed
    (sealed,) = house.events("bag-sealed", 2)
    assert [each.item for each in sealed.items] == ["token"]
    assert place(house, "card") == "missing"
    assert house.failed() == set()


def test_a_missing_item_that_is_found_at_the_second_look_is_there(house: Ledgers) -> None:
    house.upto("second")
    read = iter(["missing", "none"])

    def record(form: Any) -> dict[str, str]:
        answers = {blank.name: blank.recorded or "intact" for blank in form.blanks}
        return answers | ({"card-serial": next(read)} if "card-serial" in answers else {})

    house.people.answers["record", "token"] = record
    house.people.answers["choose", "token"] = choices("again", "try-again")
    assert house.hold("second").closed
    assert len(house.people.of("record", "token")) == 3  # the bag is read once, and looked into twice
    assert len(house.events("bag-opened", 2)) == 2
    assert house.failed() == set()


@pytest.mark.parametrize(
    ("step", "answers", "code"),
    [
        ("arrive", {"token-serial": "HSM-9"}, "ITEM-ANSWER"),
        ("arrive", {"token-serial": ""}, "ITEM-ANSWER"),
        ("arrive", {"card-condition": "fine"}, "ITEM-ANSWER"),
        ("arrive", {"card-seal": "?"}, "ITEM-ANSWER"),
        ("seal-token", {"bag-again": "BAG-000008"}, "ITEM-BAG"),
        ("seal-token", {"bag": "", "bag-again": ""}, "ITEM-ANSWER"),
        ("seal-laptop", {"bag": BAG, "bag-again": BAG}, "ITEM-ANSWER"),
        ("give", {"to": "B"}, "ITEM-ANSWER"),
    ],
)
def test_what_cannot_be_read_like_that_is_refused(
    house: Ledgers, step: str, answers: dict[str, str], code: str
) -> None:
    house.people.reads = {(step, name): value for name, value in answers.items()}
    assert not house.hold("first").closed
    assert house.codes() == [code]


def test_damaged_packaging_is_decided_upon_or_refused(house: Ledgers) -> None:
    house.people.reads["arrive", "laptop-condition"] = "damaged"
    house.people.answers["choose", "arrive"] = choices("again", "try-again", "decide")
    assert house.hold("first").closed
    assert house.codes() == ["ITEM-RECEIVED"]
    assert [each.item for each in house.events("item-received")] == ["token", "card", "laptop", "stick", "clock"]
    (departure,) = house.events("departure")
    assert departure.happened == "laptop in packaging that is damaged"
    assert house.failed() == set()


@pytest.mark.parametrize("step", ["arrive", "give", "seal-token", "close"])
def test_what_the_witness_does_not_confirm_is_not_recorded(house: Ledgers, step: str) -> None:
    house.people.answers["confirm", step] = lambda request: request.person != "Siti Rahmawati"
    assert not house.hold("first").closed
    assert house.codes() == ["ITEM-WITNESS"]
    kinds = {"arrive": "item-received", "give": "items-handed-over", "seal-token": "bag-sealed", "close": "item-stays"}
    assert house.events(kinds[step]) == []


@pytest.mark.parametrize(("step", "person"), [("shred", "Agus Santoso"), ("give-laptop", "Rini Wulandari")])
def test_who_destroys_or_takes_says_so(house: Ledgers, step: str, person: str) -> None:
    house.upto("second")
    house.people.answers["confirm", step] = lambda request: request.person != person
    assert not house.hold("second").closed
    assert house.codes(2) == ["ITEM-WITNESS"]
    asked = [each.person for each in house.people.of("confirm", step) if each.word != "SEAL"]
    assert asked == [person]


def test_a_ceremony_that_was_given_up_leaves_its_items_on_the_table(house: Ledgers) -> None:
    house.people.answers["confirm", "close"] = lambda request: "Each item" not in request.statement
    assert not house.hold("first").closed
    register = house.register
    assert (place(house, "laptop"), place(house, "token")) == ("table", "bag")  # the laptop's bag was only promised
    assert [bag.number for bag in register.bags] == [BAG]
    house.again()
    with pytest.raises(CeremonyError) as refusal:
        house.load("second")
    assert any("on the table, where 0001-first left it" in found.message for found in refusal.value.findings)


def test_a_step_tried_again_asks_only_for_what_is_not_on_record(house: Ledgers) -> None:
    house.people.reads["arrive", "stick-condition"] = "soft"
    fixed = choices("try-again")

    def choose(request: Any) -> str:
        house.people.reads.clear()
        return str(fixed(request))

    house.people.answers["choose", "arrive"] = choose
    assert house.hold("first").closed
    asked = [form.title.split()[1] for form in house.people.of("record", "arrive")]
    assert asked == ["token", "card", "laptop", "stick", "stick", "clock"]
    assert house.failed() == set()


def test_nothing_is_closed_while_an_item_is_on_the_table(house: Ledgers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a script got past the simulation."""
    monkeypatch.setattr(Simulation, "check", lambda self, steps: iter(()))
    house.edit("first.yaml", "stays: [clock]", "stays: []")
    assert not house.hold("first").closed
    assert house.codes() == ["ITEM-UNACCOUNTED"]
    assert "clock (Clock on the wall)" in house.events("step-failed")[0].detail
    monkeypatch.undo()
    assert {"HASH-PLAN", "ITEM-CLOSE"} <= house.failed()


def test_nothing_is_begun_without_what_it_needs(house: Ledgers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Simulation, "check", lambda self, steps: iter(()))
    house.edit("first.yaml", "items: [token, card, laptop, stick, clock]", "items: [token, card, laptop, stick]")
    assert not house.hold("first").closed
    assert house.codes() == ["ITEM-PLACE"]
    assert "clock (Clock on the wall) is not in the register yet" in house.events("step-failed")[0].detail
    assert house.events("clock-compared") == []


def test_a_script_without_items_asks_for_nothing() -> None:
    room: Any = SimpleNamespace(plan=SimpleNamespace(script=SimpleNamespace(items={})))
    account_for_items(room, SimpleNamespace(stays=()))  # type: ignore[arg-type]  # nothing of it is looked at


@pytest.mark.parametrize(("mode", "refused"), [("production", True), ("practice", False)])
def test_a_bag_of_an_earlier_ceremony_serves_again_only_in_practice(house: Ledgers, mode: str, refused: bool) -> None:
    house.upto("second")
    room: Any = SimpleNamespace(plan=SimpleNamespace(mode=mode), folder=SimpleNamespace(name="0002-second"))
    check = _fresh(room, Ledger.of(house.register))
    assert (check(BAG) is not None) is refused
    assert check("BAG-000777") is None
