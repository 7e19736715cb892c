"""A new token with split PINs: nobody has a PIN, each holder has two cards, and all are proved before it is made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ceremony.custody.pins import has_check_value
from ceremony.custody.share_entry import read_share
from ceremony.custody.shares import combine
from ceremony.errors import CeremonyError, Interrupted
from ceremony.room.clock import Clock
from ceremony.script.register_words import register_lines
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register import parse_register
from tests.house.ca import House
from tests.house.people import slipped
from tests.shares.conftest import LABEL, OWN

HOLDERS = ("agus", "dewi", "bambang")


def test_each_holder_gets_a_share_of_each_pin_proves_it_and_the_archive_is_proved(house: House) -> None:
    assert house.hold("generation").closed, house.people.outcome
    assert set(house.people.cards) == {f"{kind}:{LABEL}:{name}" for kind in ("share", "so-share") for name in HOLDERS}
    typed = [(request.name.split(":")[0], request.again) for request in house.people.of("secret")]
    own = [("credential-pin", True), ("credential-pin", False)]
    assert typed == own, "the sealer's own PIN, chosen with its repetition and typed at the close; none of this token"
    made = {event.purpose: event for event in house.events("shares-made")}
    assert {(event.threshold, event.count) for event in made.values()} == {(2, 3)}
    assert made["user-pin"].identifier != made["so-pin"].identifier
    assert made["user-pin"].check_value != made["so-pin"].check_value
    assert [(holder.index, holder.person) for holder in made["so-pin"].holders] == list(enumerate(HOLDERS, 1))
    assert len(house.events("share-entered")) == len(house.events("share-shown")) == 6
    assert [event.sets_combined for event in house.events("shares-proved")] == [3, 3]
    assert house.failed() == set()


def test_any_two_cards_open_the_token_for_its_user_and_so_cards_give_another_pin(made: House) -> None:
    module = Module.load("softhsm")
    known = {event.purpose: event.check_value for event in made.events("shares-made")}
    for kind, purpose in (("share", "user-pin"), ("so-share", "so-pin")):
        for pair in (HOLDERS[:2], HOLDERS[1:], HOLDERS[::2]):
            shares = [read_share(Secret(made.people.cards[f"{kind}:{LABEL}:{name}"])) for name in pair]
            pin = combine(shares, known[purpose])
            assert has_check_value(pin, known[purpose])
            if kind == "share":
                with module.open(module.find(LABEL), pin) as session:
                    assert session.inventory()
            else:
                with pytest.raises(CeremonyError):
                    module.open(module.find(LABEL), pin)


def test_the_register_knows_the_sets_and_their_holders_and_no_word(made: House) -> None:
    (token,) = fold_archive(made.archive).register("practice").tokens
    assert (token.label, token.ceremony) == (LABEL, "0001-generation")
    assert token.shares_of("user-pin").holders == HOLDERS
    assert token.shares_of("so-pin").threshold == 2
    assert fold_archive(made.archive).register("production").tokens == ()


def test_the_register_tells_people_of_them_and_forgets_them_when_the_token_is_made_anew(made: House) -> None:
    register = fold_archive(made.archive).register("practice")
    text = "\n".join(register_lines(register, Clock().utc()))
    assert "TOKENS THAT OPEN WITH SHARES" in text
    assert "user-pin: any 2 of 3" in text
    assert "agus, dewi, bambang" in " ".join(text.split())
    assert parse_register(register.octets) == register
    assert register.without_token(LABEL).tokens == ()
    assert register.without_token("PRACTICE OTHER").tokens == register.tokens
    assert "SHARES" not in "\n".join(register_lines(register.without_token(LABEL), Clock().utc()))


def test_a_slip_in_the_card_is_found_told_by_its_place_and_mended_before_the_token_is_made(house: House) -> None:
    slips = ["once"]

    def typed(request: object) -> str:
        words = house.people.cards[request.name]  # type: ignore[attr-defined]
        return slipped(words) if request.name == f"share:{LABEL}:dewi" and slips and slips.pop() else words  # type: ignore[attr-defined]

    told = []

    def choose(choice: object) -> str:
        told.append((str(choice.fault), [option.name for option in choice.options], house.initialised()))  # type: ignore[attr-defined]
        return "show"

    house.people.typed = typed
    house.people.answers["choose", "open"] = choose
    assert house.hold("generation").closed
    ((fault, options, tokens),) = told
    assert "Word 8 is probably wrong." in fault
    assert options == ["again", "show", "stop"]
    assert tokens == [OWN], "nothing was on the token yet"
    (refused,) = house.events("share-refused")
    assert (refused.person, refused.index, refused.code) == ("dewi", 2, "SHARE-CHECKSUM")
    assert len(house.events("share-shown")) == 7, "shown once more, to mend the card"
    assert house.failed() == set()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"share:{LABEL}:agus", "SHARE-HOLDER"),
        (f"so-share:{LABEL}:dewi", "SHARE-PURPOSE"),
    ],
)
def test_another_card_is_not_taken_for_the_one_that_was_shown(house: House, name: str, code: str) -> None:
    def typed(request: object) -> str:
        wanted = request.name  # type: ignore[attr-defined]
        if wanted == f"share:{LABEL}:dewi" and name in house.people.cards:
            return house.people.cards[name]
        return house.people.cards[wanted]

    if name.startswith("so-"):
        house.people.answers["choose", "open"] = lambda choice: "stop" if "share" in choice.title else "abort"
        house.people.cards[name] = ""
        house.people.typed = lambda request: (
            house.people.cards[f"share:{LABEL}:agus"]
            if request.name == f"so-share:{LABEL}:agus"
            else house.people.cards[request.name]
        )
    else:
        house.people.typed = typed
    assert not house.hold("generation").closed
    assert [event.code for event in house.events("share-refused")] == [code]
    assert house.initialised() == [OWN]
    assert house.labels("token-initialising") == [OWN]


def test_when_people_stop_the_cards_are_called_worthless_and_a_second_attempt_makes_new_ones(house: House) -> None:
    wrong = [True]

    def typed(request: object) -> str:
        words = house.people.cards[request.name]  # type: ignore[attr-defined]
        return slipped(words) if wrong and wrong.pop() else words

    said = []

    def choose(choice: object) -> str:
        said.append(str(choice.fault))  # type: ignore[attr-defined]
        return "stop" if "share" in choice.title else "try-again"  # type: ignore[attr-defined]

    house.people.typed = typed
    house.people.answers["choose", "open"] = choose
    assert house.hold("generation").closed
    assert "worthless: destroy them" in said[-1]
    sets = [event.identifier for event in house.events("shares-made")]
    checks = [event.check_value for event in house.events("shares-made")]
    assert len(checks) == len(set(checks)) == 4
    (token,) = fold_archive(house.archive).register("practice").tokens
    assert [item.identifier for item in token.shares] == sets[2:]
    assert house.failed() == set()


def test_where_the_token_fails_with_the_pins_in_it_the_cards_are_kept(house: House) -> None:
    """Its folder cannot be written any more when the token is initialised: what it took is not known."""

    def last_card(display: object) -> None:
        if display.name == f"so-share:{LABEL}:bambang":  # type: ignore[attr-defined]
            Path(os.environ["SOFTHSM2_CONF"]).parent.joinpath("tokens").rename(house.folder / "tokens-gone")

    house.people.answers["show_secret", "open"] = last_card
    assert not house.hold("generation").closed
    (fault,) = house.events("step-failed")
    assert "Keep the cards of this attempt" in fault.detail
    assert house.labels("token-initialising") == [OWN, LABEL]
    assert house.labels("token-initialised") == [OWN]


def test_a_share_that_nobody_types_again_is_not_proved(house: House) -> None:
    house.people.typed = lambda request: None
    assert not house.hold("generation").closed
    assert [event.code for event in house.events("share-refused")] == ["SHARE-MISSING"]
    assert house.initialised() == [OWN]


def test_a_holder_who_is_not_there_gets_no_share_and_no_pin_is_drawn(house: House) -> None:
    house.edit(
        "generation.yaml", "{people: [agus, dewi, bambang], duty", "{people: [agus, dewi, bambang], needed: 3, duty"
    )
    house.people.absent = {"dewi"}
    assert not house.hold("generation").closed
    assert house.events("shares-made") == []


def test_a_token_that_cannot_be_initialised_is_found_out_before_a_pin_is_drawn(house: House) -> None:
    Module.load("softhsm").initialise(LABEL, Secret("so-pin-1234"), Secret("pin-1234"))
    assert not house.hold("generation").closed
    assert house.events("shares-made") == []
    assert house.codes() == ["TOKEN-LABEL"]


def test_a_token_that_gives_random_octets_without_a_login_adds_its_own(house: House) -> None:
    token = Module.load("softhsm").initialise("ANOTHER", Secret("so-pin-1234"), Secret("pin-1234"))
    assert house.hold("generation").closed
    own = house.events("token-initialised")[0]
    sources = {f"token {item.label}, serial {item.serial}" for item in (token, own)}
    for event in house.events("shares-made"):
        assert event.entropy[0] == "operating system"
        assert (set(event.entropy[1:]), len(event.entropy)) == (sources, 3)
    assert house.failed() == set()


def test_each_holder_is_alone_before_anything_is_shown(house: House) -> None:
    assert house.hold("generation").closed
    order = [
        (method, getattr(request, "person", "") or request.text[:12])
        for method, _, request in house.people.asked
        if method in ("show_secret", "secret_words") or (method == "instruct" and request.acknowledge == "Alone")
    ]
    expected = []
    for name in ("Agus Santoso", "Dewi Lestari", "Bambang Prakoso"):
        expected.append(("instruct", f"{name} comes"[:12]))
        expected += [("show_secret", name), ("secret_words", name)] * 2
    assert order == expected


def test_what_was_shown_is_wiped_when_the_ceremony_is_over(house: House) -> None:
    assert house.hold("generation").closed
    shown = house.people.of("show_secret")
    assert len(shown) == 6
    assert all(len(display.words) == 0 for display in shown)


def test_an_abort_while_a_card_is_proved_ends_the_ceremony_and_is_no_refusal(house: House) -> None:
    def typed(request: object) -> str:
        raise Interrupted("F10: enough")

    house.people.typed = typed
    assert not house.hold("generation").closed
    assert house.people.of("choose") == []
    assert house.events("share-refused", 1) == []
    assert [event.cause for event in house.events("interrupted", 1)] == ["F10: enough"]
    assert house.initialised() == [OWN]
    assert house.labels("token-initialising") == [OWN]
    assert all(len(display.words) == 0 for display in house.people.of("show_secret")), "wiped all the same"
