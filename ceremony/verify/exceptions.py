"""DEVIATION and STEPS-REDO: what went otherwise and who concurred, what was redone."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import walk
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule


def _deviations(evidence: Evidence) -> Iterator[Fault]:
    """Who raises a deviation, concurs or dissents is in the room; whoever dissents says why."""
    for entry, state in walk(evidence.chain.entries):
        data, where = entry.data, line_of(entry)
        if isinstance(data, kinds.Deviation):
            people, here = [item.person for item in data.concurrences], list(state.present)
            if data.raised_by and data.raised_by not in state.present:
                yield Fault(f"{data.raised_by} raises a deviation, and was not in the room.", where)
            for item in data.concurrences:
                if item.concurs == bool(item.words.strip()):
                    yield Fault(f"{item.person} neither concurs nor says why not.", where)
            if people and people != here:
                said = f"{', '.join(people)} have a say in a deviation; in the room were {', '.join(here) or 'nobody'}"
                yield Fault(f"{said}, in this order.", where)
            if not (data.expected.strip() and data.happened.strip() and data.decided.strip()):
                yield Fault("A deviation does not say what was expected, what happened or what was decided.", where)


def _dissents(evidence: Evidence) -> Iterator[Fault]:
    """Who dissents where not everybody was asked does so right after the deviation, once, and says why."""
    last: Entry | None = None
    asked: set[str] = set()
    for entry, state in walk(evidence.chain.entries):
        data, where = entry.data, line_of(entry)
        if not isinstance(data, kinds.Dissent):
            last, asked = entry, set()
            continue
        if last is None or not isinstance(last.data, kinds.Deviation) or data.deviation != last.event.seq:
            yield Fault(f"{data.person} dissents from something else than the deviation right before.", where)
        elif last.data.concurrences:
            yield Fault(f"{data.person} dissents from a deviation in which everybody had a say.", where)
        if data.person not in state.present or data.person in asked or not data.words.strip():
            yield Fault(f"{data.person} dissents, and was not in the room, did so before, or says not why.", where)
        asked.add(data.person)


def _said(evidence: Evidence) -> Iterator[Fault]:
    yield from _deviations(evidence)
    yield from _dissents(evidence)


def _redone(evidence: Evidence) -> Iterator[Fault]:
    """An attempt after the first names the line on which the one before it failed."""
    failed: dict[str, int] = {}
    for entry in evidence.chain.entries:
        data = entry.data
        if isinstance(data, kinds.StepFailed):
            failed[entry.event.step] = entry.event.seq
        elif isinstance(data, kinds.CeremonyResumed):
            failed.clear()  # the attempt after it comes after the interruption, which is told by itself
        elif isinstance(data, kinds.StepBegun) and data.redoes != failed.get(entry.event.step, 0):
            yield Fault(
                f"Attempt {entry.event.attempt} at step {data.number} does not name the line on which the one before "
                "it failed.",
                line_of(entry),
            )


def _how_many(evidence: Evidence) -> str:
    said = [data for _, data in evidence.of(kinds.Deviation)]
    against = sum(not item.concurs for data in said for item in data.concurrences)
    return f"Deviations: {len(said)}; says against them: {against}. Each say is of somebody who was in the room."


RULES = (
    Rule("DEVIATION", _how_many, _said),
    Rule("STEPS-REDO", "Each further attempt at a step names the one that failed before it.", _redone),
)
