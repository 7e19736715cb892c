"""The system's random source is read in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ceremony
from ceremony.system_random import system_below, system_random

PACKAGE = Path(ceremony.__file__).parent
SOURCES = {"random", "secrets", "uuid"}
READERS = {"urandom", "getrandom"}


def readers(text: str) -> set[str]:
    """What of the system's random sources a module uses."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                found |= {name.name for name in names} & SOURCES
            case ast.ImportFrom(module=module):
                found |= {module or ""} & SOURCES
            case ast.Attribute(attr=name):
                found |= {name} & READERS
            case _:
                pass
    return found


@pytest.mark.parametrize("text", ["import secrets", "from random import choice", "import os\nos.urandom(8)"])
def test_a_second_reader_would_be_found(text: str) -> None:
    assert readers(text)


def test_no_other_module_reads_it() -> None:
    found = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if readers(path.read_text("utf-8"))}
    assert found == {"system_random.py"}


def test_it_gives_as_much_as_is_asked_for_and_never_the_same() -> None:
    assert len({system_random(32) for _ in range(50)}) == 50
    assert len(system_random(7)) == 7
    assert {system_below(3) for _ in range(200)} == {0, 1, 2}
