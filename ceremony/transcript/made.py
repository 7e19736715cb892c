"""What a ceremony has made so far and where each thing is: what people must know when it ends before its close."""

from __future__ import annotations

from pathlib import PurePosixPath

from ceremony.transcript.kinds import Named
from ceremony.transcript.state import CeremonyState

SHOWN_OCTETS = 8
"""Octets of a key's identifier that are told; the record holds all of them."""


def made_so_far(state: CeremonyState, token_label: str) -> tuple[Named, ...]:
    """Tokens, keys with their copies, what was only begun, and signed objects with their files.

    `token_label` is that of the ceremony's token, in which every key is made.
    """
    found = [Named(name=f"token {label}", value="initialised here") for label in state.tokens_initialised]
    for key in state.keys.values():
        place = "destroyed" if key.key in state.destroyed else f"on token {token_label}"
        copies = "".join(f"; copy on token {item.label}" for item in state.backed_up.get(key.key, ()))
        parked = "; parked" if key.key in state.parked else ""
        short = key.key_id[: 2 * SHOWN_OCTETS]
        found.append(Named(name=f"key {key.key}", value=f"id {short}..., {place}{copies}{parked}"))
    for key_id, intent in state.intended_keys.items():
        if key_id not in {key.key_id for key in state.keys.values()}:
            short = key_id[: 2 * SHOWN_OCTETS]
            found.append(Named(name=f"key {intent.key}", value=f"id {short}..., begun; look for it on {token_label}"))
    found += [
        Named(name=f"backup of {begun.key}", value=f"begun; look for it on token {begun.label}")
        for begun in state.backups_begun.values()
    ]
    earlier = [name for name in (*state.backed_up, *state.destroyed) if name not in state.keys]
    for name in sorted(set(earlier)):
        copies = "".join(f"copy on token {item.label}; " for item in state.backed_up.get(name, ()))
        end = "destroyed here" if name in state.destroyed else "made in an earlier ceremony"
        found.append(Named(name=f"key {name}", value=f"{copies}{end}"))
    for item in state.signed.values():
        files = [path for path in state.files if PurePosixPath(path).name.partition(".")[0] == item.name]
        found.append(
            Named(name=f"{item.what} {item.name}", value=", ".join(files) or "signed, and not written to a file")
        )
    return tuple(found)
