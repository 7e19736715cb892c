"""Real media: small, full or read-only file systems in a mount namespace of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

PRELUDE = """
import json, os, sys
from pathlib import Path
from ceremony.errors import CeremonyError
from ceremony.transfer.media import check_target, export, write_once

folder = Path(sys.argv[1])
def told(call):
    try:
        call()
    except CeremonyError as error:
        return {"code": error.code, "said": str(error), "left": sorted(path.name for path in folder.iterdir())}
    return {"code": "", "said": "", "left": sorted(path.name for path in folder.iterdir())}
"""

OnMedium = Callable[[str, str], Any]


@pytest.fixture
def on_medium(tmp_path: Path) -> OnMedium:
    """Mounts a tmpfs with the given options in a private namespace, runs the code there, returns what it printed.

    The code sees `folder` (the mount) and `told(call)`; it prints JSON.
    """
    mount = tmp_path / "medium"
    mount.mkdir()
    own = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    probe = subprocess.run(
        [*own, "mount", "-t", "tmpfs", "none", str(mount)], capture_output=True, text=True, check=False
    )
    if probe.returncode != 0:
        pytest.skip(f"this machine lets nobody mount a medium of its own: {probe.stderr.strip()}")

    def run(options: str, code: str) -> Any:
        done = subprocess.run(
            [
                *own,
                "sh",
                "-c",
                'mount -t tmpfs -o "$1" none "$2" && exec "$3" -c "$4" "$2"',
                "sh",
                options,
                str(mount),
                sys.executable,
                PRELUDE + code,
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
