"""The end of a key in a real SoftHSM token: both halves gone, gone after a new login, and finished when cut short."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass
from pkcs11.exceptions import PKCS11Error

from ceremony.errors import CeremonyError
from ceremony.token.destruction import Destroyed, absent, destroy_key, remains
from ceremony.token.faults import TokenFault, TokenLost
from ceremony.token.generation import generate_pair
from ceremony.token.session import Session, TokenObject
from ceremony.token.softhsm import SoftHsmHome
from tests.token.outside import check_signature, folder_of, pull_out

KEY_ID = b"\x01"
PUBLIC = TokenObject("public-key", "root", KEY_ID)
PRIVATE = TokenObject("private-key", "root", KEY_ID)


def destroy_half(session: Session, object_class: ObjectClass) -> None:
    next(iter(session._session.get_objects({Attribute.CLASS: object_class, Attribute.ID: KEY_ID}))).destroy()


@pytest.mark.parametrize(("algorithm", "signs"), [("rsa-2048", "sha256-rsa"), ("p-384", "ecdsa-sha384")])
@pytest.mark.parametrize("backup", [False, True])
def test_a_destroyed_key_is_gone_cannot_sign_and_stays_gone(
    token: Any, algorithm: str, signs: str, *, backup: bool
) -> None:
    with token.module.open(token.info, token.pin) as session:
        key = session.generate_key("root", KEY_ID, algorithm, backup=backup)
        other = session.generate_key("other", b"\x02", "p-256")
        session.sign(KEY_ID, signs, b"x")
        assert not absent(session, KEY_ID, "root")
        assert destroy_key(session, KEY_ID) == Destroyed("root", KEY_ID, key.spki, private_key=True, public_key=True)
        for call in (lambda: session.sign(KEY_ID, signs, b"x"), lambda: session.key(KEY_ID)):
            with pytest.raises(CeremonyError, match="not on the token"):
                call()
        with pytest.raises(CeremonyError, match="not on the token"):
            session.sign_chunks(KEY_ID, signs, [b"x"])
        assert session.find_key_label("root") is None
        assert absent(session, KEY_ID, "root")
    token.module.restart()
    with token.module.open(token.module.find("TEST"), token.pin) as again:
        assert absent(again, KEY_ID, "root")
        check_signature(other.spki, "ecdsa-sha256", again.sign(b"\x02", "ecdsa-sha256", b"x"), b"x")
        assert {item.label for item in again.inventory()} == {"other"}


def test_the_record_of_a_destruction_is_text_and_truth_values(session: Session) -> None:
    key = session.generate_key("root", KEY_ID, "p-256")
    assert destroy_key(session, KEY_ID).as_dict() == {
        "label": "root",
        "key_id": "01",
        "spki": key.spki.hex(),
        "private_key": True,
        "public_key": True,
    }


def test_a_key_that_is_not_there_is_not_said_to_be_destroyed(session: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    with pytest.raises(CeremonyError) as caught:
        destroy_key(session, b"\x09")
    assert caught.value.headline == "The key is not on the token."
    assert caught.value.not_done == "Nothing was destroyed."
    destroy_key(session, KEY_ID)
    with pytest.raises(CeremonyError, match="not on the token"):
        destroy_key(session, KEY_ID)


@pytest.mark.parametrize(
    ("gone", "left", "private", "public"),
    [(ObjectClass.PRIVATE_KEY, PUBLIC, False, True), (ObjectClass.PUBLIC_KEY, PRIVATE, True, False)],
)
def test_a_destruction_that_was_cut_short_is_seen_and_finished(
    token: Any, gone: ObjectClass, left: TokenObject, *, private: bool, public: bool
) -> None:
    with token.module.open(token.info, token.pin) as session:
        key = session.generate_key("root", KEY_ID, "p-256")
        destroy_half(session, gone)
    token.module.restart()
    with token.module.open(token.module.find("TEST"), token.pin) as session:
        assert remains(session, KEY_ID, "root") == (left,)
        assert remains(session, b"", "root") == remains(session, KEY_ID, "") == (left,)
        assert not absent(session, KEY_ID, "root")
        done = destroy_key(session, KEY_ID)
        assert (done.private_key, done.public_key) == (private, public)
        assert done.spki == (key.spki if public else b"")
        assert absent(session, KEY_ID, "root")


def test_a_certificate_of_the_key_stays(session: Session) -> None:
    from tests.token.test_session import certificate_der

    session.generate_key("root", KEY_ID, "p-256")
    session.store_certificate("root", KEY_ID, certificate_der())
    destroy_key(session, KEY_ID)
    assert session.inventory() == (TokenObject("certificate", "root", KEY_ID),)
    assert absent(session, KEY_ID, "root")


def test_an_id_on_two_keys_or_a_label_on_another_is_refused_before_anything_is_destroyed(session: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    generate_pair(session._session, "root", b"\x02", "p-256")
    with pytest.raises(CeremonyError) as caught:
        destroy_key(session, KEY_ID)
    assert caught.value.headline == "Another key on the token has the same label."
    generate_pair(session._session, "third", KEY_ID, "p-256")
    with pytest.raises(CeremonyError, match="more than one such key"):
        destroy_key(session, KEY_ID)
    assert len(session.inventory()) == 6


def test_a_key_that_the_token_does_not_let_go_is_still_there_and_said_so(session: Session) -> None:
    session._session.generate_keypair(
        KeyType.RSA,
        2048,
        id=KEY_ID,
        label="root",
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template={Attribute.SENSITIVE: True, Attribute.DESTROYABLE: False},
    )
    with pytest.raises(TokenFault) as caught:
        destroy_key(session, KEY_ID)
    assert caught.value.return_value == "CKR_ACTION_PROHIBITED"
    assert caught.value.not_done == "The key is not destroyed; it can still sign."
    assert session.sign(KEY_ID, "sha256-rsa", b"x")


def test_a_public_key_that_the_token_does_not_let_go_leaves_no_key_that_signs(session: Session) -> None:
    session._session.generate_keypair(
        KeyType.RSA,
        2048,
        id=KEY_ID,
        label="root",
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        public_template={Attribute.DESTROYABLE: False},
    )
    with pytest.raises(TokenFault) as caught:
        destroy_key(session, KEY_ID)
    assert caught.value.not_done.startswith("The private key is destroyed. Its public key is still on the token")
    with pytest.raises(CeremonyError, match="not on the token"):
        session.sign(KEY_ID, "sha256-rsa", b"x")


def test_a_token_that_keeps_what_it_said_it_destroyed_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kept:
        """A real object that does not go."""

        def __init__(self, item: Any) -> None:
            self.item = item

        def __getitem__(self, name: Attribute) -> Any:
            return self.item[name]

        def destroy(self) -> None:
            """Answers CKR_OK and does nothing."""

    session.generate_key("root", KEY_ID, "p-256")
    real = session.objects
    monkeypatch.setattr(session, "objects", lambda *asked: [Kept(item) for item in real(*asked)])
    with pytest.raises(CeremonyError) as caught:
        destroy_key(session, KEY_ID)
    assert caught.value.headline == "The token still holds the key."
    assert 'private key "root", public key "root"' in caught.value.detail


def test_every_key_can_be_destroyed_none_copied_and_none_without_a_backup_changed(session: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    session.generate_key("kept", b"\x02", "p-256", backup=True)
    said = {
        (item[Attribute.CLASS].name, item[Attribute.LABEL]): (item[Attribute.DESTROYABLE], item[Attribute.MODIFIABLE])
        for item in session._session.get_objects()
    }
    assert said == {
        ("PRIVATE_KEY", "root"): (True, False),
        ("PUBLIC_KEY", "root"): (True, False),
        ("PRIVATE_KEY", "kept"): (True, True),
        ("PUBLIC_KEY", "kept"): (True, False),
    }
    for private in session._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
        assert private[Attribute.COPYABLE] is False
        with pytest.raises(PKCS11Error):
            private.copy({Attribute.LABEL: "copy"})
    assert len(session.inventory()) == 4


def test_a_copy_of_the_files_of_a_software_token_brings_the_key_back_and_a_new_login_sees_it(
    token: Any, softhsm: SoftHsmHome, tmp_path: Path
) -> None:
    with token.module.open(token.info, token.pin) as session:
        session.generate_key("root", KEY_ID, "p-256")
        shutil.copytree(folder_of(softhsm, token.info), tmp_path / "copy")
        destroy_key(session, KEY_ID)
        assert absent(session, KEY_ID, "root")
    folder = folder_of(softhsm, token.info)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    token.module.restart()
    with token.module.open(token.module.find("TEST"), token.pin) as session:
        assert not absent(session, KEY_ID, "root")


def test_a_token_that_is_pulled_out_is_not_said_to_have_destroyed_anything(
    session: Session, softhsm: SoftHsmHome
) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    pull_out(softhsm, session.token)
    for call in (lambda: destroy_key(session, KEY_ID), lambda: absent(session, KEY_ID, "root")):
        with pytest.raises(TokenLost):
            call()


def test_a_token_pulled_out_in_the_middle_leaves_it_open_whether_the_key_is_gone(
    session: Session, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.token import destruction

    session.generate_key("root", KEY_ID, "p-256")
    real = destruction.remains

    def then_pull_out(*asked: Any) -> tuple[TokenObject, ...]:
        found = real(*asked)
        pull_out(softhsm, session.token)
        return found

    monkeypatch.setattr(destruction, "remains", then_pull_out)
    with pytest.raises(TokenLost) as caught:
        destroy_key(session, KEY_ID)
    assert caught.value.not_done.startswith("It is not known whether the key is destroyed.")
