"""Keys in the register, in words and for programs: their state, their attributes and how those changed, every copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import assert_never

from ceremony.room.clock import parse_iso
from ceremony.script.due_dates import YEARS_TO_APPLY, root_keys, years_after
from ceremony.script.spans import ago, count
from ceremony.transcript.register import Register
from ceremony.transcript.register_entries import Attributes, KeyEntry, LostCopyEntry, ReadingEntry

Text = tuple[str, str]
"""A paragraph, and the indent of its first line."""


def key_texts(register: Register, now: datetime) -> Iterator[Text]:
    """Every key of the register at this moment. Raises ValueError where the register holds a moment that is none."""
    ageing = {key.name for key in root_keys(register)}
    for key in register.keys:
        yield f"{key.name}: {key.algorithm}, {_state(register, key)}", "  "
        made = parse_iso(key.made_at)
        yield f"Token {key.token_label}, serial {key.token_serial}, key identifier {key.key_id}", "    "
        yield f"SPKI SHA-256 {key.spki_sha256}", "    "
        too_old = key.name in ageing and years_after(made, YEARS_TO_APPLY) < now
        old = ", too old for an application to a root programme (MZ-4, CH-2)" if too_old else ""
        yield f"Made {ago(key.made_at, now)} in {key.ceremony}{old}", "    "
        yield from ((text, "    ") for text in _attributes(key, now))
        for backup in key.backups:
            tested = f"tested {ago(backup.tested_at, now)}" if backup.tested_at else "never tested"
            yield (
                f"Backup: token {backup.label}, serial {backup.serial}, made {ago(backup.made_at, now)} in "
                f"{backup.ceremony}; {tested}",
                "    ",
            )
        if not key.backups and key.state != "destroyed":
            yield f"Backup: none {'now' if key.locked else 'in the record'}", "    "
        yield f"Copies that remain: {_remaining(key)}", "    "
        for item in key.lost:
            yield f"Gone: token {item.label}, serial {item.serial}: {_how(item)}, {ago(item.at, now)}", "    "


def copies_as_json(key: KeyEntry) -> dict[str, object]:
    """Where a key is and where it was, and what may be done with it now: for programs."""
    return {
        "key": key.name,
        "state": key.state,
        "attributes": dict(key.attributes),
        "remaining": [{"label": label, "serial": serial} for label, serial in key.copies],
        "gone": [item.model_dump(mode="json") for item in key.lost],
        "remaining_count": len(key.copies),
        "gone_count": len(key.lost),
    }


def _state(register: Register, key: KeyEntry) -> str:
    match key.state:
        case "destroyed":
            left = f"; {_copies(len(key.copies))}" + (f": {key.reason}" if key.reason else "")
            return f"destroyed {key.destroyed_at} on token {key.token_label}{left}"
        case "parked":
            said = f"parked: {key.reason}"
        case "made":
            said = "made, and neither certified nor parked"
        case "certified":
            names = [item.name for item in register.certificates if item.key == key.name]
            other = "certified by another CA, or a request for it was signed"
            said = "certified as " + ", ".join(names) if names else other
        case _:
            assert_never(key.state)
    return said if key.copies else f"{said}; NO COPY REMAINS"


def _copies(number: int) -> str:
    if not number:
        return "no copy remains"
    return f"{count(number, 'copy', 'copies')} {'remains' if number == 1 else 'remain'} elsewhere"


def _remaining(key: KeyEntry) -> str:
    where = "; ".join(f"token {label}, serial {serial}" for label, serial in key.copies)
    return f"{len(key.copies)} ({where})" if where else "none"


def _how(item: LostCopyEntry) -> str:
    match item.how:
        case "key-destroyed":
            said = "the key was destroyed on it"
        case "token-destroyed":
            said = f"the token was destroyed ({item.words})"
        case "token-made-anew":
            said = "the token was made anew"
        case _:
            assert_never(item.how)
    return f"{said} in {item.ceremony}"


def _attributes(key: KeyEntry, now: datetime) -> Iterator[str]:
    """Those that hold now, and of each reading before only what was otherwise then."""
    if not key.readings:
        return
    last = key.readings[-1]
    yield f"Attributes, {_when(last)} {ago(last.at, now)}: {_listed(last.attributes)}"
    for before, after in zip(reversed(key.readings[:-1]), reversed(key.readings[1:]), strict=True):
        later = dict(after.attributes)
        changed = tuple((name, value) for name, value in before.attributes if later.get(name) != value)
        if changed:
            yield f"Until then, {_when(before)} {before.at}: {_listed(changed)}"


def _when(reading: ReadingEntry) -> str:
    match reading.when:
        case "made":
            return "as read when it was made"
        case "locked":
            return f"as read when its backup in {reading.ceremony} had locked it"
        case _:
            assert_never(reading.when)


def _listed(attributes: Attributes) -> str:
    return ", ".join(f"{name} {value}" for name, value in attributes)
