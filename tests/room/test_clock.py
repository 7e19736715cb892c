"""The clock: whole seconds, the agreed offset, and a wall clock that somebody changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ceremony.room.clock import Clock, FixedClock, iso, parse_iso

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def test_the_machine_clock_is_aware_and_in_whole_seconds() -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    moment = Clock().machine_utc()
    assert before <= moment <= datetime.now(UTC)
    assert moment.microsecond == 0
    assert moment.utcoffset() == timedelta(0)


def test_fractions_of_a_second_are_rounded_down() -> None:
    clock = FixedClock(NOON.replace(microsecond=999_999))
    assert clock.utc() == NOON


def test_the_agreed_offset_moves_the_agreed_clock_and_not_the_machines() -> None:
    clock = FixedClock(NOON)
    clock.agree(-90)
    assert clock.offset_seconds == -90
    assert clock.utc() == NOON - timedelta(seconds=90)
    assert clock.machine_utc() == NOON


@pytest.mark.parametrize("days", [30, -30])
def test_once_a_clock_is_agreed_nobody_moves_its_time_by_setting_the_machines(days: int) -> None:
    clock = FixedClock(NOON)
    clock.agree(60)
    clock.advance(5)
    clock.set_wall(NOON + timedelta(days=days))
    assert clock.utc() == NOON + timedelta(seconds=65)
    assert clock.jumped() is not None
    clock.agree(0)
    assert clock.utc() == NOON + timedelta(days=days), "agreed anew, from what the machine says now"


def test_the_monotonic_clock_counts_milliseconds_from_its_making() -> None:
    clock = FixedClock(NOON)
    assert clock.monotonic_ms() == 0
    clock.advance(1.25)
    assert clock.monotonic_ms() == 1250


def test_a_wall_clock_set_back_does_not_move_the_monotonic_one() -> None:
    clock = FixedClock(NOON)
    clock.advance(1)
    clock.set_wall(NOON - timedelta(days=1))
    assert clock.monotonic_ms() == 1000


@pytest.mark.parametrize("seconds", [3600, 6, -6, -86400])
def test_a_changed_wall_clock_is_told_once_with_its_seconds(seconds: int) -> None:
    clock = FixedClock(NOON)
    clock.advance(10)
    clock.set_wall(NOON + timedelta(seconds=10 + seconds))
    assert clock.jumped() == seconds
    assert clock.jumped() is None


@pytest.mark.parametrize("seconds", [0, 5, -5])
def test_a_drift_of_up_to_five_seconds_is_no_jump(seconds: int) -> None:
    clock = FixedClock(NOON)
    clock.advance(10)
    clock.set_wall(NOON + timedelta(seconds=10 + seconds))
    assert clock.jumped() is None


def test_small_drifts_between_looks_add_up_until_they_are_told() -> None:
    clock = FixedClock(NOON)
    clock.set_wall(NOON + timedelta(seconds=4))
    assert clock.jumped() is None
    clock.set_wall(NOON + timedelta(seconds=8))
    assert clock.jumped() == 8


def test_an_undisturbed_clock_has_not_jumped() -> None:
    clock = FixedClock(NOON)
    clock.advance(100_000)
    assert clock.jumped() is None
    assert Clock().jumped() is None


def test_iso_writes_utc_whatever_the_zone() -> None:
    jakarta = timezone(timedelta(hours=7))
    assert iso(datetime(2026, 11, 22, 8, 2, 3, 900_000, tzinfo=jakarta)) == "2026-11-22T01:02:03Z"


def test_iso_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        iso(datetime(2026, 11, 22))  # noqa: DTZ001 - this is what is refused


def test_parse_iso_reads_what_iso_wrote() -> None:
    assert parse_iso("2026-11-22T01:02:03Z") == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert parse_iso(iso(NOON)) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 01:02:03Z",
        "2026-11-22T01:02:03",
        "2026-11-22T01:02:03+00:00",
        "2026-11-22T01:02:03.5Z",
        "2026-11-22T1:2:3Z",
        "2026-02-30T00:00:00Z",
        " 2026-11-22T01:02:03Z",
        "2026-11-22T01:02:60Z",
        "",
    ],
)
def test_parse_iso_refuses_every_other_form(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - only that it is refused matters to callers
        parse_iso(text)
