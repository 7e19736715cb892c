"""Whatever is changed in an archive afterwards, the verifier says so and names the file, and the line where it can."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.verify.ceremony import verify_ceremony
from ceremony.verify.verdict import Verdict

FILES = (
    "script.yaml",
    "policy.yaml",
    "people.yaml",
    "inputs/credentials/rini.der",
    "inputs/register.json",
    "inputs/seal-certificate.der",
    "transcript.jsonl",
    "transcript.p7s",
    "certificates/root.der",
    "certificates/root.pem",
    "certificates/root.txt",
    "certificates/issuing.der",
    "certificates/issuing.pem",
    "certificates/issuing.txt",
    "SHA256SUMS",
)
BY_LINE = (".jsonl", ".pem", ".txt", "SHA256SUMS")
SAMPLES = {"transcript.jsonl": 60, "transcript.p7s": 60}
MASKS = (0x01, 0x20, 0x80)
"""Another digit, another case, another alphabet."""


def rules(verdict: Verdict) -> set[str]:
    return {check.id for check in verdict.failed}


def places(verdict: Verdict) -> set[str]:
    return {check.where for check in verdict.failed}


def names(verdict: Verdict, path: str, line: int | None) -> bool:
    """Whether a failed check names the file, and the line where one is expected."""
    for check in verdict.failed:
        if line is None and path in f"{check.where} {check.sentence}":
            return True
        if line is not None and check.where.startswith(path):
            said = check.where.partition(":")[2]
            if said == str(line) or f"line {line} " in check.sentence or f"and {line} do not fit" in check.sentence:
                return True
    return False


def test_the_sweep_covers_every_file_of_an_archive(folder: Path) -> None:
    found = {item.relative_to(folder).as_posix() for item in folder.rglob("*") if item.is_file()}
    assert found == set(FILES)


@pytest.mark.parametrize("path", FILES)
def test_a_flipped_byte_anywhere_is_found_and_named(path: str, folder: Path) -> None:
    file = folder / path
    octets = file.read_bytes()
    count = SAMPLES.get(path, 20)
    step = max(1, len(octets) // count)
    for number, place in enumerate([*range(0, len(octets), step), len(octets) - 1]):
        mask = MASKS[number % len(MASKS)]
        file.write_bytes(octets[:place] + bytes([octets[place] ^ mask]) + octets[place + 1 :])
        verdict = verify_ceremony(folder)
        line = octets[:place].count(b"\n") + 1 if path.endswith(BY_LINE) else None
        assert not verdict.proved, f"{path}, octet {place} ^ {mask:02x}"
        assert names(verdict, path, line), f"{path}, octet {place} ^ {mask:02x}, line {line}: {verdict.failed}"
        assert "VERIFY-CRASH" not in rules(verdict), f"{path}, octet {place} ^ {mask:02x}"
    file.write_bytes(octets)
    assert verify_ceremony(folder).proved


@pytest.mark.parametrize("path", FILES)
def test_a_file_cut_short_or_emptied_is_found(path: str, folder: Path) -> None:
    octets = (folder / path).read_bytes()
    for kept in (octets[: len(octets) // 2], octets[:-1], octets + octets[-1:], b""):
        (folder / path).write_bytes(kept)
        verdict = verify_ceremony(folder)
        assert not verdict.proved
        assert names(verdict, path, None)


@pytest.mark.parametrize("path", FILES)
def test_a_file_taken_away_is_found(path: str, folder: Path) -> None:
    (folder / path).unlink()
    verdict = verify_ceremony(folder)
    assert not verdict.proved
    assert names(verdict, path, None)


@pytest.mark.parametrize("path", FILES)
def test_a_link_in_the_place_of_a_file_is_found(path: str, folder: Path, tmp_path: Path) -> None:
    """Even where it leads to the very same bytes: an archive must stand for itself."""
    shutil.move(folder / path, tmp_path / "elsewhere")
    (folder / path).symlink_to(tmp_path / "elsewhere")
    verdict = verify_ceremony(folder)
    assert "FILES-PLAIN" in rules(verdict)
    assert names(verdict, path, None)


@pytest.mark.parametrize("path", ["transcript.jsonl", "certificates/root.der"])
def test_a_pipe_in_the_place_of_a_file_is_found_and_does_not_hang(path: str, folder: Path) -> None:
    (folder / path).unlink()
    os.mkfifo(folder / path)
    assert "FILES-PLAIN" in rules(verify_ceremony(folder))


Change = Callable[[list[bytes]], list[bytes]]
CHANGES: dict[str, tuple[Change, int]] = {
    "a line taken out": (lambda lines: lines[:19] + lines[20:], 19),
    "a line put in twice": (lambda lines: [*lines[:20], lines[19], *lines[20:]], 20),
    "two lines swapped": (lambda lines: [*lines[:19], lines[20], lines[19], *lines[21:]], 20),
    "the first line taken out": (lambda lines: lines[1:], 1),
    "the last line taken out": (lambda lines: lines[:-1], 90),
    "an empty line put in": (lambda lines: [*lines[:20], b"\n", *lines[20:]], 21),
    "a blank put in": (lambda lines: [*lines[:20], lines[20].replace(b'":', b'": ', 1), *lines[21:]], 21),
    "cut off in the middle": (lambda lines: lines[:40], 40),
}


@pytest.mark.parametrize("name", CHANGES)
def test_lines_taken_out_put_in_or_swapped_are_named(name: str, folder: Path) -> None:
    change, line = CHANGES[name]
    record = folder / "transcript.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    assert len(lines) == 91
    record.write_bytes(b"".join(change(lines)))
    verdict = verify_ceremony(folder)
    assert f"transcript.jsonl:{line}" in places(verdict)
    assert rules(verdict) >= {"SEAL-SIGNATURE"}


def test_a_record_chained_anew_without_the_seal_is_found(forger: Any) -> None:
    """Who cannot sign with the sealing key can recompute every hash and is found by the seal alone."""
    forger.data("evidence-recorded")["fields"][0]["value"] = "BAG-2"
    forger.chain()
    forger.sums()
    verdict = verify_ceremony(forger.folder)
    assert rules(verdict) == {"SEAL-SIGNATURE", "VERIFY-STOPPED"}
    assert places(verdict) - {""} == {"transcript.jsonl:91"}


def test_a_seal_by_another_key_is_found(forger: Any) -> None:
    forger.seal_record()
    forger.sums()
    assert rules(verify_ceremony(forger.folder)) == {"SEAL-CERTIFICATE"}


def test_a_seal_by_another_key_with_its_certificate_is_found(forger: Any) -> None:
    """The certificate is in the record's last line, so it cannot be replaced beside the record."""
    from cryptography.hazmat.primitives.serialization import Encoding

    forger.seal_record()
    (forger.folder / "inputs/seal-certificate.der").write_bytes(forger.certificate.public_bytes(Encoding.DER))
    forger.sums()
    assert rules(verify_ceremony(forger.folder)) == {"SEAL-CERTIFICATE", "FILES-WRITTEN"}


