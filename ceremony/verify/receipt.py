"""A receipt that somebody took home, held against the record: it finds one that was cut short or replaced."""

from __future__ import annotations

from pathlib import Path

from ceremony.canonical import sha256_hex
from ceremony.custody.receipt_check import RecordFacts, compare, lines_after
from ceremony.custody.receipts import Receipt
from ceremony.transcript import kinds
from ceremony.verify.archive import folders_of
from ceremony.verify.evidence import CannotJudge, Evidence
from ceremony.verify.verdict import Check

RULE = "RECEIPT-HELD"


def check_receipt(path: Path, receipt: Receipt) -> Check:
    """What the archive, or the one ceremony, at this path says of the receipt.

    Raises CeremonyError (exit code 2) where there is nothing to verify or something cannot be read.
    """
    who = f"The receipt of {receipt.name} ({receipt.person}) for {receipt.ceremony_id}"
    found = []
    for folder in folders_of(path):
        evidence = Evidence(folder)
        try:
            opened = evidence.opened
        except CannotJudge:
            continue
        if opened.ceremony_id == receipt.ceremony_id:
            found.append(evidence)
    if not found:
        return Check(RULE, "failed", f"{who} is about a ceremony that is not here: it was replaced or taken away.")
    if len(found) > 1:
        names = ", ".join(evidence.folder.name for evidence in found)
        return Check(RULE, "failed", f"{who} is about a ceremony that stands here more than once: {names}.")
    return _held(found[0], receipt, who)


def _held(evidence: Evidence, receipt: Receipt, who: str) -> Check:
    name = evidence.folder.name
    facts = facts_of(evidence)
    different = compare(receipt, facts)
    if different:
        return Check(RULE, "failed", f"{who} does not fit the record. {' '.join(different)}", name)
    if not evidence.record_holds:
        return Check(RULE, "failed", f"{who} cannot be held against the record: its lines do not fit each other.", name)
    after = lines_after(receipt, facts)
    return Check(RULE, "proved", f"{who} fits the record; {after} lines were written after it.", name)


def facts_of(evidence: Evidence) -> RecordFacts:
    """What a receipt can be compared with."""
    entries, state, opened = evidence.chain.entries, evidence.state, evidence.opened
    return RecordFacts(
        ceremony_id=opened.ceremony_id,
        title=opened.title,
        mode=opened.mode,
        days=(entries[0].event.at[:10], entries[-1].event.at[:10]),
        heads=tuple(entry.event.head() for entry in entries),
        keys={key.key: sha256_hex(key.spki) for key in state.keys.values()},
        steps=len(state.steps_done),
        exceptions=state.deviations,
        people={data.person: data.name for _, data in evidence.of(kinds.PersonPresent)},
    )
