"""A rehearsal without people, killed (SIGKILL) at each of its points, and gone on with by the same command.

The points are the two sides of every line of the record, of every token call and of every file, a line that is torn in
its middle, and a file that is half written. With --full the disk is full from the point on instead. A point is lost
where the same command does not bring the ceremony to its close, where its record is not proved, or where it made or
signed anything else than an undisturbed ceremony: the code of the program is changed in the processes of this sweep
alone.
usage: scripts/crash-sweep [SCRIPT ANSWERS] [--every N] [--from N] [--again] [--full]; exit 1 when a point was lost.
"""

from __future__ import annotations

# ruff: noqa: SLF001 - the sweep changes the code of its own processes at places that nobody else may touch
import argparse
import contextlib
import errno
import importlib
import io
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "policies" / "demo" / "ceremonies" / "root-generation.yaml"
ANSWERS = ROOT / "policies" / "demo" / "answers" / "root-generation.yaml"
PATIENCE = 600
"""Seconds that one run may take."""


class Points:
    """Counts the points that a process comes to, and ends it at one of them."""

    def __init__(self, at: int, names: int, *, full: bool = False) -> None:
        self._at, self._names, self._full = at, names, full
        self._count = 0
        self.broken = False

    def here(self, name: str) -> None:
        """The next point."""
        self._count += 1
        if self._count != self._at:
            return
        os.write(self._names, f"{self._count} {name}\n".encode())
        if self._full:
            self.broken = True
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def next_is(self, name: str) -> bool:
        """Whether the point of this name, which comes next, is the one at which the process ends."""
        del name
        return self._count + 1 == self._at

    def install(self) -> None:
        """Change the code of this process, so that it comes to its points."""
        (self._fill_up if self._full else self._kill)()

    def _kill(self) -> None:
        from ceremony.token.cryptoki import Cryptoki
        from ceremony.token.opened import OpenToken
        from ceremony.transcript.journal import Journal
        from ceremony.transfer import media

        points = self
        write, call, cryptoki, whole = Journal._write, OpenToken.call, Cryptoki._call, media._write_whole

        def journal_write(journal: Any, line: bytes) -> None:
            kind = line.split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode()
            points.here(f"before the line {kind}")
            if points.next_is(f"within the line {kind}"):
                os.write(journal._file, line[: len(line) // 2])
                os.fsync(journal._file)
            points.here(f"within the line {kind}")
            write(journal, line)
            points.here(f"after the line {kind}")

        @contextlib.contextmanager
        def token_call(token: Any, doing: str, not_done: str, **more: Any) -> Iterator[None]:
            points.here(f"before {doing}")
            with call(token, doing, not_done, **more):
                yield
            points.here(f"after {doing}")

        def bare_call(self: Any, name: str, *arguments: Any) -> Any:
            counts = name in {"C_InitToken", "C_InitPIN", "C_Login"}
            if counts:
                points.here(f"before {name}")
            answer = cryptoki(self, name, *arguments)
            if counts:
                points.here(f"after {name}")
            return answer

        def write_whole(name: str, octets: bytes, folder: int) -> None:
            points.here(f"before the file {name}")
            if points.next_is(f"within the file {name}"):
                media._write_new(".0123456789abcdef.part", octets[: len(octets) // 2], folder)
            points.here(f"within the file {name}")
            whole(name, octets, folder)
            points.here(f"after the file {name}")

        Journal._write = journal_write  # type: ignore[method-assign]
        OpenToken.call = token_call  # type: ignore[method-assign]
        Cryptoki._call = bare_call  # type: ignore[method-assign]
        media._write_whole = write_whole

    def _fill_up(self) -> None:
        """From the point on no octet more can be written into the archive."""
        from ceremony.transcript import journal
        from ceremony.transfer import media

        points, write = self, os.write

        class FullOs:
            def __getattr__(self, name: str) -> Any:
                return getattr(os, name)

            def write(self, descriptor: int, octets: Any) -> int:
                if not points.broken:
                    points.here(f"a write of {len(octets)} octets")
                if points.broken:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return write(descriptor, octets)

        journal.os = media.os = FullOs()  # type: ignore[assignment,attr-defined]


@dataclass
class Sweep:
    """One script, tried at its points, each in a place of its own."""

    script: Path
    answers: Path
    work: Path
    full: bool = False
    again: bool = False
    """Kill the ceremony that goes on as well, at a point that moves on with each try."""
    tried: int = 0
    resumed: int = 0
    begun_anew: int = 0
    lost: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    wanted: tuple[Any, ...] = ()
    points: int = 0

    def undisturbed(self) -> None:
        """How the ceremony ends when nothing happens, and how many points it has."""
        place = self._place("undisturbed")
        code, _ = self._run(place, 0)
        self.wanted = facts(place / "archive")
        if code or not self.wanted:
            raise SystemExit((place / "said").read_text("utf-8"))
        shutil.rmtree(place)

    def point(self, number: int) -> bool:
        """Try one point. False where the ceremony came to its end before it."""
        place = self._place(f"point-{number}")
        code, name = self._run(place, number)
        if not name:
            shutil.rmtree(place)
            return False
        self.tried += 1
        self.kinds[name.split(" ")[1] if " " in name else name] += 1
        ended = True
        if self.again:
            code, named = self._run(place, 1 + number % 97)
            ended = bool(named)  # else it came to its close before that point
        if ended:
            code, _ = self._run(place, 0)
        made = facts(place / "archive")
        if code or made[:-1] != self.wanted[:-1]:
            said = (place / "said").read_text("utf-8", "replace")
            self.lost.append(f"point {name}: exit {code}, {made} and not {self.wanted}\n{shown(said)}")
            return True
        self.resumed += made[-1] > 0
        self.begun_anew += not made[-1]
        shutil.rmtree(place)
        return True

    def _place(self, name: str) -> Path:
        place = self.work / name
        (place / "stick").mkdir(parents=True)
        return place

    def _run(self, place: Path, at: int) -> tuple[int, str]:
        """The one command, in a process of its own. Its exit code, and the point at which it was ended."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            os._exit(self._child(place, at, writer))
        os.close(writer)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            time.sleep(0.01)
        else:
            os.kill(child, signal.SIGKILL)
            status = os.waitpid(child, 0)[1]
        with os.fdopen(reader, "rb") as names:
            name = names.read().decode().strip()
        return os.waitstatus_to_exitcode(status), name

    def _child(self, place: Path, at: int, names: int) -> int:
        from ceremony.cli import main

        said = os.open(place / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", write_through=True)
        print(f"--- run, to be ended at point {at}")
        if at:
            Points(at, names, full=self.full).install()
        options = ["--archive", str(place / "archive"), "--export", str(place / "stick")]
        options += ["--tokens", str(place / "tokens"), "--unattended", str(self.answers)]
        try:
            return main(["rehearse", str(self.script), *options])
        except SystemExit as end:
            return int(end.code or 0)


def facts(archive: Path) -> tuple[Any, ...]:
    """What the one ceremony of an archive made: names of keys, what was signed, the files; and how often it resumed."""
    from ceremony.transcript import kinds
    from ceremony.transcript.archive import ceremonies
    from ceremony.transcript.chain import read_chain

    folders = ceremonies(archive)
    if len(folders) != 1 or not folders[0].seal.exists():
        return ()
    data = [entry.data for entry in read_chain(folders[0].record).entries]
    keys = [item.key for item in data if isinstance(item, kinds.KeyMade)]
    signed = [item.name for item in data if isinstance(item, kinds.Signed)]
    files = [path for path in folders[0].files() if not path.startswith("interruptions/")]
    resumed = sum(isinstance(item, kinds.CeremonyResumed) for item in data)
    return keys, signed, len(files), resumed


def shown(said: str) -> str:
    """What a lost run said, without what the verifier cannot prove of any."""
    return "\n".join(line for line in said.splitlines() if not line.lstrip().startswith(("?", "ok")))[-3000:]


def preload() -> None:
    """Import what every run needs once; no token module among it, which does not survive a fork."""
    for name in (
        "asn1crypto.x509",
        "pkilint.pkix.certificate",
        "ceremony.cli.beginning",
        "ceremony.cli.performing",
        "ceremony.cli.planning",
        "ceremony.cli.proving",
        "ceremony.engine.performance",
        "ceremony.engine.practice",
        "ceremony.engine.unattended",
        "ceremony.verify.archive",
    ):
        importlib.import_module(name)


def main(arguments: list[str] | None = None) -> int:
    """The sweep; prints what was tried and what was lost."""
    parser = argparse.ArgumentParser(prog="scripts/crash-sweep", description=__doc__)
    parser.add_argument("script", nargs="?", type=Path, default=SCRIPT)
    parser.add_argument("answers", nargs="?", type=Path, default=ANSWERS)
    parser.add_argument("--every", type=int, default=1, help="try only each Nth point")
    parser.add_argument("--from", dest="first", type=int, default=1, help="begin at this point")
    parser.add_argument("--last", type=int, default=0, help="end at this point")
    parser.add_argument("--again", action="store_true", help="kill the ceremony that goes on, too")
    parser.add_argument("--full", action="store_true", help="a full disk instead of a kill")
    options = parser.parse_args(arguments)
    preload()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ceremony-sweep-") as work:
        sweep = Sweep(options.script.resolve(), options.answers.resolve(), Path(work), options.full, options.again)
        sweep.undisturbed()
        number = options.first
        told = 0
        while sweep.point(number):
            for text in sweep.lost[told:]:
                print(f"LOST {text}")
            told = len(sweep.lost)
            if options.last and number >= options.last:
                break
            number += options.every
        seconds = time.monotonic() - started
    how = "disk full from there on" if options.full else "killed twice" if options.again else "killed"
    print(
        f"{sweep.script.stem}: {sweep.tried} points tried ({how}), {sweep.resumed} resumed, {sweep.begun_anew} begun "
        f"anew because nothing had happened, {len(sweep.lost)} lost; {seconds:.0f} s."
    )
    return 1 if sweep.lost else 0


if __name__ == "__main__":
    sys.exit(main())
