"""The layout of an archive: one folder for each ceremony, numbered in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ceremony.errors import CeremonyError

RECORD = "transcript.jsonl"
SEAL = "transcript.p7s"
SUMS = "SHA256SUMS"
SCRIPT = "script.yaml"
POLICY = "policy.yaml"
PEOPLE = "people.yaml"
SEAL_CERTIFICATE = "inputs/seal-certificate.der"
INPUTS = "inputs"
CREDENTIALS = "inputs/credentials"
"""The certificates of those who approved with a key of their own, by person."""
REGISTER = "inputs/register.json"
"""What earlier ceremonies left, as this one found it."""
REHEARSAL = "inputs/rehearsal"
"""The objects of the rehearsal that production is compared with."""
CRLS = "inputs/crls"
"""The last CRL of each profile that the plan goes on from."""
UNWRITTEN = "inputs/unwritten"
"""Certificates that an earlier ceremony signed and never wrote, made again from its record."""

_FOLDER = re.compile(r"^(\d{4})-([a-z0-9]+(?:[-.][a-z0-9]+)*)$")


@dataclass(frozen=True, slots=True)
class CeremonyFolder:
    """The folder of one ceremony, `0001-root-generation`."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    @property
    def number(self) -> int:
        """The ceremony's place in its archive, from 1; 0 for a folder that is not numbered."""
        match = _FOLDER.match(self.path.name)
        return int(match[1]) if match else 0

    @property
    def record(self) -> Path:
        """The transcript."""
        return self.path / RECORD

    @property
    def seal(self) -> Path:
        """The detached CMS signature over the transcript."""
        return self.path / SEAL

    def files(self) -> tuple[str, ...]:
        """Every file below the folder, as sorted relative POSIX paths; symbolic links count as files."""
        return tuple(
            sorted(
                item.relative_to(self.path).as_posix()
                for item in self.path.rglob("*")
                if item.is_symlink() or not item.is_dir()
            )
        )


def ceremonies(archive: Path) -> tuple[CeremonyFolder, ...]:
    """The ceremony folders of an archive, in order. Raises CeremonyError when two share a number."""
    if not archive.is_dir():
        return ()
    found = sorted(item for item in archive.iterdir() if _FOLDER.match(item.name) and item.is_dir())
    folders = tuple(CeremonyFolder(item) for item in found)
    numbers = [folder.number for folder in folders]
    for number in numbers:
        if numbers.count(number) > 1:
            raise CeremonyError(
                f"The archive has two ceremonies number {number:04d}.",
                where=str(archive),
                next_step="Find out which of the two folders belongs here, and move the other away.",
                code="ARCHIVE-ORDER",
            )
    return folders


def new_ceremony(archive: Path, script_id: str) -> CeremonyFolder:
    """Make the folder of the next ceremony. Nothing that exists is ever touched."""
    try:
        archive.mkdir(parents=True, exist_ok=True)
        number = max((folder.number for folder in ceremonies(archive)), default=0) + 1
        path = archive / f"{number:04d}-{script_id}"
        path.mkdir()
    except OSError as error:
        raise CeremonyError(
            "The ceremony's folder cannot be made.",
            where=str(archive),
            detail=f"The system says: {error.strerror}.",
            not_done="The ceremony was not opened; no key was made.",
            next_step="Name a folder that you may write to with --archive, on a disk with room.",
            code="ARCHIVE-FOLDER",
        ) from None
    return CeremonyFolder(path)
