"""Which program this is: its version, and one digest over all of its files."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import ceremony
from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import NotRead, digest_in, listed

PROGRAM = f"ceremony {ceremony.__version__}"

_COMPILED = "__pycache__"
"""What Python makes of the files by itself; it differs from machine to machine."""


@lru_cache(maxsize=1)
def program_sha256() -> str:
    """SHA-256, in hex, of what `sha256sum` prints of the program's files, in the order of their names.

    One line a file, `<SHA-256 in hex>  ./<path below the package's folder>\\n`, sorted by the octets of the path;
    folders `__pycache__` and what is no plain file are left out. A checkout and an installation have the same. Read
    from the disk once, when it is first asked for. Raises CeremonyError (PROGRAM-FILES) where a file cannot be read.
    """
    package = Path(__file__).parents[1]
    try:
        here = listed(package)
        names = [name for name in here.files if name not in here.strange and _COMPILED not in name.split("/")]
        lines = sorted((os.fsencode(f"./{name}"), digest_in(package, name).sha256) for name in names)
    except NotRead as reason:
        raise CeremonyError(
            "The program's own files cannot be read.",
            where=str(package),
            detail=f"{reason}.",
            not_done="Nothing was begun: a record names the program that wrote it.",
            next_step="Install the program anew, readable for you.",
            code="PROGRAM-FILES",
        ) from None
    return sha256_hex(b"".join(b"%s  %s\n" % (digest.encode(), name) for name, digest in lines))
