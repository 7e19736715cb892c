"""Which program this is: its version, and one digest over all of its files."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import ceremony
from ceremony.canonical import sha256_hex, sha256_of_file
from ceremony.errors import CeremonyError

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
    listed: list[tuple[bytes, str]] = []
    try:
        for folder, folders, names in os.walk(package, onerror=_refuse):
            folders[:] = [name for name in folders if name != _COMPILED]
            paths = (Path(folder, name) for name in names)
            plain = [path for path in paths if path.is_file() and not path.is_symlink()]
            listed += [(os.fsencode(f"./{path.relative_to(package)}"), sha256_of_file(path)) for path in plain]
    except OSError as error:
        raise CeremonyError(
            "The program's own files cannot be read.",
            where=str(error.filename or package),
            detail=f"The system says: {error.strerror}.",
            not_done="Nothing was begun: a record names the program that wrote it.",
            next_step="Install the program anew, readable for you.",
            code="PROGRAM-FILES",
        ) from None
    return sha256_hex(b"".join(b"%s  %s\n" % (digest.encode(), name) for name, digest in sorted(listed)))


def _refuse(error: OSError) -> None:
    raise error
