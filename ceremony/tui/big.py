"""Letters five rows high, of full blocks: for the mode before a ceremony and for the clock that is read aloud."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.tui.blocks import Line

ROWS = 5

_FONT = {
    "A": (".##.", "#..#", "####", "#..#", "#..#"),
    "C": (".###", "#...", "#...", "#...", ".###"),
    "D": ("###.", "#..#", "#..#", "#..#", "###."),
    "E": ("####", "#...", "###.", "#...", "####"),
    "I": ("###", ".#.", ".#.", ".#.", "###"),
    "N": ("#..#", "##.#", "#.##", "#..#", "#..#"),
    "O": (".##.", "#..#", "#..#", "#..#", ".##."),
    "P": ("###.", "#..#", "###.", "#...", "#..."),
    "R": ("###.", "#..#", "###.", "#.#.", "#..#"),
    "T": ("#####", "..#..", "..#..", "..#..", "..#.."),
    "U": ("#..#", "#..#", "#..#", "#..#", ".##."),
    "0": (".##.", "#..#", "#..#", "#..#", ".##."),
    "1": (".#.", "##.", ".#.", ".#.", "###"),
    "2": ("###.", "...#", ".##.", "#...", "####"),
    "3": ("###.", "...#", ".##.", "...#", "###."),
    "4": ("#..#", "#..#", "####", "...#", "...#"),
    "5": ("####", "#...", "###.", "...#", "###."),
    "6": (".##.", "#...", "###.", "#..#", ".##."),
    "7": ("####", "...#", "..#.", ".#..", ".#.."),
    "8": (".##.", "#..#", ".##.", "#..#", ".##."),
    "9": (".##.", "#..#", ".###", "...#", ".##."),
    ":": (".", "#", ".", "#", "."),
    " ": ("..", "..", "..", "..", ".."),
}


@dataclass(frozen=True, slots=True)
class Big:
    """A word or a time in large letters; letters that the font does not have are left out."""

    text: str
    style: str = "strong"

    def lines(self, width: int) -> list[Line]:
        """See Block: five lines; the plain text where they are too wide."""
        letters = [_FONT[letter] for letter in self.text if letter in _FONT]
        rows = ["  ".join(letter[row] for letter in letters).replace("#", "█").replace(".", " ") for row in range(ROWS)]
        if any(len(row) > width for row in rows):
            return [[(self.text[:width], self.style)]]
        return [[(row, self.style)] for row in rows]
