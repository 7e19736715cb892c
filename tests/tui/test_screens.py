"""Each screen at both sizes: the stored picture, safe glyphs alone, the mode in sight, nothing cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ceremony.tui.glyphs import SAFE

SIZES = [(80, 24), (120, 40)]

LOOKS = {
    "roll-call": "reads the name",
    "attest": "types YES",
    "record": "Bag number",
    "compare-clock": "The clocks agree",
    "open-token": "once more",
    "generate-key": "so far",
    "self-sign": "To be signed",
    "issue": "FAULT",
    "export": "types SEALED",
    "close": "In the bag",
}

PAGES = {
    "f1": "this page",
    "f3": "Evidence so far",
    "f4": "The record so far",
    "f7": "A note for the record",
    "f8": "A deviation from the script",
    "f9": "Read aloud",
    "f10": "Abort the ceremony",
}


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
async def test_every_screen_is_whole_in_safe_glyphs_and_as_stored(play, golden, launcher, monkeypatch, tmp_path, size):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "linux")
    launcher.folder = Path("archive/0001-root-generation")
    launcher.folder.mkdir(parents=True)

    async with play(size, script=None) as player:

        def keep(name: str) -> None:
            text = re.sub(r"\[\.*#\.*\]", "[....................]", player.text)
            lines = text.splitlines()
            assert {letter for letter in text if letter not in SAFE and letter != "\n"} == set(), name
            assert "PRACTICE" in lines[0], name
            assert len(lines) <= size[1], name
            assert max(map(len, lines)) <= size[0], name
            golden(f"{name}-{size[0]}x{size[1]}", text)

        await player.sees("Choose a ceremony script", "broken.yaml")
        keep("pick")
        await player.press("enter")
        await player.sees("F2 Begin")
        keep("plan")
        await player.begin()
        for kind, look in LOOKS.items():
            await player.sees(look)
            if kind != "generate-key":
                await player.sees(f"#{list(LOOKS).index(kind) + 1} ")
            keep(kind)
            if kind == "close":
                for key, title in PAGES.items():
                    await player.press(key)
                    await player.sees(title)
                    keep(f"page-{key}")
                    await player.press("escape")
                    await player.sees("In the bag")
            if kind == "self-sign":
                await player.press("4")
                await player.sees("SHA-256 of exactly")
                keep("review-digest")
                await player.page_through()
                await player.press("f2")
                await player.sees("Approval to sign")
                keep("approve")
                await player.press("tab")
                await player.type("SIGN")
                await player.press("f2")
            else:
                await player.answer(kind)
        await player.sees("How it ended", "#11 ")
        keep("finish")
        await player.press("f6", "enter")
        await player.sees("In words")
        keep("code")


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (20, 5), (1, 1)])
async def test_a_terminal_that_is_too_small_is_told_so_and_keys_do_nothing_until_it_grows(play, launcher, size):
    async with play((80, 24)) as player:
        await player.sees("F2 Begin")
        await player.pilot.resize_terminal(*size)
        await player.until(lambda: player.app.too_small)
        if size[0] >= 30:
            await player.sees("The terminal is too small.", "PRACTICE", f"{size[0]} columns")
            assert "Plan" not in player.text
        await player.press("f2")
        assert player.app.runner is None

        await player.pilot.resize_terminal(80, 24)
        await player.sees("F2 Begin")
        await player.press("f2")
        await player.until(lambda: player.app.runner is not None)


async def test_starting_in_a_tiny_terminal_waits_and_then_works(play):
    async with play((10, 3)) as player:
        await player.until(lambda: player.app.too_small)
        await player.pilot.resize_terminal(120, 40)
        await player.sees("F2 Begin")


async def test_production_is_said_on_each_screen_and_looks_other_than_practice(play, launcher):
    launcher.mode = "production"
    async with play() as player:
        await player.sees("F2 Begin")
        assert "PRODUCTION" in player.text.splitlines()[0]
        assert player.app.screen.has_class("-production")
        await player.begin()
        await player.sees("reads the name")
        assert "PRODUCTION" in player.text.splitlines()[0]
        assert "PRACTICE" not in player.text
        await player.press("f10")
        await player.sees("Abort the ceremony")
        assert "PRODUCTION" in player.text.splitlines()[0]


async def test_text_with_markup_control_characters_and_foreign_letters_is_shown_harmlessly(play, scene, monkeypatch):
    nasty = replace(
        scene.overview, title="[red]bold[/] \x1b[31m caf\u00e9", purpose="\u2014 \u0430 \u200b\u202e [/nothing]"
    )
    monkeypatch.setitem(scene.perform.__globals__, "OVERVIEW", nasty)
    async with play() as player:
        await player.begin()
        await player.sees("[red]bold[/] <U+001B>[31m cafe")
        assert all(letter in SAFE or letter == "\n" for letter in player.text)
