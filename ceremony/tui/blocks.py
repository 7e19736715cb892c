"""Text in blocks that lay themselves out for a width: what every page of the app is made of."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ceremony.errors import CeremonyError, Finding
from ceremony.tui.glyphs import exact, prose

Span = tuple[str, str]
"""Text and the name of its style (`ceremony.tui.theme.STYLES`)."""

Line = list[Span]


class Block(Protocol):
    """One thing on a page; it counts as seen when its last line was on the screen."""

    def lines(self, width: int) -> list[Line]:
        """The block in lines of at most `width` cells."""


def wrap(text: str, width: int) -> list[str]:
    """Text in lines of at most `width` characters; its own newlines stay."""
    width = max(width, 1)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(textwrap.wrap(paragraph, width, break_on_hyphens=False) or [""])
    return lines


def cut(text: str, width: int) -> list[str]:
    """Text in pieces of exactly `width` characters, nothing dropped; its own newlines stay."""
    width = max(width, 1)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(paragraph[at : at + width] for at in range(0, len(paragraph) or 1, width))
    return lines


def clip(text: str, width: int) -> str:
    """Text that fits into `width` characters, with `..` where something was left out."""
    return text if len(text) <= width else text[: max(width - 2, 0)] + ".."[: max(width, 0)]


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph; `lead` stands before its first line, the others hang below it."""

    text: str
    style: str = ""
    indent: int = 0
    lead: str = ""

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        room = width - self.indent - len(self.lead)
        margin = " " * self.indent
        hanging = margin + " " * len(self.lead)
        return [
            [(margin + self.lead if number == 0 else hanging, self.style), (piece, self.style)]
            for number, piece in enumerate(wrap(prose(self.text), room))
        ]


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty lines."""

    rows: int = 1

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        return [[] for _ in range(self.rows)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value; on narrow pages the value goes below the name."""

    name: str
    value: str
    column: int = 18
    style: str = "strong"
    exactly: bool = False

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        name = prose(self.name)
        room = width - self.column
        value = _fold(exact(self.value), room) if self.exactly else wrap(prose(self.value), room)
        if len(name) < self.column:
            first: Line = [(name.ljust(self.column), "label"), (value[0], self.style)]
            rest = value[1:]
            head = [first]
        else:
            head = [[(piece, "label")] for piece in wrap(name, width)]
            rest = value
        return head + [[(" " * self.column, ""), (piece, self.style)] for piece in rest]


@dataclass(frozen=True, slots=True)
class NumberedWords:
    """Words with their numbers from 1, in columns that are read from left to right."""

    words: tuple[str, ...]

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        numbered = [f"{place:>2} {prose(word)}" for place, word in enumerate(self.words, start=1)]
        cell = max(map(len, numbered), default=0) + 2
        columns = max(1, min(4, width // cell))
        return [
            [("".join(text.ljust(cell) for text in numbered[at : at + columns]).rstrip(), "strong")]
            for at in range(0, len(numbered), columns)
        ]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Lines shown as they are; longer ones are cut, not dropped."""

    text: str
    style: str = ""

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        return [[(piece, self.style)] for piece in cut(exact(self.text.rstrip("\n"), blanks=False), width)]


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells side by side, each cut inside its column; `mark` stands in two cells at the end of the first line.

    Widths are parts of the whole.
    """

    cells: tuple[str, ...]
    parts: tuple[int, ...]
    mark: str = ""
    style: str = ""

    def lines(self, width: int) -> list[Line]:
        """See Block."""
        room = width - 3 - len(self.cells)
        widths = [max(4, room * part // sum(self.parts)) for part in self.parts]
        wrapped = [_fold(exact(cell), wide) for cell, wide in zip(self.cells, widths, strict=True)]
        lines: list[Line] = []
        for row in range(max(len(cell) for cell in wrapped)):
            text = "".join(
                (cell[row] if row < len(cell) else "").ljust(wide + 1)
                for cell, wide in zip(wrapped, widths, strict=True)
            )
            lines.append([(text, self.style), (self.mark if row == 0 else "", self.style)])
        return lines


def _fold(text: str, width: int) -> list[str]:
    """Wrap at blanks where that loses nothing, cut where a word is too long."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(
            textwrap.wrap(paragraph, max(width, 1), break_on_hyphens=False, drop_whitespace=False, expand_tabs=False)
            or [""]
        )
    return lines


def digest_blocks(name: str, hexadecimal: str, words: Sequence[str], *, column: int = 18) -> list[Block]:
    """A digest for the eye and for the voice: hex in groups of four, then the spoken words."""
    groups = " ".join(hexadecimal[at : at + 4] for at in range(0, len(hexadecimal), 4))
    blocks: list[Block] = [Pair(name, groups, column=column)]
    if words:
        blocks.append(Pair("  in words", " ".join(words), column=column))
    return blocks


def fault_blocks(fault: CeremonyError) -> list[Block]:
    """A fault in full: headline, then each paragraph."""
    head, *rest = fault.paragraphs()
    blocks: list[Block] = [Para(head, "bad")]
    for paragraph in rest:
        blocks += [Gap(), Para(paragraph)]
    return blocks


def finding_blocks(findings: Iterable[Finding]) -> list[Block]:
    """Findings, the grave ones first; each says its severity in words."""
    order = ["fatal", "error", "warning", "notice", "info"]
    blocks: list[Block] = []
    for finding in sorted(findings, key=lambda finding: order.index(finding.severity.value)):
        style = "bad" if finding.severity.blocks else "warn" if finding.severity.value == "warning" else ""
        blocks.append(Para(str(finding), style, lead="- "))
    return blocks
