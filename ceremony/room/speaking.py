"""The one way in which text reaches a terminal: line by line, with nothing in it that steers the terminal.

What a token, a file or a certificate is called was chosen by somebody else. A control character in it could move the
cursor over what was said before, and a bidirectional override (Unicode TR 36, 3.3) turn round what it shows.
"""

from __future__ import annotations

import sys
from typing import Final, TextIO

_ANOTHER_SCREEN: Final = "\x1b[?1049h\x1b[2J\x1b[H"
"""The alternate screen, which has no scrollback; a terminal without one stays where it is."""

_CLEARED: Final = "\x1b[2J\x1b[3J\x1b[H\x1b[?1049l"
"""Screen, scrollback (ED 3), and back to the first screen."""


def visible(text: str) -> str:
    """`text` on one line; whatever is not printed, a line break too, as an escape that is seen: `\\u001b`."""
    return "".join(letter if letter.isprintable() else _escape(letter) for letter in text)


def say(*lines: str, to: TextIO | None = None) -> None:
    """Print lines, to standard output where nothing else is named. Raises OSError where nobody can hear them."""
    _write("".join(f"{visible(line)}\n" for line in lines), to if to is not None else sys.stdout)


def say_text(text: str, to: TextIO | None = None) -> None:
    """Print text that has lines of its own, such as a file."""
    say(*text.removesuffix("\n").split("\n"), to=to)


def complain(*lines: str) -> None:
    """Print lines to standard error."""
    say(*lines, to=sys.stderr)


def prompt(text: str, to: TextIO | None = None) -> None:
    """Print text without an end of line, to be seen at once."""
    out = to if to is not None else sys.stdout
    _write(visible(text), out)
    out.flush()


def turn_page(to: TextIO) -> None:
    """Go to a screen that is forgotten when `turn_back` leaves it."""
    to.write(_ANOTHER_SCREEN)
    to.flush()


def turn_back(to: TextIO) -> None:
    """Forget what was said since `turn_page`: on the screen, and in what can be scrolled back to."""
    to.write(_CLEARED)
    to.flush()


def _write(text: str, out: TextIO) -> None:
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))  # no letter makes a sentence fail


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
