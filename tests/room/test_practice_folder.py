"""What a killed rehearsal left in the temporary folder is removed at the next start; nothing else ever is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.room.practice_folder import practice_folder, remove_left_behind

ROOT = Path(__file__).resolve().parents[2]
WAITS = (
    "import sys, time\n"
    "from ceremony.room.practice_folder import practice_folder\n"
    "with practice_folder() as folder:\n"
    "    (folder / 'softhsm').mkdir()\n"
    "    (folder / 'softhsm' / 'key').write_text('x')\n"
    "    print(folder, flush=True)\n"
    "    time.sleep(60)\n"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test's own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def rehearsal() -> tuple[subprocess.Popen[str], Path]:
    """A program that holds a folder, and the folder."""
    program = subprocess.Popen([sys.executable, "-I", "-c", WAITS], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    return program, Path(program.stdout.readline().strip())


@pytest.fixture
def left(place: Path) -> Path:
    """What a rehearsal left that was killed."""
    program, folder = rehearsal()
    program.kill()
    program.communicate()
    assert (folder / "softhsm" / "key").exists()
    return folder


def test_the_folder_of_a_killed_rehearsal_is_removed_and_told(place: Path, left: Path) -> None:
    (said,) = remove_left_behind()
    assert str(left) in said
    assert list(place.iterdir()) == []
    assert remove_left_behind() == []


def test_the_folder_of_a_rehearsal_that_runs_stays(place: Path) -> None:
    program, folder = rehearsal()
    assert remove_left_behind() == []
    assert (folder / "softhsm" / "key").exists()
    program.send_signal(signal.SIGINT)
    program.communicate()
    assert list(place.iterdir()) == []


def _other_file(folder: Path) -> None:
    (folder / "thesis.txt").write_text("of somebody")


def _no_mark(folder: Path) -> None:
    (folder / "in-use").write_text("")


def _other_mark(folder: Path) -> None:
    (folder / "in-use").write_text("mine")


def _no_lock(folder: Path) -> None:
    (folder / "in-use").unlink()


def _lock_is_a_link(folder: Path) -> None:
    (folder / "in-use").rename(folder.parent / "elsewhere")
    (folder / "in-use").symlink_to(folder.parent / "elsewhere")


def _open_to_others(folder: Path) -> None:
    folder.chmod(0o755)


def _of_another(folder: Path) -> None:
    os.chown(folder, 65534, 65534)


def _another_name(folder: Path) -> None:
    folder.rename(folder.parent / "practice-of-mine")


def _a_link(folder: Path) -> None:
    folder.rename(folder.parent / "kept")
    folder.symlink_to(folder.parent / "kept")


@pytest.mark.parametrize(
    "change",
    [
        _other_file,
        _no_mark,
        _other_mark,
        _no_lock,
        _lock_is_a_link,
        _open_to_others,
        _of_another,
        _another_name,
        _a_link,
    ],
)
def test_what_is_not_surely_a_rehearsals_own_stays(place: Path, left: Path, change: Callable[[Path], None]) -> None:
    if change is _of_another and os.geteuid() != 0:
        pytest.skip("only root gives a folder away")
    change(left)
    assert remove_left_behind() == []
    assert len(list(place.rglob("key"))) == 1


def test_without_room_for_it_a_sentence_says_so(place: Path) -> None:
    shutil.rmtree(place)
    tempfile.tempdir = str(place)
    with pytest.raises(CeremonyError) as refused, practice_folder():
        pass
    assert refused.value.code == "TOKEN-PRACTICE"


def test_the_next_command_removes_what_a_killed_one_left_and_leaves_nothing(place: Path, left: Path) -> None:
    answers = "policies/demo/answers/root-generation.yaml"
    script = "policies/demo/ceremonies/root-generation.yaml"
    (place.parent / "stick").mkdir()
    done = subprocess.run(
        [
            *(ROOT / ".venv/bin/ceremony", "rehearse", script, "--unattended", answers),
            *("--archive", place.parent / "archive", "--export", place.parent / "stick"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"LEFT BEHIND: 1 folder of practice tokens, of rehearsals that were killed, removed: {left}." in done.stdout
    assert list(place.iterdir()) == []
