"""Shares line by line: each line of theirs dropped, doubled, moved or invented is found by STEPS-TRACE, and nothing
is found where people only took another way that is open to them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house.ca import House
from tests.house.forger import Forger
from tests.house.people import slipped
from tests.house.tokens import softhsm_in
from tests.shares.conftest import CA, LABEL

RULE = "STEPS-TRACE"
Lie = Callable[[Forger], None]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three ceremonies; nobody writes into it. Dewi's card is mended while the token is made. In the next
    one Agus slips and is passed over, Dewi slips and types hers again, and Bambang is the second. The last one is given
    up because Agus slips."""
    folder = tmp_path_factory.mktemp("traces")
    house: House = House.built(CA, folder)

    def slips(*names: str) -> Callable[[Any], str]:
        left = [f"share:{LABEL}:{name}" for name in names]

        def typed(request: Any) -> str:
            words = house.people.cards[request.name]
            if request.name in left:
                left.remove(request.name)
                return slipped(words)
            return words

        return typed

    def choose(*names: str) -> Callable[[Any], str]:
        left = iter(names)
        return lambda _: next(left)

    with softhsm_in(folder):
        house.people.typed = slips("dewi")
        house.people.answers["choose", "open"] = choose("show")
        assert house.hold("generation").closed, house.people.outcome
        house.again().typed = slips("agus", "dewi")
        house.people.answers["choose", "open"] = choose("other", "again")
        assert house.hold("look").closed, house.people.outcome
        house.again().typed = slips("agus")
        house.people.answers["choose", "open"] = choose("stop", "abort")
        assert not house.hold("look").closed
    return house.archive


@pytest.fixture
def forger_at(held: Path, tmp_path: Path) -> Callable[[int], Forger]:
    """A forger at work on a copy of one of them, by its number."""

    def at_work(number: int) -> Forger:
        folder = next(held.glob(f"{number:04d}-*"))
        return Forger(Path(shutil.copytree(folder, tmp_path / folder.name)))

    return at_work


def dropped(kind: str, **which: Any) -> Lie:
    """The first line of a kind in the step, of those that say this, is taken out."""
    return lambda forger: forger.remove(forger.one(kind, "open", **which))


def doubled(kind: str, **which: Any) -> Lie:
    def lie(forger: Forger) -> None:
        line = forger.one(kind, "open", **which)
        forger.insert_after(line, kind, dict(line["data"]))

    return lie


def moved(kind: str, after: str, *, which: dict[str, Any] | None = None, other: dict[str, Any] | None = None) -> Lie:
    return lambda forger: forger.move_after(
        forger.one(kind, "open", **(which or {})), forger.one(after, "open", **(other or {}))
    )


def said(kind: str, which: dict[str, Any], envelope: dict[str, Any] | None = None, **changes: Any) -> Lie:
    """A line says something else, or somebody else says it."""

    def lie(forger: Forger) -> None:
        line = forger.one(kind, "open", **which)
        assert (line["data"] | changes, line | (envelope or {})) != (line["data"], line)
        line["data"] |= changes
        line |= envelope or {}

    return lie


AGUS: dict[str, Any] = {"label": LABEL, "purpose": "user-pin", "index": 1, "person": "agus"}


def passed_without_need(forger: Forger) -> None:
    """Bambang is passed over although nobody more was asked."""
    line = forger.one("share-entered", "open", person="bambang")
    forger.insert_after(line, "share-passed", {**AGUS, "index": 3, "person": "bambang", "tries": 0}, actor="engine")


def one_more_than_needed(forger: Forger) -> None:
    line = forger.one("share-entered", "open", person="bambang")
    forger.insert_after(line, "share-entered", {**AGUS, "tries": 1, "shown": 0}, actor="agus")


def never_fitted(forger: Forger) -> None:
    """The shares did not belong together, and the token was opened with them."""
    line = forger.one("share-entered", "open", person="bambang")
    data = {"label": LABEL, "purpose": "user-pin", "identifier": 1, "persons": ["dewi", "bambang"]}
    forger.insert_after(line, "shares-refused", {**data, "code": "SHARE-INCONSISTENT"}, actor="engine")


def refused_pin(forger: Forger) -> None:
    """The check value proves it: what the token refuses once it refuses again."""
    line = forger.one("share-entered", "open", person="bambang")
    forger.insert_after(line, "pin-refused", {"label": LABEL, "person": "rini", "tries": ""}, actor="rini")


