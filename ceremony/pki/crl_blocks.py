"""The same list of revocations, a thousand lines at once where every line looks as most do: several times as fast.

Whatever is not wholly ordinary in a block (a fault, a fourth column, a leading zero) is left to `crl_csv`, line by
line; there alone a list is judged. Both give the same octets.
"""

from __future__ import annotations

import io
import re
from binascii import unhexlify
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import chain, islice, repeat
from operator import itemgetter, lt
from typing import BinaryIO

from ceremony.pki import der
from ceremony.pki.crl_csv import MOST_COMPLAINTS, REASON_CODES, Rows, open_rows
from ceremony.pki.crl_entries import entry_octets, reason_extension

BLOCK = 2**16
"""Octets that are read at once: what a processor's cache holds, with what is made of them."""

MOMENTS = re.compile(
    rb"(?:(?:20[0-4]|19[5-9])[0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rb"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z\n)*+"
)
"""Dates of the years of UTCTime, one a line."""

DIGITS = b"0123456789abcdef"
UTC_TIME_HEAD = bytes((der.UTC_TIME, 13))
LONGEST_SERIAL = 20

TAILS: dict[bytes, bytes] = {
    word: der.encode(der.SEQUENCE, extension) if (extension := reason_extension(code)) else b""
    for word, code in REASON_CODES.items()
}
"""What stands behind the date, by the word of the reason."""

HEADS: tuple[dict[bytes, bytes], ...] = tuple(
    {
        word: bytes((der.SEQUENCE, 2 + size + len(UTC_TIME_HEAD) + 13 + len(tail), der.INTEGER, size))
        for word, tail in TAILS.items()
    }
    for size in range(LONGEST_SERIAL + 1)
)
"""What stands before the serial number, by its number of octets and the word of the reason."""

_first_octet = itemgetter(0)
_day = itemgetter(slice(0, 10))


@dataclass(frozen=True, slots=True)
class Block:
    """So many entries, their octets joined, and the serial number of the last."""

    octets: bytes
    count: int
    last: int


def entry_blocks(stream: BinaryIO, name: str, latest: datetime) -> Iterator[Block]:
    """The entries that the revocations of a list become, in order. Arguments and errors are `read_revocations`'s."""
    rows = open_rows(stream, name, latest)
    for lines in _blocks(stream):
        block = None if rows.wide or rows.findings else _ordinary(lines, rows)
        if block is None:
            block = _line_by_line(lines, rows)
        else:
            rows.line += block.count
            rows.last = block.last
        if len(rows.findings) >= MOST_COMPLAINTS:
            break
        if not rows.findings:
            yield block
    rows.finish()


def _line_by_line(lines: bytes, rows: Rows) -> Block:
    entries = []
    for line in io.BytesIO(lines):
        revoked = rows.read(line)
        if revoked is not None and not rows.findings:
            entries.append(entry_octets(revoked))
        if len(rows.findings) >= MOST_COMPLAINTS:
            break
    return Block(b"".join(entries), len(entries), rows.last)


def _ordinary(lines: bytes, rows: Rows) -> Block | None:
    """The entries of these lines; None where one of them is anything but ordinary."""
    fields = lines.replace(b"\n", b",\n,").split(b",")
    # A line is three values and the mark of its end; what follows the last mark must be nothing.
    serials, moments, reasons, ends = fields[0:-1:4], fields[1::4], fields[2::4], fields[3::4]
    if fields[-1] or not len(serials) == len(moments) == len(reasons) == ends.count(b"\n"):
        return None
    dates = _dates(moments, rows.latest)
    contents = _contents(serials, rows.last)
    if dates is None or contents is None:
        return None
    try:
        heads = [HEADS[len(content)][reason] for content, reason in zip(contents, reasons, strict=True)]
        tails = [TAILS[reason] for reason in reasons]
    except (KeyError, IndexError):
        return None
    pieces = zip(heads, contents, repeat(UTC_TIME_HEAD), dates, tails, strict=False)
    return Block(b"".join(chain.from_iterable(pieces)), len(contents), int.from_bytes(contents[-1], "big"))


def _dates(moments: list[bytes], latest: datetime) -> list[bytes] | None:
    """Contents of UTCTime."""
    joined = b"\n".join(moments) + b"\n"
    # Of dates in one form the text is in order as the moments are.
    if not MOMENTS.fullmatch(joined) or max(moments) > latest.strftime("%Y-%m-%dT%H:%M:%SZ").encode():
        return None
    if not all(map(_exists, set(map(_day, moments)))):
        return None
    plain = joined.translate(None, b"-:T\n")
    return [plain[place : place + 13] for place in range(2, len(plain), 15)]


@cache
def _exists(day: bytes) -> bool:
    """Whether there is such a day; of a century there are few enough to keep."""
    try:
        date(int(day[:4]), int(day[5:7]), int(day[8:10]))
    except ValueError:
        return False
    return True


def _contents(serials: list[bytes], last: int) -> list[bytes] | None:
    """Contents of INTEGER, where they ascend."""
    if b"".join(serials).translate(None, DIGITS):
        return None
    try:
        octets = list(map(unhexlify, serials))
        if 0 in map(_first_octet, octets):
            return None
    except (ValueError, IndexError):
        return None  # an odd number of digits, or none
    contents = [each if each[0] < 0x80 else b"\x00" + each for each in octets]
    if len(set(map(len, contents))) == 1:
        ascend = all(map(lt, contents, islice(contents, 1, None)))
    else:
        numbers = [int.from_bytes(each, "big") for each in octets]
        ascend = all(map(lt, numbers, islice(numbers, 1, None)))
    return contents if ascend and int.from_bytes(octets[0], "big") > last else None


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, about BLOCK octets of them; what stands behind the last line break comes at the end."""
    rest = b""
    while data := stream.read(BLOCK):
        cut = data.rfind(b"\n") + 1
        if cut:
            yield rest + data[:cut]
            rest = data[cut:]
        else:
            rest = (rest + data)[: 2 * BLOCK]  # a line without an end is refused, however it goes on
    if rest:
        yield rest
