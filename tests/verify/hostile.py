"""`hostile.py ARCHIVE SCRIPT EVERY COMMAND...` puts hostile files into an archive, and lets commands meet them.

The archive is one that is proved; each file that is replaced is put back. It prints one JSON object: `cases`, each with
its command, file, place, exit code, seconds, and what was said; `mebibytes`, how much the peak of this process's
resident memory grew over all of them, from what the same commands took on the good archive. Its address space is
limited, and each command is stopped after a minute.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from ceremony.cli import main as ceremony
from tests.house.forger import Forger

ADDRESS_SPACE = 1 << 30
"""Octets that the program may map, its own libraries included."""

PATIENCE = 60
"""Seconds."""

DEEP, MANY, LARGE = 1200, 40, 256 << 20


def pipe(path: Path) -> None:
    """A pipe that nobody writes to."""
    os.mkfifo(path)


def link(path: Path) -> None:
    """A link to a file outside."""
    path.symlink_to("/etc/passwd")


def device(path: Path) -> None:
    """A device that never ends, behind a link, since not everybody may make one."""
    path.symlink_to("/dev/zero")


def node(path: Path) -> None:
    """The same device itself."""
    os.mknod(path, 0o020666, os.makedev(1, 5))


def sparse(path: Path) -> None:
    """A file of 8 GiB that takes no room."""
    with path.open("wb") as file:
        file.truncate(8 << 30)


def large(path: Path) -> None:
    """A file as large as the largest that is read."""
    with path.open("wb") as file:
        file.truncate(LARGE)


def nested(path: Path) -> None:
    """Folders in folders."""
    path.mkdir()
    here = os.open(path, os.O_RDONLY)
    for _ in range(DEEP):
        os.mkdir("x", dir_fd=here)
        inner = os.open("x", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def many(path: Path) -> None:
    """A folder of many large files."""
    path.mkdir()
    for number in range(MANY):
        large(path / f"{number}.crl")


KINDS: tuple[Callable[[Path], None], ...] = (pipe, link, device, node, sparse, large, nested, many)

PLACES = (
    "transcript.jsonl",
    "transcript.p7s",
    "certificates/root.der",
    "certificates",
    "inputs/register.json",
    "inputs/crls",
    "receipts/receipt-rini.txt",
    "SHA256SUMS",
    "",
)
"""In the folder of the last ceremony; the last one is that folder itself."""


@contextlib.contextmanager
def replaced(path: Path, make: Callable[[Path], None], aside: Path) -> Iterator[None]:
    """Something else in the place of a file or folder, which is put back."""
    there = os.path.lexists(path)
    made = [] if path.parent.exists() else [path.parent]
    path.parent.mkdir(exist_ok=True)
    if there:
        shutil.move(path, aside)
    try:
        make(path)
        yield
    finally:
        for gone in (path, *made):
            subprocess.run(["rm", "-rf", str(gone)], check=True)
        if there:
            shutil.move(aside, path)


@contextlib.contextmanager
def record_that(folder: Path, change: Callable[[Forger], None]) -> Iterator[None]:
    """A record whose chain fits, and which names files that no ceremony has."""
    before = {item.relative_to(folder) for item in folder.rglob("*")}
    record = (folder / "transcript.jsonl").read_bytes()
    seal = (folder / "transcript.p7s").read_bytes()
    (folder / "transcript.p7s").unlink()
    try:
        forger = Forger(folder)
        change(forger)
        forger.chain()
        yield
    finally:
        (folder / "transcript.jsonl").write_bytes(record)
        (folder / "transcript.p7s").write_bytes(seal)
        for item in sorted({item.relative_to(folder) for item in folder.rglob("*")} - before, reverse=True):
            (folder / item).unlink() if not (folder / item).is_dir() else (folder / item).rmdir()


def input_of_the_kernel(forger: Forger) -> None:
    """An input that is the kernel's log."""
    forger.lines[0]["data"]["inputs"].append({"path": "/proc/kmsg", "sha256": "0" * 64, "size": 0})


def many_large_inputs(forger: Forger) -> None:
    """Many large files that are, each of them, just what the record says."""
    zeros, piece = sha256(), bytes(1 << 20)
    for _ in range(LARGE // len(piece)):
        zeros.update(piece)
    for number in range(MANY):
        path = f"inputs/large-{number}.bin"
        large(forger.folder / path)
        forger.lines[0]["data"]["inputs"].append({"path": path, "sha256": zeros.hexdigest(), "size": LARGE})


def cases(archive: Path, aside: Path) -> Iterator[tuple[str, str, contextlib.AbstractContextManager[None]]]:
    """Each hostile file: what it is, where it stands, and the way to have it there."""
    folder = max(archive.iterdir())
    for place in PLACES:
        for kind in KINDS:
            if kind is node and os.geteuid() != 0:
                continue
            yield kind.__name__, place, replaced(folder / place if place else folder, kind, aside)
    for change in (input_of_the_kernel, many_large_inputs):
        yield change.__name__, "the record", record_that(folder, change)


def met(command: str, archive: Path, script: str) -> dict[str, Any]:
    """One command over the archive: its exit code, what it said, how long it took."""
    arguments = {
        "verify": ["verify", "--all", str(archive)],
        "register": ["register", "--practice", str(archive)],
        "plan": ["plan", script, "--practice", "--archive", str(archive)],
        "rehearse": ["rehearse", script, "--plain", "--archive", str(archive)],
        "run": ["run", script, "--plain", "--archive", str(archive)],
    }[command]
    out, err = io.StringIO(), io.StringIO()
    started = time.perf_counter()
    signal.alarm(PATIENCE)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = ceremony(arguments)
        finally:
            signal.alarm(0)
    seconds = time.perf_counter() - started
    said = {"out": out.getvalue(), "err": err.getvalue()}
    return {"command": command, "code": code, "seconds": seconds, "peak": peak(), **said}


def peak() -> float:
    """The most resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stopped(*_: object) -> None:
    raise TimeoutError(f"stopped after {PATIENCE} seconds")


def main(archive: Path, script: str, commands: list[str], every: int = 1) -> None:
    """Every case, or each `every`th, before each command."""
    signal.signal(signal.SIGALRM, stopped)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for command in commands:
        if command in ("verify", "register", "plan"):
            assert met(command, archive, script)["code"] == 0, "the archive is a good one"
    before = peak()
    found = []
    for number, (kind, place, there) in enumerate(cases(archive, archive.parent / "aside")):
        if number % every and place in PLACES:
            continue
        with there:
            found += [{"file": kind, "place": place, **met(command, archive, script)} for command in commands]
    print(json.dumps({"cases": found, "mebibytes": peak() - before}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[4:], int(sys.argv[3]))
