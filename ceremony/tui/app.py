"""The app: which screen is shown, and how questions, remarks, signals and crashes find their way."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message_pump import MessagePump
from textual.screen import Screen

from ceremony.room.signals import ACCIDENTS
from ceremony.tui.asking import AskScreen, RemarkScreen
from ceremony.tui.asks import Ask
from ceremony.tui.bars import SMALLEST
from ceremony.tui.crash import place_of
from ceremony.tui.finish import FinishScreen
from ceremony.tui.frame import Frame
from ceremony.tui.jobs import Jobs
from ceremony.tui.key_order import KeyOrder
from ceremony.tui.launcher import Launcher
from ceremony.tui.officiant import TuiOfficiant
from ceremony.tui.opening import PickScreen, PreflightScreen
from ceremony.tui.pages import AloudScreen, PageScreen, evidence_page, help_page, record_page
from ceremony.tui.people import DeviationRemark, PeopleRemark
from ceremony.tui.questions import Questions
from ceremony.tui.remarks import AbortRemark, NoteRemark
from ceremony.tui.review import ReviewScreen
from ceremony.tui.room import Room
from ceremony.tui.runner import RunnerScreen
from ceremony.tui.theme import CSS
from ceremony.tui.worker import Worker

if TYPE_CHECKING:
    from textual.driver import Driver

_NOTHING_TO_SEE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="40"><text x="10" y="25">'
    "This screen shows a secret. It is not exported.</text></svg>"
)


class CeremonyApp(App[int], inherit_bindings=False):
    """Full screen, by keys alone. The value it returns is the exit code: 0 where the ceremony was closed."""

    CSS = CSS
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    ESCAPE_TO_MINIMIZE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - declared so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-tight"), (34, "-roomy")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "no_quit", show=False, priority=True),
        Binding("ctrl+q", "no_quit", show=False, priority=True),
    ]

    def __init__(
        self,
        launcher: Launcher,
        *,
        script: str | None = None,
        clock: Callable[[], datetime],
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class=driver_class, ansi_color=True)
        self.launcher = launcher
        self.room = Room(mode=launcher.mode, clock=clock)
        self.questions = Questions(self)
        self.officiant = TuiOfficiant(self.questions)
        self.worker = Worker()
        self.jobs = Jobs(self)
        self.failure: str | None = None
        """What the screen program failed with: a type and a place, never a value."""
        self.farewell: list[str] = []
        """Sentences for the terminal after the app has left it."""
        self.key_order = KeyOrder(self, self._deliver)
        self._script = script
        self.performing = False
        """Whether the worker is inside a ceremony."""
        self._cells: Size | None = None
        self.preflight: PreflightScreen | None = None

    # -- life -----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Open the first screen, listen to signals, let the clock tick."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            for number, cause in ACCIDENTS.items():
                loop.add_signal_handler(number, self.end_without_people, cause)
            loop.add_signal_handler(signal.SIGINT, self.action_no_quit)
        self.set_interval(1.0, self.tick)
        self.set_interval(0.5, self._beat)
        if self._script is None:
            self.push(PickScreen())
        else:
            self.open_preflight(self._script)

    def on_resize(self, event: events.Resize) -> None:
        """Ask for a larger terminal where this one is too small."""
        self._cells = event.size  # the app's own size lags behind the event
        for screen in self.screen_stack:
            self._fit(screen)

    async def on_event(self, event: events.Event) -> None:
        """Keys come one after another, and do nothing while the terminal is too small to show what they would do."""
        if isinstance(event, events.Key | events.Paste) and self.too_small:
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self.key_order.too_quick(event):
                await self.key_order.take(event)
            elif isinstance(self.screen, Frame):
                self.screen.say("F2 came twice in a hurry and counted once. Read this, then press F2.")
            return
        await super().on_event(event)

    async def _deliver(self, event: events.Key) -> MessagePump:
        target = self.focused or self.screen
        await super().on_event(event)
        return target

    @property
    def too_small(self) -> bool:
        """Whether the terminal is too small to show a screen whole."""
        width, height = self._cells or self.size
        return width < SMALLEST[0] or height < SMALLEST[1]

    @property
    def busy(self) -> str:
        """The device that works now and cannot be interrupted: the token, or a printer; empty where none does."""
        return self.questions.device_at_work

    def _fit(self, screen: Screen[Any]) -> None:
        screen.set_class(self.too_small, "-too-small")

    def tick(self) -> None:
        """Once a second, and when something changed."""
        if isinstance(self.screen, Frame):
            self.screen.tick()

    def _beat(self) -> None:
        self.key_order.beat()
        runner = self.runner
        if self.busy and runner is not None:
            runner.beat()

    # -- screens --------------------------------------------------------------------------------------------------

    @property
    def runner(self) -> RunnerScreen | None:
        """The runner, where a ceremony is open."""
        return next((screen for screen in self.screen_stack if isinstance(screen, RunnerScreen)), None)

    def push(self, screen: Frame) -> None:
        """Put a screen on top."""
        self._fit(screen)
        self.push_screen(screen)

    def close_page(self, screen: Frame) -> None:
        """Take the top screen away; a question that came meanwhile is shown then."""
        if self.screen is screen and len(self.screen_stack) > 1:
            self.pop_screen()
        self.questions.show_waiting()

    def redraw(self) -> None:
        """F5."""
        self.refresh(layout=True)
        self.screen.refresh(layout=True)

    def open_preflight(self, path: str) -> None:
        """Show what a script would do."""
        self.preflight = PreflightScreen(path)
        self.push(self.preflight)

    def back_to_picker(self, screen: PreflightScreen) -> bool:
        """Esc on the plan; False where the app did not begin with the picker."""
        if self._script is not None:
            return False
        self.close_page(screen)
        return True

    def leave(self) -> None:
        """F10 outside a ceremony."""
        self.exit(1)

    def _current_ask(self) -> Ask | None:
        screen = self.screen
        if isinstance(screen, RunnerScreen | AskScreen):
            return screen.ask
        return None

    def open_help(self) -> None:
        """F1."""
        screen = self.screen
        ask = self._current_ask()
        here = ask.help if ask is not None else str(getattr(screen, "HELP", "") or "")
        self.push(PageScreen("Help", help_page(ask.step if ask is not None else self.room.step, here)))

    def open_evidence(self) -> None:
        """F3."""
        self.push(PageScreen("Evidence so far", evidence_page(self.room)))

    def open_record(self) -> None:
        """F4."""
        self.push(PageScreen("The record so far", record_page(self.room), at_end=True))

    def open_aloud(self) -> None:
        """F9."""
        screen = self.screen
        ask = self._current_ask()
        if ask is not None:
            text = ask.aloud()
        elif isinstance(screen, ReviewScreen | FinishScreen):
            text = screen.aloud()
        else:
            text = self.room.step.text if self.room.step is not None else ""
        self.push(AloudScreen(self.room, text))

    def open_note(self) -> None:
        """F7."""
        self.push(RemarkScreen(NoteRemark(self.room.step)))

    def open_deviation(self) -> None:
        """F8."""
        self.push(RemarkScreen(DeviationRemark(self.room.step, self.room.here)))

    def open_people(self) -> None:
        """F7 a second time."""
        self.push(RemarkScreen(PeopleRemark(self.room.step, self.room.people)))

    def open_abort(self) -> None:
        """F10 in a ceremony."""
        self.push(RemarkScreen(AbortRemark(self.room.step)))

    def action_no_quit(self) -> None:
        """Ctrl-C, Ctrl-Q and SIGINT: a sentence, and nothing else."""
        key = "F10" if self.room.outcome is None else "F2"
        if isinstance(self.screen, Frame):
            self.screen.say(f"This key does nothing here. {key} is the way to leave.")

    # -- what may be kept of a screen -----------------------------------------------------------------------------

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG (Textual's own way out of the app); of one that shows a secret, an empty picture."""
        if isinstance(self.screen, Frame) and self.screen.SECRET:
            return _NOTHING_TO_SEE
        return super().export_screenshot(title=title, simplify=simplify)

    def clear_scrollback(self) -> None:
        """What was on the screen is not to be scrolled back to (ED 3: the Linux console, xterm and its kin)."""
        if self._driver is not None:
            self._driver.write("\x1b[3J")

    # -- other threads --------------------------------------------------------------------------------------------

    def later(self, callback: Callable[..., None], *arguments: object) -> bool:
        """Call on the app's thread, from any; False where there is no app any more."""
        try:
            return self.is_running and self.call_later(callback, *arguments)
        except RuntimeError:  # the loop has closed under us
            return False

    def end_without_people(self, cause: str) -> None:
        """A signal, or the terminal is gone: the token is logged out and the record says why, then the app ends."""
        self.officiant.interrupt(cause)
        if not self.performing:
            self.exit(1)
        elif isinstance(self.screen, Frame):
            self.screen.say(f"ENDING: {cause}. The token is logged out first.")

    # -- crashes --------------------------------------------------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """Called by Textual. No traceback, no values: a local variable might hold what nobody may see."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self.failure = self.failure or place_of(error)
        self._fatal_error()

    def _fatal_error(self) -> None:
        self.failure = self.failure or "unknown"
        self.officiant.interrupt("the screen program failed")
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """Called by Textual where it would print a traceback."""
        self._fatal_error()
