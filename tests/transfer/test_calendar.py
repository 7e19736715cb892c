"""Calendar files, read back by a strict reader of RFC 5545 that knows nothing of the writer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceremony.errors import CeremonyError
from ceremony.transfer.calendar import Event, calendar_file, crl_events

STAMP = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOMENT = datetime(2027, 11, 22, 9, 30, 14, tzinfo=UTC)

LINE = re.compile(
    r"(?P<name>[A-Z-]+)(?P<parameters>(?:;[A-Z-]+=[^\x00-\x1f\x7f\";:,]+)*):(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
DURATION = re.compile(r"-P(?:(\d+)D|T(\d+)H)")
ONCE = {
    "VCALENDAR": ({"PRODID", "VERSION"}, {"CALSCALE"}),
    "VEVENT": ({"UID", "DTSTAMP", "DTSTART", "SUMMARY"}, {"DESCRIPTION", "TRANSP"}),
    "VALARM": ({"ACTION", "TRIGGER", "DESCRIPTION"}, set()),
}
"""What must, and what may, stand once in each component (RFC 5545 3.6, 3.6.1, 3.6.6)."""
INSIDE = {"VCALENDAR": {"VEVENT"}, "VEVENT": {"VALARM"}, "VALARM": set()}


@dataclass
class Component:
    """One component: its properties as (parameters, value), and the components inside."""

    name: str
    properties: dict[str, tuple[str, str]] = field(default_factory=dict)
    inside: list[Component] = field(default_factory=list)

    def value(self, name: str) -> str:
        return self.properties[name][1]

    def text(self, name: str) -> str:
        return unescaped(self.value(name))


def content_lines(octets: bytes) -> list[str]:
    """Unfolds (RFC 5545 3.1): lines of at most 75 octets, each ended by CRLF, folded between characters."""
    rows = octets.split(b"\r\n")
    assert rows.pop() == b""
    assert all(b"\r" not in row and b"\n" not in row and 0 < len(row) <= 75 for row in rows)
    assert [row.decode("utf-8") for row in rows]  # no character is cut in two
    lines: list[str] = []
    for row in rows:
        if row[:1] in {b" ", b"\t"}:
            lines[-1] += row[1:].decode("utf-8")
        else:
            lines.append(row.decode("utf-8"))
    return lines


def unescaped(text: str) -> str:
    """A TEXT value (3.3.11): every special character is escaped, and nothing else is."""
    assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", text)
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


def read(octets: bytes) -> Component:
    """The calendar. Fails for whatever RFC 5545 does not allow."""
    root = Component("")
    stack = [root]
    for line in content_lines(octets):
        match = LINE.fullmatch(line)
        assert match, line
        name, value = match["name"], match["value"]
        if name == "BEGIN":
            assert stack[-1] is root or value in INSIDE[stack[-1].name]
            stack[-1].inside.append(Component(value))
            stack.append(stack[-1].inside[-1])
        elif name == "END":
            assert stack.pop().name == value
        else:
            assert not stack[-1].inside, "a property stands behind a component"
            assert name not in stack[-1].properties
            stack[-1].properties[name] = (match["parameters"], value)
    assert stack == [root]
    (calendar,) = root.inside
    assert calendar.name == "VCALENDAR"
    assert calendar.inside
    check(calendar)
    assert calendar.value("VERSION") == "2.0"
    return calendar


def check(component: Component) -> None:
    must, may = ONCE[component.name]
    assert must <= set(component.properties) <= must | may
    for inside in component.inside:
        check(inside)


def moment(text: str) -> datetime:
    assert re.fullmatch(r"\d{8}T\d{6}Z", text)
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def before(alarm: Component) -> timedelta:
    assert (alarm.name, alarm.value("ACTION")) == ("VALARM", "DISPLAY")
    match = DURATION.fullmatch(alarm.value("TRIGGER"))
    assert match
    return timedelta(days=int(match[1] or 0), hours=int(match[2] or 0))


def file_of(**changes: Any) -> bytes:
    return calendar_file(
        [replace(Event("Hold the ceremony", MOMENT, "Twice; or more,\nif \\ need be."), **changes)], stamp=STAMP
    )


class TestFile:
    def test_the_dates_of_a_crl_are_read_back(self) -> None:
        renew = MOMENT - 30 * DAY
        events = crl_events("Uji Root P1", 7, renew_by=renew, next_update=MOMENT, practice=False)
        first, second = read(calendar_file(events, stamp=STAMP)).inside
        assert first.text("SUMMARY") == "Hold the ceremony for the next CRL of Uji Root P1"
        assert second.text("SUMMARY") == "CRL number 7 of Uji Root P1 expires"
        assert (moment(first.value("DTSTART")), moment(second.value("DTSTART"))) == (renew, MOMENT)
        assert first.text("DESCRIPTION") == (
            "CRL number 7 of Uji Root P1 expires at 2027-11-22T09:30:14Z.\n"
            "The ceremony for the next CRL must be held before 2027-10-23T09:30:14Z, "
            "so that there is time to publish it."
        )
        for event in (first, second):
            assert moment(event.value("DTSTAMP")) == STAMP
            assert [before(alarm) for alarm in event.inside] == [30 * DAY, 7 * DAY]
            assert {alarm.text("DESCRIPTION") for alarm in event.inside} == {event.text("SUMMARY")}

    def test_practice_cannot_be_mistaken(self) -> None:
        dates = {"renew_by": MOMENT - DAY, "next_update": MOMENT}
        real, practice = (crl_events("Uji Root P1", 7, **dates, practice=practice) for practice in (False, True))
        calendar = read(calendar_file(practice, stamp=STAMP))
        assert all(event.text("SUMMARY").startswith("PRACTICE: ") for event in calendar.inside)
        assert all(alarm.text("DESCRIPTION").startswith("PRACTICE: ") for e in calendar.inside for alarm in e.inside)
        identities = [e.value("UID") for e in (*calendar.inside, *read(calendar_file(real, stamp=STAMP)).inside)]
        assert len(set(identities)) == 4

    def test_a_whole_day_has_no_time(self) -> None:
        (event,) = read(file_of(at=date(2027, 11, 22))).inside
        assert event.properties["DTSTART"] == (";VALUE=DATE", "20271122")

    def test_a_moment_is_written_in_utc_to_the_second(self) -> None:
        jakarta = timezone(7 * HOUR)
        local = MOMENT.astimezone(jakarta).replace(microsecond=999_999)
        assert calendar_file([Event("a", local)], stamp=STAMP.astimezone(jakarta)) == calendar_file(
            [Event("a", MOMENT)], stamp=STAMP
        )

    @pytest.mark.parametrize(
        ("span", "written"), [(30 * DAY, "-P30D"), (36 * HOUR, "-PT36H"), (HOUR, "-PT1H"), (48 * HOUR, "-P2D")]
    )
    def test_a_reminder_is_days_or_hours_before(self, span: timedelta, written: str) -> None:
        (event,) = read(file_of(reminders=(span,))).inside
        (alarm,) = event.inside
        assert alarm.value("TRIGGER") == written
        assert before(alarm) == span

    def test_without_reminders_or_description_there_are_none(self) -> None:
        (event,) = read(file_of(reminders=(), description="")).inside
        assert (event.inside, "DESCRIPTION" in event.properties) == ([], False)


class TestSameOctets:
    def test_equal_input_gives_equal_octets(self) -> None:
        assert file_of() == file_of()

    def test_a_later_stamp_changes_the_stamp_alone(self) -> None:
        later = calendar_file([Event("a", MOMENT)], stamp=STAMP + DAY)
        assert later.replace(b"20261123T", b"20261122T") == calendar_file([Event("a", MOMENT)], stamp=STAMP)

    @pytest.mark.parametrize(
        "change", [{"summary": "Other"}, {"at": MOMENT + DAY}, {"at": MOMENT.date()}, {"about": "another CRL"}]
    )
    def test_another_event_has_another_identity(self, change: dict[str, Any]) -> None:
        (one,), (other,) = (read(octets).inside for octets in (file_of(), file_of(**change)))
        assert one.value("UID") != other.value("UID")
        assert re.fullmatch("[0-9a-f]{64}", one.value("UID"))

    def test_the_same_event_told_otherwise_keeps_its_identity(self) -> None:
        (one,), (other,) = (read(octets).inside for octets in (file_of(), file_of(description="x", reminders=())))
        assert one.value("UID") == other.value("UID")


class TestText:
    texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[chr(c) for c in (*range(32), 127)]))

    @given(texts, st.lists(texts).map("\n\t".join))
    def test_every_text_comes_back_whole(self, summary: str, description: str) -> None:
        (event,) = read(file_of(summary=summary, description=description)).inside
        assert event.text("SUMMARY") == summary
        assert ("DESCRIPTION" in event.properties) == bool(description)
        assert not description or event.text("DESCRIPTION") == description

    @pytest.mark.parametrize("size", range(60, 80))
    @pytest.mark.parametrize("character", ["a", "é", "€", "𝄞", ","])
    def test_long_lines_are_folded_between_characters(self, size: int, character: str) -> None:
        (event,) = read(file_of(summary="x" * size + 50 * character)).inside
        assert event.text("SUMMARY") == "x" * size + 50 * character

    @pytest.mark.parametrize("text", ["a\rb", "a\0b", "a\x7fb", "a\x1b[31mb", "a\ud800b"])
    @pytest.mark.parametrize("place", ["summary", "description"])
    def test_what_no_calendar_can_carry_is_refused(self, text: str, place: str) -> None:
        with pytest.raises(CeremonyError) as refused:
            file_of(**{place: text})
        assert refused.value.code == "CALENDAR-TEXT"
        assert f"U+{ord(text[1]):04X}" in refused.value.detail


class TestRefusals:
    def test_no_event_at_all(self) -> None:
        with pytest.raises(ValueError, match="at least one event"):
            calendar_file([], stamp=STAMP)

    @pytest.mark.parametrize("span", [timedelta(0), -DAY, timedelta(minutes=90), timedelta(seconds=1)])
    def test_a_reminder_that_is_no_whole_hours_before(self, span: timedelta) -> None:
        with pytest.raises(ValueError, match="whole hours"):
            file_of(reminders=(span,))

    def test_a_moment_without_a_time_zone(self) -> None:
        for event, stamp in (
            (Event("a", MOMENT.replace(tzinfo=None)), STAMP),
            (Event("a", MOMENT), MOMENT.replace(tzinfo=None)),
        ):
            with pytest.raises(ValueError, match="time zone"):
                calendar_file([event], stamp=stamp)


class TestReader:
    """The judge of these tests refuses what RFC 5545 does."""

    @pytest.mark.parametrize(
        ("found", "instead"),
        [
            (b"\r\n", b"\n"),
            (b"END:VCALENDAR\r\n", b""),
            (b"UID:", b"X-UID:"),
            (b"VERSION:2.0\r\n", b""),
            (b"TRANSP:TRANSPARENT", b"TRANSP:TRANSPARENT\r\nTRANSP:TRANSPARENT"),
            (b"TRIGGER:-P30D", b"TRIGGER"),
            (b"ACTION:DISPLAY\r\n", b""),
            (b"SUMMARY:Hold", b"SUMMARY:" + 70 * b"x"),
            (b"SUMMARY:Hold", b"SUMMARY:\r\nHold"),
            (b"BEGIN:VALARM", b"BEGIN:VEVENT"),
        ],
    )
    def test_a_spoiled_file(self, found: bytes, instead: bytes) -> None:
        assert found in file_of()
        with pytest.raises(AssertionError):
            read(file_of().replace(found, instead))

    @pytest.mark.parametrize("text", ["a,b", "a;b", "a\\", "a\\x"])
    def test_a_text_that_is_not_escaped(self, text: str) -> None:
        with pytest.raises(AssertionError):
            unescaped(text)
