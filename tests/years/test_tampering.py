"""The archive of thirty years, spoiled: what was changed, taken away or moved is found, and said in plain words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.script.past import past_of_archive
from ceremony.verify.archive import verify_path
from ceremony.verify.verdict import Check, Verdict
from tests.house.second_opinion import faults, look
from tests.judges import outside

Spoiled = Callable[..., Path]
YEAR_12 = "0013-year-2038"
FORGED = "0012-year-2037"


def failed(verdicts: list[Verdict]) -> dict[str, set[str]]:
    """The rules that failed, by the number of the ceremony."""
    return {
        Path(verdict.path).name[:4]: {check.id for check in verdict.failed} for verdict in verdicts if verdict.failed
    }


def flip(path: Path, at: int = -20) -> None:
    octets = bytearray(path.read_bytes())
    octets[at] ^= 1
    path.write_bytes(bytes(octets))


def words_of(verdicts: list[Verdict]) -> list[Check]:
    return [check for verdict in verdicts for check in verdict.failed]


def readable(checks: list[Check]) -> None:
    """Each is a whole sentence, and none tells of a fault of the program itself."""
    for check in checks:
        assert check.sentence.endswith("."), check
        assert check.sentence.isprintable()
        assert "Traceback" not in check.sentence
        assert check.id != "VERIFY-CRASH", check


def test_a_byte_of_the_record_of_year_12(spoiled: Spoiled) -> None:
    archive = spoiled()
    record = archive / YEAR_12 / "transcript.jsonl"
    text = record.read_text("utf-8")
    record.write_text(text.replace("A clock that is moved by hand", "A clock that is moved by hanD"), "utf-8")
    verdicts = verify_path(archive)
    found = failed(verdicts)
    assert found == {"0013": {"CHAIN-LINK", "SEAL-SIGNATURE", "FILES-SUMS", "VERIFY-STOPPED"}}
    readable(words_of(verdicts))
    with pytest.raises(CeremonyError) as caught:
        past_of_archive(archive, "practice")
    assert caught.value.code == "ARCHIVE-RECORD"
    assert YEAR_12 in caught.value.where


def test_a_byte_of_a_list(spoiled: Spoiled) -> None:
    archive = spoiled()
    flip(archive / YEAR_12 / "crls" / "root-2038.crl")
    verdicts = verify_path(archive)
    assert failed(verdicts).keys() == {"0013"}
    assert {"TBS-ARTEFACT", "FILES-HASH"} & failed(verdicts)["0013"]
    assert any("root-2038.crl" in check.sentence for check in words_of(verdicts))
    readable(words_of(verdicts))


def test_a_byte_of_the_register_that_a_ceremony_found(spoiled: Spoiled) -> None:
    archive = spoiled()
    flip(archive / YEAR_12 / "inputs" / "register.json", 500)
    verdicts = verify_path(archive)
    assert failed(verdicts).keys() == {"0013"}
    assert "ARCHIVE-REGISTER" in failed(verdicts)["0013"]
    readable(words_of(verdicts))


def test_a_ceremony_that_was_taken_away(spoiled: Spoiled) -> None:
    archive = spoiled()
    shutil.rmtree(archive / YEAR_12)
    verdicts = verify_path(archive)
    found = failed(verdicts)
    assert min(found) == "0014"
    assert all(rules == {"ARCHIVE-LINK"} for rules in found.values())
    assert "one is missing" in words_of(verdicts)[0].sentence
    readable(words_of(verdicts))
    with pytest.raises(CeremonyError) as caught:
        past_of_archive(archive, "practice")
    assert caught.value.code == "ARCHIVE-LINK"


def test_a_ceremony_that_was_taken_away_with_the_numbers_closed_up(spoiled: Spoiled) -> None:
    archive = spoiled(14)
    shutil.rmtree(archive / YEAR_12)
    (archive / "0014-year-2039").rename(archive / "0013-year-2039")
    verdicts = verify_path(archive)
    assert failed(verdicts) == {"0013": {"ARCHIVE-LINK", "ARCHIVE-ONCE"}}, "its id names the number that it had"
    assert "names 0013-year-2038 as the one before it" in words_of(verdicts)[0].sentence


def test_two_ceremonies_that_changed_places(spoiled: Spoiled) -> None:
    archive = spoiled(15)
    (archive / YEAR_12).rename(archive / "0099-x")
    (archive / "0014-year-2039").rename(archive / "0013-year-2039")
    (archive / "0099-x").rename(archive / "0014-year-2038")
    verdicts = verify_path(archive)
    assert failed(verdicts) == {
        "0013": {"ARCHIVE-LINK", "ARCHIVE-ONCE"},
        "0014": {"ARCHIVE-LINK", "ARCHIVE-ONCE", "ARCHIVE-TIME"},
        "0015": {"ARCHIVE-LINK"},
    }
    readable(words_of(verdicts))


@pytest.mark.parametrize("lines", [1, 5, 30])
def test_last_lines_that_were_cut_off(lines: int, spoiled: Spoiled) -> None:
    archive = spoiled(13)
    record = archive / YEAR_12 / "transcript.jsonl"
    record.write_bytes(b"".join(record.read_bytes().splitlines(keepends=True)[:-lines]))
    verdicts = verify_path(archive)
    assert failed(verdicts).keys() == {"0013"}
    readable(words_of(verdicts))


def test_last_ceremonies_that_were_taken_away_are_told_as_what_is_not_proved(spoiled: Spoiled) -> None:
    verdicts = verify_path(spoiled(12))
    assert failed(verdicts) == {}
    (limit,) = [check for check in verdicts[-1].checks if check.id == "LIMIT-ARCHIVE"]
    assert verdicts[-1].head in limit.sentence


# Lists that were forged with the CA's own key -------------------------------------------------------------------------

FOUND: dict[str, tuple[set[str], str]] = {
    "repeated-number": ({"TBS-PLAN", "TBS-BYTES", "ARCHIVE-ONCE"}, "the number is 11; plan and record make 12"),
    "smaller-number": ({"TBS-PLAN", "TBS-BYTES", "ARCHIVE-ONCE"}, "the number is 2; plan and record make 12"),
    "lost-entry": ({"TBS-PLAN", "TBS-BYTES"}, "kept is 0; plan and record make 1"),
    "expired-too-soon": ({"TBS-PLAN", "TBS-BYTES"}, "kept is 0; plan and record make 1"),
    "milder-reason": ({"TBS-BYTES"}, "do not give the bytes that were reviewed and approved"),
    "unasked-entry": ({"TBS-BYTES"}, "do not give the bytes that were reviewed and approved"),
    "longer-life": (
        {"TBS-PLAN", "TBS-BYTES"},
        "the next update is 2038-11-27T07:59:59Z; plan and record make 2038-05-31",
    ),
    "another-issuer": ({"TBS-PLAN", "TBS-BYTES"}, "the issuer is second-root; plan and record make root"),
    "another-key": ({"TBS-SIGNATURE", "APPROVAL-INTENT"}, "The signature does not verify"),
    "forgotten-revocation": ({"ARCHIVE-REGISTER"}, "not what earlier ceremonies left: its revocations differ"),
}


def with_forged(years: Path, archive: Path, name: str) -> Path:
    """The forged ceremony in the place of the true one, which is the last."""
    shutil.rmtree(archive / FORGED)
    shutil.copytree(years / "forged" / name / FORGED, archive / FORGED)
    return archive


def test_every_lie_was_told(years: Path) -> None:
    assert {item.name for item in (years / "forged").iterdir()} == FOUND.keys()


@pytest.mark.parametrize("lie", FOUND)
def test_a_forged_list_in_a_record_that_agrees_with_it(lie: str, years: Path, spoiled: Spoiled) -> None:
    verdicts = verify_path(with_forged(years, spoiled(12), lie))
    rules, words = FOUND[lie]
    found = failed(verdicts)
    assert found.keys() == {"0012"}, found
    assert rules <= found["0012"]
    assert any(words in check.sentence for check in words_of(verdicts))
    readable(words_of(verdicts))


@pytest.mark.parametrize("lie", ["repeated-number", "smaller-number"])
def test_a_crl_number_that_is_used_twice_is_found_by_the_second_verifier(
    lie: str, years: Path, spoiled: Spoiled
) -> None:
    """In the archive, and in the folder alone, whose register knows the lists before it."""
    archive = with_forged(years, spoiled(12), lie)
    code, said = look(archive)
    assert code == 1
    assert "was used before or is too low" in said
    assert len(faults(archive / FORGED)) == 1


def test_a_forgotten_revocation_is_found_by_the_archive_alone(years: Path, spoiled: Spoiled) -> None:
    """The folder by itself is without a fault: that is what LIMIT-REGISTER says of it."""
    folder = with_forged(years, spoiled(12), "forgotten-revocation") / FORGED
    (verdict,) = verify_path(folder)
    assert verdict.proved, verdict.lines()
    assert any(check.id == "LIMIT-REGISTER" for check in verdict.checks)


@pytest.mark.parametrize("lie", ["repeated-number", "lost-entry", "another-issuer"])
def test_a_forged_list_is_one_that_others_would_accept(lie: str, years: Path, tmp_path: Path) -> None:
    """The lie is good: its signature is true, and openssl has nothing against the list."""
    octets = (years / "forged" / lie / FORGED / "crls" / "root-2037.crl").read_bytes()
    issuer = "second-root" if lie == "another-issuer" else "root"
    certificate = (years / "archive" / "0001-generation" / "certificates" / f"{issuer}.der").read_bytes()
    assert outside.openssl_crl(tmp_path, octets, certificate).ok
