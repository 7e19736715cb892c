"""`ceremony policy explain`: one rule whole, or one kind of step with the lines that it leaves."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from typing import get_args

from ceremony.policy.rules.packs import rule
from ceremony.policy.rules.rule import Rule
from ceremony.room.speaking import say
from ceremony.script.declaration import StepBase
from ceremony.script.trace.grammar import in_words

READ = {
    "primary": "read in the original",
    "secondary": "read in a copy or quoted by others; the original was not seen",
    "memory": "from memory; confirm it in the original",
}


def explain(options: argparse.Namespace) -> int:
    """Print the rule with this id, or the kind of step. Raises CeremonyError RULE-UNKNOWN where there is neither."""
    from ceremony.script.models import STEPS  # late: a rule needs no steps

    lines = step_lines(STEPS[options.rule]) if options.rule in STEPS else rule_lines(rule(options.rule))
    say(*lines)
    return 0


def step_lines(kind: type[StepBase]) -> list[str]:
    """What a kind of step does, what it demands, and its trace."""
    return [line for name, text in _declared(kind) for line in _field(name, text)]


def _declared(kind: type[StepBase]) -> Iterator[tuple[str, str]]:
    demands = kind.demands
    yield "Step", get_args(kind.model_fields["kind"].annotation)[0]
    yield "Does", " ".join((kind.__doc__ or "").split())
    yield "Token", {"none": "not needed", "opens": "opened for the steps after it", "needs": "open"}[demands.session]
    approves = {"never": "nothing", "always": "each use of a key", "left-over": "only what an interruption left"}
    yield "Approved", approves[demands.approves]
    yield "Signs", "objects of the plan" if demands.signs else "nothing"
    yield "Leaves", f"step-begun@actor {in_words(kind.trace)} step-done@actor"
    yield (
        "",
        (
            "@ says who: the engine, who acts, the witness, the person whom the line names. ( )? may be absent, ( )* "
            "comes any number of times, [ : ] is there exactly where that is so, once: not again in a later attempt."
        ),
    )


def rule_lines(item: Rule) -> list[str]:
    """What it asks, where that stands, since when, how grave it is, and what to write."""
    return [line for name, text in _fields(item) for line in _field(name, text)]


def _fields(item: Rule) -> Iterator[tuple[str, str]]:
    source = item.source
    yield "Rule", item.id
    yield "Asks", item.text
    yield "Source", f"{source.title}, version {source.version} of {source.date.isoformat()}, section {item.section}"
    yield "Wording", READ.get(source.read, source.read)
    yield "Pack", item.pack
    yield "Severity", item.severity.value
    yield "In force", _dates(item)
    if item.part:
        yield "About", f"{item.part}, in a certificate profile"
    yield "Instead", item.advice


def _dates(item: Rule) -> str:
    since = f"from {item.effective.isoformat()}" if item.effective else "since its source"
    return f"{since}, until {item.until.isoformat()}" if item.until else since


def _field(name: str, text: str) -> list[str]:
    return textwrap.wrap(text, 88, initial_indent=f"{name:<10}", subsequent_indent=" " * 10)
