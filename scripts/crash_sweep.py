"""A rehearsal without people, killed (SIGKILL) at each of its points, and gone on with by the same command.

A point is lost where the same command does not bring the ceremony to its close, where its record is not proved, or
where it made or signed anything else than an undisturbed ceremony. `crash_points.py` says what the points are. With
--copies one run is made, its files are copied at each point as a kill would leave them, and each copy is gone on with;
where two points leave the same, one of them is. With --distinct such a run only tells at which points to kill.
usage: scripts/crash-sweep [SCRIPT ANSWERS] [--every N] [--from N] [--last N] [--jobs N]
       [--distinct | --copies | --again | --full]
exit 1 when a point was lost, 2 when it cannot be tried here.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import io
import itertools
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python is started without the folder of the program

from crash_points import Points, keep_cards, make_room

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "policies" / "demo" / "ceremonies" / "root-generation.yaml"
ANSWERS = ROOT / "policies" / "demo" / "answers" / "root-generation.yaml"
DISK_SIZE = "16m"
"""Of the file system that is filled up: a ceremony needs less."""
OWN_MOUNTS = "--own-mounts"
PATIENCE = 600
"""Seconds that one run may take."""


@dataclass(frozen=True)
class Tried:
    """What came of one point."""

    name: str
    """As `before the line key-made`; empty where the ceremony came to its close before this point."""
    outcome: Literal["resumed", "begun anew", "not disturbed", "lost", ""] = ""
    """Not disturbed: nothing more was to be written, or there was room left in the last block of the full disk."""


@dataclass(frozen=True)
class Sweep:
    """One script, tried at its points, each in a place of its own."""

    script: Path
    answers: Path
    work: Path
    full: bool = False
    """A file system of its own holds the archive, and is full from the point on, instead of a kill."""
    again: bool = False
    """Kill the ceremony that goes on as well, at a point that moves on with each try."""

    def undisturbed(self) -> tuple[Any, ...]:
        """How the ceremony ends when nothing happens: its facts."""
        place = self._place("undisturbed")
        code, _ = self._run(place, 0)
        wanted = facts(self._data(place) / "archive")
        if code or not wanted:
            raise SystemExit((place / "said").read_text("utf-8"))
        self._clear(place)
        return wanted

    def point(self, number: int, wanted: tuple[Any, ...]) -> Tried:
        """Cut the ceremony short at one point, and go on with it."""
        place = self._place(f"point-{number}")
        code, name = self._run(place, number)
        if not name:
            self._clear(place)
            return Tried("")
        if self.full:
            make_room(self._data(place))
        return self.gone_on_with(place, name, wanted, ended=code != 0)

    def gone_on_with(self, place: Path, name: str, wanted: tuple[Any, ...], *, ended: bool = True) -> Tried:
        """The same command again, in a place as the ceremony left it."""
        code = 0
        if self._over(place):  # cut short after the last thing that there was to do: the record is judged as it is
            code, ended = self._verified(place), False
        if self.again and ended:
            code, named = self._run(place, 1 + int(name.split(maxsplit=1)[0]) % 97)
            ended = bool(named)  # else it came to its close before that point
        if ended:
            code, _ = self._run(place, 0)
        made = facts(self._data(place) / "archive")
        if code or made[:-1] != wanted[:-1]:
            said = (place / "said").read_text("utf-8", "replace")
            print(f"LOST point {name}: exit {code}, {made} and not {wanted}\n{shown(said)}", flush=True)
            outcome = "lost"
        else:
            outcome = "resumed" if made[-1] else "begun anew" if ended else "not disturbed"
        self._clear(place)
        return Tried(name.split(" ", 1)[1], outcome)

    def _over(self, place: Path) -> bool:
        """Whether the record is sealed, and its copy on the medium whole."""
        archive = self._data(place) / "archive"
        return bool(facts(archive)) and any((place / "stick").glob("*/record/SHA256SUMS"))

    def _verified(self, place: Path) -> int:
        """The exit code of the verifier."""
        command = [sys.executable, "-I", "-m", "ceremony", "verify", str(self._data(place) / "archive")]
        return subprocess.run(command, capture_output=True, cwd=ROOT, check=False).returncode

    def copies(self) -> Iterator[tuple[str, Path]]:
        """A copy of what a kill would leave at each point of one run; the same left twice comes once."""
        for name, place in self.leavings():
            copy = self.work / f"point-{name.split()[0]}"
            shutil.copytree(place, copy, symlinks=True)
            yield name, copy

    def leavings(self) -> Iterator[tuple[str, Path]]:
        """One whole run, which waits at each of its points where it would leave what it did not leave before."""
        place = self._place("whole")
        names, said = os.pipe()
        told, go = os.pipe()
        child = os.fork()
        if not child:
            os.close(names)
            os.close(go)
            os._exit(self._child(place, 0, said, go=told))
        os.close(said)
        os.close(told)
        seen = set()
        with os.fdopen(names, "r", encoding="utf-8") as lines:
            for line in lines:
                left = digest_of(place)
                if left not in seen:
                    seen.add(left)
                    yield line.strip(), place
                os.write(go, b".")
        os.close(go)
        _, status = os.waitpid(child, 0)
        if status:
            raise SystemExit((place / "said").read_text("utf-8"))
        self._clear(place)

    def _data(self, place: Path) -> Path:
        """Where the archive is."""
        return place / "disk" if self.full else place

    def _place(self, name: str) -> Path:
        place = self.work / name
        self._data(place).mkdir(parents=True)
        if self.full:
            mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE}", "none", str(self._data(place))]
            subprocess.run(mount, check=True)
        (place / "stick").mkdir()
        return place

    def _clear(self, place: Path) -> None:
        if self.full:
            subprocess.run(["umount", str(self._data(place))], check=True)
        shutil.rmtree(place)

    def _run(self, place: Path, at: int) -> tuple[int, str]:
        """The one command, in a process of its own. Its exit code, and the point at which it was cut short."""
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

    def _child(self, place: Path, at: int, names: int, go: int | None = None) -> int:
        from ceremony.cli import main

        said = os.open(place / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", write_through=True)
        print(f"--- run, to be cut short at point {at}")
        data = self._data(place)
        keep_cards(place / "cards")
        if at or go is not None:
            Points(at, names, disk=data if self.full else None, go=go).install()
        options = ["--archive", str(data / "archive"), "--export", str(place / "stick")]
        options += ["--tokens", str(place / "tokens"), "--unattended", str(self.answers)]
        try:
            return main(["rehearse", str(self.script), *options])
        except SystemExit as end:
            return int(end.code or 0)


def digest_of(place: Path) -> bytes:
    """What a place holds: every file of archive, medium and tokens, with its bytes."""
    known = hashlib.sha256()
    for path in sorted(place.rglob("*")):
        if path.name not in {"said", "softhsm2.conf"}:
            octets = path.read_bytes() if path.is_file() else b""
            known.update(f"{path.relative_to(place)} {len(octets)} ".encode() + octets)
    return known.digest()


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
    importlib.import_module("ceremony.room.libraries").libraries_now()  # their files are read once


def warm_up(script: Path) -> None:
    """Plan it once: the linters that it needs are made here, and not in every run."""
    from ceremony.room.clock import Clock
    from ceremony.script.compile import compile_plan
    from ceremony.script.load import load_script
    from ceremony.script.past import nothing

    compile_plan(load_script(script, past=nothing("practice")), "practice", Clock().utc())


def swept(sweep: Sweep, wanted: tuple[Any, ...], options: argparse.Namespace) -> Counter[str]:
    """All points that are wanted, so many at once. What came of them, counted."""
    found: Counter[str] = Counter()
    begun = time.monotonic()
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("fork")) as pool:
        waiting: set[Future[Tried]] = set()
        for work in jobs(sweep, wanted, options):
            waiting.add(pool.submit(*work))
            if len(waiting) > options.jobs:
                waiting = counted(waiting, found, FIRST_COMPLETED)
                progress(f"{found['tried']} points tried, {found['lost']} lost, {time.monotonic() - begun:.0f} s")
            if found[""]:  # the ceremony has no such point any more
                break
        counted(waiting, found, ALL_COMPLETED)
    progress("")
    if options.distinct and found[""]:
        raise SystemExit("Not whole: one run came to points that another did not come to. Sweep again, or every point.")
    del found[""]
    return found


def jobs(sweep: Sweep, wanted: tuple[Any, ...], options: argparse.Namespace) -> Iterator[tuple[Any, ...]]:
    """What is to be called for each point, in their order."""
    if options.copies:
        for number, (name, place) in enumerate(sweep.copies(), start=1):
            if number >= options.first and (number - options.first) % options.every == 0:
                yield sweep.gone_on_with, place, name, wanted
            else:
                shutil.rmtree(place)
        return
    if options.distinct:
        numbers: Iterable[int] = [int(name.split()[0]) for name, _ in sweep.leavings()]
    else:
        numbers = itertools.count(1)
    for number in itertools.islice(numbers, options.first - 1, options.last or None, options.every):
        yield sweep.point, number, wanted


def progress(text: str) -> None:
    """On a terminal: one line, written over."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def counted(waiting: set[Future[Tried]], found: Counter[str], until: str) -> set[Future[Tried]]:
    """Wait for some of them, and count them. Those that are still at work."""
    done, still = wait(waiting, return_when=until)
    for future in done:
        tried = future.result()
        found.update([tried.outcome, *([f"at {tried.name.split()[0]}", "tried"] if tried.name else [])])
    return still


