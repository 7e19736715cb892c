"""Writing the record: one line at a time, on disk before anything goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, create_in, open_in
from ceremony.transcript.archive import CeremonyFolder
from ceremony.transcript.chain import Chain, Entry, read_chain
from ceremony.transcript.event import GENESIS, Event
from ceremony.transcript.kinds import EventData
from ceremony.transcript.locking import lock_record

AFTERWARDS = "Make room or mend the disk, keep this folder as it is, and start the ceremony again."

Stamp = Callable[[], tuple[str, int]]
"""Gives the agreed UTC time (text, to the second) and the monotonic clock (milliseconds)."""

Guard = Callable[[Entry], None]
"""Asked before a line is written; raises CeremonyError where it may not be."""


class RecordNotWritable(CeremonyError):
    """The record cannot be written; the ceremony stops."""


class Journal:
    """Appends events to `transcript.jsonl`. Each line is fsynced before `append` returns.

    The file stays locked against other programs while it is open. Threads may append; the lines stay in one order.
    After a write has failed nothing more is ever written: a torn line is cut off again where the disk allows it, and
    every further `append` refuses.
    """

    def __init__(self, path: Path, stamp: Stamp, *, again: bool = False) -> None:
        """`again` goes on with a record that was broken off; what is torn off at its end (`torn`) must be `cut` first.

        Raises CeremonyError while another program has it open (RECORD-IN-USE) and where the file system has no locks
        (ARCHIVE-NO-LOCKS), RecordNotWritable.
        """
        self.path = path
        self.head = GENESIS
        self.chain: Chain | None = None
        """The record as it was when it was opened again."""
        self.torn = b""
        """What stands after its last whole line."""
        self.entries: list[Entry] = []
        """Its lines, in order: those that were there when it was opened again, and those that were written since."""
        self._stamp = stamp
        self._lock = threading.RLock()
        self._count = self._size = self._mono = 0
        self._last_mono = -1
        self._guards: list[Guard] = []
        self._listeners: list[Callable[[Event, EventData, str], None]] = []
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
            place = CeremonyFolder(path.parent).place(path.name)
            self._file = open_in(*place, flags) if again else create_in(*place, flags, 0o644)
            _sync_folder(path.parent)
        except OSError as error:
            raise self._failure(error.strerror) from None
        except NotRead as refused:
            raise self._failure(refused.reason) from None
        try:
            lock_record(self._file, path)
        except BaseException:
            os.close(self._file)
            raise
        if again:
            self._read_again()
        self._broken = bool(self.torn)

    @property
    def last(self) -> int:
        """The number of the last line; 0 before the first."""
        return self._count

    def cut(self) -> None:
        """Cut the torn line off; keep it elsewhere before."""
        with self._lock:
            try:
                os.ftruncate(self._file, self._size)
                os.fsync(self._file)
            except OSError as error:
                raise self._failure(error.strerror) from None
            self.torn = b""
            self._broken = False

    def guard(self, guard: Guard) -> None:
        """Ask `guard(entry)` before each line: where it raises, nothing is written."""
        self._guards.append(guard)

    def listen(self, listener: Callable[[Event, EventData, str], None]) -> None:
        """Call `listener(event, data, head)` after each line is on disk."""
        self._listeners.append(listener)

    def append(
        self, data: EventData | Callable[[str], EventData], *, step: str = "", attempt: int = 1, actor: str = "engine"
    ) -> Event:
        """Write one event and wait until it is on disk. Raises RecordNotWritable when that fails.

        `data` may be a function of the chain head: it is called while no other thread can append. Raises what a guard
        raises.
        """
        with self._lock:
            if self._broken:
                raise self._failure(None)
            data = data if isinstance(data, EventData) else data(self.head)
            at, mono = self._stamp()
            event = Event(
                seq=self._count + 1,
                prev=self.head,
                at=at,
                mono=max(self._mono + mono, self._last_mono + 1),  # no two lines at one moment: their order is told
                step=step,
                attempt=attempt,
                actor=actor,
                kind=data.kind,
                data=data.model_dump(mode="json"),
            )
            for guard in self._guards:
                guard(Entry(event, data))
            line = event.line() + b"\n"
            self._write(line)
            self._count += 1
            self._last_mono = event.mono
            self._size += len(line)
            self.entries.append(Entry(event, data))
            self.head = event.head()
            head = self.head
        for listener in self._listeners:
            listener(event, data, head)
        return event

    def give_up(self, path: Path, error: OSError, not_done: str) -> RecordNotWritable:
        """What to raise where a file beside the record cannot be written. No line is written any more."""
        with self._lock:
            self._broken = True
        return RecordNotWritable(
            "The archive cannot be written; the ceremony stops.",
            where=str(path),
            detail=f"The system says: {error.strerror or type(error).__name__}.",
            not_done=not_done,
            next_step=AFTERWARDS,
            code="RECORD-WRITE",
        )

    def close(self) -> None:
        """Close the file; the record stays as it is."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
                self._broken = True

    def _read_again(self) -> None:
        self.chain = read_chain(self.path)
        self._size, self.torn = self.chain.size, self.chain.torn
        if self.chain.entries:
            self.entries = list(self.chain.entries)
            last = self.entries[-1].event
            self.head, self._count, self._mono = self.chain.head, last.seq, last.mono
            self._last_mono = last.mono

    def _write(self, line: bytes) -> None:
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            self._broken = True
            try:
                os.ftruncate(self._file, self._size)
                os.fsync(self._file)
            except OSError:
                pass  # the torn line stays; the reader names it
            raise self._failure(error.strerror) from None

    def _failure(self, reason: str | None) -> RecordNotWritable:
        return RecordNotWritable(
            "The record cannot be written; the ceremony stops.",
            where=str(self.path),
            detail=f"The system says: {reason}." if reason else "An earlier line could not be written.",
            not_done="Nothing was done after the last line of the record.",
            next_step=AFTERWARDS,
            code="RECORD-WRITE",
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
