"""Text that every terminal, braille line and serial console can carry: printable ASCII, one line at a time."""

from __future__ import annotations

import textwrap
import unicodedata

_TYPOGRAPHY = str.maketrans(
    {
        "‘": "'",  # noqa: RUF001 - the quotation mark itself is what is replaced
        "’": "'",  # noqa: RUF001 - the sign itself is what is replaced
        "“": '"',
        "”": '"',
        "–": "-",  # noqa: RUF001 - the sign itself is what is replaced
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "×": "x",  # noqa: RUF001 - the sign itself is what is replaced
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "\t": " ",
    }
)


def exact(text: str) -> str:
    """`text` on one line, with everything but printable ASCII as a visible escape: no two texts look the same.

    For values that people compare: names in certificates, digests, paths.
    """
    return "".join(character if " " <= character <= "~" else _escape(character) for character in text)


def spoken(text: str) -> str:
    """`text` for reading aloud: typographic signs become their ASCII kin, accents are dropped, lines are kept."""
    plain = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY))
    return "".join(
        character if character == "\n" or " " <= character <= "~" else _escape(character)
        for character in plain
        if not unicodedata.combining(character)
    )


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Paragraphs of `text` as lines of at most `width` columns; long words (digests, paths) stay whole."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(
            textwrap.wrap(
                paragraph,
                width=width,
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [""]
        )
    return lines


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
