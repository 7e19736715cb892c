"""`ceremony register`: what the ceremonies of an archive add up to, and what is due."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from pathlib import Path

from ceremony.cli.machine import print_json
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock, iso, parse_iso
from ceremony.room.speaking import say
from ceremony.script.deadline import deadline
from ceremony.script.due_dates import crl_gaps, due_dates
from ceremony.script.register_keys import copies_as_json
from ceremony.script.register_words import hint_of, register_lines
from ceremony.transcript.archive import ceremonies
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.register_entries import Mode

FORMAT = "ceremony-register-report/1"


def register(options: argparse.Namespace) -> int:
    """Print the register of one mode, once every link and every hash of the archive was checked; as it is now, or as
    it was at the end of a day (`--on`), after the ceremonies that had ended by then.

    Raises CeremonyError (ARCHIVE-LINK, ARCHIVE-RECORD, ARCHIVE-FILE, ARCHIVE-ONCE, ARCHIVE-TIME, ARCHIVE-NONE) for an
    archive that has none, and REGISTER-ON for a day that is none.
    """
    archive = Path(options.archive)
    mode: Mode = "practice" if options.practice else "production"
    clock = Clock().utc()
    now, until = clock, ""
    if options.on is not None:
        now = _end_of(options.on, now)
        until = iso(now)
    try:
        fold = fold_archive(archive, with_files=True, now=clock, misdated=options.misdated, until=until)
        held = fold.register(mode) if ceremonies(archive) else None
    except OSError as error:
        raise _none(archive, f"The system says: {error.strerror}.") from None
    if held is None:
        raise _none(archive, "The folder holds no numbered ceremony, such as 0001-root-generation.")
    try:
        if options.json:
            report = {
                "format": FORMAT,
                "at": iso(now),
                "on": options.on,
                "register": held.model_dump(mode="json"),
                "hint": hint_of(held),
                "copies": [copies_as_json(key) for key in held.keys],
                "due": [item.as_json() for item in due_dates(held, now)],
                "deadlines": [deadline(item).as_json() for item in held.incidents],
                "crl_gaps": [item.as_json() for item in crl_gaps(held, now)],
            }
            print_json(report)
            return 0
        lines = register_lines(held, now)
    except ValueError:
        raise CeremonyError(
            "The register holds a moment that is none.",
            where=str(archive),
            detail="A record of the archive names a date or time in another form than this program writes.",
            not_done="Nothing is said of what is due.",
            next_step="Run `ceremony verify` on the archive, and find the true record before going on.",
            code="REGISTER-FORM",
        ) from None
    say(*lines)
    return 0


def _end_of(day: str, now: datetime) -> datetime:
    """The last second of a day (UTC) that is over or goes on. Raises CeremonyError (REGISTER-ON) for any other text."""
    try:
        end = parse_iso(f"{day}T23:59:59Z")
    except ValueError:
        detail = f"{day!r} is not a day of the form 2026-11-22."
    else:
        if end - now < timedelta(days=1):
            return end
        detail = f"{day} has not come yet."
    raise CeremonyError(
        "There is no register of that day.",
        detail=detail,
        not_done="No register was made.",
        next_step="Name a day of the past, or today, in UTC: --on 2026-11-22.",
        code="REGISTER-ON",
    )


def _none(archive: Path, detail: str) -> CeremonyError:
    return CeremonyError(
        "There is no archive here.",
        where=str(archive),
        detail=detail,
        not_done="No register was made.",
        next_step="Name the folder that holds the folders of the ceremonies.",
        code="ARCHIVE-NONE",
    )
