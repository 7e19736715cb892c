"""What a bare Linux console can draw, and how other text is brought there without hiding anything."""

from __future__ import annotations

import unicodedata

LIGHT_BOX = "─│┌┐└┘├┤┬┴┼"
BLOCKS = "█░▒■"
POINTERS = "←↑→↓▲▼"

SAFE = frozenset(chr(code) for code in range(0x20, 0x7F)) | frozenset(LIGHT_BOX + BLOCKS + POINTERS)
"""Glyphs that both the kernel's font and Debian's console fonts have."""

_PROSE = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u2022": "-",
        "\u00a7": "section ",
        "\u2265": ">=",
        "\u2264": "<=",
        "\t": "    ",
    }
)


def prose(text: str) -> str:
    """Text to be read, in safe glyphs: typographic signs and accents are folded, anything else becomes `<U+XXXX>`.

    Newlines stay. Control characters are shown, never sent to the terminal.
    """
    if _is_safe(text):
        return text
    folded = unicodedata.normalize("NFKD", text.translate(_PROSE))
    return _escape("".join(letter for letter in folded if not unicodedata.combining(letter)))


def exact(text: str, *, blanks: bool = True) -> str:
    """A value to be compared, in safe glyphs: nothing is folded, so no two different values look alike.

    Anything outside the safe glyphs, and (with `blanks`) a blank at either end, becomes `<U+XXXX>`. Newlines stay.
    """
    shown = text if _is_safe(text) else _escape(text)
    if blanks and shown.strip(" ") != shown:
        head = len(shown) - len(shown.lstrip(" "))
        tail = len(shown) - len(shown.rstrip(" ")) if head < len(shown) else 0
        shown = "<U+0020>" * head + shown[head : len(shown) - tail] + "<U+0020>" * tail
    return shown


def _is_safe(text: str) -> bool:
    return all(letter in SAFE or letter == "\n" for letter in text)


def _escape(text: str) -> str:
    return "".join(letter if letter in SAFE or letter == "\n" else f"<U+{ord(letter):04X}>" for letter in text)
