"""The media that received copies before an interruption: this program does not remember where they are mounted."""

from __future__ import annotations

from pathlib import Path

from ceremony.engine.questions import Blank, Form
from ceremony.engine.room import Room
from ceremony.engine.views import view_of
from ceremony.transcript.chain import Chain
from ceremony.transcript.kinds import Exported

NOT_THERE = "none"


def ask_for_media(room: Room, chain: Chain) -> None:
    """Find the folder of each export on record: where --export leads, or where people say that the medium is now.

    A medium that has left the room (`none`) keeps its certificates; it gets no copy of the record.
    """
    for entry in chain.entries:
        if not isinstance(entry.data, Exported):
            continue
        medium, name = entry.data.medium, entry.data.folder
        named = room.export_to
        folder = named if named is not None and _there(named / name) else _ask(room, entry.event.step, medium, name)
        if folder is not None:
            room.exports.append((medium, folder / name))


def _there(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink()


def _ask(room: Room, step_id: str, medium: str, name: str) -> Path | None:
    planned = next((item for item in room.plan.steps if item.step.id == step_id), room.step)

    def complaint(answer: str) -> str | None:
        text = answer.strip()
        if text == NOT_THERE:
            return None
        if Path(text).is_absolute() and _there(Path(text) / name):
            return None
        return f"There is no folder {name} in it. Write the whole path, or {NOT_THERE} where the medium is gone."

    answers = room.officiant.record(
        Form(
            view_of(planned),
            "Where the medium is",
            f"{medium} received copies before the interruption, in its folder {name}. It gets the sealed record too.",
            (Blank("folder", f"Folder of {medium}", hint=f"the whole path, or {NOT_THERE}", check=complaint),),
        )
    )
    text = answers["folder"].strip()
    return None if text == NOT_THERE else Path(text)
