"""The demonstration ceremony, performed line by line at a real terminal from its first prompt to its seal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import termios
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ceremony.cli import main

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "policies" / "demo" / "ceremonies" / "root-generation.yaml"
PATIENCE_SECONDS = 120.0
PINS = {"security officer": "87654321", "": "12345678"}


class Performance:
    """`ceremony rehearse --plain` on a pseudo-terminal, and somebody who answers each prompt as it reads."""

    def __init__(self, archive: Path, stick: Path, script: Path = SCRIPT, *more: str) -> None:
        code = "import sys; from ceremony.cli import main; sys.exit(main())"
        arguments = ["rehearse", str(script), "--plain", "--archive", str(archive), "--export", str(stick), *more]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execv(sys.executable, [sys.executable, "-c", code, *arguments])  # noqa: S606 - no shell is wanted
        self.seen = ""
        self._pin = ""

    def perform(self, *, until: str = "") -> None:
        """Answer every prompt until the program ends, or until the screen shows the text."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        answered = 0
        while time.monotonic() < deadline:
            if not select.select([self.terminal], [], [], 1.0)[0]:
                continue
            try:
                more = os.read(self.terminal, 65536)
            except OSError:
                return
            self.seen += more.decode("utf-8").replace("\r\n", "\n")
            if until and until in self.seen:
                return
            unread = self.seen[answered:]
            if unread.endswith(("> ", "(not shown): ")):
                answered = len(self.seen)
                answer = self._answer(unread)
                if "not shown" in unread[-20:]:
                    self._wait_until_hidden()
                os.write(self.terminal, answer.encode("utf-8") + b"\r")
        raise AssertionError(f"the ceremony did not go on:\n{self.seen[-3000:]}")

    def end(self) -> int:
        """Wait for the program; its exit code."""
        while True:
            try:
                if not os.read(self.terminal, 65536):
                    break
            except OSError:
                break
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def _wait_until_hidden(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while termios.tcgetattr(self.terminal)[3] & termios.ECHO:  # both sides of a pseudo-terminal share its settings
            assert time.monotonic() < deadline, "the terminal still echoes"
            time.sleep(0.002)

    def _answer(self, unread: str) -> str:
        prompt = unread.removesuffix("> ").rstrip("\n").rpartition("\n")[2]
        if "(not shown)" in prompt:
            if "once more" not in prompt:
                self._pin = PINS["security officer" if "security officer" in prompt else ""]
            return self._pin
        asked = re.search(r"Words ([\d, ]+):$", prompt)
        if asked is not None:  # of the digest that is read back
            words = dict(re.findall(r"(\d+) (\w+)", self.seen.rpartition(" reads back\n")[2]))
            return " ".join(words[place] for place in asked[1].split(", "))
        laptop = "New bag for laptop" in self.seen
        for pattern, answer in (
            ("type OK for:", "ok"),
            ("DISSENT, AGREE", "AGREE"),
            ("Serial number on it", "HSM-22-0451"),
            ("Number of the seal", "BAG-000118"),
            ("Packaging and seal", "intact"),
            ("Number of the new bag|The same, as the witness reads it", "BAG-000202" if laptop else "BAG-000201"),
            ("Full name of the person who takes it", "Siti Rahmawati"),
            ("Type OK to record", "OK"),
            ("seen\\? Press Enter", ""),
            ("time in UTC", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"),
            ("reference clock", "GPS receiver"),
        ):
            if re.search(pattern, prompt):
                return answer
        word = re.search("Type ([A-Z]+) to ", prompt)
        if word is not None:
            return word[1]
        example = re.search(r"for example ([^)]+)\)", prompt)
        assert example is not None, f"nobody knows what to answer here: {prompt}"
        return example[1]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_a_ceremony_performed_line_by_line_is_proved(
    tmp_path: Path, stick: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    performance = Performance(tmp_path / "archive", stick)
    performance.perform()
    assert performance.end() == 0, performance.seen[-3000:]
    assert "closed and its record sealed" in performance.seen
    assert_own_tokens_are_told_of_before_the_step(performance.seen)
    assert not any(pin in performance.seen for pin in PINS.values())
    assert all(character in "\n\r\a" or " " <= character <= "~" for character in performance.seen)
    assert main(["verify", str(tmp_path / "archive")]) == 0, capsys.readouterr().out
    assert len(list(stick.glob("*/*.pem"))) == 4


def assert_own_tokens_are_told_of_before_the_step(seen: str) -> None:
    """Each who signs reads what this is before the PIN is asked for; then it is said that the step begins."""
    first, *others = seen.split("Choose a PIN for your own practice token")
    asked = [" ".join(part[part.rindex("---") :].split()) for part in (first, *others[:-1])]
    assert len(asked) >= 4
    for text in asked:
        assert re.match(
            r"--- PRACTICE Before step 9: Own tokens ([\w ]+) signs today with a token of their own\.", text
        )
        assert "so that nobody finds out at the first signature that they cannot sign" in text
    assert "--- PRACTICE Step 9: " in others[-1].partition("--- PRACTICE Closing")[0]


def test_a_ceremony_that_is_told_to_end_says_so_in_its_record(tmp_path: Path, stick: Path) -> None:
    performance = Performance(tmp_path / "archive", stick)
    performance.perform(until="Self-sign root-r1")
    os.kill(performance.pid, signal.SIGTERM)
    assert performance.end() == 1
    record = next((tmp_path / "archive").glob("0001-*/transcript.jsonl"))
    events = [json.loads(line) for line in record.read_text().splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds[-2:] == ["interrupted", "token-closed"], "nobody decided it: the same command could go on"
    interruption = next(event for event in events if event["kind"] == "interrupted")
    assert "SIGTERM" in interruption["data"]["cause"]
