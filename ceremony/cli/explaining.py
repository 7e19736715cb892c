"""`ceremony policy explain`: one rule whole."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

from ceremony.policy.rules.packs import rule
from ceremony.policy.rules.rule import Rule

READ = {
    "primary": "read in the original",
    "secondary": "read in a copy or quoted by others; the original was not seen",
    "memory": "from memory; confirm it in the original",
}


def explain(options: argparse.Namespace) -> int:
    """Print the rule with this id. Raises CeremonyError RULE-UNKNOWN where there is none."""
    for line in rule_lines(rule(options.rule)):
        print(line)
    return 0


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
