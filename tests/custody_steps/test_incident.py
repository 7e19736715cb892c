"""The incident: a moment that cannot be is refused, a deadline is worked out, a late start is said to be late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ceremony.engine.steps.incident import deadline_details
from ceremony.room.clock import FixedClock, iso, parse_iso
from ceremony.transcript.kinds import IncidentRecorded
from ceremony.transcript.state import CeremonyState
from tests.house.ca import House
from tests.transcript.lines import line


def said(**fields: str) -> Any:
    now = iso(datetime.now(UTC))
    return lambda request: {"what": "A laptop was stolen.", "aware": now} | fields


@pytest.fixture
def kept(house: House) -> House:
    assert house.hold("generation").closed
    house.again()
    return house


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"aware": "2099-01-01T00:00:00Z"}, "before it happens"),
        ({"aware": "yesterday"}, "Write the time"),
        ({"what": "  "}, "say what happened"),
        ({"what": "two\nlines"}, "One line"),
        ({"what": "x" * 301}, "One line"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(kept: House, fields: dict[str, str], reason: str) -> None:
    kept.people.answers["record", "incident"] = said(**fields)
    assert not kept.hold("end").closed
    fault = kept.events("step-failed", 2)[0]
    assert fault.code == "INCIDENT-FORM"
    assert reason in fault.detail
    assert kept.events("incident-recorded", 2) == []


def test_the_form_itself_says_what_is_wrong(kept: House) -> None:
    assert kept.hold("end").closed
    what, aware = kept.people.of("record", "incident")[0].blanks
    assert what.check("")
    assert what.check("Stolen.") is None
    assert aware.check("2099-01-01T00:00:00Z")
    assert aware.check("2026-01-01T00:00:00Z") is None


def test_the_deadline_is_the_hours_of_the_script(kept: House) -> None:
    assert kept.hold("end").closed
    (incident,) = kept.events("incident-recorded", 2)
    assert parse_iso(incident.deadline) - parse_iso(incident.aware_at) == timedelta(hours=incident.hours)
    assert incident.hours == 24
    details = dict(kept.people.of("instruct", "incident")[0].details)
    assert details["Deadline"].startswith(incident.deadline)
    assert kept.people.of("confirm", "incident") == []
    assert kept.failed() == set()


def test_a_late_start_is_stated_and_recorded(kept: House) -> None:
    kept.people.answers["record", "incident"] = said(aware="2026-01-01T00:00:00Z")
    assert kept.hold("end").closed
    asked = kept.people.of("confirm", "incident")
    assert [(request.person, request.word, request.danger) for request in asked] == [
        ("Rini Wulandari", "LATE", True),
        ("Siti Rahmawati", "LATE", True),
    ]
    assert [data.word for data in kept.events("statement-confirmed", 2)].count("LATE") == 2
    assert kept.failed() == set()


def test_a_late_start_that_nobody_states_goes_no_further(kept: House) -> None:
    kept.people.answers["record", "incident"] = said(aware="2026-01-01T00:00:00Z")
    kept.people.answers["confirm", "incident"] = lambda request: request.person != "Siti Rahmawati"
    assert not kept.hold("end").closed
    assert kept.events("step-failed", 2)[0].code == "INCIDENT-LATE"
    assert kept.events("incident-recorded", 2) == []


@pytest.mark.parametrize(
    ("hours", "words"), [(3, "21 h 00 min left"), (24, "0 h 00 min left"), (26, "passed 2 h 00 min ago")]
)
def test_later_steps_can_show_what_is_left(hours: int, words: str) -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    state = CeremonyState()
    room: Any = SimpleNamespace(state=state, clock=FixedClock(start + timedelta(hours=hours)))
    assert deadline_details(room) == ()
    deadline = iso(start + timedelta(hours=24))
    state.apply(line(IncidentRecorded(what="Stolen.", aware_at=iso(start), hours=24, deadline=deadline, late=False)))
    assert deadline_details(room) == (("Deadline", f"{deadline}: {words}"),)
