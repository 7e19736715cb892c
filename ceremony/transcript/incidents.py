"""The incidents that a ceremony dealt with, and the lists that did."""

from __future__ import annotations

from ceremony.transcript import kinds
from ceremony.transcript.register_entries import IncidentEntry
from ceremony.transcript.state import CeremonyState


def incident_entries(state: CeremonyState, folder: str) -> tuple[IncidentEntry, ...]:
    """Each incident of a ceremony, with every later list of it that revokes, or revokes for another reason than before.

    It is dealt with when the last of them is signed.
    """
    return tuple(_entry(said, line.seq, state, folder) for line, said in state.incidents)


def _entry(said: kinds.IncidentRecorded, seq: int, state: CeremonyState, folder: str) -> IncidentEntry:
    lists = [
        item
        for item in state.signings
        if isinstance(item.built, kinds.CrlBuilt)
        and item.line.seq > seq
        and (item.built.added or item.built.added_in_bulk or item.built.replaced)
    ]
    return IncidentEntry(
        what=said.what,
        aware_at=said.aware_at,
        hours=said.hours,
        deadline=said.deadline,
        ceremony=folder,
        signed_at=lists[-1].line.at if lists else "",
        lists=tuple(item.name for item in lists),
    )
