"""What a profile leaves open, and the two things worked out when it is filled: the dates and the name."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ceremony.errors import CeremonyError
from ceremony.pki.oids import attribute_oid
from ceremony.policy.models import CertificateProfile, Validity, lifetime_parts
from ceremony.policy.names import MultiValued, Name, NameAttribute

PRACTICE_MARK = " (PRACTICE)"
"""Ends the common name of everything made in practice, so that it cannot be mistaken."""


@dataclass(frozen=True, slots=True)
class Holes:
    """The holes of a certificate profile, filled.

    `spki` and `issuer_spki` are DER SubjectPublicKeyInfo (the same for a self-signed certificate); the dates are aware,
    in UTC, without fractions of a second; `not_after` is the last second inside.

    The rest is for an issuer, or a subject, whose certificate exists already. `issuer_name` is the DER of the issuer's
    subject, where the issuer's profile does not say it; `issuer_key_identifier` is the one that the issuer's
    certificate carries; `issuer_issuer_and_serial` is the DER of that certificate's issuer, and its serial number;
    `subject_key_identifier` is the one that the subject's key has already (method `copy`).
    """

    spki: bytes
    issuer_spki: bytes
    serial_number: int
    not_before: datetime
    not_after: datetime
    issuer_name: bytes | None = None
    issuer_key_identifier: bytes | None = None
    issuer_issuer_and_serial: tuple[bytes, int] | None = None
    subject_key_identifier: bytes | None = None


def validity_period(validity: Validity, clock: datetime) -> tuple[datetime, datetime]:
    """notBefore and notAfter for this agreed clock (aware). Fractions of a second are dropped.

    Years are calendar years. A lifetime that begins on 29 February and ends in a year without one ends a day early
    (its anniversary is taken as 28 February): never longer than was asked for. Raises CeremonyError for a date that
    does not exist or lies after the year 9999, ValueError for a clock without a time zone.
    """
    if clock.tzinfo is None:
        raise ValueError("the clock must know its time zone")
    if validity.lifetime is None:
        return _date(str(validity.not_before)), _date(str(validity.not_after))
    start = clock.astimezone(UTC).replace(microsecond=0)
    if validity.starts in {"hour", "day"}:
        start = start.replace(minute=0, second=0)
    if validity.starts == "day":
        start = start.replace(hour=0)
    count, unit = lifetime_parts(validity.lifetime)
    try:
        if unit == "y":
            end = _years_later(start, count)
        else:
            end = start + (timedelta(days=count) if unit == "d" else timedelta(hours=count))
    except (OverflowError, ValueError) as error:
        raise CeremonyError(
            "A validity ends after the year 9999.",
            detail=f"The lifetime is {validity.lifetime}, from {start:%Y-%m-%d}.",
            not_done="No certificate was planned with it.",
            next_step="Write a shorter lifetime in the profile.",
            code="CERT-VALIDITY",
        ) from error
    return start, end - timedelta(seconds=1)


LONGEST_NAME = 64
"""Characters of a common name (RFC 5280 A.1, ub-common-name); a longer one is cut where the mark needs the room."""


def subject_of(profile: CertificateProfile, *, practice: bool) -> Name:
    """The subject that the profile's certificates carry, in order.

    In practice the last common name ends in " (PRACTICE)"; without a common name, the last attribute that is not a
    country does. Raises CeremonyError where there is nothing to mark.
    """
    if not practice:
        return profile.subject
    places = list(_markable(profile.subject))
    common = [attribute for attribute in places if attribute_oid(attribute.type) == attribute_oid("CN")]
    if not places:
        raise CeremonyError(
            "A subject has no room for the word PRACTICE.",
            detail="The subject has no text beside its country.",
            not_done="No practice certificate was planned.",
            next_step="Give the profile's subject a common name (CN).",
            code="CERT-NAME",
        )
    chosen = (common or places)[-1]
    kept = str(chosen.value)[: LONGEST_NAME - len(PRACTICE_MARK)]  # what is planned must be able to be rehearsed
    marked = chosen.model_copy(update={"value": f"{kept}{PRACTICE_MARK}"})

    def mark(attribute: NameAttribute) -> NameAttribute:
        return marked if attribute is chosen else attribute

    return tuple(
        part.model_copy(update={"all_of": tuple(map(mark, part.all_of))})
        if isinstance(part, MultiValued)
        else mark(part)
        for part in profile.subject
    )


def attributes_of(name: Name) -> Iterator[NameAttribute]:
    """Every attribute of a name, in the order in which the policy writes them."""
    for part in name:
        yield from part.all_of if isinstance(part, MultiValued) else (part,)


def _markable(name: Name) -> Iterator[NameAttribute]:
    for attribute in attributes_of(name):
        text = attribute.value is not None and attribute.string != "numeric"
        if text and attribute_oid(attribute.type) != attribute_oid("C"):
            yield attribute


def _years_later(start: datetime, count: int) -> datetime:
    year = start.year + count
    if start.month == 2 and start.day == 29 and not calendar.isleap(year):
        return start.replace(year=year, day=28)
    return start.replace(year=year)


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise CeremonyError(
            "A validity names a day that does not exist.",
            detail=f"The date is {text}.",
            not_done="No certificate was planned with it.",
            next_step="Correct the date in the profile.",
            code="CERT-VALIDITY",
        ) from error
