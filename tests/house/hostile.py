"""A PKCS#11 module that lies as it is told: a small C file over SoftHSM, built by the system's compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ceremony.token.module import softhsm_path

SOURCE = Path(__file__).parents[1] / "hostile" / "hostile.c"
STRICT = ("-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")


def built_in(folder: Path) -> Path:
    """The module. It wraps a copy of SoftHSM: the library itself starts once in a process, and is another module's."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.fail("These tests build a small PKCS#11 module: install a C compiler (Debian: gcc and libc6-dev).")
    module = folder / "hostile.so"
    done = subprocess.run(
        [compiler, *STRICT, "-o", str(module), str(SOURCE), "-ldl"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    os.environ["HOSTILE_REAL"] = str(shutil.copy(softhsm_path(), folder / "real.so"))
    return module


class Liar:
    """Tells the module which lies to tell from now on."""

    def __init__(self, module: Path, control: Path) -> None:
        self.module = module
        self._control = control
        os.environ["HOSTILE"] = str(control)
        self.tell()

    def tell(self, *lies: str) -> None:
        """These, and no others. The names stand in hostile.c."""
        assert all(f'told("{lie}")' in SOURCE.read_text() for lie in lies)
        self._control.write_text(" ".join(lies) + "\n")
