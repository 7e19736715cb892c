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


def steps_of(script: Path) -> list[str]:
    """The ids of its steps, in order."""
    return [step["id"] for section in yaml.safe_load(script.read_text())["sections"] for step in section["steps"]]


STEPS = steps_of(SCRIPT)
ANSWERS = {
    step: answer["fields"]
    for step, answer in yaml.safe_load((DEMO / "answers/root-generation.yaml").read_text())["steps"].items()
    if "fields" in answer
}
SHORT = ROOT / "tests/custody_rules/ca/short.yaml"
"""Seven steps, for what is the same in any ceremony; in the fourth its token is open."""

BLANKS = re.compile(r"Words ([\d, ]+)$", re.MULTILINE)
PIN, SO_PIN = "PINCANARY-31415926", "SOCANARY-27182818"


class Custodians:
    """People at the keyboard: they read the status line and do what it says."""

    def __init__(self, terminal: Any, stick: Path, steps: list[str] = STEPS) -> None:
        self.terminal = terminal
        self.stick = stick
        self.steps = steps
        self.screens: list[str] = []
        self.committed = 0.0

    def commit(self) -> None:
        """Press F2, not sooner than people can read: a second F2 in a hurry does not count."""
        time.sleep(max(0.0, self.committed + 0.35 - time.monotonic()))
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
        if "do you agree with the record?" in screen:
            self.agree()
            return True
        rules: tuple[tuple[str, Callable[[re.Match[str], str], None]], ...] = (
            (r"type the PIN|A PIN has", lambda _, shown: self.pin(shown)),
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
        self.terminal.fill([pin, pin] if "type it twice" in screen else [pin], clear=False)
        self.commit()

    def agree(self) -> None:
        """At the close; to dissent stands first."""
        self.terminal.keys("Down")
        self.terminal.wait(r"> I agree")
        self.word("AGREE", tab=True)

    def word(self, word: str, *, tab: bool = False) -> None:
        if tab:
            self.terminal.keys("Tab")
        self.terminal.keys("C-u")
        self.terminal.type(word)
        self.commit()

    def form(self, screen: str) -> None:
        """The answers of the run without people are good answers here too."""
        self.terminal.fill(self.values(screen), clear="Compare the clock" not in screen)
        self.commit()

    def values(self, screen: str) -> list[str]:
        """What is typed into the fields of this form."""
        if "reads back" in screen:
            words = dict(re.findall(r"\b(\d+) ([A-Za-z]+)", screen.partition("type them")[2].partition("Words")[0]))
            return [" ".join(words[place] for place in re.findall(r"\d+", line)) for line in BLANKS.findall(screen)]
        number = int(re.search(r"[Ss]tep (\d+)", screen)[1])  # type: ignore[index]  # every form stands under its step
        step = self.steps[number - 1]
        if step == "clock":
            return ["the clock on the wall", time.strftime("%H:%M:%SZ", time.gmtime())]
        if step == "export":
            return [str(self.stick)]
        received = re.search(r"Receive ([\w-]+) \(", screen)
        item = f"{received[1]}-" if received else ""
        return [value for name, value in ANSWERS[step].items() if name.startswith(item)]


class Readers(Custodians):
    """They read every text to its end before they press F2, as they should."""

    def commit(self) -> None:
        """What did not fit is shown first, whether there is such a thing or not."""
        self.terminal.keys("PageDown")
        super().commit()


def command(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "ceremony", *arguments]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_from_the_picker_to_a_verified_archive_by_keys_alone(
    terminal: Any, tmp_path: Path, stick: Path, shorter: Path, clean_environment: dict[str, str]
) -> None:
    archive, policies = tmp_path / "archive", shorter.parents[2]
    terminal.run(command("rehearse", "--archive", str(archive), "--policies", str(policies)), clean_environment)
    terminal.wait("> Root key generation")
    terminal.keys("Enter")
    people = Readers(terminal, stick, steps_of(shorter))
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
def test_a_signal_in_the_middle_logs_the_token_out_and_leaves_the_record_open(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str], cause: signal.Signals
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SHORT), "--archive", str(archive)), clean_environment)
    Readers(terminal, stick, steps_of(SHORT)).work(r"Step 4 of 7|step 4/7")
    subprocess.run(["kill", f"-{cause.name[3:]}", str(terminal.process())], check=True)
    assert terminal.exit_code() == 1
    assert_broken_off(archive, cause.name)


