"""In production the same: killed three times on its way, it comes to its close and is proved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ceremony.verify.archive import verify_path

PROGRAM = Path(__file__).parent / "production.py"


def run(folder: Path, point: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), str(folder), point]
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
