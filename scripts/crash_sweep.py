"""A rehearsal without people, killed (SIGKILL) at each of its points, and gone on with by the same command.

A point is lost where the same command does not bring the ceremony to its close, where its record is not proved, or
where it made or signed anything else than an undisturbed ceremony. `crash_points.py` says what the points are.
usage: scripts/crash-sweep [SCRIPT ANSWERS] [--every N] [--from N] [--last N] [--jobs N] [--again] [--full]
exit 1 when a point was lost, 2 when it cannot be tried here.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crash_points import Points, make_room

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "policies" / "demo" / "ceremonies" / "root-generation.yaml"
ANSWERS = ROOT / "policies" / "demo" / "answers" / "root-generation.yaml"
DISK_SIZE = "16m"
"""Of the file system that is filled up: a ceremony needs less."""
OWN_MOUNTS = "--own-mounts"
PATIENCE = 600
"""Seconds that one run may take."""


@dataclass
class Sweep:
    """One script, tried at its points, each in a place of its own."""

    script: Path
    answers: Path
    work: Path
    full: bool = False
    """A file system of its own holds the archive, and is full from the point on, instead of a kill."""
    again: bool = False
    """Kill the ceremony that goes on as well, at a point that moves on with each try."""
    tried: int = 0
    resumed: int = 0
    begun_anew: int = 0
    untouched: int = 0
    """Came to the close all the same: nothing more was to be written, or there was room left in the last block."""
    lost: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    wanted: tuple[Any, ...] = ()

    def undisturbed(self) -> None:
        """How the ceremony ends when nothing happens."""
        place = self._place("undisturbed")
        code, _ = self._run(place, 0)
        self.wanted = facts(self._data(place) / "archive")
        if code or not self.wanted:
            raise SystemExit((place / "said").read_text("utf-8"))
        self._clear(place)

    def point(self, number: int) -> bool:
        """Try one point. False where the ceremony came to its end before it."""
        place = self._place(f"point-{number}")
        code, name = self._run(place, number)
        if not name:
            self._clear(place)
            return False
        self.tried += 1
        self.kinds[name.split(" ")[1]] += 1
        ended = code != 0
        if self.full:
            make_room(self._data(place))
        elif self.again:
            code, named = self._run(place, 1 + number % 97)
            ended = bool(named)  # else it came to its close before that point
        if ended:
            code, _ = self._run(place, 0)
        made = facts(self._data(place) / "archive")
        if code or made[:-1] != self.wanted[:-1]:
            said = (place / "said").read_text("utf-8", "replace")
            self.lost.append(f"point {name}: exit {code}, {made} and not {self.wanted}\n{shown(said)}")
            print(f"LOST {self.lost[-1]}", flush=True)
            self._clear(place)
            return True
        self.resumed += made[-1] > 0
        self.untouched += not made[-1] and not ended
        self.begun_anew += not made[-1] and ended
        self._clear(place)
        return True

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

    def _child(self, place: Path, at: int, names: int) -> int:
        from ceremony.cli import main

        said = os.open(place / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", write_through=True)
        print(f"--- run, to be cut short at point {at}")
        data = self._data(place)
        if at:
            Points(at, names, disk=data if self.full else None).install()
        options = ["--archive", str(data / "archive"), "--export", str(place / "stick")]
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


def share_of_the_points(sweep: Sweep, first: int, every: int, last: int) -> dict[str, Any]:
    """Each `every`th point from `first` on, to `last` or the end. What came of them, as JSON has it."""
    number = first
    while (not last or number <= last) and sweep.point(number):
        number += every
    counts = {name: getattr(sweep, name) for name in ("tried", "resumed", "begun_anew", "untouched")}
    return {**counts, "lost": len(sweep.lost), "kinds": dict(sweep.kinds)}


def swept(sweep: Sweep, options: argparse.Namespace) -> Counter[str]:
    """All points, by as many processes as are wanted at once."""
    readers = []
    for job in range(options.jobs):
        reader, writer = os.pipe()
        if not os.fork():
            os.close(reader)
            first, every = options.first + job * options.every, options.every * options.jobs
            result = share_of_the_points(sweep, first, every, options.last)
            os.write(writer, json.dumps(result).encode())
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    found: Counter[str] = Counter()
    for reader in readers:
        with os.fdopen(reader, "rb") as octets:
            result = json.loads(octets.read() or b"null")
        if result is None:
            raise SystemExit("A process of the sweep came to a bad end; what it said stands above.")
        found.update({f"at {name}": count for name, count in result.pop("kinds").items()})
        found.update(result)
        os.wait()
    return found


def in_own_mounts() -> None:
    """Begin again where file systems can be mounted that nobody else sees."""
    apart = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
    if subprocess.run([*apart, "true"], check=False).returncode:
        print("No file system can be mounted here, so none can be full.", file=sys.stderr)
        sys.exit(2)
    sys.exit(subprocess.run([*apart, sys.executable, __file__, OWN_MOUNTS, *sys.argv[1:]], check=False).returncode)


def main() -> int:
    """The sweep; prints what was tried and what was lost."""
    parser = argparse.ArgumentParser(prog="scripts/crash-sweep", description=__doc__)
    parser.add_argument("script", nargs="?", type=Path, default=SCRIPT)
    parser.add_argument("answers", nargs="?", type=Path, default=ANSWERS)
    parser.add_argument("--every", type=int, default=1, help="try only each Nth point")
    parser.add_argument("--from", dest="first", type=int, default=1, help="begin at this point")
    parser.add_argument("--last", type=int, default=0, help="end at this point")
    parser.add_argument("--jobs", type=int, default=1, help="try so many points at once")
    parser.add_argument("--again", action="store_true", help="kill the ceremony that goes on, too")
    parser.add_argument("--full", action="store_true", help="a full disk instead of a kill")
    parser.add_argument(OWN_MOUNTS, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.full and not options.own_mounts:
        in_own_mounts()
    preload()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ceremony-sweep-") as work:
        sweep = Sweep(options.script.resolve(), options.answers.resolve(), Path(work), options.full, options.again)
        sweep.undisturbed()
        found = swept(sweep, options)
    how = "disk full from there on" if options.full else "killed twice" if options.again else "killed"
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(found.items()) if name.startswith("at "))
    print(
        f"{sweep.script.stem}: {found['tried']} points tried ({how}; {kinds}), {found['resumed']} resumed, "
        f"{found['begun_anew']} begun anew because nothing had happened, {found['untouched']} not disturbed, "
        f"{found['lost']} lost; {time.monotonic() - started:.0f} s."
    )
    return 1 if found["lost"] or not found["tried"] else 0


if __name__ == "__main__":
    sys.exit(main())
