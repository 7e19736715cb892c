"""Every screen of custody in a real terminal, in one rehearsal that is cut short twice and gone on with.

The terminal says TERM=linux, as a bare console does, and has 80 columns and 24 rows.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ceremony.transcript.chain import read_chain
from ceremony.tui.glyphs import SAFE
from tests.e2e.conftest import Terminal
from tests.e2e.test_app_in_tmux import ROOT, Custodians, command
from tests.e2e.test_people_in_tmux import People

CA = ROOT / "tests" / "e2e" / "ca"
COLUMNS, ROWS = 80, 24

SCREENS = {
    "roll-call": "I am Rini Wulandari of Small CA. I am present as administrator",
    "own-token": "Rini Wulandari signs today with a token of their own. It is opened once now, so that nobody",
    "read-back": "Agus Santoso reads back",
    "approval": "I am Agus Santoso of Small CA. I approve that certificate root is signed.",
    "break-begins": "No token is open. Seal what stays here, write down what is in which bag, and go out, all of you.",
    "break": "4 people went out. Nothing goes on until they are back and each has answered the roll.",
    "break-back": "I am Rini Wulandari. I am back in the room, and saw nobody open a bag or touch the token.",
    "break-ends": "4 people went out, 4 answered the roll. Count heads; look at each bag and read its number.",
    "resume": "THIS CEREMONY WAS INTERRUPTED",
    "resume-decision": "Shall this ceremony go on?",
    "resume-roll": "I am Rini Wulandari of Small CA. I am here again after the interruption.",
    "attestation": "Rini Wulandari: do you agree with the record?",
}
"""Questions, and the sentence of each that must be in sight at once."""

PAGES = {
    "deviation": "Clauses touched",
    "concurrence": "Happened It stood open Decided It was closed",
    "dissent": "Siti Rahmawati",
    "record": "AFTER THE INTERRUPTION",
}
"""Pages that people open themselves."""

SENTENCES = {**SCREENS, **PAGES}


def squeezed(screen: str) -> str:
    """What stands on the right of a rule, or on the whole line, without its line breaks."""
    return " ".join(" ".join(line.rpartition("│")[2] for line in screen.splitlines()).split())


class Everybody(People):
    """All the people of that CA; the first screen of each kind is kept."""

    def __init__(self, terminal: Any, stick: Path) -> None:
        super().__init__(terminal, stick)
        self.seen: dict[str, str] = {}

    def answer(self, screen: str) -> bool:
        for name, sentence in SCREENS.items():
            if name not in self.seen and sentence in squeezed(screen):
                self.look(name)
        if "do you agree with the record?" not in screen:
            return super().answer(screen)
        if "> I agree" in screen:
            self.word("AGREE")
            return True
        if "> [" in screen:  # a word that came too late for the one before stands in the field
            self.terminal.keys("C-u", "Tab")
        self.terminal.keys("Down")
        time.sleep(0.3)
        return False

    def word(self, word: str, *, tab: bool = False) -> None:
        Custodians.word(self, word, tab=tab)  # here Rini does come

    def form(self, screen: str) -> None:
        if "reads back" not in screen:
            super().form(screen)
            return
        table, _, asked = screen.partition("Words ")
        words = {int(number): word for number, word in re.findall(r"(\d+) ([A-Za-z]+)", table)}
        for at, numbers in enumerate(re.findall(r"^(?: Words )?([\d, ]+,[\d, ]+)$", asked, re.MULTILINE)):
            if at:
                self.terminal.keys("Tab")
            self.terminal.type(" ".join(words[int(number)] for number in numbers.split(",")))
        self.commit()

    def look(self, name: str) -> None:
        """Keep the screen, once it is painted whole and stays so; after some seconds as it is."""
        before = ""
        for _ in range(60):
            shown: str = self.terminal.screen()
            whole = len(shown.rstrip().splitlines()) == ROWS and SENTENCES[name] in squeezed(shown)
            if shown == before and whole:
                break
            before = shown
            time.sleep(0.06)
        self.seen[name] = before


@dataclass(frozen=True)
class Held:
    """What is left of the rehearsal."""

    seen: dict[str, str]
    archive: Path
    hung_up: list[str]
    """The last kinds of line once the terminal was closed."""
    killed: int
    ended: int

    @property
    def kinds(self) -> list[str]:
        return kinds_of(self.archive)


def kinds_of(archive: Path) -> list[str]:
    """Of every line of the record."""
    return [entry.event.kind for entry in read_chain(archive / "0001-small" / "transcript.jsonl").entries]


def another_terminal(terminal: Terminal) -> None:
    """The window is gone; the server that is ending with it must not be asked again."""
    terminal.close()
    terminal.socket += "-again"
    terminal.ended.unlink(missing_ok=True)


def close_terminal(terminal: Terminal, archive: Path) -> list[str]:
    """Somebody closes the window; returns how the record ends once the program has noticed."""
    process = Path(f"/proc/{terminal.process()}")
    another_terminal(terminal)
    end = time.monotonic() + 20
    while process.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not process.exists(), "the app ends with its terminal"
    return kinds_of(archive)[-3:]


def hold(folder: Path) -> Held:
    """From the roll over a deviation and a break to an approval, a closed window, a kill, and on to the close."""
    script = Path(shutil.copytree(CA, folder / "ca")) / "script.yaml"
    terminal = Terminal(f"ceremony-{uuid.uuid4().hex[:12]}", COLUMNS, ROWS, folder / "exit-code")
    environment = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "TERM": "linux",
    }
    archive = folder / "archive"
    rehearse = command("rehearse", str(script), "--archive", str(archive), "--tokens", str(folder / "tokens"))
    people = Everybody(terminal, folder)
    try:
        terminal.run(rehearse, environment)
        people.work(r"step 2/7")
        deviate(terminal, people)
        people.work(r"step 3/7[^~]*2 fields")
        people.say("A break", "Lunch.")
        people.form(terminal.wait("The break begins before"))
        people.work(r"Dewi Lestari types SIGN")
        hung_up = close_terminal(terminal, archive)
        terminal.run(rehearse, environment)
        people.work("Shall this ceremony go on")
        os.kill(terminal.process(), signal.SIGKILL)
        killed = terminal.exit_code()
        another_terminal(terminal)
        terminal.run(rehearse, environment)
        people.work("Shall this ceremony go on")
        terminal.keys("F4")
        terminal.wait("The record so far")
        people.look("record")
        terminal.keys("Escape")
        people.work("closed and its record sealed")
        people.commit()
        return Held(people.seen, archive, hung_up, killed, terminal.exit_code())
    finally:
        terminal.close()


def deviate(terminal: Terminal, people: Everybody) -> None:
    """F8: a deviation that Agus raises and Siti does not agree with."""
    terminal.keys("F8")
    terminal.wait("Clauses touched")
    people.look("deviation")
    for text in ("A closed door", "It stood open", "It was closed", "Rini"):
        terminal.type(text)
        terminal.keys("Tab")
    people.commit()
    terminal.wait("Who dissents")
    people.look("concurrence")
    terminal.type("agus")
    terminal.keys("Tab")
    terminal.type("siti")
    people.commit()
    terminal.wait("in their own words")
    people.look("dissent")
    terminal.type("I saw it closed")
    people.commit()
    people.word("YES")


def test_custody_as_people_see_it_from_the_roll_over_a_closed_window_and_a_kill_to_the_close(tmp_path: Path) -> None:
    """One test, because the tests of one file may run in two processes, and each would hold the rehearsal anew."""
    held = hold(tmp_path)
    assert set(held.seen) == set(SENTENCES)
    for name, screen in held.seen.items():
        assert_whole(name, screen)
    assert_nothing_comes_of_f2_alone(held.seen)
    assert_what_was_before_the_kill_is_in_sight(held.seen)
    assert_gone_on_with_and_proved(held)


def assert_whole(name: str, screen: str) -> None:
    """The sentence that matters is in sight, nothing is cut off, and the status line says who acts, and how."""
    lines = screen.rstrip("\n").splitlines()
    assert SENTENCES[name] in squeezed(screen), f"{name}:\n{screen}"
    assert "PRACTICE" in lines[0], name
    assert (len(lines), max(map(len, lines)) <= COLUMNS) == (ROWS, True), name
    assert set(screen) - set(SAFE) == {"\n"}, name
    status, keys = lines[-2].strip(), lines[-1].strip()
    assert not status.endswith(".."), f"{name}: {status}"
    assert ("F2" in status and "F2" in keys) or name == "record", name
    assert "more below" not in screen, name


def assert_nothing_comes_of_f2_alone(seen: dict[str, str]) -> None:
    """A word stands between F2 and what people say of themselves; else F2 takes the way that harms nobody."""
    assert "Before step 4: Own tokens" in seen["own-token"]
    assert "Choose a PIN for your own practice token, PRACTICE rini" in squeezed(seen["own-token"])
    for name, word in (("roll-call", "PRESENT"), ("approval", "SIGN"), ("break-back", "PRESENT")):
        assert f"types {word}" in seen[name]
    for name, safe in (
        ("break", "> We are back: call the roll"),
        ("resume-decision", "> Go on with this ceremony"),
        ("attestation", "> I do not agree, and say why [needs the word DISSENT]"),
    ):
        assert safe in squeezed(seen[name])


def assert_what_was_before_the_kill_is_in_sight(seen: dict[str, str]) -> None:
    stands = squeezed(seen["resume"])
    assert "Cause the terminal was closed" in stands
    assert "in step 6, Self-sign root" in stands
    assert "Done 5 of 7 steps, 1 key, 0 signatures Half done nothing" in stands
    before, _, after = seen["record"].partition("AFTER THE INTERRUPTION")
    assert ("token-closed" in before, "ceremony-resumed" in after) == (True, True)
    assert "[!] 02" in seen["resume-roll"], "the step that deviated is still marked"
    assert "0 here" in seen["resume-roll"]


def assert_gone_on_with_and_proved(held: Held) -> None:
    assert held.hung_up[-2:] == ["interrupted", "token-closed"], "nobody decided to end it: no ceremony-aborted"
    assert (held.killed, held.ended) == (128 + signal.SIGKILL, 0)
    kinds = held.kinds
    assert kinds.count("ceremony-resumed") == 2
    for kind in ("deviation", "break-begun", "break-ended", "digest-read-back", "approved", "ceremony-resumed"):
        assert kind in kinds, kind
    assert kinds[-1] == "ceremony-closed"
    verify = command("verify", str(held.archive))
    verdict = subprocess.run(verify, capture_output=True, text=True, cwd=ROOT, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
