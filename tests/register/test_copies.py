"""What the register knows of every copy of a key, of its attributes over time, and of who held which share when."""

from __future__ import annotations

import pytest

from ceremony.script.register_keys import copies_as_json
from ceremony.transcript import kinds
from ceremony.transcript.kinds import EventData, Named
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.register import Register, parse_register
from ceremony.transcript.register_entries import KeyEntry, Mode
from ceremony.transcript.registering import register_after
from ceremony.transcript.state import CeremonyState, fold
from tests.transcript.lines import line
from tests.transcript.samples import SAMPLES, SHA

OWN, SECOND = ("ROOT", "17"), ("VAULT", "18")
FOUND = next(item for item in SAMPLES if isinstance(item, kinds.TokenFound)).model_copy(
    update={"label": "ROOT", "serial": "17"}
)
MADE = next(item for item in SAMPLES if isinstance(item, kinds.KeyMade)).model_copy(
    update={"attributes": (Named(name="sensitive", value="true"), Named(name="extractable", value="true"))}
)
BACKED_UP = kinds.KeyBackedUp(
    key="next",
    key_id="ff",
    spki_sha256=SHA,
    label="VAULT",
    serial="18",
    facts=(),
    locked=(Named(name="sensitive", value="true"), Named(name="extractable", value="false")),
    restored=(Named(name="local", value="false"),),
    lock_answer="CKR_KEY_UNEXTRACTABLE",
)
DESTROYED = kinds.KeyDestroyed(
    key="next", key_id="ff", label="ROOT", serial="17", spki_sha256=SHA, reason="The end.", facts=()
)
TESTED = kinds.RestoreTested(
    key="next", key_id="ff", label="VAULT", serial="18", challenge="00", algorithm="p-256", signature="00"
)


def received(item: str, token: str) -> EventData:
    return kinds.ItemReceived(item=item, what="A thing", serial="1", packaging="", condition="intact", token=token)


def broken(item: str) -> EventData:
    return kinds.ItemDestroyed(item=item, serial="1", method="drilled")


def anew(label: str, serial: str) -> EventData:
    return kinds.TokenInitialised(label=label, serial=serial)


def held(*ceremonies: tuple[EventData, ...], mode: Mode = "production") -> Register:
    """What these ceremonies add up to, each with its events in order, one a minute of its own day."""
    register = Register(mode=mode)
    for day, events in enumerate(ceremonies, start=1):
        folder = f"000{day}-day"
        lines = [line(data, seq=seq, at=f"2027-01-0{day}T10:{seq:02d}:00Z") for seq, data in enumerate(events, start=1)]
        state = fold(lines, CeremonyState(ledger=Ledger.of(register, folder)))
        register = register_after(register, state, folder, lambda path: None)
        assert parse_register(register.octets) == register
    return register


def only_key(register: Register) -> KeyEntry:
    (key,) = register.keys
    return key


