"""What becomes of the entries of the last list: kept, added, changed, expired, for people to approve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ceremony.pki.crl_entries import Revoked, entries_of
from ceremony.pki.crl_holes import CrlHoles, UpdatePeriod
from ceremony.pki.crl_succession import Succession
from ceremony.pki.notation import lifetime_text, utc_text
from ceremony.pki.wanted import Row
from ceremony.policy.rules.crl_view import REASONS

SHOWN = 20
"""Serial numbers that are named one by one; of more, the first ones and the count."""


def table_rows(merged: Succession, since: bytes | None, octets: bytes) -> tuple[Row, ...]:
    """One row for each fate: as the plan merged the lists, and as the two lists in bytes differ."""
    before = dict(entries_of(since)) if since is not None else {}
    after = dict(entries_of(octets))
    found = {
        "Kept from the last CRL": [serial for serial, entry in after.items() if before.get(serial) == entry],
        "Added": [serial for serial in after if serial not in before],
        "Reason changed": [serial for serial, entry in after.items() if before.get(serial, entry) != entry],
        "Left out as expired": [serial for serial in before if serial not in after],
    }
    wanted = (merged.kept, merged.added, merged.replaced, merged.expired)
    return tuple(
        Row(name, words, there, words == there and sorted(serials) == sorted(here))
        for (name, here), serials in zip(found.items(), wanted, strict=True)
        for words, there in ((_words(serials), _words(here)),)
    )


def crl_sentences(
    holes: CrlHoles,
    period: UpdatePeriod,
    merged: Succession,
    previous_number: int | None,
    added: Sequence[tuple[Revoked, str]],
    practice: bool,
) -> Iterator[str]:
    """A planned CRL in plain words; `added` are its new entries, each with the certificate's name or nothing."""
    follows = f"It follows CRL number {previous_number}." if previous_number is not None else "It is the first one."
    base = f" It is a delta CRL to number {holes.base_number}." if holes.base_number is not None else ""
    yield f"This is CRL number {holes.number}. {follows}{base}"
    yield (
        f"Of the last list {len(merged.kept)} entries are kept and {len(merged.expired)} left out as expired; "
        f"{len(merged.added)} are added and {len(merged.replaced)} get another reason."
    )
    for item, name in added[:SHOWN]:
        reason = REASONS[item.reason] if item.reason else "no reason is given"
        which = f"{name} ({item.serial_number:x})" if name else f"serial number {item.serial_number:x}"
        yield f"It revokes {which} from {utc_text(item.revoked_at)}: {reason}."
    if len(added) > SHOWN:
        yield f"It revokes {len(added) - SHOWN} more."
    yield (
        f"It counts from the agreed clock for {lifetime_text(holes.this_update, holes.next_update)}; planned today, "
        f"until {utc_text(holes.next_update)}."
    )
    yield f"The next CRL must be signed before {utc_text(period.renew_by)}; a calendar file says so too."
    if practice:
        yield "This is PRACTICE: nobody may trust it."


def _words(serials: Sequence[int]) -> str:
    if not serials:
        return "none"
    names = ", ".join(f"{serial:x}" for serial in sorted(serials)[:SHOWN])
    return f"{len(serials)}: {names}{', ...' if len(serials) > SHOWN else ''}"
