"""The rules of every screen: what commits, what never does, and what is never shown."""

from __future__ import annotations

import gc

import pytest
from textual import events

from ceremony.secret import Secret
from ceremony.tui.asking import AskScreen
from ceremony.tui.fields import MASK_WIDTH, PinField, TextField
from ceremony.tui.review import ReviewScreen


async def test_enter_never_commits_a_confirmation_and_f2_with_the_word_does(play, launcher):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.type("YES")
        await player.press("enter", "enter")
        assert launcher.answers == []
        assert "Enter commits nothing" in player.status
        await player.press("f2")
        await player.until(lambda: launcher.answers == [True])


@pytest.mark.parametrize("wrong", ["yes", "YES ", "YE", "", "SIGN"])
async def test_a_wrong_word_is_refused_and_says_which_word(play, launcher, wrong):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.type(wrong)
        await player.press("f2")
        await player.sees("Type exactly YES or NO")
        assert launcher.answers == []


async def test_no_declines_a_confirmation(play, launcher):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.type("NO")
        await player.press("f2")
        await player.until(lambda: launcher.answers == [False])


@pytest.mark.parametrize(
    ("kind", "look"),
    [
        ("roll-call", "reads the name"),
        ("attest", "types YES"),
        ("record", "Bag number"),
        ("compare-clock", "The clocks agree"),
        ("open-token", "once more"),
        ("self-sign", "To be signed"),
        ("issue", "FAULT"),
        ("export", "types SEALED"),
    ],
)
async def test_esc_enter_and_letters_never_leave_or_answer(play, launcher, kind, look):
    async with play(only=(kind,)) as player:
        await player.begin()
        await player.sees(look)
        await player.press("escape", "escape", "enter", "q", "y", "escape", "ctrl+c", "ctrl+q", "ctrl+d", "ctrl+p")
        await player.sees(look)
        assert launcher.answers == []
        assert launcher.cause == ""
        assert player.app.is_running


async def test_ctrl_c_says_that_f10_is_the_way(play):
    async with play(only=("roll-call",)) as player:
        await player.begin()
        await player.sees("reads the name")
        await player.press("ctrl+c")
        await player.sees("F10 is the way to leave")


@pytest.mark.parametrize(("kind", "look"), [("self-sign", "To be signed"), ("export", "types SEALED")])
async def test_the_focus_never_starts_on_what_could_do_harm(play, launcher, kind, look):
    async with play(only=(kind,)) as player:
        await player.begin()
        await player.sees(look)
        if kind == "self-sign":
            await player.page_through()
            await player.press("f2")
            await player.sees("Approval to sign")
        assert not isinstance(player.app.focused, TextField)
        await player.type("SIGN" if kind == "self-sign" else "SEALED")
        await player.press("f2")
        assert launcher.answers == []
        await player.sees("Nothing was done")


async def test_the_abort_page_starts_on_the_reason(play):
    async with play(only=("roll-call",)) as player:
        await player.begin()
        await player.sees("reads the name")
        await player.press("f10")
        await player.sees("Abort the ceremony")
        assert player.app.focused is not None
        assert player.app.focused.id == "remark-reason"


async def test_a_decision_starts_on_the_first_way_and_a_way_with_a_word_needs_it(play, launcher):
    async with play(only=("compare-clock",)) as player:
        await player.begin()
        await player.sees("> The clocks agree")
        await player.press("down", "f2")
        await player.sees("Type exactly STOP")
        assert launcher.answers == []
        await player.type("STOP")
        await player.press("f2")
        await player.until(lambda: launcher.answers == ["differ"])


async def test_a_review_must_be_seen_to_its_end_part_by_part(play, launcher):
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.sees("To be signed")
        await player.press("f2")
        await player.sees(
            "F2 is off. Not yet seen to the end: Fields, Findings, Raw, Digest.", "Fields 8/14", "Raw 0/60"
        )
        assert "F2" not in player.text.splitlines()[-1]
        await player.press("right", "right", "right")
        await player.sees("SHA-256 of exactly")
        await player.press("f2")
        assert isinstance(player.app.screen, ReviewScreen)
        await player.press("1", "pagedown", "3", "end")
        assert isinstance(player.app.screen, ReviewScreen)
        assert not player.app.screen.complete
        await player.press(*(["pagedown"] * 6))
        assert player.app.screen.complete
        await player.press("f2")
        await player.sees("Approval to sign")


