"""Who comes and goes, breaks and deviations with their concurrence, by keys alone; each page as stored."""

from __future__ import annotations

import pytest

from ceremony.engine.notices import InRoom, People
from ceremony.engine.questions import Choice, Option
from ceremony.tui.glyphs import SAFE

SIZES = [(80, 24), (120, 40)]

PEOPLE = (
    InRoom("rini", "Rini Wulandari", "administrator", "here"),
    InRoom("tono", "Tono Wijaya", "administrator", "reserve"),
    InRoom("agus", "Agus Santoso", "custodian", "here"),
    InRoom("dewi", "Dewi Lestari", "custodian", "out"),
    InRoom("wati", "Wati Susilo", "custodian", "absent"),
    InRoom("siti", "Siti Rahmawati", "witness", "here"),
)


@pytest.fixture
def room_of(play):
    """A player before the first question, with people in the room."""

    def run(size=(80, 24), people=PEOPLE):
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def begun():
            async with play(size, only=("attest", "close")) as player:
                await player.begin()
                await player.sees("types YES")
                player.app.officiant.notice(People(people))
                if people:
                    await player.sees("3 here")
                yield player

        return begun()

    return run


async def people_page(player):
    await player.press("f7")
    await player.sees("A note for the record")
    await player.press("f7")
    await player.sees("Who is in the room")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
async def test_each_page_is_whole_in_safe_glyphs_and_as_stored(room_of, golden, size):
    async with room_of(size) as player:

        def keep(name):
            text = player.text
            lines = text.splitlines()
            assert {letter for letter in text if letter not in SAFE and letter != "\n"} == set(), name
            assert len(lines) <= size[1], name
            assert max(map(len, lines)) <= size[0], name
            golden(f"{name}-{size[0]}x{size[1]}", text)

        await people_page(player)
        await player.press("down", "down")
        await player.sees("Why")
        keep("people")
        await player.press("escape", "f8")
        await player.sees("Clauses touched")
        for text in ("A closed door", "It stood open", "It was closed", "Rini"):
            await player.type(text)
            await player.press("tab")
        keep("deviation-filled")
        await player.press("f2")
        await player.sees("Who dissents")
        await player.type("siti")
        await player.press("tab")
        await player.type("agus")
        keep("concurrence")
        await player.press("f2")
        await player.sees("Dissent, in their own words")
        keep("dissent")


async def test_somebody_leaves_with_a_reason_and_not_without_one(room_of):
    async with room_of() as player:
        await people_page(player)
        await player.press("down", "down", "down")
        await player.press("f2")
        await player.sees("Nothing is written here yet")
        await player.type("A call")
        await player.press("f2")
        await player.until(lambda: player.launcher.remarks)
        assert player.launcher.remarks == [("left", {"person": "agus", "reason": "A call"})]
        assert "It goes into the record that they left." in player.status


@pytest.mark.parametrize(
    ("downs", "remark", "said"),
    [
        (0, ("returned", {"person": "dewi"}), "they are back"),
        (1, ("entered", {"person": "wati"}), "before the next step begins"),
    ],
)
async def test_somebody_is_back_or_comes_in(room_of, downs, remark, said):
    async with room_of() as player:
        await people_page(player)
        await player.press(*["down"] * downs, "f2")
        await player.until(lambda: player.launcher.remarks)
        assert player.launcher.remarks == [remark]
        assert said in player.status


async def test_a_break_is_called_with_its_reason(room_of):
    async with room_of() as player:
        await people_page(player)
        await player.press(*["down"] * 5, "tab")
        await player.type("Lunch")
        await player.press("f2")
        await player.until(lambda: player.launcher.remarks)
        assert player.launcher.remarks == [("break", {"reason": "Lunch"})]


async def test_before_the_roll_nobody_can_leave_and_esc_writes_nothing(room_of):
    async with room_of(people=()) as player:
        await people_page(player)
        await player.sees("Nobody has answered the roll yet")
        await player.press("f2")
        await player.until(lambda: "Nothing was saved" in player.status)
        await player.press("escape")
        await player.sees("types YES")
        assert player.launcher.remarks == []


