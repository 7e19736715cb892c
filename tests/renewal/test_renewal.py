"""New PINs by the holders of the SO PIN: old PINs and cards open nothing any more, new ones do, and the keys stay."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.custody.share_entry import read_share
from ceremony.room.clock import Clock
from ceremony.script.register_words import register_lines
from ceremony.secret import Secret
from ceremony.token.module import Module
from ceremony.transcript.folding import fold_archive
from tests.house.people import slipped
from tests.renewal.conftest import NEW, OLD, Holders
from tests.shares.conftest import LABEL, OWN
from tests.shares.test_canary import everything


def card(name: str, kind: str = "share") -> str:
    return f"{kind}:{LABEL}:{name}"


def test_the_token_takes_new_pins_only_its_keys_stay_and_sign_and_the_archive_is_proved(house: Holders) -> None:
    old, cards = house.entry, dict(house.people.cards)
    old_pin = house.pin("share", OLD[1:], old.shares_of("user-pin").check_value, cards).reveal()
    old_so = house.pin("so-share", OLD[1:], old.shares_of("so-pin").check_value, cards).reveal()
    assert house.opens(Secret(old_pin))
    house.again()
    assert house.hold("renewal").closed, house.people.outcome
    new = house.entry
    assert house.failed() == set()
    assert not house.opens(Secret(old_pin))
    assert not house.officer(Secret(old_so))
    assert house.opens(house.pin("share", NEW[1:], new.shares_of("user-pin").check_value, house.people.cards))
    assert house.officer(house.pin("so-share", NEW[1:], new.shares_of("so-pin").check_value, house.people.cards))
    assert [event.name for event in house.events("signed", 2)] == ["sub"], "the old root key signed it"
    (inventory,) = house.events("inventory-reviewed", 2)
    assert (inventory.missing, inventory.unexplained) == ((), ())
    assert {item.identifier for item in old.shares}.isdisjoint(item.identifier for item in new.shares)
    assert {item.holders for item in new.shares} == {NEW}
    assert new.ceremony == "0002-renewal"


def test_the_record_announces_each_change_and_says_which_cards_are_worthless(house: Holders) -> None:
    old = house.entry
    house.again()
    assert house.hold("renewal").closed
    told = [
        (event.kind, event.purpose, event.identifier, getattr(event, "replaced", None))
        for event in (*house.events("pin-changing", 2), *house.events("pin-changed", 2))
    ]
    new = house.entry
    user, officer = new.shares_of("user-pin").identifier, new.shares_of("so-pin").identifier
    assert told == [
        ("pin-changing", "user-pin", user, None),
        ("pin-changing", "so-pin", officer, None),
        ("pin-changed", "user-pin", user, old.shares_of("user-pin").identifier),
        ("pin-changed", "so-pin", officer, old.shares_of("so-pin").identifier),
    ]
    assert "worthless" in house.events("pin-changed", 2)[0].summary()
    last = [said for said in house.people.of("instruct") if said.acknowledge == "Destroyed"]
    assert all(f"{item.identifier:05d}" in last[0].text for item in (*old.shares, *new.shares))
    register = fold_archive(house.archive).register("practice")
    lines = "\n".join(register_lines(register, Clock().utc()))
    tokens = lines[lines.index("TOKENS THAT OPEN WITH SHARES") :].split("\n\n")[0]
    assert f"set {user:05d}" in tokens
    assert f"set {old.shares[0].identifier:05d}" not in tokens
    assert "bambang" not in tokens
    held = {item.until_ceremony for item in register.holdings if item.person == "bambang"}
    assert held == {"0002-renewal"}, "what he held opens nothing since then"


def test_a_later_ceremony_opens_with_new_cards_and_refuses_the_old(house: Holders) -> None:
    old = dict(house.people.cards)
    house.again()
    assert house.hold("renewal").closed
    house.again()
    assert house.hold("look").closed, house.people.outcome
    assert [event.person for event in house.events("share-entered", 3)] == ["agus", "dewi"]
    people = house.again()
    people.typed = lambda request: old[request.name]
    assert not house.hold("look").closed
    assert [event.code for event in house.events("share-refused", 4)] == ["SHARE-SET"]
    assert set(house.labels("token-opened", 4)) == {OWN}


def test_a_pin_that_nobody_knows_any_more_is_no_hindrance(house: Holders) -> None:
    """As where the user PIN is locked: nobody logs in with it, and the security officer sets another."""
    module = Module.load("softhsm")
    so_pin = house.pin("so-share", OLD[:2], house.entry.shares_of("so-pin").check_value, house.people.cards)
    with module.officer(module.find(LABEL), so_pin) as officer:
        officer.set_user_pin(Secret("forgotten-by-all"), "")
    house.again()
    assert house.hold("renewal").closed, house.people.outcome
    assert house.failed() == set()


def test_where_the_token_was_open_it_is_logged_out_first_and_open_afterwards(house: Holders) -> None:
    opened = "      - {id: open, kind: open-token, actor: administrator, text: Put it in.}\n"
    house.edit("renewal.yaml", opened, "")
    house.edit("renewal.yaml", "      - id: renew\n", opened + "      - id: renew\n")
    house.again()
    assert house.hold("renewal").closed, house.people.outcome
    assert house.failed() == set()
    assert house.labels("token-opened", 2) == [OWN, LABEL, LABEL, OWN], "for the first step, and anew after the change"


def test_before_the_new_cards_are_proved_nothing_is_done_to_the_token(house: Holders) -> None:
    seen = []

    def look(display: Any) -> bool:
        seen.append((len(house.events("pin-changing", 2)), display.name))
        return False

    house.again().answers["show_secret", "renew"] = look
    assert house.hold("renewal").closed
    assert [count for count, _ in seen] == [0] * 6
    order = [event.kind for event in (*house.events("shares-proved", 2),)]
    assert order == ["shares-proved"] * 2


WRONG: dict[str, tuple[Any, str]] = {
    "the user PIN's card": (lambda people: people.cards[card("agus")], "SHARE-PURPOSE"),
    "another holder's card": (lambda people: people.cards[card("bambang", "so-share")], "SHARE-HOLDER"),
    "a slip of the finger": (lambda people: slipped(people.cards[card("agus", "so-share")]), "SHARE-CHECKSUM"),
}


@pytest.mark.parametrize(("words", "code"), WRONG.values(), ids=WRONG)
def test_nothing_is_changed_with(house: Holders, words: Any, code: str) -> None:
    people = house.again()
    people.typed = lambda request: words(people) if request.person == "Agus Santoso" else people.cards[request.name]
    assert not house.hold("renewal").closed
    assert [event.code for event in house.events("share-refused", 2)] == [code]
    assert house.events("shares-made", 2) == house.events("pin-changing", 2) == []


def test_with_too_few_holders_in_the_room_nothing_is_begun(house: Holders) -> None:
    house.edit("renewal.yaml", "dewi, citra], duty", "dewi, citra, eko], needed: 3, duty")
    house.again().absent = {"agus"}
    assert not house.hold("renewal").closed
    assert [event.code for event in house.events("step-failed", 2)] == ["SHARES-HOLDERS"]
    assert house.events("shares-made", 2) == []


def test_an_so_pin_that_somebody_has_changed_since_is_told_before_a_card_is_written(house: Holders) -> None:
    module = Module.load("softhsm")
    so_pin = house.pin("so-share", OLD[:2], house.entry.shares_of("so-pin").check_value, house.people.cards)
    with module.officer(module.find(LABEL), so_pin) as officer:
        officer.set_so_pin(so_pin, Secret("somebody-elses-so-pin"), "")
    house.again()
    assert not house.hold("renewal").closed
    assert house.events("shares-made", 2) == []
    (failed,) = house.events("step-failed", 2)
    assert "somebody has set another one since" in failed.detail
    assert len(house.events("pin-refused", 2)) == 1


def test_a_second_attempt_begins_with_the_sets_that_are_in_force(house: Holders) -> None:
    """The first stops while a new card is proved: nothing was changed, and its cards are worthless."""
    people, slips = house.again(), [True]
    old = dict(people.cards)

    def typed(request: Any) -> str:
        asked = [item for item in people.of("secret_words") if item.name == request.name]
        known = old if request.identifier in {read_share(Secret(words)).identifier for words in old.values()} else None
        words = (known or people.cards)[request.name]
        return slipped(words) if known is None and asked and slips and slips.pop() else words

    said = []

    def choose(choice: Any) -> str:
        said.append(str(choice.fault))
        return "stop" if "share" in choice.title else "try-again"

    people.typed = typed
    people.answers["choose", "renew"] = choose
    assert house.hold("renewal").closed, people.outcome
    assert "worthless: destroy them" in said[-1]
    assert len(house.events("pin-changed", 2)) == 2
    assert len({event.identifier for event in house.events("shares-made", 2)}) == 4
    assert house.failed() == set()


def test_a_token_that_goes_away_between_the_changes_leaves_cards_that_open_the_way(house: Holders) -> None:
    """Its files are gone when the SO PIN is to be changed; they come back, and the step is done again."""
    import os
    from pathlib import Path

    tokens = Path(os.environ["SOFTHSM2_CONF"]).parent / "tokens"
    people = house.again()
    old = dict(people.cards)
    old_sets = {read_share(Secret(words)).identifier for words in old.values()}
    people.typed = lambda request: (old if request.identifier in old_sets else people.cards)[request.name]
    gone, said = [], []

    def notice(notice: Any) -> None:
        if getattr(notice, "kind", "") == "pin-changed" and not gone:
            gone.append(tokens.rename(tokens.with_name("away")))

    def choose(choice: Any) -> str:
        said.append(str(choice.fault))
        if gone and not tokens.exists():
            gone[0].rename(tokens)
            Module.load("softhsm").restart()
        return "try-again"

    people.notice = notice  # type: ignore[method-assign]
    people.answers["choose", "renew"] = choose
    outcome = house.hold("renewal")
    assert "its new cards are good. The SO PIN may be the old one" in said[0], said
    assert outcome.closed, outcome
    assert house.failed() == set()


def test_no_file_holds_a_word_or_a_pin_of_it(house: Holders) -> None:
    house.again()
    assert house.hold("renewal").closed
    new = house.entry
    pins = [
        house.pin(kind, NEW[:2], new.shares_of(purpose).check_value, house.people.cards).reveal()
        for kind, purpose in (("share", "user-pin"), ("so-share", "so-pin"))
    ]
    kept = everything(house.archive) + everything(house.folder)
    marks = [mark.encode() for mark in pins] + [bytes.fromhex(mark) for mark in pins]
    marks += [" ".join(words.split()[4:7]).encode() for words in house.people.cards.values()]
    assert not any(mark in kept for mark in marks)
    told = "\n".join(repr(request) for *_, request in house.people.asked)
    assert not any(pin in told for pin in pins)
