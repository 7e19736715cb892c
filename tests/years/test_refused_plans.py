"""What thirty years do not allow is refused when it is planned, with a sentence that says why."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ceremony.errors import CeremonyError, Finding, Severity
from ceremony.room.clock import iso
from ceremony.script.past import past_of_archive
from tests.years.rig import plan_of
from tests.years.story import LAST, answers, crl, cross, day_of, issue, key

Step = dict[str, Any]
NEXT = day_of(LAST) + timedelta(days=360)
IN_2037 = day_of(2037) + timedelta(days=300)
AFTER_ROOT = datetime(2063, 1, 1, tzinfo=UTC)


@pytest.fixture
def own(years: Path, tmp_path: Path) -> Path:
    """A copy of the CA's own folder, with two lists as they were published."""
    folder = Path(shutil.copytree(years / "ca", tmp_path / "own"))
    for name, ceremony in (("root-2055", "0030-year-2055"), ("second-root-2041", "0016-year-2041")):
        shutil.copy(years / "archive" / ceremony / "crls" / f"{name}.crl", folder / "ceremonies")
    shutil.copy(years / "archive" / "0031-year-2056" / "crls" / "root-2056.crl", folder / "ceremonies")
    return folder


@pytest.fixture(scope="session")
def until_2037(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive as it was at the end of that year. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("until-2037")
    for ceremony in sorted(archive.iterdir())[:12]:
        shutil.copytree(ceremony, folder / ceremony.name)
    return folder


def found(own: Path, archive: Path, steps: list[Step], now: datetime) -> list[Finding]:
    """What was found, wherever it was noticed."""
    try:
        return list(plan_of(own, archive, "next", steps, now).findings)
    except CeremonyError as error:
        message = f"{error.headline} {error.detail} {error.next_step}"
        return list(error.findings) or [Finding(error.code, Severity.ERROR, message, error.where)]


def refused(own: Path, archive: Path, steps: list[Step], now: datetime) -> dict[str, str]:
    """What blocks the plan: rules and sentences."""
    return {item.rule: item.message for item in found(own, archive, steps, now) if item.severity.blocks}


def listed(**more: Any) -> list[Step]:
    return [crl("root", "next-list", **more)]


def revoking(name: str, **more: Any) -> list[Step]:
    return listed(revoke=[{"certificate": name, **more}])


def of_key(certificate: str, profile: str) -> list[Step]:
    return [key("another"), issue(certificate, profile, "another")]


BEYOND_2037: dict[str, tuple[list[Step], datetime, str, str]] = {
    "a serial number that was never issued": (
        listed(revoke=[{"serial": "00abadc0de"}]),
        NEXT,
        "CRL-NOT-ISSUED",
        "no certificate of this CA with serial number abadc0de",
    ),
    "a name that nobody knows": (revoking("nothing"), NEXT, "SCRIPT-REVOKE", "makes a certificate `nothing`"),
    "an entry that has left the list": (
        revoking("issuing-2", reason="superseded"),
        NEXT,
        "CRL-ENTRY-TWICE",
        "CRL number 9 of profile root revoked it on 2034-10-17T21:30:00Z: keyCompromise",
    ),
    "the root itself": (revoking("root"), NEXT, "CRL-SELF", "holds the very key that signs this CRL"),
    "a certificate that is to be revoked tomorrow": (
        revoking("issuing-7", revoked_at="2058-01-01T00:00:00Z"),
        NEXT,
        "CRL-FUTURE",
        "Look at the year",
    ),
    "a certificate before its birth": (
        revoking("issuing-7", revoked_at="2053-01-01T00:00:00Z"),
        NEXT,
        "CRL-BEFORE",
        "before issuing-7 was valid",
    ),
    "a CA that is put on hold": (
        revoking("issuing-7", reason="certificateHold"),
        NEXT,
        "cabf.crl_prohibited_reason_code",
        "certificateHold",
    ),
    "a list of many revocations of CAs": (listed(revocations="root-2055.crl"), NEXT, "CRL-BULK", "named in the script"),
    "the list of the year before": (
        listed(previous="root-2055.crl"),
        NEXT,
        "CRL-PUBLISHED",
        "which of the two is true",
    ),
    "the list of another root": (listed(previous="second-root-2041.crl"), NEXT, "CRL-PUBLISHED", "the record's has"),
    "a list that is not there": (listed(previous="none.crl"), NEXT, "SCRIPT-FILE", "there is no such file"),
    "a first list a second time": (listed(first=True), NEXT, "CRL-FIRST", "CRL number 31 of profile root"),
    "a list before the last one": (
        listed(),
        day_of(LAST) - timedelta(days=30),
        "CRL-CLOCK",
        "does not come after the previous CRL's",
    ),
    "two lists at once": (
        [*listed(), {**crl("root", "other-list"), "id": "again"}],
        NEXT,
        "CRL-CLOCK",
        "does not come after the previous CRL's",
    ),
    "a list by a key that was destroyed": (
        [crl("second-root", "next-list")],
        NEXT,
        "KEY-ABSENT",
        "second was destroyed",
    ),
    "a certificate by a key that was destroyed": (
        [{**cross("root", "second-root"), "certificate": "once-more"}],
        NEXT,
        "KEY-ABSENT",
        "second was destroyed",
    ),
    "a second end of a key": (
        [{"id": "destroy", "kind": "destroy-key", "key": "second", "reason": "Once more."}],
        NEXT,
        "KEY-DESTROYED",
        "the key `second` is destroyed before",
    ),
    "the end of a key that is still needed": (
        [{"id": "destroy", "kind": "destroy-key", "key": "root", "reason": "Too soon."}],
        NEXT,
        "KEY-NEEDED",
        "issuing-7: still valid, not revoked",
    ),
    "an issuer that has expired": (
        of_key("issuing-8", "issuing"),
        AFTER_ROOT,
        "CHAIN-VALIDITY",
        "it ends after its issuer, which ends at 2062-06-30T07:59:59Z",
    ),
    "a CA beyond the life of its issuer": (
        of_key("issuing-8", "issuing"),
        datetime(2058, 1, 1, tzinfo=UTC),
        "CHAIN-VALIDITY",
        "it ends after its issuer",
    ),
    "a delegate beyond the life of its issuer": (
        [issue("answers-3", "answers", "answers")],
        datetime(2061, 6, 1, tzinfo=UTC),
        "CHAIN-VALIDITY",
        "answers-3 ends after its issuer|it ends after its issuer",
    ),
    "answers by a delegate that has expired": (
        [answers("answers-2")],
        NEXT,
        "OCSP-EXPIRY",
        "the responder expires on 2037-06-06T07:59:59Z",
    ),
    "a key that is made twice": ([key("reserve")], NEXT, "SCRIPT-KEY-TWICE", "is made in an earlier ceremony"),
    "a certificate's name a second time": (
        of_key("issuing-1", "issuing"),
        NEXT,
        "SCRIPT-CERTIFICATE",
        "another certif",
    ),
    "a key of long ago that is parked": (
        [{"id": "park", "kind": "park-key", "key": "reserve", "reason": "Once more."}],
        NEXT,
        "SCRIPT-PARK",
        "no step above makes the key `reserve`",
    ),
    "a second backup": (
        [{"id": "backup", "kind": "backup-key", "keys": ["root"], "token": "vault"}],
        NEXT,
        "BACKUP-TWICE",
        "it cannot leave again",
    ),
    "a backup of a key that never leaves its token": (
        [{"id": "backup", "kind": "backup-key", "keys": ["issuing-7"], "token": "vault"}],
        NEXT,
        "KEY-BACKUP",
        "it never leaves its token",
    ),
}


@pytest.mark.parametrize("what", BEYOND_2037)
def test_the_years_refuse(what: str, own: Path, archive: Path) -> None:
    steps, now, rule, words = BEYOND_2037[what]
    refusal = refused(own, archive, steps, now)
    assert rule in refusal, refusal
    assert any(part in refusal[rule] for part in words.split("|")), refusal[rule]


LOST_ROOT = {"certificate": "root-by-second-root", "reason": "keyCompromise"}
IN_THE_YEAR: dict[str, tuple[list[Step], str, str]] = {
    "a certificate of another issuer": (
        revoking("root-by-second-root", reason="superseded"),
        "CRL-OTHER-ISSUER",
        "root-by-second-root does not name the issuer of this CRL as its own",
    ),
    "a certificate that is revoked already": (
        revoking("issuing-2", reason="superseded"),
        "CRL-ENTRY-TWICE",
        "It is on the previous CRL already: keyCompromise",
    ),
    "a certificate that is revoked for the same reason again": (
        revoking("issuing-2", reason="keyCompromise"),
        "CRL-ENTRY-TWICE",
        "Leave it out of the revocations",
    ),
    "a certificate that is named twice": (
        listed(revoke=[{"certificate": "issuing-3"}, {"certificate": "issuing-3"}]),
        "CRL-ENTRY-TWICE",
        "It is to be revoked twice in this CRL",
    ),
    "a list in the name of the other root": (
        [{**crl("root", "next-list"), "issuer": "second-root"}],
        "SCRIPT-ISSUER",
        "`second-root` is made as `second-root`, and the profile names `root`",
    ),
    "a certificate over a key that was lost": (
        [issue("issuing-8", "issuing", "issuing-2")],
        "KEY-COMPROMISED",
        "is over key issuing-2, which is in wrong hands: issuing-2 was revoked on 2034-10-17T21:30:00Z: keyCompromise",
    ),
    "a certificate after the key of its issuer was lost": (
        [
            crl("second-root", "worse", revoke=[{**LOST_ROOT, "revoked_at": iso(day_of(2036))}]),
            *of_key("issuing-8", "issuing"),
        ],
        "KEY-COMPROMISED",
        "would be signed with key root, which is in wrong hands: root-by-second-root was revoked on 2036-06-03",
    ),
    "a worse reason from another day on": (
        [crl("second-root", "worse", revoke=[{**LOST_ROOT, "revoked_at": iso(day_of(2037))}])],
        "CRL-ENTRY-TWICE",
        "but only with the revocation date that it has",
    ),
    "an answer that an issued serial number is unknown": (
        [{**answers("answers-2"), "unknown": ["SERIAL"]}],
        "OCSP-ISSUED",
        "It is that of issuing-3",
    ),
}


@pytest.mark.parametrize("what", IN_THE_YEAR)
def test_a_year_refuses(what: str, own: Path, until_2037: Path) -> None:
    steps, rule, words = IN_THE_YEAR[what]
    entry = past_of_archive(until_2037, "practice").register.certificate("issuing-3")
    assert entry is not None
    known = [{**step, "unknown": [entry.serial]} if "unknown" in step else step for step in steps]
    refusal = refused(own, until_2037, known, IN_2037)
    assert rule in refusal, refusal
    assert words in refusal[rule]


def test_a_serial_number_of_another_issuer_is_told_with_its_name(own: Path, until_2037: Path) -> None:
    entry = past_of_archive(until_2037, "practice").register.certificate("root-by-second-root")
    assert entry is not None
    refusal = refused(own, until_2037, listed(revoke=[{"serial": entry.serial}]), IN_2037)
    assert "root-by-second-root" in refusal["CRL-OTHER-ISSUER"]


ACCEPTED: dict[str, list[Step]] = {
    "the next list": listed(),
    "the next list after the last one as it was published": listed(previous="root-2056.crl"),
    "a revocation by name": revoking("issuing-7", reason="cessationOfOperation"),
    "a revocation from another day on": revoking("issuing-7", revoked_at="2057-01-01T00:00:00Z", reason="superseded"),
    "a new delegate over the key of the last one": [issue("answers-3", "answers", "answers-2")],
    "a new delegate with a new key": of_key("answers-3", "answers"),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_the_years_accept(what: str, own: Path, archive: Path) -> None:
    assert refused(own, archive, ACCEPTED[what], NEXT) == {}


def test_a_year_accepts_a_worse_reason_and_a_list_by_a_key_that_was_lost(own: Path, until_2037: Path) -> None:
    """A lost key must go on to sign lists: they revoke what it has issued."""
    worse = crl("second-root", "worse", revoke=[{**LOST_ROOT, "revoked_at": iso(day_of(2036))}])
    assert refused(own, until_2037, [worse, *listed()], IN_2037) == {}


def test_a_year_accepts_another_issuing_ca(own: Path, until_2037: Path) -> None:
    assert refused(own, until_2037, of_key("issuing-8", "issuing"), IN_2037) == {}


def test_a_list_after_the_end_of_the_last_one_or_of_the_root_is_told(own: Path, archive: Path) -> None:
    late = {item.rule: item.message for item in found(own, archive, listed(), NEXT + timedelta(days=60))}
    assert "from then on none was in force" in late["CRL-GAP"]


def test_a_list_after_the_end_of_the_root_is_refused(own: Path, archive: Path) -> None:
    assert "CRL-EXPIRED" in refused(own, archive, listed(), AFTER_ROOT)


def test_a_last_list_that_was_changed_or_lost_is_not_gone_on_from(own: Path, until_2037: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(until_2037, tmp_path / "archive"))
    path = archive / "0012-year-2037" / "crls" / "root-2037.crl"
    octets = path.read_bytes()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
    changed = refused(own, archive, listed(), IN_2037)
    assert "The last CRL is not the one of the record." in changed["CRL-PREVIOUS"]
    assert "The file has" in changed["CRL-PREVIOUS"]
    path.unlink()
    lost = refused(own, archive, listed(), IN_2037)
    assert "Put back the true file" in lost["CRL-PREVIOUS"]
    assert "The file has" not in lost["CRL-PREVIOUS"]
    path.write_bytes(octets)
    assert refused(own, archive, listed(), IN_2037) == {}


def test_nothing_is_planned_over_an_archive_with_a_hole(own: Path, until_2037: Path, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(until_2037, tmp_path / "archive"))
    shutil.rmtree(archive / "0005-year-2031")
    refusal = refused(own, archive, listed(), IN_2037)
    assert "one before it is missing" in refusal["ARCHIVE-LINK"]
