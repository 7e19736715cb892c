"""The clock: the one place of the house that reads it.

Two clocks are read. The wall clock (UTC) is what people compare with a clock that they trust. The monotonic clock
counts on whatever anyone does to the wall clock, also while the machine sleeps (CLOCK_BOOTTIME): from the moment of the
agreement it alone dates what people see and what is signed. Where the two drift apart, somebody or something changed
the wall clock.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from functools import lru_cache

JUMP_SECONDS = 5
"""How far wall and monotonic clock may drift apart between two looks before it counts as a changed clock."""

_ISO = "%Y-%m-%dT%H:%M:%SZ"


class Clock:
    """The machine's clocks, and the agreed offset between the machine's UTC and the room's."""

    def __init__(self) -> None:
        self._offset_seconds = 0
        self._started_ns = self._read_monotonic_ns()
        self._last_look = self._since = self._look()
        self._agreed = False

    @property
    def offset_seconds(self) -> int:
        """Seconds that are added to the machine's UTC clock to give the agreed clock; 0 until people agree another."""
        return self._offset_seconds

    def agree(self, offset_seconds: int) -> None:
        """Now it is the machine's clock plus this many whole seconds; from now on `utc` counts on from there."""
        wall, monotonic = self._look()
        self._offset_seconds = offset_seconds
        self._since, self._agreed = (wall + offset_seconds, monotonic), True

    def utc(self) -> datetime:
        """The agreed time, by the monotonic clock since it was agreed; before that the machine's, counted in the same
        way since it last jumped. Aware, UTC, whole seconds (rounded down)."""
        wall, monotonic = self._since
        return datetime.fromtimestamp(math.floor(wall + self._look()[1] - monotonic), tz=UTC)

    def machine_utc(self) -> datetime:
        """What the machine's own clock says: aware, UTC, whole seconds (rounded down)."""
        return datetime.fromtimestamp(math.floor(self._read_wall_seconds()), tz=UTC)

    def monotonic_ms(self) -> int:
        """Milliseconds since this clock object was made; never runs backwards, whatever happens to the wall clock."""
        return (self._read_monotonic_ns() - self._started_ns) // 1_000_000

    def jumped(self) -> int | None:
        """Seconds by which the wall clock was changed since the last look, or None where it was not.

        Positive: it was set forward. Drifts of up to 5 seconds are not reported and start no new
        count: they add up until they are large enough to be told.
        """
        wall, monotonic = self._look()
        last_wall, last_monotonic = self._last_look
        drift = (wall - last_wall) - (monotonic - last_monotonic)
        if abs(drift) <= JUMP_SECONDS:
            return None
        self._last_look = (wall, monotonic)
        if not self._agreed:
            self._since = self._last_look
        return round(drift)

    def _look(self) -> tuple[float, float]:
        return self._read_wall_seconds(), self._read_monotonic_ns() / 1e9

    def _read_wall_seconds(self) -> float:
        return time.time()

    def _read_monotonic_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class FixedClock(Clock):
    """A clock that moves only when it is told to, for tests and for working a plan out again."""

    def __init__(self, moment: datetime) -> None:
        """`moment` is aware; anything but whole seconds is kept but never shown."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs a moment with a time zone")
        self._wall = moment.timestamp()
        self._monotonic_ns = 0
        super().__init__()

    def advance(self, seconds: float) -> None:
        """Time passes: both clocks move."""
        self._wall += seconds
        self._monotonic_ns += round(seconds * 1e9)

    def set_wall(self, moment: datetime) -> None:
        """Somebody sets the machine's clock: only the wall clock moves."""
        self._wall = moment.timestamp()

    def _read_wall_seconds(self) -> float:
        return self._wall

    def _read_monotonic_ns(self) -> int:
        return self._monotonic_ns


def iso(moment: datetime) -> str:
    """A moment as `2026-11-22T01:02:03Z`: UTC, whole seconds (rounded down). Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be written as UTC")
    moment = moment.astimezone(UTC)
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%SZ}"  # %Y does not pad years before 1000 on every platform


@lru_cache(maxsize=1024)  # many rules ask for the time of each line
def parse_iso(text: str) -> datetime:
    """The moment that `iso` wrote. Raises ValueError for any other form (fractions, offsets, blanks, unpadded)."""
    moment = datetime.strptime(text, _ISO).replace(tzinfo=UTC)
    if iso(moment) != text:
        raise ValueError(f"not a UTC moment of the form 2026-11-22T01:02:03Z: {text!r}")
    return moment
