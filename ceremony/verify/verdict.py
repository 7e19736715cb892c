"""What the verifier says: one check a rule, and the verdict over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ceremony.pki.notation import visible

if TYPE_CHECKING:
    from ceremony.verify.facts import Facts

Status = Literal["proved", "failed", "unproved"]

STOPPED = "VERIFY-STOPPED"
"""The check that says that most rules were not judged, because what comes before them does not hold."""

Outcome = Literal["proved", "ended early", "not proved"]
"""Of a ceremony: it closed and everything holds; it ended before its close and everything holds; anything else."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one rule. `id` is the rule's id (`CHAIN-LINK`), `where` the file and line where one is known.

    `unproved` is what no archive can prove, or what was not judged because the record itself does not hold; it says
    so and does not count against the ceremony.
    """

    id: str
    status: Status
    sentence: str
    where: str = ""

    def __str__(self) -> str:
        # A doctored archive may hold anything; nothing of it may reach a terminal as a control character.
        place = f"{self.where}: " if self.where and not self.sentence.startswith(f"{self.where} ") else ""
        return visible(f"{place}{self.sentence} [{self.id}]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that was found about one ceremony. `head` is the SHA-256 of the record's last line."""

    path: str
    ceremony_id: str
    mode: str
    checks: tuple[Check, ...]
    head: str
    aside: bool = False
    """A rehearsal in an archive of which only production is judged: told, and not counted."""
    ended_early: bool = False
    """True where the last line is that of an early end."""
    facts: Facts | None = None
    """What an auditor asks of it; None where the lines of the record do not hold."""

    @property
    def outcome(self) -> Outcome:
        """One of three. A ceremony that was broken off has not ended, and is not proved."""
        if self.failed or not any(check.status == "proved" for check in self.checks):
            return "not proved"
        return "ended early" if self.ended_early else "proved"

    @property
    def proved(self) -> bool:
        """True where it closed, nothing failed and something was proved."""
        return self.outcome == "proved"

    @property
    def holds(self) -> bool:
        """True where everything that the record says holds, however the ceremony ended."""
        return self.outcome != "not proved"

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return self._of("failed")

    @property
    def stopped(self) -> bool:
        """True where most rules were not judged."""
        return any(check.id == STOPPED for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0 proved or ended early, 1 not proved. (2, could not check, is a CeremonyError and no verdict.)"""
        return 0 if self.holds else 1

    def lines(self) -> list[str]:
        """Rule by rule: what failed first, then what was proved, then what cannot be."""
        name = visible(self.ceremony_id) or "without a readable first line"
        mode = f"{self.mode.upper()} " if self.mode else ""
        lines = [f"{self.outcome.upper()}: {mode}ceremony {name}, {visible(self.path)}"]
        if self.mode == "practice":
            lines.append("This is PRACTICE. Nothing in it is a production key, certificate or signature.")
        if self.aside:
            lines.append("It is counted aside: only the production ceremonies of the archive are judged.")
        lines.append(f"Head of the record: {self.head}")
        for status, title in (
            ("failed", "What is wrong:"),
            ("proved", "What was proved:"),
            ("unproved", "What this does not prove:"),
        ):
            checks = self._of(status)
            if checks:
                lines += ["", title, *(f"  {MARKS[status]} {check}" for check in checks)]
        return lines

    def _of(self, status: str) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.status == status)


MARKS = {"failed": "!!", "proved": "ok", "unproved": " ?"}
