"""A kind of step is declared with everything that belongs to it, or the program does not start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ceremony.script import models
from ceremony.script.declaration import STEPS
from ceremony.script.trace.grammar import in_words

WHOLE = {
    "kind": 'kind: Literal["whistle"]',
    "demands": "demands = Demands()",
    "trace": "trace = NOTHING",
    "made_title": 'def made_title(self, policy): return "Whistle"',
}
"""What declares a kind of step, each part by its name."""

PROGRAM = """\
from typing import Literal
from ceremony.script.declaration import STEPS, Demands, StepBase
from ceremony.script.trace.grammar import NOTHING
class Whistle(StepBase):
    {parts}
assert STEPS["whistle"] is Whistle
{then}
print("started")
"""


def program(parts: dict[str, str], then: str = "", before: str = "") -> subprocess.CompletedProcess[str]:
    """A program of its own that declares a kind of step with these parts; nothing of it stays in this one."""
    text = f"{before}\n" + PROGRAM.format(parts="\n    ".join(parts.values()), then=then)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)


def test_a_kind_with_every_part_is_declared() -> None:
    done = program(WHOLE)
    assert (done.returncode, done.stdout) == (0, "started\n"), done.stderr


@pytest.mark.parametrize("part", WHOLE)
def test_a_kind_without_one_of_its_parts_keeps_the_program_from_starting(part: str) -> None:
    done = program({name: text for name, text in WHOLE.items() if name != part})
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("TypeError: Whistle is no kind of step: ")
    assert part in last


def test_a_trace_without_an_end_keeps_the_program_from_starting() -> None:
    endless = "from ceremony.script.trace.grammar import Repeat\n    trace = Repeat(NOTHING)"
    done = program(WHOLE | {"trace": endless})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "TypeError: a trace repeats what may leave no line: nothing"


def test_two_kinds_of_one_name_keep_the_program_from_starting() -> None:
    body = "\n    ".join(WHOLE.values())
    done = program(WHOLE, then=f"class Another(StepBase):\n    {body}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("TypeError: Another is no kind of step: ")


def test_a_kind_that_no_script_can_hold_keeps_the_program_from_starting() -> None:
    done = program(WHOLE, then="import ceremony.script.models")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("TypeError: a union of kinds of step and what they declare do not")
    assert "Whistle" in done.stderr.splitlines()[-1]


def test_a_kind_without_a_handler_keeps_the_engine_from_starting() -> None:
    done = program(WHOLE, before="import ceremony.script.models", then="import ceremony.engine.steps")
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last == "TypeError: each kind of step that is declared needs a handler of its own"


def test_a_kind_that_signs_without_a_way_to_say_what_keeps_the_plan_from_starting() -> None:
    signing = WHOLE | {"demands": "demands = Demands(signs=True)"}
    done = program(signing, before="import ceremony.script.models", then="import ceremony.script.demands")
    assert (done.returncode, done.stdout) == (1, "")
    assert "needs one way to say what it demands" in done.stderr.splitlines()[-1]


def test_a_kind_made_from_another_kind_keeps_the_program_from_starting() -> None:
    made = "class Louder(Whistle):\n    kind: Literal['louder']"
    done = program(WHOLE, then=made)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("TypeError: Louder is made from another kind of step")


SIGNED = "signature-intended@engine signed@engine"
WORDS = {
    "roll-call": "person-present@person",
    "attest": "statement-confirmed@actor",
    "record": "evidence-recorded@actor",
    "compare-clock": "clock-compared@actor",
    "open-token": "token-opened@actor",
    "renew-pins": "new PINs split, proved, and changed",
    "review-inventory": "inventory-reviewed@engine statement-confirmed@actor",
    "export": "export-intended@actor exported@actor",
    "close": "the sealer's own token opened, and their consent",
    "incident": "incident-recorded@actor",
    "generate-key": "key-intended@engine key-made@engine",
    "self-sign": SIGNED,
    "issue": SIGNED,
    "cross-sign": SIGNED,
    "make-request": SIGNED,
    "sign-crl": SIGNED,
    "sign-ocsp": SIGNED,
    "park-key": "statement-confirmed@actor key-parked@actor",
    "backup-key": "each backed up",
    "restore-test": "restore-test-intended@engine restore-tested@engine",
    "destroy-key": "destruction-intended@engine key-destroyed@engine",
    "receive-items": "statement-confirmed@witness item-received@actor",
    "check-bag": "statement-confirmed@witness bag-checked@actor",
    "open-bag": "contents-found@actor",
    "seal-bag": "statement-confirmed@witness bag-sealed@actor",
    "hand-over": "statement-confirmed@witness items-handed-over@actor",
    "destroy-item": "statement-confirmed@witness item-destroyed@actor",
}
"""What is told of the trace of each kind, among the rest: its outcome, and what stands right before it."""


def test_every_kind_has_a_sample_here() -> None:
    assert models.__name__  # the kinds are declared
    assert set(WORDS) == set(STEPS)


@pytest.mark.parametrize("kind", STEPS)
def test_the_trace_of_every_kind_is_told_in_words(kind: str) -> None:
    assert WORDS[kind] in in_words(STEPS[kind].trace)
