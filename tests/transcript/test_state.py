"""What the one fold of a ceremony knows: which tokens are open, what stands half done, attempts, who is here."""

from __future__ import annotations

from typing import Any, TypeVar

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import EventData
from ceremony.transcript.state import CeremonyState, fold, walk
from tests.transcript.lines import line
from tests.transcript.samples import SAMPLES

Data = TypeVar("Data", bound=EventData)


def sample(kind: type[Data], **changes: Any) -> Data:
    """The sample of a kind, with these fields instead of its own."""
    found = next(item for item in SAMPLES if isinstance(item, kind))
    return found.model_copy(update=changes)


OPENED = sample(kinds.TokenOpened, label="ROOT", serial="17")
CLOSED = kinds.TokenClosed(label="ROOT")
GONE = kinds.TokenGone(label="ROOT")
BEGUN = kinds.StepBegun(number=2, step_kind="generate-key", title="Make it")
RESUMED = sample(kinds.CeremonyResumed)
DRAWN = kinds.Drawn(token="01", system="02")
INTENDED = kinds.KeyIntended(key="root", key_id="aa", algorithm="p-256", profile="root", drawn=DRAWN)
ENDED = sample(kinds.CeremonyClosed)


def lines(*events: EventData) -> list[Entry]:
    return [line(data, seq=seq) for seq, data in enumerate(events, start=1)]


def after(*events: EventData) -> CeremonyState:
    return fold(lines(*events))


class TestTokens:
    def test_one_is_open_from_the_login_until_it_is_closed_or_gone(self) -> None:
        assert after(OPENED).open_tokens == {"ROOT": OPENED}
        for end in (CLOSED, GONE, RESUMED, ENDED):
            assert after(OPENED, end).open_tokens == {}
            assert after(end, OPENED).open_tokens == {"ROOT": OPENED}

    def test_closing_one_leaves_the_others_open(self) -> None:
        other = OPENED.model_copy(update={"label": "VAULT", "serial": "18"})
        assert set(after(OPENED, other, GONE).open_tokens) == {"VAULT"}

    def test_making_one_is_cut_short_by_an_interruption_and_not_by_a_refusal(self) -> None:
        begin, done = kinds.TokenInitialising(label="V"), kinds.TokenInitialised(label="V", serial="1")
        assert after(begin, BEGUN).tokens_cut_short == set()
        assert after(begin, RESUMED).tokens_cut_short == {"V"}
        assert after(begin, RESUMED, begin).tokens_cut_short == set()
        assert after(begin, RESUMED, begin, done).tokens_begun == set()
        assert after(begin, done, RESUMED).tokens_cut_short == set()


class TestHalfDone:
    def test_an_intent_stands_until_its_outcome(self) -> None:
        made = kinds.KeyMade(
            key="root", key_id="aa", algorithm="p-256", profile="root", spki="30", spki_sha256="", attributes=()
        )
        (found,) = after(BEGUN, INTENDED).unfinished
        assert found.name == "key root"
        assert found.value == "announced in line 2. It may be on the token, with id aa."
        assert after(BEGUN, INTENDED, made).unfinished == ()

    def test_the_next_attempt_forgets_it(self) -> None:
        assert after(BEGUN, INTENDED, BEGUN).unfinished == ()

    def test_what_is_announced_again_comes_last(self) -> None:
        files = sample(kinds.ArtefactIntended, paths=("a",))
        assert [item.name for item in after(INTENDED, files, INTENDED).unfinished] == ["files a", "key root"]

    def test_a_change_of_pins_is_not_forgotten_with_its_attempt(self) -> None:
        pin: dict[str, Any] = {"label": "V", "serial": "1", "identifier": 7}
        announced = kinds.PinChanging(purpose="user-pin", **pin)
        user = kinds.PinChanged(purpose="user-pin", replaced=None, **pin)
        officer = kinds.PinChanged(purpose="so-pin", replaced=None, **pin)
        for events in ((announced, BEGUN), (announced, user, BEGUN)):
            (found,) = after(*events).unfinished
            assert found.name == "PINs of token V"
            assert events[-2].cards in found.value  # type: ignore[attr-defined]  # both kinds say which cards are good
        assert after(announced, user, officer).unfinished == ()


