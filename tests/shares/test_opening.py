"""A token whose PIN nobody has: opened by as many holders as are needed, never by fewer, by no other card."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.errors import CeremonyError, Interrupted
from ceremony.secret import Secret
from ceremony.token.module import Module
from tests.custody.made import altered
from tests.house.ca import House
from tests.house.people import People, slipped
from tests.shares.conftest import LABEL, OWN


def card(name: str, kind: str = "share") -> str:
    return f"{kind}:{LABEL}:{name}"


def test_two_of_three_holders_open_it_in_a_later_ceremony(made: House) -> None:
    assert made.hold("look").closed, made.people.outcome
    assert [request.person for request in made.people.of("secret_words")] == ["Agus Santoso", "Dewi Lestari"]
    assert [(event.person, event.index) for event in made.events("share-entered", 2)] == [("agus", 1), ("dewi", 2)]
    opened = [(event.label, event.person) for event in made.events("token-opened", 2)]
    assert opened == [(OWN, "rini"), (LABEL, "rini"), (OWN, "rini")]
    assert made.people.of("show_secret") == []
    assert made.failed() == set()


def test_a_holder_without_a_card_passes_and_the_next_one_is_asked(made: House) -> None:
    made.people.typed = lambda request: None if request.person == "Agus Santoso" else made.people.cards[request.name]
    assert made.hold("look").closed
    assert [request.may_pass for request in made.people.of("secret_words")] == [True, False, False]
    assert [event.person for event in made.events("share-entered", 2)] == ["dewi", "bambang"]
    assert [(event.person, event.index, event.tries) for event in made.events("share-passed", 2)] == [("agus", 1, 0)]
    assert made.failed() == set()


def test_one_holder_of_three_cannot_open_it(made: House) -> None:
    made.people.absent = {"dewi", "bambang"}
    assert not made.hold("look").closed
    assert set(made.labels("token-opened", 2)) == {OWN}
    (fault,) = made.events("step-failed", 2)
    assert fault.code == "SHARES-HOLDERS"
    assert "1 holder is in the room; 2 are needed." in fault.headline
    assert "Agus Santoso, Dewi Lestari, Bambang Prakoso" in fault.detail


def test_one_holder_cannot_open_it_with_one_card_twice_nor_with_somebody_elses(made: House) -> None:
    made.people.typed = lambda request: made.people.cards[card("agus")]
    assert not made.hold("look").closed
    assert [event.code for event in made.events("share-refused", 2)] == ["SHARE-HOLDER"]
    assert set(made.labels("token-opened", 2)) == {OWN}


def test_a_holder_who_is_not_here_is_not_asked_and_whoever_has_the_card_cannot_enter_it(made: House) -> None:
    """What can be known of who types: that the holder is in the room, and that the card is theirs."""
    made.people.absent = {"agus"}
    made.people.typed = lambda request: made.people.cards[card("agus")]
    assert not made.hold("look").closed
    assert [request.person for request in made.people.of("secret_words")] == ["Dewi Lestari"]
    assert [(event.person, event.code) for event in made.events("share-refused", 2)] == [("dewi", "SHARE-HOLDER")]
    assert set(made.labels("token-opened", 2)) == {OWN}


def test_who_enters_a_share_and_goes_out_has_no_part_in_what_is_opened(made: House) -> None:
    people = made.people

    def typed(request: Any) -> str:
        if request.person == "Dewi Lestari":
            people.say("left", {"person": "agus", "reason": "A call."})
        return people.cards[request.name]

    people.typed = typed
    assert not made.hold("look").closed
    assert [event.person for event in made.events("share-entered", 2)] == ["agus", "dewi"]
    assert [event.code for event in made.events("step-failed", 2)] == ["PRESENCE-LEFT"]
    assert set(made.labels("token-opened", 2)) == {OWN}


OTHERS: dict[str, tuple[Any, str]] = {
    "the SO PIN's card": (lambda people: people.cards[card("dewi", "so-share")], "SHARE-PURPOSE"),
    "another holder's card": (lambda people: people.cards[card("bambang")], "SHARE-HOLDER"),
    "a slip of the finger": (lambda people: slipped(people.cards[card("dewi")]), "SHARE-CHECKSUM"),
    "a word that is none": (lambda people: people.cards[card("dewi")].replace(" ", " xyzzy ", 1), "SHARE-WORD"),
    "half of a card": (lambda people: " ".join(people.cards[card("dewi")].split()[:20]), "SHARE-LENGTH"),
    "nothing": (lambda people: "", "SHARE-LENGTH"),
}


@pytest.mark.parametrize(("words", "code"), OTHERS.values(), ids=OTHERS)
def test_it_does_not_open_with(made: House, words: Any, code: str) -> None:
    people = made.people
    people.typed = lambda request: words(people) if request.person == "Dewi Lestari" else people.cards[request.name]
    assert not made.hold("look").closed
    assert [(event.person, event.code) for event in made.events("share-refused", 2)] == [("dewi", code)]
    assert set(made.labels("token-opened", 2)) == {OWN}


def test_a_card_of_another_token_is_refused(made: House) -> None:
    people = made.people
    other = altered_set(people)
    people.typed = lambda request: other if request.person == "Dewi Lestari" else people.cards[request.name]
    assert not made.hold("look").closed
    assert [event.code for event in made.events("share-refused", 2)] == ["SHARE-SET"]


def altered_set(people: People) -> str:
    """Share 2 of a set of another PIN."""
    import secrets

    from ceremony.custody.pins import draw_pin
    from ceremony.custody.shares import split

    apart = {read_share(Secret(words)).identifier for words in people.cards.values()}
    return split(draw_pin(secrets.token_bytes), 2, 3, apart_from=apart)[1].mnemonic.reveal()


def test_a_forged_share_with_the_right_header_gives_no_pin_and_the_token_is_not_asked(made: House) -> None:
    people = made.people
    forged = altered(read_share(Secret(people.cards[card("dewi")]))).mnemonic.reveal()
    people.typed = lambda request: forged if request.person == "Dewi Lestari" else people.cards[request.name]
    assert not made.hold("look").closed
    assert made.events("share-refused", 2) == [], "each is the one that was asked for"
    (refused,) = made.events("shares-refused", 2)
    assert refused.persons == ("agus", "dewi")
    assert refused.code in ("SHARE-INCONSISTENT", "SHARE-CHECK-VALUE")
    assert made.events("pin-refused", 2) == []


def test_after_a_refusal_another_holder_may_take_the_place(made: House) -> None:
    people = made.people
    people.typed = lambda request: (
        slipped(people.cards[request.name]) if request.person == "Agus Santoso" else people.cards[request.name]
    )
    people.answers["choose", "open"] = lambda choice: "other"
    assert made.hold("look").closed
    assert [event.person for event in made.events("share-entered", 2)] == ["dewi", "bambang"]
    assert [(event.person, event.index, event.tries) for event in made.events("share-passed", 2)] == [("agus", 1, 1)]
    assert made.failed() == set()


def test_after_a_refusal_the_same_holder_may_type_it_again(made: House) -> None:
    people, slips = made.people, [True]
    people.typed = lambda request: (
        slipped(people.cards[request.name]) if slips and slips.pop() else people.cards[request.name]
    )
    people.answers["choose", "open"] = lambda choice: "again"
    assert made.hold("look").closed
    assert [event.code for event in made.events("share-refused", 2)] == ["SHARE-CHECKSUM"]
    assert [event.person for event in made.events("share-entered", 2)] == ["agus", "dewi"]
    assert made.failed() == set()


def test_a_pin_that_somebody_has_changed_since_is_told_as_that(made: House) -> None:
    module = Module.load("softhsm")
    info = module.find(LABEL)
    from ceremony.custody.shares import combine

    shares = [read_share(Secret(made.people.cards[card(name, "so-share")])) for name in ("agus", "dewi")]
    officer = combine(shares, made.events("shares-made")[1].check_value)
    module._set_user_pin(info.slot_id, LABEL, officer, Secret("another-pin-1"))
    assert not made.hold("look").closed
    (fault,) = made.events("step-failed", 2)
    assert "somebody has set another one since" in fault.detail
    assert len(made.events("pin-refused", 2)) == 1


def test_a_token_that_is_lost_in_the_middle_is_opened_with_shares_again(house: House) -> None:
    lost = []

    def approve(request: object) -> bool:
        if not lost:
            lost.append(request)
            module = Module.load("softhsm")
            assert len(module.sessions) == 1
            folder = next(path for path in session_home(module).iterdir() if holds(path, LABEL))
            away = folder.rename(folder.parent.parent / folder.name)
            lost.append((away, folder))
        return True

    def choose(choice: object) -> str:
        away, folder = lost[1]  # type: ignore[misc]
        away.rename(folder)
        return "try-again"

    house.people.answers["approve", "sign-root"] = approve
    house.people.answers["choose", "sign-root"] = choose
    assert house.hold("generation").closed, house.people.outcome
    entered = house.events("share-entered")
    assert len(entered) == 8
    assert [event.person for event in entered[6:]] == ["agus", "dewi"]
    assert house.failed() == set()


def session_home(module: Module) -> Any:
    import os
    from pathlib import Path

    del module
    return Path(os.environ["SOFTHSM2_CONF"]).parent / "tokens"


def holds(folder: Any, label: str) -> bool:
    return any(label.encode() in file.read_bytes() for file in folder.glob("token.object"))


def test_swap_must_be_stood_for(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceremony.engine.share_sets.swap_areas", lambda: ("/dev/sda2",))
    made.people.answers["confirm", "open"] = lambda confirmation: "Swap" not in confirmation.statement
    assert not made.hold("look").closed
    assert [event.code for event in made.events("step-failed", 2)] == ["SHARES-MEMORY"]
    assert made.people.of("secret_words") == []


def test_where_swap_is_stood_for_the_record_says_so(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceremony.engine.share_sets.swap_areas", lambda: ("/dev/sda2",))
    assert made.hold("look").closed
    assert any("Swap is on (/dev/sda2)" in event.statement for event in made.events("statement-confirmed", 2))
    assert made.failed() == set()


def test_without_shares_a_token_opens_with_a_typed_pin_as_ever(house: House) -> None:
    house.edit("generation.yaml", "        shares: {threshold: 2, count: 3, holders: custodian}\n", "")
    assert house.hold("generation").closed
    house.again()
    assert house.hold("look").closed
    assert house.people.of("secret_words") == []
    assert {request.name for request in house.people.of("secret")} >= {f"token-pin:{LABEL}"}
    assert b"tokens" not in next(house.archive.glob("0002-*/inputs/register.json")).read_bytes()
    with pytest.raises(CeremonyError):
        Module.load("softhsm").open(Module.load("softhsm").find(LABEL), Secret("0" * 64))


def test_an_abort_while_a_share_is_typed_ends_the_ceremony_and_is_no_refusal(made: House) -> None:
    def typed(request: object) -> str:
        raise Interrupted("F10: enough")

    made.people.typed = typed
    assert not made.hold("look").closed
    assert made.people.of("choose") == []
    assert made.events("share-refused", 2) == []
    assert [event.cause for event in made.events("interrupted", 2)] == ["F10: enough"]
    assert set(made.labels("token-opened", 2)) == {OWN}
