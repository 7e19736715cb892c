"""A people file, read and checked in itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from ceremony.custody.people import Credential, People, Person, Role, TokenLabel
from ceremony.custody.roles import exclusive_pairs
from ceremony.errors import Finding, Severity
from ceremony.policy.validate import path_in_words, validate
from ceremony.policy.wording import pattern_of
from ceremony.strict_yaml import DataPath, Document, examine, refuse

TOKEN_WORDS = {
    pattern_of(TokenLabel): "must be 1 to 32 characters of plain ASCII (a token label)",
    r"^[ -~]{1,16}$": "must be 1 to 16 characters of plain ASCII (a token serial number)",
}
"""What the label and serial number of a token must look like, in words."""


@dataclass(frozen=True, slots=True)
class LoadedPeople:
    """The people and the file that names them."""

    people: People
    document: Document

    def person(self, identifier: str) -> Person | None:
        """The person with this id, or None."""
        return next((person for person in self.people.people if person.id == identifier), None)


def examine_people(path: Path, *, octets: bytes | None = None) -> tuple[LoadedPeople | None, tuple[Finding, ...]]:
    """The people, or None where the file is no people file, with every complaint. Raises nothing."""
    document = examine(path, octets=octets)
    people, findings = validate(People, document, "PEOPLE", TOKEN_WORDS)
    findings = document.findings + findings
    if people is None:
        return None, findings
    return LoadedPeople(people, document), findings + tuple(_check(people, document))


def load_people(path: Path, *, octets: bytes | None = None) -> LoadedPeople:
    """Read a people file (or the given octets as if they were its). Raises InputError with every complaint."""
    loaded, findings = examine_people(path, octets=octets)
    refuse(findings, f"{path.name} cannot be used")
    if loaded is None:
        raise AssertionError("a people file without complaints was not loaded")
    return loaded


def _check(people: People, document: Document) -> Iterator[Finding]:
    """One id and one name, one person; one certificate and one token, one person; no person is called by the name of a
    role, or has two roles that exclude each other: a share or a key of their own is theirs on every day.
    """

    def complain(rule: str, path: DataPath, message: str) -> Finding:
        return Finding(rule, Severity.ERROR, message, path_in_words(path), document.where(path))

    holders: dict[str, str] = {}
    tokens: list[tuple[str, Credential]] = []
    seen: set[str] = set()
    names: dict[str, str] = {}
    for index, person in enumerate(people.people):
        at: DataPath = ("people", index)
        if person.id in seen:
            yield complain("PEOPLE-DUPLICATE", (*at, "id"), f"`{person.id}` is the id of another person above")
        seen.add(person.id)
        if person.id in get_args(Role):
            yield complain("PEOPLE-ID", (*at, "id"), f"`{person.id}` is the name of a role; give the person another id")
        if len(set(person.roles)) != len(person.roles):
            yield complain("PEOPLE-ROLE", (*at, "roles"), "a role stands here twice")
        for role, second, why in exclusive_pairs(person.roles):
            yield complain("PEOPLE-EXCLUSIVE", (*at, "roles"), f"nobody is both {role} and {second}: {why}")
        called = " ".join(person.name.casefold().split())
        if called in names and person.id not in names.values():
            message = f"`{names[called]}` has this name too; write something that tells the two apart"
            yield complain("PEOPLE-NAME", (*at, "name"), message)
        names.setdefault(called, person.id)
        if person.credential is not None:
            digest = person.credential.certificate_sha256
            if digest in holders:
                message = f"this certificate is the credential of `{holders[digest]}` already"
                yield complain("PEOPLE-CREDENTIAL", (*at, "credential", "certificate_sha256"), message)
            other = next((one for one in tokens if _one_token(one[1], person.credential)), None)
            if other is not None and digest not in holders:
                message = f"this token is that of `{other[0]}` already; nobody shares the token that they sign with"
                yield complain("PEOPLE-CREDENTIAL", (*at, "credential", "token_label"), message)
            tokens.append((person.id, person.credential))
            holders.setdefault(digest, person.id)


def _one_token(one: Credential, other: Credential) -> bool:
    """Whether two entries mean the same token, or could: a serial number that is left out fits any, and so does a
    module, for one token can be reached through two.
    """
    serials = {one.token_serial, other.token_serial} - {None}
    return one.token_label == other.token_label and len(serials) < 2
