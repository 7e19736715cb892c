"""What the app says of the ceremonies before this one, before it lets anybody begin."""

from __future__ import annotations

import threading

import pytest

from ceremony.cli.earlier import Earlier, Last, Receipts
from ceremony.errors import CeremonyError
from ceremony.tui.glyphs import SAFE
from ceremony.tui.launcher import ArchiveView

SIZES = [(80, 24), (120, 40)]
EARLIER = Earlier(
    12,
    Last("0013-annual-crl", "2026-11-02", "The yearly lists of both roots", "production", "closed", "5a" * 32),
    Receipts("0013-annual-crl", "c3" * 32),
    ("0009-annual-crl ended early: its record holds, and is sealed.",),
)


@pytest.fixture
def before(launcher):
    """An archive with a past, in the words of the command line."""
    lines = EARLIER.lines()
    launcher.archive = ArchiveView(lines[: -len(EARLIER.warnings)], EARLIER.warnings)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.usefixtures("before")
async def test_number_last_heads_and_warnings_are_in_sight_at_once(play, golden, size):
    async with play(size) as player:
        await player.sees("F2 Begin")
        said = " ".join(player.text.split())
        for sentence in EARLIER.lines()[:4]:
            assert sentence in said
        assert f"! {EARLIER.warnings[0]}" in said
        assert "an old or another archive shows other words." in said
        assert "more below" in said, "the plan goes on"
        assert {letter for letter in player.text if letter not in SAFE and letter != "\n"} == set()
        assert "Compare the words above with your receipts" in player.status
        golden(f"archive-before-{size[0]}x{size[1]}", player.text)


async def test_until_the_archive_is_proved_nothing_can_be_begun_and_the_plan_can_be_read(play, launcher):
    proved = threading.Event()
    launcher.prove = lambda path: proved.wait(20) and launcher.archive
    async with play() as player:
        await player.sees("are being proved", "1. Roll call")
        await player.press("f2")
        await player.until(lambda: "please wait" in player.status.casefold())
        assert player.app.runner is None
        assert "F2" not in player.text.splitlines()[-1]
        proved.set()
        await player.sees("F2 Begin", "The archive is empty")


async def test_an_archive_that_is_not_proved_cannot_be_gone_on_from(play, launcher):
    launcher.archive = CeremonyError(
        "An earlier ceremony of the archive is not proved.",
        detail="0002-small: CHAIN-LINK.",
        not_done="The ceremony was not opened; no key was made.",
        code="ARCHIVE-NOT-PROVED",
    )
    async with play() as player:
        await player.sees(
            "The archive is not proved", "An earlier ceremony of the archive is not proved.", "0002-small"
        )
        await player.press("f2")
        await player.until(lambda: "F2 is off" in player.status)
        assert player.app.runner is None
