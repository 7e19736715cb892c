"""What was copied to media, hashed again there: at the close, and once more when the sealed record follows it."""

from __future__ import annotations

from pathlib import PurePosixPath

from ceremony.engine.room import Room
from ceremony.plain_files import Digest
from ceremony.transcript.kinds import Exported
from ceremony.transfer.media import check_copies


def check_exports(room: Room) -> None:
    """Compare each copy with what the record says of it, whatever became of the medium since.

    Raises CeremonyError (MEDIA-DAMAGED) for the first that is another one, or is not there.
    """
    true_ones = {PurePosixPath(path).name: str(room.folder.path / path) for path in room.state.files}
    lines = [entry.data for entry in room.journal.entries if isinstance(entry.data, Exported)]
    for medium, target in room.exports:
        for line in lines:
            if (line.medium, line.folder) == (medium, target.name):
                files = [(file.path, Digest(file.sha256, file.size)) for file in line.files]
                check_copies(target.parent, target.name, files, true_ones)
