"""The terminal: Textual's driver, made to survive a terminal that goes away."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from typing import IO, TYPE_CHECKING, Any, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from ceremony.tui.app import CeremonyApp

POLL_SECONDS = 0.1
"""How often an unfinished key sequence and the order to stop are looked at."""


class Screenful:
    """The terminal to write to; once it is gone, what is written is dropped, so that the app can never block on it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> None:
        """Write, or drop."""
        if not self._gone:
            try:
                self._file.write(text)
            except (OSError, ValueError):
                self._gone = True

    def flush(self) -> None:
        """Send what was written, or drop it."""
        if not self._gone:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self._gone = True

    def fileno(self) -> int:
        """The file descriptor."""
        return self._file.fileno()


class ConsoleDriver(LinuxDriver):
    """Reads keys until the terminal ends, and tells the app when it does. Stock, it would spin on the end of file."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file = cast(Any, Screenful(cast(IO[str], self._file)))

    def run_input_thread(self) -> None:
        """Called on the input thread."""
        parser = XTermParser(False)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(POLL_SECONDS):
                    octets = self._read()
                    if not octets:
                        self._tell_gone()
                        return
                    for event in parser.feed(decode(octets)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _tell_gone(self) -> None:
        app = cast("CeremonyApp", self._app)
        app.call_later(app.end_without_people, "the terminal was closed")