async def test_paging_through_a_review_jumps_over_no_line(play):
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.sees("To be signed")
        await player.press("3")
        seen = ""
        for _ in range(8):
            seen += player.text
            await player.press("pagedown")
        for at in range(60):
            assert f"{at:04x}  30 82" in seen


async def test_a_part_that_was_seen_stays_seen_when_the_terminal_changes(play):
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.sees("To be signed")
        await player.page_through()
        await player.pilot.resize_terminal(120, 40)
        await player.pilot.resize_terminal(80, 24)
        await player.press("f2")
        await player.sees("Approval to sign")


async def test_refuse_refuses_and_nothing_else_is_taken_for_sign(play, launcher):
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.sees("To be signed")
        await player.page_through()
        await player.press("f2")
        await player.sees("Approval to sign")
        await player.press("tab")
        await player.type("Sign")
        await player.press("f2")
        await player.sees("Type exactly SIGN or REFUSE")
        await player.press(*(["backspace"] * 4))
        await player.type("REFUSE")
        await player.press("f2")
        await player.until(lambda: launcher.answers == [False])


async def test_a_form_says_what_is_wrong_where_and_keeps_what_was_typed(play, launcher):
    async with play(only=("record",)) as player:
        await player.begin()
        await player.sees("Bag number")
        await player.type("A12")
        await player.press("f2")
        await player.sees("! A bag number is a letter and seven digits.", "Nothing was saved: 1 of 3")
        assert launcher.answers == []
        await player.type("34567")
        await player.press("f2")
        await player.until(lambda: launcher.answers == [{"bag": "A1234567", "laptop": "", "room": "B-204"}])


async def test_the_length_of_a_pin_is_never_on_the_screen(play):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("once more")
        empty = player.text
        await player.type("1234")
        four = player.text
        await player.type("567890123456789012345678901234567890")
        many = player.text
        assert four == many
        assert four != empty
        assert "*" * MASK_WIDTH in four
        assert "*" * (MASK_WIDTH + 1) not in four
        assert "1234" not in many


@pytest.mark.parametrize(
    ("first", "second", "complaint"),
    [
        ("123", "123", "A PIN has 4 to 255 characters"),
        ("12345", "12346", "The two entries differ"),
        ("12345", "", "A PIN has 4 to 255 characters"),
    ],
)
async def test_a_pin_that_is_not_acceptable_is_refused_and_wiped(play, launcher, first, second, complaint):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("once more")
        await player.type(first)
        await player.press("enter")
        await player.type(second)
        await player.press("f2")
        await player.sees(complaint)
        assert launcher.answers == []
        assert [len(field) for field in player.app.screen.query(PinField)] == [0, 0]
        await player.type("2468-x")
        await player.press("enter")
        await player.type("2468-x")
        await player.press("f2")
        await player.until(lambda: launcher.pins == ["2468-x"])


async def test_a_pin_can_be_corrected_and_esc_empties_it_and_paste_does_nothing(play, launcher):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("once more")
        player.app.post_message(events.Paste("9999"))
        await player.pilot.pause()
        first, _ = player.app.screen.query(PinField)
        assert len(first) == 0
        await player.type("12345")
        await player.press("backspace")
        assert len(first) == 4
        await player.press("escape")
        assert len(first) == 0
        assert isinstance(player.app.screen, AskScreen)
        assert player.app.focused is first


async def test_a_pin_is_in_no_widget_no_message_and_no_page_after_it_was_given(play, launcher):
    pin = "7193-pantai-rahasia"
    gc.collect()
    others = {id(thing): thing for thing in gc.get_objects() if isinstance(thing, Secret)}  # of earlier tests
    async with play(only=("open-token", "close")) as player:
        await player.begin()
        await player.sees("once more")
        for _ in range(2):
            await player.type(pin)
            await player.press("enter")
        for field in player.app.screen.query(PinField):
            assert pin not in repr(field)
            assert pin not in str(vars(field).get("value", ""))
            assert all(pin not in str(value) for name, value in vars(field).items() if "octets" not in name)
        await player.press("f2")
        await player.until(lambda: launcher.pins == [pin])
        launcher.pins.clear()
        await player.sees("In the bag")
        await player.press("f3")
        await player.sees("typed a PIN (it is not recorded)")
        assert pin not in player.text
        gc.collect()
        kept = [thing for thing in gc.get_objects() if isinstance(thing, Secret) and len(thing)]
        assert [thing for thing in kept if id(thing) not in others] == []


