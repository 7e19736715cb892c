"""INCIDENT: since when the CA knew, and by when it had to act, is what the script's hours make of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ceremony.room.clock import iso
from ceremony.script import models
from ceremony.transcript import kinds
from ceremony.transcript.chain import Entry
from ceremony.verify.evidence import Evidence, line_of, moment
from ceremony.verify.key_approvals import attempt_before, where_any
from ceremony.verify.rule import Fault, Rule


def _deadline(evidence: Evidence) -> Iterator[Fault]:
    steps = {planned.step.id: planned.step for planned in evidence.plan.steps}
    for entry, data in evidence.of(kinds.IncidentRecorded):
        step, where = steps.get(entry.event.step), line_of(entry)
        if isinstance(step, models.Incident) and data.hours != step.hours:
            yield Fault(f"The script gives {step.hours} hours, and the record {data.hours}.", where)
        aware, at = moment(data.aware_at), moment(entry.event.at)
        if aware > at:
            yield Fault("The CA is said to have known of the incident before it was recorded to happen.", where)
        if iso(aware + timedelta(hours=data.hours)) != data.deadline:
            yield Fault(f"The deadline is not {data.hours} hours after the CA knew.", where)
        if not data.what.strip():
            yield Fault("The record does not say what happened.", where)
        yield from _late(evidence, entry, data, where)


def _late(evidence: Evidence, entry: Entry, data: kinds.IncidentRecorded, where: str) -> Iterator[Fault]:
    """A deadline that had passed when people were told of it was stated to have passed, by the actor."""
    before = attempt_before(evidence, entry)
    told = [other for other in before if isinstance(other.data, kinds.Instructed)]
    stated = {
        other.event.actor for other in before if isinstance(other.data, kinds.Confirmed) and other.data.word == "LATE"
    }
    if told and moment(told[-1].event.at) > moment(data.deadline) and entry.event.actor not in stated:
        yield Fault("The deadline had passed, and nobody said so.", where)


RULES = (
    Rule(
        "INCIDENT-TIME",
        where_any(
            kinds.IncidentRecorded,
            "The deadline of each incident follows from when the CA knew of it, as recorded.",
            "No incident is on record here.",
        ),
        _deadline,
    ),
)
