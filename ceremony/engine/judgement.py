"""The verifier's word on a record that was just sealed, before anybody is told that the ceremony is closed.

The engine does not know the verifier: who starts a ceremony hands it in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ceremony.engine.notices import Proof
from ceremony.engine.room import Room
from ceremony.plain_files import NotRead, digest_in, digest_of
from ceremony.script.interrupted import RECORD_COPY
from ceremony.transcript.archive import SUMS
from ceremony.transfer.media import write_once

PAGE = "VERDICT.txt"
"""The name of the page on a medium, beside the copy of the record and not in it: the checksums there stay whole."""

Judge = Callable[[Path], Proof]
"""Judges the folder of a ceremony."""


def judged(room: Room, judge: Judge) -> Proof:
    """What the verifier says of the sealed folder. One that fails has proved nothing."""
    try:
        return judge(room.folder.path)
    except Exception as error:
        said = f"NOT PROVED: the verifier could not judge the record ({type(error).__name__})."
        return Proof("not proved", (said, "Keep the folder as it is, and run `ceremony verify` on it."))


def copy_page(room: Room, proof: Proof) -> None:
    """The page on each medium that has a whole copy of the record. Raises CeremonyError with a MEDIA- code."""
    octets = "".join(f"{line}\n" for line in proof.page).encode("utf-8")
    for _, folder in room.exports:
        if (folder / RECORD_COPY / SUMS).exists() and not _there(folder, octets):
            write_once(folder.parent, f"{folder.name}/{PAGE}", octets)


def _there(folder: Path, octets: bytes) -> bool:
    try:
        return digest_in(folder, PAGE) == digest_of(octets)
    except NotRead:
        return False
