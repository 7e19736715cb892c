"""How long commands take over hostile files in an archive, and how much memory: one process, all of them.

usage, by scripts/bench.py alone: bench_hostile.py FOLDER, which prints JSON: the seconds of the slowest, by how many
MiB the peak of the resident memory grew, and how many cases there were
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("verify", "register", "plan", "rehearse", "run")


def main(folder: Path) -> None:
    """An archive of two rehearsals, then every hostile file before every command."""
    tests = ROOT / "tests" / "verify"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    held = [sys.executable, "-I", str(tests / "hold_ceremonies.py"), str(folder / "held")]
    subprocess.run(held, check=True, env=environment, stdout=subprocess.DEVNULL)
    archive, script = folder / "held" / "practice", folder / "held" / "ca" / "ceremonies" / "small.yaml"
    meet = [sys.executable, "-I", str(tests / "hostile.py"), str(archive), str(script), "1", *COMMANDS]
    done = subprocess.run(meet, check=True, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    met = json.loads(done.stdout)
    seconds = [case["seconds"] for case in met["cases"]]
    print(json.dumps({"seconds": max(seconds), "mebibytes": met["mebibytes"], "cases": len(seconds)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
