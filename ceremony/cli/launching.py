"""What the app asks of the command line: which scripts there are, their plans, their performance."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ceremony.cli.places import DEFAULT_ARCHIVE
from ceremony.errors import CeremonyError
from ceremony.room.clock import Clock
from ceremony.tui.launcher import ArchiveView, PlanView, ScriptChoice

if TYPE_CHECKING:  # planning and performing load much; the app paints before it needs them
    from ceremony.cli.earlier import Earlier
    from ceremony.cli.planning import Planned
    from ceremony.engine.officiant import Officiant
    from ceremony.script.plan import Mode
    from ceremony.transcript.locking import ArchiveLock

SHOWN_WORDS = 6
"""Enough of a script's digest to tell scripts apart by ear."""


class CommandLauncher:
    """Implements `ceremony.tui.launcher.Launcher`."""

    def __init__(self, options: argparse.Namespace, mode: Mode, clock: Clock) -> None:
        self.mode: Mode = mode
        self._options = options
        self._clock = clock
        self._plans: dict[str, Planned] = {}
        self._earlier: dict[str, Earlier] = {}
        self._lock: ArchiveLock | None = None

    def scripts(self) -> list[ScriptChoice]:
        """Every script below the policies folder, readable or not."""
        return [_choice(path) for path in sorted(Path(self._options.policies).glob("*/ceremonies/*.yaml"))]

    def plan(self, path: str) -> PlanView:
        """Compile, and keep the plan: what is started is what was shown."""
        from ceremony.cli.environment import environment_lines
        from ceremony.cli.planning import compiled, resumption_lines
        from ceremony.engine.share_showing import check_cards
        from ceremony.script.plain_words import plan_lines

        planned = compiled(
            path,
            self.mode,
            self._clock,
            self._options.archive,
            self._options.tokens,
            lock=self._locked(),
            export=self._options.export,
            misdated=self._options.misdated,
        )
        check_cards(planned.plan, self._options.printer)
        self._plans[path] = planned
        plan = planned.plan
        return PlanView(
            title=plan.script.title,
            ok=plan.ok,
            lines=_with_interruption(plan_lines(plan), [*environment_lines(self._options), *resumption_lines(planned)]),
            findings=plan.findings,
            key_generations=plan.key_generations,
            signatures=plan.signatures,
            mode=plan.mode,
            policy_sha256=plan.policy_sha256,
            script_sha256=plan.script_sha256,
            plan_sha256=plan.sha256,
        )

    def _locked(self) -> ArchiveLock:
        """The archive is this program's from the first plan on, until it ends."""
        from ceremony.transcript.locking import ArchiveLock

        if self._lock is None:
            self._lock = ArchiveLock(Path(self._options.archive or DEFAULT_ARCHIVE))
        return self._lock

    def close(self) -> None:
        """Let others in again."""
        if self._lock is not None:
            self._lock.close()

    def prove(self, path: str) -> ArchiveView:
        """Prove what the plan goes on from; what is performed was proved and shown."""
        from ceremony.cli.earlier import prove_earlier

        archive = Path(self._options.archive or DEFAULT_ARCHIVE)
        earlier = prove_earlier(archive, resumes=self._plans[path].resumes)
        self._earlier[path] = earlier
        return ArchiveView(earlier.lines()[: -len(earlier.warnings) or None], earlier.warnings)

    def perform(self, path: str, officiant: Officiant) -> None:
        """Perform the plan that was shown."""
        from ceremony.cli.performing import perform_plan

        perform_plan(self._plans[path], officiant, self._options, self._clock, earlier=self._earlier[path])


def _with_interruption(lines: tuple[str, ...], said: list[str]) -> tuple[str, ...]:
    """What was broken off is told right below the title."""
    return (*lines[:1], "", *said, "", *lines[1:]) if said else lines


def _choice(path: Path) -> ScriptChoice:
    from ceremony.canonical import sha256_hex
    from ceremony.script.load import load_script
    from ceremony.words import words

    try:
        loaded = load_script(path)
    except CeremonyError as error:
        return ScriptChoice(str(path), path.stem, path.parent.parent.name, "", "", problem=error.headline)
    digest = sha256_hex(loaded.script_document.octets)
    return ScriptChoice(
        path=str(path),
        title=loaded.script.title,
        ca=loaded.policy.policy.ca.name,
        sha256=digest,
        words=" ".join(words(bytes.fromhex(digest))[:SHOWN_WORDS]),
    )


def open_app(options: argparse.Namespace, mode: Mode) -> int:
    """Open the app on the picker, or on the script that was named."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise CeremonyError(
            "The app needs a terminal.",
            not_done="Nothing was begun.",
            next_step="Run it in a terminal, or use --plain.",
            code="TERMINAL-ABSENT",
        )
    from ceremony.tui.starting import run_app

    clock = Clock()
    launcher = CommandLauncher(options, mode, clock)
    try:
        return run_app(launcher, options.script, clock.utc)
    finally:
        launcher.close()
