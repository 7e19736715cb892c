"""The yearly CRL as two custodians sign it: from launch to a verified list on the stick, every keystroke counted."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hold_roots import PIN, ROOT
from tests.e2e.test_app_in_tmux import PYTHON, Custodians, command

README = ROOT / "README.md"
SAID = re.compile(r"about (\d+) keystrokes")
PAGING = 5
"""How many more or fewer times Space pages on: it depends on the size of the screen."""


class Counting:
    """A terminal that counts what people press, question by question.

    Clearing a field before typing, and answering once more because the screen was slow, are the machine's habits.
    """

    def __init__(self, terminal: Any) -> None:
        self.terminal = terminal
        self.answers: dict[str, list[str]] = {}
        self.question = ""

    @property
    def pressed(self) -> list[str]:
        return [key for keys in self.answers.values() for key in keys]

    def asked(self, question: str, *, counts: bool) -> None:
        self.question = question if counts else ""
        self.answers[self.question] = []

    def keys(self, *names: str) -> None:
        self.answers[self.question] += [name for name in names if name != "C-u" and self.question]
        self.terminal.keys(*names)

    def type(self, text: str) -> None:
        self.answers[self.question] += list(text) if self.question else []
        self.terminal.type(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)


class TwoCustodians(Custodians):
    """They type PINs, the clock, and confirmations; anything else that is asked for fails the test."""

    def __init__(self, terminal: Any, stick: Path) -> None:
        super().__init__(terminal, stick)
        self.pins: set[str] = set()
        self.forms: set[str] = set()

    def answer(self, screen: str) -> bool:
        # set by this test alone: a production machine has no such variable, and is asked for no such statement
        if "PgDn shows more" not in screen:
            self.terminal.asked(self.question(screen), counts="SOFTHSM2_CONF" not in screen)
        return super().answer(screen)

    def pin(self, screen: str) -> None:
        self.pins.add(self.question(screen))
        self.terminal.type(PIN)
        self.commit()

    def form(self, screen: str) -> None:
        assert "Compare the clock" in screen, f"nothing else is to be filled in:\n{screen}"
        self.forms.add(self.question(screen))
        self.terminal.keys("Tab")
        self.terminal.type(time.strftime("%H:%M:%SZ", time.gmtime()))
        self.commit()


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA whose roots are eleven months old."""
    folder = tmp_path_factory.mktemp("roots")
    subprocess.run([str(PYTHON), "-m", "tests.e2e.hold_roots", str(folder)], cwd=ROOT, check=True)
    return folder


def test_two_custodians_sign_the_yearly_crl_with_nothing_typed_but_pins_the_clock_and_confirmations(
    terminal: Any, roots: Path, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    archive = roots / "archive"
    environment = clean_environment | {"SOFTHSM2_CONF": str(roots / "softhsm" / "softhsm2.conf")}
    script = str(roots / "ca/ceremonies/annual-crl.yaml")
    terminal.run(command("run", script, "--archive", str(archive), "--export", str(stick)), environment)
    counting = Counting(terminal)
    people = TwoCustodians(counting, stick)
    people.work("closed and its record sealed", seconds=180.0)
    pressed = counting.pressed
    people.commit()
    assert terminal.exit_code() == 0
    assert (len(people.pins), len(people.forms)) == (2, 1), "the token's PIN, the seal's PIN, the clock"

    (handed_over,) = stick.iterdir()
    assert sorted(path.name for path in handed_over.glob("*.crl")) == ["crl-x1.crl", "crl-x2.crl"]
    for name, root in (("crl-x1", "root-x1"), ("crl-x2", "root-x2")):
        crl = handed_over / f"{name}.crl"
        issuer = roots / f"archive/0002-root-generation/certificates/{root}.pem"
        read = subprocess.run(
            ["openssl", "crl", "-inform", "DER", "-in", str(crl), "-noout", "-crlnumber", "-CAfile", str(issuer)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "verify OK" in read.stderr
        assert int(read.stdout.split("=")[1], 16) == 2
    verdict = subprocess.run(command("verify", str(archive)), capture_output=True, text=True, cwd=ROOT, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert PIN not in terminal.scrollback() + "\n".join(people.screens)

    without_pins = len(pressed) - len(people.pins) * len(PIN)
    said = SAID.search(README.read_text(encoding="utf-8"))
    assert said is not None
    assert abs(int(said[1]) - without_pins) <= PAGING, f"README.md is wrong: it takes {without_pins} keystrokes"
