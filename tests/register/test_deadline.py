"""What the register says of the deadline of an incident: aware, deadline, signed, what was left, MET or MISSED."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ceremony.room.clock import iso
from ceremony.script.deadline import deadline
from ceremony.script.register_words import register_lines
from ceremony.transcript import kinds
from ceremony.transcript.incidents import incident_entries
from ceremony.transcript.kinds import EventData, RevokedEntry
from ceremony.transcript.register import Register, parse_register
from ceremony.transcript.register_entries import IncidentEntry
from ceremony.transcript.state import fold
from tests.transcript.lines import line
from tests.transcript.samples import SAMPLES

AWARE = datetime(2026, 11, 22, 1, tzinfo=UTC)
INCIDENT = kinds.IncidentRecorded(
    what="A key was lost.", aware_at=iso(AWARE), hours=24, deadline="2026-11-23T01:00:00Z", late=False
)
EMPTY: dict[str, object] = {"added": (), "added_in_bulk": 0, "replaced": ()}
ONE = (RevokedEntry(serial="02", revoked_at=iso(AWARE), reason="keyCompromise"),)


def a_list(name: str, **holds: object) -> tuple[EventData, EventData]:
    """The two lines of a list that is built and signed."""
    built = next(item for item in SAMPLES if isinstance(item, kinds.CrlBuilt))
    signed = next(item for item in SAMPLES if isinstance(item, kinds.Signed))
    return (
        built.model_copy(update={"name": name, **EMPTY, **holds}),
        signed.model_copy(update={"name": name, "what": "crl"}),
    )


def dealt_with(*events: tuple[timedelta, EventData]) -> IncidentEntry:
    """The incident of a record with these events, each so long after the CA knew."""
    lines = [line(data, seq=seq, at=iso(AWARE + after)) for seq, (after, data) in enumerate(events, start=1)]
    (entry,) = incident_entries(fold(lines), "0004-emergency")
    return entry


def at(after: timedelta, events: tuple[EventData, ...]) -> list[tuple[timedelta, EventData]]:
    """These events, all so long after the CA knew."""
    return [(after, data) for data in events]


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("after", "verdict", "left"),
    [
        (3 * HOUR, "MET", "21 h 00 min left"),
        (24 * HOUR, "MET", "0 h 00 min left"),
        (24 * HOUR + timedelta(seconds=1), "MISSED", "0 h 00 min too late"),
        (30 * HOUR, "MISSED", "6 h 00 min too late"),
    ],
)
def test_the_list_that_revokes_is_signed_in_time_or_not(after: timedelta, verdict: str, left: str) -> None:
    found = deadline(dealt_with((HOUR, INCIDENT), *at(after, a_list("end", added=ONE))))
    assert found.verdict == verdict
    assert found.as_json()["margin_seconds"] == (24 * HOUR - after).total_seconds()
    assert found.as_json()["signed"] == iso(AWARE + after)
    assert found.sentence == (
        f"{verdict}: aware 2026-11-22T01:00:00Z, deadline 2026-11-23T01:00:00Z (24 hours), signed "
        f"{iso(AWARE + after)} (end), {left}"
    )


@pytest.mark.parametrize("holds", [{"added": ONE}, {"added_in_bulk": 7}, {"replaced": ("02",)}])
def test_a_list_counts_that_revokes_one_by_one_in_bulk_or_for_another_reason(holds: dict[str, object]) -> None:
    assert dealt_with((HOUR, INCIDENT), *at(2 * HOUR, a_list("end", **holds))).lists == ("end",)


def test_the_last_of_several_lists_counts() -> None:
    found = dealt_with(
        (HOUR, INCIDENT), *at(2 * HOUR, a_list("one", added=ONE)), *at(25 * HOUR, a_list("two", added=ONE))
    )
    assert found.lists == ("one", "two")
    assert deadline(found).verdict == "MISSED"


def test_a_list_before_the_incident_or_without_a_revocation_does_not_deal_with_it() -> None:
    found = dealt_with(*at(HOUR, a_list("before", added=ONE)), (HOUR, INCIDENT), *at(2 * HOUR, a_list("routine")))
    assert (found.signed_at, found.lists) == ("", ())
    judged = deadline(found)
    assert (judged.verdict, judged.as_json()["signed"], judged.as_json()["margin_seconds"]) == ("MISSED", None, None)
    assert "no list of that ceremony revokes anything" in judged.sentence


def test_a_moment_that_is_none_is_an_error() -> None:
    found = dealt_with((HOUR, INCIDENT.model_copy(update={"deadline": "tomorrow"})))
    with pytest.raises(ValueError, match="tomorrow"):
        deadline(found)


def test_the_register_says_it_in_words_and_keeps_it() -> None:
    entry = dealt_with((HOUR, INCIDENT), *at(30 * HOUR, a_list("end", added=ONE)))
    register = Register(mode="production", incidents=(entry,))
    text = " ".join(" ".join(register_lines(register, AWARE)).split())
    assert "INCIDENTS AND THEIR DEADLINES A key was lost. (0004-emergency) MISSED: aware 2026-11-22T01:00:00Z" in text
    assert parse_register(register.octets) == register
    assert b"incidents" not in Register(mode="production").octets
