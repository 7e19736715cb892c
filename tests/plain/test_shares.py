"""Shares line by line: shown only where they can be cleared, typed unseen; and without people, kept in memory alone."""

from __future__ import annotations

import io
import itertools
import os
import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ceremony.custody.pins import draw_pin
from ceremony.custody.shares import Share, split
from ceremony.engine.answers import load_answers
from ceremony.engine.notices import StepView
from ceremony.engine.practice import ShownSecrets
from ceremony.engine.questions import Progress, SecretDisplay, WordsRequest
from ceremony.engine.secrets_source import DrawnSecrets, read_secrets
from ceremony.engine.unattended import UnattendedOfficiant
from ceremony.errors import CeremonyError, Interrupted
from ceremony.plain import PlainOfficiant
from ceremony.secret import Secret

NAME = "share:DEMO-ROOT:sam"
CLEARED = "\x1b[2J\x1b[3J\x1b[H\x1b[?1049l"


@pytest.fixture
def share(monkeypatch: pytest.MonkeyPatch) -> Share:
    monkeypatch.setenv("TERM", "linux")
    return split(draw_pin(secrets.token_bytes), 2, 3)[1]


def words_of(share: Share) -> list[str]:
    return share.mnemonic.reveal().split()


def display(step: StepView, share: Share) -> SecretDisplay:
    words = Secret(share.mnemonic.reveal())
    return SecretDisplay(step, "Sam Ode", NAME, "Share 2 of 3", words, (("Token", "DEMO-ROOT"),))


def request(step: StepView, share: Share, **more: Any) -> WordsRequest:
    return WordsRequest(step, "Sam Ode", NAME, "Share 2", share.identifier, 2, 2, **more)


def shown_pairs(text: str, words: list[str]) -> list[tuple[str, str]]:
    """Words of the share that stand in a text next to the one that follows them."""
    pairs = itertools.pairwise(words[4:])
    return [pair for pair in pairs if re.search(rf"\b{pair[0]}\s+{pair[1]}\b", text)]


# Line by line ---------------------------------------------------------------------------------------------------------


def test_the_words_are_shown_until_copied_is_typed_and_then_cleared_with_the_scrollback(terminal, step, share):
    terminal.start(lambda: terminal.officiant.show_secret(display(step, share)))
    terminal.expect(r"Only Sam Ode looks")
    for number, word in enumerate(words_of(share), 1):
        assert re.search(rf"\b{number}\. {word}\b", terminal.seen) or terminal.expect(rf"\b{number}\. {word}\b")
    terminal.type("copied")
    terminal.expect("Nothing was cleared")
    assert CLEARED not in terminal.seen
    terminal.type("COPIED")
    terminal.result()
    before, after = terminal.seen.split(CLEARED)
    assert "\x1b[?1049h" in before
    assert not any(word in after for word in words_of(share)[4:] if len(word) > 5)
    assert "The words were cleared" in after


def test_without_a_printer_print_is_no_answer(terminal, step, share):
    terminal.start(lambda: terminal.officiant.show_secret(display(step, share)))
    terminal.type("PRINT")
    terminal.expect("Nothing was cleared. Type COPIED in capital letters.")
    assert "printer" not in terminal.seen.lower()
    terminal.type("COPIED")
    assert terminal.result() is False


def test_print_asks_for_the_card_once_the_words_are_cleared(terminal, step, share):
    shown = replace(display(step, share), printer="/dev/usb/lp0")
    terminal.start(lambda: terminal.officiant.show_secret(shown))
    terminal.expect(r"PRINT prints the card. A printer remembers: clear or destroy it\s+afterwards")
    terminal.type("print")
    terminal.expect("Type COPIED or PRINT in capital letters")
    terminal.type("PRINT")
    assert terminal.result() is True
    assert terminal.seen.count(CLEARED) == 1
    terminal.start(lambda: terminal.officiant.show_secret(replace(shown, printed=1)))
    terminal.expect("Compare the printed card with the screen")
    terminal.expect("PRINT prints one more")
    terminal.type("COPIED")
    assert terminal.result() is False


def test_the_printer_is_said_to_work_by_its_name(terminal, step):
    with terminal.officiant.progress(Progress(step, "It prints.", "It ends.", "printer")):
        pass
    terminal.expect(r"the printer answered after \d+\.\d s")


def test_they_are_cleared_too_when_the_ceremony_is_aborted_before_they_are_copied(terminal, step, share):
    terminal.start(lambda: terminal.officiant.show_secret(display(step, share)))
    terminal.type("/abort")
    terminal.type("no card")
    terminal.type("ABORT")
    with pytest.raises(Interrupted):
        terminal.result()
    assert terminal.seen.rstrip().endswith(CLEARED)


def test_repeat_does_not_say_them_again_once_they_are_cleared(terminal, step, share):
    terminal.start(lambda: terminal.officiant.show_secret(display(step, share)))
    terminal.type("COPIED")
    terminal.result()
    assert terminal.officiant._console.presented == ()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_be_cleared_is_shown_nothing(terminal, step, share, monkeypatch, term):
    monkeypatch.setenv("TERM", term)
    terminal.start(lambda: terminal.officiant.show_secret(display(step, share)))
    with pytest.raises(CeremonyError) as caught:
        terminal.result()
    assert caught.value.code == "SHARE-TERMINAL"
    assert words_of(share)[20] not in terminal.seen


