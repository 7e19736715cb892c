"""FILES: the folder holds what the record explains, byte for byte, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ceremony.plain_files import LARGEST_FOLDER, Digest, size_words
from ceremony.script import models
from ceremony.transcript import archive, kinds
from ceremony.verify.evidence import Evidence, line_of
from ceremony.verify.rule import Fault, Rule

ALWAYS = (
    archive.SCRIPT,
    archive.POLICY,
    archive.PEOPLE,
    archive.SEAL_CERTIFICATE,
    archive.RECORD,
    archive.SEAL,
    archive.SUMS,
)
"""The files of every ceremony that is sealed."""

SEALED = (archive.SEAL_CERTIFICATE, archive.SEAL, archive.SUMS)
"""Those of them that a ceremony has not which ended early, and which nobody seals."""

KEPT = tuple(path for path in ALWAYS if path != archive.SEAL_CERTIFICATE)
"""Those of them that no step writes."""

PUBLISHED = ("certificates/", "crls/", "requests/", "ocsp/")
"""Where what was signed is kept, which is what leaves the room."""

_SUM = re.compile(r"([0-9a-f]{64})  (\S.*)")


def _artefacts(evidence: Evidence) -> Iterator[Fault]:
    seen: set[str] = set()
    for entry, written in evidence.of(kinds.ArtefactsWritten):
        for file in written.files:
            found = evidence.digest(file.path) if _inside(file.path) else None
            if file.path in seen or file.path in KEPT:
                yield Fault(f"{file.path} is recorded as written, but stood there already.", line_of(entry))
            seen.add(file.path)
            if not _inside(file.path):
                yield Fault(f"The record names a file outside the ceremony's folder: {file.path}.", line_of(entry))
            elif found is None:
                yield Fault(f"{file.path} is missing, or is not a plain file.", file.path)
            elif found != Digest(file.sha256, file.size):
                yield Fault(f"{file.path} is not the file that the ceremony wrote: its SHA-256 differs.", file.path)


def _announced(evidence: Evidence) -> Iterator[Fault]:
    intended: dict[tuple[str, int], set[str]] = {}
    for entry in evidence.chain.entries:
        place = (entry.event.step, entry.event.attempt)
        if isinstance(entry.data, kinds.ArtefactIntended):
            intended.setdefault(place, set()).update(entry.data.paths)
        elif isinstance(entry.data, kinds.ArtefactsWritten):
            for file in entry.data.files:
                if file.path not in intended.get(place, set()):
                    yield Fault(f"{file.path} was written without being announced first.", line_of(entry))


def _copies(evidence: Evidence) -> Iterator[Fault]:
    media = {
        planned.step.id: planned.step.medium
        for planned in evidence.plan.steps
        if isinstance(planned.step, models.Export)
    }
    intended: kinds.ExportIntended | None = None
    signed: set[str] = set()
    for entry in evidence.chain.entries:
        if isinstance(entry.data, kinds.ArtefactsWritten):
            signed |= {PurePosixPath(file.path).name for file in entry.data.files if file.path.startswith(PUBLISHED)}
        elif isinstance(entry.data, kinds.ExportIntended):
            intended = entry.data
        elif isinstance(entry.data, kinds.Exported):
            said = (entry.data.medium, entry.data.folder, tuple(file.path for file in entry.data.files))
            if intended is None or (intended.medium, intended.folder, intended.paths) != said:
                yield Fault("What was exported is not what was announced.", line_of(entry))
            if entry.data.medium != media.get(entry.event.step) or set(said[2]) != signed:
                yield Fault("The export is not the script's: another medium, or not every file.", line_of(entry))
    copied = {ending: path for path in reversed(evidence.files) for ending in _endings(path)}
    for entry, exported in evidence.of(kinds.Exported):
        for copy in exported.files:
            found = evidence.digest(copied[copy.path]) if copy.path in copied else None
            if found is None:
                yield Fault(f"{copy.path} was exported, but no such file is here.", line_of(entry))
            elif found != Digest(copy.sha256, copy.size):
                yield Fault(f"The copy of {copy.path} on {exported.medium} has another SHA-256.", line_of(entry))


def _plain(evidence: Evidence) -> Iterator[Fault]:
    listing = evidence.listing
    for path, what in listing.strange.items():
        yield Fault(f"{path} is {what}; an archive holds plain files only.", path)
    if listing.octets > LARGEST_FOLDER:
        yield Fault(f"The files are larger than those of a ceremony: more than {size_words(LARGEST_FOLDER)} together.")


def _nothing_else(evidence: Evidence) -> Iterator[Fault]:
    always = tuple(path for path in ALWAYS if not (evidence.unsealed and path in SEALED))
    explained = {
        *always,
        *(file.path for file in evidence.opened.inputs),
        *(file.path for _, data in evidence.of(kinds.ArtefactsWritten) for file in data.files),
    }
    here = set(evidence.files)
    for path in always:
        if path not in here:
            yield Fault(f"{path} is missing.", path)
    for path in evidence.files:
        if path not in explained:
            yield Fault(f"Nothing in the record explains the file {path}.", path)
    folders = {parent.as_posix() for path in explained for parent in PurePosixPath(path).parents}
    for path in evidence.listing.folders:
        if path not in folders:
            yield Fault(f"Nothing in the record explains the folder {path}.", path)


def _sums(evidence: Evidence) -> Iterator[Fault]:
    if evidence.unsealed:
        return  # FILES-EXTRA holds that there are none
    octets = evidence.needed(archive.SUMS)
    if not octets.endswith(b"\n"):
        yield Fault("The last line of SHA256SUMS has no end.", archive.SUMS)
    here = set(evidence.files)
    listed: set[str] = set()
    for number, line in enumerate(octets.decode("utf-8", "replace").removesuffix("\n").split("\n"), start=1):
        where = f"{archive.SUMS}:{number}"
        match = _SUM.fullmatch(line)
        if match is None:
            yield Fault(f"Line {number} of SHA256SUMS is not a checksum line.", where)
            continue
        digest, path = match.groups()
        file = evidence.digest(path) if path in here else None
        if path in listed:
            yield Fault(f"SHA256SUMS lists {path} twice.", where)
        elif file is None:
            yield Fault(f"SHA256SUMS lists {path}, which is not there.", where)
        elif file.sha256 != digest:
            yield Fault(f"SHA256SUMS gives another SHA-256 for {path} than the file has.", where)
        listed.add(path)
    for path in evidence.files:
        if path not in listed and path != archive.SUMS:
            yield Fault(f"SHA256SUMS does not list {path}.", archive.SUMS)


def _inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and PurePosixPath(path).as_posix() == path


def _endings(path: str) -> Iterator[str]:
    """The path, and what is left of it without the first folders: what a copy of the file may be called."""
    parts = path.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


RULES = (
    Rule(
        "FILES-PLAIN",
        "The folder holds plain files alone, no link and nothing else, and no more than a ceremony does.",
        _plain,
        gate=True,
    ),
    Rule("FILES-WRITTEN", "Every file that the ceremony wrote is there, byte for byte.", _artefacts),
    Rule("FILES-INTENT", "Every file was announced in the record before it was written.", _announced),
    Rule("FILES-COPIES", "Every copy on a medium was announced, and has the SHA-256 of the file here.", _copies),
    Rule(
        "FILES-EXTRA",
        "The folder holds every file that it must, and none that the record does not explain.",
        _nothing_else,
    ),
    Rule(
        "FILES-SUMS",
        lambda e: (
            "It ended early without a seal, and has no checksums."
            if e.unsealed
            else "SHA256SUMS lists every other file, each with its SHA-256."
        ),
        _sums,
        files_alone=True,
    ),
)
