"""Keys, signatures, random octets and certificates of an open token, against real SoftHSM."""

from __future__ import annotations

import datetime as dt
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ceremony.errors import CeremonyError, Severity
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.secret import Secret
from ceremony.token import session as session_module
from ceremony.token.faults import TokenFault, TokenLost
from ceremony.token.mechanisms import KEY_KINDS, SIGNATURE_MECHANISMS
from ceremony.token.module import Module
from ceremony.token.policy_check import compare_attributes
from ceremony.token.session import ReadBack, Session, TokenObject
from ceremony.token.softhsm import SoftHsmHome
from tests.token.outside import check_signature

STRICT = {
    "local": True,
    "sensitive": True,
    "always_sensitive": True,
    "extractable": False,
    "never_extractable": True,
}
KEY_ID = b"\x01"


def certificate_der(name: str = "Test") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
    signed = builder.not_valid_after(start + dt.timedelta(days=1)).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


@pytest.mark.parametrize("algorithm", [name for name in KEY_KINDS if not name.startswith("ml-dsa-")])
def test_a_key_of_each_algorithm_is_made_as_the_policy_wants_and_its_signatures_verify(
    session: Session, token: Any, algorithm: str
) -> None:
    before = token.module.stopwatch.key_generations, token.module.stopwatch.signatures
    key = session.generate_key("demo-root", KEY_ID, algorithm)
    assert (key.label, key.key_id, key.algorithm) == ("demo-root", KEY_ID, algorithm)
    assert key.read_back.key_gen_mechanism == KEY_KINDS[algorithm].generate
    assert compare_attributes(key.read_back, STRICT, "demo-root") == ()
    for signature_algorithm in KEY_KINDS[algorithm].signatures:
        signature = session.sign(KEY_ID, signature_algorithm, b"to be signed" * 100)
        check_signature(key.spki, signature_algorithm, signature, b"to be signed" * 100)
    made = token.module.stopwatch.key_generations - before[0], token.module.stopwatch.signatures - before[1]
    assert made == (1, len(KEY_KINDS[algorithm].signatures))
    assert session.key(KEY_ID) == key == session.find_key_label("demo-root")


def test_the_tables_here_are_those_of_the_policy() -> None:
    assert {name: kind.signatures for name, kind in KEY_KINDS.items()} == SIGNATURES_OF_KEY
    assert set(SIGNATURE_MECHANISMS) == {name for names in SIGNATURES_OF_KEY.values() for name in names}


def test_keys_outlive_the_session_and_the_module(token: Any) -> None:
    with token.module.open(token.info, token.pin) as session:
        key = session.generate_key("k", KEY_ID, "p-384")
    token.module.restart()
    with token.module.open(token.module.find("TEST"), token.pin) as session:
        assert session.key(KEY_ID) == key
        check_signature(key.spki, "ecdsa-sha384", session.sign(KEY_ID, "ecdsa-sha384", b"x"), b"x")


def test_the_stopwatch_counts_what_the_token_took(session: Session, token: Any) -> None:
    before = token.module.stopwatch.seconds_generating
    session.generate_key("k", KEY_ID, "rsa-2048")
    assert token.module.stopwatch.seconds_generating > before


@pytest.mark.parametrize(("label", "key_id", "which"), [("k", b"\x02", "label"), ("l", b"\x01", "id")])
def test_a_label_or_id_that_is_taken_is_refused_before_a_key_is_made(
    session: Session, token: Any, label: str, key_id: bytes, which: str
) -> None:
    session.generate_key("k", b"\x01", "p-256")
    before = token.module.stopwatch.key_generations
    with pytest.raises(CeremonyError) as caught:
        session.generate_key(label, key_id, "p-256")
    assert caught.value.headline == f"The token already has a key with this {which}."
    assert token.module.stopwatch.key_generations == before
    assert len(session.inventory()) == 2
    assert session.generate_key("l", b"\x02", "p-256").label == "l"


def test_a_label_on_a_public_key_alone_is_taken_too(session: Session) -> None:
    from pkcs11 import Attribute, ObjectClass

    session.generate_key("k", b"\x01", "p-256")
    private = next(iter(session._session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})))
    private.destroy()
    with pytest.raises(CeremonyError, match="already has a key"):
        session.generate_key("k", b"\x02", "p-256")


