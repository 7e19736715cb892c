"""What can go wrong, said for people: one error type, one finding type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

HEADLINE_LIMIT = 60
"""A headline fits one line of an 80-column console with its frame."""


class Severity(StrEnum):
    """How grave a finding is. Compare by membership, never by order."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"

    @property
    def blocks(self) -> bool:
        """True where a plan with such a finding cannot be run."""
        return self in {Severity.ERROR, Severity.FATAL}


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file; line and column count from 1, None where the whole file is meant."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    `rule` is the id that stands in policy, code, test, screen and record (`BR-C3`, `KEY-ATTR-LOCAL`, `pkix...`);
    `subject` names what was looked at (a certificate or a step); `where` points into the YAML when it can.
    """

    rule: str
    severity: Severity
    message: str
    subject: str = ""
    where: Where | None = None
    source: str = "ceremony"

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        about = f"{self.subject}: " if self.subject else ""
        return f"{place}{self.severity.value.upper()} {self.rule}: {about}{self.message}"


class CeremonyError(Exception):
    """Something that a person must know: what is wrong, where, what was not done, what to do next.

    `code` is a check's id, or the fault's own; there is always one. `headline` is at most 60 characters.
    """

    tells_code = True
    """Whether people are told the code: not where each finding has its own, nor where they ended it themselves."""

    def __init__(
        self,
        headline: str,
        *,
        detail: str = "",
        where: Where | str | None = None,
        not_done: str = "",
        next_step: str = "",
        code: str,
        findings: Iterable[Finding] = (),
    ) -> None:
        if len(headline) > HEADLINE_LIMIT:
            detail = f"{headline} {detail}".strip()
            headline = headline[: HEADLINE_LIMIT - 3].rstrip() + "..."
        super().__init__(headline)
        self.headline = headline
        self.detail = detail
        self.where = str(where) if where is not None else ""
        self.not_done = not_done
        self.next_step = next_step
        self.code = code
        self.findings = tuple(findings)

    def paragraphs(self) -> list[str]:
        """The whole message as sentences, ready to be read aloud."""
        lines = [f"{self.where}: {self.headline}" if self.where else self.headline]
        if self.tells_code:
            lines[0] += f" [{self.code}]"
        if self.detail:
            lines.append(self.detail)
        lines.extend(str(finding) for finding in self.findings)
        if self.not_done:
            lines.append(f"Not done: {self.not_done}")
        if self.next_step:
            lines.append(f"What to do: {self.next_step}")
        return lines

    def __str__(self) -> str:
        return "\n".join(self.paragraphs())


class InputError(CeremonyError):
    """A file that a person wrote (policy, script, people, answers) is refused; every complaint is in `findings`."""

    tells_code = False


class Interrupted(CeremonyError):
    """People decided to end the ceremony: with F10, /abort, Ctrl-C, or at a question. It is over."""

    tells_code = False

    def __init__(self, cause: str, *, next_step: str = "") -> None:
        super().__init__(
            "The ceremony was interrupted.", detail=f"Cause: {cause}.", next_step=next_step, code="INTERRUPTED"
        )
        self.cause = cause


class BrokenOff(Interrupted):
    """Nobody decided to end the ceremony: a signal, a terminal that went away, a screen that failed. It can go on."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            cause,
            next_step="Start the same command again: it goes on where it stopped. A rehearsal does so where its tokens "
            "were kept (--tokens).",
        )
