"""Where a ceremony can be cut short: the points of a process, and what happens to it there."""

from __future__ import annotations

# ruff: noqa: SLF001 - the code of the program is changed here, in the processes of the sweep alone
import contextlib
import errno
import hashlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Points:
    """Counts the points that a process comes to, and ends it at one of them: with SIGKILL, or with a full disk.

    Or it waits at each for a byte on `go`, while somebody looks at what a kill would leave.

    The points are the two sides of every line of the record, of every token call and of every file, a line that is torn
    in its middle, and a file that is half written. With `disk`, a folder on a file system of its own, they are the
    writes to the archive and to the medium: from the point on that file system is filled up, and stays so.
    """

    def __init__(self, at: int, names: int, *, disk: Path | None = None, go: int | None = None) -> None:
        self._at, self._names, self._disk, self._go = at, names, disk, go
        self._count = 0

    def here(self, name: str) -> None:
        """The next point."""
        self._count += 1
        if self._count != self._at and self._go is None:
            return
        os.write(self._names, f"{self._count} {name}\n".encode())
        if self._go is not None:
            if not os.read(self._go, 1):
                os._exit(1)  # nobody looks any more
        elif self._disk is not None:
            fill_up(self._disk)
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def next_is(self, name: str) -> bool:
        """Whether something is cut short at the point of this name, which comes next."""
        del name
        return self._count + 1 == self._at or self._go is not None

    def install(self) -> None:
        """Change the code of this process, so that it comes to its points."""
        (self._at_writes if self._disk is not None else self._at_everything)()

    def _at_everything(self) -> None:
        from ceremony.token.cryptoki import Cryptoki
        from ceremony.token.opened import OpenToken
        from ceremony.transcript.journal import Journal
        from ceremony.transfer import media

        points = self
        write, call, cryptoki, whole = Journal._write, OpenToken.call, Cryptoki._call, media._write_whole

        def journal_write(journal: Any, line: bytes) -> None:
            kind = line.split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode()
            points.here(f"before the line {kind}")
            torn = points.next_is(f"within the line {kind}")
            if torn:
                os.write(journal._file, line[: len(line) // 2])
                os.fsync(journal._file)
            points.here(f"within the line {kind}")
            if torn:  # whoever comes here was only looked at
                os.ftruncate(journal._file, journal._size)
            write(journal, line)
            points.here(f"after the line {kind}")

        @contextlib.contextmanager
        def token_call(token: Any, doing: str, not_done: str, **more: Any) -> Iterator[None]:
            points.here(f"before {doing}")
            with call(token, doing, not_done, **more):
                yield
            points.here(f"after {doing}")

        def bare_call(self: Any, name: str, *arguments: Any) -> Any:
            counts = name in {"C_InitToken", "C_InitPIN", "C_SetPIN", "C_Login"}
            if counts:
                points.here(f"before {name}")
            answer = cryptoki(self, name, *arguments)
            if counts:
                points.here(f"after {name}")
            return answer

        def write_whole(name: str, octets: bytes, folder: int) -> None:
            points.here(f"before the file {name}")
            half = points.next_is(f"within the file {name}")
            if half:
                media._write_new(HALF_WRITTEN, octets[: len(octets) // 2], folder)
            points.here(f"within the file {name}")
            if half:
                os.unlink(HALF_WRITTEN, dir_fd=folder)
            whole(name, octets, folder)
            points.here(f"after the file {name}")

        Journal._write = journal_write  # type: ignore[method-assign]
        OpenToken.call = token_call  # type: ignore[method-assign]
        Cryptoki._call = bare_call  # type: ignore[method-assign]
        media._write_whole = write_whole

    def _at_writes(self) -> None:
        from ceremony.transcript import journal
        from ceremony.transfer import media

        points, write = self, os.write

        class Watched:
            def __getattr__(self, name: str) -> Any:
                return getattr(os, name)

            def write(self, descriptor: int, octets: Any) -> int:
                points.here(f"writing {len(octets)} octets")
                return write(descriptor, octets)

        journal.os = media.os = Watched()  # type: ignore[assignment,attr-defined]


def keep_cards(cards: Path) -> None:
    """Let the shares of practice PINs outlive the process, as the cards of their holders do: one file a card."""
    from ceremony.engine.secrets_source import ShownShares
    from ceremony.secret import Secret

    begin, see = ShownShares.__init__, ShownShares.see
    cards.mkdir(exist_ok=True)

    def begun(shares: Any, given: Any) -> None:
        begin(shares, given)
        for path in cards.glob("[0-9a-f]*[0-9a-f]"):
            card = json.loads(path.read_text("utf-8"))
            shares._seen[card["name"]] = Secret(card["words"])
            shares._of[card["name"]] = card["set"]

    def seen(shares: Any, display: Any) -> None:
        see(shares, display)
        card = {"name": display.name, "set": display.identifier, "words": display.words.reveal()}
        path = cards / hashlib.sha256(display.name.encode()).hexdigest()
        path.with_suffix(".new").write_text(json.dumps(card), "utf-8")
        path.with_suffix(".new").rename(path)

    ShownShares.__init__ = begun  # type: ignore[method-assign]
    ShownShares.see = seen  # type: ignore[method-assign]


HALF_WRITTEN = ".0123456789abcdef.part"
FILLER = "filler"


def fill_up(disk: Path) -> None:
    """Take every octet that is left on the file system of a folder."""
    descriptor = os.open(disk / FILLER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    size = 1 << 20
    while size:
        try:
            os.write(descriptor, bytes(size))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            size //= 2
    os.close(descriptor)


def make_room(disk: Path) -> None:
    """Give it back."""
    (disk / FILLER).unlink(missing_ok=True)
