"""One compiled plan, performed in the thread that will own the token: in practice or in production."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.errors import CeremonyError

if TYPE_CHECKING:  # the app paints before it needs these
    from ceremony.cli.planning import Planned
    from ceremony.engine.officiant import Officiant, Outcome
    from ceremony.room.clock import Clock
    from ceremony.script.interrupted import Interruption
    from ceremony.transcript.archive import CeremonyFolder
    from ceremony.verify.verdict import Verdict

MUST_HOLD = frozenset(
    {
        *("ARCHIVE-LINK", "ARCHIVE-REGISTER", "ARCHIVE-ONCE", "HASH-INPUTS", "HASH-PLAN", "HASH-IDENTITY"),
        *("KEY-INTENT", "KEY-SOUND", "TBS-PLAN", "TBS-BYTES", "TBS-SIGNATURE", "VERIFY-CRASH"),
    }
)
"""What no missing end explains: whoever could add such a record would add to the register what nobody signed."""


def perform_plan(planned: Planned, officiant: Officiant, options: argparse.Namespace, clock: Clock) -> Outcome:
    """Prove the archive, then perform a compiled plan in this thread, which will own the token.

    Raises CeremonyError (ARCHIVE-NOT-PROVED) where an earlier ceremony is not proved; nothing was opened then.
    """
    from ceremony.engine.performance import perform
    from ceremony.engine.practice import practice_tokens
    from ceremony.engine.tokens import ProductionTokens
    from ceremony.token.overrides import vendor_overrides

    plan = planned.plan
    archive = Path(options.archive or DEFAULT_ARCHIVE)
    said = prove_earlier(archive, resumes=planned.resumes)
    if options.plain or options.unattended:
        for line in said:
            print(line)
    export_to = Path(options.export) if options.export else None
    overrides = tuple(item.name for item in vendor_overrides(os.environ))
    if plan.mode == "practice":
        kept = Path(options.tokens) if options.tokens else None
        with practice_tokens(plan, planned.stand_ins, kept, resumes=planned.resumes) as tokens:
            return perform(
                plan,
                officiant,
                archive=archive,
                clock=clock,
                tokens=tokens,
                overrides=overrides,
                export_to=export_to,
                resumes=planned.resumes,
                card_printer=options.printer,
            )
    return perform(
        plan,
        officiant,
        archive=archive,
        clock=clock,
        tokens=ProductionTokens(plan, options.module),
        overrides=overrides,
        export_to=export_to,
        resumes=planned.resumes,
        card_printer=options.printer,
    )


def prove_earlier(archive: Path, *, resumes: Interruption | None = None) -> tuple[str, ...]:
    """Verify every ceremony of the archive; returns what is said of them, nothing where there are none.

    One that is closed or sealed must be proved. Of one that was aborted or interrupted the record's chain and links,
    the files that it names, and whatever it signed or inherited must hold; it is told. The one that is gone on with,
    `resumes`, is proved when it ends. Raises CeremonyError (ARCHIVE-NOT-PROVED, ARCHIVE-LINK, ARCHIVE-RECORD,
    ARCHIVE-FILE).
    """
    from ceremony.transcript.archive import ceremonies

    folders = ceremonies(archive)
    if not folders:
        return ()
    from ceremony.transcript.folding import fold_archive
    from ceremony.verify.archive import verify_path

    entries = fold_archive(archive).register("production").ceremonies  # it lists those of both modes
    verdicts = verify_path(archive)
    ended = []
    for folder, entry, verdict in zip(folders, entries, verdicts, strict=True):
        if resumes is not None and folder.name == resumes.folder.name:
            _require_held(folder, verdict)
            ended.append(f"{folder.name} was interrupted: its record holds, and it is gone on with.")
        elif entry.outcome != "closed" and not folder.seal.exists():
            _require_held(folder, verdict)
            ended.append(
                f"{folder.name} did not reach its close ({entry.outcome}): its record holds, no more is proved."
            )
        elif not verdict.proved:
            raise _not_proved(folder.name, verdict)
    proved = len(folders) - len(ended)
    return (f"Archive verified: {proved} {'ceremony' if proved == 1 else 'ceremonies'}.", *ended)


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
