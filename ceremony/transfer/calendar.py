"""Dates that must not be missed, as a calendar file to carry out of the room: iCalendar (RFC 5545).

Equal input gives equal octets: no clock is read and nothing is drawn at random, so that anybody can write it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ceremony.errors import CeremonyError

LINE_OCTETS = 75
"""The longest line, without its end (RFC 5545 3.1)."""

REMINDERS = (timedelta(days=30), timedelta(days=7))
"""How long before a date people are reminded: time to call everybody together, and time to act."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One date: a moment (aware) or a whole day (a date without a time, the same day wherever it is read).

    `summary` is one line; `description` may have several. `reminders` are whole hours before it. `about` tells two
    events with the same summary and date apart; it is hashed into the UID and nowhere shown.
    """

    summary: str
    at: datetime | date
    description: str = ""
    reminders: tuple[timedelta, ...] = REMINDERS
    about: str = ""


def crl_events(
    issuer: str, number: int, *, renew_by: datetime, next_update: datetime, practice: bool, about: str = ""
) -> tuple[Event, Event]:
    """The two dates that a CRL sets: until when the ceremony for the next one must be held, and when it expires.

    `issuer` is the name of the CA as people say it; the moments are aware. `about` is as of an Event.
    """
    mark = "PRACTICE: " if practice else ""
    crl = f"CRL number {number} of {issuer}"
    renew = (
        f"{crl} expires at {_words(next_update)}.\n"
        f"The ceremony for the next CRL must be held before {_words(renew_by)}, so that there is time to publish it."
    )
    expire = (
        f"{crl} holds until {_words(next_update)}.\n"
        "Without the next CRL, nobody can check after this moment whether a certificate of this CA was revoked."
    )
    return (
        Event(f"{mark}Hold the ceremony for the next CRL of {issuer}", renew_by, renew, about=about),
        Event(f"{mark}{crl} expires", next_update, expire, about=about),
    )


def calendar_file(events: Sequence[Event], *, stamp: datetime) -> bytes:
    """An .ics file with one VEVENT for each event, in their order; `stamp` (aware) is the DTSTAMP of all.

    UTF-8, lines folded at 75 octets and ended by CRLF. Moments are written in UTC, without fractions of a second. The
    UID is the SHA-256 of summary, date and `about`. Raises CeremonyError CALENDAR-TEXT for a text that no calendar can
    carry; ValueError for no event, a moment without a time zone, a reminder that is not a number of whole hours.
    """
    if not events:
        raise ValueError("a calendar has at least one event")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ceremony//key ceremonies//EN", "CALSCALE:GREGORIAN"]
    for event in events:
        lines += _event(event, _moment(stamp))
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event, stamp: str) -> Iterator[str]:
    start = f":{_moment(event.at)}" if isinstance(event.at, datetime) else f";VALUE=DATE:{event.at:%Y%m%d}"
    summary = _text(event.summary)
    yield "BEGIN:VEVENT"
    yield f"UID:{_identity(event)}"
    yield f"DTSTAMP:{stamp}"
    yield f"DTSTART{start}"
    yield f"SUMMARY:{summary}"
    if event.description:
        yield f"DESCRIPTION:{_text(event.description)}"
    yield "TRANSP:TRANSPARENT"  # nobody is busy because of a deadline
    for reminder in event.reminders:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{summary}")
        yield from (f"TRIGGER:-{_duration(reminder)}", "END:VALARM")
    yield "END:VEVENT"


def _identity(event: Event) -> str:
    when = _moment(event.at) if isinstance(event.at, datetime) else f"{event.at:%Y%m%d}"
    return hashlib.sha256(f"{event.summary}\0{when}\0{event.about}".encode()).hexdigest()


def _moment(moment: datetime) -> str:
    """A DATE-TIME in UTC (RFC 5545 3.3.5, form 2)."""
    return f"{_utc(moment):%Y%m%dT%H%M%SZ}"


def _words(moment: datetime) -> str:
    return f"{_utc(moment):%Y-%m-%dT%H:%M:%SZ}"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment must know its time zone")
    return moment.astimezone(UTC)


def _duration(span: timedelta) -> str:
    """A DURATION (RFC 5545 3.3.6) of whole hours: P30D, PT36H."""
    hours, rest = divmod(span, HOUR)
    if rest or hours <= 0:
        raise ValueError("a reminder comes a number of whole hours before its event")
    return f"PT{hours}H" if hours % 24 else f"P{hours // 24}D"


def _text(text: str) -> str:
    """A TEXT value (RFC 5545 3.3.11). Raises CeremonyError for control characters, and for what UTF-8 cannot carry."""
    strange = next((c for c in text if (c < " " and c not in "\t\n") or c == "\x7f" or "\ud800" <= c <= "\udfff"), "")
    if strange:
        raise CeremonyError(
            "A text cannot be put into a calendar.",
            detail=f"It holds the character U+{ord(strange):04X}, which a calendar file cannot carry.",
            not_done="No calendar file was written.",
            next_step="Take the character out of the name.",
            code="CALENDAR-TEXT",
        )
    for character in ("\\", ";", ","):
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A content line, folded between characters (RFC 5545 3.1)."""
    rows = [b""]
    for character in line:
        octets = character.encode("utf-8")
        if len(rows[-1]) + len(octets) > LINE_OCTETS:
            rows.append(b" ")
        rows[-1] += octets
    return b"\r\n".join(rows) + b"\r\n"
