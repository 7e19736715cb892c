"""The screens for shares: words to copy, gone afterwards; words to type, with completion; nothing of them kept."""

from __future__ import annotations

import gc
import itertools
import os
import re
import secrets
import select
import threading
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ceremony.custody.pins import draw_pin
from ceremony.custody.shares import Share, split
from ceremony.engine.questions import Progress, SecretDisplay, WordsRequest
from ceremony.secret import Secret
from ceremony.tui.frame import Frame
from ceremony.tui.glyphs import SAFE
from ceremony.tui.share_words import MASK, WordsField
from ceremony.tui.shares import ShareScreen

CARD = (("Token", "DEMO-ROOT"), ("Opens", "user PIN"), ("Share", "2 of 3; any 2 are enough"), ("Holder", "Sam Ode"))


def drawn() -> Share:
    return split(draw_pin(secrets.token_bytes), 2, 3)[1]


def words_of(share: Share) -> list[str]:
    return share.mnemonic.reveal().split()


@pytest.fixture
def share(launcher: Any, monkeypatch: pytest.MonkeyPatch) -> Share:
    """A share that the play shows (step `open-token`) and then asks for (step `generate-key`)."""
    made = drawn()
    launcher.got = []
    launcher.may_pass = False
    launcher.printer = ""
    launcher.paper = threading.Event()
    whole = launcher._step

    def step(officiant: Any, view: Any) -> None:
        if view.kind == "open-token":
            details = (("Ceremony", "0001-root-generation-20261122-0011aabb"), *CARD, ("Set", f"{made.identifier:05d}"))
            title = "Share 2 of 3 of the user PIN"
            words = Secret(made.mnemonic.reveal())
            shown = SecretDisplay(view, "Sam Ode", "share:DEMO-ROOT:sam", title, words, details, launcher.printer)
            while officiant.show_secret(shown):
                launcher.answers.append("print")
                with officiant.progress(Progress(view, "/dev/usb/lp0 prints the card.", "It ends.", "printer")):
                    launcher.paper.wait(10)
                shown = replace(shown, printed=shown.printed + 1)
            words.wipe()
            launcher.answers.append("shown")
        elif view.kind == "generate-key":
            request = WordsRequest(
                step=view,
                person="Sam Ode",
                name="share:DEMO-ROOT:sam",
                prompt="Share 2 of the user PIN of token DEMO-ROOT",
                identifier=made.identifier,
                index=2,
                threshold=2,
                details=(*CARD, ("Set", f"{made.identifier:05d}")),
                may_pass=launcher.may_pass,
            )
            typed = officiant.secret_words(request)
            launcher.got.append(None if typed is None else typed.reveal())
            launcher.answers.append("typed")
        else:
            whole(officiant, view)

    monkeypatch.setattr(launcher, "_step", step)
    return made


async def type_words(player: Any, words: list[str], letters: int = 4) -> None:
    await player.type("".join(word[:letters] + " " for word in words))


def assert_nothing(shown: str, words: list[str]) -> None:
    """No two words that follow each other in the share: one alone may stand in any text."""
    pairs = [pair for pair in itertools.pairwise(words[4:]) if all(word in shown for word in pair)]
    close = [pair for pair in pairs if re.search(rf"\b{pair[0]}\b\W+(\d+\W+)?\b{pair[1]}\b", shown)]
    assert not close, "something secret is shown"
    seen = [word for word in words[4:] if re.search(rf"\b{word}\b", shown)]
    assert len(seen) < 4, "something secret is shown"


async def test_the_words_are_shown_whole_and_numbered_to_one_person_and_gone_after_it(play, launcher, share):
    async with play(only=("open-token", "close")) as player:
        await player.begin()
        await player.sees("Only Sam Ode looks.", "Copied")
        for number, word in enumerate(words_of(share), 1):
            assert f"{number:>2}. {word}" in player.text
        await player.press("f2")
        await player.sees("In the bag")
        assert launcher.answers == ["shown"]
        assert_nothing(player.text, words_of(share))
        for key in ("f3", "f4", "f9"):
            await player.press(key)
            await player.pilot.pause()
            assert_nothing(player.text, words_of(share))
            await player.press("escape")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_screens_are_whole_in_safe_glyphs_and_as_stored(play, launcher, golden, share, monkeypatch, size):
    monkeypatch.setenv("TERM", "linux")
    words = words_of(share)

    def keep(name: str, text: str) -> None:
        assert {letter for letter in text if letter not in SAFE and letter != "\n"} == set(), name
        lines = text.splitlines()
        assert "PRACTICE" in lines[0]
        assert len(lines) <= size[1]
        assert max(map(len, lines)) <= size[0]
        text = re.sub(rf"(\d+\. )({'|'.join(sorted(set(words), key=len, reverse=True))})( *)", _dots, text)
        text = re.sub(r"\b\d{5}\b", "#####", text)
        assert_nothing(text, words)
        golden(f"{name}-{size[0]}x{size[1]}", "\n".join(line.rstrip() for line in text.split("\n")))

    async with play(size, only=("open-token", "generate-key")) as player:
        await player.begin()
        await player.sees("Only Sam Ode looks.", f" 33. {words[32]}")
        keep("share-shown", player.text)
        await player.press("f2")
        await player.sees("nobody looks", "0 of 33 words")
        keep("share-asked", player.text)
        await type_words(player, words[:11])
        await player.type("aca")
        await player.sees("Space takes: academic")
        keep("share-typing", player.text)


