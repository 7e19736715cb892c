"""Speed and memory of this checkout against their limits. Ratios are taken in one run, so the machine matters little.

usage: scripts/bench [NAME...] [--json]; exit 1 when a limit is broken.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python is started without the folder of the program

import bench_crl

ROOT = Path(__file__).resolve().parents[1]
CEREMONY = str(ROOT / ".venv" / "bin" / "ceremony")
APPS = (sys.executable, "-I", str(ROOT / "scripts" / "bench_apps.py"))
SCRIPT = str(ROOT / "policies" / "demo" / "ceremonies" / "root-generation.yaml")
ANSWERS = str(ROOT / "policies" / "demo" / "answers" / "root-generation.yaml")
PATIENCE = 60.0


@dataclass(frozen=True)
class Result:
    """One measurement. It passes where `value` is at most `limit`; `detail` says what went into it."""

    name: str
    value: float
    unit: str
    limit: float
    detail: str

    @property
    def passed(self) -> bool:
        return self.value <= self.limit


class Screen:
    """A program on a terminal of its own, 120 by 40."""

    def __init__(self, command: Sequence[str]) -> None:
        self.started = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.environ.pop("COLORTERM", None)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.execvp(command[0], list(command))  # noqa: S606 - no shell is wanted
        self.seen = ""

    def wait_for(self, text: str) -> float:
        """Seconds on the clock when the text was on the screen; what was seen before is forgotten."""
        end = time.perf_counter() + PATIENCE
        while text not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen):
            if not select.select([self.terminal], [], [], max(0.0, end - time.perf_counter()))[0]:
                raise SystemExit(f"bench: {text!r} never came; the screen said:\n{self.seen[-2000:]}")
            try:
                self.seen += os.read(self.terminal, 65536).decode("utf-8", "replace")
            except OSError:
                raise SystemExit(f"bench: the program ended; the screen said:\n{self.seen[-2000:]}") from None
        self.seen = ""
        return time.perf_counter()

    def settle(self, quiet: float) -> None:
        """Read on until nothing has come for so long."""
        while select.select([self.terminal], [], [], quiet)[0]:
            os.read(self.terminal, 65536)
        self.seen = ""

    def press(self, keys: bytes) -> float:
        """Send keys; the moment on the clock."""
        moment = time.perf_counter()
        os.write(self.terminal, keys)
        return moment

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


@contextmanager
def screen(*command: str) -> Iterator[Screen]:
    shown = Screen(command)
    try:
        yield shown
    finally:
        shown.end()


@lru_cache(maxsize=2)
def unattended_run(script: str = SCRIPT, answers: str = ANSWERS) -> tuple[float, dict[str, float], float]:
    """One unattended rehearsal, the demonstration: seconds on the clock, its own split, peak memory in MiB."""
    folder = tempfile.mkdtemp(prefix="ceremony-bench-")
    try:
        command = [CEREMONY, "rehearse", script, "--archive", f"{folder}/archive", "--unattended", answers]
        started = time.perf_counter()
        with Path(folder, "said").open("w+") as said:
            program = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            lines = said.read().splitlines()
        seconds = time.perf_counter() - started
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if program.returncode != 0:
        raise SystemExit("\n".join([f"bench: {script} failed:", *lines[-20:]]))
    line = next(line for line in lines if line.startswith("time: "))
    split = {name: float(value) for name, value in re.findall(r"(\w+)=([0-9.]+)", line)}
    return seconds, split, usage.ru_maxrss / 1024


def bench_help() -> Result:
    """`ceremony --help`, from start to end."""
    times = []
    for _ in range(10):
        started = time.perf_counter()
        subprocess.run([CEREMONY, "--help"], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return Result("help", statistics.median(times), "s", 0.2, f"median of {len(times)}; longest {max(times):.3f} s")


def bench_paint() -> Result:
    """First paint of the app against that of an empty Textual app, taken in turns."""
    app, empty = [], []
    for turn in range(7):
        with screen(*APPS, "empty") as shown:
            empty.append(shown.wait_for("an empty app") - shown.started)
        with screen(CEREMONY) as shown:
            app.append(shown.wait_for("PRACTICE") - shown.started)
        if turn == 0:
            app.clear()  # the first turn warms the page cache
            empty.clear()
    ratio = statistics.median(app) / statistics.median(empty)
    detail = f"app {statistics.median(app):.3f} s, empty app {statistics.median(empty):.3f} s, medians of {len(app)}"
    return Result("paint", ratio, "times", 1.5, detail)


def bench_unattended() -> Result:
    """The unattended demonstration, without what the token itself takes to make keys and signatures."""
    seconds, split, _ = unattended_run()
    outside = seconds - split["generating"] - split["signing"]
    detail = f"whole {seconds:.2f} s: generating {split['generating']:.2f}, signing {split['signing']:.2f}"
    return Result("unattended", outside, "s", 3.0, detail)


def bench_memory() -> Result:
    """Peak resident memory of the unattended demonstration."""
    return Result("memory", unattended_run()[2], "MiB", 150.0, "peak resident set")


def bench_keys() -> Result:
    """From F1 to the help page on the screen, while the token makes RSA-4096 keys."""
    times = []
    with screen(*APPS, "busy") as shown:
        shown.wait_for("Keys are made.")
        shown.settle(0.5)
        shown.press(b"\x1bOQ")  # F2
        shown.wait_for("RSA-4096 is made.")
        for _ in range(40):
            shown.settle(0.03)
            pressed = shown.press(b"\x1bOP")  # F1
            times.append((shown.wait_for("large clock") - pressed) * 1000)
            shown.press(b"\x1b")
            time.sleep(0.25)  # a lone Esc is told from the start of a longer key by waiting
    times.sort()
    p95 = times[int(len(times) * 0.95) - 1]
    detail = f"95th of 100; median {statistics.median(times):.1f} ms, longest {times[-1]:.1f} ms, {len(times)} keys"
    return Result("keys", p95, "ms", 50.0, detail)


ISRG = ROOT / "policies" / "isrg"
ISRG_POLICY = str(ISRG / "policy.yaml")


def bench_hierarchy() -> Result:
    """A whole public hierarchy, unattended: roots, crosses, intermediates, lists, answers, backups. As the run says."""
    script, answers = (str(ISRG / folder / "hierarchy.yaml") for folder in ("ceremonies", "answers"))
    seconds, split, _ = unattended_run(script, answers)
    detail = f"whole {seconds:.2f} s: generating {split['generating']:.2f}, signing {split['signing']:.2f}"
    return Result("hierarchy", split["outside"], "s", 3.0, detail)


SHORT, LONG, VERIFY_TURNS = 10, 30, 5


def bench_archive() -> Result:
    """Verifying three times as many ceremonies takes little more than three times as long."""
    times = measured_by("bench_archive.py", str(SHORT), str(LONG), str(VERIFY_TURNS))
    detail = (
        f"{LONG} ceremonies {times['long']:.3f} s, {SHORT} of them {times['short']:.3f} s; fastest of {VERIFY_TURNS}"
    )
    return Result("archive", times["long"] / times["short"], "times", 3.6, detail)


SHORT_RECORD, LONG_RECORD = 10_000, 100_000


def bench_record() -> Result:
    """Verifying a record of ten times as many lines takes little more than ten times as long."""
    times = measured_by("bench_record.py", str(SHORT_RECORD), str(LONG_RECORD))
    detail = (
        f"{LONG_RECORD} lines {times['long']:.2f} s, {SHORT_RECORD} {times['short']:.2f} s; peak resident set "
        f"{times['mebibytes']:.0f} MiB"
    )
    return Result("record", times["long"] / times["short"], "times", 11.0, detail)


@lru_cache(maxsize=1)
def hostile_files() -> dict[str, float]:
    return measured_by("bench_hostile.py")


def bench_hostile() -> Result:
    """The longest that a command takes over one hostile file in an archive, in whatever place."""
    met = hostile_files()
    detail = f"the longest of {met['cases']:.0f}: pipes, links, devices, sparse files, nested folders, in each place"
    return Result("hostile", met["seconds"], "s", 5.0, detail)


def bench_hostile_memory() -> Result:
    """How much the peak resident set of one process grows over all of them, from the good archive."""
    return Result("hostile-memory", hostile_files()["mebibytes"], "MiB", 300.0, "over what the good archive takes")


def measured_by(program: str, *arguments: str) -> dict[str, float]:
    """What one of the programs beside this one prints, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="ceremony-bench-") as folder:
        command = [sys.executable, "-I", str(ROOT / "scripts" / program), folder, *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed:\n{done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def bench_policy() -> Result:
    """`ceremony policy check` of the largest shipped policy, a new process each time."""
    times = []
    for _ in range(4):
        started = time.perf_counter()
        subprocess.run([CEREMONY, "policy", "check", ISRG_POLICY], check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    median = statistics.median(times[1:])
    return Result("policy", median, "s", 2.5, f"median of 3 after a first of {times[0]:.2f} s")


def bench_profile() -> Result:
    """What one more profile costs once the linters are built: all of them again, divided by their number."""
    program = (
        "import sys, time; from pathlib import Path; from ceremony.policy.load import load_policy; "
        "from ceremony.room.clock import Clock; from ceremony.script.policy_check import judge_profiles; "
        "loaded = load_policy(Path(sys.argv[1])); clock = Clock().utc(); judge_profiles(loaded, clock); "
        "started = time.perf_counter(); judge_profiles(loaded, clock); "
        "print((time.perf_counter() - started) / len(loaded.policy.certificates))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, ISRG_POLICY], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return Result("profile", float(done.stdout) * 1000, "ms", 100, "each profile of policies/isrg, linters warm")


CRL_TURNS = {10: 5, 1_000: 5, 100_000: 3, 1_000_000: 1}
"""How often each is made; the longest takes openssl as long as all others together."""


@lru_cache(maxsize=4)
def crl_comparison(entries: int) -> bench_crl.Comparison:
    return bench_crl.compare(entries, turns=CRL_TURNS[entries])


def bench_crl_start(entries: int) -> Result:
    """A short CRL: signed and verified in hardly more time than it takes to open the token."""
    each = crl_comparison(entries)
    ratio = each.ours.seconds / each.opened.seconds
    detail = (
        f"{each.ours.seconds:.3f} s, of which start and login {each.opened.seconds:.3f} s; openssl (without a token) "
        f"{each.openssl.seconds:.3f} s"
    )
    return Result(f"crl-{entries}", ratio, "times", 1.5, detail)


def bench_crl_time(entries: int, limit: float) -> Result:
    """A long CRL against `openssl ca -gencrl`, whole processes, fastest of the turns."""
    each = crl_comparison(entries)
    ratio = each.ours.seconds / each.openssl.seconds
    detail = f"{each.ours.seconds:.2f} s from start to end, the plan made before; openssl {each.openssl.seconds:.2f} s"
    return Result(f"crl-{entries}", ratio, "times", limit, detail)


def bench_crl_memory(entries: int, limit: float, unit: str) -> Result:
    """The peak memory of the same run: in MiB, or as a share of openssl's."""
    each = crl_comparison(entries)
    value = each.ours.mebibytes if unit == "MiB" else each.ours.mebibytes / each.openssl.mebibytes
    detail = f"peak resident set: {each.ours.mebibytes:.0f} MiB, openssl {each.openssl.mebibytes:.0f} MiB"
    return Result(f"crl-{entries}-memory", value, unit, limit, detail)


BENCHES: dict[str, Callable[[], Result]] = {
    "help": bench_help,
    "paint": bench_paint,
    "unattended": bench_unattended,
    "memory": bench_memory,
    "keys": bench_keys,
    "hierarchy": bench_hierarchy,
    "archive": bench_archive,
    "record": bench_record,
    "hostile": bench_hostile,
    "hostile-memory": bench_hostile_memory,
    "policy": bench_policy,
    "profile": bench_profile,
    "crl-10": partial(bench_crl_start, 10),
    "crl-1000": partial(bench_crl_start, 1_000),
    "crl-100000": partial(bench_crl_time, 100_000, 1.0),
    "crl-100000-memory": partial(bench_crl_memory, 100_000, 1.0, "times"),
    "crl-1000000": partial(bench_crl_time, 1_000_000, 0.6),
    "crl-1000000-memory": partial(bench_crl_memory, 1_000_000, 100.0, "MiB"),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Speed and memory against their limits.")
    parser.add_argument("names", metavar="NAME", nargs="*", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHES:
            parser.error(f"there is no {name!r}; there are {', '.join(BENCHES)}")
    results = []
    for name in options.names or BENCHES:
        result = BENCHES[name]()
        results.append(result)
        if not options.json:
            word = "ok    " if result.passed else "BROKEN"
            limit = f"(at most {result.limit:g})"
            print(f"{word} {name:<18} {result.value:8.3f} {result.unit:<5} {limit:<14} {result.detail}", flush=True)
    if options.json:
        print(json.dumps([{**asdict(result), "passed": result.passed} for result in results], indent=2))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
