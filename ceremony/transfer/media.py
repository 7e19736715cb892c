"""Files onto a folder or a mounted medium: whole or not at all, never over another, read back and compared.

The path of every file: a temporary name in the target folder, fsync, a rename that refuses to replace, fsync of the
folder, read back past the cache, comparison. Whatever fails, no half file stays under the final name.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.transfer.faults import already_there, medium_fault

SUMS_NAME = "SHA256SUMS"
"""The list of digests that `sha256sum -c` reads; written last, so its presence says that the copy is complete."""

FILE_MODE = 0o644
"""Permissions asked for (the umask may take some away): artefacts are public."""

_NO_SUCH_CALL = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK})
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and read back. `size` is in octets; `sha256` is 64 lower-case hex digits."""

    name: str
    path: Path
    sha256: str
    size: int


def write_once(path: Path, octets: bytes) -> None:
    """Write a new file and prove it by reading it back.

    Raises CeremonyError with a MEDIA- code: the name is taken, no room, not writable, no folder, a name that the medium
    cannot hold, a medium that went away, or octets that read back differently (MEDIA-READBACK). After any of them
    nothing of this file is left.
    """
    not_done = f"{path.name} was not written."
    try:
        with _folder(path.parent) as folder:
            if _taken(path.name, folder):
                raise already_there(path, not_done)
            _write_whole(path.name, octets, folder)
            try:
                _flush_folder(folder)
                same = _read_back(path.name, folder, len(octets)) == octets
            except BaseException:
                _forget(path.name, folder)
                raise
            if not same:
                _forget(path.name, folder)
                raise CeremonyError(
                    "The medium gave back other bytes than were written.",
                    where=str(path),
                    not_done=f"{path.name} was removed again.",
                    next_step="The medium is not reliable. Use another one.",
                    code="MEDIA-READBACK",
                )
    except OSError as error:
        raise medium_fault(error, path, not_done) from error


def new_folder(path: Path, not_done: str) -> None:
    """Make one new folder. Raises CeremonyError with a MEDIA- code; a name that is taken is never used again."""
    try:
        path.mkdir()
        with _folder(path.parent) as parent:
            _flush_folder(parent)
    except OSError as error:
        raise medium_fault(error, path, not_done) from None


def folder_for(path: Path, not_done: str) -> None:
    """Make a folder and those above it, or use the one that is there. Raises CeremonyError with a MEDIA- code."""
    if not path.is_dir():
        if not path.parent.exists() and path.parent != path:
            folder_for(path.parent, not_done)
        new_folder(path, not_done)


def check_target(folder: Path, octets: int = 0) -> None:
    """Refuse a target that cannot take so many octets: absent, not a folder, not writable, too full."""
    not_done = "Nothing was written."
    try:
        with _folder(folder) as descriptor:
            if not os.access(folder, os.W_OK | os.X_OK):
                reason = errno.EROFS if os.fstatvfs(descriptor).f_flag & os.ST_RDONLY else errno.EACCES
                raise OSError(reason, os.strerror(reason))  # noqa: TRY301 - one table turns errors into sentences
            room = os.fstatvfs(descriptor)
    except OSError as error:
        raise medium_fault(error, folder, not_done) from error
    free = room.f_bavail * room.f_frsize
    if free < octets:
        raise CeremonyError(
            "There is not enough room on the medium.",
            detail=f"Free: {free} bytes. Needed: {octets} bytes.",
            where=str(folder),
            not_done=not_done,
            next_step="Use a medium with more free space.",
            code="MEDIA-FULL",
        )


def sha256sums(digests: Iterable[tuple[str, str]]) -> bytes:
    """Lines that `sha256sum -c` checks, in the order given: of each file its name and its SHA-256 in hex."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests).encode("utf-8")


def export(folder: Path, files: Sequence[tuple[str, bytes]]) -> tuple[Written, ...]:
    """Write the named files into an existing folder, and SHA256SUMS last; all of them or none.

    Names are plain file names. Everything that can be refused is refused before the first file is written; where a
    later file fails, the ones that this call had written are removed again. Returns what was written, SHA256SUMS
    included. Raises CeremonyError (codes as in `write_once`).
    """
    _check_names([name for name, _ in files])
    listed = [*files, (SUMS_NAME, sha256sums((name, sha256_hex(octets)) for name, octets in files))]
    block = 4096  # a file takes whole blocks
    check_target(folder, sum(-(-len(octets) // block) * block for _, octets in listed))
    for name, _ in listed:
        if os.path.lexists(folder / name):
            raise already_there(folder / name, "Nothing was exported.")
    written: list[Written] = []
    try:
        for name, octets in listed:
            path = folder / name
            write_once(path, octets)
            written.append(Written(name, path, sha256_hex(octets), len(octets)))
    except BaseException as error:
        left = _take_back(written)
        if isinstance(error, CeremonyError):
            error.not_done = f"Nothing was exported; {_said_of(left)}"
        raise
    return tuple(written)


def _check_names(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        plain = name not in {"", ".", ".."} and name.isprintable() and not set(name) & set('/\\:*?"<>|')
        key = name.casefold()  # USB sticks do not tell upper case from lower case
        if not plain or key == SUMS_NAME.casefold() or key in seen:
            raise CeremonyError(
                "These files cannot be exported together.",
                detail=f"The name {name!r} is not a plain file name, or stands for two files.",
                not_done="Nothing was exported.",
                next_step="Give each certificate of the script its own plain name.",
                code="MEDIA-NAME",
            )
        seen.add(key)


def _take_back(written: Iterable[Written]) -> list[str]:
    left = []
    for file in written:
        try:
            file.path.unlink(missing_ok=True)
        except OSError:
            left.append(file.name)
    return left


def _said_of(left: Sequence[str]) -> str:
    if not left:
        return "what had been written was removed again."
    return "these files could not be removed and must not be used: " + ", ".join(left) + "."


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[int]:
    """The folder held open, so that every later step is about this very folder, even if it is swapped or unmounted."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write_whole(name: str, octets: bytes, folder: int) -> None:
    temporary = f".{secrets.token_hex(8)}.part"
    try:
        _write_new(temporary, octets, folder)
        if not _rename_without_replacing(temporary, name, folder):
            try:
                _write_new(name, octets, folder)
            except FileExistsError:
                raise
            except BaseException:
                _forget(name, folder)
                raise
    finally:
        _forget(temporary, folder)


def _write_new(name: str, octets: bytes, folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, FILE_MODE, dir_fd=folder)
    try:
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(descriptor, rest[:_PIECE]) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename_without_replacing(old: str, new: str, folder: int) -> bool:
    """True when it was renamed; False where the file system offers no way to do it. FileExistsError when taken.

    renameat2 first (FAT and exFAT know it, and it leaves no second name), then a hard link.
    """
    import ctypes  # late: start-up does not need it

    libc = ctypes.CDLL(None, use_errno=True)
    with contextlib.suppress(AttributeError):  # a C library older than glibc 2.28
        no_replace = 1  # RENAME_NOREPLACE, linux/fs.h
        if libc.renameat2(folder, os.fsencode(old), folder, os.fsencode(new), no_replace) == 0:
            return True
        reason = ctypes.get_errno()
        if reason not in _NO_SUCH_CALL:
            raise OSError(reason, os.strerror(reason))
    try:
        os.link(old, new, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
        return False
    return True


def _flush_folder(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system without fsync of folders says this
            raise


def _read_back(name: str, folder: int, written: int) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # from the medium, not from memory
        return file.read(written + 1)


def _forget(name: str, folder: int) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)