def _dots(found: re.Match[str]) -> str:
    return found[1] + "........".ljust(15)  # of one width: the picture does not even show how long the words are


async def test_without_a_printer_no_key_prints(play, launcher, share):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("Only Sam Ode looks.")
        assert "Print" not in player.text
        await player.press("f6", "f6")
        await player.pilot.pause()
        assert launcher.answers == []
        await player.press("f1")
        await player.sees("Nothing prints it.")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_f6_prints_the_card_then_the_words_are_compared(play, launcher, share, size):
    launcher.printer = "/dev/usb/lp0"
    async with play(size, only=("open-token", "close")) as player:
        await player.begin()
        await player.sees("F6 prints the card.", "A printer remembers: clear or destroy it afterwards.", "F6 Print")
        await player.press("f6")
        await player.sees("THE PRINTER IS WORKING", "off while the printer works")
        assert_nothing(player.text, words_of(share))
        await player.press("f4")
        await player.sees("The printer is working. Only F1 and F9 answer")
        launcher.paper.set()
        await player.sees("Compare the printed card word by word.", "F6 prints one more.", f"33. {words_of(share)[32]}")
        await player.press("f2")
        await player.sees("In the bag")
        assert launcher.answers == ["print", "shown"]
        assert_nothing(player.text, words_of(share))


async def test_a_key_held_down_prints_no_pile_and_who_asks_twice_gets_one_more(play, launcher, share, monkeypatch):
    launcher.printer = "/dev/usb/lp0"
    launcher.paper.set()
    async with play(only=("open-token", "close")) as player:
        await player.begin()
        await player.sees("F6 prints the card.")
        await player.press("f6")
        await player.sees("F6 prints one more.")
        await player.press("f6", "f6", "f6")
        await player.sees("One more sheet with these words?")
        assert launcher.answers == ["print"]
        later = player.app.room.clock() + timedelta(seconds=2)
        monkeypatch.setattr(player.app.room, "clock", lambda: later)
        await player.press("f6")
        await player.until(lambda: launcher.answers == ["print", "print"])


async def test_a_share_is_typed_by_four_letters_a_word_and_handed_over_whole(play, launcher, share):
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, words_of(share))
        await player.sees("33 words. They fit together: F2.")
        assert MASK in player.text
        assert_nothing(player.text, words_of(share))
        await player.press("f2")
        await player.until(lambda: launcher.answers == ["typed"])
        assert launcher.got == [share.mnemonic.reveal()]


async def test_the_words_can_be_shown_and_hidden_again(play, launcher, share):
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks", "F6 Show")
        await type_words(player, words_of(share)[:6])
        assert_nothing(player.text, words_of(share))
        await player.press("f6")
        await player.sees(words_of(share)[5], "F6 Hide")
        await player.press("f6")
        await player.sees("F6 Show")
        assert words_of(share)[5] not in player.text


async def test_a_slip_is_told_by_its_place_and_the_words_stay_to_be_mended(play, launcher, share):
    words = words_of(share)
    wrong = "acid" if words[7] != "acid" else "zero"
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, [*words[:7], wrong, *words[8:]])
        await player.sees("33 words. They do not fit together. Word 8 is probably wrong.")
        await player.press("f2")
        assert "Nothing was entered." in player.status
        assert launcher.answers == []
        await player.press(*["left"] * 26)
        await type_words(player, [words[7]])
        await player.sees("They fit together")
        await player.press("f2")
        await player.until(lambda: launcher.got == [share.mnemonic.reveal()])


async def test_a_word_left_out_is_told_and_put_into_a_gap(play, launcher, share):
    words = words_of(share)
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, [*words[:5], *words[6:]])
        await player.sees("A word is probably missing: number 6.")
        await player.press(*["left"] * 27, "insert")
        await player.sees("??")
        await type_words(player, [words[5]])
        await player.sees("They fit together")
        await player.press("f2")
        await player.until(lambda: launcher.got == [share.mnemonic.reveal()])


async def test_a_word_typed_twice_is_told_and_taken_out(play, launcher, share):
    words = words_of(share)
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, [*words[:9], words[8], *words[9:]])
        await player.sees("is probably one too many.")
        await player.press(*["left"] * 25, "delete")
        await player.sees("They fit together")
        await player.press("f2")
        await player.until(lambda: launcher.got == [share.mnemonic.reveal()])


@pytest.mark.parametrize("typed", ["xyz", "ac", "1234"])
async def test_what_is_no_word_is_not_taken(play, launcher, share, typed):
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await player.type(typed)
        await player.press("space", "enter")
        await player.sees("0 of 33 words.")
        await player.press("f2")
        assert "Nothing was entered" in player.status
        assert launcher.answers == []


