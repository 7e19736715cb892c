"""Breaks, deviations with concurrence, further attempts, and an end that says what exists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house.ca import House
from tests.house.forger import Forger

FOUR = {"expected": "A closed door.", "happened": "It stood open.", "decided": "Closed.", "decided_by": "Rini"}


def a_break(house: House, step: str, reason: str = "Lunch.") -> None:
    house.people.once("confirm", step, lambda: house.people.say("break", {"reason": reason}))


# Breaks --------------------------------------------------------------------------------------------------------------


def test_in_a_break_the_token_is_closed_and_is_opened_again_before_the_next_step_that_needs_it(house: House) -> None:
    a_break(house, "open")
    assert house.hold().closed
    assert house.kinds_before("make") == [
        *("token-closed", "break-begun", *["person-left"] * 4, *["person-returned"] * 4, "break-ended"),
        *("token-found", "statement-confirmed", "token-opened"),
    ]
    begun, ended = house.events("break-begun")[0], house.events("break-ended")[0]
    assert (begun.reason, begun.sealed, ended.heads, ended.bags) == ("Lunch.", "Bag 17.", 4, "Whole.")
    assert [data.person for data in house.events("person-left")] == ["rini", "agus", "dewi", "siti"]
    assert [data.person for data in house.events("person-returned")] == ["rini", "agus", "dewi", "siti"]
    assert house.failed() == set()


def test_a_step_that_needs_no_token_does_not_open_it_after_a_break(house: House) -> None:
    house.edit("script.yaml", "{id: inventory, kind: review-inventory", "{id: more, kind: attest, statement: All well")
    house.people.once("approve", "sign", lambda: house.people.say("break", {"reason": "Tea."}))
    assert house.hold().closed
    assert house.kinds_before("more")[:2] == ["token-closed", "break-begun"]
    assert "token-opened" not in [*house.kinds_before("more"), *house.kinds("more")]
    assert house.failed() == set()


def test_a_break_before_the_token_is_open_has_nothing_to_close(house: House) -> None:
    a_break(house, "state")
    assert house.hold().closed
    assert house.kinds_before("clock")[0] == "break-begun"
    assert house.events("token-gone") == []
    assert house.failed() == set()


def test_who_does_not_come_back_from_a_break_is_waited_for(house: House) -> None:
    a_break(house, "open")
    house.people.once("choose", "make", lambda: (house.people.absent.add("dewi"), "back")[1])
    assert not house.hold().closed
    assert house.events("break-ended")[0].heads == 3
    assert house.events("quorum-awaited")[0].missing == ("dewi", "wati")
    assert house.events("key-made") == []


def test_nothing_goes_on_before_somebody_is_back(house: House) -> None:
    a_break(house, "open")
    answers = iter(["back", "back"])

    def choose(choice: Any) -> str:
        del choice
        house.people.absent = {"rini", "agus", "dewi", "siti"} if not house.people.absent else set()
        return next(answers)

    house.people.answers["choose", "make"] = choose
    assert house.hold().closed
    assert len(house.people.of("choose", "make")) == 2
    assert house.failed() == set()


def test_a_ceremony_can_end_in_a_break(house: House) -> None:
    a_break(house, "open")
    house.people.answers["choose", "make"] = lambda choice: "abort"
    outcome = house.hold()
    assert not outcome.closed
    assert house.kinds_before("make")[-2:] == ["interrupted", "ceremony-aborted"]
    assert "not in the room" in house.events("ceremony-aborted")[0].unsealed
    assert house.failed() == set()


def test_the_form_refuses_another_count_of_heads_and_so_does_the_engine(house: House) -> None:
    a_break(house, "open")

    def wrong(form: Any) -> Any:
        for blank in form.blanks:
            if blank.name == "heads":
                assert "4 answered" in blank.check("5")
                assert "4 answered" in blank.check("four")
                assert blank.check("4") is None
                return {"heads": "5", "bags": "Whole."}
        return None

    house.people.answers["record", "make"] = wrong
    assert not house.hold().closed
    assert house.events("break-ended") == []
    assert "BREAK-HEADS" in house.events("ceremony-aborted")[0].reason


def test_in_a_break_nobody_comes_and_goes_but_by_the_roll(house: House) -> None:
    a_break(house, "open")

    def meddle(choice: Any) -> str:
        del choice
        house.people.come_back("agus")
        house.people.say("break", {"reason": "Another."})
        return "back"

    house.people.answers["choose", "make"] = meddle
    assert house.hold().closed
    assert [(data.move, data.who, data.reason) for data in house.events("remark-refused")] == [
        ("returned", "agus", ""),
        ("break", "", "Another."),
    ]
    assert len(house.events("break-begun")) == 1
    assert house.failed() == set()


def test_where_everybody_went_before_the_break_began_the_step_waits_for_them(house: House) -> None:
    a_break(house, "open")
    everybody = ("rini", "agus", "dewi", "siti")

    def all_go() -> None:
        for person in everybody:
            house.people.leave(person)

    def all_come(choice: Any) -> str:
        assert {option.name for option in choice.options} == {"look-again", "abort"}
        for person in everybody:
            house.people.come_back(person)
        return "look-again"

    house.people.once("record", "make", all_go)
    house.people.answers["choose", "make"] = all_come
    assert house.hold().closed
    assert house.events("break-begun") == []
    assert house.kinds_before("make")[-3:] == ["token-found", "statement-confirmed", "token-opened"]
    assert house.failed() == set()


# Deviations ----------------------------------------------------------------------------------------------------------


def test_a_deviation_says_who_raised_it_what_it_touches_and_who_dissents(house: House) -> None:
    said = {
        **FOUR,
        "raised_by": "siti",
        "clauses": "CPS 5.2; BR 5.2.2",
        "asked": "rini agus dewi siti",
        "dissent:siti": "Somebody may\nhave come in.",
    }
    house.people.once("confirm", "state", lambda: house.people.say("deviation", said))
    assert house.hold().closed
    (deviation,) = house.events("deviation")
    assert (deviation.raised_by, deviation.clauses) == ("siti", ("CPS 5.2", "BR 5.2.2"))
    assert [(item.person, item.concurs, item.words) for item in deviation.concurrences] == [
        ("rini", True, ""),
        ("agus", True, ""),
        ("dewi", True, ""),
        ("siti", False, "Somebody may have come in."),
    ]
    assert "dissent: siti" in deviation.summary()
    assert house.failed() == set()


def test_who_is_not_in_the_room_neither_raises_a_deviation_nor_has_a_say(house: House) -> None:
    def say() -> None:
        house.people.leave("agus")
        house.people.say("deviation", {**FOUR, "raised_by": "agus", "asked": "rini agus dewi siti"})

    house.people.once("confirm", "state", say)
    waits = {"choose": lambda: house.people.come_back("agus")}
    house.people.once("choose", "open", lambda: (waits["choose"](), "look-again")[1])
    assert house.hold().closed
    (deviation,) = house.events("deviation")
    assert deviation.raised_by == ""
    assert [item.person for item in deviation.concurrences] == ["rini", "dewi", "siti"]
    assert house.failed() == set()


def test_where_not_everybody_was_asked_no_concurrence_is_claimed_and_no_dissent_is_lost(house: House) -> None:
    said = {**FOUR, "asked": "rini agus", "dissent:agus": "I saw it closed."}
    house.people.once("confirm", "state", lambda: house.people.say("deviation", said))
    assert house.hold().closed
    assert house.events("deviation")[0].concurrences == ()
    assert [(data.person, data.words) for data in house.events("dissent")] == [("agus", "I saw it closed.")]
    (said_at,) = [entry.event.seq for entry in house.entries() if entry.event.kind == "deviation"]
    assert house.events("dissent")[0].deviation == said_at
    assert house.failed() == set()


def test_a_deviation_without_a_say_is_what_it_was_before(house: House) -> None:
    house.people.once("confirm", "state", lambda: house.people.say("deviation", FOUR))
    assert house.hold().closed
    (deviation,) = house.events("deviation")
    assert (deviation.expected, deviation.raised_by, deviation.clauses, deviation.concurrences) == (
        "A closed door.", "", (), ()
    )  # fmt: skip
    assert house.failed() == set()


# An end --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ("state", []),
        ("make", ["token PRACTICE rini", "token PRACTICE SMALL"]),
        ("sign", ["token PRACTICE rini", "token PRACTICE SMALL", "key root"]),
        ("inventory", ["token PRACTICE rini", "token PRACTICE SMALL", "key root", "certificate root"]),
    ],
)
def test_an_end_says_what_was_made_and_where_it_is(house: House, step: str, wanted: list[str]) -> None:
    def give_up(request: Any) -> Any:
        from ceremony.errors import Interrupted

        raise Interrupted("the lamp went out")

    for method in ("confirm", "instruct"):
        house.people.answers[method, step] = give_up
    outcome = house.hold()
    assert not outcome.closed
    (aborted,) = house.events("ceremony-aborted")
    assert [item.name for item in aborted.made] == wanted
    assert outcome.made == tuple((item.name, item.value) for item in aborted.made)
    values = {item.name: item.value for item in aborted.made}
    if "key root" in wanted:
        assert values["key root"].startswith(f"id {house.events('key-made')[0].key_id[:16]}")
        assert "on token PRACTICE SMALL" in values["key root"]
    if "certificate root" in wanted:
        assert "certificates/root.der, certificates/root.pem" in values["certificate root"]
    assert "ABORT-MADE" not in house.failed()


def test_an_end_that_hides_a_key_is_found(house: House) -> None:
    from ceremony.transcript.kinds import Named
    from ceremony.transcript.made import made_so_far
    from ceremony.transcript.state import fold

    house.people.answers["approve", "sign"] = lambda request: False
    assert not house.hold().closed
    entries = house.entries()
    made = made_so_far(fold(entries[:-1]), "PRACTICE SMALL")
    assert entries[-1].data.made == made
    assert Named(name="key root", value="nowhere") not in made
    forger = Forger(house.archive / "0001-small")
    (told,) = [item for item in forger.lines[-1]["data"]["made"] if item["name"] == "key root"]
    told["name"] = "key loot"
    assert "ABORT-MADE" in forger.failed()


def test_what_was_only_begun_is_to_be_looked_for() -> None:
    from ceremony.transcript.kinds import BackupIntended, KeyBackedUp, KeyIntended
    from ceremony.transcript.made import made_so_far
    from ceremony.transcript.state import CeremonyState
    from tests.transcript.lines import line
    from tests.transcript.samples import DRAWN

    state = CeremonyState()
    state.apply(line(KeyIntended(key="root", key_id="ab" * 16, algorithm="p-256", profile="plain", drawn=DRAWN)))
    backup = {"key": "old", "key_id": "cd" * 16, "spki_sha256": "ef" * 32, "label": "VAULT", "serial": "1"}
    state.apply(line(BackupIntended(**backup)))
    assert [(item.name, item.value) for item in made_so_far(state, "SMALL")] == [
        ("key root", "id abababababababab..., begun; look for it on SMALL"),
        ("backup of old", "begun; look for it on token VAULT"),
    ]
    more = {name: () for name, field in KeyBackedUp.model_fields.items() if "tuple" in str(field.annotation)}
    texts = {name: "" for name in KeyBackedUp.model_fields if name not in more}
    state.apply(line(KeyBackedUp(**(texts | backup | more))))
    assert ("key old", "copy on token VAULT; made in an earlier ceremony") in [
        (item.name, item.value) for item in made_so_far(state, "SMALL")
    ]
