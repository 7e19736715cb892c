"""One archive, one ceremony: who performs one has the archive alone, and a file system without locks is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ceremony.errors import CeremonyError
from ceremony.transcript.locking import ArchiveLock, lock_alone


def test_an_archive_is_locked_for_one_at_a_time(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with ArchiveLock(archive):
        with pytest.raises(CeremonyError, match="Another program holds a ceremony") as refused:
            ArchiveLock(archive)
        assert refused.value.code == "ARCHIVE-IN-USE"
        (archive / "0001-x").mkdir()
    with ArchiveLock(archive):
        assert archive.is_dir()


def test_the_folder_is_the_same_one_behind_a_link_and_under_another_name(tmp_path: Path) -> None:
    with ArchiveLock(tmp_path / "archive"):
        (tmp_path / "link").symlink_to(tmp_path / "archive")
        for name in (tmp_path / "link", tmp_path / "archive/../archive"):
            with pytest.raises(CeremonyError, match="Another program holds"):
                ArchiveLock(name)


def test_a_folder_that_was_made_for_nothing_is_taken_away_and_one_that_was_there_stays(tmp_path: Path) -> None:
    for there in (False, True):
        archive = tmp_path / str(there)
        if there:
            archive.mkdir()
        with ArchiveLock(archive):
            assert archive.is_dir()
        assert archive.is_dir() == there


def test_a_lock_on_a_folder_that_was_taken_away_meanwhile_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, opened = tmp_path / "archive", os.open

    def opened_and_gone(path: Path, *more: int) -> int:
        descriptor = opened(path, *more)
        archive.rmdir()
        return descriptor

    monkeypatch.setattr(os, "open", opened_and_gone)  # it is gone at the one moment that matters
    with pytest.raises(CeremonyError, match="Another program holds"):
        ArchiveLock(archive)


def test_where_no_folder_can_be_made_a_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "archive"):
        with pytest.raises(CeremonyError) as refused:
            ArchiveLock(place)
        assert refused.value.code == "ARCHIVE-FOLDER"


def test_what_the_system_does_not_lock_is_refused(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_PATH)  # the system locks no such descriptor, as NFS locks no folder
    try:
        with pytest.raises(CeremonyError, match="has no locks") as refused:
            lock_alone(descriptor, tmp_path)
        assert refused.value.code == "ARCHIVE-NO-LOCKS"
    finally:
        os.close(descriptor)