async def test_a_card_of_another_set_is_noticed_after_four_words(play, launcher, share):
    other = drawn()
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, words_of(other)[:4])
        if other.identifier != share.identifier:
            await player.sees(f"This card is set {other.identifier:05d}, share 2", f"set {share.identifier:05d}")


async def test_who_may_pass_does_so_with_no_word_and_who_may_not_is_told(play, launcher, share):
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("nobody looks")
        assert "To enter none" not in player.text
        await player.press("f2")
        assert "this share is needed" in player.status
        assert launcher.answers == []


async def test_passing(play, launcher, share):
    launcher.may_pass = True
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("To enter none: F2")
        await player.press("f2")
        await player.until(lambda: launcher.got == [None])


@pytest.mark.parametrize("kind", ["open-token", "generate-key"])
async def test_enter_esc_and_letters_answer_nothing(play, launcher, share, kind):
    async with play(only=(kind,)) as player:
        await player.begin()
        await player.sees("looks")
        await player.press("escape", "enter", "q", "escape", "ctrl+c", "ctrl+q", "ctrl+d", "escape")
        await player.pilot.pause()
        assert isinstance(player.app.screen, ShareScreen)
        assert launcher.answers == []


async def test_no_picture_of_the_screen_holds_the_words_and_of_other_screens_there_is_one(play, launcher, share):
    words = words_of(share)
    async with play(only=("open-token", "generate-key", "close")) as player:
        await player.begin()
        await player.sees("Only Sam Ode looks.", words[32])
        exported = player.app.export_screenshot()
        assert "It is not exported" in exported
        assert_nothing(exported, words)
        with pytest.raises(AssertionError, match="secret"):
            assert_nothing(player.text, words)  # the canary sings: they are on the screen
        await player.press("f2")
        await player.sees("nobody looks")
        await type_words(player, words)
        await player.press("f6")
        await player.sees(words[32])
        assert_nothing(player.app.export_screenshot(), words)
        await player.press("f2")
        await player.sees("In the bag")
        exported = player.app.export_screenshot()
        assert "bag" in exported
        assert_nothing(exported.replace("&#160;", " "), words)


async def test_no_widget_message_or_string_of_the_app_keeps_a_word_under_way(play, launcher, share):
    async with play(only=("generate-key", "close")) as player:
        await player.begin()
        await player.sees("nobody looks")
        await type_words(player, words_of(share))
        field = player.app.screen.query_one(WordsField)
        held = repr([getattr(field, name) for name in vars(field) if not name.startswith("__")])
        assert_nothing(held, words_of(share))
        await player.press("f2")
        await player.sees("In the bag")
        whole = share.mnemonic.reveal()
        launcher.got.clear()
        gc.collect()
        kept = [item for item in gc.get_objects() if isinstance(item, list | tuple | dict) and _holds(item, whole)]
        assert not kept, "somebody keeps the share"
        kept_on_purpose = [whole]
        assert any(
            item is kept_on_purpose for item in gc.get_objects() if isinstance(item, list) and _holds(item, whole)
        )
        assert len(field) == 0
        assert bytes(field._typed) == b""


def _holds(item: Any, whole: str) -> bool:
    values = list(item.values()) if isinstance(item, dict) else item
    return any(type(value) is str and value == whole for value in values)


async def test_an_abort_clears_the_words(play, launcher, share):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("Only Sam Ode looks.")
        await player.press("f10")
        await player.sees("Abort the ceremony")
        assert_nothing(player.text, words_of(share))
        await player.type("it ends here")
        await player.press("enter")
        await player.type("ABORT")
        await player.press("f2")
        await player.until(lambda: launcher.done.is_set() or "ended" in player.text.lower())
        assert_nothing(player.text, words_of(share))
        assert not any(isinstance(screen, ShareScreen) for screen in player.app.screen_stack)


def test_every_screen_says_of_itself_that_it_holds_no_secret_unless_it_does() -> None:
    assert Frame.SECRET is False
    assert ShareScreen.SECRET is True


def test_on_a_real_terminal_the_scrollback_is_cleared_when_the_words_go(tmp_path, share):
    """ED 3 follows the last picture of the words; TERM=linux."""
    import pty
    import subprocess
    import sys
    from pathlib import Path

    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "shares_on_a_terminal.py"), str(tmp_path)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "TERM": "linux", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(slave)
    seen = b""

    def until(marker: bytes) -> None:
        nonlocal seen
        end = time.monotonic() + 40
        while marker not in seen:
            assert time.monotonic() < end, seen[-1500:]
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)

    try:
        until(b"then F2 begins")
        os.write(master, b"\x1b[12~")
        until(b"academic")
        time.sleep(0.5)
        seen = b""
        os.write(master, b"\x1b[12~")
        until(b"\x1b[3J")
    finally:
        child.kill()
        child.wait()
        os.close(master)