class TestCopies:
    def test_a_key_that_was_made_is_on_its_own_token(self) -> None:
        key = only_key(held((FOUND, MADE)))
        assert (key.copies, key.lost) == ((OWN,), ())

    def test_a_backup_is_one_more(self) -> None:
        key = only_key(held((FOUND, MADE, BACKED_UP), (TESTED,)))
        assert key.copies == (OWN, SECOND)
        assert key.backups[0].tested_at == "2027-01-02T10:01:00Z"
        assert key.backups[0].attributes == (("local", "false"),)

    @pytest.mark.parametrize("together", [True, False])
    def test_a_destroyed_key_goes_on_in_its_backup(self, together: bool) -> None:
        days = ((FOUND, MADE, BACKED_UP, DESTROYED),) if together else ((FOUND, MADE, BACKED_UP), (FOUND, DESTROYED))
        key = only_key(held(*days))
        assert (key.state, key.copies) == ("destroyed", (SECOND,))
        assert [(item.label, item.serial, item.how, item.words) for item in key.lost] == [
            ("ROOT", "17", "key-destroyed", "The end.")
        ]

    @pytest.mark.parametrize("together", [True, False])
    def test_with_the_token_of_its_backup_no_copy_remains(self, together: bool) -> None:
        first = (received("vault", "VAULT"), FOUND, MADE, BACKED_UP)
        last = (DESTROYED, broken("vault"))
        key = only_key(held(*((first + last,) if together else (first, last))))
        assert (key.state, key.copies, key.backups) == ("destroyed", (), ())
        assert [(item.label, item.serial, item.how, item.words) for item in key.lost] == [
            ("ROOT", "17", "key-destroyed", "The end."),
            ("VAULT", "18", "token-destroyed", "drilled"),
        ]
        said = copies_as_json(key)
        assert (said["remaining"], said["remaining_count"], said["gone_count"]) == ([], 0, 2)

    def test_with_its_own_token_goes_a_key_that_nobody_destroyed(self) -> None:
        key = only_key(held((received("root", "ROOT"), FOUND, MADE), (broken("root"),)))
        assert (key.state, key.copies, key.at_home) == ("made", (), False)
        assert key.lost[0].how == "token-destroyed"

    def test_what_is_destroyed_and_is_no_token_takes_no_copy_along(self) -> None:
        assert only_key(held((received("card", ""), FOUND, MADE, BACKED_UP, broken("card")))).copies == (OWN, SECOND)

    def test_another_token_takes_no_copy_along(self) -> None:
        things = (received("other", "OTHER"), FOUND, MADE, BACKED_UP, broken("other"))
        assert only_key(held(things)).copies == (OWN, SECOND)

    def test_a_token_of_the_same_label_that_comes_after_it_holds_a_copy_again(self) -> None:
        days = ((received("vault", "VAULT"), FOUND, MADE, broken("vault"), anew("VAULT", "18"), BACKED_UP),)
        assert only_key(held(*days)).copies == (OWN, SECOND)

    def test_a_token_that_is_made_anew_holds_nothing_of_before(self) -> None:
        key = only_key(held((FOUND, MADE, BACKED_UP), (anew("VAULT", "19"),)))
        assert key.copies == (OWN,)
        assert [(item.label, item.serial, item.how) for item in key.lost] == [("VAULT", "18", "token-made-anew")]

    def test_a_token_that_is_made_and_then_gets_its_key_holds_it(self) -> None:
        assert only_key(held((anew("ROOT", "17"), FOUND, MADE, anew("VAULT", "18"), BACKED_UP))).lost == ()

    def test_in_practice_what_stood_on_it_never_counted(self) -> None:
        key = only_key(held((FOUND, MADE, BACKED_UP), (anew("VAULT", "19"),), mode="practice"))
        assert (key.copies, key.lost) == ((OWN,), ())
        assert held((FOUND, MADE), (anew("ROOT", "17"),), mode="practice").keys == ()
        assert held((FOUND, MADE, anew("ROOT", "17")), mode="practice").keys == ()

    def test_which_keys_a_token_holds_follows_from_it(self) -> None:
        first = (received("vault", "VAULT"), FOUND, MADE, BACKED_UP)
        register = held(first)
        assert (register.held_on("ROOT"), register.held_on("VAULT")) == (("next",), ("next",))
        register = held(first, (DESTROYED, broken("vault")))
        assert (register.held_on("ROOT"), register.held_on("VAULT")) == ((), ())


class TestAttributes:
    def test_are_those_of_the_making_until_a_backup_locks_the_key(self) -> None:
        key = only_key(held((FOUND, MADE)))
        assert dict(key.attributes)["extractable"] == "true"
        assert not key.locked

    def test_are_those_after_the_lock_with_their_history(self) -> None:
        key = only_key(held((FOUND, MADE), (BACKED_UP,)))
        assert dict(key.attributes)["extractable"] == "false"
        assert key.locked
        assert [(item.at, item.ceremony, item.when) for item in key.readings] == [
            ("2027-01-01T10:02:00Z", "0001-day", "made"),
            ("2027-01-02T10:01:00Z", "0002-day", "locked"),
        ]

    def test_a_key_stays_locked_when_its_backup_is_gone(self) -> None:
        key = only_key(held((received("vault", "VAULT"), FOUND, MADE, BACKED_UP, broken("vault"))))
        assert (key.backups, key.locked) == ((), True)


def split(label: str, number: int, *people: str) -> tuple[EventData, ...]:
    """Both PINs of a token split among these people, and proved."""
    found: list[EventData] = []
    for purpose in ("user-pin", "so-pin"):
        said = {"label": label, "purpose": purpose, "threshold": 2, "count": len(people), "identifier": number}
        holders = tuple(kinds.ShareHolder(index=index, person=person) for index, person in enumerate(people, start=1))
        shares = said | {"check_value": "0badcafe"}
        found.append(kinds.SharesMade.model_validate(shares | {"entropy": ("os",), "holders": holders}))
        found.append(kinds.SharesProved.model_validate(shares | {"sets_possible": 3, "sets_combined": 3}))
    return tuple(found)


