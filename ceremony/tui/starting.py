"""The app on a terminal: started, told of signals, waited for, and what is said after it has left the screen."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime

from ceremony.errors import CeremonyError
from ceremony.room.signals import ACCIDENTS
from ceremony.room.speaking import complain
from ceremony.tui.app import CeremonyApp
from ceremony.tui.launcher import Launcher


def run_app(launcher: Launcher, script: str | None, clock: Callable[[], datetime]) -> int:
    """Run the app on this terminal and return the exit code: 0 where the ceremony was closed, 1 where it was not.

    `clock` tells the time that is agreed so far, UTC; the app adds nothing to it. Raises CeremonyError where there is
    no terminal.
    """
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        raise CeremonyError(
            "The full-screen app needs a terminal.",
            detail="Standard input or standard error is not one.",
            not_done="Nothing was started.",
            next_step="Run it in a terminal, or use --plain.",
            code="TERMINAL",
        )
    from ceremony.tui.driver import ConsoleDriver

    app = CeremonyApp(launcher, script=script, clock=clock, driver_class=ConsoleDriver)
    code = app.run(mouse=False)
    if app.failure is not None:
        app.farewell.insert(0, f"The screen program failed ({app.failure}). The token was logged out.")
        app.farewell.append(
            "What to do: start the same command again to go on with an open ceremony; --plain needs no screen."
        )
    if app.performing:
        for number in ACCIDENTS:
            signal.signal(number, signal.SIG_IGN)  # the end is under way already
        app.worker.finish()
    _say_farewell(app.farewell)
    return code if code is not None and app.failure is None else 1


def _say_farewell(sentences: list[str]) -> None:
    try:
        complain(*sentences)
        sys.stderr.flush()
    except OSError:  # the terminal is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
