"""The demonstration CA in a folder of the test's own, and a way to change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "policies" / "demo"

Edit = Callable[[str, str], None]
"""Replace the first text, which must stand in the file exactly once, by the second."""


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of policies/demo."""
    return Path(shutil.copytree(DEMO, tmp_path / "demo"))


@pytest.fixture
def edit(demo: Path) -> Callable[[str], Edit]:
    """`edit("policy.yaml")(old, new)` changes the copy."""

    def of_file(name: str) -> Edit:
        path = demo / name

        def replace(old: str, new: str) -> None:
            text = path.read_text(encoding="utf-8")
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
            path.write_text(text.replace(old, new), encoding="utf-8")

        return replace

    return of_file
