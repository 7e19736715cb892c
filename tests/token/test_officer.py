"""The security officer: both PINs set anew on a real token, its keys untouched; and what it refuses."""

from __future__ import annotations

import pytest

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.module import WrongPin
from tests.conftest import ReadyToken

NEW = "a1" * 32


def test_the_user_pin_is_set_without_the_old_one_and_the_keys_stay(token: ReadyToken) -> None:
    with token.module.open(token.info, token.pin) as session:
        session.generate_key("demo-root", b"\x01" * 16, "p-256")
        before = session.inventory()
    with token.module.officer(token.info, token.so_pin) as officer:
        officer.set_user_pin(Secret(NEW), "")
    with pytest.raises(WrongPin):
        token.module.open(token.info, token.pin)
    with token.module.open(token.info, Secret(NEW)) as session:
        assert session.inventory() == before
        assert len(before) == 2


def test_the_so_pin_is_set_by_the_officer_who_is_logged_in(token: ReadyToken) -> None:
    with token.module.officer(token.info, token.so_pin) as officer:
        officer.set_so_pin(token.so_pin, Secret(NEW), "")
    with pytest.raises(WrongPin, match="SO PIN was not accepted"), token.module.officer(token.info, token.so_pin):
        pytest.fail("the old SO PIN was taken")
    with token.module.officer(token.info, Secret(NEW)) as officer:
        officer.set_user_pin(Secret("another-1234"), "")
    token.module.open(token.info, Secret("another-1234")).close()


def test_a_wrong_so_pin_logs_nobody_in_and_leaves_no_session_behind(token: ReadyToken) -> None:
    for _ in range(3):
        with pytest.raises(WrongPin), token.module.officer(token.info, Secret("no-so-pin-of-it")):
            pytest.fail("a wrong SO PIN was taken")
    with token.module.officer(token.info, token.so_pin):
        pass
    token.module.open(token.info, token.pin).close()


def test_the_wrong_old_pin_changes_nothing(token: ReadyToken) -> None:
    with token.module.officer(token.info, token.so_pin) as officer, pytest.raises(CeremonyError) as caught:
        officer.set_so_pin(Secret("not-the-old-one"), Secret(NEW), "Nothing was set.")
    assert caught.value.not_done == "Nothing was set."
    with token.module.officer(token.info, token.so_pin):
        pass


def test_beside_the_user_the_officer_is_refused(token: ReadyToken) -> None:
    with (
        token.module.open(token.info, token.pin),
        pytest.raises(CeremonyError, match="open already"),
        token.module.officer(token.info, token.so_pin),
    ):
        pytest.fail("both were logged in")


@pytest.mark.parametrize("octets", [3, 300])
def test_a_length_that_the_token_does_not_take_is_told_before(token: ReadyToken, octets: int) -> None:
    with pytest.raises(CeremonyError, match="too short or too long") as caught:
        token.module.check_renewable(token.info, octets)
    assert caught.value.not_done == "No PIN was changed."
    token.module.check_renewable(token.info, 64)
