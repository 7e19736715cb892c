"""Whether an incident was dealt with in time (BR 4.9.1.2, 4.9.7): aware, deadline, signed, margin, MET or MISSED."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ceremony.room.clock import parse_iso
from ceremony.transcript.register_entries import IncidentEntry


@dataclass(frozen=True, slots=True)
class Deadline:
    """One incident against its deadline. `margin` is what was left when the last list was signed, below zero where it
    was too late; None where no list was signed."""

    incident: IncidentEntry
    margin: timedelta | None
    verdict: Literal["MET", "MISSED"]

    @property
    def sentence(self) -> str:
        """For people, in one line."""
        said = self.incident
        known = f"aware {said.aware_at}, deadline {said.deadline} ({said.hours} hours)"
        if self.margin is None:
            return f"{self.verdict}: {known}; no list of that ceremony revokes anything"
        how = f"{spelled(self.margin)} {'left' if self.verdict == 'MET' else 'too late'}"
        return f"{self.verdict}: {known}, signed {said.signed_at} ({', '.join(said.lists)}), {how}"

    def as_json(self) -> dict[str, object]:
        """For programs: plain texts and whole seconds; `signed` and `margin_seconds` are null where there is none."""
        said = self.incident
        return {
            "ceremony": said.ceremony,
            "what": said.what,
            "aware": said.aware_at,
            "hours": said.hours,
            "deadline": said.deadline,
            "signed": said.signed_at or None,
            "lists": list(said.lists),
            "margin_seconds": round(self.margin.total_seconds()) if self.margin is not None else None,
            "verdict": self.verdict,
        }


def deadline(incident: IncidentEntry) -> Deadline:
    """An incident against its deadline. Raises ValueError where it holds a moment that is none."""
    by = parse_iso(incident.deadline)
    if not incident.signed_at:
        return Deadline(incident, None, "MISSED")
    margin = by - parse_iso(incident.signed_at)
    return Deadline(incident, margin, "MET" if margin >= timedelta() else "MISSED")


def spelled(length: timedelta) -> str:
    """Hours and minutes, of a length before or after a moment: `3 h 05 min`. Seconds are cut off, not rounded."""
    hours, minutes = divmod(round(abs(length).total_seconds()) // 60, 60)
    return f"{hours} h {minutes:02d} min"
