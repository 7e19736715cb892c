"""ARCHIVE-TIME: when each ceremony was, by the clock that its people agreed on, and that none was before the last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.transcript import kinds
from ceremony.transcript.chain import Chain, Entry
from ceremony.transcript.register import Register

TIME = "ARCHIVE-TIME"

A_DAY = timedelta(days=1)
"""How far an agreed clock may be ahead of a machine's without a word of it."""

_ISO = "%Y-%m-%dT%H:%M:%SZ"
_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
"""Texts of this form stand in the order of their moments; to read each line's would take long."""


@dataclass(frozen=True, slots=True)
class End:
    """Until when a ceremony was dated by a clock that people had agreed on; both empty where there is none."""

    ceremony: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A clock that people agreed on, with what they said of it before: `entry` is its `clock-compared`."""

    entry: Entry
    at: str
    """The agreed UTC time."""
    machine: str
    departures: tuple[kinds.ClockDeparted, ...]

    def demanded(self, before: End) -> list[tuple[str, str, str, str]]:
        """From what it departs, after a ceremony that ended `before`, as `ClockDeparted` says it."""
        found = []
        if moment(self.at) - moment(self.machine) > A_DAY:
            found.append(("machine", "", self.machine, self.at))
        if self.at < before.at:
            found.append(("earlier-record", before.ceremony, before.at, self.at))
        return found

    def said(self) -> list[tuple[str, str, str, str]]:
        """What the record says that it departs from."""
        return [(data.departs_from, data.ceremony, data.said, data.agreed) for data in self.departures]


def moment(text: str) -> datetime:
    """The moment of a UTC time as records write it. Raises ValueError for another form."""
    if not _FORM.fullmatch(text):
        raise ValueError(f"not a UTC time: {text!r}")
    return datetime.strptime(text, _ISO).replace(tzinfo=UTC)


def last_end(register: Register) -> End:
    """Until when the last ceremony of a register was dated; empty where none was."""
    return next(
        (End(item.folder, item.dated_until) for item in reversed(register.ceremonies) if item.dated_until), End()
    )


def before_last(register: Register, at: str) -> End | None:
    """The end of that ceremony, where a UTC time is before it; None where it is not."""
    last = last_end(register)
    return last if at < last.at else None


def agreements(chain: Chain) -> Iterator[Agreement]:
    """Every clock that was agreed on in a ceremony, in order. Raises ValueError for a time that is none."""
    departures: list[kinds.ClockDeparted] = []
    for entry in chain.entries:
        match entry.data:
            case kinds.ClockDeparted() as departed:
                departures.append(departed)
                continue
            case kinds.ClockCompared(machine=machine, agreed_offset_seconds=offset):
                yield Agreement(entry, _later(machine, offset), machine, tuple(departures))
            case _:
                pass
        departures = []  # nothing stands between what excuses a clock and that clock


def dated_until(chain: Chain) -> str:
    """The last moment of a ceremony by an agreed clock; empty where it ended before one was agreed, and dated nothing.

    One that closed without ever comparing clocks went by the machine's. Empty, too, where the record holds a time that
    is none: `Dating` tells of it.
    """
    try:
        return _until(chain)
    except ValueError:
        return ""


def _until(chain: Chain) -> str:
    until = ""
    for _, at in _dated(chain):
        until = at
    if until:
        moment(until)
    return until


class Dating:
    """The ceremonies so far; each next one is held against the last of them that was dated."""

    def __init__(self) -> None:
        self.last = End()
        self._ahead_said = False

    def faults(self, folder: str, chain: Chain) -> list[str]:
        """Where the next ceremony is dated before the one before it and does not say so; then it is the last."""
        try:
            faults = list(self._of(chain))
            until = _until(chain)
        except ValueError:
            return ["It holds a time that is none."]
        if until:
            self.last = End(folder, until)
            made = list(agreements(chain))
            self._ahead_said = bool(made) and any(data.departs_from == "machine" for data in made[-1].departures)
        return faults

    def require_past(self, archive: Path, now: datetime, misdated: str | None) -> None:
        """Raises CeremonyError (ARCHIVE-TIME) where the last ceremony is dated more than a day after `now`, a machine's
        clock: unless its own record says why, or somebody calls it `misdated`, by its folder's name.
        """
        last = self.last
        if not last.at or self._ahead_said or moment(last.at) - now <= A_DAY or last.ceremony == misdated:
            return
        raise CeremonyError(
            "The archive is ahead of this machine's clock.",
            where=str(archive),
            detail=f"{last.ceremony} ended at {last.at}; this machine's clock says {now.strftime(_ISO)}.",
            not_done="Nothing was planned, opened or added up.",
            next_step="Set this machine's clock, if it is wrong. If it is right and that ceremony was dated wrongly, "
            f"begin again with --misdated {last.ceremony}: whoever compares the clock next decides, by the record.",
            code=TIME,
        )

    def _of(self, chain: Chain) -> Iterator[str]:
        before = self.last
        excused = {made.entry.event.seq for made in agreements(chain) if set(made.demanded(before)) <= set(made.said())}
        said = False
        for entry, at in _dated(chain):
            if isinstance(entry.data, kinds.ClockCompared):
                said = entry.event.seq in excused
            if not said and at < before.at:
                yield (
                    f"Line {entry.event.seq} is dated {at}, before the end of {before.ceremony}, {before.at}, and no "
                    "recorded departure of the clock says so."
                )
                return


def _dated(chain: Chain) -> Iterator[tuple[Entry, str]]:
    """Each line that an agreed clock dates, with that moment."""
    compared = any(isinstance(entry.data, kinds.ClockCompared) for entry in chain.entries)
    closed = bool(chain.entries) and isinstance(chain.entries[-1].data, kinds.CeremonyClosed)
    agreed = not compared and closed
    for entry in chain.entries:
        match entry.data:
            case kinds.ClockCompared(machine=machine, agreed_offset_seconds=offset):
                agreed = True
                yield entry, _later(machine, offset)
            case kinds.CeremonyResumed():
                agreed = False
            case _ if agreed:
                if not _FORM.fullmatch(entry.event.at):
                    raise ValueError(f"line {entry.event.seq} has a time that is none")
                yield entry, entry.event.at
            case _:
                pass


def _later(at: str, seconds: int) -> str:
    try:
        moved = moment(at) + timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"{at} and {seconds} s make no time") from None
    return f"{moved.year:04d}-{moved:%m-%dT%H:%M:%SZ}"
