"""A copy of the scripts in a tree of its own, with commands that only say how they were called."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("bash", "sh", "env", "dirname", "cat", "cut", "sha256sum", "readlink", "chmod", "rm", "mkdir", "python3")


@dataclass(frozen=True)
class Checkout:
    """`commands` is the whole PATH: real tools by link, and what `pretend` put there."""

    root: Path
    commands: Path

    def pretend(self, name: str, code: str) -> None:
        """A command that does this."""
        path = self.commands / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{code}\n")
        path.chmod(0o755)

    def bash(self, code: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run code after lib.sh was sourced."""
        return subprocess.run(
            [self.commands / "bash", "-c", f'. "{self.root}/scripts/lib.sh"\n{code}'],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"PATH": str(self.commands), "LOG": str(self.root / "log"), **(environment or {})},
        )

    @property
    def log(self) -> list[str]:
        """How the pretended commands were called."""
        path = self.root / "log"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "a checkout"  # a blank in the path is part of the test
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "ceremony").mkdir()
    (root / "requirements.lock").write_text("one\n")
    (root / "requirements-dev.lock").write_text("one\ntwo\n")
    commands = tmp_path / "commands"
    commands.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (commands / tool).symlink_to(found)
    return Checkout(root, commands)
