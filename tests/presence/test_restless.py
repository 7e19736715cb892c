"""Whatever people say, whoever goes out and comes back, and whatever token is pulled out while a ceremony is held: both
verifiers prove it."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ceremony.engine.questions import ASKED, DISSENT
from ceremony.token.module import Module
from ceremony.token.softhsm import SoftHsmHome
from ceremony.verify.archive import verify_path
from tests.house import second_opinion
from tests.house.ca import House
from tests.house.people import People
from tests.house.tokens import softhsm_in

CAS = Path(__file__).parents[1]
PEOPLE = ("rini", "tono", "agus", "dewi", "wati", "bambang", "siti", "yusuf")
PATIENCE = 40
"""So often people try again, before they give the ceremony up."""

Said = tuple[str, dict[str, str]]
DEVIATION = {"expected": "A bag.", "happened": "A box.", "decided": "Go on.", "decided_by": "All."}


def about(kind: str, **more: str) -> st.SearchStrategy[Said]:
    return st.sampled_from(PEOPLE).map(lambda person: (kind, {"person": person, **more}))


def deviated(person: str) -> Said:
    return "deviation", {**DEVIATION, "raised_by": person, ASKED: " ".join(PEOPLE), f"{DISSENT}{person}": "I do not."}


REMARKS = st.one_of(
    about("left", reason="Called away."),
    about("left", reason="Called away."),
    about("returned"),
    about("entered"),
    st.just(("break", {"reason": "Lunch."})),
    st.just(("note", {"text": "It rains."})),
    st.sampled_from(PEOPLE).map(deviated),
)
PULLED: Said = ("pulled", {})
"""No remark: all tokens lie no longer where they did. They are put back where the ceremony waits for it."""
DAYS = st.lists(st.tuples(st.integers(0, 70), REMARKS), max_size=15)
"""When something is said: before which answer."""
LOSSES = st.lists(
    st.tuples(st.integers(0, 70), st.one_of(REMARKS, st.just(PULLED), st.just(PULLED))), min_size=4, max_size=12
)
"""The same, with tokens pulled out."""


class Restless(People):
    """They say what a day holds for them; where the ceremony waits for them they all come back."""

    def at(self, day: list[tuple[int, Said]], absent: set[str]) -> None:
        self.absent, self.tries, self.number = absent, 0, 0
        self.day = defaultdict(list)
        for moment, said in day:
            self.day[moment].append(said)

    def _talk(self) -> None:
        for said in self.day[self.number]:
            if said == PULLED:
                self.pull()
            else:
                self.say(*said)
        self.number += 1

    def pull(self) -> None:
        """Every token out of its reader."""
        if not self.away.exists():
            self.pulls += any(self.tokens.iterdir())
            self.tokens.rename(self.away)
            self.tokens.mkdir()

    def put_back(self) -> None:
        """And in again, as it was."""
        if self.away.exists():
            for item in self.away.iterdir():
                shutil.copytree(item, self.tokens / item.name, dirs_exist_ok=True)
            shutil.rmtree(self.away)

    def answer(self, method: str, request: Any, usual: Any) -> Any:
        if self.say is not None and method != "progress":
            self._talk()
        return super().answer(method, request, usual)

    def choose(self, choice: Any) -> str:
        names = {option.name for option in choice.options}
        if not names & {"look-again", "try-again"}:
            return super().choose(choice)
        self._talk()
        self.put_back()
        self.tries, self.absent = self.tries + 1, set()
        for person in PEOPLE:
            self.say("returned", {"person": person})
            self.say("entered", {"person": person})
        again = "try-again" if "try-again" in names else "look-again"
        return "abort" if self.tries > PATIENCE else again


@contextmanager
def restless(ca: str, day: list[tuple[int, Said]], absent: set[str], script: str = "script") -> Iterator[Any]:
    """The house after such a day. Its `hold` looks whether each line stands where the traces let it stand."""
    with tempfile.TemporaryDirectory(prefix="ceremony-restless-") as place, softhsm_in(Path(place)) as home:
        people = Restless()
        people.tokens, people.away, people.pulls = home.tokens, Path(place) / "away", 0
        people.at(day, absent)
        house = House.built(CAS / ca / "ca", Path(place), people=people)
        house.hold(script)
        yield house


def assert_proved(house: House, script: str = "script") -> None:
    if house.entries()[-1].event.kind == "ceremony-closed" and not (house.ceremony() / "transcript.p7s").exists():
        house.people.put_back()  # the sealer's token was pulled out between the last line and the seal
        house.seal_again(script)
    (verdict,) = verify_path(house.archive)
    assert {check.id for check in verdict.failed} == set()
    assert second_opinion.faults(house.ceremony()) == []
    assert verdict.outcome == ("proved" if house.people.outcome.closed else "ended early")
    assert getattr(house.people.outcome.fault, "code", "") != "PROGRAM-FAULT"
    assert not Module.load("softhsm").sessions


def same_days(examples: int) -> settings:
    """The same days in every run."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None)


