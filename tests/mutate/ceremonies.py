"""The ceremonies that are changed, in a folder; those that are not there yet are held first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.mutate.lives import CEREMONIES, NAMES
from tests.mutate.sweep import Ceremony

ROOT = Path(__file__).parents[2]


def held(folder: Path, names: tuple[str, ...] = CEREMONIES) -> list[Ceremony]:
    """The ceremonies of these names below a folder; what is not there is held first, or the program ends."""
    found = []
    for name in names:
        life, _, ceremony = name.partition("/")
        place = folder / life
        if not (place / DONE).exists():
            hold(folder, life)
        found.append(Ceremony(place / "archive" / ceremony, place / "softhsm", NAMES[name].pin))
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
