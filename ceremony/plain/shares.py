"""Shares, line by line: words that are shown and then cleared away, and words that are typed and never shown."""

from __future__ import annotations

from ceremony.custody.share_card import COMPARE, printing_hint
from ceremony.custody.word_entry import WORDS_IN_SHARE, completed, examine, split_entry
from ceremony.engine.questions import SecretDisplay, WordsRequest
from ceremony.errors import CeremonyError
from ceremony.plain.console import Console, pairs, prose
from ceremony.room.ascii import spoken
from ceremony.secret import Secret

_ABREAST = 3
PASSING = "."
BACK = "-"


def show_words(console: Console, display: SecretDisplay) -> bool:
    """The words in numbered columns; cleared from the screen and its scrollback when they are copied, or when the card
    is to be printed first (True).

    Raises CeremonyError (SHARE-TERMINAL) where what is shown could not be cleared.
    """
    if not console.can_clear:
        raise CeremonyError(
            "A share is shown only on a screen that can be cleared.",
            detail="What this program prints goes to no terminal, or to one that cannot clear what it showed.",
            not_done="The share was not shown.",
            next_step="Hold this ceremony on a terminal of its own; the full screen is made for it.",
            code="SHARE-TERMINAL",
        )
    with console.to_be_cleared():
        words = display.words.reveal().split()
        rows = -(-len(words) // _ABREAST)
        lines = [
            "".join(f"{place + 1:>4}. {words[place]:<14}" for place in range(row, len(words), rows)).rstrip()
            for row in range(rows)
        ]
        console.say(
            f"-- {spoken(display.title)}. Only {spoken(display.person)} looks.",
            *pairs(display.details),
            *prose(
                COMPARE
                if display.printed
                else "Copy each word onto the card, by hand, with its number. Read down each column."
            ),
            *lines,
            *(prose(printing_hint("PRINT", display.printed)) if display.printer else ()),
        )
        lines.clear()
        words.clear()
        console.presented = ("The words are on the screen above.",)
        ways = {"COPIED", "PRINT"} if display.printer else {"COPIED"}
        printing = ", or PRINT to have it printed" if display.printer else ""
        while (answer := console.ask(f"Type COPIED when the card is written and compared{printing}")) not in ways:
            console.say(f"Nothing was cleared. Type {' or '.join(sorted(ways))} in capital letters.")
    console.say("The words were cleared from this screen.")
    return answer == "PRINT"


def read_words(console: Console, request: WordsRequest) -> Secret | None:
    """The words, typed without being shown: whole or their first four letters, one or several on a line.

    None where the person passes. What is not in the list is asked for at once; where the words do not fit together,
    which one is probably wrong is said, never which one would be right.
    """
    passing = f" Type {PASSING} to enter none: another holder is asked then." if request.may_pass else ""
    console.present(
        f"-- {spoken(request.prompt)}. {spoken(request.person)} types, and nobody looks.",
        *pairs(request.details),
        *prose(
            f"Type the words of the card: whole, or their first four letters; one or several on a line. {BACK} takes "
            f"the last word back.{passing}"
        ),
    )
    words: list[str] = []
    try:
        while True:
            while len(words) < WORDS_IN_SHARE:
                if not _take(console, words, may_pass=request.may_pass):
                    return None
            said = examine(words)
            if said.good:
                return Secret(" ".join(words))
            if said.checksum:
                console.say("! These words are a share of something else.")
            else:
                wrong = said.suspicion.sentence() if said.suspicion else "More than one is wrong, or out of order."
                console.say(f"! The words do not fit together. {wrong} Look at the card.")
            _mend(console, words)
    finally:
        words.clear()


def _take(console: Console, words: list[str], *, may_pass: bool) -> bool:
    """One more line of words; False where the person passes."""
    line = console.ask_hidden(f"Word {len(words) + 1} of {WORDS_IN_SHARE} (not shown): ")
    typed = split_entry(line.reveal())
    line.wipe()
    if typed and typed[0].startswith("/") and console.on_command is not None:
        console.on_command(" ".join(typed))
        return True
    if typed == (PASSING,):
        if may_pass:
            return False
        console.say("! This share is needed; nobody can pass it over.")
        return True
    for word in typed:
        if word == BACK:
            del words[-1:]
            continue
        meant = completed(word)
        if meant is None:
            console.say(f"! Word {len(words) + 1} is not in the word list. What follows it here was not taken.")
            break
        words.append(meant)
    return True


def _mend(console: Console, words: list[str]) -> None:
    """Take back the words from a place on; what stands before it stays."""
    while True:
        answer = console.ask(f"From which word shall it be typed again? A number from 1 to {len(words)}")
        if answer.isdecimal() and 1 <= int(answer) <= len(words):
            del words[int(answer) - 1 :]
            return
        console.say("Nothing was changed.")
