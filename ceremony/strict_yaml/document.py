"""One YAML file, read strictly: its bytes, its data, and the place of each value for complaints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ceremony.canonical import sha256_hex
from ceremony.errors import Finding, InputError, Severity, Where
from ceremony.strict_yaml.reading import Unreadable, decode, insist_on_size, read_octets

DataPath = tuple[str | int, ...]
"""A place in the data: the keys and list positions (from 0) that lead to it."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's octets and what they say. `data` holds dict, list, str, int, bool and None, and nothing else.

    From `examine`, `findings` may be there and `data` is then a best guess, or None where nothing could be read; from
    `load`, `findings` is empty.
    """

    path: Path
    octets: bytes
    data: Any
    findings: tuple[Finding, ...] = ()
    _root: Any = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the octets, 64 hex digits."""
        return sha256_hex(self.octets)

    @property
    def readable(self) -> bool:
        """False where the file is no YAML document, so that nothing can be said of its data."""
        return self._root is not None

    def where(self, path: DataPath = ()) -> Where:
        """The place of the value at `path`, or of the nearest value around it that exists."""
        return self._at(self._descend(path)[-1].place) if self.readable else Where(str(self.path))

    def where_key(self, path: DataPath) -> Where:
        """The place of the key that `path` ends with; of the value where it ends with a list position."""
        nodes = self._descend(path[:-1]) if path and self.readable else []
        if len(nodes) == len(path) and path and path[-1] in nodes[-1].keys:
            return self._at(nodes[-1].keys[path[-1]])
        return self.where(path)

    def is_suspect(self, path: DataPath) -> bool:
        """Whether a finding of this document is about the value at `path` or about something that holds it."""
        return self.readable and any(node.suspect for node in self._descend(path))

    def inheriting(self, heir: DataPath, ancestor: DataPath, *, without: str) -> Document:
        """This document, but the group of keys at `heir` also has those keys of the group at `ancestor` that it lacks.

        What is inherited keeps the place where it stands. The key `without` is neither kept nor inherited.
        """
        nodes, giver = self._descend(heir), self._descend(ancestor)[-1]
        own = nodes[-1]
        merged = own.inheriting(giver, without)
        for key, holder in zip(reversed(heir), reversed(nodes[:-1]), strict=True):
            merged = holder.with_child(key, merged)
        return Document(self.path, self.octets, merged.data, self.findings, merged)

    def _descend(self, path: DataPath) -> list[Any]:
        nodes = [self._root]
        for part in path:
            child = nodes[-1].children.get(part)
            if child is None:
                break
            nodes.append(child)
        return nodes

    def _at(self, place: tuple[int, int]) -> Where:
        return Where(str(self.path), *place)


def examine(path: Path, *, octets: bytes | None = None) -> Document:
    """Read a file, or the given octets as if they were that file's, and keep every complaint in `findings`."""
    held = b""
    try:
        if octets is None:
            held = read_octets(path)
        else:
            insist_on_size(len(octets))
            held = octets
        text = decode(held)
    except Unreadable as error:
        where = Where(str(path), error.line, error.column)
        return Document(path, held, None, (Finding(error.rule, Severity.ERROR, error.message, where=where),))

    from ceremony.strict_yaml.tree import TreeBuilder  # the parser is loaded only when there is something to read

    tree = TreeBuilder(text)
    tree.read()
    findings = tuple(
        Finding(complaint.rule, Severity.ERROR, complaint.message, where=Where(str(path), *complaint.place))
        for complaint in tree.complaints
    )
    return Document(path, held, None if tree.root is None else tree.root.data, findings, tree.root)


def load(path: Path, *, octets: bytes | None = None) -> Document:
    """Read a file strictly. Raises InputError with every complaint, each with file:line:column."""
    document = examine(path, octets=octets)
    refuse(document.findings, f"{path.name} cannot be used")
    return document


def refuse(findings: Iterable[Finding], headline: str) -> None:
    """Raise InputError with all findings, file by file from top to bottom, where one of them is an error."""
    found = _in_order(findings)
    errors = [finding for finding in found if finding.severity.blocks]
    if errors:
        count = "1 complaint" if len(errors) == 1 else f"{len(errors)} complaints"
        raise InputError(
            f"{headline}: {count}.",
            findings=found,
            not_done="Nothing was started; no token was touched.",
            next_step="Correct each place named above, then check again.",
            code="YAML-COMPLAINTS",
        )


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    found = tuple(findings)
    files = list(dict.fromkeys(finding.where.file for finding in found if finding.where))

    def place(finding: Finding) -> tuple[int, int, int]:
        where = finding.where
        return (files.index(where.file), where.line or 0, where.column or 0) if where else (-1, 0, 0)

    return tuple(sorted(found, key=place))
