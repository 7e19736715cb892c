"""REQUEST-READ: what people were shown of each certification request is what its kept file says."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.script.objects.certificate import CertificateObject
from ceremony.transcript import kinds
from ceremony.transcript.kinds import RequestRead
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.rule import Fault, Rule


def _faults(evidence: Evidence) -> Iterator[Fault]:
    yield from _shown(evidence)
    yield from each_object(_certified)(evidence)


def _shown(evidence: Evidence) -> Iterator[Fault]:
    """Each request that was read, also where nothing was signed then: it is the plan's, and says what was recorded."""
    for entry, read in evidence.of(RequestRead):
        planned = (
            item
            for item in evidence.plan.objects.get(entry.event.step, ())
            if isinstance(item, CertificateObject) and item.name == read.name
        )
        item = next(planned, None)
        wanted = item.request_read() if item is not None else None
        if wanted is None:
            yield Fault(f"The record tells of a request for {read.name}; the plan has none.", line_of(entry))
        elif (fields := _differences(wanted, read)) - {"asked"}:
            # What is given hangs on keys that only the room had: it is compared where the certificate was signed.
            said = ", ".join(sorted(fields - {"asked"}))
            yield Fault(f"{read.name}: record and kept request differ in {said}.", line_of(entry))


def _certified(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    """Each certificate from a request: what was asked was read, whole, and shown before the review."""
    del evidence
    item = made.item
    wanted = item.request_read() if isinstance(item, CertificateObject) else None
    if wanted is None:
        return
    entry, read = made.signing.last(RequestRead)
    if "asked" in _differences(wanted, read):
        yield Fault(f"{item.name}: the record says otherwise what its request asks for.", line_of(entry))
    reviewed, _ = made.signing.last(kinds.Reviewed)
    if entry.event.seq > reviewed.event.seq:
        yield Fault(f"{item.name}: its request was read only after the review.", line_of(entry))


def _differences(wanted: RequestRead, read: RequestRead) -> set[str]:
    return {name for name in type(wanted).model_fields if getattr(wanted, name) != getattr(read, name)}


RULES = (
    Rule(
        "REQUEST-READ",
        "Each certification request was shown before the review as its kept file says, with what the policy gives.",
        _faults,
    ),
)
