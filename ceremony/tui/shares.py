"""Shares on a screen of their own: words that one person copies by hand, and words that one person types from a card.

A word is turned into text at the moment in which it is drawn, and kept in no widget: what is shown comes from the
caller's Secret, which is empty as soon as the caller has wiped it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from textual.containers import Vertical
from textual.geometry import Size
from textual.widget import Widget

from ceremony.custody.share_card import PRINTER_MEMORY, printing_hint
from ceremony.custody.word_entry import WORDS_IN_SHARE, WordEntry
from ceremony.engine.questions import SecretDisplay, WordsRequest
from ceremony.secret import Secret
from ceremony.tui.asking import AskScreen
from ceremony.tui.asks import Ask, ComplaintError, Given
from ceremony.tui.bars import Keys
from ceremony.tui.blocks import Block, Gap, Line, Para
from ceremony.tui.paper import Ink, Note
from ceremony.tui.share_words import ABREAST, WordsField

_GONE = "Then F2, and the words are gone."

_AGAIN_PAUSE = timedelta(seconds=1)
"""Between the two presses of F6 that print one more sheet."""


def card_lines(details: tuple[tuple[str, str], ...]) -> list[Block]:
    """What stands on the card beside the words, two on a line where they are short."""
    lines: list[Block] = []
    row = ""
    for name, value in details:
        item = f"{name}: {value}"
        if row and len(row) + len(item) > 68:
            lines.append(Para(row))
            row = ""
        row += ("    " if row else "") + item
    return [*lines, Para(row)] if row else lines


class ShownWords(Ink):
    """Words in numbered columns, read from a Secret each time they are drawn."""

    def __init__(self, words: Secret) -> None:
        super().__init__(id="shown-words", classes="words")
        self._words = words

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Called by Textual."""
        return -(-WORDS_IN_SHARE // ABREAST)

    def line(self, y: int) -> Line:
        """See Ink."""
        words = self._words.reveal().split()
        rows = -(-len(words) // ABREAST)
        spans: Line = []
        for place in range(y, len(words), rows or 1):
            spans += [(f"{place + 1:>4}. ", "label"), (f"{words[place]:<15}", "strong")]
        return spans if y < rows else []


class ShowAsk(Ask):
    """A share, for one person's eyes."""

    VERB = "Copied"
    TITLE = "A share of a PIN"

    def __init__(self, display: SecretDisplay) -> None:
        super().__init__(display.step)
        self._display = display

    @property
    def help(self) -> str:
        """See Ask."""
        printing = f" Or F6 has the card printed. {PRINTER_MEMORY}" if self.may_print else " Nothing prints it."
        return (
            "Only the person named looks. Each word is copied onto the card by hand, with its number; no file holds "
            f"it.{printing} The share is typed in again from the card at once."
        )

    @property
    def may_print(self) -> bool:
        """Whether a printer was named that can print the card."""
        return bool(self._display.printer)

    @property
    def printed(self) -> bool:
        """Whether the card was sent to the printer already."""
        return bool(self._display.printed)

    def page(self) -> list[Block]:
        """See Ask."""
        return [
            Para(f"{self._display.title}. Only {self._display.person} looks.", "strong"),
            *card_lines(self._display.details),
            Gap(),
        ]

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield ShownWords(self._display.words)
        if not self.may_print:
            yield Note([Gap(), Para(f"Copy them down each column, and compare. {_GONE}", "label")])
            return
        how = "Compare the printed card word by word." if self.printed else "Copy them down each column, and compare."
        yield Note([Para(f"{how} {_GONE}", "label"), Para(printing_hint("F6", self._display.printed), "label")])

    def waiting(self) -> str:
        """See Ask."""
        doing = "compare the card" if self.printed else "copy the words"
        return f"WAITING FOR {self._display.person}: {doing}, then F2"

    def given(self, answer: object) -> Given:
        """See Ask."""
        said = "had the card of a share printed" if answer is True else "copied a share (it is not recorded)"
        return [(self._display.person, said)]

    def aloud(self) -> str:
        """See Ask."""
        return f"{self._display.title}. Nobody reads it aloud."


class WordsAsk(Ask):
    """The words of a share, from its card."""

    VERB = "Enter"
    TITLE = "A share of a PIN"
    HELP = (
        "Only the person named types, and nobody looks. Four letters tell a word from every other; Space or Enter "
        "takes it. Backspace takes a word back; Left and Right move; Delete removes a word, Insert opens a gap. F6 "
        "shows or hides the words. Nothing is ever corrected by guessing: look at the card."
    )

    def __init__(self, request: WordsRequest) -> None:
        super().__init__(request.step)
        self._request = request
        self.field = WordsField(self.look)
        self._said = Note([Para(f"0 of {WORDS_IN_SHARE} words.")])

    def page(self) -> list[Block]:
        """See Ask."""
        request = self._request
        passing = " To enter none: F2 with no word typed." if request.may_pass else ""
        return [
            Para(f"{request.prompt}. {request.person} types, and nobody looks.", "strong"),
            Para(f"Type each word of the card, and Space. Then F2.{passing}"),
            *card_lines(request.details[2:]),
            Gap(),
        ]

    def parts(self) -> Iterator[Widget]:
        """See Ask."""
        yield self.field
        yield self._said

    def waiting(self) -> str:
        """See Ask."""
        return f"WAITING FOR {self._request.person}: type the words, then F2"

    def first(self) -> Widget | None:
        """See Ask."""
        return self.field

    def on_unmount(self) -> None:
        """Called by Textual when the screen goes."""
        self.field.wipe()

    def look(self) -> None:
        """Say how far it is."""
        if not self.is_mounted:
            return
        entry = self.field.examined()
        self._said.put([Para(*self._state(entry))])

    def _state(self, entry: WordEntry) -> tuple[str, str]:
        """A sentence, and its style. It never holds a word."""
        request = self._request
        header = entry.header
        if header is not None and (header.identifier, header.index) != (request.identifier, request.index):
            asked = f"asked for is set {request.identifier:05d}, share {request.index}"
            return f"This card is set {header.identifier:05d}, share {header.index}; {asked}.", "warn"
        if entry.good:
            return f"{entry.count} words. They fit together: F2.", "good"
        if entry.count < WORDS_IN_SHARE - 1 or (entry.count < WORDS_IN_SHARE and entry.suspicion is None):
            return f"{entry.count} of {WORDS_IN_SHARE} words.", ""
        return self._fault(entry), "warn"

    def _fault(self, entry: WordEntry) -> str:
        if entry.unknown:
            return f"{entry.count} words. Word {entry.unknown[0]} is still open."
        if entry.checksum:
            return "These words are a share of something else."
        if entry.count < WORDS_IN_SHARE and entry.suspicion is None:
            return f"{entry.count} of {WORDS_IN_SHARE} words."
        said = entry.suspicion.sentence() if entry.suspicion else "More than one is wrong, or out of order."
        return f"{entry.count} words. They do not fit together. {said}"

    def commit(self) -> object:
        """See Ask."""
        if not self.field.accept():
            raise ComplaintError("Nothing was entered: the last word is not yet one of the list.")
        if not len(self.field):
            if self._request.may_pass:
                return None
            raise ComplaintError("Nothing was entered: this share is needed.")
        entry = self.field.examined()
        if not entry.good:
            raise ComplaintError(f"Nothing was entered. {self._fault(entry)}")
        return self.field.take()

    def given(self, answer: object) -> Given:
        """See Ask."""
        said = "entered a share (it is not recorded)" if answer is not None else "entered no share"
        return [(self._request.person, said)]

    def aloud(self) -> str:
        """See Ask."""
        return self._request.prompt


class ShareScreen(AskScreen):
    """A share to copy or to type, on a screen that holds nothing else, is exported nowhere, and is cleared after it."""

    SECRET = True
    SHOWS_HEAD = False

    def body(self) -> Iterator[Widget]:
        """See Frame."""
        with Vertical(id="body"):
            yield Note([Para(self._heading, "title"), *self.ask.page()], id="about")
            yield self.ask

    def start(self) -> None:
        """See Frame."""
        self.say(self.ask.waiting())
        self.set_focus(self.ask.first())
        self._asked_again: datetime | None = None
        """When F6 was last pressed for one more sheet."""

    def unread(self) -> bool:
        """Never: all of it is on the screen."""
        return False

    def footer(self) -> Keys:
        """See Frame."""
        if isinstance(self.ask, WordsAsk):
            label = "Hide" if self.ask.field.revealed else "Show"
        else:
            label = "Print" if isinstance(self.ask, ShowAsk) and self.ask.may_print else ""
        keys = [(key, label) if key == "F6" else (key, text) for key, text in super().footer()]
        return [(key, text) for key, text in keys if text]

    def action_scroll_paper(self, how: str, amount: int) -> None:
        """Nothing to scroll."""

    def press_move(self) -> None:
        """F6: the words that were typed, shown or hidden; the card, printed."""
        if isinstance(self.ask, WordsAsk):
            self.ask.field.revealed = not self.ask.field.revealed
            self.ask.field.refresh()
            self.show_keys()
        elif isinstance(self.ask, ShowAsk) and self.ask.may_print:
            self._print(self.ask)

    def _print(self, ask: ShowAsk) -> None:
        """Have the card printed; one more sheet only for who asks twice, so that no key held down prints a pile."""
        now = self.room.clock()
        before, self._asked_again = self._asked_again, now
        if ask.printed and (before is None or now - before < _AGAIN_PAUSE):
            self.say("One more sheet with these words? Wait a moment, then F6 once more.")
            return
        self.house.questions.answer(True, ask)

    def press_back(self) -> None:
        """Esc: the word under way is empty again."""
        if isinstance(self.ask, WordsAsk):
            self.ask.field.drop_typed()
            self.say("The word is empty again. Backspace takes back the one before it.")
        else:
            super().press_back()

    def on_unmount(self) -> None:
        """Called by Textual when the screen goes."""
        self.house.clear_scrollback()
