"""Two tokens of one module, each with its session: what goes wrong with one leaves the other as it was."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.faults import TokenLost
from ceremony.token.module import WrongPin
from ceremony.token.session import Session
from ceremony.token.softhsm import SoftHsmHome
from tests.token.outside import check_signature, pull_out

KEY_ID = b"\x01"


def signs(session: Session) -> None:
    spki = session.key(KEY_ID).spki
    check_signature(spki, "ecdsa-sha256", session.sign(KEY_ID, "ecdsa-sha256", b"x"), b"x")


def test_two_tokens_sign_in_turns_each_with_its_own_key(session: Session, second: Session, token: Any) -> None:
    for opened in (session, second):
        opened.generate_key("root", KEY_ID, "p-256")
    assert session.key(KEY_ID).spki != second.key(KEY_ID).spki
    for opened in (session, second, session):
        signs(opened)
    assert token.module.sessions == (session, second)


def test_a_wrong_pin_on_a_second_token_leaves_the_first_logged_in(session: Session, token: Any) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    info = token.module.initialise("SECOND", Secret("12344321"), Secret("654321"))
    for _ in range(3):
        with pytest.raises(WrongPin) as caught:
            token.module.open(info, token.pin)
        assert '"SECOND"' in caught.value.detail
        signs(session)
        assert token.module.sessions == (session,)
    session.generate_key("next", b"\x02", "p-256")
    with token.module.open(info, Secret("654321")) as second:
        assert second.inventory() == ()
        signs(session)
    signs(session)


def test_a_wrong_pin_on_a_second_token_leaves_no_session_behind_on_it(session: Session, token: Any) -> None:
    info = token.module.initialise("SECOND", Secret("12344321"), Secret("654321"))
    with pytest.raises(WrongPin):
        token.module.open(info, Secret("000000"))
    # C_InitToken is refused with CKR_SESSION_EXISTS as long as any session is open
    assert token.module._cryptoki.initialise_token(info.slot_id, Secret("12344321"), "SECOND") == ""
    assert session.inventory() == ()


def test_closing_one_token_leaves_the_other_logged_in(session: Session, second: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    second.close()
    signs(session)
    with pytest.raises(CeremonyError, match="The token is closed"):
        second.inventory()


def test_pulling_out_one_token_leaves_the_other_logged_in(
    session: Session, second: Session, softhsm: SoftHsmHome, token: Any
) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    pull_out(softhsm, second.token)
    with pytest.raises(TokenLost):
        second.inventory()
    signs(session)
    second.close()
    signs(session)
    assert token.module.sessions == (session,)


def test_a_second_token_that_is_not_there_is_missed_and_the_first_stays_open(session: Session, token: Any) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    with pytest.raises(CeremonyError) as caught:
        token.module.find("SECOND")
    assert caught.value.headline == 'There is no token labelled "SECOND".'
    assert 'close "TEST"' in caught.value.next_step
    signs(session)
