"""The entries of a CRL (RFC 5280 5.1.2.6, 5.3): one revocation to its octets, and the octets of a list that exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.der import DerError
from ceremony.policy.rules.crl_view import REASONS

ENUMERATED = 0x0A
UNSPECIFIED, REMOVE_FROM_CRL = 0, 8

SERIAL_LIMIT = 2**159
"""Serial numbers have at most 20 octets, and are positive (RFC 5280 4.1.2.2)."""
EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)
"""UTCTime begins here (RFC 5280 5.1.2.4)."""

REASON_CODE = bytes.fromhex("0603551d15")
INVALIDITY_DATE = bytes.fromhex("0603551d18")
"""OBJECT IDENTIFIER 2.5.29.21 and 2.5.29.24."""

Entry = tuple[int, bytes]
"""A serial number, and the octets of its whole entry."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate to be revoked: its serial number, since when, the CRLReason (RFC 5280 5.3.1) where one is given,
    and the invalidity date, when its key is thought to have been lost (5.3.2). Dates are in UTC, in whole seconds."""

    serial_number: int
    revoked_at: datetime
    reason: int | None = None
    invalid_from: datetime | None = None


@cache
def reason_extension(reason: int | None) -> bytes:
    """The reasonCode, not critical; empty for none and for unspecified, which is said by leaving it out (5.3.1)."""
    if reason is None or reason == UNSPECIFIED:
        return b""
    return _extension(REASON_CODE, der.encode(ENUMERATED, bytes((reason,))))


def entry_octets(revoked: Revoked) -> bytes:
    """The entry: serial number, revocation date by the rule of 2050, then reason and invalidity date where there are.

    Raises CeremonyError RF-4-ENTRY for a serial number or a reason that no entry of ours can have, RF-4-TIME for a date
    that cannot be written.
    """
    _require_entry(revoked)
    serial = der.encode_integer(revoked.serial_number)
    return der.encode(der.SEQUENCE, serial, _tail(revoked.revoked_at, revoked.reason, revoked.invalid_from))


@lru_cache(maxsize=1024)
def _tail(revoked_at: datetime, reason: int | None, invalid_from: datetime | None) -> bytes:
    """Everything of an entry behind its serial number: those that are revoked together share it."""
    from ceremony.pki.encode import time  # a list that is read in blocks needs none of the policy's language

    extensions = reason_extension(reason)
    if invalid_from is not None:
        extensions += _extension(INVALIDITY_DATE, time(invalid_from, "generalized"))
    return time(revoked_at, "rule") + (der.encode(der.SEQUENCE, extensions) if extensions else b"")


def entries_of(crl: bytes) -> Iterator[Entry]:
    """Each entry of a CertificateList or TBSCertList, as it stands there: nothing is read of it but its serial number.

    `crl` may be a memory map of a file. Raises DerError where the octets are not a CRL, or an entry is not in DER as
    far as its serial number.
    """
    yield from entries_between(crl, *_list_of(crl))


def entries_between(octets: bytes, position: int, end: int) -> Iterator[Entry]:
    """Each of the entries that stand one after the other from one octet to before another. Raises DerError."""
    while position < end:
        tag, start, stop = _element(octets, position, end)
        kind, begins, ends = _element(octets, start, stop) if stop > start else (0, 0, 0)
        if tag != der.SEQUENCE or kind != der.INTEGER:
            raise DerError(f"an entry of the CRL is expected at octet {position}")
        content = octets[begins:ends]
        if not content or (len(content) > 1 and (content[0], content[1] >> 7) in {(0x00, 0), (0xFF, 1)}):
            raise DerError(f"the serial number at octet {begins} is not in its shortest form")
        yield int.from_bytes(content, "big", signed=True), octets[position:stop]
        position = stop


def require_moment(name: str, moment: datetime) -> None:
    """Raises CeremonyError RF-4-TIME for a moment that no CRL can carry, ValueError for one that is not in UTC."""
    if moment.utcoffset() is None or moment.utcoffset():
        raise ValueError(f"{name} must be in UTC")
    if moment.microsecond or moment < EARLIEST:
        raise CeremonyError(
            "A date cannot be put into a CRL.",
            detail=f"{name} is {moment.isoformat()}; whole seconds from 1950 on can be written.",
            not_done="Nothing was signed.",
            next_step="Correct the date, or the clock.",
            code="RF-4-TIME",
        )


def _require_entry(revoked: Revoked) -> None:
    if not 0 < revoked.serial_number < SERIAL_LIMIT:
        raise _no_entry(
            "A serial number is out of range.",
            f"The serial number {revoked.serial_number:x} cannot be one of a certificate: positive, at most 20 octets.",
        )
    if revoked.reason is not None and revoked.reason not in REASONS:
        raise _no_entry(
            "There is no such reason for a revocation.",
            f"{revoked.serial_number:x}: the reason is {revoked.reason}; RFC 5280 5.3.1 has 0 to 6, 8, 9 and 10.",
        )
    if revoked.reason == REMOVE_FROM_CRL:
        raise _no_entry(
            "A certificate cannot be taken off the list.",
            f"{revoked.serial_number:x}: removeFromCRL ends a hold in a delta CRL; this program does not end holds.",
        )
    require_moment(f"The revocation date of {revoked.serial_number:x}", revoked.revoked_at)
    if revoked.invalid_from is not None:
        require_moment(f"The invalidity date of {revoked.serial_number:x}", revoked.invalid_from)


def _no_entry(headline: str, detail: str) -> CeremonyError:
    return CeremonyError(
        headline,
        detail=detail,
        not_done="Nothing was signed.",
        next_step="Correct it in the list of revocations.",
        code="RF-4-ENTRY",
    )


def _extension(identifier: bytes, contents: bytes) -> bytes:
    return der.encode(der.SEQUENCE, identifier, der.encode(der.OCTET_STRING, contents))


def _list_of(crl: bytes) -> tuple[int, int]:
    """Where the entries begin and end; twice the same place where there is no list."""
    place = _row(crl, 0, len(crl))
    if len(place) != 1 or place[0][0] != der.SEQUENCE:
        raise DerError("this is not a CRL")
    parts = _row(crl, *place[0][1:])
    if [part[0] for part in parts] == [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        parts = _row(crl, *parts[0][1:])
    tags = [part[0] for part in parts]
    first = 1 if tags[:1] == [der.INTEGER] else 0
    times = (der.UTC_TIME, der.GENERALIZED_TIME)
    if len(tags) < first + 3 or tags[first : first + 2] != [der.SEQUENCE] * 2 or tags[first + 2] not in times:
        raise DerError("this is not a TBSCertList")
    after = first + (4 if len(tags) > first + 3 and tags[first + 3] in times else 3)
    if len(tags) > after and tags[after] == der.SEQUENCE:
        return parts[after][1:]
    return 0, 0


def _row(octets: bytes, position: int, end: int) -> list[tuple[int, int, int]]:
    elements = []
    while position < end:
        element = _element(octets, position, end)
        elements.append(element)
        position = element[2]
    return elements


def _element(octets: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Tag, first octet of the contents, and the octet after them, without copying any. Raises DerError."""
    if end - position < 2:
        raise DerError(f"the octets end inside an element at octet {position}")
    tag, length = octets[position], octets[position + 1]
    start = position + 2
    if length & 0x80:
        count = length & 0x7F
        digits = octets[start : start + count]
        length = int.from_bytes(digits, "big")
        if not count or count > 4 or length < 0x80 or not digits[0]:
            raise DerError(f"a length that is not in the form of DER at octet {position}")
        start += count
    if tag & 0x1F == 0x1F or start + length > end:
        raise DerError(f"the octets end inside an element at octet {position}")
    return tag, start, start + length
