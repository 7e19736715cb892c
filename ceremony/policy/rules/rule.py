"""A rule: an id that stands in policy, code, test, screen and record; where it comes from; since when; its check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Protocol

from ceremony.errors import Finding, Severity

Kind = Literal["certificate", "crl", "ocsp"]
"""What a rule is about. A rule is never asked about another kind of thing."""

Check = Callable[[Any], Iterator[str]]
"""Yields one sentence for each fault; nothing where the rule holds or does not apply.

It is given the subject of the rule's kind: `view.Subject`, `crl_view.CrlSubject` or `ocsp_view.OcspSubject`.
"""


class Judged(Protocol):
    """What every subject has, of whatever kind."""

    kind: ClassVar[Kind]

    @property
    def name(self) -> str:
        """By which findings call it."""
        ...

    @property
    def clock(self) -> datetime:
        """The agreed clock: the moment of signing."""
        ...


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
    kind: Kind = "certificate"

    def in_force(self, day: date) -> bool:
        """Whether the rule binds on this day."""
        return (self.effective is None or self.effective <= day) and (self.until is None or day < self.until)

    def judge(self, subject: Judged) -> tuple[Finding, ...]:
        """The findings of this rule; none for another kind of thing. A check that crashes is FATAL, never a pass."""
        if subject.kind != self.kind or not self.in_force(subject.clock.date()):
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