OPENED: dict[str, Lie] = {
    "a share dropped": dropped("share-entered", person="dewi"),
    "a share doubled": doubled("share-entered", person="dewi"),
    "two shares in the other order": moved(
        "share-entered", "share-entered", which={"person": "dewi"}, other={"person": "bambang"}
    ),
    "a share of one more than is needed": one_more_than_needed,
    "a share entered by another": said("share-entered", {"person": "dewi"}, {"actor": "bambang"}),
    "a share typed once less": said("share-entered", {"person": "dewi"}, tries=1),
    "a share that was shown": said("share-entered", {"person": "dewi"}, shown=1),
    "who was passed over dropped": dropped("share-passed"),
    "who was passed over doubled": doubled("share-passed"),
    "passed over before the refusal": moved("share-refused", "share-passed", which={"person": "agus"}),
    "passed over by somebody": said("share-passed", {}, {"actor": "agus"}),
    "passed over after no refusal": said("share-passed", {}, tries=0),
    "another one passed over": said("share-passed", {}, index=2, person="dewi"),
    "nobody is left, and one is passed over": passed_without_need,
    "the refusal of who was passed over dropped": dropped("share-refused", person="agus"),
    "the refusal of who typed again dropped": dropped("share-refused", person="dewi"),
    "a refusal doubled": doubled("share-refused", person="dewi"),
    "a refusal of nobody": said("share-refused", {"person": "dewi"}, {"actor": "nobody"}, person="nobody"),
    "a refusal in the name of another": said("share-refused", {"person": "dewi"}, {"actor": "agus"}),
    "a refusal by the engine": said("share-refused", {"person": "dewi"}, {"actor": "engine"}),
    "a refusal of another's share": said("share-refused", {"person": "dewi"}, index=3),
    "a refusal for no reason of shares": said("share-refused", {"person": "dewi"}, code="PIN-REFUSED"),
    "shares that do not fit together": never_fitted,
    "swap not looked at": dropped("swap-looked-at"),
    "swap looked at twice": doubled("swap-looked-at"),
    "swap looked at after the first share": moved("swap-looked-at", "share-passed"),
    "shares before the token is recognised": moved("statement-confirmed", "share-passed", which={"about": "token"}),
    "a PIN refused that was put together": refused_pin,
}


@pytest.mark.parametrize("lie", OPENED.values(), ids=OPENED)
def test_a_lie_about_shares_that_were_put_together_is_found(forger_at: Callable[[int], Forger], lie: Lie) -> None:
    forger = forger_at(2)
    lie(forger)
    assert RULE in forger.failed()


def slips_once_more(forger: Forger) -> None:
    line = forger.one("share-refused", "open", person="dewi")
    forger.insert_after(line, "share-refused", {**line["data"], "code": "SHARE-WORD"})
    forger.one("share-entered", "open", person="dewi")["data"]["tries"] = 3


def passes_at_once(forger: Forger) -> None:
    forger.remove(forger.one("share-refused", "open", person="agus"))
    forger.one("share-passed", "open")["data"]["tries"] = 0


def goes_out(forger: Forger) -> None:
    """Agus is not asked at all: he goes out before, and comes back afterwards."""
    forger.remove(forger.one("share-refused", "open", person="agus"), forger.one("share-passed", "open"))
    said = {"person": "agus", "reason": "A call."}
    forger.insert_after(forger.one("swap-looked-at", "open"), "person-left", said, actor="agus")


TRUE: dict[str, Lie] = {
    "as it was": lambda forger: None,
    "slipped once more": slips_once_more,
    "passed over without a word typed": passes_at_once,
    "went out before holders were asked": goes_out,
    "not done by who slips, but by who is next": said("share-refused", {"person": "agus"}, code="SHARE-SET"),
}


@pytest.mark.parametrize("change", TRUE.values(), ids=TRUE)
def test_what_might_have_happened_is_not_called_a_lie(forger_at: Callable[[int], Forger], change: Lie) -> None:
    forger = forger_at(2)
    change(forger)
    assert RULE not in forger.failed()


