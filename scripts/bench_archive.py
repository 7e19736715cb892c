"""How long an archive takes to verify as it grows: one CA, a root and its yearly CRL, practice on SoftHSM.

usage, by scripts/bench.py alone: bench_archive.py FOLDER SHORT LONG [TURNS], which prints JSON: the seconds of each
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
CRL = {"kind": "sign-crl", "id": "list", "profile": "root", "issuer": "root"}
FIRST: list[dict[str, Any]] = [
    {"kind": "generate-key", "id": "make", "key": "root", "profile": "ec"},
    {"kind": "self-sign", "id": "sign", "certificate": "root", "profile": "root", "key": "root"},
    {**CRL, "crl": "crl-1", "first": True},
]


def hold(folder: Path, ceremonies: int) -> Path:
    """Ceremony after ceremony, each with a CRL; the archive."""
    from tests.years.rig import CA, Ca

    policy = folder / "policy.yaml"
    policy.write_text((CA / "policy.yaml").read_text("utf-8").replace("    key: kept\n", "    key: ec\n"), "utf-8")
    ca = Ca(folder / "held", START, policy=policy)
    for number in range(1, ceremonies + 1):
        ca.move_to(START + number * WEEK)
        steps = FIRST if number == 1 else [{**CRL, "crl": f"crl-{number}"}]
        ca.hold(f"week-{number}", steps, initialise=number == 1)
    ca.home.remove()
    return ca.archive


def seconds(archive: Path, turns: int) -> float:
    """The fastest of so many; every ceremony must be proved, or nothing was measured."""
    from ceremony.verify.archive import verify_path

    times = []
    for _ in range(turns):
        started = time.perf_counter()
        verdicts = verify_path(archive)
        times.append(time.perf_counter() - started)
        for verdict in verdicts:
            if not verdict.proved:
                raise SystemExit("\n".join(["bench: this was not proved:", *verdict.lines()[:5]]))
    return min(times)


def main(folder: Path, short: int, long: int, turns: int) -> None:
    """The long archive, and its first ceremonies as the short one; the first verification warms up and is not told."""
    whole = hold(folder, long)
    part = folder / "short"
    part.mkdir()
    for ceremony in sorted(whole.iterdir())[:short]:
        shutil.copytree(ceremony, part / ceremony.name)
    seconds(part, 1)
    print(json.dumps({"short": seconds(part, turns), "long": seconds(whole, turns)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
