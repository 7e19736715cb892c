"""In production the same: killed three times on its way, it comes to its close and is proved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ceremony.token.module_file import softhsm_path
from ceremony.verify.archive import verify_path
from tests.house.second_opinion import faults

PROGRAM = Path(__file__).parent / "production.py"


def run(folder: Path, point: str = "", *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), str(folder), point, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_production_ceremony_goes_on_and_is_proved(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    for point in ("after C_InitPIN", "before the line key-made", "within the line signed", "after the line exported"):
        done = run(tmp_path, point)
        assert done.returncode < 0, done.stdout + done.stderr
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (verdict,) = verify_path(tmp_path / "archive", production_only=True)
    assert verdict.proved, verdict.lines()
    record = next((tmp_path / "archive").glob("*/transcript.jsonl")).read_text("utf-8")
    kinds = [json.loads(line)["kind"] for line in record.splitlines()]
    assert kinds.count("ceremony-resumed") == 4
    assert (kinds.count("key-made"), kinds.count("signed"), kinds.count("key-adopted")) == (2, 2, 1)


def test_the_sealing_of_a_closed_production_record_is_made_up_for(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    assert run(tmp_path, "before the file transcript.p7s").returncode < 0
    assert run(tmp_path, "before the file SHA256SUMS").returncode < 0
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (verdict,) = verify_path(tmp_path / "archive", production_only=True)
    assert verdict.proved, verdict.lines()


# ---- another machine, another module ---------------------------------------------------------------------------------

DECLINED = """\
format: ceremony-answers/1
steps:
  bag:
    fields: {bag: BAG-1}
  clock:
    fields: {source: Wall clock, reference: "{utc}"}
  sign-root:
    confirm: false
    choose: [resume]
"""


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A ceremony that was killed before the root was signed."""
    (tmp_path / "stick").mkdir()
    assert run(tmp_path, "before the line signature-intended").returncode < 0
    return tmp_path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A module that does the same, and is another file."""
    path = tmp_path / "libother.so"
    path.write_bytes(softhsm_path().read_bytes() + b"\0")
    return path


def lines(folder: Path) -> list[dict[str, Any]]:
    record = next((folder / "archive").glob("*/transcript.jsonl")).read_text("utf-8")
    return [json.loads(line) for line in record.splitlines()]


def said(folder: Path, kind: str) -> list[dict[str, Any]]:
    return [line["data"] for line in lines(folder) if line["kind"] == kind]


def test_another_module_after_an_interruption_opens_no_token_where_somebody_does_not_agree(
    cut: Path, other: Path
) -> None:
    before = len(lines(cut))
    answers = cut / "declined.yaml"
    answers.write_text(DECLINED)
    done = run(cut, "", str(other), str(answers))
    assert done.returncode == 1, done.stdout + done.stderr
    after = lines(cut)[before:]
    assert [line["data"]["code"] for line in after if line["kind"] == "preparation-failed"] == ["TOKEN-OTHER"]
    assert "resumption-agreed" not in {line["kind"] for line in after}
    assert "SMALL" not in {line["data"]["label"] for line in after if line["kind"] in ("token-found", "token-opened")}


def test_another_module_after_an_interruption_is_agreed_to_by_everybody_and_named_with_both(
    cut: Path, other: Path
) -> None:
    done = run(cut, "", str(other), "", "PKCS11_LOGGER")
    assert done.returncode == 0, done.stdout + done.stderr
    (verdict,) = verify_path(cut / "archive", production_only=True)
    assert verdict.proved, verdict.lines()
    (resumed,) = said(cut, "ceremony-resumed")
    assert resumed["overrides"] == ["PKCS11_LOGGER"]
    found = [token["module_sha256"] for token in said(cut, "token-found") if token["purpose"] == "ceremony"]
    was, now = dict.fromkeys(found)
    assert {"name": "SMALL", "value": now} in resumed["modules"]
    statements = [line for line in lines(cut) if line["kind"] == "statement-confirmed"]
    agreed = [line for line in statements if line["data"]["about"] == "module"]
    (agreement,) = said(cut, "resumption-agreed")
    assert [line["actor"] for line in agreed] == agreement["people"]
    assert all(f"SMALL by {now}, before by {was}" in line["data"]["statement"] for line in agreed)
    assert [line["actor"] for line in statements if line["data"]["about"] == "environment"] == agreement["people"][:1]
    assert verdict.facts is not None
    (interruption,) = verdict.facts.interruptions
    assert f"Other module: token SMALL is reached by {now}" in interruption.changed
    assert "Other environment: variables that could redirect the token module: PKCS11_LOGGER" in interruption.changed
    assert faults(next((cut / "archive").iterdir())) == []


def test_the_same_module_after_an_interruption_asks_nothing_more(cut: Path) -> None:
    assert run(cut).returncode == 0
    (resumed,) = said(cut, "ceremony-resumed")
    assert (resumed["modules"], resumed["overrides"]) == ([], [])
    (opened,) = said(cut, "ceremony-opened")
    assert (resumed["machine"], resumed["libraries"]) == (opened["machine"], opened["libraries"])
    assert "module" not in {statement["about"] for statement in said(cut, "statement-confirmed")}
