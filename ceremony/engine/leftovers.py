"""What a program that was stopped leaves on disk: a torn last line, half-written files, files that nothing records."""

from __future__ import annotations

import os
from pathlib import Path

from ceremony.engine.room import Room
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, forget_in, names_in
from ceremony.script.interrupted import HALF_WRITTEN
from ceremony.transcript import archive as layout
from ceremony.transcript.archive import CeremonyFolder, unlisted
from ceremony.transcript.chain import Chain
from ceremony.transcript.interruption import torn_path
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import ArtefactIntended, WrittenFile
from ceremony.transcript.state import CeremonyState
from ceremony.transfer.faults import link_in_the_way
from ceremony.transfer.media import SUMS_NAME, folders_for, write_once


def set_torn_line_aside(folder: CeremonyFolder, journal: Journal, state: CeremonyState) -> bytes:
    """Keep what was torn off at the end of the record in a file, then cut it off. Returns its octets."""
    remove_half_written(folder.path)
    name = torn_path(state.resumptions + 1)
    target = folder.path / name
    kept = folder.octets(name) if os.path.lexists(target) else b""
    if not journal.torn:
        return kept  # cut off already, by a program that was stopped right after it
    if kept != journal.torn:
        not_done = "The record was not touched."
        if os.path.lexists(target):
            forget_in(*folder.place(name))
        folders_for(*folder.place(name), not_done)
        write_once(*folder.place(name), journal.torn)
    torn = journal.torn
    journal.cut()
    return torn


def remove_leftovers(room: Room, chain: Chain) -> tuple[WrittenFile, ...]:
    """Take away the files that were announced and are not on record: the step writes them again.

    Raises CeremonyError (RESUME-FILES) for a file that nothing explains.
    """
    remove_half_written(room.folder.path)
    recorded = {
        layout.SCRIPT,
        layout.POLICY,
        layout.PEOPLE,
        layout.RECORD,
        *room.plan.inputs,
        *room.state.files,
    }
    torn = {torn_path(number) for number in range(1, room.state.resumptions + 2)}
    announced = {
        path for entry in chain.entries if isinstance(entry.data, ArtefactIntended) for path in entry.data.paths
    }
    removed = []
    for path in room.folder.files():
        if path in recorded or path in torn:
            continue
        target = room.folder.path / path
        if path not in announced or target.is_symlink():
            raise CeremonyError(
                "The folder holds a file that nothing explains.",
                where=path,
                detail="The record does not tell of it, and the program did not announce it.",
                not_done="The ceremony was not gone on with.",
                next_step="Find out who put it there, take it away, and start the same command again.",
                code="RESUME-FILES",
            )
        found = room.folder.digest(path)
        forget_in(*room.folder.place(path))
        removed.append(WrittenFile(path=path, sha256=found.sha256, size=found.size))
    return tuple(removed)


def remove_half_written(folder: Path) -> None:
    """Take away what has the temporary name of a file that was being written."""
    for name in CeremonyFolder(folder).files():
        item = folder / name
        if HALF_WRITTEN.fullmatch(item.name) and item.is_file() and not item.is_symlink():
            forget_in(folder, name)


def take_export_back(target: Path, announced: frozenset[str]) -> None:
    """Remove what an interrupted export left in its folder on the medium, and the folder.

    Raises CeremonyError (RESUME-MEDIUM) where it holds anything else.
    """
    if target.is_symlink():
        raise link_in_the_way(target, "Nothing was exported.")
    if not target.is_dir():
        return
    remove_half_written(target)
    ours = announced | {SUMS_NAME}
    here = [target / name for name in _names(target)]
    strangers = [item.name for item in here if item.name not in ours or not item.is_file()]
    if strangers:
        raise CeremonyError(
            "The folder on the medium holds other files.",
            where=str(target),
            detail=f"Beside what the interrupted export wrote: {', '.join(strangers)}.",
            not_done="Nothing was exported.",
            next_step="Find out who put them there, take them away, and try again.",
            code="RESUME-MEDIUM",
        )
    for item in here:
        forget_in(target.parent, f"{target.name}/{item.name}")
    target.rmdir()


def _names(folder: Path) -> tuple[str, ...]:
    try:
        return names_in(folder)
    except NotRead as refused:
        raise unlisted(folder, refused) from None
