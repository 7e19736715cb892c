"""Reading a record: every line parsed, every link checked, every fault named by its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_LIST, NotRead, opened_in, size_words
from ceremony.transcript.event import GENESIS, Event, parse_line
from ceremony.transcript.kinds import EventData, parse_data

LONGEST_LINE = 4 * 1024 * 1024
"""Octets; a line beyond this was not made by this program, and is not held in memory."""

MOST_FAULTS = 100
"""A record with more faults than this is not read further."""


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A line at which the record does not hold; `line` counts from 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that could be read: its envelope and its typed data."""

    event: Event
    data: EventData


@dataclass(frozen=True, slots=True)
class Chain:
    """A record as it was read: the lines that could be read, and what is wrong with the others."""

    entries: tuple[Entry, ...]
    faults: tuple[ChainFault, ...]
    head: str
    """SHA-256 of the last whole line, or 64 zeros where there is none."""
    lines: int = 0
    """How many whole lines there are, readable or not."""
    size: int = 0
    """Octets of the whole lines."""
    torn: bytes = b""
    """What stands after the last whole line."""


def read_chain(path: Path) -> Chain:
    """Read `transcript.jsonl`. Faults are returned, not raised; CeremonyError only when it cannot be read at all."""
    try:
        with opened_in(path.parent, path.name, LARGEST_LIST) as file:
            return chain_of(file.pieces())
    except NotRead as refused:
        raise CeremonyError(
            "The record cannot be read.",
            where=str(path),
            detail=f"{refused}.",
            next_step="Name the folder of one ceremony, or the archive that holds such folders.",
            code="CHAIN-READ",
        ) from None


def check_chain(octets: bytes) -> Chain:
    """Check the lines of a record given as bytes."""
    return chain_of((octets,))


def chain_of(pieces: Iterable[bytes]) -> Chain:
    """Check the lines of a record that comes in pieces: form, numbering, links, and the data of each kind."""
    faults: list[ChainFault] = []
    entries: list[Entry] = []
    previous, readable = GENESIS, True
    whole = size = 0
    torn = b""
    for number, ended in enumerate(_lines(pieces), start=1):
        if len(faults) > MOST_FAULTS:
            faults.append(ChainFault(number, "there are more faults than are listed; the rest was not read"))
            break
        if len(ended) > LONGEST_LINE:
            faults.append(ChainFault(number, f"the line is longer than {size_words(LONGEST_LINE)}; it was not read"))
            break
        if not ended.endswith(b"\n"):
            faults.append(ChainFault(number, "the line is torn: it has no end"))
            torn = ended  # what is torn is no line: it was never said
            break
        line = ended[:-1]
        whole, size = number, size + len(ended)
        try:
            event = parse_line(line)
        except (ValueError, RecursionError) as error:
            faults.append(ChainFault(number, f"the line cannot be read: {error}"))
            previous, readable = sha256_hex(line), False
            continue
        if event.seq != number:
            faults.append(ChainFault(number, f"the line calls itself number {event.seq}"))
        if event.prev != previous and readable:
            faults.append(ChainFault(max(number - 1, 1), _broken_link(number)))
        previous, readable = sha256_hex(line), True
        try:
            entries.append(Entry(event, parse_data(event.kind, event.data)))
        except ValueError as error:
            faults.append(ChainFault(number, str(error)))
    return Chain(tuple(entries), tuple(faults), previous, whole, size, torn)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each line with its end; the last one, without an end, may be torn or only the beginning of one too long."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            break
    if rest:
        yield rest


def _broken_link(number: int) -> str:
    if number == 1:
        return (
            "the first line does not name 64 zeros as its predecessor: lines before it are missing, or it was changed"
        )
    return (
        f"lines {number - 1} and {number} do not fit together: line {number - 1} was changed, "
        f"a line between them was removed, or line {number} names another predecessor"
    )
