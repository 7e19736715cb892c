"""Long CRLs: the octets of short ones, signed in a token chunk by chunk, verified from the disk, or not written."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ceremony.errors import CeremonyError, InputError
from ceremony.pki.crl import CrlHoles, assemble_crl, build_crl, crl_frame, update_period
from ceremony.pki.crl_blocks import entry_blocks
from ceremony.pki.crl_entries import Revoked, entries_of, entry_octets
from ceremony.pki.crl_large import CHUNK, LargeCrl, build_large_crl, sign_large_crl
from ceremony.pki.crl_view import crl_view
from ceremony.pki.keys import key_identifier
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.policy.status import CrlProfile

CLOCK = datetime(2026, 11, 22, 9, tzinfo=UTC)
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Uji")]).public_bytes()


def profile_of(signature: str) -> CrlProfile:
    data = {
        "scope": "subscriber",
        "issuer": "ca",
        "signature": signature,
        "cycle": {"lifetime": "10d", "renew": "3d"},
        "extensions": [{"type": "authority-key-identifier"}, {"type": "crl-number"}],
    }
    return CrlProfile.model_validate_json(json.dumps(data))


def holes_of(spki: bytes) -> CrlHoles:
    period = update_period(profile_of("ecdsa-sha256").cycle, CLOCK)
    return CrlHoles(NAME, spki, key_identifier(spki, "sha1"), None, 9, None, period.this_update, period.next_update)


def entries(count: int) -> list[bytes]:
    return [
        entry_octets(Revoked(2**120 + place, CLOCK - timedelta(hours=place % 99), (1, 4, None)[place % 3]))
        for place in range(count)
    ]


def built(kit: Any, folder: Path, count: int = 50, signature: str = "ecdsa-sha384", key: Any = None) -> LargeCrl:
    holes = holes_of(kit.spki_of(key or kit.key))
    return build_large_crl(crl_frame(profile_of(signature), holes), entries(count), folder / "spool")


def software(kit: Any, key: Any = None) -> Any:
    """What signs in place of a token."""

    def sign(algorithm: Any, chunks: Iterator[bytes]) -> bytes:
        signature: bytes = kit.sign(key or kit.key, ToBeSigned("crl", b"".join(chunks), algorithm))
        return signature

    return sign


@pytest.mark.parametrize("count", [0, 1, 3, 5, 6000])
def test_the_octets_are_those_of_a_short_list(kit: Any, tmp_path: Path, count: int) -> None:
    large = built(kit, tmp_path, count)
    short = build_crl(profile_of("ecdsa-sha384"), holes_of(kit.spki_of(kit.key)), entries(count))
    assert b"".join(large.chunks()) == short.octets
    assert (large.sha256, large.size, large.algorithm) == (short.sha256, len(short.octets), short.algorithm)
    if count == 6000:
        assert large.size > CHUNK


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        ("p-256", "ecdsa-sha256"),
        ("p-384", "ecdsa-sha384"),
        ("p-521", "ecdsa-sha512"),
        ("rsa-2048", "sha256-rsa"),
        ("rsa-2048", "sha512-rsa"),
        ("rsa-2048", "sha256-rsa-pss"),
    ],
)
def test_a_token_signs_it_and_openssl_verifies_it(
    token: Any, tmp_path: Path, openssl: Any, key: str, signature: str
) -> None:
    with token.module.open(token.info, token.pin) as session:
        spki = session.generate_key("list", b"\x01", key).spki
        large = build_large_crl(crl_frame(profile_of(signature), holes_of(spki)), entries(6000), tmp_path / "spool")
        path = tmp_path / "list.crl"
        sha256 = sign_large_crl(large, partial(session.sign_chunks, b"\x01"), spki, path)
    crl = path.read_bytes()
    assert hashlib.sha256(crl).hexdigest() == sha256
    view = crl_view(crl)
    assert hashlib.sha256(view.octets).hexdigest() == large.sha256
    assert (view.irregularities, view.signature_algorithm_der) == ((), view.outer_algorithm_der)
    assert [octets for _, octets in entries_of(crl)] == entries(6000)
    assert x509.load_der_x509_crl(crl).is_signature_valid(load_der_public_key(spki))  # type: ignore[arg-type]
    assert "Revoked Certificates:" in openssl("crl", "-inform", "DER", "-in", str(path), "-noout", "-text")
    assert sorted(each.name for each in tmp_path.glob("*list*")) == ["list.crl"]


def test_openssl_itself_verifies_the_signature(kit: Any, tmp_path: Path, openssl: Any) -> None:
    path = tmp_path / "list.crl"
    large = built(kit, tmp_path, 3000)
    sign_large_crl(large, software(kit), kit.spki_of(kit.key), path)
    (tmp_path / "tbs").write_bytes(b"".join(large.chunks()))
    (tmp_path / "signature").write_bytes(x509.load_der_x509_crl(path.read_bytes()).signature)
    pem = kit.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    place = {name: str(tmp_path / name) for name in ("key.pem", "signature", "tbs")}
    said = openssl("dgst", "-sha384", "-verify", place["key.pem"], "-signature", place["signature"], place["tbs"])
    assert "Verified OK" in said


def test_the_file_is_the_one_that_assembling_would_give(kit: Any, tmp_path: Path) -> None:
    signatures = []

    def sign(algorithm: Any, chunks: Iterator[bytes]) -> bytes:
        signatures.append(software(kit)(algorithm, chunks))
        return bytes(signatures[0])

    large = built(kit, tmp_path)
    sign_large_crl(large, sign, kit.spki_of(kit.key), tmp_path / "list.crl")
    whole = ToBeSigned("crl", b"".join(large.chunks()), large.algorithm)
    assert (tmp_path / "list.crl").read_bytes() == assemble_crl(whole, signatures[0])


def refused(kit: Any, large: LargeCrl, sign: Any, path: Path, key: Any = None) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        sign_large_crl(large, sign, kit.spki_of(key or kit.key), path)
    assert not path.exists()
    assert not list(path.parent.glob("*.partial"))
    return caught.value


@pytest.mark.parametrize("signature", [b"", b"\x00" * 96, b"\x30\x06\x02\x01\x05\x02\x01\x05"])
def test_a_signature_that_is_none_is_refused_and_nothing_is_written(kit: Any, tmp_path: Path, signature: bytes) -> None:
    def sign(_: Any, chunks: Iterator[bytes]) -> bytes:
        b"".join(chunks)
        return signature

    assert refused(kit, built(kit, tmp_path), sign, tmp_path / "list.crl").code == "SIG-VERIFY"


def test_a_signature_of_another_key_is_refused(kit: Any, tmp_path: Path) -> None:
    error = refused(kit, built(kit, tmp_path), software(kit, kit.other_key), tmp_path / "list.crl")
    assert error.code == "SIG-VERIFY"


def test_a_signature_over_another_hash_is_refused(kit: Any, tmp_path: Path) -> None:
    def sign(_: Any, chunks: Iterator[bytes]) -> bytes:
        return bytes(software(kit)("ecdsa-sha256", chunks))

    assert refused(kit, built(kit, tmp_path), sign, tmp_path / "list.crl").code == "SIG-VERIFY"


def test_an_rsa_signature_does_not_pass_under_the_name_of_ecdsa(kit: Any, tmp_path: Path) -> None:
    key = kit.new_key("rsa-2048")

    def sign(_: Any, chunks: Iterator[bytes]) -> bytes:
        return bytes(software(kit, key)("sha384-rsa", chunks))

    assert refused(kit, built(kit, tmp_path), sign, tmp_path / "list.crl", key).code == "SIG-VERIFY"


def test_entries_that_change_after_the_approval_are_not_signed(kit: Any, tmp_path: Path) -> None:
    large = built(kit, tmp_path)
    octets = bytearray(large.entries.read_bytes())
    octets[-1] ^= 1
    large.entries.write_bytes(octets)
    asked = []

    def sign(algorithm: Any, chunks: Iterator[bytes]) -> bytes:
        message = b"".join(chunks)
        asked.append(message)
        return bytes(kit.sign(kit.key, ToBeSigned("crl", message, algorithm)))

    error = refused(kit, large, sign, tmp_path / "list.crl")
    assert (error.code, asked) == ("SIG-VERIFY", [])


def test_entries_that_change_after_the_signature_are_not_published(kit: Any, tmp_path: Path) -> None:
    large = built(kit, tmp_path)

    def sign(algorithm: Any, chunks: Iterator[bytes]) -> bytes:
        signature = bytes(software(kit)(algorithm, chunks))
        large.entries.write_bytes(large.entries.read_bytes()[:-1] + b"\x02")
        return signature

    error = refused(kit, large, sign, tmp_path / "list.crl")
    assert error.code == "SIG-VERIFY"
    assert "was changed" in error.detail


def test_a_file_that_is_there_is_not_overwritten_and_nothing_is_signed(kit: Any, tmp_path: Path) -> None:
    for name in ("list.crl", "list.crl.partial"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("of somebody else")

        def sign(_: Any, __: Iterator[bytes]) -> bytes:
            raise AssertionError("a signature was asked for")

        with pytest.raises(CeremonyError) as caught:
            sign_large_crl(built(kit, folder), sign, kit.spki_of(kit.key), folder / "list.crl")
        assert caught.value.code == "CRL-FILE"
        assert (folder / name).read_text() == "of somebody else"


def test_a_spool_that_is_there_or_cannot_be_made_is_refused(kit: Any, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("of somebody else")
    with pytest.raises(CeremonyError) as caught:
        built(kit, tmp_path)
    assert caught.value.code == "CRL-FILE"
    assert (tmp_path / "spool").read_text() == "of somebody else"
    with pytest.raises(CeremonyError):
        built(kit, tmp_path / "nowhere")


def test_a_list_with_a_fault_leaves_no_spool(kit: Any, tmp_path: Path) -> None:
    text = b"serial,revoked_at,reason\n0a,2026-11-20T08:15:00Z,\n0b,2027-11-20T08:15:00Z,\n"
    blocks = entry_blocks(io.BytesIO(text), "revoked.csv", CLOCK)
    frame = crl_frame(profile_of("ecdsa-sha384"), holes_of(kit.spki_of(kit.key)))
    with pytest.raises(InputError):
        build_large_crl(frame, (block.octets for block in blocks), tmp_path / "spool")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("algorithm", ["ed25519", "ml-dsa-44"])
def test_an_algorithm_that_takes_the_message_whole_is_refused(kit: Any, tmp_path: Path, algorithm: Any) -> None:
    with pytest.raises(CeremonyError) as caught:
        built(kit, tmp_path, signature=algorithm, key=kit.new_key(algorithm))
    assert caught.value.code == "BR-A4"
    assert not list(tmp_path.iterdir())


def test_two_hundred_thousand_entries_take_little_memory(kit: Any, tmp_path: Path, record_property: Any) -> None:
    """In a process of its own, whose peak would show a list held in memory: its entries alone have 9 MiB."""
    program = """
