"""The printer of share cards: a character device that is written to directly, with no spooler and no file between."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import struct
import termios
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from ceremony.errors import CeremonyError
from ceremony.secret import Secret

PATIENCE_SECONDS = 60.0
"""How long a printer may take nothing before it is given up."""

_FORM_FEED = b"\f"
_MEMORY_DEVICES = 1
"""Major number of what is no device with a wire: null, zero, full, random, kmsg, mem (Linux, devices.txt)."""

_TERMINALS = 4
_FIRST_SERIAL_LINE = 64
"""Major 4: consoles up to here, serial lines from here on. A console shows what it is given, to everybody."""

_OWN_TERMINAL = 5
"""Major number of the names under which a process finds its own terminal: tty, console, ptmx."""

_WHY = {
    errno.ENOSPC: "It has no paper.",
    errno.EIO: "It is switched off, off line or has a fault.",
    errno.ENODEV: "It is gone.",
    errno.ENXIO: "It is gone.",
    errno.EPIPE: "It is gone.",
}


class CardPrinter:
    """A printer that was named when the program was started. Cards are sent to it; it is told nothing else."""

    def __init__(self, path: str, descriptor: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Use `open`, which refuses what is no printer."""
        self.path = path
        self._descriptor = descriptor
        self._patience_seconds = patience_seconds

    @classmethod
    def open(cls, path: str, patience_seconds: float = PATIENCE_SECONDS) -> Self:
        """Open the device for writing. Raises CeremonyError (CARD-PRINTER) for what is not a character device of its
        own: a file, a FIFO, a folder, a disk, /dev/null and its kin, a console, and the terminal of this program."""
        try:
            _check_kind(path, Path(path).stat())
            # never waits for a carrier, never becomes the terminal of this process
            descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _refused(path, f"The system says: {error.strerror or type(error).__name__}.") from None
        try:
            _check_kind(path, os.fstat(descriptor))
            if os.isatty(descriptor):
                tty.setraw(descriptor)  # a serial line: what is sent is what arrives
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, patience_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the device."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def print(self, card: Secret) -> None:
        """Send a card (ASCII lines), and a form feed after it. Returns when the device has taken all of it.

        Raises CeremonyError (CARD-NOT-PRINTED): no paper, switched off, gone, or nothing taken for too long.
        """
        octets = bytearray(card.reveal().replace("\n", "\r\n").encode("ascii") + _FORM_FEED)
        sent = 0
        try:
            while sent < len(octets):
                self._wait()
                with memoryview(octets)[sent:] as rest:
                    sent += os.write(self._descriptor, rest)
            self._drain()
        except BlockingIOError:
            raise self._failed(sent, "It was ready, and took nothing.") from None
        except OSError as error:
            says = error.strerror or type(error).__name__
            raise self._failed(sent, f"{_WHY.get(error.errno or 0, '')} The system says: {says}.".strip()) from None
        finally:
            for place in range(len(octets)):
                octets[place] = 0

    def _wait(self) -> None:
        ready = select.poll()
        ready.register(self._descriptor, select.POLLOUT)
        if not ready.poll(self._patience_seconds * 1000):
            raise OSError(errno.ETIMEDOUT, f"nothing was taken for {self._patience_seconds:.0f} seconds")

    def _drain(self) -> None:
        """Of a serial line: until the last octet has left this machine."""
        if not os.isatty(self._descriptor):
            return
        for _ in range(int(self._patience_seconds * 100)):
            if not struct.unpack("i", fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, bytes(4)))[0]:
                return
            time.sleep(0.01)
        raise OSError(errno.ETIMEDOUT, f"it was not all taken within {self._patience_seconds:.0f} seconds")

    def _failed(self, sent: int, why: str) -> CeremonyError:
        if os.isatty(self._descriptor):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)  # what still waits here is not sent later
        part = "A part of it may be on paper: destroy that sheet, too. " if sent else ""
        return CeremonyError(
            "The card was not printed.",
            where=self.path,
            detail=why,
            not_done=f"{part}Nothing of it is kept in this machine.",
            next_step="Look at paper, cable and switch, and print it again; or copy the words by hand.",
            code="CARD-NOT-PRINTED",
        )


def _check_kind(path: str, found: os.stat_result) -> None:
    """Raises CeremonyError where this is nothing that could be a printer."""
    if not stat.S_ISCHR(found.st_mode):
        raise _refused(path, "It is not a character device: shares are in no file, and pass through no other program.")
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    if major == _MEMORY_DEVICES:
        raise _refused(path, "What is written there is lost, or kept by the system: it is no printer.")
    if major == _OWN_TERMINAL or (major == _TERMINALS and minor < _FIRST_SERIAL_LINE):
        raise _refused(path, "It is a terminal: everybody before it would see the words.")
    if found.st_rdev in _own_terminals():
        raise _refused(path, "It is the terminal on which this program runs: everybody before it would see the words.")


def _own_terminals() -> set[int]:
    """The device numbers of the terminals with which this process has to do."""
    found = set()
    for descriptor in (0, 1, 2):
        try:
            if os.isatty(descriptor):
                found.add(os.fstat(descriptor).st_rdev)
        except OSError:  # closed by whoever started the program
            continue
    try:
        # the fields after the name, which may hold blanks and brackets itself: state, ppid, pgrp, session, tty_nr
        fields = Path("/proc/self/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
        number = int(fields[4])
    except (OSError, ValueError, IndexError):
        return found
    # proc(5): minor in bits 31 to 20 and 7 to 0, major in bits 15 to 8
    return found | {os.makedev(number >> 8 & 0xFFF, number >> 12 & 0xFFF00 | number & 0xFF)} if number else found


def _refused(path: str, detail: str) -> CeremonyError:
    return CeremonyError(
        "This cannot be the printer of cards.",
        where=path,
        detail=detail,
        not_done="Nothing was begun.",
        next_step="Name the device of a printer that hangs on this machine, such as /dev/usb/lp0; or leave it out: "
        "the cards are written by hand then.",
        code="CARD-PRINTER",
    )
