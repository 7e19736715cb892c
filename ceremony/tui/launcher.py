"""What the app needs from the command line: the scripts there are, a plan of one, and its performance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from ceremony.engine.officiant import Officiant
from ceremony.errors import Finding

Mode = Literal["practice", "production"]


@dataclass(frozen=True, slots=True)
class ScriptChoice:
    """One script that can be opened; `words` are the PGP words of the first octets of its SHA-256.

    `problem` says in one sentence why the script cannot be read, where that is so.
    """

    path: str
    title: str
    ca: str
    sha256: str
    words: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A compiled plan in plain words. `ok` is False where it cannot be started; the findings say why."""

    title: str
    ok: bool
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    key_generations: int
    signatures: int
    mode: str
    policy_sha256: str
    script_sha256: str
    plan_sha256: str


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """What is said of the ceremonies before this one, for people to compare; `warnings` is what did not go well."""

    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Launcher(Protocol):
    """Everything that is done outside the app. All four calls come from one dedicated worker thread."""

    mode: Mode

    def scripts(self) -> list[ScriptChoice]:
        """The scripts to choose from."""

    def plan(self, path: str) -> PlanView:
        """Compile the script without a token. Raises CeremonyError where it cannot be read."""

    def prove(self, path: str) -> ArchiveView:
        """Prove the ceremonies before the one that was planned. Raises CeremonyError where they are not proved."""

    def perform(self, path: str, officiant: Officiant) -> None:
        """Run the whole ceremony; blocks until it has ended."""
