"""ARCHIVE-ONCE: a copy of a ceremony under another number is no second ceremony, whatever it says of itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceremony.cli.earlier import prove_earlier
from ceremony.errors import CeremonyError
from ceremony.script.past import past_of_archive
from ceremony.transcript.chain import read_chain
from ceremony.transcript.once import Once
from ceremony.verify.archive import verify_path

Command = Callable[..., Any]
RULE = "ARCHIVE-ONCE"


def copied(archive: Path, forger_of: Callable[[Path], Any], of: str = "0005-small", **opened: Any) -> Any:
    """The last rehearsal once more, as number six, with an id of its own: as its copyist hands it to the seal."""
    last = max(path.name for path in archive.iterdir())
    forger = forger_of(Path(shutil.copytree(archive / of, archive / "0006-small")))
    first = forger.lines[0]["data"]
    name = first["ceremony_id"].replace(of, "0006-small")
    for line in forger.lines:
        if "ceremony_id" in line["data"]:
            line["data"]["ceremony_id"] = name
    head = read_chain(archive / last / "transcript.jsonl").head
    first |= {"previous_ceremony": last, "previous_head": head, **opened}
    return forger


def found(archive: Path, place: int = -1) -> list[str]:
    return [check.sentence for check in verify_path(archive)[place].failed if check.id == RULE]


@pytest.mark.parametrize("stand_in", [True, False])
def test_a_rehearsal_that_was_copied_is_none(mixed: Path, forger_of: Callable[[Path], Any], stand_in: bool) -> None:
    copied(mixed, forger_of, stand_in=stand_in).seal()
    said = found(mixed)
    assert "The key root of it is one that 0005-small made." in said
    assert "The certificate issuing of it is one that 0005-small signed." in said
    assert not found(mixed, 4)


def test_it_is_refused_wherever_an_archive_is_gone_on_from(
    mixed: Path, forger_of: Callable[[Path], Any], ceremony: Command
) -> None:
    copied(mixed, forger_of, stand_in=True).seal()
    for look in (
        lambda: past_of_archive(mixed, "production"),  # where plan and run look for the rehearsal
        lambda: past_of_archive(mixed, "practice"),
        lambda: prove_earlier(mixed),
    ):
        with pytest.raises(CeremonyError) as caught:
            look()
        assert caught.value.code == RULE
    assert RULE in ceremony("register", str(mixed), check=1).stderr


def test_a_production_ceremony_passed_off_as_a_rehearsal_is_found(
    mixed: Path, forger_of: Callable[[Path], Any]
) -> None:
    copied(mixed, forger_of, of="0002-small", mode="practice", stand_in=True).seal()
    assert "The key root of it is one that 0002-small made." in found(mixed)


@pytest.mark.parametrize(
    "name", ["0004-small-20260101-00000000", "0005-small", "0005-small-20260101-00000000", "0005-small-{day}-0000000G"]
)
def test_an_id_that_was_not_made_for_its_folder_is_found(
    mixed: Path, forger_of: Callable[[Path], Any], name: str
) -> None:
    forger = forger_of(mixed / "0005-small")
    day = forger.lines[0]["at"][:10].replace("-", "")
    for line in forger.lines:
        if "ceremony_id" in line["data"]:
            line["data"]["ceremony_id"] = name.format(day=day)
    forger.seal()
    (said,) = found(mixed)
    assert "was not made for the folder 0005-small on the day of its opening" in said


def test_an_id_that_stands_twice_is_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    taken = forger_of(mixed / "0001-small").lines[0]["data"]["ceremony_id"]
    forger = forger_of(mixed / "0005-small")
    forger.lines[0]["data"]["ceremony_id"] = taken
    forger.seal()
    assert f"Its id, {taken}, is that of 0001-small." in found(mixed)


def test_behind_a_broken_link_a_copy_is_still_found(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    copied(mixed, forger_of, previous_head="0" * 64).seal()
    assert found(mixed)


def test_a_key_is_the_same_however_its_hex_is_written(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    forger = copied(mixed, forger_of)
    for line in forger.of("key-made"):
        line["data"]["spki"] = line["data"]["spki"].upper()
    forger.seal()
    assert "The key root of it is one that 0005-small made." in found(mixed)


def test_a_request_may_come_out_alike(mixed: Path, forger_of: Callable[[Path], Any]) -> None:
    """An RSA key signs the same request in the same way, in whatever year."""
    both = []
    for name in ("0001-small", "0005-small"):
        forger = forger_of(mixed / name)
        forger.remove_all("key-made")
        for line in forger.of("signed"):
            line["data"] |= {"what": "request", "artefact_sha256": "ab" * 32}
        forger.chain()
        both.append((name, read_chain(mixed / name / "transcript.jsonl")))
    once = Once()
    assert [once.again(*one) for one in both] == [[], []]


def test_every_ceremony_of_a_good_archive_is_one_of_its_own(mixed_held: Path) -> None:
    checks = [check for verdict in verify_path(mixed_held) for check in verdict.checks if check.id == RULE]
    assert [check.status for check in checks] == ["proved"] * 5
