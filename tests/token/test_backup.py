"""Keys wrapped for a second token, restored there, and locked: two real SoftHSM tokens, open at once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from pkcs11 import Attribute, ObjectClass
from pkcs11.exceptions import AttributeReadOnly, AttributeSensitive, PKCS11Error

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token import backup as backup_module
from ceremony.token import locking
from ceremony.token.backup import CHALLENGE_OCTETS, Backup, restore, wrap_for
from ceremony.token.faults import TokenFault, TokenLost
from ceremony.token.locking import lock
from ceremony.token.mechanisms import KEY_KINDS
from ceremony.token.module import Module
from ceremony.token.policy_check import WANTED_OF_RESTORED, WANTED_UNTIL_LOCKED, compare_attributes
from ceremony.token.session import Session, TokenObject
from ceremony.token.softhsm import SoftHsmHome
from ceremony.token.transport import transport_pair
from ceremony.token.wrapping import check_wrappable
from tests.token.outside import check_signature, pull_out

KEY_ID = b"\x01"
TRANSPORT = ("transport", b"\x31")


def wrapped_and_restored(source: Session, target: Session, *key_ids: bytes) -> Backup:
    with transport_pair(target, *TRANSPORT) as transport:
        made = wrap_for(source, transport, key_ids)
        restore(target, transport, made)
    return made


def private_object(session: Session, key_id: bytes) -> Any:
    found = session._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id})
    return next(iter(found))


@pytest.mark.parametrize("algorithm", ["rsa-2048", "p-256", "p-384", "p-521"])
def test_a_restored_key_is_the_same_key_and_signs_a_challenge(
    session: Session, second: Session, token: Any, algorithm: str
) -> None:
    key = session.generate_key("root", KEY_ID, algorithm, backup=True)
    counted = token.module.stopwatch.key_generations
    with transport_pair(second, *TRANSPORT) as transport:
        made = wrap_for(session, transport, [KEY_ID])
        (restored,) = restore(second, transport, made)
    assert (restored.label, restored.key_id, restored.spki) == (key.label, key.key_id, key.spki)
    assert second.key(KEY_ID) == restored == second.find_key_label("root")
    for signature_algorithm in KEY_KINDS[algorithm].signatures:
        asked = second.random(CHALLENGE_OCTETS)
        check_signature(key.spki, signature_algorithm, second.sign(KEY_ID, signature_algorithm, asked), asked)
    read = restored.read_back
    assert compare_attributes(read, WANTED_OF_RESTORED, "root") == ()
    assert (read.local, read.sensitive, read.extractable, read.never_extractable) == (False, True, False, False)
    private = private_object(second, KEY_ID)
    assert [private[Attribute[name]] for name in ("MODIFIABLE", "COPYABLE", "DESTROYABLE")] == [False, False, True]
    assert token.module.stopwatch.key_generations == counted  # neither the transport key nor a trial counts
    pair = (TokenObject("private-key", "root", KEY_ID), TokenObject("public-key", "root", KEY_ID))
    assert session.inventory() == second.inventory() == pair


def test_several_keys_go_together_and_outlive_both_sessions(token: Any, session: Session, second: Session) -> None:
    keys = {
        name: session.generate_key(name, name.encode(), kind, backup=True)
        for name, kind in (("root", "rsa-2048"), ("cross", "p-384"))
    }
    wrapped_and_restored(session, second, b"root", b"cross")
    session.close()
    second.close()
    token.module.restart()
    with token.module.open(token.module.find("SECOND"), Secret("654321")) as again:
        assert {key.spki for key in keys.values()} == {again.key(b"root").spki, again.key(b"cross").spki}
        check_signature(keys["cross"].spki, "ecdsa-sha384", again.sign(b"cross", "ecdsa-sha384", b"x"), b"x")


def test_the_record_says_how_the_keys_were_wrapped_and_nothing_of_what_was_wrapped(
    session: Session, second: Session
) -> None:
    session.generate_key("root", KEY_ID, "p-256", backup=True)
    with transport_pair(second, *TRANSPORT) as transport:
        made = wrap_for(session, transport, [KEY_ID])
        assert made.oaep_hash == transport.oaep_hashes[0]
        assert "SHA_1" in transport.oaep_hashes  # SoftHSM 2.6 takes no other
    said = made.as_dict()
    assert said["keys"] == ["root"]
    assert said["keys_wrapped_with"] == "CKM_AES_KEY_WRAP_PAD"
    assert said["wrapping_key_wrapped_with"] == f"CKM_RSA_PKCS_OAEP, {made.oaep_hash.replace('_', '')}"
    for secret in (made.wrapped_key, made.keys[0].blob):
        assert secret.hex() not in f"{made!r}{said}"
        assert repr(secret) not in repr(made)


def test_a_key_with_a_backup_says_that_it_was_extractable_and_is_never_seen_or_copied(session: Session) -> None:
    key = session.generate_key("root", KEY_ID, "rsa-2048", backup=True)
    assert (key.read_back.sensitive, key.read_back.always_sensitive) == (True, True)
    assert (key.read_back.extractable, key.read_back.never_extractable) == (True, False)
    assert [finding.rule for finding in compare_attributes(key.read_back, {}, "root")] == [
        "KEY-ATTR-EXTRACTABLE",
        "KEY-ATTR-NEVER-EXTRACTABLE",
    ]
    assert compare_attributes(key.read_back, WANTED_UNTIL_LOCKED, "root") == ()
    private = private_object(session, KEY_ID)
    with pytest.raises(AttributeSensitive):
        private[Attribute.PRIVATE_EXPONENT]
    with pytest.raises(PKCS11Error, match="0x1b"):  # CKR_ACTION_PROHIBITED: a copy would escape the lock
        private.copy({Attribute.LABEL: "copy"})
    with pytest.raises(AttributeReadOnly):
        private[Attribute.SENSITIVE] = False


def test_a_key_that_was_made_without_a_backup_is_not_wrapped(session: Session, second: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256")
    session.generate_key("cross", b"\x02", "p-256", backup=True)
    with transport_pair(second, *TRANSPORT) as transport:
        with pytest.raises(CeremonyError) as caught:
            wrap_for(session, transport, [b"\x02", KEY_ID])
        with pytest.raises(CeremonyError, match="not on the token"):
            wrap_for(session, transport, [b"\x09"])
        for wrong in ([], [b"\x02", b"\x02"]):
            with pytest.raises(ValueError, match="each key once"):
                wrap_for(session, transport, wrong)
    assert caught.value.headline == "The key cannot leave its token."
    assert caught.value.not_done == "No key was wrapped."
    assert '"root"' in caught.value.detail


def test_a_locked_key_is_not_wrapped_again_and_still_signs(session: Session, second: Session) -> None:
    key = session.generate_key("root", KEY_ID, "p-256", backup=True)
    wrapped_and_restored(session, second, KEY_ID)
    locked = lock(session, KEY_ID)
    assert locked.answer == "CKR_KEY_UNEXTRACTABLE"
    assert locked.still_extractable == ()
    assert (locked.read_back.extractable, locked.read_back.never_extractable) == (False, False)
    attributes = {"never_extractable": False}
    assert compare_attributes(session.key(KEY_ID).read_back, attributes, "root") == ()
    with transport_pair(second, *TRANSPORT) as transport, pytest.raises(CeremonyError, match="cannot leave"):
        wrap_for(session, transport, [KEY_ID])
    with pytest.raises(AttributeReadOnly):
        private_object(session, KEY_ID)[Attribute.EXTRACTABLE] = True
    check_signature(key.spki, "ecdsa-sha256", session.sign(KEY_ID, "ecdsa-sha256", b"x"), b"x")
    assert lock(session, KEY_ID) == locked


def test_a_lock_names_the_keys_that_still_wait_for_theirs(session: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256", backup=True)
    session.generate_key("cross", b"\x02", "p-256", backup=True)
    assert lock(session, KEY_ID).still_extractable == (TokenObject("private-key", "cross", b"\x02"),)
    assert lock(session, b"\x02").still_extractable == ()


def test_a_key_that_is_not_there_is_not_locked_and_one_that_never_left_is_proved(session: Session) -> None:
    with pytest.raises(CeremonyError, match="not on the token"):
        lock(session, KEY_ID)
    session.generate_key("root", KEY_ID, "ed25519")
    assert lock(session, KEY_ID).answer == "CKR_KEY_UNEXTRACTABLE"


def test_a_token_that_wraps_a_key_it_calls_locked_is_found_out(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = session.generate_key("root", KEY_ID, "p-256", backup=True)
    lie = replace(key.read_back, extractable=False)
    monkeypatch.setattr(locking, "read_back", lambda _: lie)
    with pytest.raises(CeremonyError) as caught:
        lock(session, KEY_ID)
    assert caught.value.headline == "The key can still leave its token."
    assert "wrapped it" in caught.value.detail
    assert len(session.inventory()) == 2


def test_nothing_is_restored_twice(session: Session, second: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256", backup=True)
    with transport_pair(second, *TRANSPORT) as transport:
        made = wrap_for(session, transport, [KEY_ID])
        restore(second, transport, made)
        with pytest.raises(CeremonyError) as caught:
            restore(second, transport, made)
    assert caught.value.headline == "The token already has a key with this label."
    assert second.inventory() == session.inventory()
    assert second.sign(KEY_ID, "ecdsa-sha256", b"x")


def test_a_backup_is_for_one_token_and_one_transport_key(session: Session, second: Session) -> None:
    session.generate_key("root", KEY_ID, "p-256", backup=True)
    with transport_pair(session, *TRANSPORT) as own, pytest.raises(CeremonyError, match="goes to another token"):
        wrap_for(session, own, [KEY_ID])
    with transport_pair(second, *TRANSPORT) as transport:
        made = wrap_for(session, transport, [KEY_ID])
        with pytest.raises(CeremonyError, match="made for another token"):
            restore(session, transport, made)
    with pytest.raises(CeremonyError, match="transport key is gone"):
        restore(second, transport, made)
    with transport_pair(second, *TRANSPORT) as later, pytest.raises(CeremonyError, match="made for another token"):
        restore(second, later, made)
    assert second.inventory() == ()


def test_wrapped_keys_that_were_changed_or_exchanged_are_refused_and_none_is_kept(
    session: Session, second: Session
) -> None:
    for number in (1, 2):
        session.generate_key(f"k{number}", bytes((number,)), "rsa-2048", backup=True)
    with transport_pair(second, *TRANSPORT) as transport:
        made = wrap_for(session, transport, [b"\x01", b"\x02"])
        first, last = made.keys
        flipped = replace(last, blob=bytes((last.blob[0] ^ 1,)) + last.blob[1:])
        exchanged = (replace(first, blob=last.blob), replace(last, blob=first.blob))
        for keys, headline in (
            ((first, flipped), "The token could not unwrap and store the key."),
            (exchanged, "The restored key is not the one that was wrapped."),
        ):
            with pytest.raises(CeremonyError) as caught:
                restore(second, transport, replace(made, keys=keys))
            assert caught.value.headline == headline
            assert "nothing is left of it on the token" in caught.value.not_done
            assert {item.label for item in second.inventory()} == {"transport"}
        with pytest.raises(TokenFault):
            restore(second, transport, replace(made, wrapped_key=made.wrapped_key[::-1]))
        assert len(restore(second, transport, made)) == 2
    assert len(second.inventory()) == 4


def test_a_transport_key_never_takes_a_label_or_an_id_that_is_taken(session: Session) -> None:
    session.generate_key("transport", KEY_ID, "p-256")
    for label, key_id in (("transport", b"\x31"), ("other", KEY_ID)):
        with pytest.raises(CeremonyError, match="already has a key"), transport_pair(session, label, key_id):
            pass
    assert len(session.inventory()) == 2


def test_the_transport_key_neither_signs_nor_leaves_and_goes_whatever_happens(second: Session) -> None:
    def break_off() -> None:
        with transport_pair(second, *TRANSPORT):
            private = private_object(second, TRANSPORT[1])
            names = ("SENSITIVE", "EXTRACTABLE", "UNWRAP", "SIGN", "DECRYPT", "TOKEN")
            assert [private[Attribute[name]] for name in names] == [True, False, True, False, False, False]
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        break_off()
    assert second.inventory() == ()


def test_nothing_of_a_backup_is_left_on_either_token_after_a_power_cut(token: Any) -> None:
    cut = """
