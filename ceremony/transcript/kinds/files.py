"""What is written: artefacts, and copies on media."""

from __future__ import annotations

from typing import ClassVar

from ceremony.transcript.kinds.base import EventData, WrittenFile


class ArtefactIntended(EventData):
    """Intent: these files are about to be written into the ceremony's folder."""

    kind: ClassVar[str] = "artefacts-intended"
    paths: tuple[str, ...]

    def summary(self) -> str:
        return "about to write " + ", ".join(self.paths)


class ArtefactsWritten(EventData):
    """Outcome: written, read back, compared."""

    kind: ClassVar[str] = "artefacts-written"
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return "written: " + ", ".join(file.path for file in self.files)


class ExportIntended(EventData):
    """Intent: copies to a medium."""

    kind: ClassVar[str] = "export-intended"
    medium: str
    folder: str
    paths: tuple[str, ...]

    def summary(self) -> str:
        return f"about to export {len(self.paths)} files to {self.medium}"


class Exported(EventData):
    """Outcome: copies on the medium, read back, compared."""

    kind: ClassVar[str] = "exported"
    medium: str
    folder: str
    files: tuple[WrittenFile, ...]

    def summary(self) -> str:
        return f"exported {len(self.files)} files to {self.medium}"
