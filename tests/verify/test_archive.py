"""One ceremony or many: the links between them, and what is said where there is nothing to verify."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.room.program import PROGRAM, program_sha256
from ceremony.verify.archive import verify_path
from ceremony.verify.ceremony import verify_ceremony
from ceremony.verify.verdict import Check, Verdict


def rules(verdicts: list[Verdict]) -> list[set[str]]:
    return [{check.id for check in verdict.failed} for verdict in verdicts]


def test_an_archive_of_linked_ceremonies_is_proved(practice: Path) -> None:
    verdicts = verify_path(practice)
    assert [verdict.proved for verdict in verdicts] == [True, True]
    links = [check for verdict in verdicts for check in verdict.checks if check.id == "ARCHIVE-LINK"]
    assert [check.status for check in links] == ["proved", "proved"]
    assert "0001-small" in links[1].sentence


def test_one_folder_of_an_archive_is_verified_alone(practice: Path) -> None:
    (verdict,) = verify_path(practice / "0002-small")
    assert verdict.proved
    assert any(check.id == "LIMIT-ARCHIVE" and "0001-small" in check.sentence for check in verdict.checks)


def test_a_missing_first_ceremony_is_found(practice: Path) -> None:
    shutil.rmtree(practice / "0001-small")
    assert rules(verify_path(practice)) == [{"ARCHIVE-LINK"}]


def test_a_last_ceremony_taken_away_is_said_not_to_be_proved(practice: Path) -> None:
    shutil.rmtree(practice / "0002-small")
    (verdict,) = verify_path(practice)
    assert verdict.proved
    limit = next(check for check in verdict.checks if check.id == "LIMIT-ARCHIVE")
    assert verdict.head in limit.sentence


def test_ceremonies_in_another_order_are_found(practice: Path) -> None:
    (practice / "0001-small").rename(practice / "0003-small")
    (practice / "0002-small").rename(practice / "0001-small")
    (practice / "0003-small").rename(practice / "0002-small")
    first, second = rules(verify_path(practice))
    assert first == {"ARCHIVE-LINK", "ARCHIVE-ONCE"}
    assert second - {"ARCHIVE-TIME"} == {"ARCHIVE-LINK", "ARCHIVE-ONCE"}, "both may have been held in one second"


def test_a_number_that_stands_twice_is_found(practice: Path) -> None:
    shutil.copytree(practice / "0002-small", practice / "0002-more")
    assert all("ARCHIVE-LINK" in failed for failed in rules(verify_path(practice))[1:])


def test_an_earlier_record_written_anew_breaks_the_link(practice: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = forger_of(practice / "0001-small")
    forger.data("evidence-recorded")["fields"][0]["value"] = "BAG-2"
    forger.seal()
    assert rules(verify_path(practice)) == [set(), {"ARCHIVE-LINK"}]


def test_a_folder_under_another_name_is_found(practice: Path) -> None:
    (practice / "0002-small").rename(practice / "0002-great")
    assert rules(verify_path(practice)) == [set(), {"ARCHIVE-LINK", "ARCHIVE-ONCE"}]


def test_a_folder_that_lost_its_record_is_not_skipped(practice: Path) -> None:
    (practice / "0002-small/transcript.jsonl").unlink()
    first, second = verify_path(practice)
    assert first.proved
    assert not second.proved


def test_a_record_that_cannot_be_read_does_not_hide_the_rest(practice: Path) -> None:
    for item in (practice / "0001-small").iterdir():
        if item.is_file():
            item.unlink()
    first, second = verify_path(practice)
    assert not first.proved
    assert "ARCHIVE-LINK" in {check.id for check in second.failed}


def test_practice_is_said_loudly_and_refused_where_production_is_wanted(folder: Path) -> None:
    verdict = verify_ceremony(folder)
    assert verdict.proved
    assert any("PRACTICE" in line for line in verdict.lines()[:2])
    refused = verify_ceremony(folder, production_only=True)
    assert rules([refused]) == [{"MODE-PRACTICE"}]
    assert refused.exit_code == 1


def test_production_is_proved_also_where_nothing_else_is_accepted(production: Path) -> None:
    verdict = verify_ceremony(production, production_only=True)
    assert verdict.proved, verdict.lines()
    assert not any("PRACTICE" in line for line in verdict.lines())
    assert not [check for check in verdict.checks if check.id in {"LIMIT-PRACTICE", "MODE-PRACTICE"}]


def test_what_cannot_be_proved_is_said(folder: Path) -> None:
    limits = {check.id: check.sentence for check in verify_ceremony(folder).checks if check.status == "unproved"}
    for rule in ("PEOPLE", "CLOCK", "TOKEN", "COPY", "LINT", "ANCHOR", "SEAL-TIME", "PRACTICE", "PROGRAM"):
        assert f"LIMIT-{rule}" in limits
    assert "working clone" in limits["LIMIT-TOKEN"]
    assert f"{PROGRAM}, files SHA-256 {program_sha256()}. " in limits["LIMIT-PROGRAM"]


@pytest.mark.parametrize("name", ["missing", "a-file", "an-empty-folder"])
def test_nothing_to_verify_is_an_error_and_not_a_verdict(name: str, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("x")
    (tmp_path / "an-empty-folder").mkdir()
    for verify in (verify_path, verify_ceremony):
        with pytest.raises(CeremonyError) as caught:
            verify(tmp_path / name)
        assert caught.value.code == "VERIFY-PATH"
        assert caught.value.next_step


def test_a_loop_of_links_is_an_error_and_not_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(CeremonyError):
        verify_path(tmp_path / "loop")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_an_error_and_not_a_verdict(folder: Path) -> None:
    (folder / "certificates/root.der").chmod(0)
    with pytest.raises(CeremonyError) as caught:
        verify_ceremony(folder)
    assert caught.value.code == "VERIFY-READ"


def test_a_disk_that_fails_is_an_error_and_not_a_verdict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_open = os.open

    def failing(path: str | Path, flags: int, mode: int = 0o777, **where: int) -> int:
        if path == "root.der":
            raise OSError(5, "Input/output error")
        return true_open(path, flags, mode, **where)

    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(CeremonyError) as caught:
        verify_ceremony(folder)
    assert caught.value.code == "VERIFY-READ"


def test_a_rule_that_crashes_has_failed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ceremony.verify import keys
    from ceremony.verify.rule import Rule

    def crash(_: object) -> list[Any]:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(keys, "RULES", (Rule("KEY-CRASHES", "proved", crash),))
    verdict = verify_ceremony(folder)
    (check,) = verdict.failed
    assert check.id == "VERIFY-CRASH"
    assert "KEY-CRASHES" in check.sentence
    assert "secret detail" not in check.sentence


def test_failures_stand_before_what_was_proved(folder: Path) -> None:
    (folder / "more.txt").write_text("x")
    lines = verify_ceremony(folder).lines()
    assert lines[0].startswith("NOT PROVED")
    order = [lines.index(title) for title in ("What is wrong:", "What was proved:", "What this does not prove:")]
    assert order == sorted(order)


def test_no_control_character_of_an_archive_reaches_the_terminal(folder: Path, forger: Any) -> None:
    forger.data("clock-compared")["source"] = "a clock\x1b]0;title\x07\x1b[2J"
    forger.lines[0]["data"]["ceremony_id"] = "0001\x1b[31m"
    forger.seal()
    (folder / "x\x1b[2J\n").write_text("x")
    assert all(line.isprintable() for line in verify_ceremony(folder).lines())


def test_a_verdict_without_anything_proved_is_not_proved() -> None:
    assert not Verdict("x", "", "", (), "").proved
    assert not Verdict("x", "", "", (Check("LIMIT", "unproved", "nothing"),), "").proved
    assert Verdict("x", "", "", (Check("A", "proved", "something"),), "").exit_code == 0
    assert Verdict("x", "", "", (Check("A", "proved", "y"), Check("B", "failed", "z")), "").exit_code == 1


def test_verifying_loads_no_engine_no_token_no_screen_and_no_linter(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ceremony.verify.archive import verify_path;"
        "assert verify_path(Path(sys.argv[1]))[0].proved;"
        "print([name for name in sys.modules if name.startswith(('ceremony.engine', 'ceremony.token', 'ceremony.tui',"
        "'pkcs11', 'textual', 'pkilint'))])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_the_verdict_says_that_what_was_typed_is_no_signature(practice: Path) -> None:
    (limit,) = [check.sentence for check in verify_path(practice)[0].checks if check.id == "LIMIT-PEOPLE"]
    assert limit.endswith("Approvals were typed; only the seal is a signature.")
