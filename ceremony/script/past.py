"""What a script can refer to beside itself: the register of earlier ceremonies, and files that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from ceremony.canonical import sha256_hex
from ceremony.errors import CeremonyError
from ceremony.plain_files import LARGEST_LIST, NotRead, opened_in, read_in
from ceremony.transcript.archive import CRLS, LARGEST_REGISTER, RECORD, REGISTER, REHEARSAL, UNWRITTEN, CeremonyFolder
from ceremony.transcript.chain import read_chain
from ceremony.transcript.folding import fold_archive
from ceremony.transcript.kinds import Signed, What
from ceremony.transcript.register import Register, parse_register
from ceremony.transcript.register_entries import CeremonyEntry, CrlEntry, Mode


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One rehearsal of a script: its folder's name, the head of its record, and its objects in DER, by path."""

    folder: str
    head: str
    objects: Mapping[str, bytes]
    stand_in: bool = False
    """Its past was production's, made again: serial numbers and dates of the past are the same on both sides."""


@dataclass(frozen=True, slots=True)
class Past:
    """The register, and where the last CRLs lie. `stand_in` says that it was made again for a rehearsal."""

    register: Register
    archive: Path | None = None
    """Where `CrlEntry.path` leads from."""
    crls: Mapping[str, bytes] = field(default_factory=dict)
    """DER of the last CRL of a profile, where it does not lie in the archive."""
    stand_in: bool = False
    unwritten: Mapping[str, bytes] = field(default_factory=dict)
    """DER of certificates that an interrupted ceremony signed and never wrote, by name."""
    kept: Path | None = None
    """The folder of a ceremony that keeps its own copies, where this is the past as that ceremony found it."""

    def rehearsed(self, script_sha256: str, wanted: Callable[[], Mapping[str, tuple[What, str]]]) -> Rehearsed | None:
        """The last rehearsal of these very script bytes that came to its close, with the `wanted` objects: what each
        is and its name, by path. A rehearsal serves one production: one before the last production of these bytes that
        came to its close counts no more.

        Raises CeremonyError (REHEARSAL-CHANGED) where a file of it is not the one that its record tells of.
        """
        if self.register.mode == "practice":
            return None
        last = self._last_rehearsal(script_sha256)
        if last is None:
            return None
        if self.kept is not None:
            kept = {path: _read(self.kept, rehearsal_copy(path)) for path in wanted()}
            objects = {path: octets for path, octets in kept.items() if octets is not None}
        elif self.archive is not None:
            objects = _signed_there(self.archive / last.folder, last.head, wanted())
        else:
            return None
        return Rehearsed(last.folder, last.head, objects, last.stand_in)

    def _last_rehearsal(self, script_sha256: str) -> CeremonyEntry | None:
        last = None
        for item in self.register.ceremonies:
            if item.script_sha256 == script_sha256 and item.outcome == "closed":
                last = item if item.mode == "practice" else None
        return last

    def certificates(self) -> dict[str, bytes]:
        """DER of those of `unwritten` that are, byte for byte, what the register says was signed."""
        lost = {item.name: item.sha256 for item in self.register.certificates if not item.der}
        return {name: octets for name, octets in self.unwritten.items() if lost.get(name) == sha256_hex(octets)}

    def crl(self, profile: str) -> bytes | None:
        """The last CRL of a profile, or None. Raises CeremonyError (CRL-PREVIOUS) for one that was changed or lost."""
        last = self.register.last_crl(profile)
        if last is None:
            return None
        octets = self.crls.get(profile)
        found = sha256_hex(octets) if octets is not None else ""
        if octets is None and self.archive is not None:
            octets, found = _list_of(self.archive, last)
        if octets is None or found != last.sha256:
            raise CeremonyError(
                "The last CRL is not the one of the record.",
                where=last.path,
                detail=f"CRL number {last.number} of profile {profile} has SHA-256 {last.sha256} in the record."
                + (f" The file has {found}." if found else ""),
                not_done="Nothing was planned over it.",
                next_step="Put back the true file, from another copy of the archive.",
                code="CRL-PREVIOUS",
            )
        return octets