class TestCourse:
    def test_the_last_attempt_at_each_step_is_known(self) -> None:
        begun = [line(BEGUN, step="make", attempt=attempt) for attempt in (1, 2)]
        assert fold([*begun, line(BEGUN, step="sign")]).attempts == {"make": 2, "sign": 1}

    def test_it_is_given_up_until_a_step_begins(self) -> None:
        failed = sample(kinds.StepFailed, headline="It failed.", decision="abort")
        assert after(BEGUN, failed).given_up == "It failed."
        assert after(BEGUN, failed.model_copy(update={"decision": "try-again"})).given_up == ""
        assert after(BEGUN, failed, RESUMED).given_up == "It failed."
        assert after(BEGUN, failed, BEGUN).given_up == ""

    def test_each_resumption_counts(self) -> None:
        assert after(RESUMED, BEGUN, RESUMED).resumptions == 2

    def test_nobody_is_here_after_an_interruption_and_in_a_break_all_are_to_come_back(self) -> None:
        ayu = sample(kinds.PersonPresent, person="ayu")
        left = kinds.PersonLeft(person="ayu", reason="Lunch.")
        break_begun = kinds.BreakBegun(reason="Lunch.", sealed="")
        assert (after(ayu, RESUMED).present, set(after(ayu, RESUMED).away)) == ({}, {"ayu"})
        assert after(ayu, left, RESUMED).away == {}
        assert set(after(ayu, break_begun, left, RESUMED).away) == {"ayu"}
        assert after(ayu, RESUMED, ayu).away == {}


def test_a_key_that_was_destroyed_is_not_certified_by_what_names_it() -> None:
    of_kind = {sample.kind: sample for sample in SAMPLES}
    signed = (of_kind["certificate-built"], of_kind["signed"])
    assert after(*signed).standing["root"].state == "certified"
    assert after(of_kind["key-destroyed"], *signed).standing["root"].state == "destroyed"


def test_a_walk_shows_each_line_with_the_state_before_it() -> None:
    seen = [(entry.event.kind, set(state.open_tokens)) for entry, state in walk(lines(OPENED, CLOSED, OPENED))]
    assert seen == [("token-opened", set()), ("token-closed", {"ROOT"}), ("token-opened", set())]


class TestDestroyedTokens:
    RECEIVED = sample(kinds.ItemReceived, item="vault", token="VAULT")
    BROKEN = sample(kinds.ItemDestroyed, item="vault")
    ANEW = sample(kinds.TokenInitialised, label="VAULT")

    def test_one_is_gone_from_the_line_on_that_says_so(self) -> None:
        state = after(self.RECEIVED, BEGUN, self.BROKEN, BEGUN)
        assert state.token_gone("VAULT")
        assert [state.token_gone("VAULT", before=seq) for seq in (2, 3, 4, 5)] == [False, False, True, True]
        assert not state.token_gone("ROOT")

    def test_one_that_is_made_after_it_is_there_again(self) -> None:
        state = after(self.RECEIVED, self.BROKEN, BEGUN, self.ANEW, BEGUN)
        assert not state.token_gone("VAULT")
        assert [state.token_gone("VAULT", before=seq) for seq in (2, 3, 4, 5)] == [False, True, True, False]

    def test_one_that_was_made_before_it_is_gone(self) -> None:
        assert after(self.ANEW, self.RECEIVED, self.BROKEN).token_gone("VAULT")

    def test_a_thing_that_is_no_token_takes_none_along(self) -> None:
        assert after(sample(kinds.ItemReceived, item="vault", token=""), self.BROKEN).tokens_destroyed == {}