async def test_all_keys_but_help_and_read_aloud_are_off_while_the_token_works(play, launcher):
    async with play(only=("generate-key", "close")) as player:
        await player.begin()
        await player.sees("seconds so far", "This cannot be cancelled")
        for key in ("f2", "f3", "f4", "f5", "f6", "f7", "f8", "f10"):
            await player.press(key)
            assert "Only F1 and F9 answer" in player.status
            assert player.app.screen is player.app.runner
        await player.press("f1")
        await player.sees("The token is working and cannot be stopped")
        await player.press("escape", "f9")
        await player.sees("Read aloud")
        await player.press("escape")
        launcher.token_finished.set()
        await player.sees("In the bag")


async def test_a_plan_with_errors_cannot_be_started_and_one_without_can(play, launcher):
    launcher.plan_ok = False
    async with play() as player:
        await player.sees("This cannot be started", "BR-KEY-SIZE", "NOT READY")
        await player.press("f2", "enter")
        assert player.app.runner is None
        assert "F2 is off" in player.status or "Enter" in player.status
    launcher.plan_ok = True
    async with play() as player:
        await player.begin()


async def test_f2_twice_in_a_hurry_or_held_down_answers_one_question_only(play, launcher):
    async with play(only=("roll-call", "close")) as player:
        await player.begin()
        await player.sees("reads the name")
        player.app.key_order.commit_pause = 60.0
        player.app.key_order._last_commit = None
        await player.press("f2")
        await player.sees("In the bag")
        await player.press("f2", "f2", "f2")
        await player.sees("counted once", "In the bag")
        assert launcher.answers == [None]
        player.app.key_order.commit_pause = 0.0
        await player.press("f2")
        await player.sees("How it ended")


async def test_a_burst_of_keys_goes_where_enter_in_the_middle_of_it_leads(play, launcher):
    async with play(only=("record",)) as player:
        await player.begin()
        await player.sees("Bag number")
        for key in [*"A1234567", "enter", *"PF3XYZ", "enter", *"-7", "f2"]:
            player.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await player.until(lambda: bool(launcher.answers))
        assert launcher.answers == [{"bag": "A1234567", "laptop": "PF3XYZ", "room": "B-204-7"}]


async def test_what_was_covered_or_on_a_hidden_screen_does_not_count_as_seen(play):
    async with play(only=("self-sign",)) as player:
        await player.begin()
        await player.sees("To be signed", "Fields 8/14")
        review = player.app.screen
        await player.pilot.resize_terminal(79, 200)
        await player.sees("The terminal is too small.")
        assert "Fields 8/14" in str(review.query_one("#parts")._lay(80))
        await player.press("space", "space", "space", "space")
        await player.pilot.resize_terminal(80, 24)
        await player.sees("Fields 8/14")
        await player.press("f4")
        await player.sees("The record so far")
        await player.pilot.resize_terminal(120, 60)
        await player.pilot.resize_terminal(80, 24)
        await player.press("escape")
        await player.sees("Fields 8/14")
        await player.pilot.resize_terminal(120, 60)
        await player.sees("Fields 14/14")


async def test_f2_waits_until_the_text_was_seen_to_its_end_but_a_remark_never_does(play, launcher, scene, monkeypatch):
    long = " ".join(f"Sentence {number} of what is stated here." for number in range(40))
    monkeypatch.setitem(scene.perform.__globals__, "STATEMENT", long)
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES", "more below")
        await player.type("YES")
        await player.press("f2")
        await player.sees("Read the text to its end first: PgDn")
        assert launcher.answers == []
        await player.press("f7")
        await player.type("x")
        await player.press("f2")
        await player.until(lambda: len(launcher.remarks) == 1)
        await player.sees("types YES")
        await player.press(*["pagedown"] * 12)
        await player.press("f2")
        await player.until(lambda: launcher.answers == [True])
