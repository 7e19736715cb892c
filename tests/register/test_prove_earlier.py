"""Before a ceremony is opened, those before it are proved."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ceremony.cli.earlier import prove_earlier
from ceremony.errors import CeremonyError
from ceremony.verify.archive import verify_path

SMALL_CA = Path(__file__).parents[1] / "verify" / "small-ca"


def refusal(archive: Path) -> CeremonyError:
    with pytest.raises(CeremonyError) as caught:
        prove_earlier(archive)
    return caught.value


@pytest.mark.parametrize("name", ["absent", "an-empty-folder"])
def test_where_there_is_none_that_is_said(name: str, tmp_path: Path) -> None:
    (tmp_path / "an-empty-folder").mkdir()
    (line,) = prove_earlier(tmp_path / name).lines()
    assert line == "The archive is empty: no ceremony was held before this one."


def test_those_that_closed_are_proved_and_an_aborted_one_is_told(mixed_held: Path) -> None:
    said = prove_earlier(mixed_held)
    assert said.lines()[0] == "Archive verified: 4 ceremonies."
    assert said.warnings == ("0004-small ended early: its record holds, and nobody sealed it.",)
    assert said.lines()[-1:] == said.warnings


@pytest.mark.parametrize("path", ["0001-small/certificates/root.der", "0005-small/transcript.p7s"])
def test_a_changed_file_refuses_the_opening(path: str, mixed: Path) -> None:
    octets = bytearray((mixed / path).read_bytes())
    octets[-1] ^= 1
    (mixed / path).write_bytes(bytes(octets))
    error = refusal(mixed)
    assert error.code == "ARCHIVE-NOT-PROVED"
    assert path.partition("/")[0] in error.detail
    assert error.next_step


def test_a_register_that_says_something_else_refuses_it(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(mixed / "0005-small")
    path = mixed / "0005-small/inputs/register.json"
    path.write_bytes(path.read_bytes().replace(b'"aborted"', b'"closed"'))
    forger.inputs()
    forger.seal()
    error = refusal(mixed)
    assert error.code == "ARCHIVE-NOT-PROVED"
    assert "0005-small" in error.detail


def test_a_broken_link_refuses_it(mixed: Path) -> None:
    shutil.rmtree(mixed / "0001-small")
    assert refusal(mixed).code == "ARCHIVE-LINK"


def test_a_sealed_ceremony_whose_close_was_cut_off_refuses_it(mixed: Path) -> None:
    record = mixed / "0005-small/transcript.jsonl"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-1]))
    assert refusal(mixed).code == "ARCHIVE-NOT-PROVED"


def test_an_interrupted_ceremony_is_told_and_does_not_refuse_it(mixed: Path) -> None:
    folder = mixed / "0004-small"
    shutil.rmtree(mixed / "0005-small")
    record = folder / "transcript.jsonl"
    record.write_bytes(record.read_bytes()[:-30])  # a power cut in its last line
    (folder / "transcript.p7s").unlink(missing_ok=True)
    assert prove_earlier(mixed).warnings[0].startswith("0004-small was broken off and has not ended")


def test_a_broken_record_of_an_aborted_ceremony_refuses_it(mixed: Path) -> None:
    record = mixed / "0004-small/transcript.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:4] + lines[5:]))
    assert refusal(mixed).code == "ARCHIVE-RECORD"


class TestCommand:
    def rehearse(self, ceremony: Callable[..., CompletedProcess[str]], archive: Path) -> CompletedProcess[str]:
        (archive.parent / "stick").mkdir(exist_ok=True)
        return ceremony(
            *("rehearse", str(SMALL_CA / "ceremonies/small.yaml"), "--unattended", str(SMALL_CA / "answers.yaml")),
            *("--archive", str(archive), "--export", str(archive.parent / "stick")),
        )

    def test_a_rehearsal_says_that_the_archive_was_verified(
        self, mixed: Path, ceremony: Callable[..., CompletedProcess[str]]
    ) -> None:
        done = self.rehearse(ceremony, mixed)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Archive verified: 4 ceremonies." in done.stdout
        verdict = verify_path(mixed)[-1]
        assert verdict.path.endswith("0006-small")
        assert verdict.proved
        assert "LIMIT-STAND-IN" in {check.id for check in verdict.checks}, "production came before: its keys stand in"

    def test_a_rehearsal_over_a_changed_archive_is_not_opened(
        self, mixed: Path, ceremony: Callable[..., CompletedProcess[str]]
    ) -> None:
        os.truncate(mixed / "0002-small/transcript.p7s", 100)
        done = self.rehearse(ceremony, mixed)
        assert done.returncode == 1
        assert "ARCHIVE-NOT-PROVED" in done.stderr
        assert "0002-small" in done.stderr
        assert not (mixed / "0006-small").exists()
