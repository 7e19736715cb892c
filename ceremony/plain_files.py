"""The one reader of files that somebody else may have put there: plain files alone, bounded, and without waiting.

What lies below a folder is reached part by part, through no link; a pipe, a device or a socket is not even opened.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LARGEST_FILE = 16 * 1024 * 1024
"""Octets of a file of a ceremony that is neither its record nor a list."""

LARGEST_LIST = 256 * 1024 * 1024
"""Octets of a record, of a CRL, or of a file that a ceremony was opened with."""

LARGEST_FOLDER = 1024 * 1024 * 1024
"""Octets of all files of one ceremony."""

MOST_ENTRIES = 100_000
"""Files and folders that are looked at below one folder."""

DEEPEST = 16
"""How many folders may stand in each other."""

PIECE = 1 << 18
"""Octets that are read at once."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EACCES: "this account may not read it",
    errno.EPERM: "this account may not read it",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EIO: "the medium that holds it cannot be read",
}


class NotRead(Exception):
    """Why a file is not read: `reason` is half a sentence, such as "it is a pipe, and a file is wanted". As text it
    begins with a capital letter.

    `missing` where nothing stands there; `system` where the system refused it, so that nobody knows what stands there.
    """

    def __init__(self, reason: str, *, missing: bool = False, system: bool = False) -> None:
        super().__init__(reason[:1].upper() + reason[1:])
        self.reason = reason
        self.missing = missing
        self.system = system


class TooLarge(NotRead):
    """More octets than such a file has."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file holds: SHA-256 in 64 lower-case hex digits, and the size in octets."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies below a folder, as sorted relative POSIX paths. `files` holds whatever is no folder."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    strange: dict[str, str]
    """Of those of `files` that are not plain files, what they are: `a link`, `a pipe`."""
    octets: int
    """The sizes of the plain files, added up."""


def digest_of(octets: bytes) -> Digest:
    """The digest of a file that holds these octets."""
    return Digest(hashlib.sha256(octets).hexdigest(), len(octets))


class PlainFile:
    """An open plain file; `size` in octets as it was when it was opened. No more than that is ever read of it."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size

    def pieces(self) -> Iterator[bytes]:
        """Its octets from the beginning, piece by piece. Raises NotRead where the system cannot give them."""
        place = 0
        while place < self.size:
            try:
                piece = os.pread(self._descriptor, min(PIECE, self.size - place), place)
            except OSError as error:
                raise _refused(error) from None
            if not piece:
                raise NotRead("it became shorter while it was read", system=True)
            place += len(piece)
            yield piece

    def read(self) -> bytes:
        """All of its octets. Raises NotRead."""
        try:
            octets = os.pread(self._descriptor, self.size, 0)  # at once where the system gives them so: held one time
        except OSError as error:
            raise _refused(error) from None
        return octets if len(octets) == self.size else b"".join(self.pieces())

    def past_cache(self) -> PlainFile:
        """The same, to be read from the medium, and not from what the system remembers of it."""
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return self

    def digest(self) -> Digest:
        """Its digest, made in pieces. Raises NotRead."""
        made = hashlib.sha256()
        for piece in self.pieces():
            made.update(piece)
        return Digest(made.hexdigest(), self.size)


@contextmanager
def opened_in(folder: Path, name: str, largest: int = LARGEST_FILE) -> Iterator[PlainFile]:
    """A file below a folder, by its relative POSIX path. `folder` itself may be reached in any way.

    Raises NotRead for a name that leads out, a part of the path that is a link, and whatever is not a plain file of
    at most `largest` octets.
    """
    descriptor = open_in(folder, name)
    try:
        yield PlainFile(descriptor, _size(os.fstat(descriptor), largest))
    finally:
        os.close(descriptor)


