"""Shares in the real app on a real terminal: copied from the screen, typed from the card, and then nowhere any more."""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_app_in_tmux import PYTHON, ROOT, Custodians

SCRIPT = ROOT / "tests/shares/ca/generation.yaml"


class Holders(Custodians):
    """They copy what is shown, and type it from the card."""

    def __init__(self, terminal: Any, stick: Path) -> None:
        super().__init__(terminal, stick)
        self.cards: list[list[str]] = []

    def answer(self, screen: str) -> bool:
        lines = [line for line in screen.splitlines() if line.strip()]
        status = lines[-2] if len(lines) > 2 else ""
        if "copy the words" in status:
            numbered = {int(number): word for number, word in re.findall(r"(\d+)\. ([a-z]+)", screen)}
            if sorted(numbered) != list(range(1, 34)):
                return False  # it is still being painted
            self.cards.append([numbered[number] for number in range(1, 34)])
            self.commit()
            return True
        if "type the words" in status:
            self.terminal.type("".join(f"{word[:4]} " for word in self.cards[-1]))
            self.terminal.wait("They fit together: F2")
            self.commit()
            return True
        return super().answer(screen)

    def form(self, screen: str) -> None:
        """The only form is the one of the clock."""
        del screen
        self.terminal.type("the clock on the wall")
        self.terminal.keys("Tab")
        self.terminal.type(time.strftime("%H:%M:%SZ", time.gmtime()))
        self.commit()


def assert_clean(text: str, cards: list[list[str]]) -> None:
    """No two words of a share's value that follow each other, down a column or along a line."""
    words = re.findall(r"[a-z]+", text)
    beside = set(itertools.pairwise(words)) | set(zip(words, words[3:], strict=False))
    found = [pair for card in cards for pair in itertools.pairwise(card[4:]) if pair in beside]
    assert len(found) < 2, "something secret is kept"


@pytest.mark.parametrize("terminal", [(80, 24)], indirect=True, ids=["80x24"])
def test_holders_make_and_prove_their_shares_and_nothing_of_them_is_left(
    terminal: Any, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    command = [str(PYTHON), "-m", "ceremony", "rehearse", str(SCRIPT), "--archive", str(archive)]
    terminal.run(command, {**clean_environment, "PYTHONPATH": str(ROOT)})
    holders = Holders(terminal, tmp_path / "stick")
    holders.work(r"4/7|Step 4")
    process = terminal.process()
    limits = Path(f"/proc/{process}/limits").read_text()
    assert re.search(r"Max core file size\s+0\s+0\s", limits)
    for name in ("environ", "cmdline"):
        assert_clean(Path(f"/proc/{process}/{name}").read_bytes().decode("utf-8", "replace"), holders.cards)
    assert len(holders.cards) == 6
    with pytest.raises(AssertionError, match="secret"):
        assert_clean("\n".join(holders.screens), holders.cards)  # the canary sings: they were on the screen
    assert_clean(terminal.scrollback(), holders.cards)
    holders.work(r"How it ended")
    time.sleep(0.5)
    holders.commit()
    assert terminal.exit_code() == 0
    assert_clean(terminal.scrollback(), holders.cards)
    kept = b"\n".join(path.read_bytes() for path in archive.rglob("*") if path.is_file())
    assert_clean(kept.decode("utf-8", "replace"), holders.cards)
    assert b'"shares-proved"' in kept
