"""The ceremony at the end of an archive that was broken off, and whether a script is the one that it was held for."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, open_in, read_named
from ceremony.script.past import Past, past_of_folder
from ceremony.strict_yaml import LARGEST_FILE
from ceremony.transcript import archive as layout
from ceremony.transcript import kinds
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain, read_chain
from ceremony.transcript.holding import whole_record
from ceremony.transcript.locking import lock_alone, require_unlocked

RECORD_COPY = "record"
"""The folder on a medium, beside the exported certificates, that receives the whole ceremony."""

HALF_WRITTEN = re.compile(r"\.[0-9a-f]{16}\.part")
"""The name of a file that was being written (`transfer.media`)."""

Stage = Literal["open", "closed", "copying"]


@dataclass(frozen=True, slots=True)
class Interruption:
    """The last ceremony of an archive, which did not come to its end.

    `stage` says what is missing: `open`, its last line; `closed`, the seal or the checksums; `copying`, copies of the
    sealed record on a medium.
    """

    folder: CeremonyFolder
    opened: kinds.CeremonyOpened
    stage: Stage

    @property
    def past(self) -> Past:
        """What the ceremony was planned over, as its folder keeps it."""
        return past_of_folder(self.folder.path, self.opened.stand_in)


def interruption_of(archive: Path, export_to: Path | None = None) -> Interruption | None:
    """The last ceremony of the archive where it was broken off; None where it came to its end, or there is none.

    With `export_to`, the folder of a medium, a copy of the record that is not whole there counts too.
    Raises CeremonyError where its record does not hold (ARCHIVE-RECORD), and while another program writes it
    (RECORD-IN-USE): that one is not broken off.
    """
    folders = layout.ceremonies(archive)
    if not folders:
        return None
    folder = folders[-1]
    require_unlocked(folder)
    chain = whole_record(folder)
    opened = chain.entries[0].data
    stage = _stage(folder, chain, export_to)
    if stage is None or not isinstance(opened, kinds.CeremonyOpened):
        return None
    return Interruption(folder, opened, stage)


def held_for(interruption: Interruption, mode: str, script: Path) -> bool:
    """Whether it was held in this mode for these script bytes."""
    try:
        octets = read_named(script, LARGEST_FILE)
    except NotRead:
        return False
    return interruption.opened.mode == mode and interruption.opened.script_sha256 == sha256_hex(octets)


def clear_unopened(archive: Path) -> str:
    """Take the last folder away where nothing of a ceremony has happened in it: a power cut before the first line.

    Only a folder without a whole first line, with nothing in it but copies of what a plan is made of. Returns the
    folder's name, or nothing. A ceremony that is being opened by another program is left alone.
    """
    folders = layout.ceremonies(archive)
    if not folders:
        return ""
    folder = folders[-1]
    try:
        if not _nothing_happened(folder):
            return ""
        shutil.rmtree(folder.path)
    except OSError as error:
        raise CeremonyError(
            "A folder in which nothing has happened stays.",
            where=str(folder.path),
            detail=f"The system says: {error.strerror}.",
            not_done="Nothing was begun.",
            next_step="Remove the folder by hand; it holds no line of a record.",
            code="ARCHIVE-UNOPENED",
        ) from None
    return folder.name


def _nothing_happened(folder: CeremonyFolder) -> bool:
    for path in folder.files():
        known = path in (layout.SCRIPT, layout.POLICY, layout.PEOPLE, layout.RECORD)
        inside = path.startswith(f"{layout.INPUTS}/")
        if not (known or inside or HALF_WRITTEN.fullmatch(path)) or (folder.path / path).is_symlink():
            return False
    try:
        descriptor = open_in(folder.path, layout.RECORD)
    except NotRead as refused:
        return refused.missing
    try:
        return lock_alone(descriptor, folder.record) and _without_a_line(read_chain(folder.record))
    finally:
        os.close(descriptor)


def _without_a_line(chain: Chain) -> bool:
    """Nothing, or the torn beginning of a first line; what is too long to be one was not written here."""
    return not chain.lines and len(chain.faults) == bool(chain.torn)


def _stage(folder: CeremonyFolder, chain: Chain, export_to: Path | None) -> Stage | None:
    last = chain.entries[-1].data
    if not isinstance(last, kinds.Ending):
        return "open"
    if not last.sealed_by:
        return None  # the engine ended it early: nobody seals it
    if not folder.seal.exists() or not (folder.path / layout.SUMS).exists():
        return "closed"
    exported = any(isinstance(entry.data, kinds.Exported) for entry in chain.entries)
    if exported and export_to is not None and (export_to / folder.name).is_dir():
        whole = (export_to / folder.name / RECORD_COPY / layout.SUMS).exists()
        return None if whole else "copying"
    return None
