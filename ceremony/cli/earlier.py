"""The ceremonies of the archive before this one: proved, and told in a few lines that people compare with their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.words import head_words

if TYPE_CHECKING:  # the app paints before it needs these
    from ceremony.script.interrupted import Interruption
    from ceremony.transcript.archive import CeremonyFolder
    from ceremony.transcript.register_entries import CeremonyEntry
    from ceremony.verify.verdict import Verdict

MUST_HOLD = frozenset(
    {
        *("ARCHIVE-LINK", "ARCHIVE-REGISTER", "ARCHIVE-ONCE", "ARCHIVE-TIME", "HASH-INPUTS", "HASH-PLAN"),
        *("HASH-IDENTITY", "CLOCK-DEPARTED"),
        *("KEY-INTENT", "KEY-SOUND", "TBS-PLAN", "TBS-BYTES", "TBS-SIGNATURE", "VERIFY-CRASH", "VERIFY-STOPPED"),
    }
)
"""What no missing end explains: whoever could add such a record would add to the register what nobody signed."""


SHOWN_WORDS = 8
"""Words of a head that are compared at the opening; receipts and records have all of them."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last record of the archive, however its ceremony ended. `head` is its chain head, hex."""

    folder: str
    day: str
    title: str
    mode: str
    outcome: str
    head: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """The last receipts that people took home: of which ceremony, and the head on them, hex."""

    folder: str
    head: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """How many earlier ceremonies are proved, the last of them, and what is to be known of those that are not."""

    proved: int = 0
    last: Last | None = None
    receipts: Receipts | None = None
    warnings: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """The same in sentences."""
        if not self.proved and not self.warnings:
            return ("The archive is empty: no ceremony was held before this one.",)
        number = f"{self.proved} {'ceremony' if self.proved == 1 else 'ceremonies'}"
        said = [f"Archive verified: {number}."] if self.proved else []
        if self.last is not None:
            kind = ", a rehearsal" if self.last.mode == "practice" else ""
            said.append(f"The last: {self.last.folder} of {self.last.day}{kind}. {self.last.title}.")
            said.append(f"Its head begins: {_words(self.last.head)}")
            if self.receipts is not None:
                whose = (
                    "Its" if self.receipts.folder == self.last.folder else f"Those of {self.receipts.folder}, the last"
                )
                said.append(f"{whose} receipts begin: {_words(self.receipts.head)}")
            said.append("Compare with your notes and receipts: an old or another archive shows other words.")
        return (*said, *self.warnings)


def _words(head: str) -> str:
    return " ".join(head_words(head).split()[:SHOWN_WORDS])


def prove_earlier(archive: Path, *, resumes: Interruption | None = None) -> Earlier:
    """Verify every ceremony of the archive; returns what is said of them.

    One that has ended must be proved, or ended early. Of one that was broken off the record's chain and links, the
    files that it names, and whatever it signed or inherited must hold; it is told, as an early end is. The one that is
    gone on with, `resumes`, is proved when it ends. Raises CeremonyError (ARCHIVE-NOT-PROVED, ARCHIVE-LINK,
    ARCHIVE-RECORD, ARCHIVE-FILE).
    """
    from ceremony.transcript.archive import ceremonies

    folders = ceremonies(archive)
    if not folders:
        return Earlier()
    from ceremony.transcript.folding import fold_archive
    from ceremony.verify.archive import verify_path

    entries = fold_archive(archive).register("production").ceremonies  # it lists those of both modes
    verdicts = verify_path(archive)
    told = []
    for folder, entry, verdict in zip(folders, entries, verdicts, strict=True):
        if resumes is not None and folder.name == resumes.folder.name:
            _require_held(folder, verdict)
            told.append(f"{folder.name} was interrupted: its record holds, and it is gone on with.")
        elif entry.outcome == "open" and not folder.seal.exists():
            _require_held(folder, verdict)
            told.append(f"{folder.name} was broken off and has not ended: its record holds, no more is proved.")
        elif not verdict.holds:
            raise _not_proved(folder.name, verdict)
        elif verdict.ended_early:
            sealed = "and is sealed" if folder.seal.exists() else "and nobody sealed it"
            told.append(f"{folder.name} ended early: its record holds, {sealed}.")
    going_on = resumes.folder.name if resumes is not None else ""
    ended = [(folder, entry) for folder, entry in zip(folders, entries, strict=True) if folder.name != going_on]
    return Earlier(len(folders) - len(told), _last(ended), _receipts(ended), tuple(told))


def _last(ended: Sequence[tuple[CeremonyFolder, CeremonyEntry]]) -> Last | None:
    """The last record: whoever takes the last folder away shows another head."""
    for _, entry in reversed(ended):
        return Last(entry.folder, entry.ended_at[:10], entry.title, entry.mode, entry.outcome, entry.head)
    return None


def _receipts(ended: Sequence[tuple[CeremonyFolder, CeremonyEntry]]) -> Receipts | None:
    """The last that people hold receipts of: those of a rehearsal nobody keeps, where production gave any."""
    for mode in ("production", "practice"):
        for folder, entry in reversed(ended):
            if entry.mode == mode and (head := _on_receipts(folder)):
                return Receipts(folder.name, head)
    return None


def _on_receipts(folder: CeremonyFolder) -> str:
    """The head that its receipts name; empty where it gave none."""
    from ceremony.custody.slips import RECEIPTS
    from ceremony.transcript.holding import whole_record
    from ceremony.transcript.kinds import ArtefactIntended

    head = ""
    for entry in whole_record(folder).entries:
        if isinstance(entry.data, ArtefactIntended) and any(
            path.startswith(f"{RECEIPTS}/") for path in entry.data.paths
        ):
            head = entry.event.prev
    return head


def _require_held(folder: CeremonyFolder, verdict: Verdict) -> None:
    """Raises CeremonyError (ARCHIVE-NOT-PROVED, ARCHIVE-FILE) where more is wrong than that its end is missing."""
    from ceremony.transcript.holding import check_files, whole_record
    from ceremony.transcript.kinds import CeremonyOpened

    if any(check.id in MUST_HOLD for check in verdict.failed):
        raise _not_proved(folder.name, verdict)
    chain = whole_record(folder)
    opened = chain.entries[0].data
    if isinstance(opened, CeremonyOpened):
        check_files(folder, opened, chain)


def _not_proved(name: str, verdict: Verdict) -> CeremonyError:
    failed = sorted(verdict.failed, key=lambda check: check.id not in MUST_HOLD)  # what forbids it in any case first
    reason = failed[0] if failed else "Nothing of it was proved."
    return CeremonyError(
        "An earlier ceremony of the archive is not proved.",
        where=verdict.path,
        detail=f"{name}: {reason}",
        not_done="The ceremony was not opened; no key was made.",
        next_step="Run `ceremony verify` on the archive, put back the true files from another copy, and begin again.",
        code="ARCHIVE-NOT-PROVED",
    )
