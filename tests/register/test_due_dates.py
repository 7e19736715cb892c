"""What is due, and when: at, before and after each moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from ceremony.room.clock import parse_iso
from ceremony.script.due_dates import Due, crl_gaps, due_dates, years_after
from ceremony.transcript.register import Register
from tests.register.entries import backup, certificate, crl, key, register, response, revocation

NOW = parse_iso("2027-06-01T00:00:00Z")


def due(held: Register, what: str, now: datetime = NOW) -> list[Due]:
    return [item for item in due_dates(held, now) if item.what == what]


def at(day: str) -> datetime:
    return parse_iso(f"{day}T00:00:00Z")


class TestLists:
    def test_the_last_list_of_a_profile_is_renewed_before_it_ends(self) -> None:
        lists = (
            crl(1, "2026-03-01", "2027-03-01"),
            crl(2, "2027-02-01", "2028-02-01", renew_by="2028-01-01T00:00:00Z"),
        )
        (item,) = due(register(crls=lists), "crl")
        assert (item.at, item.ends, item.past) == ("2028-01-01T00:00:00Z", "2028-02-01T00:00:00Z", False)
        assert "number 2 of profile arl" in item.sentence

    def test_a_list_that_should_have_been_renewed_is_past(self) -> None:
        held = register(crls=(crl(1, "2026-03-01", "2027-03-01"),))
        assert [item.past for item in due(held, "crl")] == [True]

    def test_each_profile_has_its_own(self) -> None:
        lists = (crl(1, "2027-03-01", "2028-03-01"), crl(1, "2027-03-01", "2027-07-01", profile="delta"))
        assert [item.subject for item in due(register(crls=lists), "crl")] == ["delta", "arl"]

    @pytest.mark.parametrize(
        "of_the_ca",
        [
            {"certificates": (certificate("root", not_after="2027-05-31T23:59:59Z"),)},
            {"certificates": (certificate("root"),), "keys": (key("root", state="destroyed"),)},
        ],
    )
    def test_nothing_more_is_due_of_a_ca_that_ended(self, of_the_ca: dict[str, Any]) -> None:
        held = register(crls=(crl(1, "2026-03-01", "2027-03-01"),), **of_the_ca)
        assert due(held, "crl") == []
        assert crl_gaps(held, NOW) == ()

    def test_lists_that_overlap_or_touch_leave_no_gap(self) -> None:
        lists = (
            crl(1, "2026-03-01", "2027-03-01"),
            crl(2, "2027-02-01", "2027-05-01"),
            crl(3, "2027-05-01", "2028-05-01"),
        )
        assert crl_gaps(register(crls=lists), NOW) == ()

    def test_a_day_without_a_list_is_a_gap(self) -> None:
        lists = (crl(1, "2026-03-01", "2027-03-01"), crl(2, "2027-03-02", "2028-03-01"))
        (gap,) = crl_gaps(register(crls=lists), NOW)
        assert (gap.after_number, gap.since, gap.until) == ("1", "2027-03-01T00:00:00Z", "2027-03-02T00:00:00Z")

    def test_a_list_that_ended_leaves_a_gap_that_goes_on(self) -> None:
        held = register(crls=(crl(1, "2026-03-01", "2027-03-01"),))
        assert [gap.until for gap in crl_gaps(held, NOW)] == [""]
        assert crl_gaps(held, at("2027-03-01")) == ()

    def test_lists_of_two_profiles_do_not_fill_each_others_gaps(self) -> None:
        lists = (
            crl(1, "2026-03-01", "2027-03-01"),
            crl(1, "2026-03-01", "2028-03-01", profile="other"),
            crl(2, "2027-03-02", "2028-03-01"),
        )
        assert [gap.profile for gap in crl_gaps(register(crls=lists), NOW)] == ["arl"]


class TestResponses:
    def test_responses_that_end_together_are_one_line(self) -> None:
        held = register(
            responses=(response("1a", "2027-05-01", "2027-08-01"), response("2b", "2027-05-01", "2027-08-01"))
        )
        (item,) = due(held, "ocsp-response")
        assert "2 OCSP responses" in item.sentence

    def test_only_the_last_response_about_a_certificate_counts(self) -> None:
        held = register(
            responses=(response("1a", "2026-05-01", "2026-08-01"), response("1a", "2027-05-01", "2027-08-01"))
        )
        assert [item.at for item in due(held, "ocsp-response")] == ["2027-08-01T00:00:00Z"]

    def test_of_a_certificate_that_ended_none_is_due(self) -> None:
        held = register(
            certificates=(certificate("sub", not_after="2027-05-31T23:59:59Z"),),
            responses=(response("1a", "2027-05-01", "2027-08-01", certificate="sub"),),
        )
        assert due(held, "ocsp-response") == []


class TestCertificates:
    @pytest.mark.parametrize(
        ("not_after", "told"),
        [
            ("2027-05-31T23:59:59Z", False),
            ("2027-06-01T00:00:00Z", True),
            ("2029-05-31T00:00:00Z", True),
            ("2029-05-31T00:00:01Z", False),
        ],
    )
    def test_those_that_end_within_two_years(self, not_after: str, told: bool) -> None:
        held = register(certificates=(certificate("sub", not_after=not_after),))
        assert bool(due(held, "certificate-ends")) is told

    def test_a_revoked_one_needs_no_successor(self) -> None:
        held = register(
            certificates=(certificate("sub", not_after="2028-01-01T00:00:00Z"),), revocations=(revocation("1a"),)
        )
        assert due(held, "certificate-ends") == []

    def test_the_same_serial_number_of_another_issuer_is_not_the_revoked_one(self) -> None:
        held = register(
            certificates=(certificate("sub", not_after="2028-01-01T00:00:00Z"),),
            revocations=(revocation("1a", issuer="other"),),
        )
        assert len(due(held, "certificate-ends")) == 1


class TestKeys:
    def test_a_roots_key_is_five_and_fifteen_years_old(self) -> None:
        held = register(keys=(key("root"),), certificates=(certificate("root"),))
        assert [item.at for item in due(held, "key-too-old-to-apply")] == ["2031-03-01T09:00:00Z"]
        assert [item.at for item in due(held, "key-loses-trust")] == ["2041-03-01T09:00:00Z"]

    def test_an_older_key_cannot_apply_and_may_have_lost_trust(self) -> None:
        held = register(keys=(key("root"),), certificates=(certificate("root"),))
        later = at("2041-03-02")
        assert due(held, "key-too-old-to-apply", later) == []
        assert [item.past for item in due(held, "key-loses-trust", later)] == [True]

    def test_a_subordinates_key_and_a_destroyed_one_are_not_counted(self) -> None:
        held = register(
            keys=(key("sub"), key("gone", state="destroyed", destroyed_at="2027-01-01T00:00:00Z")),
            certificates=(certificate("root"), certificate("sub"), certificate("gone", issuer="gone")),
        )
        assert due(held, "key-loses-trust") == []

    def test_a_parked_key_ages_too(self) -> None:
        held = register(keys=(key("spare", state="parked", reason="For later."),))
        assert [item.subject for item in due(held, "key-loses-trust")] == ["spare"]

    def test_a_key_of_29_february_has_a_birthday_every_year(self) -> None:
        born = parse_iso("2028-02-29T10:00:00Z")
        assert years_after(born, 5) == parse_iso("2033-03-01T10:00:00Z")
        assert years_after(born, 4) == parse_iso("2032-02-29T10:00:00Z")


class TestBackups:
    def test_one_that_was_tested_is_due_a_year_later(self) -> None:
        held = register(keys=(key("root", backups=(backup(tested_at="2027-01-01T00:00:00Z"),)),))
        (item,) = due(held, "backup-test")
        assert (item.at, item.past) == ("2028-01-01T00:00:00Z", False)
        assert "never" not in item.sentence

    def test_one_that_was_never_tested_is_due_a_year_after_it_was_made(self) -> None:
        (item,) = due(register(keys=(key("root", backups=(backup(),)),)), "backup-test")
        assert (item.at, item.past) == ("2027-03-01T09:00:00Z", True)
        assert "never tested" in item.sentence

    def test_none_of_a_destroyed_key(self) -> None:
        assert due(register(keys=(key("root", backups=(backup(),), state="destroyed"),)), "backup-test") == []


def test_the_earliest_comes_first() -> None:
    held = register(
        keys=(key("root", backups=(backup(),)),),
        certificates=(certificate("root"), certificate("sub", not_after="2028-01-01T00:00:00Z")),
        crls=(crl(1, "2027-03-01", "2027-09-01"),),
    )
    found = [item.at for item in due_dates(held, NOW)]
    assert found == sorted(found)
    assert len(found) == 5


def test_a_moment_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="not"):
        due_dates(register(certificates=(certificate("root", not_after="next year"),)), NOW)


def test_a_token_that_is_made_anew_holds_no_backup() -> None:
    held = register(keys=(key("root", backups=(backup(), backup(label="ROOT-C"))),))
    (left,) = held.without_token("ROOT-B").keys
    assert [item.label for item in left.backups] == ["ROOT-C"]
    assert held.without_token("ROOT").keys == ()
