"""What a long CRL says as a whole, read back from its entries one by one: what people can be shown of a million lines.

It also holds the entries against what no CRL of this program may say, as the rules do for lists that fit in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import ENUMERATED, REASON_CODE, Entry
from ceremony.pki.der import DerError, Element
from ceremony.pki.tbs import time_of
from ceremony.policy.rules.crl_view import REASONS

LENGTH = 15
"""Octets of a GeneralizedTime to the second."""


@dataclass(frozen=True, slots=True)
class Survey:
    """How many entries there are, how many give which reason (None: none), and their first and last revocation date."""

    count: int = 0
    reasons: Counter[int | None] = field(default_factory=Counter)
    earliest: datetime | None = None
    latest: datetime | None = None

    def words(self) -> tuple[tuple[str, int], ...]:
        """The reasons as RFC 5280 5.3.1 calls them, `no reason` last, and how many entries give each."""
        codes = sorted(self.reasons, key=lambda code: (code is None, code))
        return tuple(("no reason" if code is None else REASONS[code], self.reasons[code]) for code in codes)


def survey(entries: Iterable[Entry], this_update: datetime) -> Survey:
    """Read every entry. Raises CeremonyError, naming the serial number: CRL-ORDER for entries that do not ascend,
    CRL-DUPLICATE, CRL-FUTURE for a revocation after `this_update`, RF-4-ENTRY for a reason that there is not, RF-4 for
    an entry that cannot be read."""
    limit = f"{this_update.astimezone(UTC):%Y%m%d%H%M%SZ}".encode()
    reasons: Counter[int | None] = Counter()
    earliest, latest = b"", b""
    last: int | None = None
    try:
        for serial, octets in entries:
            if last is not None and serial <= last:
                rule, words = ("CRL-DUPLICATE", "stands twice") if serial == last else ("CRL-ORDER", "is out of order")
                raise _refusal(f"The serial number {serial:x} {words}.", rule)
            date, reason = _facts(octets)
            if date > limit:
                raise _refusal(f"{serial:x} is revoked on {_moment(date):%Y-%m-%d}, after thisUpdate.", "CRL-FUTURE")
            if reason is not None and reason not in REASONS:
                raise _refusal(f"{serial:x} gives the reason {reason}, which there is not.", "RF-4-ENTRY")
            reasons[reason] += 1
            earliest = min(earliest or date, date)
            latest = max(latest, date)
            last = serial
    except (DerError, IndexError) as error:
        after = "at its beginning" if last is None else f"after the serial number {last:x}"
        raise _refusal(f"An entry cannot be read, {after}: {error}.", "RF-4") from error
    first_and_last = (_moment(earliest), _moment(latest)) if latest else (None, None)
    return Survey(reasons.total(), reasons, *first_and_last)


def _facts(octets: bytes) -> tuple[bytes, int | None]:
    """The revocation date as the text of a GeneralizedTime, which is in order as dates are, and the reason.

    Raises DerError, or IndexError where the entry ends before its date.
    """
    if octets[1] >= der.CONTEXT or octets[3] >= der.CONTEXT:  # lengths of several octets: none of ours
        parts = der.read_one(octets, der.SEQUENCE).children()
        return _date(parts[1].tag, parts[1].content), _reason(b"".join(part.octets for part in parts[2:]))
    begins = 6 + octets[3]
    tag, size = octets[begins - 2], octets[begins - 1]
    content = octets[begins : begins + size]
    if len(content) != size:
        raise DerError("its date ends too early")
    return _date(tag, content), _reason(octets[begins + size :])


def _date(tag: int, content: bytes) -> bytes:
    if tag == der.UTC_TIME:
        text = (b"20" if content[:2] < b"50" else b"19") + content
    elif tag == der.GENERALIZED_TIME:
        text = content
    else:
        raise DerError("it has no revocation date")
    # Days and times of day are few; together they are many.
    if len(text) != LENGTH or not (_is_day(text[:8]) and _is_time(text[8:])):
        raise DerError(f"there is no date {text.decode('ascii', 'replace')!r} in the form of RFC 5280")
    return text


@lru_cache(maxsize=2**16)
def _is_day(text: bytes) -> bool:
    return _stands(text + b"000000Z")


@lru_cache(maxsize=2**17)
def _is_time(text: bytes) -> bool:
    return _stands(b"20000101" + text)


def _stands(text: bytes) -> bool:
    try:
        _moment(text)
    except DerError:
        return False
    return True


def _moment(text: bytes) -> datetime:
    return time_of(Element(0, der.GENERALIZED_TIME, text, b""))


@lru_cache(maxsize=1024)
def _reason(extensions: bytes) -> int | None:
    """The reason that the extensions of an entry give; None of none."""
    if not extensions:
        return None
    for extension in der.read_one(extensions, der.SEQUENCE).children():
        parts = extension.children()
        if parts[0].octets == REASON_CODE:
            return int.from_bytes(der.read_one(parts[-1].content, ENUMERATED).content, "big", signed=True)
    return None


def _refusal(detail: str, rule: str) -> CeremonyError:
    return CeremonyError(
        "The entries of the CRL are not as they must be.",
        detail=detail,
        not_done="Nothing was signed.",
        next_step="Do not sign. Correct the list of revocations, and make the CRL again.",
        code=rule,
    )
