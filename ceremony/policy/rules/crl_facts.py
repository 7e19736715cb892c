"""What rules about CRLs of several sources ask alike, and the words that they use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ceremony.policy.rules import facts
from ceremony.policy.rules.crl_view import CrlSubject, EntryView

CRL_NUMBER = "2.5.29.20"
DELTA = "2.5.29.27"
ISSUING_POINT = "2.5.29.28"
REASON_CODE = "2.5.29.21"
INVALIDITY_DATE = "2.5.29.24"
CERTIFICATE_ISSUER = "2.5.29.29"

WORDS: dict[str, str] = {
    CRL_NUMBER: "the CRL number",
    DELTA: "the delta CRL indicator",
    ISSUING_POINT: "the issuing distribution point",
    REASON_CODE: "the reason code",
    INVALIDITY_DATE: "the invalidity date",
    CERTIFICATE_ISSUER: "the certificate issuer",
}

HOLD = 6


def word(oid: str) -> str:
    """An extension of a CRL or of its entries in words, or its number."""
    return WORDS.get(oid) or facts.extension_word(oid)


def number_faults(subject: CrlSubject) -> Iterator[str]:
    """Where the number is not greater than the previous CRL's."""
    before = subject.previous.number if subject.previous else None
    here = subject.crl.number
    if before is not None and here is not None and here <= before:
        yield f"the CRL number is {here}; the previous CRL has {before}, so that it must be {before + 1} or greater"


def repeated_entries(subject: CrlSubject) -> Iterator[str]:
    """Where a serial number stands in more than one entry."""
    counts = Counter(entry.serial_number for entry in subject.crl.entries)
    yield from (f"{serial:x} stands in {times} entries" for serial, times in counts.items() if times > 1)


def lost_entries(subject: CrlSubject, *, but_hold: bool) -> Iterator[str]:
    """Where an entry of the previous CRL is gone before its time; with `but_hold`, one on hold may go."""
    before = subject.previous
    if before is None or subject.crl.delta_base is not None or before.delta_base is not None:
        return
    here = {entry.serial_number for entry in subject.crl.entries}
    known = subject.certificates()
    for entry in before.entries:
        if entry.serial_number in here or (but_hold and entry.reason == HOLD):
            continue
        found = known.get(entry.serial_number)
        if found is None:
            yield f"{entry.serial} was on the previous CRL and is gone, and when it expires is not known"
        elif before.this_update <= found.certificate.not_after:
            yield (
                f"{entry.serial} ({found.name}) was on the previous CRL and is gone; it must stay until a CRL issued "
                f"after {facts.moment(found.certificate.not_after)} has named it"
            )


def for_cas(subject: CrlSubject) -> Iterator[EntryView]:
    """The entries of certificates that can issue others, as far as is known: in doubt, in a CA's CRL, they can."""
    known = subject.certificates()
    for entry in subject.crl.entries:
        found = known.get(entry.serial_number)
        if subject.scope == "ca" if found is None else found.certificate.ca:
            yield entry


def addresses(subject: CrlSubject) -> set[bytes]:
    """Every CRL address in the certificates of this issuer that are known, octet for octet."""
    return {
        name.octets
        for known in subject.own()
        for point in known.certificate.crl_points or ()
        for name in point.full_name
        if name.kind == "uri"
    }
