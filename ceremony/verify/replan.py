"""The plan, worked out again from archived files alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.transcript import archive

if TYPE_CHECKING:
    from ceremony.script.past import Past
    from ceremony.script.plan import Mode, Plan


def replan(folder: Path, mode: Mode, clock: datetime, past: Past, *, lint: bool = False) -> Plan:
    """Compile the files of a ceremony's folder as it was opened, at that agreed clock (UTC); linted too where that is
    wanted. Raises CeremonyError."""
    from ceremony.script.compile import compile_plan  # late: much of what is verified needs no plan
    from ceremony.script.load import load_script

    loaded = load_script(folder / archive.SCRIPT, past=past, archived=folder)
    return compile_plan(loaded, mode, clock, lint=lint)