def another_holder_first(forger: Forger) -> None:
    """Bambang's four lines stand before Dewi's."""
    theirs = [line for line in forger.lines if line["kind"] in ("share-shown", "share-entered")]
    last = forger.of("shares-made", "open")[-1]
    for line in [item for item in theirs if item["data"]["person"] == "bambang"][::-1]:
        forger.move_after(line, last)


MADE: dict[str, Lie] = {
    "a share not shown": dropped("share-shown", person="agus", purpose="so-pin"),
    "a share shown twice": doubled("share-shown", person="agus", purpose="so-pin"),
    "a share not typed back": dropped("share-entered", person="agus", purpose="so-pin"),
    "a share typed back twice": doubled("share-entered", person="agus", purpose="so-pin"),
    "typed back before it was shown": moved("share-shown", "share-entered", which={"person": "agus"}),
    "shown to another": said("share-shown", {"person": "bambang"}, {"actor": "dewi"}, person="dewi"),
    "the SO PIN's first": moved("share-shown", "share-entered", other={"purpose": "so-pin"}),
    "the last holder first": another_holder_first,
    "a slip dropped": dropped("share-refused", person="dewi"),
    "the card not shown again": lambda forger: forger.remove(forger.of("share-shown", "open", person="dewi")[1]),
    "the card shown once less": said("share-entered", {"person": "dewi"}, shown=1),
    "typed once less": said("share-entered", {"person": "dewi"}, tries=1),
    "the sets in the other order": moved("shares-made", "shares-made", other={"purpose": "so-pin"}),
    "a set drawn twice": doubled("shares-made", purpose="user-pin"),
    "a proof dropped": dropped("shares-proved", purpose="so-pin"),
    "a proof doubled": doubled("shares-proved", purpose="so-pin"),
    "the proofs in the other order": moved("shares-proved", "shares-proved", other={"purpose": "so-pin"}),
    "swap not looked at": dropped("swap-looked-at"),
    "swap looked at once the PINs are drawn": moved("swap-looked-at", "shares-made"),
}


@pytest.mark.parametrize("lie", MADE.values(), ids=MADE)
def test_a_lie_about_shares_that_were_handed_out_is_found(forger_at: Callable[[int], Forger], lie: Lie) -> None:
    forger = forger_at(1)
    lie(forger)
    assert RULE in forger.failed()


def mended_once_more(forger: Forger) -> None:
    refused = forger.one("share-refused", "open", person="dewi")
    shown = forger.of("share-shown", "open", person="dewi")[1]
    again = forger.insert_after(shown, "share-refused", dict(refused["data"]))
    forger.insert_after(again, "share-shown", dict(shown["data"]))
    forger.one("share-entered", "open", person="dewi")["data"].update(tries=3, shown=3)


def typed_again_without_being_shown(forger: Forger) -> None:
    forger.remove(forger.of("share-shown", "open", person="dewi")[1])
    forger.one("share-entered", "open", person="dewi")["data"]["shown"] = 1


@pytest.mark.parametrize("change", [mended_once_more, typed_again_without_being_shown])
def test_a_card_may_be_mended_as_often_as_it_needs(forger_at: Callable[[int], Forger], change: Lie) -> None:
    forger = forger_at(1)
    change(forger)
    assert RULE not in forger.failed()


def passed_after_all(forger: Forger) -> None:
    forger.insert_after(forger.one("share-refused", "open"), "share-passed", {**AGUS, "tries": 1}, actor="engine")


def entered_after_all(forger: Forger) -> None:
    line = forger.one("share-refused", "open")
    forger.insert_after(line, "share-entered", {**AGUS, "tries": 2, "shown": 0})


GIVEN_UP: dict[str, Lie] = {
    "the refusal dropped for which people stopped": dropped("share-refused"),
    "another reason for it": said("share-refused", {}, code="SHARE-WORD"),
    "passed over, and stopped for the refusal": passed_after_all,
    "entered after all": entered_after_all,
}


@pytest.mark.parametrize("lie", GIVEN_UP.values(), ids=GIVEN_UP)
def test_a_step_that_failed_for_a_share_says_which_one_and_why(forger_at: Callable[[int], Forger], lie: Lie) -> None:
    forger = forger_at(3)
    assert RULE not in forger.failed()
    lie(forger)
    for line in forger.of("step-failed"):
        line["data"]["after"] = forger.lines[forger.place(line) - 1]["seq"]
    assert RULE in forger.failed()
