"""Files in the ceremony's own folder. Where one cannot be written, the record cannot be relied on either."""

from __future__ import annotations

from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.plain_files import Digest, NotRead, digest_in, digest_of
from ceremony.transfer.media import folder_for, write_once


def keep(room: Room, path: str, octets: bytes, not_done: str) -> None:
    """Write one file that the record has announced, and the folders above it. One that is there with these very octets
    stays: an earlier attempt came this far.

    Raises RecordNotWritable where the system refuses it, a full disk above all: the ceremony stops at its last line,
    and goes on when it is started again. Raises CeremonyError (MEDIA-EXISTS, MEDIA-READBACK) as `write_once`.
    """
    target = room.folder.path / path
    try:
        if _there(room, path) == digest_of(octets):
            return
        folder_for(target.parent, not_done)
        write_once(target, octets)
    except CeremonyError as fault:
        if isinstance(fault.__cause__, OSError):
            raise room.journal.give_up(target, fault.__cause__, not_done) from None
        raise
    except OSError as error:
        raise room.journal.give_up(target, error, not_done) from None


def take_back(room: Room, path: str, not_done: str) -> None:
    """Remove a file that an attempt wrote before it failed, and that the record does not have. Raises
    RecordNotWritable where the system refuses it."""
    target = room.folder.path / path
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise room.journal.give_up(target, error, not_done) from None


def _there(room: Room, path: str) -> Digest | None:
    try:
        return digest_in(room.folder.path, path)
    except NotRead:
        return None  # nothing is there, or nothing of ours: it is never replaced
