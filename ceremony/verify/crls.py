"""CRL: what only lists have: they begin with the agreed clock, and the calendar is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.transcript import kinds
from ceremony.verify.evidence import Evidence, line_of, moment
from ceremony.verify.objects import each_object
from ceremony.verify.replay import Replayed
from ceremony.verify.rule import Fault, Rule

SOON = timedelta(seconds=60)
"""How long after thisUpdate, or producedAt, the bytes may have been built."""


def _time(evidence: Evidence, made: Replayed) -> Iterator[Fault]:
    del evidence
    entry, built = made.signing.last(kinds.ObjectBuilt)
    if not isinstance(built, kinds.CrlBuilt | kinds.ResponseBuilt):
        return
    built_at = moment(entry.event.at)
    for what in ("this_update", "produced_at"):
        said = getattr(built, what, None)
        if said is not None and not built_at - SOON <= moment(said) <= built_at:
            yield Fault(f"{made.item.name}: its {what} is {said}; it was built {entry.event.at}.", line_of(entry))


RULES = (Rule("CRL-TIME", "Each CRL and OCSP response begins with the agreed clock.", each_object(_time)),)
