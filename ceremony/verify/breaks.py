"""BREAK: in a break everybody is out, the token is logged out, and nothing goes on until heads were counted."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.state import CeremonyState, walk
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule

DURING = (
    kinds.PersonLeft,
    kinds.PersonReturned,
    kinds.BreakEnded,
    kinds.Note,
    kinds.Deviation,
    kinds.Dissent,
    kinds.RemarkRefused,
    kinds.InterruptionRecorded,
    kinds.CeremonyAborted,
    kinds.CeremonyResumed,
)
"""What may stand in the record between the beginning and the end of a break."""


def _breaks(evidence: Evidence) -> Iterator[Fault]:
    under_way = emptied = False
    for entry, state in walk(evidence.chain.entries):
        data, where = entry.data, line_of(entry)
        if isinstance(data, kinds.BreakBegun):
            yield from _began(entry, data, set(state.open_tokens), under_way=under_way, again=state.on_break)
            emptied = False
        elif state.on_break:
            emptied = emptied or not state.present
            if not isinstance(data, DURING):
                yield Fault(f"{entry.event.kind} in a break, in which nothing goes on.", where)
            if isinstance(data, kinds.PersonReturned) and not emptied:
                yield Fault(f"{data.person} comes back before everybody was out.", where)
            if isinstance(data, kinds.BreakEnded):
                yield from _ended(entry, data, state, emptied=emptied)
        elif isinstance(data, kinds.BreakEnded):
            yield Fault("A break ends that had not begun.", where)
        match data:
            case kinds.StepBegun():
                under_way = True
            case kinds.StepDone() | kinds.StepFailed() | kinds.CeremonyResumed():
                under_way = False
            case _:
                pass
    if state.on_break and state.state != "aborted":
        yield Fault("The record ends in a break.", line_of(evidence.chain.entries[-1]))


def _began(entry: Entry, data: kinds.BreakBegun, opened: set[str], *, under_way: bool, again: bool) -> Iterator[Fault]:
    where = line_of(entry)
    if under_way:
        yield Fault("A break begins in the middle of a step.", where)
    if again:
        yield Fault("A break begins in a break.", where)
    if opened:
        yield Fault(f"Token {', '.join(sorted(opened))} was open when a break began.", where)
    if not data.reason.strip() or not data.sealed.strip():
        yield Fault("The record does not say why there was a break, or what was sealed where.", where)


def _ended(entry: Entry, data: kinds.BreakEnded, state: CeremonyState, *, emptied: bool) -> Iterator[Fault]:
    where = line_of(entry)
    if not emptied:
        yield Fault("A break ends in which not everybody went out.", where)
    if data.heads != len(state.present) or data.heads < 1:
        yield Fault(f"{data.heads} heads were counted after the break; {len(state.present)} had come back.", where)
    if not data.bags.strip():
        yield Fault("The record does not say how the bags were found after the break.", where)


def _how_many(evidence: Evidence) -> str:
    count = sum(1 for _ in evidence.of(kinds.BreakBegun))
    if not count:
        return "There was no break."
    return (
        f"Breaks: {count}. In each the token was logged out, everybody went out, and nothing went on until heads were "
        "counted."
    )


RULES = (Rule("BREAK", _how_many, _breaks),)
