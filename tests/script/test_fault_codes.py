"""Every code with which a step can fail is one that a trace lets arise: else the engine could not write it down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import ceremony

PACKAGE = Path(ceremony.__file__).parent
CODE = re.compile(r"[A-Z]+(-[A-Z0-9]+)*-?")
IN_THE_ROOM = ("custody", "engine", "pki", "room", "script", "token", "transfer", "transcript")
"""What runs while a step is performed."""

BEFORE = "Raised while it is planned, or before the first line is written."
RESUMING = "Raised while a record is reopened, before a line is written to it."
NO_FAILURE = "The ceremony stops or ends with it; no attempt is called failed."
FINDING = "The rule of a finding, which is told and never raised from a step."
TOO_LARGE = "What one code does not hold is printed without one."
BY_OTHERS = "Raised for commands that read files outside a ceremony."

ELSEWHERE = {
    "ANSWERS-MISSING": NO_FAILURE,
    "ANSWERS-VALUE": NO_FAILURE,
    "ARCHIVE-FILE": RESUMING,
    "ARCHIVE-FOLDER": BEFORE,
    "ARCHIVE-IN-USE": BEFORE,
    "ARCHIVE-LINK": BEFORE,
    "ARCHIVE-NO-LOCKS": BEFORE,
    "ARCHIVE-ORDER": BEFORE,
    "ARCHIVE-PREVIOUS": BEFORE,
    "ARCHIVE-UNOPENED": BEFORE,
    "BR-A1": FINDING,
    "BR-A4": FINDING,
    "BREAK-HEADS": NO_FAILURE,
    "CALENDAR-TEXT": BY_OTHERS,
    "CARD-CONTACT": BEFORE,
    "CARD-NOT-PRINTED": "It is told, and the card is written by hand.",
    "CARD-PRINTER": BEFORE,
    "CHAIN-READ": BY_OTHERS,
    "CSV-COMPLAINTS": BEFORE,
    "DERIVE-NONE": BY_OTHERS,
    "ENGINE-STEP": NO_FAILURE,
    "ENVIRONMENT-CLEAN": BEFORE,
    "ENVIRONMENT-NAME": BEFORE,
    "INTERRUPTED": NO_FAILURE,
    "LINE-LENGTH": "What is typed is asked for again.",
    "LINE-UTF8": "What is typed is asked for again.",
    "MODE-PAST": BEFORE,
    "PLAN-ERRORS": BEFORE,
    "PROGRAM-FAULT": NO_FAILURE,
    "PROGRAM-FILES": BEFORE,
    "QR-SIZE": TOO_LARGE,
    "RECEIPT-DAMAGED": BY_OTHERS,
    "RECEIPT-FORM": BY_OTHERS,
    "RECEIPT-SIZE": TOO_LARGE,
    "RECORD-IN-USE": BEFORE,
    "RECORD-REFUSED": NO_FAILURE,
    "RECORD-WRITE": NO_FAILURE,
    "REGISTER-FORM": BEFORE,
    "REMARK-KIND": "Said to who made the remark.",
    "REQUEST-SIZE": BEFORE,
    "RESUME-FILES": RESUMING,
    "RESUME-RECORD": RESUMING,
    "RESUME-SIGNED": RESUMING,
    "ROLE-EXCLUSIVE": BEFORE,
    "SECRETS-FD": BEFORE,
    "SHARES-SPLIT": BEFORE,
    "STAND-IN": BEFORE,
    "TOKENS-KEPT": BEFORE,
}
"""Codes that no step fails with, and why."""


def strings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    yield from (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def raised() -> dict[str, set[str]]:
    """Each code, with the modules that say it."""
    found: dict[str, set[str]] = {}
    for folder in IN_THE_ROOM:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                    found.setdefault(str(node.value.value), set()).add(path.relative_to(PACKAGE).as_posix())
    return found


def families() -> set[str]:
    """What the traces let arise: whole codes, and beginnings of codes, which end in a hyphen."""
    return {
        text for path in (PACKAGE / "script" / "trace").glob("*.py") for text in strings(path) if CODE.fullmatch(text)
    }


def arises(code: str) -> bool:
    return any(code.startswith(family) if family.endswith("-") else code == family for family in families())


@pytest.mark.parametrize("code", sorted(raised()))
def test_a_trace_lets_it_arise_or_no_step_fails_with_it(code: str) -> None:
    assert arises(code) != (code in ELSEWHERE), f"{code}, in {', '.join(sorted(raised()[code]))}"


def test_every_exception_is_a_code_that_there_is() -> None:
    assert set(ELSEWHERE) - {"INTERRUPTED"} <= set(raised())
