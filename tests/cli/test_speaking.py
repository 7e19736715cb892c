"""What somebody else named cannot steer a terminal: token labels, file names, names in certificates, arguments."""

from __future__ import annotations

import ast
import io
import os
import subprocess
from pathlib import Path

import pytest

from ceremony.room.speaking import prompt, say, say_text, turn_back, turn_page, visible
from ceremony.token.softhsm import SoftHsmHome

ROOT = Path(__file__).resolve().parents[2]
STEERING = "\x1b[2J\x07\r\x9b1m\u202eTOOR\u2066\u200f"
"""Clears the screen, rings, goes back to the start of the line, colours (C1), and turns round what follows."""

SPEAKER = ROOT / "ceremony/room/speaking.py"


def ceremony(*arguments: str, **settings: str) -> str:
    """Everything that a command says, on both streams."""
    done = subprocess.run(
        [ROOT / ".venv/bin/ceremony", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return (done.stdout + done.stderr).decode("utf-8")


def steering(said: str) -> set[str]:
    """What in it a terminal would obey, or not show."""
    return {letter for letter in said if not letter.isprintable()} - {"\n"}


def test_a_token_label_cannot_steer_the_terminal(softhsm: SoftHsmHome) -> None:
    label = "A\x1b[2J\u202eB"
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "12345678"],
        check=True,
        capture_output=True,
    )
    for command in (("list",), ("inspect", label), ("list", "--json")):
        said = ceremony("token", *command, SOFTHSM2_CONF=str(softhsm.configuration))
        assert steering(said) == set(), command
        assert "A\\u001b[2J\\u202eB" in said, command


@pytest.mark.parametrize(
    "command",
    [
        ("plan", STEERING),
        ("plan", "--of", STEERING),
        ("run", STEERING, "--plain"),
        ("rehearse", STEERING, "--plain", "--archive", STEERING),
        ("rehearse", "policies/demo/ceremonies/root-generation.yaml", "--unattended", STEERING),
        ("verify", STEERING),
        ("verify", "/nowhere", "--receipt", STEERING),
        ("register", STEERING),
        ("register", "/nowhere", "--on", STEERING),
        ("token", "list", "--module", STEERING),
        ("token", "inspect", STEERING),
        ("policy", "check", STEERING),
        ("policy", "derive", STEERING),
        ("policy", "explain", STEERING),
        ("policy", "schema", STEERING),
        ("--misdated", STEERING),
        (STEERING,),
        ("verify", "/nowhere", STEERING),
    ],
    ids=lambda command: visible(" ".join(command)).encode("ascii", "replace").decode(),
)
def test_an_argument_cannot_steer_the_terminal(command: tuple[str, ...]) -> None:
    said = ceremony(*command)
    assert said
    assert steering(said) == set()


def test_a_name_of_a_file_cannot_write_a_line_of_its_own(tmp_path: Path) -> None:
    said = ceremony("verify", str(tmp_path / "a\nPROVED everything"))
    assert "a\\u000aPROVED everything" in said
    assert "\nPROVED" not in said


def test_a_certificate_file_and_its_policy_cannot_steer_the_terminal(tmp_path: Path) -> None:
    name = tmp_path / f"{STEERING}.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-utf8", "-keyout", str(tmp_path / "key")]
    subprocess.run([*made, "-subj", "/CN=\x1b[2J\u202eX", "-out", str(name)], check=True, capture_output=True)
    for command in ((), ("--check",)):
        said = ceremony("policy", "derive", str(name), *command)
        assert "Traceback" not in said
        assert "X" in said
        assert steering(said) == set()


def test_what_is_printed_is_left_as_it_is_and_the_rest_is_seen() -> None:
    out = io.StringIO()
    say("Akar é 根", "", to=out)
    say_text("two\nlines\n", to=out)
    prompt("PIN: \x1b[8m", to=out)
    assert out.getvalue() == "Akar é 根\n\ntwo\nlines\nPIN: \\u001b[8m"


def test_a_letter_that_the_stream_cannot_carry_makes_no_sentence_fail() -> None:
    octets = io.BytesIO()
    out = io.TextIOWrapper(octets, encoding="ascii")
    say("根 \udc80", to=out)
    out.flush()
    assert octets.getvalue() == b"\\u6839 \\udc80\n"


def test_only_the_speaker_steers_the_terminal() -> None:
    out = io.StringIO()
    turn_page(out)
    turn_back(out)
    assert "\x1b[3J" in out.getvalue()


def speaks(node: ast.AST) -> bool:
    """A call that writes to where people look: print, or write and its like on a standard stream."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    streams = ("sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__")
    direct = called.startswith(streams) and called.rpartition(".")[2] in {"write", "writelines", "buffer.write"}
    return called == "print" or direct or (called == "os.write" and ast.unparse(node.args[0]) in {"1", "2"})


@pytest.mark.parametrize(
    "code", ["print('x')", "sys.stderr.write(x)", "sys.stdout.buffer.write(b'')", "os.write(2, b'')"]
)
def test_a_module_that_speaks_for_itself_would_be_found(code: str) -> None:
    assert any(speaks(node) for node in ast.walk(ast.parse(code)))


def test_one_module_speaks_and_no_other() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]  # a call has a line
        for path in (ROOT / "ceremony").rglob("*.py")
        if path != SPEAKER
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if speaks(node)
    }
    assert found == set()
    assert "out.write" in SPEAKER.read_text("utf-8")
