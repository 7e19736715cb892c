"""A deputy, an exit, a wait, a break and a deviation in a real terminal, by keys alone, to a verified archive."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ceremony.transcript.chain import read_chain
from tests.e2e.test_app_in_tmux import ROOT, Custodians, command

CA = ROOT / "tests" / "presence" / "ca"


class People(Custodians):
    """The people of that CA at the keyboard; Rini Wulandari does not come."""

    def answer(self, screen: str) -> bool:
        if "do you agree with the record?" not in screen:
            return super().answer(screen)
        self.terminal.keys("Down")
        self.terminal.wait(r"> I agree")
        self.word("AGREE")
        return True

    def word(self, word: str, *, tab: bool = False) -> None:
        absent = re.search(r"I am Rini\s+Wulandari", self.terminal.screen()) and word == "PRESENT"
        super().word("NO" if absent else word, tab=tab)

    def form(self, screen: str) -> None:
        heads = re.search(r"(\d) answered the roll", " ".join(screen.split()))
        if "A break begins" in screen:
            values = ["Token in B-0017"]
        elif heads:
            values = [heads[1], "B-0017 whole"]
        else:
            values = ["the clock on the wall", time.strftime("%H:%M:%SZ", time.gmtime())]
        for index, value in enumerate(values):
            if index:
                self.terminal.keys("Tab")
            self.terminal.type(value)
        self.commit()

    def say(self, line: str, reason: str = "") -> None:
        """F7 twice, the line of the page, the reason, F2."""
        self.terminal.keys("F7")
        self.terminal.wait("A note for the record")
        self.terminal.keys("F7")
        shown = self.terminal.wait("Who is in the room")
        lines = [text.strip(" >") for text in shown.split("What happens")[1].splitlines()[1:]]
        for _ in range(next(at for at, text in enumerate(lines) if line in text)):
            self.terminal.keys("Down")
        self.terminal.wait(f"> [^\n]*{line}")
        if reason:
            self.terminal.keys("Tab")
            self.terminal.type(reason)
        self.commit()
        time.sleep(0.5)


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_people_come_and_go_in_a_real_terminal(
    terminal: Any, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    script = Path(shutil.copytree(CA, tmp_path / "ca")) / "script.yaml"
    archive = tmp_path / "archive"
    terminal.run(command("rehearse", str(script), "--archive", str(archive)), clean_environment)
    people = People(terminal, tmp_path)
    people.work(r"step 2/8")
    assert "4 here" in terminal.wait(r"\d here")
    terminal.keys("F8")
    terminal.wait("Clauses touched")
    for text in ("A closed door", "It stood open", "It was closed", "Tono"):
        terminal.type(text)
        terminal.keys("Tab")
    people.commit()
    terminal.wait("Who dissents")
    terminal.type("agus")
    terminal.keys("Tab")
    terminal.type("siti")
    people.commit()
    terminal.wait("in their own words")
    terminal.type("I saw it closed")
    people.commit()
    terminal.wait("The deviation goes into the record")
    people.word("YES")
    people.work(r"step 3/8[^~]*3 fields|step 3/8[^~]*2 fields")
    people.say("Dewi Lestari leaves", "A call")
    people.form(terminal.wait("they left"))
    people.work("This step waits for people")
    shown = terminal.wait("3 here")
    assert "Not in the room: Dewi" in " ".join(shown.split())
    people.commit()
    terminal.wait("This step waits for people")
    people.say("Dewi Lestari is back")
    terminal.wait("4 here")
    people.commit()
    people.work(r"step 5/8[^~]*then F2")
    people.say("A break", "Lunch")
    people.commit()
    people.work("BREAK: nobody is in the")
    terminal.wait("0 here")
    shown = people.work("closed and its record sealed")
    people.commit()
    assert terminal.exit_code() == 0

    entries = read_chain(archive / "0001-small" / "transcript.jsonl").entries
    kinds = [entry.event.kind for entry in entries]
    for kind in ("person-left", "quorum-awaited", "person-returned", "break-begun", "break-ended", "deviation"):
        assert kind in kinds, kind
    deviation: Any = next(entry.data for entry in entries if entry.event.kind == "deviation")
    assert deviation.raised_by == "agus"
    assert [item.person for item in deviation.concurrences if not item.concurs] == ["siti"]
    verdict = subprocess.run(command("verify", str(archive)), capture_output=True, text=True, cwd=ROOT, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_an_end_shows_what_was_made_and_where_it_is(
    terminal: Any, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    script = Path(shutil.copytree(CA, tmp_path / "ca")) / "script.yaml"
    terminal.run(command("rehearse", str(script), "--archive", str(tmp_path / "archive")), clean_environment)
    people = People(terminal, tmp_path)
    people.work(r"step 7/8")
    terminal.keys("F10")
    terminal.wait("ABORT")
    terminal.type("The lamp went out")
    terminal.keys("Enter")
    terminal.type("ABORT")
    people.commit()
    people.work("How it ended")
    seen = terminal.screen()
    for _ in range(3):
        terminal.keys("PageDown")
        time.sleep(0.2)
        seen += terminal.screen()
    assert re.search(r"key root +id [0-9a-f]{16}", seen), seen
    assert "certificates/root.der" in seen
