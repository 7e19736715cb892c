"""ARCHIVE-ONCE: what each ceremony of an archive has for itself alone: its id, the keys it made, what it signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from ceremony.canonical import sha256_hex
from ceremony.transcript import kinds
from ceremony.transcript.chain import Chain

ONCE = "ARCHIVE-ONCE"

_ID = re.compile(r"(?P<folder>.*)-(?P<day>\d{8})-[0-9a-f]{8}", re.ASCII)
"""How an id is made (`engine/opening.py`): the folder's name, the day, and eight hex digits that were drawn."""


class Once:
    """The ceremonies so far, of both modes, stand-ins too: a copy under another number is no second ceremony."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._signed: dict[str, str] = {}

    def again(self, folder: str, chain: Chain) -> list[str]:
        """What the next ceremony has in common with one before it, and what its id should be, as sentences.

        `folder` is its name in the archive. Requests may come out alike: nothing in them is of their day, and an RSA
        key signs the same octets in the same way.
        """
        faults = list(self._of(folder, chain))
        for entry in chain.entries:
            match entry.data:
                case kinds.CeremonyOpened(ceremony_id=name):
                    self._ids.setdefault(name, folder)
                case kinds.KeyMade(spki=spki):
                    self._keys.setdefault(_digest(spki), folder)
                case kinds.Signed(artefact_sha256=digest):
                    self._signed.setdefault(digest, folder)
                case _:
                    pass
        return faults

    def _of(self, folder: str, chain: Chain) -> Iterator[str]:
        for entry in chain.entries:
            match entry.data:
                case kinds.CeremonyOpened(ceremony_id=name):
                    if name in self._ids:
                        yield f"Its id, {name}, is that of {self._ids[name]}."
                    if not _made_for(name, folder, entry.event.at):
                        yield f"Its id, {name}, was not made for the folder {folder} on the day of its opening."
                case kinds.KeyMade(key=name, spki=spki):
                    if _digest(spki) in self._keys:
                        yield f"The key {name} of it is one that {self._keys[_digest(spki)]} made."
                case kinds.Signed(what=what, name=name, artefact_sha256=digest):
                    if what != "request" and digest in self._signed:
                        yield f"The {what} {name} of it is one that {self._signed[digest]} signed."
                case _:
                    pass


def _digest(spki: str) -> str:
    """Of the key itself, however its hex is written, and whatever digest the record gives beside it."""
    try:
        return sha256_hex(bytes.fromhex(spki))
    except ValueError:
        return spki


def _made_for(name: str, folder: str, at: str) -> bool:
    """Midnight may come between the making of an id and the first line."""
    found = _ID.fullmatch(name)
    if found is None or found["folder"] != folder:
        return False
    try:
        opened = date.fromisoformat(at[:10])
    except ValueError:
        return False
    return found["day"] in {f"{day:%Y%m%d}" for day in (opened, opened - timedelta(days=1))}
