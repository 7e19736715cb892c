"""The program's own digest: worked out by others from the files, the same in a checkout and from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import ceremony
from ceremony.errors import CeremonyError
from ceremony.room.program import program_sha256

PACKAGE = Path(ceremony.__file__).parent
ROOT = PACKAGE.parent
BY_HAND = "find . -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"


def by_hand(package: Path) -> str:
    """What coreutils make of the same files."""
    said = subprocess.run(["bash", "-c", BY_HAND], cwd=package, capture_output=True, text=True, check=True).stdout
    return said.split()[0]


def told_by(place: Path) -> str:
    """What the program says that lies below a folder."""
    asked = "import ceremony.room.program as program; print(program.__file__, program.program_sha256())"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file, digest = done.stdout.split()
    assert Path(file).is_relative_to(place)
    return digest


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package, to be changed."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "ceremony"))


def test_it_is_what_sha256sum_makes_of_the_sorted_files() -> None:
    assert program_sha256() == by_hand(PACKAGE)


def test_a_wheel_has_the_digest_of_its_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(tmp_path / "installed")
    assert told_by(tmp_path / "installed") == program_sha256()


def one_byte_more(package: Path) -> None:
    with (package / "words.py").open("a") as file:
        file.write("\n")


def a_file_more(package: Path) -> None:
    (package / "sitecustomize.pth").touch()


def a_file_less(package: Path) -> None:
    (package / "tui/crash.py").unlink()


def a_file_elsewhere(package: Path) -> None:
    (package / "tui/crash.py").rename(package / "plain/crash.py")


@pytest.mark.parametrize("change", [one_byte_more, a_file_more, a_file_less, a_file_elsewhere])
def test_any_change_of_the_files_changes_it(copy: Path, change: object) -> None:
    assert callable(change)
    change(copy)
    assert told_by(copy.parent) != program_sha256()
    assert told_by(copy.parent) == by_hand(copy)


def test_what_python_compiles_does_not(copy: Path) -> None:
    (copy / "tui/__pycache__").mkdir(exist_ok=True)
    (copy / "tui/__pycache__/crash.cpython-399.pyc").write_bytes(b"compiled")
    assert told_by(copy.parent) == program_sha256()


def test_files_that_cannot_be_read_are_said_in_a_sentence(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceremony.room.program.__file__", str(copy / "room/program.py"))
    shutil.rmtree(copy)
    program_sha256.cache_clear()
    with pytest.raises(CeremonyError, match="own files cannot be read"):
        program_sha256()
    monkeypatch.undo()
    assert program_sha256() == by_hand(PACKAGE)


def test_it_is_quick_to_say_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = program_sha256()
    monkeypatch.setattr("ceremony.room.program.digest_in", None)
    assert program_sha256() == first
