"""Roll-call with deputies; who left can do nothing; a step waits for those whom it needs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.house.ca import House


def asked_present(house: House) -> list[str]:
    return [request.person.split()[0].lower() for request in house.people.of("confirm") if request.word == "PRESENT"]


def waits_then(house: House, step: str, *acts: Any) -> None:
    """At each wait of a step the next of these happens, then people look again; after the last they give up."""
    left = list(acts)

    def choose(choice: Any) -> str:
        if {option.name for option in choice.options} != {"look-again", "abort"}:
            return "try-again" if any(option.name == "try-again" for option in choice.options) else "agree"
        if not left:
            return "abort"
        left.pop(0)()
        return "look-again"

    house.people.answers["choose", step] = choose


# The roll ------------------------------------------------------------------------------------------------------------


def test_nobody_asks_a_deputy_while_all_are_there(house: House) -> None:
    assert house.hold().closed
    assert asked_present(house) == ["rini", "agus", "dewi", "siti"]
    assert {data.for_person for data in house.events("person-present")} == {""}
    assert house.failed() == set()


def test_a_deputy_answers_for_who_is_absent_and_acts_opens_approves_and_seals(house: House) -> None:
    house.people.absent = {"rini", "agus"}
    assert house.hold().closed
    assert {data.person: data.for_person for data in house.events("person-present")} == {
        "tono": "rini",
        "dewi": "",
        "wati": "agus",
        "siti": "",
    }
    assert [data.person for data in house.events("approved")] == ["dewi", "wati"]
    assert [data.person for data in house.events("token-opened", step="open")] == ["dewi"]
    assert house.events("ceremony-closed")[0].sealed_by == "tono"
    assert house.failed() == set()
    assert any("in the place of Agus Santoso" in request.statement for request in house.people.of("confirm", "roll"))


def test_without_the_deputy_too_the_roll_call_fails(house: House) -> None:
    house.people.absent = {"dewi", "wati"}
    assert not house.hold().closed
    failed = house.events("step-failed", step="roll")[0]
    assert failed.code == "QUORUM-ABSENT"
    assert "Dewi Lestari, Wati Susilo" in failed.detail


def test_who_comes_late_to_a_roll_call_is_asked_again_unless_a_deputy_stands_for_them(house: House) -> None:
    house.people.absent = {"rini", "siti", "yusuf"}

    def siti_comes(choice: Any) -> str:
        house.people.absent = set()
        return "try-again"

    house.people.answers["choose", "roll"] = siti_comes
    assert house.hold().closed
    assert asked_present(house) == ["rini", "tono", "agus", "dewi", "siti", "yusuf", "siti"]
    assert house.failed() == set()


# Leaving -------------------------------------------------------------------------------------------------------------


def test_a_custodian_who_left_before_the_step_cannot_approve_and_one_alone_waits_in_vain(house: House) -> None:
    house.people.once("confirm", "open", lambda: house.people.leave("dewi"))
    assert not house.hold().closed
    assert house.events("key-made") == []
    awaited = house.events("quorum-awaited")[0]
    assert (awaited.role, awaited.needed, awaited.present, awaited.missing) == ("custodian", 2, 1, ("dewi", "wati"))
    assert house.kinds("make") == []
    assert house.kinds_before("make")[:2] == ["quorum-awaited", "interrupted"]
    assert house.events("ceremony-aborted")


def test_the_step_goes_on_when_they_are_back(house: House) -> None:
    house.people.once("confirm", "open", lambda: house.people.leave("dewi"))
    waits_then(house, "make", lambda: None, lambda: house.people.come_back("dewi"))
    assert house.hold().closed
    assert house.kinds_before("make") == ["quorum-awaited", "person-returned"]
    assert house.failed() == set()


@pytest.mark.parametrize("place", ["review", "approve"])
def test_who_leaves_between_review_and_signature_signs_nothing(house: House, place: str) -> None:
    house.people.once(place, "sign", lambda: house.people.leave("dewi"))
    waits_then(house, "sign", lambda: house.people.come_back("dewi"))
    assert house.hold().closed
    assert house.kinds("sign").index("step-failed") < house.kinds("sign").index("signature-intended")
    assert house.events("step-failed", step="sign")[0].code in {"QUORUM-ABSENT", "PRESENCE-LEFT"}
    begun = [entry for entry in house.entries() if entry.event.kind == "step-begun" and entry.event.step == "sign"]
    failed = next(entry for entry in house.entries() if entry.event.kind == "step-failed")
    assert [entry.data.redoes for entry in begun] == [0, failed.event.seq]
    assert house.failed() == set()


def test_an_approval_typed_after_leaving_does_not_count(house: House) -> None:
    def agus_goes_and_approves(request: Any) -> bool:
        if request.person == "Agus Santoso" and not house.events("step-failed", step="sign"):
            house.people.leave("agus")
        return True

    house.people.answers["approve", "sign"] = agus_goes_and_approves
    assert not house.hold().closed
    assert house.events("approved") == []
    assert house.events("signed") == []
    assert house.events("step-failed", step="sign")[0].code == "PRESENCE-LEFT"


def test_a_pin_typed_for_somebody_who_left_opens_nothing(house: House) -> None:
    def agus_goes(request: Any) -> str | None:
        if request.name == "token-pin:PRACTICE SMALL" and not request.again:
            house.people.leave("agus")
        return None

    house.people.answers["secret", "open"] = agus_goes
    assert not house.hold().closed
    assert house.events("token-opened", step="open") == []
    assert house.events("step-failed", step="open")[0].code == "PRESENCE-LEFT"


def test_a_step_waits_for_its_witness_and_does_not_go_on_without_one(house: House) -> None:
    def siti_goes(request: Any) -> bool:
        if request.person == "Rini Wulandari" and not house.events("step-failed", step="state"):
            house.people.leave("siti")
        return True

    house.people.answers["confirm", "state"] = siti_goes
    waits_then(house, "state", lambda: house.people.come_back("siti"))
    assert house.hold().closed
    assert house.kinds("state").count("statement-confirmed") == 3  # Rini twice, Siti once
    assert house.events("quorum-awaited")[0].role == "witness"
    assert house.failed() == set()


def test_the_close_waits_for_who_seals(house: House) -> None:
    house.edit("script.yaml", "people: [rini], deputies: [tono]", "people: [rini, tono], needed: 1")
    house.people.once("approve", "sign", lambda: house.people.leave("rini"))
    waits_then(house, "close", lambda: house.people.come_back("rini"))
    assert house.hold().closed
    assert [data.role for data in house.events("quorum-awaited")] == ["seal"]
    assert house.failed() == set()


def test_who_left_gets_no_receipt_and_attests_nothing(house: House) -> None:
    house.people.once("confirm", "inventory", lambda: house.people.leave("agus"))
    assert house.hold().closed
    assert [data.person for data in house.events("attested")] == ["rini", "dewi", "siti"]
    receipts = {path.stem.removeprefix("receipt-") for path in (house.archive / "0001-small" / "receipts").iterdir()}
    assert receipts == {"rini", "dewi", "siti"}
    assert house.failed() == set()


def test_who_leaves_between_attestation_and_seal_has_attested(house: House) -> None:
    house.people.once("secret", "close", lambda: house.people.leave("dewi"))
    assert house.hold().closed
    assert "dewi" in [data.person for data in house.events("attested")]
    assert house.failed() == set()


# Entry ---------------------------------------------------------------------------------------------------------------


def test_who_is_said_to_come_in_and_does_not_say_so_is_not_there(house: House) -> None:
    house.edit("script.yaml", "people: [agus, dewi]", "people: [agus, dewi, wati], needed: 2")
    house.edit("script.yaml", ", deputies: [wati]", "")
    house.people.absent = {"wati"}
    house.people.once("confirm", "state", lambda: house.people.say("entered", {"person": "wati"}))
    assert house.hold().closed
    assert asked_present(house) == ["rini", "agus", "dewi", "wati", "siti", "wati"]
    assert [data.person for data in house.events("person-present")] == ["rini", "agus", "dewi", "siti"]
    assert house.failed() == set()


def test_who_comes_late_and_says_so_is_there(house: House) -> None:
    house.edit("script.yaml", "people: [agus, dewi]", "people: [agus, dewi, wati], needed: 2")
    house.edit("script.yaml", ", deputies: [wati]", "")
    house.people.absent = {"wati"}

    def wati_comes() -> None:
        house.people.absent.clear()
        house.people.say("entered", {"person": "wati"})

    house.people.once("confirm", "state", wati_comes)
    assert house.hold().closed
    assert [entry.data.person for entry in house.before("clock") if entry.event.kind == "person-present"] == ["wati"]
    assert "wati" in [data.person for data in house.events("attested")]
    assert house.failed() == set()


def test_a_deputy_can_come_in_for_who_left_and_then_the_two_are_never_there_together(house: House) -> None:
    def dewi_goes_wati_comes() -> None:
        house.people.leave("dewi")
        house.people.say("entered", {"person": "wati"})

    house.people.once("confirm", "open", dewi_goes_wati_comes)
    house.people.once("confirm", "inventory", lambda: house.people.come_back("dewi"))
    assert house.hold().closed
    came = [entry.data for entry in house.before("make") if entry.event.kind == "person-present"]
    assert [(data.person, data.for_person) for data in came] == [("wati", "dewi")]
    assert [data.person for data in house.events("approved")] == ["agus", "wati"]
    assert house.events("person-returned") == []
    assert [(data.move, data.who) for data in house.events("remark-refused")] == [("returned", "dewi")]
    assert house.failed() == set()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("left", {"person": "tono", "reason": "A call."}),
        ("left", {"person": "nobody", "reason": "A call."}),
        ("left", {"person": "dewi", "reason": " "}),
        ("returned", {"person": "dewi"}),
        ("returned", {"person": "tono"}),
        ("entered", {"person": "dewi"}),
        ("entered", {"person": "tono"}),
        ("entered", {"person": "nobody"}),
        ("break", {"reason": ""}),
    ],
)
def test_what_cannot_be_so_moves_nobody_and_is_kept_as_refused(house: House, kind: str, fields: dict[str, str]) -> None:
    house.people.once("confirm", "state", lambda: house.people.say(kind, fields))
    assert house.hold().closed
    assert len(house.events("remark-refused")) == 1
    assert house.events("note") == []
    assert not {"person-left", "person-returned", "break-begun"} & {entry.event.kind for entry in house.entries()}
    assert house.failed() == set()


def test_people_are_shown_who_is_here(house: House) -> None:
    house.people.once("confirm", "open", lambda: house.people.leave("dewi"))
    waits_then(house, "make", lambda: house.people.come_back("dewi"))
    assert house.hold().closed
    shown = [notice.people for notice in house.people.notices if hasattr(notice, "people")]
    assert {person.where for person in shown[0]} <= {"absent", "reserve"}
    out = [person.id for people in shown for person in people if person.where == "out"]
    assert out == ["dewi"]
    assert [(person.id, person.where) for person in shown[-1] if person.where != "here"] == [
        ("tono", "reserve"),
        ("wati", "reserve"),
        ("yusuf", "reserve"),
    ]
