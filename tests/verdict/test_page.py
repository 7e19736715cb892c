"""The page, read as an auditor reads it: each fact that matters is found there, and what says that nothing happened is
not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli import main
from ceremony.engine.performance import perform
from ceremony.engine.tokens import PracticeTokens
from ceremony.errors import BrokenOff
from ceremony.room.clock import Clock, iso
from ceremony.script.compile import compile_plan
from ceremony.script.interrupted import interruption_of
from ceremony.script.load import load_script
from ceremony.token.module import Module
from ceremony.verify.archive import verify_path
from ceremony.verify.page import WIDTH, page, spans
from ceremony.verify.verdict_json import verdict_json
from tests.custody_rules.house import Signers
from tests.house.ca import House
from tests.house.forger import Forger, forgers


def read(path: Path) -> str:
    """The page as one text, its line ends as spaces."""
    lines = page(path, verify_path(path))
    assert all(len(line) <= WIDTH for line in lines), [line for line in lines if len(line) > WIDTH]
    return " ".join(" ".join(lines).split())


def facts(path: Path, number: int = 1) -> Any:
    """The same for programs."""
    said = json.loads(json.dumps(verdict_json(path, verify_path(path))))
    return said["ceremonies"][number - 1]["facts"]


def verified(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["verify", *arguments])
    return code, capsys.readouterr().out


# What happened --------------------------------------------------------------------------------------------------------


def test_a_deviation_stands_there_in_full_with_each_persons_say(held_presence: Path) -> None:
    said = read(held_presence / "0001-small")
    assert "DEVIATIONS" in said
    assert "raised by Siti Rahmawati (CPS 5.1.2)" in said
    for words in ("Expected: A closed door.", "Happened: It stood open.", "Decided: It was closed. By Tono Wijaya."):
        assert words in said
    for name in ("Tono Wijaya", "Agus Santoso", "Wati Susilo"):
        assert f"{name} concurs." in said
    assert 'Siti Rahmawati DISSENTS: "Somebody may have come in."' in said
    (deviation,) = facts(held_presence)["deviations"]
    assert {"person": "siti", "concurs": False, "words": "Somebody may have come in."} in deviation["says"]


def test_a_failed_attempt_stands_there_with_its_reason_and_what_was_decided(held_presence: Path) -> None:
    said = read(held_presence / "0001-small")
    assert "ATTEMPTS THAT FAILED" in said
    assert "attempt 1: " in said
    assert "[STATEMENT-DECLINED] Tried again." in said
    (failed,) = facts(held_presence)["failed_attempts"]
    assert (failed["code"], failed["decision"], failed["attempt"]) == ("STATEMENT-DECLINED", "try-again", 1)


def test_who_dissents_at_the_close_stands_there_with_their_words(signers: Signers) -> None:
    def against(choice: Any) -> str | None:
        return "dissent" if choice.person == "Siti Rahmawati" and choice.options[0].name == "dissent" else None

    signers.people.answers["choose", "close"] = against
    assert signers.hold("short").closed
    assert 'Siti Rahmawati does not agree: "It was cold."' in read(signers.archive)
    assert [said["words"] for said in facts(signers.archive)["dissents"]] == ["It was cold."]


def test_who_refuses_to_approve_stands_there(signers: Signers) -> None:
    answers = iter([False, True, True])
    signers.people.answers["approve", "sign-root"] = lambda request: next(answers)
    signers.people.answers["choose", "sign-root"] = lambda choice: "try-again" if choice.fault else None
    signers.hold("short")
    assert "Agus Santoso refused to approve root" in read(signers.archive)


def incident(house: Signers, ago: timedelta) -> None:
    """A ceremony that revokes, about something that the CA learned so long ago."""
    step = "      - {id: incident, kind: incident, actor: administrator, hours: 24, text: Say it.}\n"
    house.edit("end.yaml", "      - id: revoke\n", f"{step}      - id: revoke\n")
    assert house.hold("generation").closed
    aware = iso(datetime.now(UTC) - ago)
    house.again()
    house.people.answers["record", "incident"] = lambda form: {"what": "A laptop was stolen.", "aware": aware}
    assert house.hold("end").closed, house.people.outcome


def test_a_missed_deadline_stands_there_with_all_four_moments(signers: Signers) -> None:
    incident(signers, timedelta(hours=30, minutes=10))
    said = read(signers.ceremony(2))
    (deadline,) = facts(signers.archive, 2)["deadlines"]
    assert (deadline["verdict"], deadline["lists"]) == ("MISSED", ["last"])
    assert "DEADLINES" in said
    assert "A laptop was stolen. MISSED: " in said
    for name in ("aware", "deadline", "signed"):
        assert f"{name} {deadline[name]}" in said
    assert "6 h 10 min too late" in said
    assert "MISSED: " in read(signers.archive)


def test_a_deadline_that_was_met_says_what_was_left(signers: Signers) -> None:
    incident(signers, timedelta(hours=3, seconds=-30))
    assert "MET: " in read(signers.ceremony(2))
    assert "21 h 00 min left" in read(signers.ceremony(2))


def test_an_interruption_stands_there_with_who_decided_to_go_on(visited: House) -> None:
    def hang_up(request: Any) -> Any:
        raise BrokenOff("the terminal was closed (SIGHUP)")

    visited.people.answers["instruct", "make"] = hang_up
    visited.hold()
    broken = read(visited.archive)
    assert broken.startswith("NOT PROVED")
    assert "The ceremony has not ended" in broken
    found = interruption_of(visited.archive)
    assert found is not None
    plan = compile_plan(load_script(visited.folder / "script.yaml", past=found.past), "practice", Clock().utc())
    people = visited.again()
    people.answers["choose", "make"] = lambda choice: (
        "resume" if "resume" in {option.name for option in choice.options} else None
    )
    tokens = PracticeTokens(plan, Module.load("softhsm"))
    assert perform(plan, people, archive=visited.archive, clock=Clock(), tokens=tokens, resumes=found).closed
    said = read(visited.ceremony())
    assert said.startswith("PROVED")
    assert "INTERRUPTIONS" in said
    assert "The record ended at line" in said
    assert "To go on at step make, attempt 2, agreed: " in said
    assert "DEVIATIONS" not in said, "what was agreed after it is told once"


def test_an_early_end_says_why_what_was_made_and_where_it_is(ended: Path) -> None:
    said = read(ended / "0001-generation")
    assert said.startswith("ENDED EARLY")
    assert "F10: the lamp went out" in said
    assert "Sealed by Rini Wulandari." in said
    assert "certificate root: certificates/root.der" in said
    assert "on token PRACTICE SMALL" in said
    assert "can still leave" in said or "is not locked" in said, "a key that waits for its backup"
    of_archive = read(ended)
    assert of_archive.startswith("ENDED EARLY") or "1 ended early" in of_archive
    assert {"name": "token PRACTICE SMALL", "where": "initialised here"} in facts(ended)["early_end"]["made"]


# What is wrong, and the limits ----------------------------------------------------------------------------------------


def test_what_is_wrong_stands_before_everything_else(held_rules: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(held_rules / "archive", tmp_path / "archive"))
    (archive / "0001-generation" / "certificates" / "sub.der").write_bytes(b"x")
    lines = page(archive, verify_path(archive))
    assert lines[0].startswith("NOT PROVED")
    wrong = lines.index("WHAT IS WRONG")
    assert all(wrong < lines.index(title) for title in lines if title.startswith(("CEREMONIES", "WHO COULD", "COUNTS")))
    assert any("0001-generation" in line and line.startswith("  !! ") for line in lines)


def test_many_faults_are_counted_and_stand_behind_all(forger: Forger) -> None:
    for name in "abcdefghijkl":
        (forger.folder / name).write_text("nobody explains it")
    said = read(forger.folder)
    assert said.count("!! ") == 8
    assert "more: --all" in said


def test_what_many_rules_say_in_the_same_words_stands_there_once(held_rules: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(held_rules / "archive", tmp_path / "archive"))
    for folder in archive.iterdir():
        (folder / "policy.yaml").write_text("format: none")
    lines = page(archive, verify_path(archive))
    assert len(lines) < 80
    assert " more rules" in " ".join(lines)


def test_the_limits_that_this_record_has_stand_there(held_rules: Path) -> None:
    said = read(held_rules / "archive")
    assert "SMALL, VAULT is SoftHSM, which is software" in said
    assert "compare the last head with one kept elsewhere" in said
    assert "no timestamp of a third party" in said
    assert "the linters" not in said, "that is true of every proof, and stands behind --all"


@pytest.fixture
def forger(held_presence: Path, tmp_path: Path) -> Forger:
    made: Forger = forgers(held_presence, tmp_path)("small")
    return made


def test_what_a_doctored_archive_holds_cannot_move_the_terminal(forger: Forger) -> None:
    deviation = forger.data("deviation")
    deviation |= {"happened": "It\x1b]0;title\x07 stood\x1b[2J open.\u202e", "decided_by": "x\ny"}
    forger.seal()
    lines = page(forger.folder, verify_path(forger.folder))
    assert all(line.isprintable() for line in lines)


def test_its_own_signs_are_those_of_a_bare_console(held_rules: Path) -> None:
    assert read(held_rules / "archive").isascii()


# What is not there ----------------------------------------------------------------------------------------------------


def test_what_says_that_nothing_happened_stands_behind_all(
    held_rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = str(held_rules / "archive")
    code, said = verified(capsys, archive)
    assert code == 0
    assert len(said.splitlines()) < 60
    for sentence in ("There was no break", "No key was adopted", "[CHAIN-LINK]"):
        assert sentence not in said
    assert "Nothing is on record that did not." in said
    code, everything = verified(capsys, archive, "--all")
    assert code == 0
    for sentence in ("There was no break", "No key was adopted", "[CHAIN-LINK]", "[LIMIT-LINT]"):
        assert everything.count(sentence) == 2, f"{sentence}: of each ceremony"
    assert everything.startswith(said.partition("\n\nEach rule")[0])


# For programs ---------------------------------------------------------------------------------------------------------


def test_json_is_one_object_for_a_whole_archive(held_rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = verified(capsys, str(held_rules / "archive"), "--json")
    said = json.loads(out)
    assert (code, said["exit_code"], said["outcome"], said["archive"]) == (0, 0, "proved", True)
    assert said["format"] == "ceremony-verdict/1"
    assert [item["folder"] for item in said["ceremonies"]] == ["0001-generation", "0002-end"]
    assert said["head"] == said["ceremonies"][-1]["head"]
    assert {check["status"] for check in said["ceremonies"][0]["checks"]} == {"proved", "unproved"}


@pytest.mark.parametrize("one", [True, False])
def test_an_early_end_has_a_word_of_its_own_and_exit_code_0(
    ended: Path, capsys: pytest.CaptureFixture[str], one: bool
) -> None:
    path = ended / "0001-generation" if one else ended
    code, out = verified(capsys, str(path), "--json")
    said = json.loads(out)
    assert (code, said["ceremonies"][0]["outcome"]) == (0, "ended early")
    assert (said["archive"], said["outcome"]) == (not one, "ended early" if one else "proved")


def test_a_receipt_that_does_not_fit_makes_the_page_say_so(
    held_rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = Path(shutil.copytree(held_rules / "archive", tmp_path / "archive"))
    slip = tmp_path / "slip.txt"
    shutil.copy(archive / "0002-end" / "receipts" / "receipt-siti.txt", slip)
    code, said = verified(capsys, str(archive), "--receipt", str(slip))
    assert code == 0
    assert "RECEIPTS" in said
    shutil.rmtree(archive / "0002-end")
    code, said = verified(capsys, str(archive), "--receipt", str(slip))
    assert (code, said.split()[:2]) == (1, ["NOT", "PROVED"])
    assert "it was replaced or taken away" in " ".join(said.split())


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (["0001"], "0001"),
        (["0001", "0002", "0003", "0007"], "0001-0003, 0007"),
        (["0002", "0004"], "0002, 0004"),
        (["copy"], "copy"),
    ],
)
def test_numbers_of_ceremonies_are_written_as_people_write_them(numbers: list[str], said: str) -> None:
    assert spans(numbers) == said


def test_a_page_loads_no_engine_no_token_and_no_screen(ended: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ceremony.verify.archive import verify_path;"
        "from ceremony.verify.page import page; path = Path(sys.argv[1]); page(path, verify_path(path));"
        "print([name for name in sys.modules if name.startswith(('ceremony.engine', 'ceremony.tui', 'pkcs11'))])"
    )
    root = Path(__file__).parents[2]
    run: Callable[..., Any] = subprocess.run
    done = run([sys.executable, "-c", program, str(ended)], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
