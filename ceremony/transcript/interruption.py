"""A record that was broken off: how it ended, and where its torn lines are kept. What stood half done is its state."""

from __future__ import annotations

from collections.abc import Sequence

from ceremony.transcript.chain import Entry
from ceremony.transcript.kinds import CeremonyOpened, CeremonyResumed

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


def changed_since(entries: Sequence[Entry], resumed: CeremonyResumed) -> tuple[tuple[str, str], ...]:
    """What a ceremony is gone on with that is another than before the interruption: what, and in words how. `entries`
    are the lines before; at least the first is there."""
    before = next(entry.data for entry in reversed(entries) if isinstance(entry.data, CeremonyOpened | CeremonyResumed))
    was = {item.name: item.value for item in before.machine}
    found = [
        ("Other machine", f"{item.name}: {item.value}, before {was.get(item.name, 'not told')}")
        for item in resumed.machine
        if item.value != was.get(item.name)
    ]
    if (before.program, before.program_sha256) != (resumed.program, resumed.program_sha256):
        found.append(("Other program", f"{resumed.program}, SHA-256 {resumed.program_sha256}"))
    libraries = {item.name for item in {*before.libraries} ^ {*resumed.libraries}}
    if libraries:
        found.append(("Other libraries", ", ".join(sorted(libraries))))
    if before.overrides != resumed.overrides:
        names = ", ".join(resumed.overrides) or "none"
        found.append(("Other environment", f"variables that could redirect the token module: {names}"))
    return (*found, *(("Other module", f"token {item.name} is reached by {item.value}") for item in resumed.modules))
