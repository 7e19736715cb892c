"""What the app has done on its worker thread: scripts listed, a plan made, the archive proved, a ceremony performed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.tui.asking import LastScreen
from ceremony.tui.crash import as_ceremony_error
from ceremony.tui.launcher import ArchiveView, PlanView, ScriptChoice
from ceremony.tui.opening import LastWords, PickScreen, PreflightScreen

if TYPE_CHECKING:
    from ceremony.tui.app import CeremonyApp


class Jobs:
    """Each job runs on the worker; its screen is told on the app's thread."""

    def __init__(self, app: CeremonyApp) -> None:
        self._app = app

    def list_scripts(self, screen: PickScreen) -> None:
        """Look for scripts on the worker; the screen is told."""

        def job() -> None:
            try:
                found: list[ScriptChoice] | CeremonyError = self._app.launcher.scripts()
            except Exception as error:
                found = as_ceremony_error(error, not_done="No script was opened.")
            self._app.later(screen.show_scripts, found)

        self._app.worker.submit(job)

    def compute_plan(self, screen: PreflightScreen) -> None:
        """Compile on the worker; the screen is told."""

        def job() -> None:
            try:
                plan: PlanView | CeremonyError = self._app.launcher.plan(screen.path)
            except Exception as error:
                plan = as_ceremony_error(error, not_done="The script was not opened.")
            self._app.later(self._planned, screen, plan)

        self._app.worker.submit(job)

    def _planned(self, screen: PreflightScreen, plan: PlanView | CeremonyError) -> None:
        if screen not in self._app.screen_stack:
            return
        if isinstance(plan, CeremonyError):
            screen.show_fault(plan)
        else:
            screen.show_plan(plan)

    def prove_archive(self, screen: PreflightScreen) -> None:
        """Prove what came before on the worker; the screen is told."""

        def job() -> None:
            try:
                proved: ArchiveView | CeremonyError = self._app.launcher.prove(screen.path)
            except Exception as error:
                proved = as_ceremony_error(error, not_done="The ceremony was not opened.")
            self._app.later(self._proved, screen, proved)

        self._app.worker.submit(job)

    def _proved(self, screen: PreflightScreen, proved: ArchiveView | CeremonyError) -> None:
        if screen not in self._app.screen_stack:
            return
        if isinstance(proved, CeremonyError):
            screen.show_fault(proved, doing="The archive is not proved")
        else:
            screen.show_archive(proved)

    def start_ceremony(self, screen: PreflightScreen) -> None:
        """Perform on the worker."""
        self._app.performing = True

        def job() -> None:
            fault: CeremonyError | None = None
            try:
                self._app.launcher.perform(screen.path, self._app.officiant)
            except Exception as error:
                fault = as_ceremony_error(error, not_done="The ceremony was not finished.")
            self._app.later(self._performed, fault)

        self._app.worker.submit(job)

    def _performed(self, fault: CeremonyError | None) -> None:
        self._app.performing = False
        outcome = self._app.officiant.outcome
        if outcome is not None:
            self._app.farewell = [outcome.headline, f"Record: {outcome.folder}", f"Chain head: {outcome.head}"]
        if fault is not None:
            self._app.farewell += fault.paragraphs()
        alone = self._app.officiant.interrupted is not None
        if fault is None or alone:
            self._app.exit(0 if outcome is not None and outcome.closed and not outcome.refused else 1)
        elif self._app.room.overview is None and self._app.preflight is not None:
            self._app.farewell = []
            self._app.preflight.show_fault(fault, doing="The ceremony was not begun")
        else:
            self._app.questions.pop_to_runner()
            self._app.push(LastScreen(LastWords(fault)))