def rehearsal_copy(path: str) -> str:
    """Where a production ceremony keeps its copy of what the rehearsal made at this path: all in one folder."""
    return f"{REHEARSAL}/{path.replace('/', '-')}"


def nothing(mode: Mode = "production") -> Past:
    """No ceremony before this one."""
    return Past(Register(mode=mode))


def past_of_archive(archive: Path, mode: Mode, *, now: datetime | None = None, misdated: str | None = None) -> Past:
    """What the ceremonies of an archive left in this mode. Raises CeremonyError where it does not hold together.

    `now` is this machine's clock, and `misdated` the folder's name of a ceremony that may be ahead of it: ARCHIVE-TIME.
    """
    return Past(fold_archive(archive, now=now, misdated=misdated).register(mode), archive)


def past_of_folder(folder: Path, stand_in: bool) -> Past:
    """What a ceremony was opened with, as its own folder keeps it. Raises CeremonyError for files that do not fit."""
    octets = _read(folder, REGISTER, LARGEST_REGISTER)
    if octets is None:
        raise CeremonyError("The register of earlier ceremonies is missing.", where=REGISTER, code="REGISTER-FORM")
    crls = _kept(folder, CRLS, ".crl")
    unwritten = _kept(folder, UNWRITTEN, ".der")
    return Past(parse_register(octets), None, crls, stand_in, unwritten, folder)


def _signed_there(folder: Path, head: str, wanted: Mapping[str, tuple[What, str]]) -> dict[str, bytes]:
    """Those of the objects that the rehearsal signed. Raises CeremonyError (REHEARSAL-CHANGED)."""
    chain = read_chain(folder / RECORD)
    if chain.head != head:
        raise _changed(f"{folder.name}/{RECORD}", "Its record is not the one that was folded into the register.")
    signed = {
        (entry.data.what, entry.data.name): entry.data.artefact_sha256
        for entry in chain.entries
        if isinstance(entry.data, Signed)
    }
    objects = {}
    for path, key in wanted.items():
        if key not in signed:
            continue
        octets = _read(folder, path)
        if octets is None or sha256_hex(octets) != signed[key]:
            found = (
                "It is not there." if octets is None else "It is not what the record of the rehearsal says was signed."
            )
            raise _changed(f"{folder.name}/{path}", found)
        objects[path] = octets
    return objects


def _changed(where: str, detail: str) -> CeremonyError:
    return CeremonyError(
        "A file of the rehearsal was changed.",
        where=where,
        detail=detail,
        not_done="Nothing was compared with it.",
        next_step="Run `ceremony verify` on the archive, or rehearse once more.",
        code="REHEARSAL-CHANGED",
    )


def _kept(folder: Path, below: str, ending: str) -> dict[str, bytes]:
    """The files with this ending in a folder of a ceremony's folder, by name; together no more than one list has."""
    files = [name for name in CeremonyFolder(folder).files() if PurePosixPath(name).parent.as_posix() == below]
    kept: dict[str, bytes] = {}
    left = LARGEST_LIST
    for name in files:
        octets = _read(folder, name, left) if name.endswith(ending) else None
        if octets is not None:
            kept[PurePosixPath(name).name.removesuffix(ending)] = octets
            left -= len(octets)
    return kept


def _list_of(archive: Path, last: CrlEntry) -> tuple[bytes | None, str]:
    """The octets of a CRL and its digest; of a file that is another one, the digest alone."""
    try:
        with opened_in(archive, last.path, LARGEST_LIST) as file:
            found = file.digest().sha256
            octets = file.read() if found == last.sha256 else None
    except NotRead:
        return None, ""
    return octets, sha256_hex(octets) if octets is not None else found


def _read(folder: Path, name: str, largest: int = LARGEST_LIST) -> bytes | None:
    try:
        return read_in(folder, name, largest)
    except NotRead:
        return None
