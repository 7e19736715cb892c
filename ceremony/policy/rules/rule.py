"""A rule: an id that stands in policy, code, test, screen and record; where it comes from; since when; its check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from ceremony.errors import Finding, Severity
from ceremony.policy.rules.view import Subject

Check = Callable[[Subject], Iterator[str]]
"""Yields one sentence for each fault; nothing where the rule holds or does not apply."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text that makes rules: its name, version and date, and whether it was read in the original."""

    title: str
    version: str
    date: date
    read: str = "primary"
    """`primary`, `secondary` or `memory`: how surely this rule is worded as its source words it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of one source."""

    id: str
    pack: str
    text: str
    """The requirement, in one sentence."""
    source: Source
    section: str
    severity: Severity
    advice: str
    """What to write in the profile instead."""
    check: Check
    effective: date | None = None
    """The first day on which it binds; None: since the source."""
    until: date | None = None
    """The first day on which it no longer binds."""
    part: str = ""
    """The profile key or extension type that it is about (`validity`, `key-usage`), for pointing into the YAML."""

    def in_force(self, day: date) -> bool:
        """Whether the rule binds on this day."""
        return (self.effective is None or self.effective <= day) and (self.until is None or day < self.until)

    def judge(self, subject: Subject) -> tuple[Finding, ...]:
        """The findings of this rule. A check that crashes is a FATAL finding, never a pass."""
        if not self.in_force(subject.clock.date()):
            return ()
        try:
            sentences = list(self.check(subject))
        except Exception as error:
            return (
                Finding(
                    "CHECK-CRASH",
                    Severity.FATAL,
                    f"rule {self.id} could not be checked ({type(error).__name__})",
                    subject.name,
                    source=self.pack,
                ),
            )
        return tuple(
            Finding(self.id, self.severity, f"{sentence} ({self.section})", subject.name, source=self.pack)
            for sentence in sentences
        )
