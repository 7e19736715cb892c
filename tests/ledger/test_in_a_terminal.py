"""The ledger's steps in the real app, by keys alone: damaged packaging, the decision, bags, the count at the close."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ceremony.transcript.chain import read_chain
from ceremony.verify.archive import verify_path
from tests.e2e.test_app_in_tmux import Custodians, command

CA = Path(__file__).parent / "ca"


class Keepers(Custodians):
    """People who read numbers off items and bags, and find one box crushed."""

    def answer(self, screen: str) -> bool:
        if "The packaging is damaged" in screen and "DECIDE" in screen:
            self.terminal.keys("Down")
            self.terminal.wait("Type the word")
            self.terminal.keys("Tab")
            self.terminal.type("DECIDE")
            self.commit()
            self.terminal.wait("What is decided")
            return True
        if "New bag for" in screen:  # the status line has no room for the names of all who act
            self.form(screen)
            return True
        return super().answer(screen)

    def form(self, screen: str) -> None:
        values = self.values(screen)
        for index, value in enumerate(values):
            if index:
                self.terminal.keys("Tab")
            if "clock" not in values[0]:
                self.terminal.keys("C-u")
            self.terminal.type(value)
        self.commit()

    def values(self, screen: str) -> list[str]:
        found = re.search(r"Receive (\w+) \(", screen)
        if found:
            serial = {"token": "HSM-22-0451", "laptop": "LT-5530-0007"}.get(found[1], "none")
            return [serial, "MAKER-78", "damaged" if found[1] == "laptop" else "intact"]
        if "The decision" in screen:
            return ["The carrier crushed the box, and the seal inside it is whole.", "siti"]
        if "New bag for" in screen:
            number = "BAG-000202" if "New bag for laptop" in screen else "BAG-000201"
            return [number, number]
        if "Hand over to" in screen:
            return ["Budi Hartono"]
        return ["the clock on the wall", time.strftime("%H:%M:%SZ", time.gmtime())]


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_items_from_the_door_to_the_safe(terminal: Any, tmp_path: Path, clean_environment: dict[str, str]) -> None:
    ca, archive = tmp_path / "ca", tmp_path / "archive"
    shutil.copytree(CA, ca)
    terminal.run(command("rehearse", str(ca / "first.yaml"), "--archive", str(archive)), clean_environment)
    people = Keepers(terminal, tmp_path)
    people.work("closed and its record sealed")
    people.commit()
    assert terminal.exit_code() == 0
    entries = read_chain(archive / "0001-first" / "transcript.jsonl").entries
    sealed = [entry.data for entry in entries if entry.event.kind == "bag-sealed"]
    assert [data.number for data in sealed] == ["BAG-000201", "BAG-000202"]  # type: ignore[attr-defined]
    (departure,) = [entry.data for entry in entries if entry.event.kind == "departure"]
    assert departure.decided_by == "siti"  # type: ignore[attr-defined]  # as it was typed
    for verdict in verify_path(archive):
        assert verdict.proved, list(verdict.failed)
