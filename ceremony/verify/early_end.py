"""ABORT: a ceremony that ended early says why, what it had made and where that is, and who seals that."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.errors import Interrupted
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.transcript.made import made_so_far
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule


def _made(evidence: Evidence) -> Iterator[Fault]:
    for entry, data in evidence.of(kinds.CeremonyAborted):
        decided, began = _beginning(evidence, entry)
        if decided is not None and data.reason != " ".join(Interrupted(decided.cause).paragraphs()):
            yield Fault("The ceremony ended early for another reason than people decided on.", line_of(entry))
        if decided is None and data.reason.startswith(Interrupted("").headline):
            yield Fault("The ceremony is said to have been interrupted, and nobody decided so.", line_of(entry))
        if not data.reason.strip():
            yield Fault("The record does not say why the ceremony ended early.", line_of(entry))
        label = evidence.plan.token_label
        was_open = label if label in evidence.lines.state_before(began).open_tokens else ""
        if data.token != was_open and (decided is not None or data.token):
            yield Fault("The token that was open when the end began is told otherwise than it was.", line_of(entry))
        before = evidence.lines.state_before(entry.event.seq)
        if data.made != made_so_far(before, label):
            yield Fault("What was made before the ceremony ended early is told otherwise than it was.", line_of(entry))
        said = (data.notes, data.deviations, data.present)
        if said != (before.notes, before.deviations, tuple(before.present)):
            yield Fault("The last line counts other remarks, or other people, than the record has.", line_of(entry))


def _beginning(evidence: Evidence, last: Entry) -> tuple[kinds.InterruptionRecorded | None, int]:
    """What people decided on, and the number of its line; or None, and that of the first line of the way out."""
    began = last.event.seq
    on_the_way_out = True
    for entry in reversed(evidence.chain.entries[: last.event.seq - 1]):
        match entry.data:
            case kinds.InterruptionRecorded(decided=True) as decided:
                return decided, entry.event.seq
            case kinds.StepBegun() | kinds.CeremonyResumed():
                break
            case kinds.TokenClosed() | kinds.TokenGone() if on_the_way_out:
                began = entry.event.seq
            case _:
                on_the_way_out = False
    return None, began


def _sealer(evidence: Evidence) -> Iterator[Fault]:
    """The last line is that of who seals, and says all of it; or it is the engine's, and says why nobody does."""
    for entry, last in evidence.of(kinds.CeremonyAborted):
        by = (last.sealed_by, last.seal_certificate_sha256, last.seal_token)
        if any(by) != all(by) or any(by) == bool(last.unsealed.strip()):
            yield Fault("The last line does not say who seals the record, or why nobody does.", line_of(entry))


def _said(evidence: Evidence, early: str) -> str:
    return early if evidence.ended_early else "It did not end early."


RULES = (
    Rule("ABORT-MADE", lambda e: _said(e, "It ended early, and says why, what it had made and where that is."), _made),
    Rule("ABORT-SEALER", lambda e: _said(e, "It ended early, and says who seals that, or why nobody does."), _sealer),
)
