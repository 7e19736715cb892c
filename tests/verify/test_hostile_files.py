"""Hostile files in an archive: every command says a sentence about them, soon, and in little memory.

Seconds are measured by scripts/bench; here nothing hangs (each command is stopped after a minute).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli import main
from tests.verify.hostile import KINDS, PLACES, link

ROOT = Path(__file__).parents[2]
MEBIBYTES = 300
NOT_READ = {"transcript.p7s", "inputs/crls", "receipts/receipt-rini.txt", "SHA256SUMS"}
"""What the register is not made of."""
A_COPY = {"sparse", "large"}
"""A plain file in the place of a whole ceremony is taken for somebody's copy of one, and told as something else."""


def met(held: Path, tmp_path: Path, every: int, *commands: str) -> list[dict[str, Any]]:
    """What became of each case, in a process of its own with little memory."""
    archive = Path(shutil.copytree(held / "practice", tmp_path / "practice"))
    program, script = Path(__file__).with_name("hostile.py"), held / "ca" / "ceremonies" / "small.yaml"
    done = subprocess.run(
        [sys.executable, str(program), str(archive), str(script), str(every), *commands],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    assert {case["place"] for case in said["cases"]} == {*PLACES, "the record"}
    assert {case["file"] for case in said["cases"]} >= {kind.__name__ for kind in KINDS if kind.__name__ != "node"}
    assert said["mebibytes"] <= MEBIBYTES
    for case in said["cases"]:
        assert "Traceback" not in case["err"], case
        assert "fault in it" not in case["err"], case
        assert "MemoryError" not in case["err"], case
    cases: list[dict[str, Any]] = said["cases"]
    return cases


def test_verify_and_register(held: Path, tmp_path: Path) -> None:
    """Verify refuses each; the register refuses each that it would be made of."""
    cases = met(held, tmp_path, 3, "verify", "register")
    for case in cases:
        if not case["place"] and case["file"] in A_COPY:
            assert case["code"] == 0
            assert case["command"] == "register" or "0002-small. [LIMIT-OTHERS]" in case["out"]
        elif case["command"] == "verify":
            assert case["code"] in (1, 2), case
            assert case["err"] or "NOT PROVED" in case["out"], case
        elif case["place"] in NOT_READ:
            assert case["code"] == 0, case
        else:
            assert case["code"] == 1, case
            assert "ARCHIVE-" in case["err"] or "CHAIN-READ" in case["err"], case


def test_plan_rehearse_and_run(held: Path, tmp_path: Path) -> None:
    """A ceremony is begun over none of them; a plan is made only where it is not made of the hostile file."""
    cases = met(held, tmp_path, 5, "plan", "rehearse", "run")
    for case in cases:
        if case["command"] != "plan" and not (not case["place"] and case["file"] in A_COPY):
            assert case["code"] == 1, case
            assert "What to do: " in case["err"], case
        elif case["command"] == "plan" and case["place"] in ("transcript.jsonl", ""):
            assert case["code"] == 1 or case["file"] in A_COPY, case


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not link], ids=lambda kind: kind.__name__)
def test_files_that_people_name(
    kind: Callable[[Path], None], held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receipt, a script, a certificate, answers: whatever is no plain file, or too large, is said to be so. Links
    are people's own here."""
    named = tmp_path / "named.yaml"
    try:
        kind(named)
    except PermissionError:
        pytest.skip("this account may make no devices")
    script = str(held / "ca" / "ceremonies" / "small.yaml")
    over = ["--archive", str(tmp_path / "none")]
    for arguments in (
        ["verify", str(held / "practice"), "--receipt", str(named)],
        ["plan", str(named), *over],
        ["policy", "check", str(named)],
        ["policy", "derive", str(named)],
        ["rehearse", script, "--unattended", str(named), *over],
    ):
        assert main(arguments) in (1, 2)
        said = capsys.readouterr()
        assert str(named) in said.out + said.err
        assert "fault in it" not in said.err
    subprocess.run(["rm", "-rf", str(named)], check=True)


def test_an_input_that_leads_out_of_the_ca_is_not_read(
    held: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither by a link, nor a pipe behind one."""
    ca = Path(shutil.copytree(held / "ca", tmp_path / "ca"))
    script = ca / "ceremonies" / "small.yaml"
    text = script.read_text("utf-8")
    for name, make, said in (
        ("pipe", os.mkfifo, "the file cannot be used: it is a pipe, and a file is wanted"),
        ("kernel", lambda path: path.symlink_to("/proc/kmsg"), "leads out of the CA's folder"),
    ):
        make(ca / "ceremonies" / name)
        step = (
            "{kind: issue, id: more, actor: custodian, text: Issue., certificate: more, profile: issuing, issuer: root"
        )
        script.write_text(text.replace("  - title: End", f"      - {step}, request: {name}}}\n  - title: End"), "utf-8")
        assert main(["plan", str(script), "--archive", str(tmp_path / "none")]) == 1
        assert f"{name}: {said}" in capsys.readouterr().err
