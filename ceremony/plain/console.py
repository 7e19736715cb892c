"""What the plain runner says and hears: printable ASCII lines out, typed lines and hidden PINs in."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TextIO

from ceremony.errors import CeremonyError, Interrupted
from ceremony.room.ascii import exact, spoken, wrapped
from ceremony.room.lines import LineReader
from ceremony.room.signals import Interruption
from ceremony.room.speaking import prompt, say, turn_back, turn_page
from ceremony.room.terminal import terminal_size
from ceremony.secret import Secret

WIDEST = 78
"""Columns of a line of prose."""


class Console:
    """One terminal. Every prompt names the mode; a line that begins with a slash goes to `on_command`."""

    def __init__(self, stdin: TextIO, stdout: TextIO, interruption: Interruption) -> None:
        self.mode: Literal["PRACTICE", "PRODUCTION", "CEREMONY"] = "CEREMONY"
        self.on_command: Callable[[str], None] | None = None
        self.presented: tuple[str, ...] = ()
        """What the present prompt is about, to be said again."""
        self._out = stdout
        self._interruption = interruption
        self._lines = LineReader(stdin.fileno(), interruption)
        self._lock = threading.Lock()

    def say(self, *lines: str) -> None:
        """Print lines."""
        self._write(lambda: say(*lines, to=self._out))

    def present(self, *lines: str) -> None:
        """Print what the next prompt is about, and remember it."""
        self.presented = lines
        self.say(*lines)

    @property
    def can_clear(self) -> bool:
        """Whether what is printed goes to a terminal that clears its screen and its scrollback when it is told to."""
        try:
            return self._out.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
        except ValueError:  # the stream was closed
            return False

    @contextlib.contextmanager
    def to_be_cleared(self) -> Iterator[None]:
        """What is said meanwhile is gone after it: from the screen, and from what can be scrolled back to."""
        self._write(lambda: turn_page(self._out))
        try:
            yield
        finally:
            self.presented = ()
            self._write(lambda: turn_back(self._out))

    def page_rows(self) -> int:
        """How many lines of a page leave room for its heading and its prompt."""
        try:
            descriptor = self._out.fileno()
        except OSError:
            descriptor = -1
        return max(5, terminal_size(descriptor).rows - 4)

    def ask(self, question: str) -> str:
        """A line that is not a command, without blanks around it; may be empty."""
        while True:
            self.say(f"{self.mode} {question}")
            answer = self._read_line()
            if answer is None:
                continue
            if not answer.startswith("/") or self.on_command is None:
                return answer
            self.on_command(answer)

    def ask_in_command(self, question: str) -> str | None:
        """An answer inside a command, where no other command is heard; a full stop or three empty lines give up."""
        for _ in range(3):
            self.say(f"{self.mode} {question}")
            answer = self._read_line()
            if answer == ".":
                return None
            if answer:
                return answer
        return None

    def ask_word(self, word: str, refusal: str, yes: str, no: str) -> bool:
        """True for exactly `word`, False for exactly `refusal`; anything else decides nothing and is asked again."""
        while True:
            answer = self.ask(f"Type {word} to {yes}, {refusal} to {no}")
            if answer in {word, refusal}:
                return answer == word
            self.say(f"Neither {word} nor {refusal}. Nothing was decided.")

    def ask_hidden(self, question: str) -> Secret:
        """A line that is not shown. Raises CeremonyError (PIN-TERMINAL) where there is no terminal."""
        while True:
            self._write(lambda: prompt(f"{self.mode} {question}", to=self._out))
            try:
                return self._lines.read_hidden()
            except Interrupted:
                raise
            except CeremonyError as error:
                if error.code == "PIN-TERMINAL":
                    raise
                self.say("", *error.paragraphs())
            finally:
                self.say("")

    def _read_line(self) -> str | None:
        self._write(lambda: prompt("> ", to=self._out))
        try:
            answer = self._lines.read_line().strip()
        except Interrupted:
            raise
        except CeremonyError as error:
            self.say(*error.paragraphs())
            return None
        if not answer.isprintable():
            self.say("This line holds keys that are not text. It was not taken; type it again.")
            return None
        return answer

    def _write(self, speak: Callable[[], None]) -> None:
        with self._lock:
            try:
                speak()
                self._out.flush()
            except (OSError, ValueError):
                # nobody can read on: the next prompt ends the ceremony; the engine still writes its record
                self._interruption.request("the terminal went away")


def prose(text: str, indent: str = "") -> list[str]:
    """Sentences for reading aloud, wrapped."""
    return wrapped(spoken(text), WIDEST, indent)


def pairs(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names and exact values, one a line."""
    return [f"  {spoken(name)}: {exact(value)}" for name, value in named]


def word_lines(words: Sequence[str]) -> list[str]:
    """The spoken words of a digest, four a line."""
    return [f"  {' '.join(words[start : start + 4])}" for start in range(0, len(words), 4)]


def numbered_words(words: Sequence[str]) -> list[str]:
    """The words with their numbers from 1, four a line."""
    numbered = [f"{place} {word}" for place, word in enumerate(words, start=1)]
    return [f"  {', '.join(numbered[start : start + 4])}" for start in range(0, len(numbered), 4)]
