"""On a later day the token of the CA is the one of the earlier days: another one under its label gets no PIN."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ceremony.token.module import Module
from tests.custody_rules.house import Signers
from tests.house.people import pin_of

LABEL = "SMALL"


@pytest.fixture
def later(house: Signers) -> Signers:
    """The second day of a CA: its root was made on the first."""
    assert house.hold("short").closed
    house.again()
    script = house.folder / "short.yaml"
    made = ("make-root", "sign-root")
    lines = [line for line in script.read_text().splitlines() if not any(f"id: {step}," in line for step in made)]
    script.write_text("\n".join(lines).replace("initialise: true, ", "") + "\n")
    return house


def with_another_in_its_place(tokens: Path) -> None:
    """The token is taken away, and another one with its label and PINs is put in. A process of its own does it: the
    module of this one would remember the first."""
    for item in tokens.iterdir():
        if LABEL.encode() in b"".join(path.read_bytes() for path in item.rglob("token.object")):
            shutil.rmtree(item)
    made = (
        "from ceremony.secret import Secret\nfrom ceremony.token.module import Module\n"
        f"so, user = {pin_of(f'token-so-pin:{LABEL}')!r}, {pin_of(f'token-pin:{LABEL}')!r}\n"
        f"Module.load('softhsm').initialise({LABEL!r}, Secret(so), Secret(user))\n"
    )
    subprocess.run([sys.executable, "-c", made], check=True, env=dict(os.environ))
    Module.load("softhsm").restart()


def test_another_token_under_the_label_of_an_earlier_day_gets_no_pin(later: Signers, softhsm: Any) -> None:
    first = next(token for token in Module.load("softhsm").tokens() if token.label == LABEL)
    with_another_in_its_place(softhsm.tokens)
    second = next(token for token in Module.load("softhsm").tokens() if token.label == LABEL)
    later.people.answers["choose", "open"] = lambda _: "abort"
    assert not later.hold("short").closed
    (failed,) = later.events("step-failed", 2)
    assert failed.code == "TOKEN-OTHER"
    for said in (f"serial {first.serial}", "0001-short", f"serial {second.serial}"):
        assert said in failed.detail
    assert LABEL not in later.labels("token-opened", 2)
    assert later.failed() == set()


def test_the_same_token_is_taken_on_a_later_day(later: Signers) -> None:
    assert later.hold("short").closed
    assert LABEL in later.labels("token-opened", 2)
    assert later.failed() == set()
