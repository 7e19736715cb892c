"""What a verifier finds where somebody changed what production was compared with, or what the record says of it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from ceremony.verify.archive import verify_path
from tests.house.forger import Forger, another_at_the_end
from tests.house.tokens import in_force
from tests.rehearsal.stage import GENERATION, Stage


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a rehearsal and its production."""
    stage = Stage(tmp_path_factory.mktemp("held"))
    stage.make_credential()
    script = stage.script("generation", GENERATION, initialise=True)
    stage.rehearse(script)
    with in_force(stage.home):
        assert stage.run(script).closed, stage.said
    return stage.archive


@pytest.fixture
def archive(held: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(held, tmp_path / "archive"))


@pytest.fixture
def forger(archive: Path) -> Forger:
    return Forger(archive / "0002-generation")


COPY = "inputs/rehearsal/certificates-root.der"


def failed(archive: Path, place: int = 1) -> set[str]:
    return {check.id for check in verify_path(archive)[place].failed}


def test_as_it_is_everything_is_proved(archive: Path) -> None:
    verdicts = verify_path(archive)
    assert all(verdict.proved for verdict in verdicts)
    proved = {check.id for check in verdicts[1].checks if check.status == "proved"}
    assert {"REHEARSAL", "REHEARSAL-RECORD", "ARCHIVE-REHEARSAL"} <= proved


def test_a_kept_copy_that_was_changed(archive: Path) -> None:
    file = archive / "0002-generation" / COPY
    file.write_bytes(another_at_the_end(file.read_bytes()))
    assert "HASH-INPUTS" in failed(archive)


def test_a_kept_copy_that_was_changed_and_sealed_again(archive: Path, forger: Forger) -> None:
    file = forger.folder / COPY
    file.write_bytes(another_at_the_end(file.read_bytes()))
    forger.inputs()
    forger.seal()
    assert {"REHEARSAL", "REHEARSAL-RECORD", "ARCHIVE-REHEARSAL"} <= failed(archive)


def test_a_kept_copy_that_was_changed_with_the_comparison_is_not_what_the_rehearsal_signed(
    archive: Path, forger: Forger
) -> None:
    file = forger.folder / COPY
    octets = another_at_the_end(file.read_bytes())  # in the signature: no field differs
    file.write_bytes(octets)
    data = next(line["data"] for line in forger.of("rehearsal-compared") if line["data"]["name"] == "root")
    data["rehearsal_sha256"] = hashlib.sha256(octets).hexdigest()
    forger.inputs()
    forger.seal()
    found = failed(archive)
    assert "ARCHIVE-REHEARSAL" in found
    assert not {"REHEARSAL", "REHEARSAL-RECORD"} & found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("holes", []),
        ("differences", ["Lifetime"]),
        ("fields", 3),
        ("rehearsal", "0009-other"),
        ("rehearsal_head", "00" * 32),
        ("sha256", "00" * 32),
    ],
)
def test_a_comparison_of_the_record_that_was_changed(archive: Path, forger: Forger, name: str, value: object) -> None:
    forger.data("rehearsal-compared")[name] = value
    forger.seal()
    assert "REHEARSAL" in failed(archive)


def test_a_comparison_that_was_taken_out(archive: Path, forger: Forger) -> None:
    forger.remove_all("rehearsal-compared", "sign-root")
    forger.seal()
    assert "REHEARSAL" in failed(archive)


def test_a_comparison_after_the_review(archive: Path, forger: Forger) -> None:
    (line,) = forger.of("rehearsal-compared", "sign-root")
    forger.remove_all("rehearsal-compared", "sign-root")
    forger.insert_after(forger.one("reviewed", "sign-root"), "rehearsal-compared", line["data"])
    forger.seal()
    assert "REHEARSAL" in failed(archive)


def test_a_file_of_the_comparison_that_was_changed(archive: Path, forger: Forger) -> None:
    path = next(item for item in (forger.folder / "rehearsal").iterdir() if item.name.startswith("root-1"))
    relative = path.relative_to(forger.folder).as_posix()
    forger.artefact(relative, path.read_bytes().replace(b"0 must not", b"1 must not"))
    forger.seal()
    assert "REHEARSAL" in failed(archive)


def test_copies_that_were_taken_away_with_their_lines(archive: Path, forger: Forger) -> None:
    shutil.rmtree(forger.folder / "inputs/rehearsal")
    opened = forger.lines[0]["data"]
    opened["inputs"] = [item for item in opened["inputs"] if "rehearsal" not in item["path"]]
    forger.remove_all("rehearsal-compared")
    forger.seal()
    assert {"HASH-PLAN", "REHEARSAL"} <= failed(archive)


def test_a_comparison_in_a_rehearsal_itself(archive: Path) -> None:
    forger = Forger(archive / "0001-generation")
    production = Forger(archive / "0002-generation")
    data = production.data("rehearsal-compared", "sign-root")
    forger.insert_after(forger.one("certificate-built", "sign-root"), "rehearsal-compared", data)
    forger.seal()
    assert "REHEARSAL-RECORD" in failed(archive, 0)


def test_a_file_of_the_rehearsal_that_was_changed(archive: Path) -> None:
    file = archive / "0001-generation/certificates/root.der"
    file.write_bytes(another_at_the_end(file.read_bytes()))
    assert "TBS-ARTEFACT" in failed(archive, 0)


def test_production_alone_is_judged_and_leans_on_a_rehearsal_that_is_proved(archive: Path) -> None:
    assert [verdict.aside for verdict in verify_path(archive, production_only=True)] == [True, False]
    file = archive / "0001-generation/certificates/root.pem"
    file.write_text("x")
    rehearsal, production = verify_path(archive, production_only=True)
    assert rehearsal.aside
    assert not rehearsal.proved
    assert {check.id for check in production.failed} == {"ARCHIVE-REHEARSAL"}
