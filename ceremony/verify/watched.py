"""The invariants that hold of every line, asked of a whole record once; each is a rule of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ceremony.script.invariants.watch import Watch
from ceremony.transcript.ledger import Ledger
from ceremony.transcript.state import CeremonyState
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import MOST_FAULTS, Fault


def watched(evidence: Evidence) -> dict[str, list[Fault]]:
    """What is wrong, by invariant and in the order of the lines. Raises CannotJudge where there is no plan."""
    plan = evidence.plan
    watch = Watch(plan, CeremonyState(ledger=Ledger.of(plan.past.register, evidence.folder.name)))
    found: dict[str, list[Fault]] = {}
    for entry in evidence.chain.entries:
        for complaint in watch.take(entry):
            faults = found.setdefault(complaint.invariant, [])
            if len(faults) <= MOST_FAULTS:
                faults.append(Fault(complaint.sentence, line_of(entry)))
    return found


def held(invariant: str) -> Callable[[Evidence], Iterator[Fault]]:
    """The faults of one of them, for its rule."""

    def faults(evidence: Evidence) -> Iterator[Fault]:
        yield from evidence.once(watched).get(invariant, ())

    return faults
