"""The field into which the words of a share are typed: completion, masks, a way to mend slips. No word is kept as text.

What is typed is held as places in the word list, and turned into text at the moment in which it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from textual import events
from textual.geometry import Size

from ceremony.custody.slip39 import word_list
from ceremony.custody.word_entry import WORDS_IN_SHARE, WordEntry, completions, examine, nearest
from ceremony.secret import Secret
from ceremony.tui.blocks import Line, clip
from ceremony.tui.frame import Frame
from ceremony.tui.paper import Ink

ABREAST = 3
"""Columns of words."""

MASK = "****"
MOST_WORDS = WORDS_IN_SHARE + 1
"""One more than a share has, so that a word typed twice is found out as one too many."""

LONGEST_PREFIX = 12


class WordsField(Ink, can_focus=True):
    """The words of a share while they are typed: a grid of masks, the word under way, and what it can become."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__(id="share-words", classes="typing words")
        self._on_change = on_change
        self._places: list[int | None] = []
        """For each word its place in the word list; None for a gap that was opened."""
        self._at = 0
        self._typed = bytearray()
        self.revealed = False

    def __len__(self) -> int:
        return len(self._places)

    def __bool__(self) -> bool:
        return True

    # -- what was typed -------------------------------------------------------------------------------------------

    def examined(self) -> WordEntry:
        """What can be said of the words so far."""
        words = word_list()
        return examine(["" if place is None else words[place] for place in self._places])

    def take(self) -> Secret:
        """The words, as a Secret; the field is empty afterwards."""
        words = word_list()
        secret = Secret(" ".join(words[place] for place in self._places if place is not None))
        self.wipe()
        return secret

    def wipe(self) -> None:
        """Forget everything."""
        self._places = [None for _ in self._places]
        self._places.clear()
        self._at = 0
        self.drop_typed()

    def drop_typed(self) -> None:
        """Forget the word under way."""
        for at in range(len(self._typed)):
            self._typed[at] = 0
        self._typed.clear()
        self._look()

    def accept(self) -> bool:
        """Take the word under way, where there is just one that it can be; True also where there is none under way."""
        if not self._typed:
            return True
        found = completions(self._typed.decode())
        if len(found) != 1:
            return False
        place = word_list().index(found[0])
        if self._at < len(self._places):
            self._places[self._at] = place
        elif len(self._places) < MOST_WORDS:
            self._places.append(place)
        self._at = min(self._at + 1, MOST_WORDS)
        self.drop_typed()
        return True

    # -- keys -----------------------------------------------------------------------------------------------------

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Printable keys are this field's."""
        return character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """Letters, Space and Enter to take a word, Backspace, arrows, Delete and Insert to mend."""
        letter = event.character or ""
        if letter.isascii() and letter.isalpha():
            if len(self._typed) < LONGEST_PREFIX:
                self._typed.extend(letter.lower().encode())
        elif event.key in {"space", "enter"}:
            if not self.accept():
                cast(Frame, self.screen).say("This is not yet one word of the list. Type on, or Backspace.")
        elif event.key in {"backspace", "ctrl+h"}:
            self._back()
        elif event.key in {"left", "right"}:
            self.drop_typed()
            self._at = max(0, min(self._at + (1 if event.key == "right" else -1), len(self._places)))
        elif event.key == "delete" and self._at < len(self._places):
            del self._places[self._at]
        elif event.key == "insert" and self._at < len(self._places) < MOST_WORDS:
            self._places.insert(self._at, None)
        elif not event.is_printable:
            return
        event.stop()
        event.prevent_default()
        self._look()

    def on_paste(self, event: events.Paste) -> None:
        """A share is typed from its card, never pasted."""
        event.stop()
        event.prevent_default()

    def _back(self) -> None:
        if self._typed:
            self._typed[-1] = 0
            del self._typed[-1]
        elif self._at:
            self._at -= 1
            if self._at < len(self._places):
                del self._places[self._at]

    # -- drawing --------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self.refresh(layout=self.size.height != self._rows + 1)  # a word too many needs a line more
        self._on_change()

    @property
    def _rows(self) -> int:
        return -(-max(WORDS_IN_SHARE, len(self._places)) // ABREAST)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Called by Textual."""
        return self._rows + 1

    def line(self, y: int) -> Line:
        """See Ink."""
        if y == self._rows:
            return self._ways()
        spans: Line = []
        for place in range(y, self._rows * ABREAST, self._rows):
            if place >= max(WORDS_IN_SHARE, len(self._places)):
                continue
            here = place == self._at
            spans += [(">" if here else " ", "focus"), (f"{place + 1:>3}. ", "label")]
            spans.append((f"{self._shown(place):<15}", "cursor" if here and self.has_focus else "strong"))
        return spans

    def _shown(self, place: int) -> str:
        if place == self._at and self._typed:
            return self._typed.decode() + "_"
        if place >= len(self._places):
            return "_" if place == self._at else ""
        known = self._places[place]
        if known is None:
            return "??"
        return word_list()[known] if self.revealed else MASK

    def _ways(self) -> Line:
        """What the word under way can become."""
        if not self._typed:
            return []
        typed = self._typed.decode()
        found = completions(typed)
        if len(found) == 1:
            return [(f"  Space takes: {found[0]}", "good")]
        if found:
            return [(clip(f"  {len(found)} words: {' '.join(found)}", self.size.width), "")]
        near = nearest(typed)
        words = f" Near it: {' '.join(near)}." if near else ""
        return [(clip(f"  ! No word begins so.{words} Look at the card.", self.size.width), "bad")]