import os
from ceremony.secret import Secret
from ceremony.token.backup import wrap_for
from ceremony.token.module import Module
from ceremony.token.transport import transport_pair
from ceremony.token.wrapping import wrapping_key
module = Module.load("softhsm")
source = module.open(module.find("TEST"), Secret("123456"))
target = module.open(module.find("SECOND"), Secret("654321"))
source.generate_key("root", b"\\x01", "p-256", backup=True)
with transport_pair(target, "transport", b"\\x31") as transport, wrapping_key(source, travels=True):
    wrap_for(source, transport, [b"\\x01"])
    assert (len(source.inventory()), len(target.inventory())) == (3, 2)
    os._exit(77)
"""
    second = token.module.initialise("SECOND", Secret("12344321"), Secret("654321"))
    assert subprocess.run([sys.executable, "-c", cut], check=False).returncode == 77
    token.module.restart()
    with token.module.open(token.info, token.pin) as session:
        assert {item.label for item in session.inventory()} == {"root"}
        assert session.key(KEY_ID).read_back.extractable is True
        assert lock(session, KEY_ID).answer == "CKR_KEY_UNEXTRACTABLE"
    with token.module.open(second, Secret("654321")) as session:
        assert session.inventory() == ()


def test_a_kind_of_key_that_the_token_cannot_wrap_is_refused_before_it_is_made(session: Session) -> None:
    if not session._module.library_version.startswith("2.6"):
        pytest.skip("it is known of SoftHSM 2.6 alone that it does not wrap Ed25519 keys")
    with pytest.raises(TokenFault) as caught:
        session.generate_key("root", KEY_ID, "ed25519", backup=True)
    assert caught.value.headline == "The token cannot wrap a key of this kind."
    assert session.inventory() == ()
    check_wrappable(session, "p-256")
    assert session.inventory() == ()
    assert session.generate_key("root", KEY_ID, "ed25519").read_back.never_extractable


def test_a_token_without_key_wrapping_takes_no_part_in_a_backup(softhsm: SoftHsmHome, tmp_path: Any) -> None:
    offered = "CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_SHA256_RSA_PKCS,CKM_EC_KEY_PAIR_GEN,CKM_ECDSA,CKM_AES_KEY_GEN"
    poor = SoftHsmHome.create(tmp_path / "poor", mechanisms=offered)
    poor.activate()
    module = Module.load("softhsm")
    info = module.initialise("POOR", Secret("87654321"), Secret("123456"))
    with module.open(info, Secret("123456")) as session:
        with pytest.raises(CeremonyError) as caught:
            session.generate_key("root", KEY_ID, "p-256", backup=True)
        assert caught.value.headline == "The token cannot take part in a backup."
        assert "CKM_RSA_PKCS_OAEP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD" in caught.value.detail
        with pytest.raises(CeremonyError, match="take part in a backup"), transport_pair(session, *TRANSPORT):
            pass
        assert session.inventory() == ()
        session.generate_key("root", KEY_ID, "p-256")
    poor.remove()


def test_a_second_token_pulled_out_after_the_wrapping_is_lost_and_the_first_goes_on(
    session: Session, second: Session, softhsm: SoftHsmHome
) -> None:
    key = session.generate_key("root", KEY_ID, "p-256", backup=True)

    def lose_it() -> None:
        with transport_pair(second, *TRANSPORT) as transport:
            made = wrap_for(session, transport, [KEY_ID])
            pull_out(softhsm, second.token)
            restore(second, transport, made)

    with pytest.raises(TokenLost) as caught:
        lose_it()
    assert caught.value.headline == "The token was pulled out or lost."
    second.close()
    check_signature(key.spki, "ecdsa-sha256", session.sign(KEY_ID, "ecdsa-sha256", b"x"), b"x")


def test_a_second_token_pulled_out_between_two_keys_is_not_said_to_hold_any(
    session: Session, second: Session, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once_then_pull_out(*asked: Any) -> None:
        if asked[2].key.key_id == b"\x02":
            pull_out(softhsm, second.token)
        real(*asked)

    real = backup_module._restore_one
    monkeypatch.setattr(backup_module, "_restore_one", once_then_pull_out)
    for number in (1, 2):
        session.generate_key(f"k{number}", bytes((number,)), "p-256", backup=True)
    with pytest.raises(TokenLost) as caught:
        wrapped_and_restored(session, second, b"\x01", b"\x02")
    assert "not known whether the token kept one" in caught.value.not_done


def test_a_first_token_pulled_out_is_lost_to_wrapping_and_locking(
    session: Session, second: Session, softhsm: SoftHsmHome
) -> None:
    session.generate_key("root", KEY_ID, "p-256", backup=True)
    with transport_pair(second, *TRANSPORT) as transport:
        pull_out(softhsm, session.token)
        with pytest.raises(TokenLost):
            wrap_for(session, transport, [KEY_ID])
        with pytest.raises(TokenLost):
            lock(session, KEY_ID)
    assert second.inventory() == ()