@pytest.mark.parametrize(("label", "key_id"), [("", b"\x01"), ("a\nb", b"\x01"), ("k", b"")])
def test_a_key_without_a_plain_label_and_an_id_is_refused(session: Session, label: str, key_id: bytes) -> None:
    with pytest.raises(CeremonyError, match="label that prints"):
        session.generate_key(label, key_id, "p-256")


def test_an_unknown_algorithm_is_refused_by_name(session: Session) -> None:
    session.generate_key("k", KEY_ID, "p-256")
    for call in (
        lambda: session.generate_key("l", b"\x02", "rsa-1024"),
        lambda: session.require("rsa-1024"),
        lambda: session.sign(KEY_ID, "md5-rsa", b"x"),
    ):
        with pytest.raises(CeremonyError, match="algorithm is not known"):
            call()


def test_a_signature_algorithm_that_does_not_fit_the_key_is_refused(session: Session, token: Any) -> None:
    session.generate_key("k", KEY_ID, "p-256")
    before = token.module.stopwatch.signatures
    with pytest.raises(CeremonyError, match="does not fit the key"):
        session.sign(KEY_ID, "sha256-rsa-pss", b"x")
    assert token.module.stopwatch.signatures == before
    assert session.sign(KEY_ID, "ecdsa-sha256", b"x")


def test_a_key_that_is_not_there_is_said_to_be_so(session: Session) -> None:
    with pytest.raises(CeremonyError, match="not on the token"):
        session.key(b"\x09")
    with pytest.raises(CeremonyError, match="not on the token"):
        session.sign(b"\x09", "ed25519", b"x")
    assert session.find_key_label("nobody") is None


def test_an_id_that_stands_on_two_keys_is_not_used(session: Session) -> None:
    from ceremony.token.generation import generate_pair

    session.generate_key("k", KEY_ID, "p-256")
    generate_pair(session._session, "k", KEY_ID, "p-256")
    with pytest.raises(CeremonyError, match="just once"):
        session.key(KEY_ID)
    with pytest.raises(CeremonyError, match="just once"):
        session.sign(KEY_ID, "ecdsa-sha256", b"x")
    with pytest.raises(CeremonyError, match="just once"):
        session.find_key_label("k")


def test_a_mechanism_that_the_token_lacks_is_named_before_a_key_is_made(tmp_path: Path, softhsm: SoftHsmHome) -> None:
    offered = "CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_SHA256_RSA_PKCS,CKM_SHA512_RSA_PKCS,CKM_EC_KEY_PAIR_GEN"
    poor = SoftHsmHome.create(tmp_path / "poor", mechanisms=offered)
    poor.activate()
    module = Module.load("softhsm")
    info = module.initialise("POOR", Secret("87654321"), Secret("123456"))
    with module.open(info, Secret("123456")) as session:
        for call in (lambda: session.require("p-256"), lambda: session.generate_key("k", KEY_ID, "p-256")):
            with pytest.raises(CeremonyError) as caught:
                call()
            assert caught.value.headline == "The token cannot do p-256."
            assert "CKM_ECDSA" in caught.value.detail
        session.require("rsa-4096")
        session.require("sha512-rsa")
        assert session.inventory() == ()
    poor.remove()


@pytest.mark.parametrize("algorithm", ["ml-dsa-44", "ml-dsa-65", "ml-dsa-87"])
def test_a_token_without_ml_dsa_says_so_before_a_key_is_made(session: Session, algorithm: str) -> None:
    from pkcs11 import Mechanism

    if Mechanism.ML_DSA in session._session.token.slot.get_mechanisms():
        pytest.skip("this module offers CKM_ML_DSA")
    for call in (lambda: session.require(algorithm), lambda: session.generate_key("k", KEY_ID, algorithm)):
        with pytest.raises(CeremonyError) as caught:
            call()
        assert caught.value.headline == f"The token cannot do {algorithm}."
        assert "CKM_ML_DSA_KEY_PAIR_GEN, CKM_ML_DSA" in caught.value.detail
    assert session.inventory() == ()
    assert len(session.random(32)) == 32
    session.require("p-384")


def test_random_octets_come_in_the_number_asked_for_and_differ(session: Session) -> None:
    first, second = session.random(20), session.random(20)
    assert (len(first), len(second)) == (20, 20)
    assert first != second
    with pytest.raises(ValueError, match="at least one"):
        session.random(0)


