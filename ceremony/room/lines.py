"""Lines that a person types at a terminal, or a program sends down a pipe: shown, or hidden for a PIN."""

from __future__ import annotations

import os
import select
import termios

from ceremony.errors import BrokenOff, CeremonyError, Interrupted
from ceremony.room.signals import Interruption
from ceremony.room.terminal import is_terminal
from ceremony.secret import Secret

LONGEST_LINE = 4096
"""Octets; a terminal in line mode takes no more (N_TTY_BUF_SIZE)."""


class LineReader:
    """Reads whole lines from a descriptor and gives up as soon as the ceremony is asked to end."""

    def __init__(self, descriptor: int, interruption: Interruption) -> None:
        self._descriptor = descriptor
        self._interruption = interruption
        self._ahead = bytearray()

    def read_line(self) -> str:
        """One line without its end, as it was typed.

        Raises Interrupted at the end of input, on Ctrl-C, or when an end was asked for; CeremonyError for a line that
        is too long or not UTF-8 (it is dropped; ask once more).
        """
        return self._decode(self._octets())

    def read_hidden(self) -> Secret:
        """One line typed without echo. What was typed before it was asked for is thrown away.

        Raises CeremonyError (PIN-TERMINAL) where the descriptor is no terminal, and as `read_line` does.
        """
        if not is_terminal(self._descriptor):
            raise CeremonyError(
                "A PIN can only be typed at a terminal.",
                detail="The input of this program is not a terminal, so a PIN would be shown or stored on its way.",
                not_done="No PIN was read.",
                next_step="Run the ceremony at a terminal, or give PINs by --secrets-fd.",
                code="PIN-TERMINAL",
            )
        before = termios.tcgetattr(self._descriptor)
        silent = termios.tcgetattr(self._descriptor)
        silent[3] = (silent[3] & ~termios.ECHO) | termios.ICANON  # line mode is needed for backspace to work
        self._ahead.clear()
        try:
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, silent)
            return Secret(self._decode(self._octets()))
        finally:
            try:
                termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, before)
            except termios.error:
                self._interruption.request("the terminal went away")

    def _octets(self) -> bytes:
        while True:
            self._interruption.check()
            end = self._ahead.find(b"\n")
            if end >= 0:
                line = bytes(self._ahead[:end])
                del self._ahead[: end + 1]
                return line
            try:
                ready, _, _ = select.select([self._descriptor, self._interruption.descriptor], [], [])
                if self._descriptor not in ready:
                    continue
                more = os.read(self._descriptor, LONGEST_LINE)
            except KeyboardInterrupt:
                raise Interrupted("Ctrl-C") from None
            except OSError:
                raise BrokenOff("the terminal went away") from None
            if not more:
                self._interruption.check()  # a signal that came with it says more
                raise BrokenOff("the end of the input")
            self._ahead += more
            if len(self._ahead) > 16 * LONGEST_LINE and b"\n" not in self._ahead:
                self._ahead.clear()
                raise CeremonyError("This line is too long.", not_done="It was not taken.", code="LINE-LENGTH")

    @staticmethod
    def _decode(octets: bytes) -> str:
        if len(octets) > LONGEST_LINE:
            raise CeremonyError("This line is too long.", not_done="It was not taken.", code="LINE-LENGTH")
        try:
            return octets.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError:
            # from None: the octets may be a PIN
            raise CeremonyError(
                "This line is not UTF-8 text.", not_done="It was not taken.", code="LINE-UTF8"
            ) from None