def test_a_file_or_pipe_is_shown_nothing(step, share):
    output = io.StringIO()
    with open(os.devnull) as nothing:  # noqa: PTH123 - a stream, not a path, is what the officiant reads
        officiant = PlainOfficiant(nothing, output)
        with pytest.raises(CeremonyError) as caught:
            officiant.show_secret(display(step, share))
    assert caught.value.code == "SHARE-TERMINAL"
    assert output.getvalue() == ""


def test_words_are_typed_unseen_in_whole_or_by_four_letters_one_or_several_on_a_line(terminal, step, share):
    words = words_of(share)
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden(words[0].upper())
    terminal.type_hidden(" ".join(f"{at}. {word[:4]}" for at, word in enumerate(words[1:20], 2)))
    terminal.type_hidden(" ".join(words[20:]))
    typed = terminal.result()
    assert typed.reveal() == share.mnemonic.reveal()
    assert not shown_pairs(terminal.seen, words)
    assert words[20] not in terminal.seen.split("nobody looks")[1]


def test_a_word_that_is_none_is_told_by_its_number_and_the_rest_of_its_line_is_not_taken(terminal, step, share):
    words = words_of(share)
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden(f"{words[0]} xyzzy {words[1]}")
    terminal.expect("! Word 2 is not in the word list")
    terminal.type_hidden(" ".join(words[1:]))
    assert terminal.result().reveal() == share.mnemonic.reveal()
    assert "xyzzy" not in terminal.seen


def test_a_word_is_taken_back(terminal, step, share):
    words = words_of(share)
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden(f"{words[0]} {words[2]}")
    terminal.type_hidden("-")
    terminal.type_hidden(" ".join(words[1:]))
    assert terminal.result().reveal() == share.mnemonic.reveal()


def test_a_slip_is_told_by_its_place_and_typed_again_from_there(terminal, step, share):
    words = words_of(share)
    wrong = "acid" if words[30] != "acid" else "zero"
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden(" ".join([*words[:30], wrong, *words[31:]]))
    terminal.expect("Word 31 is probably wrong")
    terminal.type("40")
    terminal.expect("Nothing was changed")
    terminal.type("31")
    terminal.type_hidden(" ".join(words[30:]))
    assert terminal.result().reveal() == share.mnemonic.reveal()


def test_who_may_pass_passes_with_a_full_stop_and_who_may_not_is_told(terminal, step, share):
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share, may_pass=True)))
    terminal.type_hidden(".")
    assert terminal.result() is None
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden(".")
    terminal.expect("nobody can pass it over")
    terminal.type_hidden(share.mnemonic.reveal())
    assert terminal.result() is not None


def test_an_abort_is_heard_where_words_are_typed(terminal, step, share):
    terminal.start(lambda: terminal.officiant.secret_words(request(step, share)))
    terminal.type_hidden("/abort")
    terminal.type("no card")
    terminal.type("ABORT")
    with pytest.raises(Interrupted):
        terminal.result()


# Without people -------------------------------------------------------------------------------------------------------


def unattended(source: Any = None, out: io.StringIO | None = None) -> UnattendedOfficiant:
    answers = load_answers(Path("answers.yaml"), octets=b"format: ceremony-answers/1\n")
    return UnattendedOfficiant(answers, source, out or io.StringIO())


def pipe_with(octets: bytes) -> int:
    read_end, write_end = os.pipe()
    os.write(write_end, octets)
    os.close(write_end)
    return read_end


def test_a_share_that_was_shown_is_entered_in_the_same_run_and_printed_nowhere(step, share):
    out = io.StringIO()
    with unattended(out=out) as officiant:
        officiant.show_secret(display(step, share))
        typed = officiant.secret_words(request(step, share))
        assert typed is not None
        assert typed.reveal() == share.mnemonic.reveal()
        assert words_of(share)[9] not in repr(vars(officiant)) + out.getvalue()
        held = list(officiant._shares._seen.values())
    assert all(len(secret) == 0 for secret in held), "wiped at the end"


def test_a_share_is_given_by_its_name_through_the_descriptor(step, share):
    source = read_secrets(pipe_with(f"token-pin:DEMO-ROOT: 1234\n{NAME}: {share.mnemonic.reveal()}\n".encode()))
    with unattended(source) as officiant:
        typed = officiant.secret_words(request(step, share))
        assert typed is not None
        assert typed.reveal() == share.mnemonic.reveal()


@pytest.mark.parametrize("source", [None, DrawnSecrets(), ShownSecrets()])
def test_a_share_is_never_drawn_who_was_given_none_passes_or_fails_in_words(step, share, source):
    with unattended(source) as officiant:
        assert officiant.secret_words(request(step, share, may_pass=True)) is None
        with pytest.raises(CeremonyError) as caught:
            officiant.secret_words(request(step, share))
    assert caught.value.code == "SHARE-NOT-GIVEN"
    assert NAME in caught.value.next_step


def test_the_plain_runner_takes_a_share_from_the_descriptor_too(step, share):
    with open(os.devnull) as nothing:  # noqa: PTH123 - a stream, not a path, is what the officiant reads
        read_end = pipe_with(f"{NAME}: {share.mnemonic.reveal()}\n".encode())
        output = io.StringIO()
        officiant = PlainOfficiant(nothing, output, secrets_fd=read_end)
        typed = officiant.secret_words(request(step, share))
    assert typed is not None
    assert typed.reveal() == share.mnemonic.reveal()
    assert output.getvalue() == ""