async def test_f7_in_a_note_that_was_begun_does_not_lose_it(room_of):
    async with room_of() as player:
        await player.press("f7")
        await player.sees("A note for the record")
        await player.type("The lamp")
        await player.press("f7")
        await player.until(lambda: "Save this" in player.status)
        await player.press("f2")
        await player.until(lambda: player.launcher.remarks)
        assert player.launcher.remarks == [("note", {"text": "The lamp"})]


async def deviate(player, raised_by, dissent=""):
    await player.press("f8")
    await player.sees("Clauses touched")
    for text in ("A", "B", "C", "D"):
        await player.type(text)
        await player.press("tab")
    await player.press("f2")
    await player.sees("Who dissents")
    await player.type(raised_by)
    await player.press("tab")
    await player.type(dissent)
    await player.press("f2")


FOUR = {"expected": "A", "happened": "B", "decided": "C", "decided_by": "D"}


async def test_where_everybody_concurs_one_name_is_enough(room_of):
    async with room_of() as player:
        await deviate(player, "Rini")
        await player.until(lambda: player.launcher.remarks)
        (remark,) = player.launcher.remarks
        assert remark == ("deviation", {**FOUR, "raised_by": "rini", "asked": "rini agus siti"})


async def test_who_dissents_says_why(room_of):
    async with room_of() as player:
        await deviate(player, "santoso", "siti, agus")
        await player.sees("Dissent, in their own words", "Siti Rahmawati", "Agus Santoso")
        await player.type("I saw it")
        await player.press("f2")
        await player.until(lambda: "a field is empty" in player.status)
        await player.type("So did I")
        await player.press("f2")
        await player.until(lambda: player.launcher.remarks)
        said = player.launcher.remarks[0][1]
        assert (said["dissent:siti"], said["dissent:agus"]) == ("I saw it", "So did I")


@pytest.mark.parametrize("name", ["nobody", "dewi", "rini agus", ""])
async def test_a_deviation_is_raised_by_one_person_who_is_here(room_of, name):
    async with room_of() as player:
        await deviate(player, name)
        await player.until(lambda: "Nothing was saved" in player.status)
        assert player.launcher.remarks == []
        await player.press("escape")
        assert player.launcher.remarks == []


async def test_a_step_that_waits_for_people_says_for_whom_and_people_can_say_who_came(play, launcher, scene, golden):
    text = (
        "custodian: 2 needed, 1 here. Not in the room: Dewi Lestari. When somebody comes back or comes in, say so "
        "first (F7 twice, or /back and /in)."
    )
    options = (Option("look-again", "Look again"), Option("abort", "End the ceremony", word="ABORT"))
    choice = Choice(scene.step("generate-key"), "This step waits for people", text, options)
    launcher._step = lambda officiant, view: launcher.answers.append(officiant.choose(choice))
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("waits for people", "Look again")
        player.app.officiant.notice(People(PEOPLE))
        await player.sees("3 here")
        golden("waiting-80x24", player.text)
        assert player.app.runner.paper.at_end
        await people_page(player)
        await player.press("f2")
        await player.sees("waits for people")
        await player.until(lambda: player.launcher.remarks)
        await player.press("f2")
        await player.until(lambda: player.launcher.answers)
        assert player.launcher.answers == ["look-again"]


async def test_a_long_text_over_a_choice_is_read_with_page_down_while_the_choice_has_the_focus(play, launcher, scene):
    options = (Option("look-again", "Look again"), Option("abort", "End the ceremony", word="ABORT"))
    choice = Choice(scene.step("generate-key"), "This step waits for people", "Nobody is here. " * 60, options)
    launcher._step = lambda officiant, view: launcher.answers.append(officiant.choose(choice))
    async with play(only=("generate-key",)) as player:
        await player.begin()
        await player.sees("waits for people", "more below")
        await player.press("f2")
        await player.until(lambda: "Read the text to its end" in player.status)
        assert player.launcher.answers == []
        for _ in range(9):
            await player.press("pagedown")
        await player.press("f2")
        await player.until(lambda: player.launcher.answers)
