"""Years as the sources count them."""

from __future__ import annotations

from datetime import datetime, timedelta


def years_after(start: datetime, years: int) -> datetime:
    """The last second of so many calendar years that begin with `start`, that second included (RFC 5280 4.1.2.5)."""
    try:
        end = start.replace(year=start.year + years)
    except ValueError:  # 29 February, in a year without one
        end = start.replace(year=start.year + years, day=28)
    return end - timedelta(seconds=1)
