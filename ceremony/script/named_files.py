"""The files that steps name beside policy and people: requests, certificates of somebody else, lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ceremony.errors import Finding, Severity
from ceremony.plain_files import LARGEST_LIST, NotRead, read_in, read_named
from ceremony.script.models import CrossSign, Issue, Script, SignCrl
from ceremony.strict_yaml import DataPath, Document
from ceremony.transcript.archive import INPUTS

LARGEST_SMALL = 64 * 1024
"""Octets of a request or a certificate."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a step names: where in the script, its path as written, and the name under which it is kept."""

    at: DataPath
    path: str
    kept_as: str
    largest: int


def kept_as(step_id: str, what: str) -> str:
    """The place of a step's file in a ceremony's folder."""
    return f"{INPUTS}/{step_id}.{what}"


def named_files(script: Script) -> Iterator[NamedFile]:
    """Every file that the steps name."""
    for section_index, section in enumerate(script.sections):
        for step_index, step in enumerate(section.steps):
            at: DataPath = ("sections", section_index, "steps", step_index)
            fields: tuple[tuple[str, str | None, int], ...] = ()
            if isinstance(step, Issue):
                fields = (("request", step.request, LARGEST_SMALL),)
            elif isinstance(step, CrossSign):
                fields = (
                    ("existing_file", step.existing_file, LARGEST_SMALL),
                    ("request", step.request, LARGEST_SMALL),
                )
            elif isinstance(step, SignCrl):
                fields = (("previous", step.previous, LARGEST_LIST), ("revocations", step.revocations, LARGEST_LIST))
            for name, path, largest in fields:
                if path is not None:
                    what = name.partition("_")[0]
                    yield NamedFile((*at, name), path, kept_as(step.id, what), largest)


def read_named_files(
    script: Script, document: Document, home: Path, archived: Path | None
) -> tuple[dict[str, bytes], tuple[Finding, ...]]:
    """The octets of each, by the name under which it is kept, and what is wrong with those that cannot be read.

    `home` is the CA's folder, out of which no path may lead. With `archived`, the folder of a ceremony, the files are
    those that it kept. Together they hold no more than one list may.
    """
    read: dict[str, bytes] = {}
    findings: list[Finding] = []
    left = LARGEST_LIST
    for named in named_files(script):
        try:
            read[named.kept_as] = _octets(named, min(named.largest, left), document, home, archived)
            left -= len(read[named.kept_as])
        except ValueError as reason:
            where = document.where(named.at)
            findings.append(Finding("SCRIPT-FILE", Severity.ERROR, str(reason), named.path, where))
    return read, tuple(findings)


def _octets(named: NamedFile, largest: int, document: Document, home: Path, archived: Path | None) -> bytes:
    try:
        if archived is not None:
            return read_in(archived, named.kept_as, largest)
        target = document.path.parent / named.path
        if not target.resolve().is_relative_to(home):
            raise ValueError("leads out of the CA's folder; put a copy into it, and use no link that leads out")
        return read_named(target, largest)
    except NotRead as refused:
        raise ValueError(f"the file cannot be used: {refused.reason}") from None
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its links run in a circle"
        raise ValueError(f"the file cannot be read: {reason}") from None