def test_the_inventory_names_everything_on_the_token(session: Session) -> None:
    session.generate_key("k", KEY_ID, "p-256")
    session.store_certificate("k", KEY_ID, certificate_der())
    assert session.inventory() == (
        TokenObject("certificate", "k", KEY_ID),
        TokenObject("private-key", "k", KEY_ID),
        TokenObject("public-key", "k", KEY_ID),
    )


def test_a_certificate_is_read_back_byte_for_byte(session: Session) -> None:
    der = certificate_der()
    assert session.certificate(KEY_ID) is None
    session.store_certificate("root", KEY_ID, der)
    assert session.certificate(KEY_ID) == der
    assert session.certificates() == (("root", KEY_ID, der),)


def test_a_certificate_never_takes_the_place_of_another(session: Session) -> None:
    session.store_certificate("root", KEY_ID, certificate_der())
    for label, key_id in (("root", b"\x02"), ("other", KEY_ID)):
        with pytest.raises(CeremonyError, match="already has a certificate"):
            session.store_certificate(label, key_id, certificate_der())
    session.store_certificate("other", b"\x02", certificate_der())
    assert len(session.certificates()) == 2


@pytest.mark.parametrize("octets", [b"", b"no certificate", b"\x30\x03\x02\x01\x01"])
def test_what_is_no_certificate_is_not_stored(session: Session, octets: bytes) -> None:
    with pytest.raises(CeremonyError, match="not a certificate"):
        session.store_certificate("root", KEY_ID, octets)
    assert session.inventory() == ()


def test_a_closed_session_says_so_and_may_be_closed_again(token: Any) -> None:
    session = token.module.open(token.info, token.pin)
    session.close()
    session.close()
    with pytest.raises(CeremonyError) as caught:
        session.random(8)
    assert caught.value.headline == "The token is closed."


def test_a_token_that_is_pulled_out_is_missed_by_every_call_and_closes_quietly(
    session: Session, token: Any, softhsm: SoftHsmHome
) -> None:
    session.generate_key("k", KEY_ID, "p-256")
    for folder in softhsm.tokens.iterdir():
        shutil.rmtree(folder)
    calls: list[Callable[[], object]] = [
        session.inventory,
        session.certificates,
        lambda: session.require("p-256"),
        lambda: session.random(8),
        lambda: session.key(KEY_ID),
        lambda: session.find_key_label("k"),
        lambda: session.certificate(KEY_ID),
        lambda: session.sign(KEY_ID, "ecdsa-sha256", b"x"),
        lambda: session.generate_key("l", b"\x02", "p-256"),
        lambda: session.store_certificate("l", b"\x02", certificate_der()),
    ]
    for call in calls:
        with pytest.raises(TokenLost) as caught:
            call()
        assert caught.value.headline == "The token was pulled out or lost."
    assert not token.module.present(token.info)
    session.close()
    assert token.module.sessions == ()
    with pytest.raises(CeremonyError):
        token.module.find("TEST")


def test_a_token_that_was_pulled_out_works_again_when_it_is_back(
    token: Any, softhsm: SoftHsmHome, tmp_path: Path
) -> None:
    session = token.module.open(token.info, token.pin)
    key = session.generate_key("k", KEY_ID, "p-256")
    shutil.move(softhsm.tokens, tmp_path / "away")
    with pytest.raises(TokenLost):
        session.key(KEY_ID)
    session.close()
    shutil.move(tmp_path / "away", softhsm.tokens)
    with token.module.open(token.module.find("TEST", token.info.serial), token.pin) as again:
        assert again.key(KEY_ID) == key