def in_own_mounts() -> None:
    """Begin again where file systems can be mounted that nobody else sees."""
    apart = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
    if subprocess.run([*apart, "true"], check=False).returncode:
        print("No file system can be mounted here, so none can be full.", file=sys.stderr)
        sys.exit(2)
    again = [*apart, sys.executable, "-I", __file__, OWN_MOUNTS, *sys.argv[1:]]
    sys.exit(subprocess.run(again, check=False).returncode)


def main() -> int:
    """The sweep; prints what was tried and what was lost."""
    parser = argparse.ArgumentParser(prog="scripts/crash-sweep", description=__doc__)
    parser.add_argument("script", nargs="?", type=Path, default=SCRIPT)
    parser.add_argument("answers", nargs="?", type=Path, default=ANSWERS)
    parser.add_argument("--every", type=int, default=1, help="try only each Nth point")
    parser.add_argument("--from", dest="first", type=int, default=1, help="begin at this point")
    parser.add_argument("--last", type=int, default=0, help="end at this point")
    parser.add_argument("--jobs", type=int, default=1, help="try so many points at once")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--distinct", action="store_true", help="a kill, but not where it leaves what an earlier one left")
    how.add_argument("--copies", action="store_true", help="go on with copies of what one run leaves at each point")
    how.add_argument("--again", action="store_true", help="kill the ceremony that goes on, too")
    how.add_argument("--full", action="store_true", help="a full disk instead of a kill")
    parser.add_argument(OWN_MOUNTS, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.full and not options.own_mounts:
        in_own_mounts()
    preload()
    warm_up(options.script)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ceremony-sweep-") as work:
        sweep = Sweep(options.script.resolve(), options.answers.resolve(), Path(work), options.full, options.again)
        found = swept(sweep, sweep.undisturbed(), options)
    way = "killed"
    way = "killed wherever that leaves something else" if options.distinct else way
    way = "disk full from there on" if options.full else "killed twice" if options.again else way
    way = "copied as a kill would leave it" if options.copies else way
    kinds = ", ".join(f"{count} {name.removeprefix('at ')}" for name, count in sorted(found.items()) if "at " in name)
    print(
        f"{sweep.script.stem}: {found['tried']} points tried ({way}; {kinds}), {found['resumed']} resumed, "
        f"{found['begun anew']} begun anew because nothing had happened, {found['not disturbed']} not disturbed, "
        f"{found['lost']} lost; {time.monotonic() - started:.0f} s."
    )
    return 1 if found["lost"] or not found["tried"] else 0


if __name__ == "__main__":
    sys.exit(main())
