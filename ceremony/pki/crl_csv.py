"""A list of many revocations (CSV), read strictly, line by line, however long it is.

    serial,revoked_at,reason
    3a5b...,2026-11-20T08:15:00Z,keyCompromise

The first line says which columns there are; a fourth, invalid_from, may follow. Serial numbers are hexadecimal in lower
case, dates in UTC; a reason is a word of RFC 5280 5.3.1, or empty, as invalid_from may be. Lines stand in ascending
order of serial numbers, each of them once, and each ends with a line break, so that a file that was cut off shows it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO

from ceremony.errors import CeremonyError, Finding, InputError, Severity, Where
from ceremony.pki.crl_entries import REMOVE_FROM_CRL, SERIAL_LIMIT, Revoked
from ceremony.policy.rules.crl_view import REASONS

COLUMNS = b"serial,revoked_at,reason"
WIDE_COLUMNS = COLUMNS + b",invalid_from"

LARGEST = 2**30
"""Octets of a list; some fifteen million lines."""
LONGEST_LINE = 160
MOST_COMPLAINTS = 20
"""After so many complaints nobody reads on."""

SERIAL = re.compile(rb"[0-9a-f]{1,42}")
MOMENT = re.compile(
    rb"(?:19[5-9][0-9]|[2-9][0-9]{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rb"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)

REASON_CODES: dict[bytes, int | None] = {
    word.encode(): code for code, word in REASONS.items() if code != REMOVE_FROM_CRL
} | {b"": None}
"""CRLReason by its word; taking a certificate off the list is not a revocation."""


def read_revocations(stream: BinaryIO, name: str, latest: datetime) -> Iterator[Revoked]:
    """The revocations of a list, one by one. `name` stands before each complaint; `latest` is thisUpdate (aware).

    Raises CeremonyError CRL-CSV for a file that is too large or has other columns, and InputError with every complaint,
    each at its line: CRL-CSV (form), CRL-ORDER, CRL-ENTRY-TWICE, CRL-FUTURE (a date after `latest`), RF-4-ENTRY (a
    serial number or a reason that cannot be). After the first complaint nothing more is yielded; complaints beyond
    MOST_COMPLAINTS are not looked for.
    """
    rows = open_rows(stream, name, latest)
    for line in _lines(stream):
        revoked = rows.read(line)
        if revoked is not None and not rows.findings:
            yield revoked
        if len(rows.findings) >= MOST_COMPLAINTS:
            break
    rows.finish()


class Rows:
    """The lines behind the first, read in order: where reading stands, and what it found so far.

    `line` is the number of the line read last, `last` its serial number.
    """

    def __init__(self, name: str, latest: datetime, *, wide: bool) -> None:
        self.name = name
        self.latest = latest
        self.wide = wide
        self.line = 1
        self.last = 0
        self.findings: list[Finding] = []

    def read(self, line: bytes) -> Revoked | None:
        """The revocation of the next line with its line break; None where it has a fault, which is kept."""
        self.line += 1
        try:
            return self._revoked(line)
        except _Fault as fault:
            where = Where(self.name, self.line)
            self.findings.append(Finding(fault.rule, Severity.ERROR, str(fault), where=where))
            return None

    def finish(self) -> None:
        """Raises InputError where there was a fault, or no line at all."""
        if self.line == 1:
            raise unusable(self.name, "It names no certificate.", "Leave the list out of the step where it is empty.")
        if not self.findings:
            return
        count = len(self.findings)
        at_least = "at least " if count >= MOST_COMPLAINTS else ""
        raise InputError(
            f"The list of revocations: {at_least}{count} {'complaint' if count == 1 else 'complaints'}.",
            findings=self.findings,
            not_done="No CRL was made.",
            next_step="Correct each line named above where the list was made, and bring it again.",
            code="CSV-COMPLAINTS",
        )

    def _revoked(self, line: bytes) -> Revoked:
        if len(line) > LONGEST_LINE:
            raise _Fault("CRL-CSV", "the line is too long to be a revocation")
        if not line.endswith(b"\n"):
            raise _Fault("CRL-CSV", "the last line has no line break; the file may have been cut off here")
        fields = line[:-1].removesuffix(b"\r").split(b",")
        wanted = 4 if self.wide else 3
        if len(fields) != wanted:
            raise _Fault("CRL-CSV", f"{wanted} values are expected, separated by commas; here are {len(fields)}")
        serial = self._serial(fields[0])
        revoked_at = _moment(fields[1])
        if revoked_at > self.latest:
            raise _Fault("CRL-FUTURE", f"revoked on {_text(fields[1])}, after {self.latest:%Y-%m-%dT%H:%M:%SZ}")
        if fields[2] not in REASON_CODES:
            raise _Fault("RF-4-ENTRY", f"{_text(fields[2])} is not a reason; write one of {', '.join(_words())}")
        invalid_from = _moment(fields[3]) if self.wide and fields[3] else None
        if invalid_from is not None and invalid_from > revoked_at:
            raise _Fault("CRL-FUTURE", "invalid_from lies after the revocation; it says since when the key was lost")
        return Revoked(serial, revoked_at, REASON_CODES[fields[2]], invalid_from)

    def _serial(self, digits: bytes) -> int:
        if not SERIAL.fullmatch(digits):
            raise _Fault("CRL-CSV", f"{_text(digits)} is not a serial number in lower-case hexadecimal digits")
        serial = int(digits, 16)
        if not 0 < serial < SERIAL_LIMIT:
            raise _Fault("RF-4-ENTRY", f"{_text(digits)} is not a serial number: positive, at most 20 octets")
        if serial == self.last:
            raise _Fault("CRL-ENTRY-TWICE", f"the serial number {_text(digits)} stands in the line before, too")
        if serial < self.last:
            raise _Fault("CRL-ORDER", f"{_text(digits)} is less than the serial number before it; sort the list")
        self.last = serial
        return serial


class _Fault(Exception):
    """What is wrong with one line; the text begins in lower case."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def open_rows(stream: BinaryIO, name: str, latest: datetime) -> Rows:
    """Read the first line of a list and be ready for the rest. Raises CeremonyError CRL-CSV; ValueError for a `latest`
    without a time zone."""
    if latest.tzinfo is None:
        raise ValueError("the clock must know its time zone")
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(0)
    if size > LARGEST:
        advice = "Check that it is the right file; sign such a list elsewhere."
        raise unusable(name, f"It has {size} octets; at most {LARGEST} are read.", advice)
    first = stream.readline(LONGEST_LINE)
    columns = first.removesuffix(b"\n").removesuffix(b"\r")
    if columns not in (COLUMNS, WIDE_COLUMNS) or not first.endswith(b"\n"):
        detail = f"It begins with {_text(columns)}; it must begin with {COLUMNS.decode()}, and may add ,invalid_from."
        raise unusable(name, detail, "Write the names of the columns in the first line, in plain ASCII.")
    return Rows(name, latest.astimezone(UTC), wide=columns == WIDE_COLUMNS)


def unusable(name: str, detail: str, next_step: str) -> CeremonyError:
    """The refusal of a whole file."""
    return CeremonyError(
        "The list of revocations cannot be used.",
        detail=detail,
        where=Where(name),
        not_done="No CRL was made.",
        next_step=next_step,
        code="CRL-CSV",
    )


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines, none of them held longer than it may be."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE + 1)


@lru_cache(maxsize=4096)
def _moment(text: bytes) -> datetime:
    if not MOMENT.fullmatch(text):
        raise _Fault("CRL-CSV", f"{_text(text)} is not a date in UTC, such as 2026-11-22T09:00:00Z")
    try:
        return datetime.fromisoformat(text.decode())
    except ValueError:
        raise _Fault("CRL-CSV", f"there is no such day: {_text(text)}") from None


def _text(octets: bytes) -> str:
    """What stands in the file, safe to show."""
    return repr(octets[:60].decode("ascii", "backslashreplace"))


def _words() -> list[str]:
    return [word.decode() for word in REASON_CODES if word]
