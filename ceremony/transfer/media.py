"""Files onto a folder or a mounted medium: whole or not at all, never over another, read back and compared.

The path of every file: a temporary name in the target folder, fsync, a rename that refuses to replace, fsync of the
folder, read back past the cache, comparison. Whatever fails, no half file stays under the final name.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import Digest, NotRead, digest_of, entered, forget_in, opened_in
from ceremony.system_random import system_random
from ceremony.transfer.faults import already_there, damaged, link_in_the_way, medium_fault

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


def write_once(folder: Path, name: str, octets: bytes) -> None:
    """Write a new file below a folder, by its relative POSIX path, and prove it by reading it back. `folder` itself may
    be reached in any way; from there on no link is followed (MEDIA-LINK).

    Raises CeremonyError with a MEDIA- code: the name is taken, no room, not writable, no folder, a name that the medium
    cannot hold, a medium that went away, or octets that read back differently (MEDIA-READBACK). After any of them
    nothing of this file is left.
    """
    path, (*above, last) = folder / name, name.split("/")
    not_done = f"{last} was not written."
    try:
        with _folder(folder, above, not_done) as parent:
            if _taken(last, parent):
                raise already_there(path, not_done)
            _write_whole(last, octets, parent)
            try:
                _flush_folder(parent)
                same = _read_back(last, parent, len(octets)) == octets
            except BaseException:
                _forget(last, parent)
                raise
            if not same:
                _forget(last, parent)
                raise CeremonyError(
                    "The medium gave back other bytes than were written.",
                    where=str(path),
                    not_done=f"{last} was removed again.",
                    next_step="The medium is not reliable. Use another one.",
                    code="MEDIA-READBACK",
                )
    except OSError as error:
        raise medium_fault(error, path, not_done) from error


def new_folder(folder: Path, name: str, not_done: str) -> None:
    """Make one new folder below another, by its relative POSIX path. Raises CeremonyError with a MEDIA- code; a name
    that is taken is never used again, and no link is followed."""
    *above, last = name.split("/")
    try:
        with _folder(folder, above, not_done) as parent:
            os.mkdir(last, dir_fd=parent)
            _flush_folder(parent)
    except OSError as error:
        raise medium_fault(error, folder / name, not_done) from None


def folders_for(folder: Path, name: str, not_done: str) -> None:
    """Make the folders in which a file below `folder` stands, or use those that are there. Raises CeremonyError with a
    MEDIA- code; no link is followed."""
    above = name.split("/")[:-1]
    for depth in range(1, len(above) + 1):
        if not folder.joinpath(*above[:depth]).is_dir():
            new_folder(folder, "/".join(above[:depth]), not_done)


def check_target(folder: Path, octets: int = 0) -> None:
    """Refuse a target that cannot take so many octets: absent, a link, not a folder, not writable, too full."""
    not_done = "Nothing was written."
    if folder.is_symlink():
        raise link_in_the_way(folder, not_done)
    try:
        with _folder(folder, (), not_done) as descriptor:
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


def export(medium: Path, into: str, files: Sequence[tuple[str, bytes]]) -> tuple[Written, ...]:
    """Write the named files into an existing folder of a medium, `into`, and SHA256SUMS last; all or none.

    Names are plain file names. Everything that can be refused is refused before the first file is written; where a
    later file fails, the ones that this call had written are removed again. Returns what was written, SHA256SUMS
    included. Raises CeremonyError (codes as in `write_once`).
    """
    _check_names([name for name, _ in files])
    listed = [*files, (SUMS_NAME, sha256sums((name, sha256_hex(octets)) for name, octets in files))]
    folder = medium / into
    block = 4096  # a file takes whole blocks
    check_target(folder, sum(-(-len(octets) // block) * block for _, octets in listed))
    for name, _ in listed:
        if os.path.lexists(folder / name):
            raise already_there(folder / name, "Nothing was exported.")
    written: list[Written] = []
    try:
        for name, octets in listed:
            write_once(medium, f"{into}/{name}", octets)
            written.append(Written(name, folder / name, sha256_hex(octets), len(octets)))
    except BaseException as error:
        left = _take_back(written)
        if isinstance(error, CeremonyError):
            error.not_done = f"Nothing was exported; {_said_of(left)}"
        raise
    return tuple(written)


def check_copies(medium: Path, into: str, files: Sequence[tuple[str, Digest]], true_ones: Mapping[str, str]) -> None:
    """Hash again what was exported, and its SHA256SUMS, from the medium itself.

    Raises CeremonyError (MEDIA-DAMAGED) for a file that is not what was written; `true_ones` says where those
    are, by their names."""
    sums = sha256sums((name, digest.sha256) for name, digest in files)
    for name, wanted in (*files, (SUMS_NAME, digest_of(sums))):
        try:
            with opened_in(medium, f"{into}/{name}", max(wanted.size, 1)) as file:
                said = "" if file.past_cache().digest() == wanted else "Its size or its SHA-256 is another one."
        except NotRead as refused:
            said = f"{refused}."
        if said:
            raise damaged(medium / into / name, said, true_ones.get(name, ""))


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
            forget_in(file.path.parent, file.name)
        except NotRead:
            left.append(file.name)
    return left


def _said_of(left: Sequence[str]) -> str:
    if not left:
        return "what had been written was removed again."
    return "these files could not be removed and must not be used: " + ", ".join(left) + "."


@contextlib.contextmanager
def _folder(folder: Path, parts: Sequence[str], not_done: str) -> Iterator[int]:
    """The folder held open, so that every later step is about this very folder, even if it is swapped or unmounted."""
    try:
        with entered(folder, parts) as descriptor:
            yield descriptor
    except NotRead:
        raise link_in_the_way(folder.joinpath(*parts), not_done) from None


def _taken(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write_whole(name: str, octets: bytes, folder: int) -> None:
    temporary = f".{system_random(8).hex()}.part"
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
