"""The temporary folder of a rehearsal's tokens: locked while its program runs, and found when that one was killed.

What is removed at a later start is surely a rehearsal's own: by its name, its owner, what lies in it, a mark that was
written under the lock, and a lock that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, read_in

_PREFIX = "ceremony-practice-"
_LOCK = "in-use"
_MARK = b"The practice tokens of a rehearsal. Nobody needs them once its program has ended.\n"
TOKENS = "softhsm"
"""Where the tokens are in it."""


@contextmanager
def practice_folder() -> Iterator[Path]:
    """A folder that nobody else may enter, gone when the context ends. Raises CeremonyError (TOKEN-PRACTICE)."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(lock, _MARK)  # after the lock: what has no mark is being made, and nobody removes it
        except BaseException:
            os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise CeremonyError(
            "The practice token cannot be made.",
            where=tempfile.gettempdir(),
            detail=f"The system says: {error.strerror}.",
            not_done="Nothing was begun.",
            next_step="Make room there, or set TMPDIR to a folder that you may write to.",
            code="TOKEN-PRACTICE",
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def remove_left_behind() -> list[str]:
    """Remove the folders of rehearsals whose program was killed; a sentence for people where there were some."""
    removed = [folder for folder in sorted(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")) if _removed(folder)]
    if not removed:
        return []
    many = f"{len(removed)} folder{'s' if len(removed) > 1 else ''} of practice tokens"
    return [f"LEFT BEHIND: {many}, of rehearsals that were killed, removed: {', '.join(map(str, removed))}."]


def _removed(folder: Path) -> bool:
    try:
        status = folder.lstat()
        private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o077
        if not private or not {_LOCK} <= set(os.listdir(folder)) <= {_LOCK, TOKENS}:  # noqa: PTH208 - names alone
            return False
        if read_in(folder, _LOCK, len(_MARK)) != _MARK:
            return False
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (OSError, NotRead):
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # its program runs
        return False
    finally:
        with contextlib.suppress(OSError):
            os.close(lock)
    return not folder.exists()
