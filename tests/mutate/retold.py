"""Lines of a record that were taken out or put elsewhere, told again as if it had always been so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ceremony.room.clock import parse_iso
from ceremony.script.sentences import counts_statement
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.event import Event
from ceremony.transcript.interruption import how_it_ended
from ceremony.transcript.state import CeremonyState
from tests.house.owner import Line

COUNTED = ("deviations", "notes", "signatures")


def retold(lines: Iterable[Line]) -> list[Line]:
    """What follows from the lines before is what it would be then: attempts, what is redone, the counts, how the record
    ended before an interruption and what was half done, the monotonic clock. Lines are numbered as they were; the
    numbers, and all that is signed, the owner of the keys makes anew."""
    state = CeremonyState()
    failed: dict[str, int] = {}
    told: list[Line] = []
    entries: list[Entry] = []
    shift, followed = 0, 0
    for line in lines:
        new = _told(line, state, failed, entries)
        if told and line["seq"] != followed + 1:  # as much time passes by one clock as by the other
            passed = parse_iso(line["at"]) - parse_iso(told[-1]["at"])
            shift = told[-1]["mono"] + max(1, passed // timedelta(milliseconds=1)) - line["mono"]
        new["mono"] += shift
        followed = line["seq"]
        new = line if new == line and all(line is not other for other in told) else new
        told.append(new)
        entries.append(_entry(new))
        state.apply(entries[-1])
        if new["kind"] == "step-failed":
            failed[new["step"]] = new["seq"]
    return told


def _told(line: Line, state: CeremonyState, failed: dict[str, int], before: Sequence[Entry]) -> Line:
    new, step = {**line, "data": dict(line["data"])}, line["step"]
    data: Line = new["data"]
    attempt = state.attempts.get(step, 0)
    match line["kind"]:
        case "step-begun":
            attempt += 1
            data |= {"redoes": failed.pop(step, 0), "awaited": state.awaited}
        case "approved":
            data["attempt"] = attempt
        case "resumption-agreed":
            data["attempt"] = state.attempts.get(data["step"], 0) + 1
        case "statement-confirmed" if data["about"] == "counts":
            data["statement"] = counts_statement(len(state.keys), state.signatures, state.deviations, state.notes)
        case "ceremony-closed":
            data |= {name: getattr(state, name) for name in COUNTED}
        case "ceremony-resumed":
            failed.clear()
            data["reason"] = how_it_ended(before)
            data["found"] = [{"name": item.name, "value": item.value} for item in state.unfinished]
        case _:
            pass
    return new | {"attempt": attempt if step else line["attempt"]}


def _entry(line: Line) -> Entry:
    names = ("seq", "prev", "at", "mono", "step", "attempt", "actor", "kind", "data")
    return Entry(Event(**{name: line[name] for name in names}), kinds.parse_data(line["kind"], line["data"]))
