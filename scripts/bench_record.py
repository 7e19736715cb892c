"""How long a record takes to verify as it grows: one rehearsal on SoftHSM, with many remarks and many failed attempts.

usage, by scripts/bench.py alone: bench_record.py FOLDER SHORT LONG, which prints JSON: the seconds of each, and the
peak of this process's resident memory in MiB
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

REDONE = "bag"
"""The step that fails so often before it is done: it records a number that people read."""


def held(folder: Path) -> Path:
    """One small ceremony, to its close; its folder."""
    from tests.house.held import rehearse
    from tests.verify.hold_ceremonies import ANSWERS, HERE

    rehearse(HERE / "ceremonies" / "small.yaml", folder / "archive", ANSWERS, media=folder / "media")
    return folder / "archive" / "0001-small"


def longer(ceremony: Path, place: Path, lines: int) -> Path:
    """The same ceremony with so many lines: a step that failed again and again, with two notes in each attempt."""
    from tests.house.forger import Forger

    forger = Forger(Path(shutil.copytree(ceremony, place)))
    begun, done = forger.one("step-begun", REDONE), forger.one("step-done", REDONE)
    mine = forger.lines[forger.place(begun) : forger.place(done) + 1]
    failures = (lines - len(forger.lines)) // 4
    failed = {"number": begun["data"]["number"], "code": "EVIDENCE-ANSWER", "headline": "Not yet.", "detail": ""}
    new: list[dict[str, Any]] = []
    at, redoes = forger.place(begun), 0
    for attempt in range(1, failures + 1):
        of_attempt = {**begun, "attempt": attempt}
        new.append({**of_attempt, "data": {**begun["data"], "redoes": redoes}})
        remarks = [{"text": f"remark {number} of attempt {attempt}"} for number in (1, 2)]
        new += [{**of_attempt, "kind": "note", "data": remark} for remark in remarks]
        told = {**failed, "decision": "try-again", "after": at + len(new)}
        new.append({**of_attempt, "kind": "step-failed", "actor": "engine", "data": told})
        redoes = at + len(new)
    for line in mine:
        line["attempt"] = failures + 1
    begun["data"]["redoes"] = redoes
    forger.lines[at:at] = new
    for number, line in enumerate(forger.lines, start=1):
        line |= {"seq": number, "mono": number}  # what names a line, above, names it so
    said = forger.one("statement-confirmed", about="counts")["data"]
    said["statement"] = said["statement"].replace(" 0 notes ", f" {2 * failures} notes ")
    forger.data("ceremony-closed")["notes"] = 2 * failures
    forger.seal()
    return place


def seconds(ceremony: Path, turns: int) -> float:
    """Of the processor, the fewest of so many turns; it must be proved, or nothing was measured."""
    from ceremony.verify.ceremony import verify_ceremony

    times = []
    for _ in range(turns):
        started = time.process_time()
        verdict = verify_ceremony(ceremony)
        times.append(time.process_time() - started)
        if not verdict.proved:
            raise SystemExit("\n".join(["bench: this was not proved:", *verdict.lines()[:12]]))
    return min(times)


def main(folder: Path, short: int, long: int) -> None:
    """The short record twice, of which the first warms up, then the long one."""
    ceremony = held(folder)
    measured = {"short": seconds(longer(ceremony, folder / "short", short), 3)}
    measured["long"] = seconds(longer(ceremony, folder / "long", long), 1)
    measured["mebibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(measured))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
