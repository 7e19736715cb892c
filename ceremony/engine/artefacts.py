"""What was signed, as files in the ceremony's folder."""

from __future__ import annotations

from ceremony.canonical import sha256_hex
from ceremony.engine.keeping import keep_all
from ceremony.engine.room import Artefact, Room
from ceremony.transcript.kinds import ArtefactIntended, ArtefactsWritten, FilesOf


def write_artefact(room: Room, artefact: Artefact) -> None:
    """Intent, files, outcome, in every form of the object."""
    name = artefact.item.name
    write_files(room, "artefact", name, artefact.files, f"The files of {name} were not written.")


def write_files(room: Room, what: FilesOf, name: str, files: tuple[tuple[str, bytes], ...], not_done: str) -> None:
    """Intent, files, outcome: `what` they are for, and the `name` of what they are about.

    A file that an earlier attempt wrote is left as it is, and not recorded again.
    """
    files = tuple((path, octets) for path, octets in files if not _on_record(room, path, octets))
    if not files:
        return
    room.record(ArtefactIntended(what=what, name=name, paths=tuple(path for path, _ in files)))
    room.record(ArtefactsWritten(what=what, name=name, files=keep_all(room, files, not_done)))


def _on_record(room: Room, path: str, octets: bytes) -> bool:
    known = room.state.files.get(path)
    return known is not None and known.sha256 == sha256_hex(octets)