def open_in(folder: Path, name: str, how: int = _FILE) -> int:
    """The descriptor of a plain file below a folder, opened with the flags `how`. Raises NotRead as `opened_in`."""
    try:
        with _parent(folder, _parts(name)) as (parent, last):
            _require_plain(os.stat(last, dir_fd=parent, follow_symlinks=False))
            descriptor = os.open(last, how | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
    except OSError as error:
        raise _refused(error) from None
    return _checked(descriptor)


def create_in(folder: Path, name: str, how: int, mode: int) -> int:
    """The descriptor of a file below a folder that is made now, with the flags `how`. Raises NotRead where a part of
    its path is a link, and OSError."""
    with _parent(folder, _parts(name)) as (parent, last):
        return os.open(last, how | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=parent)


def forget_in(folder: Path, name: str) -> None:
    """Take a file below a folder away. Raises NotRead as `opened_in`."""
    try:
        with _parent(folder, _parts(name)) as (parent, last):
            os.unlink(last, dir_fd=parent)
    except OSError as error:
        raise _refused(error) from None


def read_in(folder: Path, name: str, largest: int = LARGEST_FILE) -> bytes:
    """The octets of a file below a folder. Raises NotRead as `opened_in`."""
    with opened_in(folder, name, largest) as file:
        return file.read()


def digest_in(folder: Path, name: str, largest: int = LARGEST_LIST) -> Digest:
    """The digest of a file below a folder. Raises NotRead as `opened_in`."""
    with opened_in(folder, name, largest) as file:
        return file.digest()


@contextmanager
def opened_named(path: Path, largest: int) -> Iterator[PlainFile]:
    """A file that a person named, through whatever links they keep. Raises NotRead as `opened_in`."""
    try:
        _require_plain(os.stat(path))  # noqa: PTH116 - beside os.fstat, the same call
        descriptor = os.open(path, _FILE)
    except OSError as error:
        raise _refused(error) from None
    except ValueError:
        raise NotRead("its name is not a file name") from None
    _checked(descriptor)
    try:
        yield PlainFile(descriptor, _size(os.fstat(descriptor), largest))
    finally:
        os.close(descriptor)


def read_named(path: Path, largest: int) -> bytes:
    """The octets of a file that a person named. Raises NotRead as `opened_named`."""
    with opened_named(path, largest) as file:
        return file.read()


def listed(folder: Path, most: int = MOST_ENTRIES) -> Listing:
    """Everything below a folder; no link is followed.

    Raises NotRead where it holds more than `most` files and folders or is nested deeper than `DEEPEST`, and where the
    system does not let it be looked at.
    """
    files: list[str] = []
    folders: list[str] = []
    strange: dict[str, str] = {}
    octets = 0
    try:
        for name, status in _below(folder, most):
            if stat.S_ISDIR(status.st_mode):
                folders.append(name)
                continue
            files.append(name)
            if stat.S_ISREG(status.st_mode):
                octets += status.st_size
            else:
                strange[name] = _kind(status)
    except OSError as error:
        raise _refused(error) from None
    return Listing(tuple(sorted(files)), tuple(sorted(folders)), strange, octets)


def names_in(folder: Path, most: int = MOST_ENTRIES) -> tuple[str, ...]:
    """The names in one folder, sorted; those in folders below it are not looked at. Raises NotRead as `listed`."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(entry.name)
                if len(names) > most:
                    raise _too_many(most)
    except OSError as error:
        raise _refused(error) from None
    return tuple(sorted(names))


def _below(folder: Path, most: int) -> Iterator[tuple[str, os.stat_result]]:
    waiting: list[tuple[str, ...]] = [()]
    count = 0
    while waiting:
        parts = waiting.pop()
        if len(parts) > DEEPEST:
            raise NotRead(f"its folders are nested deeper than {DEEPEST}")
        with entered(folder, parts) as descriptor, os.scandir(descriptor) as entries:
            for entry in entries:
                count += 1
                if count > most:
                    raise _too_many(most)
                below = (*parts, entry.name)
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(below)
                yield "/".join(below), status


def hold_folder(folder: Path) -> int:
    """The descriptor of a folder, reached in any way. Raises OSError."""
    return os.open(folder, _FOLDER)


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or "\0" in name:
        raise NotRead("its name leads out of the folder, or is none")
    return parts


@contextmanager
def _parent(folder: Path, parts: Sequence[str]) -> Iterator[tuple[int, str]]:
    with entered(folder, parts[:-1]) as descriptor:
        yield descriptor, parts[-1]


@contextmanager
def entered(folder: Path, parts: Sequence[str]) -> Iterator[int]:
    """A folder held open, and each part of the way to it entered from the one before, so that none is swapped.

    Raises NotRead where a part is a link, and OSError.
    """
    descriptor = os.open(folder, _FOLDER)
    try:
        for part in parts:
            if stat.S_ISLNK(os.stat(part, dir_fd=descriptor, follow_symlinks=False).st_mode):
                raise NotRead("a part of its path is a link")
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _checked(descriptor: int) -> int:
    """The same descriptor, whose file was swapped for no other kind after it was looked at."""
    try:
        _require_plain(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _require_plain(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRead(f"it is {_kind(status)}, and a file is wanted")


def _size(status: os.stat_result, largest: int) -> int:
    if status.st_size > largest:
        raise TooLarge(f"it is larger than {size_words(largest)}")
    return status.st_size  # what claims to be empty is not read: files of /proc do, and some of them wait for ever


def size_words(octets: int) -> str:
    """A limit in words, such as `16 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if octets >= unit and octets % unit == 0:
            return f"{octets // unit} {name}"
    return f"{octets} bytes"


def _kind(status: os.stat_result) -> str:
    return next((words for is_kind, words in _KINDS if is_kind(status.st_mode)), "no file")


def _too_many(most: int) -> NotRead:
    return NotRead(f"it holds more than {most} files and folders")


def _refused(error: OSError) -> NotRead:
    reason = _REASONS.get(error.errno or 0, f"the system says: {error.strerror or 'no reason'}")
    missing = error.errno in {errno.ENOENT, errno.ENOTDIR}
    return NotRead(reason, missing=missing, system=not missing and error.errno not in {errno.ELOOP, errno.ENAMETOOLONG})
