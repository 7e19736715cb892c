"""Lengths of time and numbers of things, as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta

from ceremony.room.clock import parse_iso


def span(length: timedelta) -> str:
    """A length of time in the largest unit that says enough: `3 hours`, `40 days`, `7 months`, `12 years`."""
    days = abs(length).days
    if abs(length) < timedelta(hours=1):
        return "less than an hour"
    if days < 1:
        return count(abs(length).seconds // 3600, "hour")
    if days < 90:
        return count(days, "day")
    if days < 730:
        return count(days // 30, "month")
    return count(int(days / 365.25), "year")


def count(number: int, one: str, many: str = "") -> str:
    """`1 day`, `2 days`; `many` where the plural is another than with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ago(moment: str, now: datetime) -> str:
    """A moment of the register, and how long before `now` it was. Raises ValueError for text that is none."""
    when = parse_iso(moment)
    return f"{moment} ({span(now - when)} ago)" if when <= now else f"{moment} (after this moment)"
