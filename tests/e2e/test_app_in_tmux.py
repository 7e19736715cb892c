"""The real app in a real terminal, from the picker to the finish, by keys alone; then the archive is verified."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ceremony.transcript.chain import read_chain

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"
DEMO = ROOT / "policies/demo"
SCRIPT = DEMO / "ceremonies/root-generation.yaml"
STEPS = [step["id"] for section in yaml.safe_load(SCRIPT.read_text())["sections"] for step in section["steps"]]
ANSWERS = {
    step: answer["fields"]
    for step, answer in yaml.safe_load((DEMO / "answers/root-generation.yaml").read_text())["steps"].items()
    if "fields" in answer
}
PIN, SO_PIN = "PINCANARY-31415926", "SOCANARY-27182818"


class Custodians:
    """People at the keyboard: they read the status line and do what it says."""

    def __init__(self, terminal: Any, stick: Path) -> None:
        self.terminal = terminal
        self.stick = stick
        self.screens: list[str] = []
        self.committed = 0.0

    def commit(self) -> None:
        """Press F2, not sooner than people can read: a second F2 in a hurry does not count."""
        time.sleep(max(0.0, self.committed + 0.4 - time.monotonic()))
        self.terminal.keys("F2")
        self.committed = time.monotonic()

    def work(self, until: str, seconds: float = 150.0) -> str:
        """Answer whatever is asked until the screen matches; returns that screen."""
        end = time.monotonic() + seconds
        answered, since, first = "", 0.0, end
        while time.monotonic() < end:
            screen = self.terminal.screen()
            if re.search(until, screen):
                return screen
            if self.terminal.screen() != screen:
                continue  # it is still being painted
            question = self.question(screen)
            if question != answered:
                first = time.monotonic()
            elif time.monotonic() - first > 20.0:
                break  # nothing that is done here helps
            if question != answered or time.monotonic() - since > 2.0:
                self.screens.append(screen)
                if self.answer(screen):
                    answered, since = question, time.monotonic()
            time.sleep(0.03)
        pytest.fail(f"never saw {until!r}; the last screen was:\n{self.terminal.screen()}")

    def question(self, screen: str) -> str:
        """What tells one question from the next: the head of the record, and the status line."""
        lines = [line for line in screen.splitlines() if line.strip()]
        head = re.search(r"head ([0-9a-f]{16})", screen)
        return f"{head[1] if head else ''} {lines[-2] if len(lines) > 2 else ''}"

    def answer(self, screen: str) -> bool:
        """Do what the status line asks for; False where it asks for nothing (the token works, a page is loading)."""
        lines = [line for line in screen.splitlines() if line.strip()]
        if len(lines) < 3:
            return False
        status = lines[-2].strip()
        rules: tuple[tuple[str, Callable[[re.Match[str], str], None]], ...] = (
            (r"type the PIN", lambda _, shown: self.pin(shown)),
            (r"(\d+) fields? to fill in|Nothing was saved", lambda _, shown: self.form(shown)),
            (r"Tab, (\w+) or REFUSE, F2", lambda match, _: self.word(match[1], tab=True)),
            (r"Type exactly (\w+) or", lambda match, _: self.word(match[1])),
            (r"type (\w+), then F2", lambda match, _: self.word(match[1])),
            (r"PgDn shows more", lambda *_: self.read_on()),
            (r"Space pages on", lambda *_: self.terminal.keys("Space")),
            (r"then F2|F2 begins|F2 goes on|then press F2", lambda *_: self.commit()),
        )
        for pattern, act in rules:
            match = re.search(pattern, status)
            if match:
                act(match, screen)
                return True
        return False

    def read_on(self) -> None:
        """What did not fit is read first; what was typed is still there."""
        self.terminal.keys("PageDown")
        self.commit()

    def pin(self, screen: str) -> None:
        pin = SO_PIN if "security officer" in screen else PIN
        self.terminal.type(pin)
        if "type it twice" in screen:
            self.terminal.keys("Tab")
            self.terminal.type(pin)
        self.commit()

    def word(self, word: str, *, tab: bool = False) -> None:
        if tab:
            self.terminal.keys("Tab")
        self.terminal.keys("C-u")
        self.terminal.type(word)
        self.commit()

    def form(self, screen: str) -> None:
        """The answers of the run without people are good answers here too."""
        number = int(re.search(r"Step (\d+)", screen)[1])  # type: ignore[index]  # every form stands under its step
        step = STEPS[number - 1]
        values = {
            "clock": ["the clock on the wall", time.strftime("%H:%M:%SZ", time.gmtime())],
            "export": [str(self.stick)],
        }.get(step, list(ANSWERS.get(step, {}).values()))
        for index, value in enumerate(values):
            if index:
                self.terminal.keys("Tab")
            if step != "clock":
                self.terminal.keys("C-u")
            self.terminal.type(value)
        self.commit()


def command(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "ceremony", *arguments]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("terminal", [(120, 40), (80, 24)], indirect=True, ids=["120x40", "80x24"])
def test_from_the_picker_to_a_verified_archive_by_keys_alone(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    archive = tmp_path / "archive"
    terminal.run(
        command("rehearse", "--archive", str(archive), "--policies", str(ROOT / "policies")), clean_environment
    )
    terminal.wait("Root key generation")
    terminal.keys("Enter")
    people = Custodians(terminal, stick)
    shown = people.work("closed and its record sealed")
    assert "PRACTICE" in shown
    assert all("PRACTICE" in screen for screen in people.screens if screen.strip())
    people.commit()
    assert terminal.exit_code() == 0

    folder = archive / "0001-root-generation"
    verdict = subprocess.run(command("verify", str(archive)), capture_output=True, text=True, cwd=ROOT, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    at_the_office = stick / "0001-root-generation" / "record"
    verdict = subprocess.run(
        command("verify", str(at_the_office)), capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr

    remembered = terminal.scrollback() + "\n".join(people.screens)
    files = [path for place in (folder, stick) for path in place.rglob("*") if path.is_file()]
    for canary in (PIN, SO_PIN):
        assert canary not in remembered
        assert not [path for path in files if canary.encode() in path.read_bytes()]


@pytest.mark.parametrize("cause", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
def test_a_signal_in_the_middle_logs_the_token_out_and_the_record_says_so(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str], cause: signal.Signals
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SCRIPT), "--archive", str(archive)), clean_environment)
    Custodians(terminal, stick).work(r"Step 10 of 23|step 10/23")
    subprocess.run(["kill", f"-{cause.name[3:]}", str(terminal.process())], check=True)
    assert terminal.exit_code() == 1
    assert_ended_in_good_order(archive, cause.name)


def test_ctrl_c_does_not_end_the_ceremony_and_a_closed_terminal_ends_it_in_good_order(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SCRIPT), "--archive", str(archive)), clean_environment)
    Custodians(terminal, stick).work(r"Step 10 of 23|step 10/23")
    for key in ("C-c", "C-q", "C-d", "Escape", "C-z"):
        terminal.keys(key)
    terminal.wait("F10")
    process = terminal.process()
    terminal.close()
    end = time.monotonic() + 20
    while Path(f"/proc/{process}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{process}").exists(), "the app ended when its terminal did"
    assert_ended_in_good_order(archive, "")


def assert_ended_in_good_order(archive: Path, cause: str) -> None:
    entries = read_chain(archive / "0001-root-generation" / "transcript.jsonl").entries
    kinds = [entry.event.kind for entry in entries]
    assert kinds[-3:] == ["interrupted", "token-closed", "ceremony-aborted"]
    assert cause in entries[-3].data.cause  # type: ignore[attr-defined]  # an interruption has a cause


def test_f10_ends_the_ceremony_with_a_reason_and_esc_does_not(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SCRIPT), "--archive", str(archive)), clean_environment)
    people = Custodians(terminal, stick)
    people.work(r"step 2/23")
    terminal.keys("F10")
    terminal.wait("ABORT")
    terminal.keys("Escape")
    people.work(r"step 3/23")
    record = archive / "0001-root-generation/transcript.jsonl"
    assert read_chain(record).entries[-1].event.kind != "ceremony-aborted"
    terminal.keys("F10")
    terminal.wait("ABORT")
    terminal.type("The lamp went out")
    terminal.keys("Enter")
    terminal.type("ABORT")
    people.commit()
    terminal.wait("did not reach its close")
    entries = read_chain(record).entries
    assert entries[-1].event.kind == "ceremony-aborted"
    assert "The lamp went out" in entries[-1].data.reason  # type: ignore[attr-defined]  # the last line says why


CREDENTIAL = """
import sys
from ceremony.canonical import sha256_hex
from ceremony.custody.people import Person
from ceremony.engine.credential import make_practice_credential
from ceremony.room.clock import Clock
from ceremony.secret import Secret
from ceremony.token.module import Module
pin = sys.stdin.readline().strip()
module = Module.load("softhsm")
module.initialise("RINI", Secret(pin + "-so"), Secret(pin))
with module.open(module.find("RINI"), Secret(pin)) as session:
    rini = Person(id="rini", name="Rini Wulandari", organisation="Demonstration CA", roles=("administrator",))
    print(sha256_hex(make_practice_credential(session, rini, Clock())))
