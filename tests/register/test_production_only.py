"""`verify --production`: production alone is judged, its rehearsals are counted aside; a rehearsal is no production."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path

Command = Callable[..., Any]


def aside(archive: Path) -> list[bool]:
    return [verdict.aside for verdict in verify_path(archive, production_only=True)]


def test_an_archive_of_both_modes_is_judged_by_its_production(mixed: Path, ceremony: Command) -> None:
    assert aside(mixed) == [True, False, False, True, True]
    said = ceremony("verify", str(mixed), "--production", check=0).stdout
    assert "Of production: 2 of 2 ceremonies proved." in said
    assert "Rehearsals, counted aside: 3, of which 2 proved." in said, "one ended early"
    everything = ceremony("verify", str(mixed), "--production", "--all", check=0).stdout
    assert everything.count("It is counted aside") == 3


def test_without_it_every_ceremony_counts(mixed: Path, ceremony: Command) -> None:
    assert not any(verdict.aside for verdict in verify_path(mixed))
    assert "counted aside" not in ceremony("verify", str(mixed), "--all", check=0).stdout


def test_programs_see_which_were_counted_aside(mixed: Path, ceremony: Command) -> None:
    said = json.loads(ceremony("verify", str(mixed), "--production", "--json", check=0).stdout)
    assert [(one["aside"], one["outcome"]) for one in said["ceremonies"]] == [
        (True, "proved"),
        (False, "proved"),
        (False, "proved"),
        (True, "ended early"),
        (True, "proved"),
    ]


def test_the_folder_of_a_rehearsal_is_refused(mixed: Path, ceremony: Command) -> None:
    said = ceremony("verify", str(mixed / "0005-small"), "--production", check=1).stdout
    assert "only production is accepted here" in said
    ceremony("verify", str(mixed / "0003-later"), "--production", check=0)


def test_an_archive_of_rehearsals_alone_is_refused(mixed: Path, ceremony: Command) -> None:
    for name in ("0002-small", "0003-later", "0004-small", "0005-small"):
        shutil.rmtree(mixed / name)
    assert aside(mixed) == [False]
    assert "[MODE-PRACTICE]" in ceremony("verify", str(mixed), "--production", check=1).stdout


def test_production_that_is_not_proved_fails(mixed: Path, ceremony: Command) -> None:
    (mixed / "0002-small/certificates/root.pem").write_text("x")
    assert "Of production: 1 of 2" in ceremony("verify", str(mixed), "--production", check=1).stdout


def test_a_rehearsal_at_which_the_archive_breaks_counts(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    """Behind it nothing of production is held against what was before."""
    forger = forger_of(mixed / "0001-small")
    forger.lines[0]["data"]["previous_head"] = "ab" * 32
    forger.seal()
    assert aside(mixed)[0] is False


def test_a_rehearsal_whose_record_does_not_hold_counts(mixed: Path) -> None:
    record = mixed / "0001-small/transcript.jsonl"
    lines = record.read_bytes().splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:3] + lines[4:]))
    assert aside(mixed)[0] is False


def test_a_rehearsal_that_is_a_copy_counts(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(Path(shutil.copytree(mixed / "0005-small", mixed / "0006-small")))
    head = read_chain(mixed / "0005-small/transcript.jsonl").head
    forger.lines[0]["data"] |= {"previous_ceremony": "0005-small", "previous_head": head, "stand_in": True}
    forger.seal()
    assert aside(mixed) == [True, False, False, True, True, False]


def test_a_ceremony_of_no_known_mode_counts(mixed: Path) -> None:
    (mixed / "0005-small/transcript.jsonl").unlink()
    assert aside(mixed) == [True, False, False, True, False]