def test_a_token_pulled_out_in_the_middle_of_a_call_is_lost_and_nothing_is_claimed(
    session: Session, softhsm: SoftHsmHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull_out(*asked: Any, **how: Any) -> None:
        for folder in softhsm.tokens.iterdir():
            shutil.rmtree(folder)
        real(*asked, **how)

    real = session_module.generate_pair
    monkeypatch.setattr(session_module, "generate_pair", pull_out)
    with pytest.raises(TokenLost) as caught:
        session.generate_key("k", KEY_ID, "p-256")
    assert "not known whether the token kept one" in caught.value.not_done


def test_a_token_that_cannot_store_says_so_and_keeps_no_half_key(session: Session) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(TokenFault) as caught:
            session.generate_key("k", KEY_ID, "p-256")
        with pytest.raises(TokenFault):
            session.store_certificate("k", KEY_ID, certificate_der())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.headline == "The token could not store it."
    assert caught.value.return_value == "CKR_FUNCTION_FAILED"
    assert caught.value.not_done == "No key was made, and nothing is left of it on the token."
    assert session.inventory() == ()
    assert session.generate_key("k", KEY_ID, "p-256").label == "k"


def test_a_token_on_a_full_disk_is_full_before_anything_is_stored(
    session: Session, token: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ceremony.token import storage

    with monkeypatch.context() as patch:
        patch.setattr(storage, "ROOM_OCTETS", 1 << 62)
        for call in (
            lambda: session.generate_key("k", KEY_ID, "p-256"),
            lambda: session.store_certificate("k", KEY_ID, certificate_der()),
            lambda: token.module.initialise("MORE", token.so_pin, token.pin),
        ):
            with pytest.raises(CeremonyError) as caught:
                call()
            assert caught.value.headline == "The token is full."
        assert storage.storage_fault() == "The token is full."
    assert session.inventory() == ()
    assert session.generate_key("k", KEY_ID, "p-256").label == "k"


def test_a_read_only_disk_is_named(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.token import storage

    assert storage.storage_fault() == "The token could not store it."
    monkeypatch.setattr(storage.os, "access", lambda *_: False)
    assert storage.storage_fault() == "The disk of the token is read-only."


def test_a_key_that_is_not_as_the_policy_wants_has_a_finding_for_each_rule(session: Session) -> None:
    from pkcs11 import Attribute, KeyType, MechanismFlag

    session._session.generate_keypair(
        KeyType.RSA,
        2048,
        id=KEY_ID,
        label="loose",
        store=True,
        capabilities=MechanismFlag.DECRYPT | MechanismFlag.UNWRAP | MechanismFlag.ENCRYPT | MechanismFlag.WRAP,
        private_template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
    )
    findings = compare_attributes(session.key(KEY_ID).read_back, STRICT, "loose")
    assert {finding.rule for finding in findings} == {
        "KEY-ATTR-SENSITIVE",
        "KEY-ATTR-ALWAYS-SENSITIVE",
        "KEY-ATTR-EXTRACTABLE",
        "KEY-ATTR-NEVER-EXTRACTABLE",
        "KEY-ATTR-USE",
    }
    assert {finding.severity for finding in findings} == {Severity.ERROR}
    assert {finding.subject for finding in findings} == {"loose"}


def test_an_imported_key_is_not_local(session: Session) -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat, PublicFormat
    from pkcs11 import Attribute
    from pkcs11.util.ec import decode_ec_private_key, decode_ec_public_key

    key = ec.generate_private_key(ec.SECP256R1())
    private = decode_ec_private_key(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    common = {Attribute.ID: KEY_ID, Attribute.LABEL: "imported", Attribute.TOKEN: True}
    from pkcs11 import ObjectClass

    session._session.create_object(
        {**private, **common, Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True, Attribute.PRIVATE: True}
    )
    session._session.create_object({**decode_ec_public_key(spki), **common})
    read = session.key(KEY_ID)
    assert read.spki == spki
    rules = {finding.rule for finding in compare_attributes(read.read_back, STRICT, "imported")}
    assert {"KEY-ATTR-LOCAL", "KEY-ATTR-ALWAYS-SENSITIVE", "KEY-ATTR-NEVER-EXTRACTABLE"} <= rules


def test_an_attribute_that_the_token_does_not_tell_is_an_error() -> None:
    silent = ReadBack(None, True, True, False, True, sign=True, other_uses=(), key_gen_mechanism=None)
    (finding,) = compare_attributes(silent, STRICT, "k")
    assert (finding.rule, finding.severity) == ("KEY-ATTR-LOCAL", Severity.ERROR)
    assert "does not tell CKA_LOCAL" in finding.message


def test_a_key_that_may_not_sign_has_the_wrong_use() -> None:
    idle = ReadBack(True, True, True, False, True, sign=False, other_uses=(), key_gen_mechanism=None)
    assert [finding.rule for finding in compare_attributes(idle, STRICT, "k")] == ["KEY-ATTR-USE"]


def test_what_the_policy_does_not_say_is_wanted_strictly() -> None:
    loose = ReadBack(True, True, True, True, True, sign=True, other_uses=(), key_gen_mechanism=None)
    assert [finding.rule for finding in compare_attributes(loose, {}, "k")] == ["KEY-ATTR-EXTRACTABLE"]
    assert compare_attributes(loose, {"extractable": True}, "k") == ()
