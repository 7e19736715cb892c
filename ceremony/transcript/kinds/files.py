"""What is written: artefacts, and copies on media."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from ceremony.transcript.event import Event
from ceremony.transcript.kinds.base import NONE, EventData, Place, WrittenFile

if TYPE_CHECKING:
    from ceremony.transcript.state import CeremonyState

FilesOf = Literal["artefact", "comparison", "credential", "receipts", "seal", "torn"]
"""What files are for: a signed object, its comparison with the rehearsal, a person's certificate, receipts, the
certificate of the seal, torn lines of an interruption."""


class ArtefactIntended(EventData):
    """Intent: these files are about to be written into the ceremony's folder."""

    kind: ClassVar[str] = "artefacts-intended"
    SUBJECT = ("what", "name")
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    what: FilesOf
    name: str
    """Of the object or the person that they are about; empty for receipts and torn lines."""
    paths: tuple[str, ...]

    def summary(self) -> str:
        return "about to write " + ", ".join(self.paths)

    def apply(self, state: CeremonyState, line: Event) -> None:
        paths = ", ".join(self.paths)
        state.announce(("files", paths), f"files {paths}", "They may be written; they are written again.", line)


class ArtefactsWritten(EventData):
    """Outcome: written, read back, compared."""

    kind: ClassVar[str] = "artefacts-written"
    SUBJECT = ("what", "name")
    PERSON = NONE
    PLACE = Place.STEP_OR_FRAME
    what: FilesOf
    name: str
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return "written: " + ", ".join(file.path for file in self.files)

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.files.update({file.path: file for file in self.files})
        if self.what == "credential":
            state.introduced.add(self.name)
        state.settle("files", ", ".join(file.path for file in self.files))


class ExportIntended(EventData):
    """Intent: copies to a medium."""

    kind: ClassVar[str] = "export-intended"
    SUBJECT = ("medium", "folder")
    PERSON = NONE
    PLACE = Place.STEP
    medium: str
    folder: str
    paths: tuple[str, ...]

    def summary(self) -> str:
        return f"about to export {len(self.paths)} files to {self.medium}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        said = "The medium may hold some of the copies; they are made again."
        state.announce(("export", self.folder), f"export to {self.medium}", said, line)


class Exported(EventData):
    """Outcome: copies on the medium, read back, compared."""

    kind: ClassVar[str] = "exported"
    SUBJECT = ("medium", "folder")
    PERSON = NONE
    PLACE = Place.STEP
    medium: str
    folder: str
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return f"exported {len(self.files)} files to {self.medium}"

    def apply(self, state: CeremonyState, line: Event) -> None:
        state.settle("export", self.folder)