def test_ctrl_c_does_not_end_the_ceremony_and_a_closed_terminal_leaves_it_open(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SHORT), "--archive", str(archive)), clean_environment)
    Readers(terminal, stick, steps_of(SHORT)).work(r"Step 4 of 7|step 4/7")
    for key in ("C-c", "C-q", "C-d", "Escape", "C-z"):
        terminal.keys(key)
    terminal.wait("F10")
    process = terminal.process()
    terminal.close()
    end = time.monotonic() + 20
    while Path(f"/proc/{process}").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not Path(f"/proc/{process}").exists(), "the app ended when its terminal did"
    assert_broken_off(archive, "")


def assert_broken_off(archive: Path, cause: str) -> None:
    entries = read_chain(archive / "0001-short" / "transcript.jsonl").entries
    kinds = [entry.event.kind for entry in entries]
    assert kinds[-2:] == ["interrupted", "token-closed"]
    assert cause in entries[-2].data.cause  # type: ignore[attr-defined]  # an interruption has a cause


def test_f10_ends_the_ceremony_with_a_reason_and_esc_does_not(
    terminal: Any, tmp_path: Path, stick: Path, clean_environment: dict[str, str]
) -> None:
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(SHORT), "--archive", str(archive)), clean_environment)
    people = Readers(terminal, stick, steps_of(SHORT))
    people.work(r"step 3/7")
    terminal.keys("F10")
    terminal.wait("ABORT")
    terminal.keys("Escape")
    people.work(r"step 4/7")
    record = archive / "0001-short/transcript.jsonl"
    assert read_chain(record).entries[-1].event.kind != "ceremony-aborted"
    terminal.keys("F10")
    terminal.wait("ABORT")
    terminal.type("The lamp went out")
    terminal.keys("Enter")
    terminal.type("ABORT")
    people.commit()
    people.work("How it ended")
    entries = read_chain(record).entries
    assert entries[-1].event.kind == "ceremony-aborted"
    assert "The lamp went out" in entries[-1].data.reason  # type: ignore[attr-defined]  # the last line says why


CREDENTIALS = """
import sys
from pathlib import Path
from ceremony.canonical import sha256_hex
from ceremony.custody.load import load_people
from ceremony.room.clock import Clock
from ceremony.secret import Secret
from ceremony.token.module import Module
from tests.house.credentials import give
pin = sys.stdin.readline().strip()
module = Module.load("softhsm")
for person in load_people(Path(sys.argv[1])).people.people:
    named = person.credential
    module.initialise(named.token_label, Secret(pin + "-so"), Secret(pin))
    with module.open(module.find(named.token_label), Secret(pin)) as session:
        print(named.certificate_sha256, sha256_hex(give(session, person, Clock().machine_utc())))
"""


@pytest.fixture
def shorter(tmp_path: Path) -> Path:
    """The demonstration with one root alone, whose key takes no time, and without the auditor: a script of the same
    name. What is left out is more of the same."""
    ca = Path(shutil.copytree(DEMO, tmp_path / "policies" / "demo"))
    script = ca / "ceremonies" / SCRIPT.name
    data = yaml.safe_load(script.read_text().replace("witness: auditor", "witness: witness"))
    del data["roles"]["auditor"]
    data["sections"] = [section for section in data["sections"] if section["title"] != "Intermediates"]
    for section in data["sections"]:
        steps = [step for step in section["steps"] if step["actor"] != "auditor" and "root-r1" not in step["id"]]
        section["steps"] = [step for step in steps if step["id"] != "machine-is-alone"]
    script.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
    return script


@pytest.fixture
def tokens_of_their_own(tmp_path: Path, shorter: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    """Each person has a token with a certificate, and the people file names it. The environment that leads there."""
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n")
    environment = clean_environment | {"SOFTHSM2_CONF": str(configuration)}
    people = shorter.parents[1] / "people.yaml"
    command = [str(PYTHON), "-c", CREDENTIALS, str(people)]
    made = subprocess.run(command, input=PIN, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    text = people.read_text()
    for line in made.stdout.splitlines():
        text = text.replace(*line.split())
    people.write_text(text)
    return environment


def test_production_uses_the_named_tokens_and_never_says_practice(
    terminal: Any, tmp_path: Path, stick: Path, shorter: Path, tokens_of_their_own: dict[str, str]
) -> None:
    """The module is redirected by SOFTHSM2_CONF here: the app asks people whether they know why."""
    archive = tmp_path / "archive"
    terminal.run(command("run", str(shorter), "--archive", str(archive)), tokens_of_their_own)
    people = Readers(terminal, stick, steps_of(shorter))
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
    assert "2 approvals (2 signed)" in " ".join(verdict.stdout.split())
    assert "SoftHSM" in verdict.stdout, "what software cannot prove is said"