from datetime import UTC, datetime
from pathlib import Path
from ceremony.pki.crl_blocks import entry_blocks
from ceremony.pki.crl_frame import CrlFrame
from ceremony.pki.crl_large import build_large_crl
frame = CrlFrame(b"", b"", "ecdsa-sha256", b"")
peaks = []
for name in ("short", "long"):
    with Path(name + ".csv").open("rb") as stream:
        blocks = entry_blocks(stream, name, datetime(2026, 11, 22, tzinfo=UTC))
        large = build_large_crl(frame, (block.octets for block in blocks), Path(name))
    status = Path("/proc/self/status").read_text()
    peaks.append(int(status.partition("VmHWM:")[2].split()[0]))
print(large.size, *peaks)
"""
    for name, count in (("short", 10_000), ("long", 200_000)):
        lines = (f"{2**125 + place:x},2026-11-20T08:15:{place % 60:02d}Z,superseded\n" for place in range(count))
        (tmp_path / f"{name}.csv").write_text("serial,revoked_at,reason\n" + "".join(lines))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )
    size, short, long = map(int, done.stdout.split())
    record_property("table", f"A CRL of 200,000 entries ({size // 1024} KiB): {long - short} KiB more than of 10,000.")
    assert size > 9 * 2**20
    assert long - short < 2048
