"""What a token shows to everybody, before anybody has typed a PIN."""

from __future__ import annotations

from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.token.faults import WrongThread
from tests.token.test_session import KEY_ID, certificate_der


def test_its_certificates_are_read_without_a_pin_and_nobody_is_logged_in_by_it(token: Any) -> None:
    der = certificate_der()
    with token.module.open(token.info, token.pin) as session:
        session.store_certificate("root", KEY_ID, der)
    assert token.module.shown_certificates(token.info.label, token.info.serial) == (der,)
    assert token.module.sessions == ()


def test_one_that_it_keeps_to_itself_is_not_seen(token: Any) -> None:
    from pkcs11 import Attribute
    from pkcs11.util.x509 import decode_x509_certificate

    with token.module.open(token.info, token.pin) as session:
        private = {Attribute.TOKEN: True, Attribute.PRIVATE: True, Attribute.ID: KEY_ID}
        session.raw.create_object(decode_x509_certificate(certificate_der()) | private)
        assert len(session.certificates()) == 1
    assert token.module.shown_certificates(token.info.label) == ()


def test_a_session_that_is_open_stays_logged_in(token: Any) -> None:
    with token.module.open(token.info, token.pin) as session:
        session.generate_key("root", KEY_ID, "p-256")
        token.module.shown_certificates(token.info.label)
        assert session.sign(KEY_ID, "ecdsa-sha256", b"octets")


def test_another_label_or_serial_shows_nothing(token: Any) -> None:
    for label, serial in (("NOWHERE", None), (token.info.label, "0000000000000000")):
        with pytest.raises(CeremonyError, match=r"no token|another serial"):
            token.module.shown_certificates(label, serial)


def test_another_thread_is_refused(token: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, pytest.raises(WrongThread):
        pool.submit(token.module.shown_certificates, token.info.label).result()