@same_days(20)
@given(DAYS, st.sets(st.sampled_from(PEOPLE), max_size=2))
def test_a_day_with_deputies_attestations_and_receipts_is_proved(day: list[tuple[int, Said]], absent: set[str]) -> None:
    with restless("presence", day, absent) as house:
        assert_proved(house)


@same_days(10)
@given(DAYS)
def test_a_day_with_split_pins_is_proved(day: list[tuple[int, Said]]) -> None:
    with restless("shares", day, set(), "generation") as house:
        assert_proved(house)


@same_days(5)
@given(DAYS)
def test_a_day_with_signed_approvals_words_read_back_and_a_second_token_is_proved(day: list[tuple[int, Said]]) -> None:
    with restless("custody_rules", day, set(), "generation") as house:
        assert_proved(house, "generation")


@same_days(20)
@given(LOSSES)
def test_a_day_on_which_tokens_are_pulled_out_is_proved(day: list[tuple[int, Said]]) -> None:
    with restless("presence", day, set()) as house:
        assert_proved(house)


@same_days(5)
@given(LOSSES)
def test_a_day_with_signed_approvals_on_which_tokens_are_pulled_out_is_proved(day: list[tuple[int, Said]]) -> None:
    with restless("custody_rules", day, set(), "generation") as house:
        assert_proved(house, "generation")


# What such days found ------------------------------------------------------------------------------------------------


def test_the_roll_is_not_called_done_by_who_went_out_meanwhile(house: House) -> None:
    house.people.answers["confirm", "roll"] = at_the(4, lambda: house.people.leave("rini"))
    house.people.answers["choose", "roll"] = lambda choice: "try-again"
    assert house.hold().closed
    assert house.codes() == ["PRESENCE-LEFT"]
    assert [data.person for data in house.events("person-present")] == ["rini", "agus", "dewi", "siti", "rini"]
    assert house.failed() == set()


def test_a_roll_that_nobody_of_the_acting_role_answered_is_called_again(house: House) -> None:
    house.people.absent = {"rini", "tono"}

    def they_come(choice: Any) -> str:
        house.people.absent = set()
        return "try-again"

    house.people.answers["choose", "roll"] = they_come
    assert house.hold().closed
    assert house.failed() == set()


def test_who_reads_the_counts_while_a_note_is_written_reads_them_again(house: House) -> None:
    house.people.once("confirm", "close", lambda: house.people.say("note", {"text": "It rains."}))
    assert house.hold().closed
    asked = [request.statement for request in house.people.of("confirm", "close") if request.word == "YES"]
    said = [data.statement for data in house.events("statement-confirmed", step="close") if data.about == "counts"]
    assert " 0 notes are" in asked[0]
    assert asked[1:] == said
    assert all(" 1 note" in statement for statement in said)
    assert house.failed() == set()


def test_the_token_of_a_sealer_who_went_out_is_not_touched(house: House) -> None:
    house.people.answers["choose", "close"] = at_the(4, lambda: house.people.leave("rini"))
    house.people.absent = {"tono"}
    house.hold()
    assert "PRESENCE-LEFT" in house.codes()
    failed = next(at for at, entry in enumerate(house.entries()) if entry.event.kind == "step-failed")
    assert [entry.event.kind for entry in house.entries()[failed - 2 : failed]] == [
        "artefacts-intended",
        "artefacts-written",
    ]
    assert house.failed() == set()


def test_a_token_is_not_opened_for_who_went_out_while_its_pin_was_put_together(
    tmp_path: Path, softhsm: SoftHsmHome
) -> None:
    """It would be open then, and no line would say so."""
    del softhsm
    house = House.built(CAS / "shares" / "ca", tmp_path)
    people, left, tries = house.people, count(), count()

    def typed(request: Any) -> str:
        if house.events("break-ended") and not next(left):
            people.leave("rini")
        return people.cards[request.name]

    def again(choice: Any) -> str | None:
        if not any(option.name == "try-again" for option in choice.options):
            return None
        people.come_back("rini")
        return "try-again" if next(tries) < 3 else "abort"

    people.typed = typed
    people.once("instruct", "open", lambda: people.say("break", {"reason": "Lunch."}))
    people.answers["choose", "make-root"] = again
    assert house.hold("generation").closed
    assert [data.code for data in house.events("preparation-failed")] == ["PRESENCE-LEFT"]
    assert house.failed() == set()


def at_the(number: int, act: Callable[[], None]) -> Callable[[Any], None]:
    """An answer that is the usual one; before the one of this number something happens in the room."""
    asked = count(1)

    def answer(request: Any) -> None:
        del request
        if next(asked) == number:
            act()

    return answer
