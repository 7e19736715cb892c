"""Which ceremonies of the shipped policies are changed, and how those are held that are not there yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ceremony.engine.stand_ins import PRACTICE_PIN
from tests.mutate.sweep import Ceremony
from tests.shipped.hold_life import PIN

ROOT = Path(__file__).parents[2]
CEREMONIES = (
    "rehearsed/0001-root-generation",
    "troubled/0001-root-generation",
    "demo/0002-split-custody",
    "demo/0004-split-custody-next",
    "demo/0006-split-custody-holders",
    "psre/0002-root-generation",
    "psre/0006-cross-signing",
    "psre/0012-emergency-revocation",
    "psre/0014-key-backup",
    "psre/0020-custodian-change",
    "psre/0022-retirement",
    "isrg/0004-intermediates",
    "isrg/0006-cross-signing",
    "isrg/0014-key-backup",
)
"""What `hold.py` calls it, and the ceremony's folder. A rehearsal, a hard day, and days of three lives in production:
split PINs, bags, renewed PINs, requests, lists, responses, an incident, backups, destruction; signed and typed
approvals."""


def held(folder: Path, names: tuple[str, ...] = CEREMONIES) -> list[Ceremony]:
    """The ceremonies of these names below a folder; what is not there is held first, or the program ends."""
    found = []
    for name in names:
        life, _, ceremony = name.partition("/")
        place = folder / life
        if not (place / DONE).exists():
            hold(folder, life)
        pin = PRACTICE_PIN if life == "rehearsed" else PIN
        found.append(Ceremony(place / "archive" / ceremony, place / "softhsm", pin))
    return found


DONE = "held"
"""The file that says that a life was held to its end."""


def hold(folder: Path, life: str) -> None:
    """In a program of its own, which loads the PKCS#11 module for itself."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(Path(__file__).parent / "hold.py"), str(folder), life]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{life} could not be held.\n{done.stdout}{done.stderr}")
    (folder / life / DONE).touch()
