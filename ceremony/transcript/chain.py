"""Reading a record: every line parsed, every link checked, every fault named by its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.transcript.event import GENESIS, Event, parse_line
from ceremony.transcript.kinds import EventData, parse_data

LARGEST_RECORD = 256 * 1024 * 1024
"""Octets; a record beyond this was not made by this program."""


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

    octets: bytes
    entries: tuple[Entry, ...]
    faults: tuple[ChainFault, ...]
    head: str
    """SHA-256 of the last whole line, or 64 zeros where there is none."""


def read_chain(path: Path) -> Chain:
    """Read `transcript.jsonl`. Faults are returned, not raised; CeremonyError only when it cannot be read at all."""
    try:
        if path.stat().st_size > LARGEST_RECORD:
            raise CeremonyError("The record is too large to be one.", where=str(path), code="CHAIN-SIZE")
        octets = path.read_bytes()
    except OSError as error:
        raise CeremonyError(
            "The record cannot be read.",
            where=str(path),
            detail=f"The system says: {error.strerror}.",
            next_step="Name the folder of one ceremony, or the archive that holds such folders.",
            code="CHAIN-READ",
        ) from None
    return check_chain(octets)


def check_chain(octets: bytes) -> Chain:
    """Check the lines of a record given as bytes: canonical form, numbering, links, and the data of each kind."""
    lines = octets.split(b"\n")
    faults: list[ChainFault] = []
    if lines[-1]:
        faults.append(ChainFault(len(lines), "the line is torn: it has no end"))
    lines = lines[:-1]  # what is torn is no line: it was never said
    entries: list[Entry] = []
    previous, readable = GENESIS, True
    for number, line in enumerate(lines, start=1):
        try:
            event = parse_line(line)
        except (ValueError, RecursionError) as error:
            faults.append(ChainFault(number, f"the line cannot be read: {error}"))
            previous, readable = sha256_hex(line), False
            if len(faults) > MOST_FAULTS:
                break
            continue
        if len(faults) > MOST_FAULTS:
            faults.append(ChainFault(number, "there are more faults than are listed; the rest was not read"))
            break
        if event.seq != number:
            faults.append(ChainFault(number, f"the line calls itself number {event.seq}"))
        if event.prev != previous and readable:
            faults.append(ChainFault(max(number - 1, 1), _broken_link(number)))
        previous, readable = sha256_hex(line), True
        try:
            entries.append(Entry(event, parse_data(event.kind, event.data)))
        except ValueError as error:
            faults.append(ChainFault(number, str(error)))
    return Chain(octets, tuple(entries), tuple(faults), previous)


def _broken_link(number: int) -> str:
    if number == 1:
        return (
            "the first line does not name 64 zeros as its predecessor: lines before it are missing, or it was changed"
        )
    return (
        f"lines {number - 1} and {number} do not fit together: line {number - 1} was changed, "
        f"a line between them was removed, or line {number} names another predecessor"
    )