def test_two_certificates_swapped_are_named(folder: Path) -> None:
    root, issuing = folder / "certificates/root.der", folder / "certificates/issuing.der"
    first, second = root.read_bytes(), issuing.read_bytes()
    root.write_bytes(second)
    issuing.write_bytes(first)
    verdict = verify_ceremony(folder)
    assert {"certificates/root.der", "certificates/issuing.der"} <= places(verdict)
    assert any("certificates/root.der is not the certificate that was signed" in line for line in verdict.lines())


@pytest.mark.parametrize("path", ["notes.txt", "certificates/third.der", ".hidden", "inputs/more/deep.bin"])
def test_a_file_that_nothing_explains_is_named(path: str, folder: Path) -> None:
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(b"x")
    verdict = verify_ceremony(folder)
    assert "FILES-EXTRA" in rules(verdict)
    assert path in places(verdict)


def test_nothing_read_from_a_broken_record_counts_as_proved(folder: Path) -> None:
    record = folder / "transcript.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:19] + lines[20:]))
    verdict = verify_ceremony(folder)
    assert {check.id for check in verdict.checks if check.status == "proved"} == {"FILES-PLAIN", "SEAL-FORM"}
    assert rules(verdict) == {"CHAIN-LINK", "SEAL-SIGNATURE", "FILES-SUMS", "VERIFY-STOPPED"}


def test_bytes_that_are_no_record_at_all_are_refused(folder: Path) -> None:
    for octets in (b"\x00" * 100, b"[" * 100_000 + b"\n", b'{"v":1}\n', b"\xff\xfe\n", b"1e999\n"):
        (folder / "transcript.jsonl").write_bytes(octets)
        verdict = verify_ceremony(folder)
        assert "CHAIN-LINK" in rules(verdict)
        assert verdict.exit_code == 1
