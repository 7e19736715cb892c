"""SECURITY.md names limits and codes that there are."""

from __future__ import annotations

import re
from pathlib import Path

import ceremony

ROOT = Path(ceremony.__file__).parents[1]


def test_each_limit_and_code_that_the_page_names_is_one_of_the_program() -> None:
    said = set(re.findall(r"`([A-Z]+-[A-Z-]+)`", (ROOT / "SECURITY.md").read_text("utf-8")))
    code = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "ceremony").rglob("*.py")))
    assert len(said) > 10
    assert {name for name in said if f'"{name}"' not in code} == set()
