"""Files in the ceremony's own folder. Where one cannot be written, the record cannot be relied on either."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from ceremony.canonical import sha256_hex
from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.plain_files import Digest, NotRead, digest_in, digest_of, forget_in
from ceremony.transcript.journal import RecordNotWritable
from ceremony.transcript.kinds import WrittenFile
from ceremony.transfer.media import folders_for, write_once


def keep_all(room: Room, files: Iterable[tuple[str, bytes]], not_done: str) -> tuple[WrittenFile, ...]:
    """Write the files of one announcement, paths and octets; what the record says of them.

    All of them or none: where one cannot be written, those before it are taken away again, because the next attempt
    may have other octets for them (a receipt names its moment). Raises as `keep`.
    """
    written: list[WrittenFile] = []
    try:
        for path, octets in files:
            keep(room, path, octets, not_done)
            written.append(WrittenFile(path=path, sha256=sha256_hex(octets), size=len(octets)))
    except RecordNotWritable:
        raise  # what is left is taken away when the ceremony is gone on with
    except CeremonyError:
        for file in written:
            with contextlib.suppress(NotRead):  # the first fault is told
                forget_in(*room.folder.place(file.path))
        raise
    return tuple(written)


def keep(room: Room, path: str, octets: bytes, not_done: str) -> None:
    """Write one file that the record has announced, and the folders above it. One that is there with these very octets
    stays: an earlier attempt came this far.

    Raises RecordNotWritable where the system refuses it, a full disk above all: the ceremony stops at its last line,
    and goes on when it is started again. Raises CeremonyError (MEDIA-EXISTS, MEDIA-LINK, MEDIA-READBACK) as
    `write_once`.
    """
    target = room.folder.path / path
    try:
        if _there(room, path) == digest_of(octets):
            return
        folders_for(*room.folder.place(path), not_done)
        write_once(*room.folder.place(path), octets)
    except CeremonyError as fault:
        if isinstance(fault.__cause__, OSError):
            raise room.journal.give_up(target, fault.__cause__, not_done) from None
        raise
    except OSError as error:
        raise room.journal.give_up(target, error, not_done) from None


def _there(room: Room, path: str) -> Digest | None:
    try:
        return digest_in(*room.folder.place(path))
    except NotRead:
        return None  # nothing is there, or nothing of ours: it is never replaced
