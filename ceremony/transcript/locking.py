"""Locks, which end with their program: one at a time performs a ceremony over an archive, and writes a record."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, hold_folder, open_in
from ceremony.transcript.archive import RECORD, CeremonyFolder


def lock_alone(descriptor: int, where: Path) -> bool:
    """Lock an open file or folder until it is closed; False while another program has it locked.

    Raises CeremonyError (ARCHIVE-NO-LOCKS) where the file system gives no locks: then nobody knows who else is there.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise CeremonyError(
            "The file system of the archive has no locks.",
            where=str(where),
            detail=f"The system says: {error.strerror}. Without them two ceremonies could be held here at once.",
            not_done="Nothing was done, and nothing was changed.",
            next_step="Keep the archive on a local disk (ext4, xfs, btrfs), and begin again there.",
            code="ARCHIVE-NO-LOCKS",
        ) from None
    return True


def require_unlocked(folder: CeremonyFolder) -> None:
    """Refuse to call a ceremony broken off while its record is being written. Raises CeremonyError (RECORD-IN-USE)."""
    try:
        descriptor = open_in(folder.path, RECORD)
    except NotRead:
        return  # who reads it next says what is wrong with it
    try:
        lock_record(descriptor, folder.record)
    finally:
        os.close(descriptor)


def lock_record(descriptor: int, path: Path) -> None:
    """Lock an open record. Raises CeremonyError (RECORD-IN-USE) while another program has it; as `lock_alone`."""
    if lock_alone(descriptor, path):
        return
    raise CeremonyError(
        "This ceremony is being performed by another program.",
        where=str(path),
        not_done="Nothing was done here, and nothing was changed.",
        next_step="Go on there. If that program hangs, end it first.",
        code="RECORD-IN-USE",
    )


class ArchiveLock:
    """The lock on an archive, from the planning of a ceremony to its end; who only reads neither has it nor waits.

    It is on the folder itself, so that nothing is put into the archive. Where there is no such folder it is made, and
    taken away again where nothing came into it.
    """

    def __init__(self, archive: Path) -> None:
        """Raises CeremonyError: another program has it (ARCHIVE-IN-USE), the file system has no locks
        (ARCHIVE-NO-LOCKS), or the folder cannot be made or opened (ARCHIVE-FOLDER)."""
        self.archive = archive
        self._made = False
        self._descriptor = self._locked()

    def _locked(self) -> int:
        try:
            self._make()
            descriptor = hold_folder(self.archive)
        except OSError as error:
            raise CeremonyError(
                "The archive's folder cannot be made or opened.",
                where=str(self.archive),
                detail=f"The system says: {error.strerror}.",
                not_done="The ceremony was not opened; no key was made.",
                next_step="Name a folder that you may write to with --archive, on a disk with room.",
                code="ARCHIVE-FOLDER",
            ) from None
        try:
            self._lock(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _lock(self, descriptor: int) -> None:
        if lock_alone(descriptor, self.archive) and self._still_there(descriptor):
            return
        raise CeremonyError(
            "Another program holds a ceremony in this archive.",
            where=str(self.archive),
            detail="One archive has one ceremony at a time, rehearsals too.",
            not_done="Nothing was planned, opened or gone on with here, and nothing was changed.",
            next_step="Go on there, or wait until it has ended. If that program hangs, end it first.",
            code="ARCHIVE-IN-USE",
        )

    def _make(self) -> None:
        with contextlib.suppress(FileExistsError):
            self.archive.mkdir(parents=True)
            self._made = True

    def _still_there(self, descriptor: int) -> bool:
        """Whether the folder was not taken away between its opening and its lock."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.archive))  # noqa: PTH116 - beside os.fstat
        except OSError:
            return False

    def close(self) -> None:
        """Let others in. Twice does no harm."""
        if self._descriptor < 0:
            return
        if self._made:
            with contextlib.suppress(OSError):  # not empty: a ceremony was held
                self.archive.rmdir()
        os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
