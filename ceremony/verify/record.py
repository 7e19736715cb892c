"""CHAIN: the lines of the record fit each other, from the first to the last, and time runs one way."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.transcript import archive, kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import Place
from ceremony.verify.evidence import CannotJudge, Evidence, line_of
from ceremony.verify.rule import Fault, Rule
from ceremony.verify.watched import held


def _links(evidence: Evidence) -> Iterator[Fault]:
    found = evidence.digest(archive.RECORD)
    if found is None:
        yield Fault("The record is missing, is not a plain file, or is too large to be one.", archive.RECORD)
    elif not found.size:
        yield Fault("The record is empty.", archive.RECORD)
    for fault in evidence.chain.faults:
        yield Fault(f"Line {fault.line} of the record does not hold: {fault.reason}.", f"{archive.RECORD}:{fault.line}")


def _first(evidence: Evidence) -> Iterator[Fault]:
    entries = evidence.chain.entries
    if not entries:
        raise CannotJudge("no line of the record could be read")
    if not isinstance(entries[0].data, kinds.CeremonyOpened) or entries[0].event.seq != 1:
        kind = entries[0].event.kind
        yield Fault(f"The record does not begin with ceremony-opened but with {kind}.", _at(entries[0]))
    if (entries[0].event.step, entries[0].event.attempt) != ("", 0):
        yield Fault("The first line says that it belongs to a step.", _at(entries[0]))
    for entry in entries[1:]:
        if entry.data.PLACE is Place.FIRST:
            yield Fault("A second ceremony is opened inside this record.", _at(entry))


def _last(evidence: Evidence) -> Iterator[Fault]:
    entries = evidence.chain.entries
    if not entries:
        raise CannotJudge("no line of the record could be read")
    last = entries[-1]
    match last.data:
        case kinds.Ending():
            pass
        case _:
            cause = [data.cause for _, data in evidence.of(kinds.InterruptionRecorded)]
            why = f"it was interrupted ({cause[-1]})" if cause else "lines after it are missing, or the program stopped"
            step = f", in step {last.event.step}" if last.event.step else ""
            yield Fault(
                f"The ceremony has not ended: its record stops at line {last.event.seq}, {last.event.kind}{step}; "
                f"{why}.",
                _at(last),
            )
    for entry in entries[:-1]:
        if entry.data.PLACE is Place.LAST:
            yield Fault(f"The record goes on after {entry.event.kind}.", _at(entry))


def _at(entry: Entry) -> str:
    return line_of(entry)


RULES = (
    Rule(
        "CHAIN-LINK",
        lambda e: f"Each of the {len(e.chain.entries)} lines of the record names the one before.",
        _links,
        gate=True,
    ),
    Rule("CHAIN-FIRST", "The record begins with the opening of the ceremony.", _first),
    Rule(
        "CHAIN-LAST",
        lambda e: f"The record ends with {'an early end' if e.ended_early else 'the close'} of the ceremony.",
        _last,
    ),
    Rule(
        "CHAIN-TIME",
        "Time runs forward through the record; each step back is a recorded one of the clock.",
        held("CHAIN-TIME"),
    ),
)
