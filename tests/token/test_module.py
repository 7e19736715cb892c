"""Finding, initialising and opening tokens, against real SoftHSM."""

from __future__ import annotations

import shutil
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.destruction import absent, destroy_key
from ceremony.token.locking import lock
from ceremony.token.module import Module, WrongPin, WrongThread
from ceremony.token.softhsm import SoftHsmHome
from ceremony.token.transport import transport_pair

WRONG = "not-the-pin-of-this-token"


def in_thread(work: Callable[[], object]) -> Any:
    """What `work` returned or raised in a thread of its own."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(work())
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


def test_a_new_token_has_its_label_a_serial_and_a_user_pin(softhsm: SoftHsmHome) -> None:
    info = Module.load("softhsm").initialise("DEMO ROOT", Secret("87654321"), Secret("123456"))
    assert (info.label, info.initialised, info.user_pin_set) == ("DEMO ROOT", True, True)
    assert info.serial
    assert info.manufacturer == "SoftHSM project"
    assert info.firmware.startswith("2.")


def test_a_label_that_is_taken_is_refused_and_the_token_keeps_its_pin(token: Any) -> None:
    with pytest.raises(CeremonyError) as caught:
        token.module.initialise("TEST", Secret("00000000"), Secret("000000"))
    assert caught.value.headline == 'There is already a token labelled "TEST".'
    assert token.info.serial in caught.value.detail
    with token.module.open(token.info, token.pin) as session:
        assert session.token == token.info


@pytest.mark.parametrize(
    ("so_pin", "user_pin", "which"), [("1", "123456", "security"), ("87654321", "x" * 256, "user")]
)
def test_a_pin_of_a_length_that_the_token_does_not_take_is_refused_before_anything_is_done(
    softhsm: SoftHsmHome, so_pin: str, user_pin: str, which: str
) -> None:
    module = Module.load("softhsm")
    with pytest.raises(CeremonyError, match=f"The {which}.*too short or too long"):
        module.initialise("TEST", Secret(so_pin), Secret(user_pin))
    assert [info.initialised for info in module.tokens()] == [False]


def test_a_second_token_is_made_while_the_first_is_open(token: Any) -> None:
    with token.module.open(token.info, token.pin) as session:
        other = token.module.initialise("SECOND", Secret("87654321"), Secret("654321"))
        assert other.serial != token.info.serial
        assert len(session.random(8)) == 8
    assert {info.label for info in token.module.tokens() if info.initialised} == {"TEST", "SECOND"}


def test_a_token_is_found_by_label_and_by_label_and_serial(token: Any) -> None:
    assert token.module.find("TEST").serial == token.info.serial
    assert token.module.find("TEST", token.info.serial).label == "TEST"


def test_an_absent_token_is_missed_and_those_that_are_there_are_listed(token: Any) -> None:
    with pytest.raises(CeremonyError) as caught:
        token.module.find("DEMO-ROOT")
    assert caught.value.headline == 'There is no token labelled "DEMO-ROOT".'
    assert f'"TEST" (serial {token.info.serial})' in caught.value.detail


def test_a_token_of_another_serial_is_refused(token: Any) -> None:
    with pytest.raises(CeremonyError) as caught:
        token.module.find("TEST", "0000000000000000")
    assert "another serial" in caught.value.headline


def test_two_tokens_of_one_label_are_refused_unless_the_serial_is_said(token: Any) -> None:
    free = next(info for info in token.module.tokens() if not info.initialised)
    assert token.module._cryptoki.initialise_token(free.slot_id, token.so_pin, "TEST") == ""
    with pytest.raises(CeremonyError, match="There are 2 tokens"):
        token.module.find("TEST")
    assert token.module.find("TEST", token.info.serial).serial == token.info.serial


def test_an_uninitialised_token_is_said_to_be_so(softhsm: SoftHsmHome) -> None:
    with pytest.raises(CeremonyError, match="none is initialised"):
        Module.load("softhsm").find("TEST")


def test_a_token_without_a_user_pin_is_not_opened(softhsm: SoftHsmHome) -> None:
    module = Module.load("softhsm")
    module._cryptoki.initialise_token(module.tokens()[0].slot_id, Secret("87654321"), "NO-PIN")
    with pytest.raises(CeremonyError) as caught:
        module.open(module.find("NO-PIN"), Secret("123456"))
    assert caught.value.headline == "The token has no user PIN yet."


def test_a_token_that_comes_later_is_seen_without_a_new_start(token: Any, softhsm: SoftHsmHome) -> None:
    away = softhsm.folder / "away"
    shutil.move(softhsm.tokens, away)
    softhsm.tokens.mkdir()
    with pytest.raises(CeremonyError):
        token.module.find("TEST")
    assert not token.module.present(token.info)
    softhsm.tokens.rmdir()
    shutil.move(away, softhsm.tokens)
    assert token.module.find("TEST").serial == token.info.serial
    assert token.module.present(token.info)


def test_a_wrong_pin_is_refused_and_then_the_right_one_opens_the_token(token: Any) -> None:
    for _ in range(3):
        with pytest.raises(WrongPin) as caught:
            token.module.open(token.info, Secret(WRONG))
        assert caught.value.tries == ""  # SoftHSM never locks
    with token.module.open(token.info, token.pin) as session:
        assert session.inventory() == ()


def test_a_failed_login_leaves_no_session_behind(token: Any) -> None:
    with pytest.raises(WrongPin):
        token.module.open(token.info, Secret(WRONG))
    slot = token.module.find("TEST").slot_id
    # C_InitToken is refused with CKR_SESSION_EXISTS as long as any session is open
    assert token.module._cryptoki.initialise_token(slot, token.so_pin, "TEST") == ""


@pytest.mark.parametrize("pin", ["", "1", "x" * 300])
def test_a_pin_of_an_impossible_length_is_a_wrong_pin(token: Any, pin: str) -> None:
    with pytest.raises(WrongPin):
        token.module.open(token.info, Secret(pin))


def test_no_pin_is_in_the_error_its_chain_or_the_locals_of_its_frames(token: Any) -> None:
    with pytest.raises(WrongPin) as caught:
        token.module.open(token.info, Secret(WRONG))
    error = caught.value
    assert error.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "_login_fault" in shown or "open" in shown
    assert WRONG not in shown


def test_a_token_is_not_opened_twice(token: Any) -> None:
    with token.module.open(token.info, token.pin), pytest.raises(CeremonyError, match="open already"):
        token.module.open(token.info, token.pin)
    with token.module.open(token.info, token.pin) as session:
        assert token.module.sessions == (session,)
    assert token.module.sessions == ()


def test_the_module_is_not_started_again_under_an_open_token(token: Any) -> None:
    with token.module.open(token.info, token.pin), pytest.raises(CeremonyError, match="still open"):
        token.module.restart()
    token.module.restart()


def test_every_call_from_another_thread_is_refused(token: Any) -> None:
    with token.module.open(token.info, token.pin) as session:
        key = session.generate_key("k", b"\x01", "p-256")
        calls: list[Callable[[], object]] = [
            token.module.tokens,
            token.module.restart,
            lambda: token.module.find("TEST"),
            lambda: token.module.present(token.info),
            lambda: token.module.open(token.info, token.pin),
            lambda: token.module.initialise("X", token.so_pin, token.pin),
            lambda: Module.load("softhsm"),
            session.inventory,
            session.certificates,
            session.close,
            lambda: session.require("p-256"),
            lambda: session.random(8),
            lambda: session.key(b"\x01"),
            lambda: session.find_key_label("k"),
            lambda: session.certificate(b"\x01"),
            lambda: session.sign(b"\x01", "ecdsa-sha256", b"x"),
            lambda: session.generate_key("l", b"\x02", "p-256"),
            lambda: session.sign_chunks(b"\x01", "ecdsa-sha256", [b"x"]),
            lambda: session.streams("ecdsa-sha256"),
            lambda: lock(session, b"\x01"),
            lambda: destroy_key(session, b"\x01"),
            lambda: absent(session, b"\x01", "k"),
            lambda: transport_pair(session, "t", b"\x02").__enter__(),
        ]
        for call in calls:
            assert isinstance(in_thread(call), WrongThread)
        assert session.key(b"\x01") == key


def test_a_thread_that_adopts_the_module_may_use_it(token: Any) -> None:
    def work() -> int:
        token.module.adopt_thread()
        with token.module.open(token.info, token.pin) as session:
            return len(session.random(16))

    assert in_thread(work) == 16
    assert isinstance(in_thread(token.module.tokens), WrongThread)


def test_a_thread_that_loads_the_module_while_nothing_is_open_owns_it(token: Any) -> None:
    assert in_thread(lambda: Module.load("softhsm").find("TEST").label) == "TEST"
    with pytest.raises(WrongThread):
        token.module.tokens()
    assert Module.load("softhsm").find("TEST").label == "TEST"


def test_close_sessions_closes_all_that_is_open(token: Any) -> None:
    session = token.module.open(token.info, token.pin)
    token.module.close_sessions()
    token.module.close_sessions()
    with pytest.raises(CeremonyError, match="The token is closed"):
        session.inventory()


def test_a_home_is_private_refuses_a_used_folder_and_gives_the_environment_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", "before")
    home = SoftHsmHome.create(tmp_path / "home")
    assert (home.folder.stat().st_mode & 0o777, home.tokens.stat().st_mode & 0o777) == (0o700, 0o700)
    with pytest.raises(CeremonyError, match="in use"):
        SoftHsmHome.create(tmp_path / "home")
    with pytest.raises(CeremonyError, match="cannot use this folder"):
        SoftHsmHome.create(tmp_path / "a#b")
    home.activate()
    module = Module.load("softhsm")
    assert [info.initialised for info in module.tokens()] == [False]
    home.remove()
    import os

    assert os.environ["SOFTHSM2_CONF"] == "before"
    assert not home.folder.exists()


def test_a_home_that_was_moved_shows_its_tokens(token: Any, softhsm: SoftHsmHome, tmp_path: Path) -> None:
    shutil.copytree(softhsm.folder, tmp_path / "moved")
    other = SoftHsmHome.reopen(tmp_path / "moved")
    shutil.rmtree(softhsm.folder)
    other.activate()
    try:
        assert [info.serial for info in token.module.tokens() if info.initialised] == [token.info.serial]
        with token.module.open(token.info, token.pin) as session:
            assert session.token.serial == token.info.serial
    finally:
        other.remove()


def test_a_home_whose_configuration_is_no_text_is_told(tmp_path: Path) -> None:
    home = SoftHsmHome.create(tmp_path / "home")
    home.configuration.write_bytes(b"\xff\xfe")
    with pytest.raises(CeremonyError) as caught:
        SoftHsmHome.reopen(home.folder)
    assert "no text" in caught.value.detail


def test_a_home_is_not_put_in_place_of_one_whose_token_is_open(token: Any, tmp_path: Path) -> None:
    other = SoftHsmHome.create(tmp_path / "other")
    with token.module.open(token.info, token.pin) as session:
        with pytest.raises(CeremonyError, match="still open"):
            other.activate()
        assert session.inventory() == ()
    other.activate()
    assert not token.module.present(token.info)
    other.remove()
