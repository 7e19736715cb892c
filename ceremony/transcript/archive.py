"""The layout of an archive: one folder for each ceremony, numbered in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_LIST, Digest, Listing, NotRead, digest_in, listed, names_in, read_in

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
LARGEST_REGISTER = 64 * 1024 * 1024
"""Octets of that file."""
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

    def place(self, name: str) -> tuple[Path, str]:
        """Where to write one of its files: the archive, and the path below it, of which no part may be a link."""
        return self.path.parent, f"{self.path.name}/{name}"

    def files(self) -> tuple[str, ...]:
        """Every file below the folder, as sorted relative POSIX paths; links count as files.

        Raises CeremonyError (ARCHIVE-FOLDER) where it cannot be looked at, or holds more than a ceremony does.
        """
        return self._listed().files

    def folders(self) -> tuple[str, ...]:
        """Every folder below the folder, those above first. Raises CeremonyError as `files`."""
        return self._listed().folders

    def _listed(self) -> Listing:
        try:
            return listed(self.path)
        except NotRead as refused:
            raise unlisted(self.path, refused) from None

    def octets(self, name: str) -> bytes:
        """The octets of one of its files. Raises CeremonyError (ARCHIVE-FILE) where it is no plain file of it."""
        try:
            return read_in(self.path, name, LARGEST_LIST)
        except NotRead as reason:
            raise self._not_read(name, reason) from None

    def digest(self, name: str) -> Digest:
        """SHA-256 and size of one of its files. Raises CeremonyError as `octets`."""
        try:
            return digest_in(self.path, name)
        except NotRead as reason:
            raise self._not_read(name, reason) from None

    def _not_read(self, name: str, reason: NotRead) -> CeremonyError:
        return CeremonyError(
            "A file of the ceremony cannot be used.",
            where=str(self.path / name),
            detail=f"{reason}.",
            not_done="Nothing was made of it.",
            next_step="Put back the true file, from another copy of the archive.",
            code="ARCHIVE-FILE",
        )


def numbered(archive: Path) -> tuple[CeremonyFolder, ...]:
    """The folders that are named as those of ceremonies, in order; none where there is no such archive.

    Raises CeremonyError (ARCHIVE-LINK) for a link of such a name, behind which nothing is read, a pipe or a device, and
    (ARCHIVE-FOLDER) where the archive cannot be looked at.
    """
    if not archive.is_dir():
        return ()
    try:
        found = [archive / name for name in names_in(archive) if _FOLDER.match(name)]
    except NotRead as refused:
        raise unlisted(archive, refused) from None
    for item in found:
        if item.is_symlink() or not (item.is_dir() or item.is_file()):  # a file may be somebody's copy, in one piece
            raise CeremonyError(
                "A ceremony of the archive is a link, or no folder.",
                where=str(item),
                not_done="Nothing behind it was read; nothing was verified, planned or opened.",
                next_step="Put the folder itself in its place.",
                code="ARCHIVE-LINK",
            )
    return tuple(CeremonyFolder(item) for item in found if item.is_dir())


def ceremonies(archive: Path) -> tuple[CeremonyFolder, ...]:
    """The ceremony folders of an archive, in order. Raises CeremonyError as `numbered`, and when two share a number."""
    folders = numbered(archive)
    for one, next_one in pairwise(folders):
        if one.number == next_one.number:
            raise CeremonyError(
                f"The archive has two ceremonies number {one.number:04d}.",
                where=str(archive),
                next_step="Find out which of the two folders belongs here, and move the other away.",
                code="ARCHIVE-ORDER",
            )
    return folders


def unlisted(path: Path, refused: NotRead) -> CeremonyError:
    """The complaint about a folder that cannot be looked through."""
    return CeremonyError(
        "A folder of the archive cannot be read.",
        where=str(path),
        detail=f"{refused}.",
        not_done="Nothing was verified, planned or opened.",
        next_step="Make it readable for you; find out who put there what no ceremony makes, and take it away.",
        code="ARCHIVE-FOLDER",
    )


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