def renewed(label: str, serial: str, number: int, before: int) -> tuple[EventData, ...]:
    return tuple(
        change
        for purpose in ("user-pin", "so-pin")
        for change in (
            kinds.PinChanging.model_validate(
                {"label": label, "serial": serial, "purpose": purpose, "identifier": number}
            ),
            kinds.PinChanged.model_validate(
                {"label": label, "serial": serial, "purpose": purpose, "identifier": number, "replaced": before}
            ),
        )
    )


class TestHoldings:
    FIRST = (received("vault", "VAULT"), *split("VAULT", 7, "ayu", "budi", "citra"), anew("VAULT", "18"))

    def test_begin_when_the_token_gets_its_pins(self) -> None:
        found = [item for item in held(self.FIRST).holdings if item.purpose == "user-pin"]
        assert [(item.person, item.index, item.identifier, item.until) for item in found] == [
            ("ayu", 1, 7, ""),
            ("budi", 2, 7, ""),
            ("citra", 3, 7, ""),
        ]
        assert {item.since for item in found} == {"2027-01-01T10:06:00Z"}

    def test_a_set_that_is_proved_and_on_no_token_is_nothing_to_hold(self) -> None:
        assert held(split("VAULT", 7, "ayu", "budi")).holdings == ()

    def test_end_and_begin_anew_with_a_renewal(self) -> None:
        register = held(self.FIRST, (*split("VAULT", 8, "ayu", "dewi"), *renewed("VAULT", "18", 8, 7)))
        found = [item for item in register.holdings if item.purpose == "user-pin"]
        ended = {item.person: item.until for item in found if item.identifier == 7}
        assert set(ended) == {"ayu", "budi", "citra"}
        assert set(ended.values()) == {"2027-01-02T10:08:00Z"}
        begun = [(item.person, item.since, item.until) for item in found if item.identifier == 8]
        assert begun == [("ayu", "2027-01-02T10:08:00Z", ""), ("dewi", "2027-01-02T10:08:00Z", "")]

    def test_that_have_ended_stay_as_they_ended(self) -> None:
        second = (*split("VAULT", 8, "ayu", "dewi"), *renewed("VAULT", "18", 8, 7))
        third = (*split("VAULT", 9, "ayu", "eka"), *renewed("VAULT", "18", 9, 8))
        ended = {item.identifier: item.until for item in held(self.FIRST, second, third).holdings}
        assert ended == {7: "2027-01-02T10:08:00Z", 8: "2027-01-03T10:08:00Z", 9: ""}

    def test_of_a_change_that_was_cut_short_both_sets_are_held(self) -> None:
        cut = (*split("VAULT", 8, "dewi", "eka"), renewed("VAULT", "18", 8, 7)[0])
        held_now = {item.person for item in held(self.FIRST, cut).holdings if not item.until}
        assert held_now == {"ayu", "budi", "citra", "dewi", "eka"}

    def test_end_when_the_token_is_destroyed_which_opens_no_more(self) -> None:
        register = held(self.FIRST, (broken("vault"),))
        assert register.tokens == ()
        assert {(item.until, item.until_ceremony) for item in register.holdings} == {
            ("2027-01-02T10:01:00Z", "0002-day")
        }

    def test_end_when_the_token_is_made_anew(self) -> None:
        register = held(self.FIRST, (anew("VAULT", "19"),))
        assert register.tokens == ()
        assert {item.until for item in register.holdings} == {"2027-01-02T10:01:00Z"}

    def test_begin_on_a_new_token_of_the_label_of_a_broken_one(self) -> None:
        again = (broken("vault"), *split("VAULT", 8, "dewi", "eka"), anew("VAULT", "19"))
        register = held(self.FIRST, again)
        assert [(token.label, token.serial) for token in register.tokens] == [("VAULT", "19")]
        assert {item.person for item in register.holdings if not item.until} == {"dewi", "eka"}

    def test_a_token_that_is_destroyed_in_the_ceremony_that_made_it_is_not_one_that_opens(self) -> None:
        register = held((*self.FIRST, broken("vault")))
        assert (register.tokens, register.holdings) == ((), ())
