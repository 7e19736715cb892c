"""Every key, and the whole way from the picker to the finish by keys alone."""

from __future__ import annotations

import pytest

from ceremony.engine.notices import Proof
from ceremony.errors import CeremonyError


async def test_from_picker_to_finish_by_keys_alone(play, launcher, scene):
    async with play(script=None) as player:
        await player.sees("Choose a ceremony script", "21a0270b7f66a1e4")
        await player.press("enter")
        await player.begin()
        for _, kind, _ in scene.titles:
            await player.answer(kind)
        await player.sees("closed and sealed", "Verified")
        await player.press("f2")
        await player.until(lambda: launcher.done.is_set() and not player.app.is_running)
    assert player.app.return_value == 0
    assert len(launcher.threads) == 1
    assert launcher.answers[2] == {"bag": "A1234567", "laptop": "PF3XYZ", "room": "B-204"}
    assert launcher.answers[6:9] == [True, "retry", True]


async def test_a_ceremony_that_is_not_closed_exits_with_1(play, launcher):
    launcher.closed = False
    async with play(only=("close",)) as player:
        await player.begin()
        await player.answer("close")
        await player.sees("NOT closed and sealed")
        await player.press("f2")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1


async def test_a_record_that_the_verifier_refuses_is_called_so_and_exits_with_1(play, launcher):
    launcher.headline = "NOT PROVED. The ceremony is closed, and the verifier refuses it."
    launcher.proof = Proof("not proved", ("NOT PROVED   a rehearsal", "WHAT IS WRONG", "!! root.der was changed"))
    async with play(only=("close",)) as player:
        await player.begin()
        await player.answer("close")
        await player.sees("NOT PROVED. The ceremony", "WHAT IS WRONG", "!! root.der was changed")
        await player.press("f2")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1


async def test_a_record_that_people_sealed_before_its_close_is_not_called_unsealed(play, launcher):
    launcher.closed, launcher.sealed = False, True
    async with play(only=("close",)) as player:
        await player.begin()
        await player.answer("close")
        await player.sees("How it ended")
        assert "NOT closed" not in player.text
        await player.press("f2")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1, "the script was not carried out"


async def test_a_script_with_a_problem_is_shown_and_not_opened(play):
    async with play(script=None) as player:
        await player.sees("! line 3: unknown key")
        await player.press("down", "enter")
        assert "line 3: unknown key" in player.status


async def test_esc_goes_back_from_the_plan_to_the_picker_only_where_it_began_there(play):
    async with play(script=None) as player:
        await player.sees("broken.yaml")
        await player.press("enter")
        await player.sees("F2 Begin")
        await player.press("escape")
        await player.sees("Choose a ceremony script")
    async with play(script="demo.yaml") as player:
        await player.sees("F2 Begin")
        await player.press("escape")
        await player.sees("F10 leaves.")


@pytest.mark.parametrize("script", [None, "demo.yaml"])
async def test_f10_leaves_where_no_ceremony_is_open(play, script):
    async with play(script=script) as player:
        await player.sees("F10 Leave")
        await player.press("f10")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            CeremonyError("The script is not UTF-8.", next_step="Save it as UTF-8.", code="YAML-UTF8"),
            "Save it as UTF-8",
        ),
        (ZeroDivisionError("secret-value"), "fault of its own"),
    ],
)
async def test_a_plan_that_fails_is_said_in_full_without_a_traceback(play, launcher, error, says):
    launcher.plan_error = error
    async with play() as player:
        await player.sees(says, "NOT READY")
        assert "secret-value" not in player.text
        assert "Traceback" not in player.text


async def test_a_ceremony_that_cannot_be_opened_says_why_and_f2_stays_off(play, launcher):
    launcher.perform_error = CeremonyError(
        "The archive is read-only.", not_done="The ceremony was not begun.", code="X"
    )
    async with play() as player:
        await player.sees("F2 Begin")
        await player.press("f2")
        await player.sees("The archive is read-only.", "NOT READY")
        await player.press("f2")
        assert player.app.runner is None


async def test_f1_helps_for_this_step_and_names_all_keys(play):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.press("f1")
        await player.sees("Step 2: Room and camera", "F10     abort the ceremony", "never leaves the ceremony")
        await player.press("escape")
        await player.sees("types YES")


async def test_f3_shows_what_was_entered_and_f4_the_record(play):
    async with play(only=("record", "close")) as player:
        await player.begin()
        await player.answer("record")
        await player.sees("In the bag")
        await player.press("f3")
        await player.sees("Bag number", "A1234567", "PF3XYZ")
        await player.press("escape", "f4")
        await player.sees("record-done", "Chain head")
        await player.press("escape", "f5")
        await player.sees("In the bag")


