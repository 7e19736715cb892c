"""Dates and names worked out from a profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.pki.certificate import subject_of, validity_period
from ceremony.pki.holes import attributes_of
from ceremony.policy.models import Validity

CLOCK = datetime(2026, 11, 22, 9, 30, 15, 999, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "first"),
    [("second", "2026-11-22 09:30:15"), ("hour", "2026-11-22 09:00:00"), ("day", "2026-11-22 00:00:00")],
)
def test_a_lifetime_starts_rounded_down(starts: Any, first: str) -> None:
    assert validity_period(Validity(lifetime="1d", starts=starts), CLOCK)[0] == at(first)


@pytest.mark.parametrize(
    ("lifetime", "last"),
    [
        ("20y", "2046-11-22 09:30:14"),
        ("25y", "2051-11-22 09:30:14"),
        ("90d", "2027-02-20 09:30:14"),
        ("36h", "2026-11-23 21:30:14"),
    ],
)
def test_the_last_second_is_inside(lifetime: str, last: str) -> None:
    not_before, not_after = validity_period(Validity(lifetime=lifetime), CLOCK)
    assert not_after == at(last)
    assert (not_after - not_before + timedelta(seconds=1)) % timedelta(hours=1) == timedelta(0)


def test_a_leap_day_ends_on_a_leap_day_where_there_is_one_and_a_day_early_where_not() -> None:
    leap = at("2028-02-29 12:00:00")
    assert validity_period(Validity(lifetime="20y"), leap)[1] == at("2048-02-29 11:59:59")
    assert validity_period(Validity(lifetime="5y"), leap)[1] == at("2033-02-28 11:59:59")


def test_the_clock_of_another_zone_counts_in_utc() -> None:
    jakarta = datetime(2026, 11, 22, 5, 0, tzinfo=timezone(timedelta(hours=7)))
    assert validity_period(Validity(lifetime="1d", starts="day"), jakarta)[0] == at("2026-11-21 00:00:00")


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        validity_period(Validity(lifetime="1d"), datetime(2026, 1, 1))  # noqa: DTZ001 - the refusal is the point


def test_given_dates_are_taken_as_they_are() -> None:
    validity = Validity(not_before="2024-03-13T00:00:00Z", not_after="2027-03-12T23:59:59Z")
    assert validity_period(validity, CLOCK) == (at("2024-03-13 00:00:00"), at("2027-03-12 23:59:59"))


@pytest.mark.parametrize(
    "validity",
    [
        Validity(not_before="2026-02-30T00:00:00Z", not_after="2027-01-01T00:00:00Z"),
        Validity(lifetime="9000y"),
        Validity(lifetime="99999y"),
    ],
)
def test_dates_that_cannot_be_are_refused(validity: Validity) -> None:
    with pytest.raises(CeremonyError) as refused:
        validity_period(validity, CLOCK)
    assert refused.value.code == "CERT-VALIDITY"


class TestPracticeMark:
    def subject(self, kit: Any, *attributes: tuple[str, str], practice: bool = True) -> list[str]:
        data = kit.root_data()
        data["subject"] = [{"type": kind, "value": value, "string": "printable"} for kind, value in attributes]
        return [attribute.value for attribute in subject_of(kit.profile_of(data), practice=practice)]

    def test_production_has_none(self, kit: Any) -> None:
        assert self.subject(kit, ("C", "ID"), ("CN", "A"), practice=False) == ["ID", "A"]

    def test_it_ends_the_last_common_name(self, kit: Any) -> None:
        assert self.subject(kit, ("CN", "A"), ("2.5.4.3", "B"), ("C", "ID")) == ["A", "B (PRACTICE)", "ID"]

    def test_without_a_common_name_it_ends_the_last_attribute_that_is_no_country(self, kit: Any) -> None:
        assert self.subject(kit, ("O", "A"), ("C", "ID")) == ["A (PRACTICE)", "ID"]

    def test_it_finds_a_common_name_inside_a_relative_name_of_several(self, kit: Any) -> None:
        data = kit.root_data()
        pair = [{"type": "CN", "value": "A"}, {"type": "OU", "value": "B"}]
        data["subject"] = [{"type": "O", "value": "O"}, {"all_of": pair}]
        subject = subject_of(kit.profile_of(data), practice=True)
        assert [attribute.value for attribute in attributes_of(subject)] == ["O", "A (PRACTICE)", "B"]

    def test_what_no_text_can_be_added_to_is_passed_over(self, kit: Any) -> None:
        data = kit.root_data()
        data["subject"] = [
            {"type": "O", "value": "O"},
            {"type": "CN", "der": "0c0141"},
            {"type": "CN", "value": "1", "string": "numeric"},
        ]
        subject = subject_of(kit.profile_of(data), practice=True)
        assert [attribute.value for attribute in attributes_of(subject)] == ["O (PRACTICE)", None, "1"]

    def test_a_country_alone_is_refused(self, kit: Any) -> None:
        with pytest.raises(CeremonyError, match="PRACTICE"):
            self.subject(kit, ("C", "ID"))
