"""A record that was broken off: how it ended, and where its torn lines are kept. What stood half done is its state."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.transcript.chain import Entry

TORN_FOLDER = "interruptions"
"""Where the torn last lines of a record are kept, below the ceremony's folder."""


def torn_path(number: int) -> str:
    """Where the torn line of this interruption, counted from 1, is kept."""
    return f"{TORN_FOLDER}/torn-line-{number}.bin"


def how_it_ended(entries: Sequence[Entry]) -> str:
    """In one sentence."""
    last = entries[-1].event
    step = f" in step {last.step}, attempt {last.attempt}" if last.step else ""
    return f"The record ended at line {last.seq} ({last.kind}){step}, at {last.at}."