async def test_f6_moves_between_the_steps_and_the_question(play):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        field = player.app.focused
        await player.press("f6")
        assert player.app.focused is not None
        assert player.app.focused.id == "steps"
        await player.sees("> Steps")
        await player.press("f6")
        assert player.app.focused is field


async def test_f7_writes_a_note_on_the_engines_thread_and_f8_a_deviation(play, launcher):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.press("f7")
        await player.sees("A note for the record")
        await player.press("f2")
        await player.sees("a field is empty")
        await player.type("The auditor came in.")
        await player.press("enter")
        assert launcher.remarks == []
        await player.press("f2")
        await player.until(lambda: launcher.remarks == [("note", {"text": "The auditor came in."})])
        await player.press("f8")
        await player.sees("A deviation from the script")
        for text in ("seal whole", "seal torn", "go on", "Sam"):
            await player.type(text)
            await player.press("enter")
        await player.press("f2")
        await player.until(lambda: len(launcher.remarks) == 2)
        assert launcher.remarks[1] == (
            "deviation",
            {"expected": "seal whole", "happened": "seal torn", "decided": "go on", "decided_by": "Sam"},
        )
        await player.sees("types YES", "deviation seal torn")
        assert len(launcher.threads) == 1


async def test_esc_closes_a_note_and_nothing_is_written(play, launcher):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.press("f7")
        await player.type("never mind")
        await player.press("escape")
        await player.sees("types YES")
        assert launcher.remarks == []


async def test_f9_shows_a_large_clock_and_the_text_to_read_aloud(play):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.press("f9")
        await player.sees("Read aloud", "█", "machine clock, UTC, not agreed", "camera is recording")


async def test_f10_needs_a_reason_and_the_word_then_the_pending_call_is_interrupted(play, launcher):
    async with play(only=("attest",)) as player:
        await player.begin()
        await player.sees("types YES")
        await player.press("f10")
        await player.sees("Abort the ceremony")
        await player.type("the seal is torn")
        await player.press("f2")
        await player.sees("a field is empty")
        await player.type("abort")
        await player.press("f2")
        await player.sees("Type exactly ABORT")
        assert launcher.cause == ""
        await player.press(*(["backspace"] * 5))
        await player.type("ABORT")
        await player.press("f2")
        await player.sees("The ceremony was interrupted", "the seal is torn")
        assert launcher.cause == "F10: the seal is torn"
        await player.press("f2")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1


async def test_f10_works_from_a_pin_a_review_and_a_page_and_esc_goes_back(play, launcher):
    async with play(only=("open-token",)) as player:
        await player.begin()
        await player.sees("once more")
        await player.press("f4", "f10")
        await player.sees("Abort the ceremony")
        await player.press("escape", "escape")
        await player.sees("once more")
        await player.press("f10")
        await player.type("enough")
        await player.press("enter")
        await player.type("ABORT")
        await player.press("f2")
        await player.sees("How it ended")
        assert launcher.cause == "F10: enough"


async def test_a_question_that_comes_while_a_page_is_open_waits_for_it_to_be_closed(play, launcher):
    async with play(only=("generate-key", "open-token")) as player:
        await player.begin()
        await player.answer("open-token")
        await player.sees("seconds so far")
        await player.press("f9")
        await player.sees("Read aloud")
        launcher.token_finished.set()
        await player.until(lambda: launcher.answers == ["pin", None])
        await player.sees("Read aloud")
        await player.press("escape")
        await player.sees("How it ended")


async def test_files_are_shown_as_qr_codes_where_they_fit_and_a_changed_file_is_not(play, launcher, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    async with play((120, 40), only=("close",)) as player:
        await player.begin()
        await player.answer("close")
        await player.sees("Files that were made")
        await player.press("f6", "enter")
        await player.sees("root-r1.der", "████████", "In words")
        await player.press("escape", "down", "enter")
        await player.sees("does not fit", "root-r1.pem", "In words")
        await player.press("escape")
        (launcher.folder / "root-r1.der").write_bytes(b"other")
        await player.press("up", "enter")
        await player.sees("not the one that was recorded")
        await player.press("escape")
        (launcher.folder / "root-r1.der").unlink()
        await player.press("enter")
        await player.sees("cannot be read any more")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "There is no ceremony script here."),
        (CeremonyError("The folder of policies is missing.", next_step="Name a script.", code="X"), "Name a script."),
        (RuntimeError("secret-value"), "fault of its own"),
    ],
)
async def test_a_picker_without_scripts_says_so_and_can_be_left(play, launcher, found, says):
    def scripts():
        if isinstance(found, Exception):
            raise found
        return found

    launcher.scripts = scripts
    async with play(script=None) as player:
        await player.sees(says)
        assert "secret-value" not in player.text
        await player.press("enter", "f2", "escape", "f10")
        await player.until(lambda: not player.app.is_running)
    assert player.app.return_value == 1
