"""Writing the record: one line at a time, on disk before anything goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.transcript.event import GENESIS, Event
from ceremony.transcript.kinds import EventData

Stamp = Callable[[], tuple[str, int]]
"""Gives the agreed UTC time (text, to the second) and the monotonic clock (milliseconds)."""


class RecordNotWritable(CeremonyError):
    """The record cannot be written; the ceremony stops."""


class Journal:
    """Appends events to a new `transcript.jsonl`. Each line is fsynced before `append` returns.

    Threads may append; the lines stay in one order. After a write has failed nothing more is ever written: a torn
    line is cut off again where the disk allows it, and every further `append` refuses.
    """

    def __init__(self, path: Path, stamp: Stamp) -> None:
        self.path = path
        self.head = GENESIS
        self._stamp = stamp
        self._lock = threading.RLock()
        self._count = 0
        self._size = 0
        self._listeners: list[Callable[[Event, EventData, str], None]] = []
        self._broken = False
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(path, flags, 0o644)
            _sync_folder(path.parent)
        except OSError as error:
            raise self._failure(error) from None

    def listen(self, listener: Callable[[Event, EventData, str], None]) -> None:
        """Call `listener(event, data, head)` after each line is on disk."""
        self._listeners.append(listener)

    def append(
        self, data: EventData | Callable[[str], EventData], *, step: str = "", attempt: int = 1, actor: str = "engine"
    ) -> Event:
        """Write one event and wait until it is on disk. Raises RecordNotWritable when that fails.

        `data` may be a function of the chain head: it is called while no other thread can append.
        """
        with self._lock:
            if self._broken:
                raise self._failure(None)
            if not isinstance(data, EventData):
                data = data(self.head)
            at, mono = self._stamp()
            event = Event(
                seq=self._count + 1,
                prev=self.head,
                at=at,
                mono=mono,
                step=step,
                attempt=attempt,
                actor=actor,
                kind=data.kind,
                data=data.model_dump(mode="json"),
            )
            line = event.line() + b"\n"
            self._write(line)
            self._count += 1
            self._size += len(line)
            self.head = event.head()
            head = self.head
        for listener in self._listeners:
            listener(event, data, head)
        return event

    def close(self) -> None:
        """Close the file; the record stays as it is."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
                self._broken = True

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
            raise self._failure(error) from None

    def _failure(self, error: OSError | None) -> RecordNotWritable:
        return RecordNotWritable(
            "The record cannot be written; the ceremony stops.",
            where=str(self.path),
            detail=f"The system says: {error.strerror}." if error else "An earlier line could not be written.",
            not_done="Nothing was done after the last line of the record.",
            next_step="Make room or mend the disk, keep this folder as it is, and start the ceremony again.",
            code="RECORD-WRITE",
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
