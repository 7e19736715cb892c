"""Read-back, approval of what cannot be undone, agreement or dissent, receipts: on the screen, and at the keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ceremony.custody.consent import approval_statement, attestation_statement
from ceremony.custody.people import Person
from ceremony.custody.read_back import slices
from ceremony.engine.approval import _blank, _groups
from ceremony.engine.questions import ApprovalRequest, Blank, Choice, Form, Instruction, Option
from ceremony.tui.glyphs import SAFE
from ceremony.words import head_words, words

SIZES = [(80, 24), (120, 40)]
DIGEST = "3e1f5d1d5a6c171b5e756be9cf0dad04b9806cbdd4c17543eab91e1af4d1ad48"
WORDS = words(bytes.fromhex(DIGEST))
ASKED = next(item for item in slices(DIGEST, "ab" * 32, ["agus", "dewi"]) if item.person == "dewi")
DEWI = Person.model_validate(
    {"id": "dewi", "name": "Dewi Lestari", "organisation": "Small CA", "roles": ("custodian",)}
)


def read_back(view):
    """What the engine asks of a custodian before the approval."""
    expected = dict(zip(ASKED.positions, (WORDS[place - 1] for place in ASKED.positions), strict=True))
    return Form(
        replace(view, actor=DEWI.name),
        f"{DEWI.name} reads back",
        "Find these words among those of the digest of root-r1, read them aloud, and type them.",
        tuple(_blank(group, expected) for group in _groups(ASKED.positions)),
        digest_words=WORDS,
    )


def destruction(view):
    """An approval of what nothing brings back."""
    what = "Destroy key root-r1 on token DEMO-ROOT"
    statement = approval_statement(DEWI, "key-destruction", "root-r1", DIGEST)
    return ApprovalRequest(view, DEWI.name, what, statement, DIGEST, WORDS, word="DESTROY")


def farewell(view):
    """Whether a person agrees with the record."""
    options = (
        Option("dissent", "I do not agree, and say why", word="DISSENT"),
        Option("agree", "I agree", word="AGREE"),
    )
    title = f"{DEWI.name}: do you agree with the record?"
    return Choice(replace(view, actor=DEWI.name), title, attestation_statement(DEWI), options, person=DEWI.name)


def dissent(view):
    """What is not as the record says."""
    text = "Say in a few words what is not as the record says. It stands in the record from then on."
    blank = Blank("words", "In your own words", check=lambda text: None if text.strip() else "Please say it.")
    return Form(replace(view, actor=DEWI.name), f"{DEWI.name} dissents", text, (blank,))


def receipts(view):
    """Where the slips are."""
    people = ("Rini Wulandari", "Agus Santoso", "Dewi Lestari", "Bambang Prakoso", "Siti Rahmawati")
    return Instruction(
        view,
        "Each person takes their receipt home. Print the slips, or let each photograph the QR code of theirs when "
        "the ceremony is over. Who can do neither writes the words of the head down. With it anybody can find out "
        "later whether the record was cut short or replaced: ceremony verify --receipt.",
        details=(
            ("For", ", ".join(people)),
            ("Files", "receipts/receipt-*.txt, and .json for the code alone"),
            ("Ceremony", "0001-root-generation-20261122-4b280050"),
            ("Head in words", head_words(DIGEST)),
        ),
        acknowledge="Taken",
    )


SCREENS = {
    "read-back": (read_back, "record", "reads back"),
    "destroy": (destruction, "approve", "types DESTROY"),
    "farewell": (farewell, "choose", "do you agree"),
    "dissent": (dissent, "record", "dissents"),
    "receipts": (receipts, "instruct", "receipt home"),
}


@pytest.fixture
def asked(launcher):
    """Makes the ceremony ask one thing alone."""

    def ask(name: str) -> None:
        build, method, _ = SCREENS[name]

        def step(officiant, view):
            launcher.answers.append(getattr(officiant, method)(build(view)))

        launcher._step = step

    return ask


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", SCREENS)
async def test_each_screen_is_whole_in_safe_glyphs_and_as_stored(play, golden, asked, name, size):
    asked(name)
    async with play(size, only=("close",)) as player:
        await player.begin()
        await player.sees(SCREENS[name][2])
        lines = player.text.splitlines()
        assert {letter for letter in player.text if letter not in SAFE and letter != "\n"} == set()
        assert "PRACTICE" in lines[0]
        assert len(lines) <= size[1]
        assert max(map(len, lines)) <= size[0]
        golden(f"custody-{name}-{size[0]}x{size[1]}", player.text)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
async def test_every_word_and_every_field_of_a_read_back_is_in_sight_at_once(play, asked, size):
    asked("read-back")
    async with play(size, only=("close",)) as player:
        await player.begin()
        await player.sees("Dewi Lestari reads back")
        for place, word in enumerate(WORDS, start=1):
            assert f"{place} {word}" in player.text
        assert player.text.count("[ ") >= 2
        assert "WAITING FOR Dewi Lestari" in player.text


async def test_the_wrong_words_are_said_at_their_field_and_the_right_ones_are_taken(play, asked, launcher):
    asked("read-back")
    groups = [ASKED.positions[at : at + 4] for at in (0, 4)]
    async with play(only=("close",)) as player:
        await player.begin()
        await player.sees("reads back")
        await player.type("one two three four")
        await player.press("enter")
        await player.type(" ".join(WORDS[place - 1] for place in groups[1]))
        await player.press("f2")
        await player.sees("Not the word of the digest: number")
        assert launcher.answers == []
        await player.press(*["backspace"] * 18)
        await player.type(" ".join(WORDS[place - 1].upper() for place in groups[0]))
        await player.press("f2")
        await player.until(lambda: launcher.answers)
    (given,) = launcher.answers
    assert len(given) == 2


async def test_neither_agreement_nor_dissent_comes_of_one_key(play, asked, launcher):
    asked("farewell")
    async with play(only=("close",)) as player:
        await player.begin()
        await player.sees("do you agree")
        await player.press("f2")
        await player.sees("Type exactly DISSENT")
        await player.press("escape", "enter", "f2")
        assert launcher.answers == []


@pytest.mark.parametrize(("keys", "word", "answer"), [((), "DISSENT", "dissent"), (("down",), "AGREE", "agree")])
async def test_who_types_the_word_agrees_or_dissents(play, asked, launcher, keys, word, answer):
    asked("farewell")
    async with play(only=("close",)) as player:
        await player.begin()
        await player.sees("do you agree")
        await player.press(*keys)
        await player.press("tab")
        await player.type(word)
        await player.press("f2")
        await player.until(lambda: launcher.answers)
    assert launcher.answers == [answer]
