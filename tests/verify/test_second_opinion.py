"""scripts/verify-archive: the stranger with Python and openssl comes to the same result."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "scripts" / "verify-archive"


def look(path: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *options, str(path)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_it_is_one_short_file_without_a_library() -> None:
    text = PROGRAM.read_text()
    assert len(text.splitlines()) <= 250
    assert "import ceremony" not in text
    assert "from ceremony" not in text
    assert PROGRAM.stat().st_mode & 0o111


def test_it_proves_an_archive_and_says_what_it_does_not_prove(practice: Path, production: Path) -> None:
    code, said = look(practice)
    assert code == 0, said
    assert said.count("PROVED: PRACTICE") == 2
    assert "does not prove" in said
    code, said = look(production, "--production")
    assert code == 0, said


def test_it_refuses_practice_where_production_is_wanted(folder: Path) -> None:
    code, said = look(folder, "--production")
    assert code == 1
    assert "rehearsal" in said


@pytest.mark.parametrize("name", ["missing", "a-file", "an-empty-folder"])
def test_it_cannot_check_what_is_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    (tmp_path / "an-empty-folder").mkdir()
    assert look(tmp_path / name)[0] == 2


def test_it_finds_a_flipped_byte_in_every_file(folder: Path) -> None:
    for file in sorted(item for item in folder.rglob("*") if item.is_file()):
        octets = file.read_bytes()
        place = len(octets) // 2
        file.write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
        code, said = look(folder)
        assert code == 1, f"{file.name}: {said}"
        file.write_bytes(octets)
    assert look(folder)[0] == 0


def test_it_names_the_line_that_was_changed(folder: Path) -> None:
    record = folder / "transcript.jsonl"
    record.write_bytes(record.read_bytes().replace(b"BAG-1", b"BAG-2"))
    code, said = look(folder)
    assert code == 1
    line = record.read_bytes().partition(b"BAG-2")[0].count(b"\n") + 1
    assert f"transcript.jsonl:{line}:" in said


def test_it_finds_a_record_chained_anew(forger: Any) -> None:
    forger.data("evidence-recorded")["fields"][0]["value"] = "BAG-2"
    forger.chain()
    forger.sums()
    code, said = look(forger.folder)
    assert code == 1
    assert "openssl cms refuses" in said


def test_it_finds_a_swapped_certificate_behind_consistent_hashes(forger: Any) -> None:
    root = (forger.folder / "certificates/root.der").read_bytes()
    forger.artefact("certificates/issuing.der", root)
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "certificates/issuing.der" in said


def test_it_finds_a_signature_without_an_approval(forger: Any) -> None:
    forger.remove("approved", "sign-issuing")
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1
    assert "approved" in said


def test_it_finds_a_certificate_over_another_key(forger: Any) -> None:
    spki = forger.data("key-made", "make-issuing")["spki"]
    forger.data("key-made", "make-root")["spki"] = spki
    forger.seal()
    assert look(forger.folder)[0] == 1


def test_it_finds_another_credential_in_production(production: Path, forger_of: Callable[[Path], Any]) -> None:
    forger_of(production).seal()
    code, said = look(production)
    assert code == 1
    assert "people.yaml" in said


def test_it_finds_a_missing_ceremony_and_another_order(practice: Path) -> None:
    (practice / "0001-small").rename(practice / "0003-small")
    assert look(practice)[0] == 1
    shutil.rmtree(practice / "0003-small")
    assert look(practice)[0] == 1


def test_it_writes_nowhere_else_whatever_a_record_says(forger: Any, tmp_path: Path) -> None:
    """A doctored record names a certificate by a path that leads out."""
    for kind, field in (("signed", "name"), ("to-be-signed", "certificate")):
        forger.data(kind, "sign-issuing")[field] = str(tmp_path / "escape")
    forger.seal()
    code, said = look(forger.folder)
    assert code == 1, said
    assert not list(tmp_path.glob("escape*"))


def test_an_extra_file_and_a_link_are_found(folder: Path) -> None:
    (folder / "more.txt").write_text("x")
    assert look(folder)[0] == 1
    (folder / "more.txt").unlink()
    (folder / "more").symlink_to("/")
    assert look(folder)[0] == 1
