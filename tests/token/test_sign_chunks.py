"""Signing what does not fit in memory: the same signatures as over the whole, and none when the chunks break off."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.secret import Secret
from ceremony.token.faults import TokenLost
from ceremony.token.mechanisms import KEY_KINDS
from ceremony.token.module import Module
from ceremony.token.session import Session
from ceremony.token.softhsm import SoftHsmHome
from tests.token.outside import check_signature, pull_out

KEY_ID = b"\x01"
CHUNKS = (b"first", b"", bytes(70_000), b"last")


@pytest.mark.parametrize("algorithm", ["rsa-2048", "p-256", "p-384", "p-521", "ed25519"])
def test_a_signature_over_chunks_is_one_over_the_whole(session: Session, token: Any, algorithm: str) -> None:
    key = session.generate_key("root", KEY_ID, algorithm)
    for name in KEY_KINDS[algorithm].signatures:
        before = token.module.stopwatch.signatures
        signature = session.sign_chunks(KEY_ID, name, iter(CHUNKS))
        assert token.module.stopwatch.signatures == before + 1
        check_signature(key.spki, name, signature, b"".join(CHUNKS))
        check_signature(key.spki, name, session.sign_chunks(KEY_ID, name, ()), b"")
        assert session.streams(name) is (algorithm != "ed25519")
        if name.endswith("-rsa"):  # PKCS #1 v1.5 leaves nothing to chance: the same octets by either way
            assert signature == session.sign(KEY_ID, name, b"".join(CHUNKS))


def test_no_signature_is_made_when_the_chunks_break_off(session: Session, token: Any) -> None:
    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise CeremonyError("These are not the octets that were approved.", code="APPROVAL-DIGEST")

    for key_id, algorithm, name in ((b"\x01", "rsa-2048", "sha256-rsa"), (b"\x02", "ed25519", "ed25519")):
        key = session.generate_key(algorithm, key_id, algorithm)
        before = token.module.stopwatch.signatures
        with pytest.raises(CeremonyError, match="not the octets"):
            session.sign_chunks(key_id, name, broken())
        assert token.module.stopwatch.signatures == before
        check_signature(key.spki, name, session.sign(key_id, name, b"x"), b"x")


@pytest.mark.parametrize(("algorithm", "name"), [("rsa-2048", "sha256-rsa"), ("p-256", "ecdsa-sha256")])
def test_the_memory_it_takes_does_not_grow_with_the_octets(session: Session, algorithm: str, name: str) -> None:
    session.generate_key("root", KEY_ID, algorithm)
    session.sign_chunks(KEY_ID, name, (b"x",))
    tracemalloc.start()
    try:
        session.sign_chunks(KEY_ID, name, (bytes(65_536) for _ in range(512)))  # 32 MiB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_a_token_that_signs_no_ready_made_hash_gets_the_whole(softhsm: SoftHsmHome, tmp_path: Path) -> None:
    poor = SoftHsmHome.create(tmp_path / "poor", mechanisms="CKM_RSA_PKCS_KEY_PAIR_GEN,CKM_SHA256_RSA_PKCS")
    poor.activate()
    module = Module.load("softhsm")
    info = module.initialise("POOR", Secret("87654321"), Secret("123456"))
    with module.open(info, Secret("123456")) as session:
        key = session.generate_key("root", KEY_ID, "rsa-2048")
        assert not session.streams("sha256-rsa")
        check_signature(key.spki, "sha256-rsa", session.sign_chunks(KEY_ID, "sha256-rsa", CHUNKS), b"".join(CHUNKS))
    poor.remove()


def test_an_algorithm_that_does_not_fit_or_is_unknown_is_refused_before_a_chunk_is_read(session: Session) -> None:
    def unread() -> Iterator[bytes]:
        pytest.fail("a chunk was read")
        yield b""

    session.generate_key("root", KEY_ID, "p-256")
    for key_id, name, said in (
        (KEY_ID, "sha256-rsa", "does not fit"),
        (KEY_ID, "md5-rsa", "not known"),
        (b"\x09", "ecdsa-sha256", "not on the token"),
    ):
        with pytest.raises(CeremonyError, match=said):
            session.sign_chunks(key_id, name, unread())


def test_a_token_pulled_out_while_the_chunks_come_is_lost(session: Session, softhsm: SoftHsmHome) -> None:
    def pulling() -> Iterator[bytes]:
        yield b"begun"
        pull_out(softhsm, session.token)
        yield b"ended"

    session.generate_key("root", KEY_ID, "p-256")
    with pytest.raises(TokenLost):
        session.sign_chunks(KEY_ID, "ecdsa-sha256", pulling())
