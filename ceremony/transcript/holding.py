"""Whether the record and the files of an earlier ceremony hold, so that another can follow it."""

from __future__ import annotations

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_FOLDER, LARGEST_LIST, NotRead, opened_in, size_words
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
    torn = bool(chain.torn) and chain.entries[-1].data.PLACE is not Place.LAST
    for fault in chain.faults:
        if not (torn and fault.line == chain.lines + 1):
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
    wanted: dict[str, tuple[str, int | None]] = {
        archive.SCRIPT: (opened.script_sha256, None),
        archive.POLICY: (opened.policy_sha256, None),
        archive.PEOPLE: (opened.people_sha256, None),
        **{file.path: (file.sha256, file.size) for file in opened.inputs},
    }
    for entry in chain.entries:
        if isinstance(entry.data, kinds.ArtefactsWritten):
            wanted |= {file.path: (file.sha256, file.size) for file in entry.data.files}
    if sum(size or 0 for _, size in wanted.values()) > LARGEST_FOLDER:
        said = f"Its record names files of more than {size_words(LARGEST_FOLDER)}, more than a ceremony makes."
        raise broken(folder, said, "ARCHIVE-FILE")
    for path, (sha256, size) in wanted.items():
        try:
            with opened_in(folder.path, path, LARGEST_LIST) as file:
                same = size in (None, file.size) and file.digest().sha256 == sha256
        except NotRead as reason:
            raise broken(folder, f"Its file {path} is not read: {reason.reason}.", "ARCHIVE-FILE") from None
        if not same:
            said = f"Its file {path} was changed: its size or its SHA-256 is not the recorded one."
            raise broken(folder, said, "ARCHIVE-FILE")


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
