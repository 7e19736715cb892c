"""`ceremony register` over real archives: what it says, and what it refuses to add up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.room.clock import parse_iso
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register import Register, parse_register

Command = Callable[..., CompletedProcess[str]]
FOLDERS = ["0001-small", "0002-small", "0003-later", "0004-small", "0005-small"]


def refused(archive: Path) -> str:
    """The code of the complaint."""
    with pytest.raises(CeremonyError) as caught:
        fold_archive(archive, with_files=True)
    assert caught.value.next_step
    return caught.value.code


def record(archive: Path, folder: str) -> Path:
    return archive / folder / "transcript.jsonl"


class TestRefused:
    @pytest.mark.parametrize("folder", FOLDERS[:-1])
    def test_a_ceremony_taken_away(self, mixed: Path, folder: str) -> None:
        shutil.rmtree(mixed / folder)
        assert refused(mixed) == "ARCHIVE-LINK"

    def test_two_ceremonies_in_another_order(self, mixed: Path) -> None:
        (mixed / "0001-small").rename(mixed / "0009-small")
        (mixed / "0002-small").rename(mixed / "0001-small")
        (mixed / "0009-small").rename(mixed / "0002-small")
        assert refused(mixed) == "ARCHIVE-LINK"

    @pytest.mark.parametrize("folder", FOLDERS)
    def test_a_byte_of_a_record(self, mixed: Path, folder: str) -> None:
        octets = bytearray(record(mixed, folder).read_bytes())
        place = octets.index(b"Small")
        octets[place] ^= 1
        record(mixed, folder).write_bytes(bytes(octets))
        assert refused(mixed) in {"ARCHIVE-RECORD", "ARCHIVE-LINK"}

    def test_the_last_line_of_an_earlier_record(self, mixed: Path) -> None:
        lines = record(mixed, "0002-small").read_bytes().splitlines(keepends=True)
        record(mixed, "0002-small").write_bytes(b"".join(lines[:-1]))
        assert refused(mixed) == "ARCHIVE-LINK"

    def test_a_record_that_goes_on_after_its_close(self, mixed: Path, forger_of: Callable[[Path], Any]) -> None:
        forger = forger_of(mixed / "0005-small")
        forger.insert_after(forger.lines[-1], "note", {"text": "One more."})
        forger.chain()
        assert refused(mixed) == "ARCHIVE-RECORD"

    @pytest.mark.parametrize(
        "path",
        [
            "0002-small/certificates/root.der",
            "0003-later/crls/arl-1.crl",
            "0003-later/inputs/register.json",
            "0005-small/policy.yaml",
        ],
    )
    def test_a_changed_or_a_missing_file(self, mixed: Path, path: str) -> None:
        octets = bytearray((mixed / path).read_bytes())
        octets[-2] ^= 1
        (mixed / path).write_bytes(bytes(octets))
        assert refused(mixed) == "ARCHIVE-FILE"
        (mixed / path).unlink()
        assert refused(mixed) == "ARCHIVE-FILE"

    def test_a_folder_that_is_a_link(self, mixed: Path, tmp_path: Path) -> None:
        shutil.move(mixed / "0005-small", tmp_path / "elsewhere")
        (mixed / "0005-small").symlink_to(tmp_path / "elsewhere")
        assert refused(mixed) == "ARCHIVE-LINK"

    def test_a_record_that_is_not_there(self, mixed: Path) -> None:
        record(mixed, "0003-later").unlink()
        with pytest.raises(CeremonyError):
            fold_archive(mixed)

    def test_in_words_and_with_a_code(self, mixed: Path, ceremony: Command) -> None:
        shutil.rmtree(mixed / "0002-small")
        done = ceremony("register", str(mixed), check=1)
        assert done.stdout == ""
        assert "ARCHIVE-LINK" in done.stderr
        assert "What to do" in done.stderr

    @pytest.mark.parametrize("name", ["absent", "a-file", "an-empty-folder", "mixed/0001-small"])
    def test_what_is_no_archive(self, name: str, mixed: Path, ceremony: Command) -> None:
        (mixed.parent / "a-file").write_text("x")
        (mixed.parent / "an-empty-folder").mkdir()
        assert "ARCHIVE-NONE" in ceremony("register", str(mixed.parent / name), check=1).stderr


class TestTaken:
    def test_the_last_ceremony_without_its_last_line_is_open(self, mixed: Path) -> None:
        lines = record(mixed, "0005-small").read_bytes().splitlines(keepends=True)
        record(mixed, "0005-small").write_bytes(b"".join(lines[:-1]))
        assert [item.outcome for item in fold_archive(mixed).register("practice").ceremonies][-1] == "open"

    def test_a_line_that_a_power_cut_tore_off_is_no_fault_of_the_archive(self, mixed: Path) -> None:
        octets = record(mixed, "0005-small").read_bytes()
        record(mixed, "0005-small").write_bytes(octets[:-20])
        assert [item.outcome for item in fold_archive(mixed).register("practice").ceremonies][-1] == "open"

    def test_a_torn_line_after_a_close_is_one(self, mixed: Path) -> None:
        with record(mixed, "0005-small").open("ab") as file:
            file.write(b'{"actor"')
        assert refused(mixed) == "ARCHIVE-RECORD"

    def test_the_last_ceremony_taken_away_is_not_seen_and_this_is_said(self, mixed: Path, ceremony: Command) -> None:
        head = fold_archive(mixed).register("practice").ceremonies[-2].head
        shutil.rmtree(mixed / "0005-small")
        said = ceremony("register", str(mixed), check=0).stdout
        assert head in said
        assert "That no later ceremony was taken away" in said


class TestModes:
    def test_production_holds_what_its_ceremonies_made(self, mixed: Path) -> None:
        held = fold_archive(mixed).register("production")
        assert {item.ceremony for item in held.keys} == {"0002-small", "0003-later"}
        assert [item.folder for item in held.ceremonies] == FOLDERS
        assert all(item.der for item in held.certificates)
        assert held.last_drill() is None

    def test_practice_holds_only_the_last_rehearsal_of_a_token_made_anew(self, mixed: Path) -> None:
        held = fold_archive(mixed).register("practice")
        assert {item.ceremony for item in held.keys} == {"0005-small"}
        assert [item.name for item in held.keys] == ["root", "issuing"]
        assert {item.ceremony for item in held.certificates} == {"0005-small"}
        assert [item.folder for item in held.rehearsals()] == ["0001-small", "0005-small"]

    def test_words_tell_the_modes_apart(self, mixed: Path, ceremony: Command) -> None:
        production = ceremony("register", str(mixed), check=0).stdout
        practice = ceremony("register", "--practice", str(mixed), check=0).stdout
        assert "This is PRACTICE" in practice
        assert "This is PRACTICE" not in production
        assert "0004-small: " in production
        assert "aborted" in production
        assert "Last rehearsal of small:" in production
        assert "Last rehearsal of later: never" in production
        assert "second: p-256, certified as second" in production
        assert "second" not in practice.partition("KEYS")[2].partition("PRACTISED")[0]
        assert all(len(line) <= 78 for line in (production + practice).splitlines())

    def test_a_list_and_what_it_revokes_are_told_with_what_is_due(self, mixed: Path, ceremony: Command) -> None:
        (crl,) = fold_archive(mixed).register("production").crls
        assert (crl.number, crl.entries, crl.ceremony) == ("1", 1, "0003-later")
        said = " ".join(ceremony("register", str(mixed), check=0).stdout.split())
        assert f"Number 1: {crl.this_update} to {crl.next_update}, 1 entry, 0003-later" in said
        assert said.count("REVOKED ") == 1
        assert f"REVOKED {crl.this_update}, superseded, CRL number 1 of arl" in said
        assert f"sign the CRL after number 1 of profile arl, by {crl.renew_by}" in said
        assert "GAP" not in said

    @pytest.mark.parametrize("options", [[], ["--practice"]])
    def test_json_is_the_register_and_what_is_due(self, options: list[str], mixed: Path, ceremony: Command) -> None:
        report = json.loads(ceremony("register", str(mixed), "--json", *options, check=0).stdout)
        parts = ["at", "copies", "crl_gaps", "deadlines", "due", "format", "hint", "on", "register"]
        assert sorted(report) == parts
        assert (report["on"], report["hint"], report["deadlines"]) == (None, "", [])
        assert {item["key"]: item["remaining_count"] for item in report["copies"]} == {
            item["name"]: 1 for item in report["register"]["keys"]
        }
        held = fold_archive(mixed).register("practice" if options else "production")
        assert Register.model_validate_json(json.dumps(report["register"])) == held
        assert parse_register(held.octets) == held
        for item in report["due"]:
            assert sorted(item) == ["at", "ends", "past", "sentence", "subject", "what"]
        assert [item["at"] for item in report["due"]] == sorted(item["at"] for item in report["due"])
        expected = {"key-too-old-to-apply", "key-loses-trust"} | (set() if options else {"crl"})
        assert {item["what"] for item in report["due"]} == expected


class TestOnADay:
    def test_only_ceremonies_count_that_had_ended_by_then(self, mixed: Path) -> None:
        ended = [item.ended_at for item in fold_archive(mixed).register("production").ceremonies]
        for moment in (*ended, "2026-01-01T00:00:00Z"):
            held = fold_archive(mixed, until=moment).register("production")
            over = [at <= moment for at in ended]
            assert [item.folder for item in held.ceremonies] == FOLDERS[: (*over, False).index(False)]
            assert {item.ceremony for item in held.keys} <= {item.folder for item in held.ceremonies}

    def test_a_ceremony_of_later_is_checked_all_the_same(self, mixed: Path) -> None:
        shutil.rmtree(mixed / "0003-later")
        with pytest.raises(CeremonyError) as caught:
            fold_archive(mixed, until="2026-01-01T00:00:00Z")
        assert caught.value.code == "ARCHIVE-LINK"

    def test_the_command_says_which_moment_it_speaks_of(self, mixed: Path, ceremony: Command) -> None:
        day = fold_archive(mixed).register("production").ceremonies[-1].ended_at[:10]
        then = json.loads(ceremony("register", str(mixed), "--on", day, "--json", check=0).stdout)
        assert (then["on"], then["at"]) == (day, f"{day}T23:59:59Z")
        assert [item["folder"] for item in then["register"]["ceremonies"]] == FOLDERS
        before = (parse_iso(f"{day}T00:00:00Z") - timedelta(days=1)).date().isoformat()
        said = ceremony("register", str(mixed), "--on", before, check=0).stdout
        assert f"REGISTER OF PRODUCTION at {before}T23:59:59Z" in said
        assert "KEYS\n  none" in said

    @pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2026-1-1", "9998-01-01", "", "2026-11-22T00:00:00Z"])
    def test_what_is_no_day_of_the_past_is_refused_in_words(self, day: str, mixed: Path, ceremony: Command) -> None:
        done = ceremony("register", str(mixed), "--on", day)
        assert done.returncode != 0
        assert "There is no register of that day." in done.stderr
        assert "REGISTER-ON" in done.stderr

    def test_an_archive_of_practice_alone_tells_how_to_see_it(self, mixed: Path, ceremony: Command) -> None:
        for folder in FOLDERS[1:]:
            shutil.rmtree(mixed / folder)
        said = " ".join(ceremony("register", str(mixed), check=0).stdout.split())
        assert "Every ceremony here is practice. `ceremony register --practice` says what they made." in said
        hint = json.loads(ceremony("register", str(mixed), "--json", check=0).stdout)["hint"]
        assert hint.startswith("Every ceremony here is practice.")
        assert "here is practice." not in ceremony("register", "--practice", str(mixed), check=0).stdout
