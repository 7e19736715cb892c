"""Copies of what was signed to a medium that leaves the room."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.engine.leftovers import take_export_back
from ceremony.engine.questions import Blank, Form
from ceremony.engine.room import Room
from ceremony.engine.steps.attempts import of_this_step
from ceremony.errors import CeremonyError
from ceremony.script import models
from ceremony.transcript.kinds import Exported, ExportIntended, WrittenFile
from ceremony.transfer.media import check_target, new_folder
from ceremony.transfer.media import export as write_export


def export(room: Room, step: models.Export) -> None:
    """Ask for the folder where none was given, write, read back, compare."""
    if of_this_step(room, Exported):
        return  # an earlier attempt made the copies, and could not say more
    files = tuple((Path(path).name, octets) for artefact in room.artefacts.values() for path, octets in artefact.files)
    size = sum(len(octets) for _, octets in files)
    folder = room.export_to if room.export_to is not None else _ask(room, step, size)
    check_target(folder, size)
    target = folder / room.folder.name
    begun = [item.paths for item in of_this_step(room, ExportIntended) if item.folder == target.name]
    if begun:
        take_export_back(target, frozenset(begun[-1]))
    actor = room.actor.id
    room.record(
        ExportIntended(medium=step.medium, folder=target.name, paths=tuple(name for name, _ in files)), actor=actor
    )
    new_folder(folder, target.name, "Nothing was exported.")
    try:
        write_export(folder, target.name, files)
    except CeremonyError:
        with contextlib.suppress(OSError):
            target.rmdir()  # nothing was written: leave nothing, so that the step can be tried again
        raise
    room.record(
        Exported(
            medium=step.medium,
            folder=target.name,
            files=tuple(WrittenFile(path=name, sha256=sha256_hex(octets), size=len(octets)) for name, octets in files),
        ),
        actor=actor,
    )
    room.exports.append((step.medium, target))


def _ask(room: Room, step: models.Export, size: int) -> Path:
    def complaint(answer: str) -> str | None:
        if not Path(answer.strip()).is_absolute():
            return "Write the whole path, from / on."
        try:
            check_target(Path(answer.strip()), size)
        except CeremonyError as error:
            return " ".join(error.paragraphs())
        return None

    answers = room.officiant.record(
        Form(
            room.view,
            "Export",
            f"{step.text} A new folder {room.folder.name} is made inside it; nothing is overwritten.",
            (
                Blank(
                    "folder",
                    f"Folder of {step.medium}",
                    hint="the whole path of an existing folder",
                    check=complaint,
                ),
            ),
        )
    )
    return Path(answers["folder"].strip())
