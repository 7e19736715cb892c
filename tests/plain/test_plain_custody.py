"""Read-back, agreement or dissent, and approvals of what befalls a key, line by line over a real pseudo-terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ceremony.custody.read_back import Slice
from ceremony.engine.approval import _blank, _groups
from ceremony.engine.notices import StepView
from ceremony.engine.questions import Choice, Form, Option
from ceremony.words import words

WORDS = words(bytes(range(32)))
ASKED = Slice("dewi", (2, 3, 5, 7, 11, 13))


def form(step: StepView) -> Form:
    expected = {place: WORDS[place - 1] for place in ASKED.positions}
    blanks = tuple(_blank(group, expected) for group in _groups(ASKED.positions))
    text = "Find these words among those of the digest of root, read them aloud, and type them."
    return Form(replace(step, actor="Dewi Lestari"), "Dewi Lestari reads back", text, blanks, digest_words=WORDS)


def spoken(*places: int) -> str:
    return " ".join(WORDS[place - 1] for place in places)


def test_words_are_shown_with_their_numbers_and_taken_when_they_are_right(terminal: Any, step: StepView) -> None:
    terminal.start(lambda: terminal.officiant.record(form(step)))
    terminal.expect("-- Dewi Lestari reads back")
    terminal.expect(f"1 {WORDS[0]}, 2 {WORDS[1]}, 3 {WORDS[2]}, 4 {WORDS[3]}")
    terminal.expect(f"29 {WORDS[28]}, 30 {WORDS[29]}, 31 {WORDS[30]}, 32 {WORDS[31]}")
    terminal.expect("Words 2, 3, 5, 7")
    terminal.type(spoken(2, 3, 5))
    terminal.expect("These are 3 words; 4 are asked for")
    terminal.type(spoken(2, 3, 5, 8))
    terminal.expect("Not the word of the digest: number 7. Look at it again.")
    terminal.type(spoken(2, 3, 5, 7).upper())
    terminal.expect("Words 11, 13")
    terminal.type(spoken(11, 13))
    terminal.expect("You entered:")
    terminal.type("OK")
    assert terminal.result() == {"words-2-3-5-7": spoken(2, 3, 5, 7).upper(), "words-11-13": spoken(11, 13)}


def test_a_person_agrees_or_dissents_by_the_word_alone(terminal: Any, step: StepView) -> None:
    options = (
        Option("dissent", "I do not agree, and say why", word="DISSENT"),
        Option("agree", "I agree", word="AGREE"),
    )
    choice = Choice(step, "Dewi Lestari: do you agree with the record?", "I was here.", options, person="Dewi Lestari")
    terminal.start(lambda: terminal.officiant.choose(choice))
    terminal.expect("Dewi Lestari: do you agree with the record?")
    terminal.expect(r"Dewi Lestari decides \(DISSENT, AGREE\)")
    for wrong in ("", "1", "agree", "YES"):
        terminal.type(wrong)
        terminal.expect("Nothing was chosen.")
    terminal.type("AGREE")
    assert terminal.result() == "agree"
