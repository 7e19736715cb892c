"""scripts/verify-archive, the second verifier: run as an auditor runs it, or asked for what it finds in one folder."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[2] / "scripts" / "verify-archive"


def look(path: Path, *options: str) -> tuple[int, str]:
    """Its exit code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAM), *options, str(path)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@cache
def program() -> Any:
    """The program as a module."""
    loader = importlib.machinery.SourceFileLoader("verify_archive", str(PROGRAM))
    spec = importlib.util.spec_from_loader("verify_archive", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def faults(folder: Path) -> list[str]:
    """What it finds wrong with one ceremony, alone."""
    with tempfile.TemporaryDirectory() as work:
        openssl = program().Openssl()
        openssl.work = work
        return list(program().examine(folder, openssl, None, production=False)[1])