"""


def test_production_uses_the_named_token_and_credential_and_never_says_practice(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    """The module is redirected by SOFTHSM2_CONF here: the app asks people whether they know why."""
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    environment = clean_environment | {"SOFTHSM2_CONF": str(configuration)}
    made = subprocess.run(
        [str(PYTHON), "-c", CREDENTIAL],
        input=PIN,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ca = tmp_path / "ca"
    shutil.copytree(DEMO, ca)
    people_file = ca / "people.yaml"
    credential = f"    credential: {{certificate_sha256: '{made.stdout.strip()}', token_label: RINI}}\n"
    people_file.write_text(
        people_file.read_text().replace("    roles: [administrator]\n", f"    roles: [administrator]\n{credential}")
    )
    archive = tmp_path / "archive"
    script = str(ca / "ceremonies" / SCRIPT.name)
    terminal.run(command("run", script, "--archive", str(archive)), environment)
    people = Custodians(terminal, stick)
    shown = people.work("closed and its record sealed")
    people.commit()
    assert terminal.exit_code() == 0
    assert "PRODUCTION" in shown
    assert not [screen for screen in people.screens if "PRACTICE" in screen]
    assert any("SOFTHSM2_CONF" in screen for screen in people.screens), "the override was flagged"
    verdict = subprocess.run(
        command("verify", "--production", str(archive)), capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "SoftHSM" in verdict.stdout, "what software cannot prove is said"
