"""Complete CRLs, delta CRLs and parts across ceremonies: nothing that was revoked is lost, and openssl agrees."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError
from ceremony.pki.crl_view import crl_view
from ceremony.room.clock import parse_iso
from ceremony.script.past import past_of_archive
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import CrlEntry
from ceremony.verify.archive import verify_path
from tests.house.held import held_by
from tests.judges import outside
from tests.years.parts import START, WEEK, WEEKS, signed
from tests.years.rig import plan_of

NEXT = START + len(WEEKS) * WEEK
DAY = timedelta(days=1)
Step = dict[str, Any]
Listed = dict[str, str]
SUPERSEDED, COMPROMISED = "superseded", "keyCompromise"
OTHER_PART = "error 44 at 0 depth lookup: different CRL scope"
ROOT_HAS_NONE = "error 44 at 1 depth lookup: different CRL scope"
"""All that is missing where the certificate itself is found good: no list is about the root, which points nowhere."""
REASON_WORDS = {1: COMPROMISED, 4: SUPERSEDED}


@dataclass(frozen=True)
class Parts:
    """What the program left, and what the register says of it."""

    folder: Path
    register: Register

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    def crl(self, entry: CrlEntry) -> bytes:
        return (self.archive / entry.path).read_bytes()

    def listed(self, entry: CrlEntry) -> Listed:
        """The names of the certificates on a list, with their reasons."""
        names = {int(item.serial, 16): item.name for item in self.register.certificates}
        entries = crl_view(self.crl(entry)).entries
        return {names[item.serial_number]: REASON_WORDS[item.reason or 0] for item in entries}

    def last(self, profile: str, moment: datetime) -> CrlEntry:
        return [x for x in self.register.crls if x.profile == profile and parse_iso(x.this_update) <= moment][-1]

    def der(self, name: str) -> bytes:
        entry = self.register.certificate(name)
        assert entry is not None
        return bytes.fromhex(entry.der)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    folder = held_by(Path(__file__).parent / "parts.py", tmp_path_factory.mktemp("parts") / "ca")
    return Parts(folder, past_of_archive(folder / "archive", "practice").register)


def refused(parts: Parts, tmp_path: Path, *steps: Step, now: datetime = NEXT) -> dict[str, str]:
    """What blocks a plan over the archive: rules and sentences."""
    own = Path(shutil.copytree(parts.folder / "ca", tmp_path / "own"))
    (own / "ceremonies" / "many.csv").write_text("serial,revoked_at,reason\n0a,2027-03-02T08:00:00Z,superseded\n")
    try:
        findings = plan_of(own, parts.archive, "next", steps, now).findings
    except CeremonyError as error:
        findings = error.findings
    return {item.rule: item.message for item in findings if item.severity.blocks}


def test_every_week_is_proved(parts: Parts) -> None:
    verdicts = verify_path(parts.archive)
    assert len(verdicts) == len(WEEKS)
    assert [line for verdict in verdicts for line in verdict.lines() if not verdict.proved] == []


def test_the_complete_list_and_its_deltas_share_one_row_of_numbers(parts: Parts) -> None:
    """RFC 5280 5.2.3; each part has a row of its own."""
    found = {item.name: (int(item.number), item.base_number) for item in parts.register.crls}
    assert found == {
        "whole-1": (1, ""),
        "delta-2": (2, "1"),
        "delta-3": (3, "1"),
        "whole-4": (4, ""),
        "delta-5": (5, "4"),
        "delta-6": (6, "4"),
        "whole-7": (7, ""),
        "delta-8": (8, "7"),
        "part-a-1": (1, ""),
        "part-a-2": (2, ""),
        "part-b-1": (1, ""),
        "part-b-2": (2, ""),
    }


def test_each_list_holds_what_came_before_it_and_no_list_loses_an_entry(parts: Parts) -> None:
    found = {item.name: parts.listed(item) for item in parts.register.crls}
    three = {"sub-1": SUPERSEDED, "sub-2": SUPERSEDED, "sub-3": SUPERSEDED}
    assert found == {
        "whole-1": {},
        "delta-2": {"sub-1": SUPERSEDED},
        "delta-3": {"sub-1": SUPERSEDED, "sub-2": SUPERSEDED},
        "whole-4": three,
        "delta-5": {"sub-4": SUPERSEDED},
        "delta-6": {"sub-4": SUPERSEDED, "sub-1": COMPROMISED},
        "whole-7": {**three, "sub-4": SUPERSEDED, "sub-1": COMPROMISED},
        "delta-8": {},
        "part-a-1": {},
        "part-a-2": {"part-a": SUPERSEDED},
        "part-b-1": {},
        "part-b-2": {"part-b": SUPERSEDED},
    }


def test_what_a_complete_list_takes_in_from_its_deltas_keeps_date_and_name(parts: Parts) -> None:
    of_whole = [item for item in parts.register.revocations if item.crl_profile == "whole"]
    assert {(item.number, item.certificate, item.reason, item.revoked_at) for item in of_whole} == {
        ("4", "sub-1", SUPERSEDED, "2027-03-15T08:00:00Z"),
        ("4", "sub-2", SUPERSEDED, "2027-03-22T08:00:00Z"),
        ("4", "sub-3", SUPERSEDED, "2027-03-29T08:00:00Z"),
        ("7", "sub-4", SUPERSEDED, "2027-04-05T08:00:00Z"),
        ("7", "sub-1", COMPROMISED, "2027-03-15T08:00:00Z"),
    }


def test_openssl_agrees_about_complete_lists_with_their_deltas(parts: Parts, tmp_path: Path) -> None:
    answers = set()
    for week in range(2, len(WEEKS)):
        moment = START + week * WEEK + DAY
        lists = [parts.last("whole", moment), parts.last("delta", moment)]
        octets = [parts.crl(item) for item in lists]
        revoked = {name for item in lists for name in parts.listed(item)}
        for name in ("sub-1", "sub-2", "sub-3", "sub-4"):
            asked = {"root": parts.der("root"), "crls": octets, "at": moment}
            ok, text = outside.openssl_verify(tmp_path, parts.der(name), **asked, deltas=True)
            assert ok is (name not in revoked), f"week {week} {name}: {text}"
            assert ok or "certificate revoked" in text
            answers.add((ok, name))
    assert len(answers) == 7  # each of them was good, but for one that the first delta revoked, and then was not


def test_without_the_delta_openssl_knows_less(parts: Parts, tmp_path: Path) -> None:
    """The delta counts: the complete list of week 1 does not revoke what the delta of week 2 revokes."""
    moment = START + 2 * WEEK + DAY
    whole = parts.crl(parts.last("whole", moment))
    asked = {"root": parts.der("root"), "crls": [whole], "at": moment}
    assert outside.openssl_verify(tmp_path, parts.der("sub-1"), **asked).ok


@pytest.mark.parametrize("letter", ["a", "b"])
def test_openssl_takes_the_part_to_which_a_certificate_points_and_no_other(
    letter: str, parts: Parts, tmp_path: Path
) -> None:
    name, other = f"part-{letter}", f"part-{'b' if letter == 'a' else 'a'}"
    living = {"a": 1, "b": 3}[letter]  # the last week in which it was not revoked
    for week, of_part, words in (
        (living, name, ROOT_HAS_NONE),
        (5, name, "error 23 at 0 depth lookup: certificate revoked"),
        (living, other, OTHER_PART),
        (5, other, OTHER_PART),
    ):
        moment = START + week * WEEK + DAY
        asked = {"root": parts.der("parted-root"), "crls": [parts.crl(parts.last(of_part, moment))], "at": moment}
        _, text = outside.openssl_verify(tmp_path, parts.der(name), **asked, deltas=True)
        errors = [line for line in text.splitlines() if " depth lookup: " in line]
        assert errors[0] == words, text


def test_the_part_of_a_list_is_critical(parts: Parts, tmp_path: Path) -> None:
    for item in parts.register.crls:
        _, text = outside.openssl_crl(tmp_path, parts.crl(item), parts.der(item.issuer))
        assert ("X509v3 Issuing Distribution Point: critical" in text) is item.profile.startswith("part")
        assert ("X509v3 Delta CRL Indicator: critical" in text) is (item.profile == "delta")
        assert ("X509v3 Freshest CRL" in text) is (item.profile == "whole")


# What is refused -----------------------------------------------------------------------------------------------------


def test_a_certificate_is_revoked_on_the_part_to_which_it_points(parts: Parts, tmp_path: Path) -> None:
    own = "part-a points to http://pki.example.org/part-a.crl, and this list is for http://pki.example.org/part-b.crl."
    refusal = refused(parts, tmp_path, signed("part-b", 3, "part-a"))
    assert own in refusal["CRL-PARTITION"]


def test_a_delta_needs_a_base(parts: Parts, tmp_path: Path) -> None:
    """The generation made no list yet."""
    archive = tmp_path / "archive"
    archive.mkdir()
    shutil.copytree(parts.archive / "0001-week-0", archive / "0001-week-0")
    own = Path(shutil.copytree(parts.folder / "ca", tmp_path / "own"))
    plan = plan_of(own, archive, "next", [signed("delta", 1, first=True)], START + DAY)
    (finding,) = [item for item in plan.findings if item.severity.blocks]
    assert finding.rule == "CRL-BASE"
    assert "Sign the complete CRL first." in finding.message


@pytest.mark.parametrize("profile", ["whole", "delta"])
def test_what_a_delta_revoked_is_not_revoked_again_by_any_list_of_its_scope(
    profile: str, parts: Parts, tmp_path: Path
) -> None:
    refusal = refused(parts, tmp_path, signed(profile, 9, "sub-2"))
    assert "revoked already" in refusal["CRL-ENTRY-TWICE"]


@pytest.mark.parametrize(
    ("reason", "revoked_at", "allowed"),
    [
        (COMPROMISED, "2027-03-22T08:00:00Z", True),
        (COMPROMISED, "2027-03-23T08:00:00Z", False),
        (SUPERSEDED, "2027-03-22T08:00:00Z", False),
    ],
)
def test_a_delta_may_change_the_reason_of_its_base_to_keycompromise_and_nothing_else(
    reason: str, revoked_at: str, allowed: bool, parts: Parts, tmp_path: Path
) -> None:
    entry = {"certificate": "sub-2", "reason": reason, "revoked_at": revoked_at}
    refusal = refused(parts, tmp_path, signed("delta", 9, revoke=[entry]))
    assert (refusal == {}) is allowed, refusal
    assert allowed or "CRL-ENTRY-TWICE" in refusal


def test_lists_go_on_from_each_part_and_each_delta(parts: Parts, tmp_path: Path) -> None:
    steps = [signed(profile, 9) for profile in ("whole", "part-a", "part-b")]
    assert refused(parts, tmp_path, *steps, signed("delta", 9)) == {}


@pytest.mark.parametrize("profile", ["delta", "part-a"])
def test_a_first_list_says_so_once(profile: str, parts: Parts, tmp_path: Path) -> None:
    assert "CRL-FIRST" in refused(parts, tmp_path, signed(profile, 9, first=True))


def test_a_changed_delta_stops_the_next_complete_list(parts: Parts, tmp_path: Path) -> None:
    """What the delta revoked must be taken in, so it must be there as it was signed."""
    archive = Path(shutil.copytree(parts.archive, tmp_path / "archive"))
    (archive / parts.last("delta", NEXT).path).unlink()
    own = Path(shutil.copytree(parts.folder / "ca", tmp_path / "own"))
    with pytest.raises(CeremonyError) as caught:
        plan_of(own, archive, "next", [signed("whole", 9)], NEXT)
    assert caught.value.code == "CRL-PREVIOUS"


def of_users(profile: str, number: int, *, first: bool = True, **more: Any) -> Step:
    return {**signed(profile, number, **more), "issuer": "sub-4", "first": first}


def test_a_file_of_revocations_is_for_the_complete_list_of_subscribers(parts: Parts, tmp_path: Path) -> None:
    many = {"revocations": "many.csv"}
    assert refused(parts, tmp_path, of_users("users", 1, **many), of_users("users-delta", 2)) == {}
    shutil.rmtree(tmp_path / "own")
    refusal = refused(parts, tmp_path, of_users("users", 1), of_users("users-delta", 2, **many))
    assert "what a file of revocations brought to a delta CRL" in refusal["CRL-BULK"]
    shutil.rmtree(tmp_path / "own")
    assert "named in the script" in refused(parts, tmp_path, signed("whole", 9, **many))["CRL-BULK"]


def test_a_ca_that_was_revoked_issues_nothing(parts: Parts, tmp_path: Path) -> None:
    responder = {"kind": "issue", "certificate": "answers", "profile": "answers", "key": "answers", "issuer": "sub-2"}
    steps = [
        {"id": "make-answers", "kind": "generate-key", "key": "answers", "profile": "ec"},
        {"id": "sign-answers", **responder},
    ]
    refusal = refused(parts, tmp_path, *steps)
    said = "its issuing certificate sub-2 was revoked on 2027-03-22T08:00:00Z: superseded"
    assert refusal == {"CHAIN-REVOKED": said}
    archive = tmp_path / "archive"
    archive.mkdir()
    for number in (0, 1, 2):  # before it was revoked
        shutil.copytree(parts.archive / f"000{number + 1}-week-{number}", archive / f"000{number + 1}-week-{number}")
    plan = plan_of(tmp_path / "own", archive, "before", steps, START + 3 * WEEK)
    assert plan.ok, plan.findings
