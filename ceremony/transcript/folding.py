"""From the records of an archive, one after another, to the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ceremony.plain_files import NotRead, read_in
from ceremony.transcript import archive, kinds
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain
from ceremony.transcript.dating import TIME, Dating
from ceremony.transcript.holding import broken, check_files, whole_record
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.once import ONCE, Once
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import Mode
from ceremony.transcript.registering import FileOf, ceremony_entry, register_after
from ceremony.transcript.state import CeremonyState, fold


@dataclass(slots=True)
class Fold:
    """Both modes of an archive; `add` takes the next ceremony in."""

    registers: dict[Mode, Register] = field(
        default_factory=lambda: {"production": Register(mode="production"), "practice": Register(mode="practice")}
    )

    def register(self, mode: Mode) -> Register:
        """The state of one mode after the ceremonies so far."""
        return self.registers[mode]

    def add(self, folder: str, chain: Chain, file_of: FileOf) -> None:
        """Take one ceremony in; `folder` is its name in the archive. A record without a first line adds nothing."""
        opened = chain.entries[0].data if chain.entries else None
        if not isinstance(opened, kinds.CeremonyOpened):
            return
        before = self.registers[opened.mode]
        state = fold(chain.entries, CeremonyState(ledger=Ledger.of(before, folder)))
        listed = ceremony_entry(folder, opened, state, chain)
        for mode, register in self.registers.items():
            self.registers[mode] = register.model_copy(update={"ceremonies": (*register.ceremonies, listed)})
        if opened.stand_in:
            return  # its past was a stand-in; nothing goes on from what it made
        self.registers[opened.mode] = register_after(self.registers[opened.mode], state, folder, file_of)


def fold_archive(
    path: Path, *, with_files: bool = False, now: datetime | None = None, misdated: str | None = None, until: str = ""
) -> Fold:
    """The fold of every ceremony of an archive; an archive that does not exist is empty.

    Raises CeremonyError where a record is broken (ARCHIVE-RECORD), a ceremony is missing, out of order, or not the one
    that the next names (ARCHIVE-LINK), is not one of its own but a copy (ARCHIVE-ONCE), or is dated before the one
    before it (ARCHIVE-TIME). `with_files` also hashes every file that a record names (ARCHIVE-FILE). With `now`, this
    machine's clock, the last may not be dated more than a day after it (ARCHIVE-TIME), unless it is the one that
    somebody calls `misdated`, by its folder's name. `until` (UTC, as in a record) leaves out, of what adds up, each
    ceremony that had not ended by that moment, and all after it; their links are checked all the same.
    """
    fold, once, dating = Fold(), Once(), Dating()
    before, head, over = "", "", False
    for place, folder in enumerate(archive.ceremonies(path), start=1):
        chain = whole_record(folder)
        opened = chain.entries[0].data
        if folder.number != place:
            raise broken(folder, f"It is number {place} of the ceremonies that are here: one before it is missing.")
        if not isinstance(opened, kinds.CeremonyOpened):
            raise broken(folder, "Its record does not begin with its opening.", "ARCHIVE-RECORD")
        if (opened.previous_ceremony, opened.previous_head) != (before, head):
            said = opened.previous_ceremony or "no ceremony"
            found = f"{before} with head {head}" if before else "none"
            raise broken(
                folder,
                f"It names {said} as the one before it, head {opened.previous_head or 'none'}; there is {found}.",
            )
        for code, faults in ((ONCE, once.again(folder.name, chain)), (TIME, dating.faults(folder.name, chain))):
            for fault in faults:
                raise broken(folder, fault, code)
        if with_files:
            check_files(folder, opened, chain)
        over = over or bool(until and chain.entries[-1].event.at > until)
        if not over:
            fold.add(folder.name, chain, _reader(folder))
        before, head = folder.name, chain.head
    if now is not None:
        dating.require_past(path, now, misdated)
    return fold


def _reader(folder: CeremonyFolder) -> FileOf:
    def read(path: str) -> bytes | None:
        try:
            return read_in(folder.path, path)
        except NotRead:
            return None

    return read
