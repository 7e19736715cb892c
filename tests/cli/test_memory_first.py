"""The first act of every command: no core of it is ever written, and nobody of the same account looks into it."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv/bin/python"

WATCHED = """
import atexit, ctypes, os, pathlib, resource, sys
import ceremony.cli
resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))
dumpable = ctypes.CDLL(None).prctl
dumpable(3, 0, 0, 0, 0)
acts, busy = [], []
def watch(event, arguments):
    if busy:
        return
    busy.append(event)
    if event in ("open", "import", "os.listdir", "socket.connect", "subprocess.Popen"):
        acts.append((dumpable(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[1], str(arguments[0])))
    busy.clear()
def tell():
    early = [name for could, core, name in acts if could or core]
    print("EARLY", *early, file=sys.stderr)
    print("LATER", len(acts) - len(early), file=sys.stderr)
if os.environ.get("LATE"):
    import ceremony.room.memory
    ceremony.room.memory.forbid_core_dumps = lambda: None
sys.addaudithook(watch)
atexit.register(tell)
sys.exit(ceremony.cli.main(sys.argv[1:]))
"""

CLOSER = ("ceremony.room", "ceremony.room.memory", str(ROOT / "ceremony/room"))
"""What may be loaded before memory is closed: the module that closes it."""


def acts(*arguments: str, **settings: str) -> tuple[list[str], int]:
    """What a command opened and loaded before its memory was closed, beyond what closes it; and how much after it."""
    done = subprocess.run(
        [PYTHON, "-I", "-c", WATCHED, *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    early = next(line for line in done.stderr.splitlines() if line.startswith("EARLY")).split()[1:]
    later = next(line for line in done.stderr.splitlines() if line.startswith("LATER")).split()[1]
    return [name for name in early if not name.startswith(CLOSER)], int(later)


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "policies/demo/ceremonies/root-generation.yaml"),
        ("run", "/nowhere.yaml", "--plain"),
        ("rehearse", "/nowhere.yaml", "--plain", "--secrets-fd", "7"),
        ("verify", "/nowhere"),
        ("register", "/nowhere"),
        ("token", "list"),
        ("token", "inspect", "X"),
        ("token", "init", "X"),
        ("policy", "check", "/nowhere"),
        ("policy", "derive", "/nowhere"),
        ("policy", "explain", "CC-1"),
        ("--version",),
        (),
    ],
    ids=" ".join,
)
def test_nothing_is_read_before_memory_is_closed(command: tuple[str, ...]) -> None:
    early, later = acts(*command)
    assert early == []
    assert later > 0


def test_a_command_that_closed_its_memory_late_would_be_found() -> None:
    early, _ = acts("policy", "check", "policies/demo/policy.yaml", LATE="1")
    assert "ceremony.cli.policies" in early


def test_a_core_that_was_allowed_is_not_allowed_to_the_command(tmp_path: Path) -> None:
    """`token init` waits for a PIN; whoever kills it with a core in mind gets none."""
    code = (
        "import os, resource, signal, ceremony.cli\n"
        "ceremony.cli._parser = lambda: os.kill(os.getpid(), signal.SIGABRT)\n"
        "ceremony.cli.main(['token', 'init', 'X'])\n"
    )

    def allowed() -> None:
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    done = subprocess.run([PYTHON, "-I", "-c", code], cwd=tmp_path, preexec_fn=allowed, check=False)
    assert done.returncode == -6
    assert list(tmp_path.iterdir()) == []
