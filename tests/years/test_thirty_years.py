"""A CA through thirty years: every ceremony is proved, and the register is what the years add up to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from ceremony.pki.crl_view import crl_view
from ceremony.pki.view import certificate_view
from ceremony.room.clock import iso, parse_iso
from ceremony.script.due_dates import crl_gaps, due_dates
from ceremony.script.past import past_of_archive
from ceremony.transcript.register import Register
from ceremony.verify.archive import verify_path
from tests.house.second_opinion import look
from tests.years.story import EMERGENCY, FIRST, LAST, RETIRED, day_of

CEREMONIES = LAST - FIRST + 2  # one each year, and the emergency
AFTER = day_of(LAST).replace(hour=20)


@pytest.fixture(scope="module")
def register(archive: Path) -> Register:
    return past_of_archive(archive, "practice").register


def serial_of(register: Register, name: str) -> str:
    entry = register.certificate(name)
    assert entry is not None
    return entry.serial


def test_every_ceremony_of_thirty_years_is_proved(archive: Path) -> None:
    verdicts = verify_path(archive)
    assert len(verdicts) == CEREMONIES
    assert [line for verdict in verdicts for line in verdict.lines() if not verdict.proved] == []
    for verdict in verdicts:
        proved = {check.id for check in verdict.checks if check.status == "proved"}
        assert {"ARCHIVE-LINK", "ARCHIVE-REGISTER", "ARCHIVE-ONCE", "TBS-BYTES", "TBS-SIGNATURE"} <= proved
        assert len({check.id for check in verdict.checks if check.status == "unproved"} & {"LIMIT-STAND-IN"}) == 0


def test_the_second_verifier_finds_nothing_wrong_with_them(archive: Path) -> None:
    code, said = look(archive)
    assert code == 0, said


def test_every_ceremony_stands_closed_in_its_place(register: Register) -> None:
    assert [item.folder[:4] for item in register.ceremonies] == [f"{n:04d}" for n in range(1, CEREMONIES + 1)]
    assert {item.outcome for item in register.ceremonies} == {"closed"}
    assert {item.mode for item in register.ceremonies} == {"practice"}
    assert not any(item.stand_in for item in register.ceremonies)
    assert [item.script_id for item in register.ceremonies if item.incident] == ["emergency"]
    drill = register.last_drill()
    assert drill is not None
    assert drill.opened_at == iso(EMERGENCY)


def test_every_key_is_in_the_state_that_the_years_left_it_in(register: Register) -> None:
    states = {key.name: (key.state, key.profile, key.ceremony[5:]) for key in register.keys}
    assert states == {
        "root": ("certified", "kept", "generation"),
        "second": ("destroyed", "ec", "generation"),
        "issuing-1": ("certified", "ec", "generation"),
        "reserve": ("certified", "ec", "generation"),
        "answers": ("certified", "ec", "year-2029"),
        "issuing-2": ("certified", "ec", "year-2032"),
        "answers-2": ("certified", "ec", "year-2035"),
        "issuing-5": ("certified", "ec", "year-2044"),
        "issuing-7": ("certified", "ec", "year-2054"),
    }
    assert len({key.token_serial for key in register.keys}) == 1  # one token through all the years
    assert len({key.spki_sha256 for key in register.keys}) == len(register.keys)
    second, root = register.key("second"), register.key("root")
    assert second is not None
    assert (second.destroyed_at, second.reason) == (iso(day_of(RETIRED)), "The second root retires.")
    assert root is not None
    (backup,) = root.backups
    assert (backup.label, backup.made_at) == ("PRACTICE VAULT", iso(day_of(FIRST)))
    assert backup.tested_at == iso(day_of(2042))
    assert backup.serial != root.token_serial


def test_a_parked_key_was_parked_until_it_was_certified(archive: Path) -> None:
    def state(before: str) -> str:
        octets = (archive / before / "inputs" / "register.json").read_bytes()
        return next(key["state"] for key in json.loads(octets)["keys"] if key["name"] == "reserve")

    assert state("0009-emergency") == "parked"
    assert state("0010-year-2035") == "certified"


def test_every_certificate_is_on_the_record_with_its_key(register: Register) -> None:
    found = {item.name: (item.profile, item.issuer, item.key) for item in register.certificates}
    assert found == {
        "root": ("root", "root", "root"),
        "second-root": ("second-root", "second-root", "second"),
        "second-root-by-root": ("second-root-by-root", "root", "second"),
        "root-by-second-root": ("root-by-second-root", "second-root", "root"),
        "issuing-1": ("issuing", "root", "issuing-1"),
        "issuing-2": ("issuing", "root", "issuing-2"),
        "issuing-3": ("issuing", "root", "reserve"),
        "issuing-4": ("issuing", "root", "reserve"),
        "issuing-5": ("issuing", "root", "issuing-5"),
        "issuing-6": ("issuing", "root", "issuing-5"),
        "issuing-7": ("issuing", "root", "issuing-7"),
        "answers-1": ("answers", "root", "answers"),
        "answers-2": ("answers", "root", "answers-2"),
    }
    assert len({(item.issuer, item.serial) for item in register.certificates}) == len(found)


def test_a_renewed_certificate_has_the_name_and_a_cross_certificate_the_key_of_the_one_before(
    register: Register,
) -> None:
    views = {item.name: certificate_view(bytes.fromhex(item.der)) for item in register.certificates}
    assert len({views[name].subject.der for name in views if name.startswith("issuing")}) == 1
    for one, other, same_key in (
        ("issuing-1", "issuing-2", False),
        ("issuing-3", "issuing-4", True),
        ("issuing-5", "issuing-6", True),
        ("issuing-6", "issuing-7", False),
        ("root", "root-by-second-root", True),
        ("second-root", "second-root-by-root", True),
        ("answers-1", "answers-2", False),
    ):
        assert (views[one].key.spki == views[other].key.spki) is same_key, (one, other)
        same_identifier = views[one].subject_key_identifier == views[other].subject_key_identifier
        assert same_identifier is same_key
        assert views[one].subject.der == views[other].subject.der


def test_an_issuing_ca_that_was_not_revoked_was_there_after_every_ceremony(register: Register) -> None:
    issuing = [item for item in register.certificates if item.profile == "issuing"]
    moments = [day_of(year).replace(hour=20) for year in range(FIRST, LAST + 1)] + [EMERGENCY.replace(hour=23)]
    for moment in moments:
        lost = {item.certificate for item in register.revocations if parse_iso(item.revoked_at) <= moment}
        living = [item for item in issuing if parse_iso(item.not_before) <= moment <= parse_iso(item.not_after)]
        assert any(item.name not in lost for item in living), moment


def test_lists_are_numbered_from_one_and_always_in_force(register: Register) -> None:
    runs = {name: [item for item in register.crls if item.profile == name] for name in ("root", "second-root")}
    assert len(runs["root"]) == LAST - FIRST + 2
    assert len(runs["second-root"]) == RETIRED - FIRST + 1
    for profile, run in runs.items():
        assert [int(item.number) for item in run] == list(range(1, len(run) + 1))
        assert {item.issuer for item in run} == {profile}
        for before, after in pairwise(run):
            assert parse_iso(before.this_update) < parse_iso(after.this_update) <= parse_iso(before.next_update)
            assert parse_iso(before.next_update) < parse_iso(after.next_update)
    assert crl_gaps(register, AFTER) == ()


def test_the_lists_themselves_say_what_the_register_says(archive: Path, register: Register) -> None:
    for item in register.crls:
        view = crl_view((archive / item.path).read_bytes())
        assert (view.number, iso(view.this_update), len(view.entries)) == (
            int(item.number),
            item.this_update,
            item.entries,
        )
        assert view.next_update is not None
        assert iso(view.next_update) == item.next_update


def test_an_entry_stands_until_one_list_after_the_certificate_expired(archive: Path, register: Register) -> None:
    for profile, certificate, first in (
        ("root", "issuing-2", "root-2034-emergency"),
        ("second-root", "root-by-second-root", "second-root-2036"),
    ):
        entry = register.certificate(certificate)
        assert entry is not None
        serial, end = int(entry.serial, 16), parse_iso(entry.not_after)
        run = [item for item in register.crls if item.profile == profile]
        holding = [item for item in run if serial in serials(archive, item.path)]
        assert holding[0].name == first
        beyond = [item for item in run if parse_iso(item.this_update) > end]
        assert holding[-1] == beyond[0]  # RFC 5280 3.3: one list beyond the end, and no other
        places = [run.index(item) for item in holding]
        assert places == list(range(places[0], places[-1] + 1))


def serials(archive: Path, path: str) -> set[int]:
    return {entry.serial_number for entry in crl_view((archive / path).read_bytes()).entries}


def test_both_revocations_are_on_the_record(register: Register) -> None:
    found = [(item.certificate, item.issuer, item.reason, item.revoked_at) for item in register.revocations]
    assert found == [
        ("issuing-2", "root", "keyCompromise", iso(EMERGENCY)),
        ("root-by-second-root", "second-root", "superseded", iso(day_of(2036))),
    ]
    assert [item.serial for item in register.revocations] == [
        serial_of(register, "issuing-2"),
        serial_of(register, "root-by-second-root"),
    ]


def test_the_responses_of_each_year_say_what_was_so_then(register: Register) -> None:
    said = [(item.this_update[:4], item.certificate, item.status) for item in register.responses]
    assert said == [
        ("2029", "issuing-1", "good"),
        ("2029", "second-root-by-root", "good"),
        ("2030", "issuing-1", "good"),
        ("2030", "second-root-by-root", "good"),
        ("2035", "second-root-by-root", "good"),
        ("2035", "issuing-2", "revoked"),
        ("2035", "issuing-3", "good"),
    ]


def test_what_is_due_after_thirty_years(register: Register) -> None:
    due = [(item.what, item.subject, item.at, item.past) for item in due_dates(register, AFTER)]
    assert due == [
        ("key-loses-trust", "root", "2042-06-30T08:00:00Z", True),
        ("backup-test", "root", "2043-05-16T08:00:00Z", True),
        ("crl", "root", "2057-03-15T07:59:59Z", False),
    ]
    later = due_dates(register, datetime(2058, 4, 12, tzinfo=UTC))
    assert ("certificate-ends", "issuing-7") in {(item.what, item.subject) for item in later}
    assert ("crl", "root", True) in {(item.what, item.subject, item.past) for item in later}


def test_a_gap_is_told_when_the_next_list_never_comes(register: Register) -> None:
    (gap,) = crl_gaps(register, datetime(2057, 6, 1, tzinfo=UTC))
    assert (gap.profile, gap.after_number, gap.since, gap.until) == ("root", "31", "2057-04-04T07:59:59Z", "")
