"""The opening of a ceremony: its folder with the exact inputs, and the first line of its record."""

from __future__ import annotations

import shutil
from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.engine.approval_ledger import ApprovalLedger
from ceremony.engine.host import Host
from ceremony.engine.officiant import Officiant
from ceremony.engine.room import Room
from ceremony.engine.tokens import Tokens
from ceremony.engine.views import overview_of
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock, iso
from ceremony.script.models import CompareClock
from ceremony.script.plan import Plan
from ceremony.system_random import system_random
from ceremony.transcript import archive as layout
from ceremony.transcript.dating import before_last
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.journal import Journal
from ceremony.transcript.kinds import CeremonyOpened, WrittenFile
from ceremony.transcript.register_entries import CeremonyEntry
from ceremony.transfer.media import folders_for, write_once


def open_room(
    plan: Plan,
    officiant: Officiant,
    archive: Path,
    clock: Clock,
    tokens: Tokens,
    host: Host,
    export_to: Path | None,
) -> Room:
    """Make the ceremony's folder with everything that the plan was made of, and write the first line of its record.

    Raises CeremonyError where the archive is not the one that was planned over, or cannot be written; nothing is left
    behind then.
    """
    previous = _previous(plan, archive)
    _require_later(plan, clock)
    folder = layout.new_ceremony(archive, plan.script.id)
    try:
        return _opened(plan, officiant, folder, previous, clock, tokens, host, export_to)
    except BaseException:
        if not folder.record.exists() or not folder.record.stat().st_size:
            shutil.rmtree(
                folder.path, ignore_errors=True
            )  # nothing has happened: leave nothing that looks as if it had
        raise


def _opened(
    plan: Plan,
    officiant: Officiant,
    folder: layout.CeremonyFolder,
    previous: CeremonyEntry | None,
    clock: Clock,
    tokens: Tokens,
    host: Host,
    export_to: Path | None,
) -> Room:
    for name, octets in (
        (layout.SCRIPT, plan.script_octets),
        (layout.POLICY, plan.policy_octets),
        (layout.PEOPLE, plan.people_octets),
        *plan.inputs.items(),
    ):
        folders_for(*folder.place(name), "The ceremony was not opened; no key was made.")
        write_once(*folder.place(name), octets)
    clock.jumped()  # planning may have taken long; jumps count from here
    journal = Journal(folder.record, lambda: (iso(clock.utc()), clock.monotonic_ms()))
    ceremony_id = f"{folder.name}-{clock.utc():%Y%m%d}-{system_random(4).hex()}"
    officiant.begin(overview_of(plan, ceremony_id, folder))
    ledger = ApprovalLedger(plan, ceremony_id)
    room = Room(plan, ceremony_id, officiant, journal, clock, folder, tokens, ledger, export_to)
    room.record(
        CeremonyOpened(
            ceremony_id=ceremony_id,
            mode=plan.mode,
            title=plan.script.title,
            script_id=plan.script.id,
            script_version=plan.script.version,
            script_sha256=plan.script_sha256,
            policy_sha256=plan.policy_sha256,
            people_sha256=plan.people_sha256,
            plan_sha256=plan.sha256,
            key_generations=plan.key_generations,
            signatures=plan.signatures,
            challenges=plan.challenges,
            inputs=tuple(
                WrittenFile(path=path, sha256=sha256_hex(octets), size=len(octets))
                for path, octets in plan.inputs.items()
            ),
            previous_ceremony=previous.folder if previous else "",
            previous_head=previous.head if previous else "",
            stand_in=plan.past.stand_in,
            **host.told(),
        )
    )
    return room


def _previous(plan: Plan, archive: Path) -> CeremonyEntry | None:
    """The ceremony before this one, which is still the one that the plan was made after. Raises CeremonyError else."""
    last = fold_archive(archive).register(plan.mode).last
    planned_after = plan.past.register.last
    if (last and last.head) != (planned_after and planned_after.head):
        raise CeremonyError(
            "The archive is not the one that was planned over.",
            where=str(archive),
            detail=f"Its last ceremony is {last.folder if last else 'none'}; the plan follows "
            f"{planned_after.folder if planned_after else 'none'}.",
            not_done="The ceremony was not opened; no key was made.",
            next_step="Plan again, with the archive of this CA.",
            code="ARCHIVE-PREVIOUS",
        )
    return last


def _require_later(plan: Plan, clock: Clock) -> None:
    """Where no step compares the clock, the machine's dates the ceremony. Raises CeremonyError (CLOCK-BEFORE)."""
    if any(isinstance(planned.step, CompareClock) for planned in plan.steps):
        return
    earlier = before_last(plan.past.register, iso(clock.utc()))
    if earlier is not None:
        raise CeremonyError(
            "The machine's clock is before the last ceremony's end.",
            detail=f"It says {iso(clock.utc())}; {earlier.ceremony} ended at {earlier.at}.",
            not_done="The ceremony was not opened; no key was made.",
            next_step="Set the machine's clock. If it is right, hold a ceremony that compares the clock first: people "
            "can decide there, by the record, that the earlier one was dated wrongly.",
            code="CLOCK-BEFORE",
        )
