"""Secrets, in every form in which something could keep them, and the places in which they are sought."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUN = 3
"""Words of a share that follow each other: so many in their order are no chance."""

PREFIX = 4
"""Letters of a word that tell it from every other; people type no more."""


def forms(octets: bytes) -> Iterator[bytes]:
    """Octets as they are, in hex of either case, in base64 wherever it begins, and as UTF-16 of text."""
    yield octets
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    for shift in range(3):  # the characters that are the same whatever stands before and after
        coded = base64.b64encode(bytes(shift) + octets)
        inner = coded[4 if shift else 0 : len(coded) - 4]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")
    try:
        text = octets.decode("ascii")
    except UnicodeDecodeError:
        return
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")


@dataclass
class Marks:
    """What is sought: by name, its forms; and the cards of shares, word by word."""

    patterns: dict[bytes, str] = field(default_factory=dict, repr=False)
    runs: dict[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    def add(self, name: str, octets: bytes) -> None:
        """A secret in one piece."""
        for form in forms(octets):
            self.patterns[form] = name

    def add_card(self, name: str, words: list[str]) -> None:
        """The words of a share: all of them joined, and each run of them but those that name the set."""
        for gap in ("", " ", "\n"):
            self.add(name, gap.join(words).encode())
        value = words[4:]
        for at in range(len(value) - RUN + 1):
            run = value[at : at + RUN]
            self.runs[tuple(word[:PREFIX] for word in run)] = name
            for gap in ("", " "):
                self.add(name, gap.join(run).encode())

    def found(self, octets: bytes) -> set[str]:
        """The names of what stands there, in whatever form; of shares also words with anything between them."""
        names = {name for pattern, name in self.patterns.items() if pattern in octets}
        words = [word[:PREFIX] for word in re.findall(r"[a-z]{3,8}", octets.decode("utf-8", "replace"))]
        for step in (1, 2, 3, 4):  # along a line, and down the columns of a page
            beside = zip(words, words[step:], words[2 * step :], strict=False)
            names |= {self.runs[run] for run in set(beside) & self.runs.keys()}
        return names


def in_files(marks: Marks, folder: Path, leave_out: Iterable[Path] = ()) -> dict[str, set[str]]:
    """What is found, by path: in names and contents of every file below a folder."""
    told: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path in leave_out:
            continue
        names = marks.found(str(path.relative_to(folder)).encode())
        if path.is_file() and not path.is_symlink():
            names |= marks.found(path.read_bytes())
        if names:
            told[str(path.relative_to(folder))] = names
    return told


def family(process: int) -> Iterator[int]:
    """A process and all that it started, and they."""
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def in_processes(marks: Marks, process: int) -> dict[str, set[str]]:
    """What is found in the environments and arguments of a family of processes."""
    told: dict[str, set[str]] = {}
    for member in family(process):
        for name in ("environ", "cmdline"):
            names = marks.found(Path(f"/proc/{member}/{name}").read_bytes())
            if names:
                told[name] = told.get(name, set()) | names
    return told
