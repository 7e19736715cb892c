"""Why SoftHSM, whose tokens are files, cannot store anything."""

from __future__ import annotations

import os
from pathlib import Path

from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_FILE, NotRead, read_named

CONFIGURATION = "SOFTHSM2_CONF"
"""The environment variable that names SoftHSM's configuration file."""

ROOM_OCTETS = 64 * 1024
"""What a disk must have free before anything is stored: some sixteen times an RSA-4096 key pair."""


NO_REASON = "The token could not store it."
"""The headline where neither the token nor the disk gives a reason."""


def storage_fault() -> str:
    """Why SoftHSM cannot store anything, as a headline: full or read-only disk, or folder; else the plain fact."""
    folder = _token_folder()
    if folder is not None:
        try:
            disk = os.statvfs(folder)
        except OSError:
            return "The folder of the token is gone."
        if disk.f_flag & os.ST_RDONLY or not os.access(folder, os.W_OK):
            return "The disk of the token is read-only."
        if disk.f_bavail * disk.f_frsize < ROOM_OCTETS:
            return "The token is full."
    return NO_REASON


def check_room(what: str, not_done: str) -> None:
    """CeremonyError when the disk under SoftHSM has no room for `what`; nothing where that cannot be told.

    Asked before anything is stored, because SoftHSM does not always notice that a file was cut short.
    """
    folder = _token_folder()
    try:
        disk = os.statvfs(folder) if folder is not None else None
    except OSError:
        return
    if disk is not None and disk.f_bavail * disk.f_frsize < ROOM_OCTETS:
        raise CeremonyError(
            "The token is full.",
            detail=f"The disk under SoftHSM has too little room for another {what}.",
            not_done=not_done,
            next_step="Make room on the disk, or use another token.",
            code="TOKEN-FULL",
        )


def _token_folder() -> Path | None:
    """directories.tokendir of the configuration in force."""
    configuration = os.environ.get(CONFIGURATION)
    if not configuration:
        return None
    try:
        lines = read_named(Path(configuration), LARGEST_FILE).decode("utf-8").splitlines()
    except (NotRead, UnicodeDecodeError):
        return None
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() == "directories.tokendir":
            return Path(value.strip())
    return None
