"""One invariant, and what stands around the line of which it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState

if TYPE_CHECKING:
    from ceremony.script.plan import Plan, PlannedStep


@dataclass(frozen=True, slots=True)
class Here:
    """The next line, and what is known before it."""

    plan: Plan
    before: CeremonyState
    """After every line before this one."""
    previous: Entry | None
    """The line before; None before the first."""
    entry: Entry

    @property
    def planned(self) -> PlannedStep | None:
        """The step to which the line belongs; between two steps the one that comes next. None for one of no plan."""
        step, steps = self.entry.event.step, self.plan.steps
        if step:
            return next((item for item in steps if item.step.id == step), None)
        done = set(self.before.steps_done)
        return next((item for item in steps if item.step.id not in done), steps[-1] if steps else None)


@dataclass(frozen=True, slots=True)
class Invariant:
    """`wrong` yields a whole sentence for each way in which the line does not hold; nothing where it does. It may raise
    LookupError or ValueError for a line that names what there is not, or says what cannot be read."""

    id: str
    wrong: Callable[[Here], Iterator[str]]
