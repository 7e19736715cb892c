"""Whether the record and the files of an earlier ceremony hold, so that another can follow it."""

from __future__ import annotations

from ceremony.canonical import sha256_of_file
from ceremony.errors import CeremonyError
from ceremony.transcript import archive, kinds
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain, ChainFault, read_chain
from ceremony.transcript.kinds import Place


def broken_at(chain: Chain) -> ChainFault | None:
    """The fault that makes a record none that others can follow, or None.

    A last line that a power cut tore off is none, as long as no close stands before it: that ceremony is open.
    """
    if not chain.entries:
        return chain.faults[0] if chain.faults else ChainFault(1, "it is empty")
    torn = not chain.octets.endswith(b"\n") and chain.entries[-1].data.PLACE is not Place.LAST
    line = chain.octets.count(b"\n") + 1
    for fault in chain.faults:
        if not (torn and fault.line == line):
            return fault
    for entry in chain.entries[:-1]:
        if entry.data.PLACE is Place.LAST:
            return ChainFault(entry.event.seq + 1, "the record goes on after its end")
    for entry in chain.entries[1:]:
        if entry.data.PLACE is Place.FIRST:
            return ChainFault(entry.event.seq, "another ceremony is opened inside the record")
    return None


def whole_record(folder: CeremonyFolder) -> Chain:
    """The record of a ceremony that others follow. Raises CeremonyError (ARCHIVE-RECORD) where it does not hold."""
    chain = read_chain(folder.record)
    fault = broken_at(chain)
    if fault is not None:
        raise broken(folder, f"Line {fault.line}: {fault.reason}.", "ARCHIVE-RECORD")
    return chain


def check_files(folder: CeremonyFolder, opened: kinds.CeremonyOpened, chain: Chain) -> None:
    """Hash every file that the record names. Raises CeremonyError (ARCHIVE-FILE) for one that is missing or changed."""
    wanted = {
        archive.SCRIPT: opened.script_sha256,
        archive.POLICY: opened.policy_sha256,
        archive.PEOPLE: opened.people_sha256,
        **{file.path: file.sha256 for file in opened.inputs},
    }
    for entry in chain.entries:
        if isinstance(entry.data, kinds.ArtefactsWritten):
            wanted |= {file.path: file.sha256 for file in entry.data.files}
    for path, recorded in wanted.items():
        target = folder.path / path
        try:
            plain = target.is_file() and not target.is_symlink()
            found = sha256_of_file(target) if plain else ""
        except OSError:
            found = ""
        if found != recorded:
            said = "was changed: its SHA-256 is not the recorded one" if found else "is missing, or cannot be read"
            raise broken(folder, f"Its file {path} {said}.", "ARCHIVE-FILE")


def broken(folder: CeremonyFolder, detail: str, code: str = "ARCHIVE-LINK") -> CeremonyError:
    """The complaint about an archive in which this ceremony does not fit."""
    return CeremonyError(
        "The archive does not hold together.",
        where=str(folder.record),
        detail=detail,
        not_done="Nothing was planned or opened over it.",
        next_step="Run `ceremony verify` on the archive, and find the true record before going on.",
        code=code,
    )
