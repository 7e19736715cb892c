"""What is printed for machines cannot steer a terminal that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ceremony.cli.machine import print_json

CLI = Path(__file__).parents[2] / "ceremony" / "cli"
NASTY = "caf\u00e9 \u202egnp.exe \x1b[2J \x7f \x9b \u2066 \U0001f600"


def test_control_and_bidi_characters_are_escaped_and_every_text_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"title": NASTY})
    printed = capsys.readouterr().out
    assert all(sign == "\n" or " " <= sign <= "~" for sign in printed)
    assert json.loads(printed) == {"title": NASTY}


def test_every_command_prints_json_in_this_one_way() -> None:
    others = [path.name for path in CLI.glob("*.py") if path.name != "machine.py" and "json.dumps" in path.read_text()]
    assert others == []
