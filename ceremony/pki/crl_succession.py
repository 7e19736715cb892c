"""From one CRL to the next: entries that stay octet for octet, those that are added, those whose time is over.

Entries stand in ascending order of serial numbers. Where both lists do, merging them needs no memory for either.

A delta CRL holds what came since its base: its previous list is the last delta CRL of the same base, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.crl_entries import (
    ENUMERATED,
    INVALIDITY_DATE,
    REASON_CODE,
    Entry,
    Revoked,
    entries_of,
    entry_octets,
)
from ceremony.pki.der import DerError
from ceremony.policy.rules.crl_view import REASONS

Fate = Literal["kept", "added", "replaced", "expired"]
"""`replaced`: the reason became keyCompromise. `expired`: the entry leaves the list; its octets are the old ones."""

Step = tuple[Fate, int, bytes]
"""What becomes of a serial number, and the octets of its entry."""

MayLeave = Callable[[int], bool]
"""Whether the entry of this serial number need not stay."""

KEY_COMPROMISE, HOLD = 1, 6


@dataclass(frozen=True, slots=True)
class Succession:
    """The entries of the next CRL, encoded and in order; and the serial numbers, by what became of them."""

    entries: tuple[bytes, ...]
    kept: tuple[int, ...]
    added: tuple[int, ...]
    replaced: tuple[int, ...]
    expired: tuple[int, ...]


def succession(
    previous: bytes | None, revocations: Iterable[Revoked], may_leave: MayLeave, latest: datetime
) -> Succession:
    """The next CRL's entries, from the previous one (CertificateList or TBSCertList; None for the first).

    The revocations may come in any order. `latest` is the new thisUpdate. Raises CeremonyError as `merge` does, and
    CRL-PREVIOUS where the previous CRL cannot be read or names a certificate twice.
    """
    added = sorted(revocations, key=lambda revoked: revoked.serial_number)
    steps = list(merge(() if previous is None else ordered(previous), added, may_leave, latest))

    def serials(fate: Fate) -> tuple[int, ...]:
        return tuple(serial for each, serial, _ in steps if each == fate)

    entries = tuple(octets for fate, _, octets in steps if fate != "expired")
    return Succession(entries, serials("kept"), serials("added"), serials("replaced"), serials("expired"))


def merge(
    previous: Iterable[Entry], revocations: Iterable[Revoked], may_leave: MayLeave, latest: datetime
) -> Iterator[Step]:
    """What becomes of each entry and each revocation, in order; both must come in ascending order of serial numbers.

    A revocation of what is on the list already may only change its reason to keyCompromise, from the same date on (BR
    7.2.2 asks for that where the loss of the key is learnt later). Raises CeremonyError CRL-ENTRY-TWICE for any other,
    CRL-ORDER for a list out of order, CRL-FUTURE for a date after `latest`, RF-4-ENTRY and RF-4-TIME as `entry_octets`.
    """
    coming = _ascending(revocations, latest)
    new = next(coming, None)
    last: int | None = None
    for serial, octets in previous:
        if last is not None and serial <= last:
            raise _out_of_order("The previous CRL", serial)
        last = serial
        while new is not None and new.serial_number < serial:
            yield "added", new.serial_number, entry_octets(new)
            new = next(coming, None)
        if new is not None and new.serial_number == serial:
            yield "replaced", serial, _replaced(octets, new)
            new = next(coming, None)
        else:
            yield ("expired" if may_leave(serial) else "kept"), serial, octets
    while new is not None:
        yield "added", new.serial_number, entry_octets(new)
        new = next(coming, None)


def counted(steps: Iterable[Step], counts: Counter[Fate]) -> Iterator[bytes]:
    """The entries of the next CRL, while `counts` learns how many were kept, added, replaced and expired."""
    for fate, _, octets in steps:
        counts[fate] += 1
        if fate != "expired":
            yield octets


def ordered(crl: bytes) -> Iterable[Entry]:
    """The entries of a CRL in ascending order of serial numbers.

    A list in order, as this program writes it, is read from `crl` (octets, or a memory map) as it is wanted; another
    is first put in order, in memory. Raises CeremonyError CRL-PREVIOUS.
    """
    try:
        if all(serial < following for (serial, _), (following, _) in pairwise(entries_of(crl))):
            return entries_of(crl)
        entries = sorted(entries_of(crl), key=lambda entry: entry[0])
    except DerError as error:
        raise _previous(f"Its entries cannot be read: {error}.") from error
    for (serial, _), (following, _) in pairwise(entries):
        if serial == following:
            raise _previous(f"The serial number {serial:x} stands in more than one entry.")
    return entries


def expired_on(not_after: Mapping[int, datetime], previous_this_update: datetime) -> MayLeave:
    """Which entries may leave the list: those that stood on a CRL that was issued after the certificate had expired.

    RFC 5280 3.3, BR 7.2: an entry stays until it has appeared on one regularly scheduled CRL issued beyond the
    validity of the certificate. The last such list is the previous one, which has the entry; what it must have been
    issued after is notAfter. `not_after` has that by serial number; whatever is not in it stays.
    """

    def may_leave(serial: int) -> bool:
        end = not_after.get(serial)
        return end is not None and end < previous_this_update

    return may_leave


def _ascending(revocations: Iterable[Revoked], latest: datetime) -> Iterator[Revoked]:
    last = 0
    for revoked in revocations:
        serial = revoked.serial_number
        if serial == last:
            raise _twice(serial, "It is to be revoked twice in this CRL.")
        if serial < last:
            raise _out_of_order("The list of revocations", serial)
        if revoked.revoked_at > latest:
            raise CeremonyError(
                "A certificate would be revoked in the future.",
                detail=f"{serial:x}: revoked on {revoked.revoked_at:%Y-%m-%dT%H:%M:%SZ}; "
                f"the CRL is of {latest:%Y-%m-%dT%H:%M:%SZ}.",
                not_done="No CRL was made.",
                next_step="Write the day on which it was revoked. Look at the year.",
                code="CRL-FUTURE",
            )
        last = serial
        yield revoked


def _replaced(old: bytes, new: Revoked) -> bytes:
    """The entry with its reason changed to keyCompromise; refused for anything else."""
    serial, octets = new.serial_number, entry_octets(new)
    try:
        date, extensions = _entry_parts(old)
        reason = der.read_one(extensions[REASON_CODE], ENUMERATED).content[-1] if REASON_CODE in extensions else 0
    except (DerError, IndexError) as error:
        raise _previous(f"The entry of {serial:x} cannot be read: {error}.") from error
    if reason == HOLD:
        raise _twice(serial, "It is on hold. A hold is neither ended nor changed by this program.")
    if new.reason != KEY_COMPROMISE or reason == KEY_COMPROMISE:
        raise _twice(serial, f"It is on the previous CRL already: {REASONS.get(reason, reason)}.")
    if _entry_parts(octets)[0] != date:
        raise _twice(serial, "Its reason can become keyCompromise, but only with the revocation date that it has.")
    others = extensions.keys() - {REASON_CODE}
    if others - {INVALIDITY_DATE} or (others and new.invalid_from is None):
        raise _twice(serial, "Its entry says more than a reason; changing the reason would lose that.")
    return octets


def _entry_parts(octets: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The revocation date as it stands, and what is in each extension. Raises DerError, or IndexError for too few."""
    parts = der.read_one(octets, der.SEQUENCE).children()
    found: dict[bytes, bytes] = {}
    for extension in parts[2].children() if len(parts) > 2 else ():
        row = extension.children()
        found[row[0].octets] = row[-1].content
    return parts[1].octets, found


def _twice(serial: int, detail: str) -> CeremonyError:
    return CeremonyError(
        "A certificate is revoked already.",
        detail=f"{serial:x}: {detail}",
        not_done="No CRL was made.",
        next_step="Leave it out of the revocations; the list keeps the entry that it has.",
        code="CRL-ENTRY-TWICE",
    )


def _out_of_order(what: str, serial: int) -> CeremonyError:
    return CeremonyError(
        "Revocations are not in ascending order.",
        detail=f"{what} has {serial:x} out of its place: each serial number must be greater than the one before.",
        not_done="No CRL was made.",
        next_step="Sort the list by serial number, and bring it again.",
        code="CRL-ORDER",
    )


def _previous(detail: str) -> CeremonyError:
    return CeremonyError(
        "The previous CRL cannot be continued.",
        detail=detail,
        not_done="No CRL was made.",
        next_step="Check that it is the CRL that was last published, whole and as it is.",
        code="CRL-PREVIOUS",
    )
