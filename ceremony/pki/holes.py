"""What a profile leaves open, and the two things worked out when it is filled: the dates and the name."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ceremony.errors import CeremonyError
from ceremony.pki.oids import attribute_oid
from ceremony.policy.models import CertificateProfile, NameAttribute, Validity, lifetime_parts

PRACTICE_MARK = " (PRACTICE)"
"""Ends the common name of everything made in practice, so that it cannot be mistaken."""


@dataclass(frozen=True, slots=True)
class Holes:
    """The holes of a certificate profile, filled.

    `spki` and `issuer_spki` are DER SubjectPublicKeyInfo (the same for a self-signed certificate); the dates are aware,
    in UTC, without fractions of a second; `not_after` is the last second inside.
    """

    spki: bytes
    issuer_spki: bytes
    serial_number: int
    not_before: datetime
    not_after: datetime


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


def subject_of(profile: CertificateProfile, *, practice: bool) -> tuple[NameAttribute, ...]:
    """The subject that the profile's certificates carry, in order.

    In practice the last common name ends in " (PRACTICE)"; without a common name, the last attribute that is not a
    country does. Raises CeremonyError where there is nothing to mark.
    """
    if not practice:
        return profile.subject
    places = {attribute_oid(attribute.type): place for place, attribute in enumerate(profile.subject)}
    place = places.get(attribute_oid("CN"))
    if place is None:
        country = attribute_oid("C")
        place = max((place for oid, place in places.items() if oid != country), default=None)
    if place is None:
        raise CeremonyError(
            "A subject has no room for the word PRACTICE.",
            detail="The subject is a country alone.",
            not_done="No practice certificate was planned.",
            next_step="Give the profile's subject a common name (CN).",
            code="CERT-NAME",
        )
    marked = profile.subject[place]
    marked = marked.model_copy(update={"value": marked.value + PRACTICE_MARK})
    return (*profile.subject[:place], marked, *profile.subject[place + 1 :])


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
