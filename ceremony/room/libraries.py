"""Which libraries this program runs with: each that is loaded or will be, its version, one digest over its files."""

from __future__ import annotations

import csv
import functools
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import NamedTuple

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_LIST, NotRead, opened_named

LATER = ("python-pkcs11", "qrcode", "shamir-mnemonic", "textual")
"""Distributions that may be loaded only after the first line of the record: they are listed as if they were."""

OF_THE_INSTALLER = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})
"""Files of *.dist-info that differ from one installation of the same package to the next."""

NO_PACKAGE = "no package"
"""The version of a module that lies among the packages, and that none of them brought."""


@dataclass(frozen=True, slots=True)
class Library:
    """`sha256`, in hex, is over what `sha256sum` prints of the files that the package brought, sorted by name."""

    name: str
    version: str
    sha256: str


class Package(NamedTuple):
    """What was installed, and the files that it brought."""

    name: str
    version: str
    here: Path
    files: tuple[Path, ...]


def libraries_now() -> tuple[Library, ...]:
    """Those of the modules that are loaded, and of `LATER`; a loaded module of no package by its path. Sorted by name.

    Only the files of these are read, in pieces, and once in the life of the program: what runs was read from them
    before. The program's own files and Python's are not among them.
    Raises CeremonyError (PROGRAM-FILES) where a file that was installed cannot be read, or is gone.
    """
    return _listed(_packages_once(), _loaded(), LATER, _digest_once)


def libraries_of(loaded: Iterable[Path], later: Iterable[str] = ()) -> tuple[Library, ...]:
    """Those to which these files of modules belong, and those of these names where they are installed; read anew."""
    return _listed(_packages(), loaded, later, _digest)


def _listed(
    packages: Iterable[Package],
    loaded: Iterable[Path],
    later: Iterable[str],
    digest: Callable[[Path, tuple[Path, ...]], str],
) -> tuple[Library, ...]:
    wanted = set(loaded)
    also = {_plain(name) for name in later}
    found = []
    for one in packages:
        mine = wanted.intersection(one.files)
        wanted -= mine
        if one.files and (mine or _plain(one.name) in also):
            found.append(Library(one.name, one.version, digest(one.here, one.files)))
    found += [Library(str(path), NO_PACKAGE, digest(path.parent, (path,))) for path in sorted(wanted)]
    return tuple(sorted(found, key=lambda library: (library.name.lower(), library.version)))


def _packages() -> tuple[Package, ...]:
    found = []
    for one in distributions():
        here = Path(str(one.locate_file("")))
        found.append(Package(one.metadata["Name"], one.version, here, tuple(_files(one, here))))
    return tuple(found)


def _loaded() -> set[Path]:
    """Files of modules that lie where packages are installed."""
    files = (getattr(module, "__file__", None) for module in tuple(sys.modules.values()))
    places = tuple(f"{Path(place)}{os.sep}" for place in sys.path if "-packages" in place)
    return {Path(file) for file in files if isinstance(file, str) and file.startswith(places)}


def _files(one: Distribution, here: Path) -> list[Path]:
    """What the package brought into the folder of packages; neither scripts beside it nor what Python compiled."""
    rows = csv.reader((one.read_text("RECORD") or "").splitlines())
    names = (row[0] for row in rows if row)
    kept = (name for name in names if not name.startswith(("/", "..")) and "__pycache__/" not in name)
    return [here / name for name in kept if not (".dist-info/" in name and name.rpartition("/")[2] in OF_THE_INSTALLER)]


def _digest(here: Path, files: tuple[Path, ...]) -> str:
    lines = []
    for path in files:
        try:
            with opened_named(path, LARGEST_LIST) as file:
                digest = file.digest().sha256
        except NotRead as reason:
            raise CeremonyError(
                "A library of the program cannot be read.",
                where=str(path),
                detail=f"{reason}.",
                not_done="Nothing was begun: a record names the libraries that were at work.",
                next_step="Set the program up anew (scripts/setup), readable for you.",
                code="PROGRAM-FILES",
            ) from None
        lines.append((os.fsencode(f"./{path.relative_to(here)}"), digest))
    return sha256_hex(b"".join(b"%s  %s\n" % (digest.encode(), name) for name, digest in sorted(lines)))


_packages_once = functools.cache(_packages)
_digest_once = functools.cache(_digest)


def _plain(name: str) -> str:
    """As packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
