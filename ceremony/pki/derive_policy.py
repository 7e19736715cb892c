"""A whole policy from certificates that exist: each one's profile, who issued whom, and what could not be said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ceremony.errors import CeremonyError
from ceremony.pki.derive import DerivedProfile, derive_profile, fitting_key, readable, rebuild, signature_of, signed_by
from ceremony.pki.derive_yaml import yaml_text
from ceremony.pki.difference import Difference, first_difference
from ceremony.pki.oids import attribute_oid
from ceremony.policy.models import Policy

HEAD = (
    "Derived from certificates that exist. What certificates do not tell must be written by hand: whose policy",
    "this is, its CP/CPS, its rule packs, and what each certificate claims to be (lint_as, purpose).",
)


@dataclass(frozen=True, slots=True)
class Given:
    """A certificate as it was given: where it stood, for people, and its DER."""

    source: str
    stem: str
    """What it could be called: the name of its file, or empty where that held several."""
    der: bytes


@dataclass(frozen=True, slots=True)
class Derived:
    """One certificate of a derived policy. Exactly one of `profile` and `refusal` is set."""

    given: Given
    name: str
    profile: DerivedProfile | None = None
    issuer: Given | None = None
    refusal: CeremonyError | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one certificate when its profile was put to the test."""

    derived: Derived
    equal: bool
    difference: Difference | None = None
    refusal: CeremonyError | None = None


def derive_policy(certificates: Sequence[Given], *, lifetime: bool = False) -> tuple[Derived, ...]:
    """Each certificate with its profile, or why it is refused. Equal certificates are taken once."""
    first: dict[bytes, Given] = {}
    for given in certificates:
        first.setdefault(given.der, given)
    unique = list(first.values())
    names = _names(unique)
    refused: dict[str, CeremonyError] = {}
    for given in unique:
        try:
            derive_profile(given.der, name=names[given.der])
        except CeremonyError as error:
            refused[names[given.der]] = error
    able = [given for given in unique if names[given.der] not in refused]
    issuers = _issuers(able)
    stubs = _stub_names(able, issuers, set(names.values()))
    found = []
    for given in unique:
        name = names[given.der]
        if name in refused:
            found.append(Derived(given, name, refusal=refused[name]))
            continue
        issuer = issuers.get(given.der)
        profile = derive_profile(
            given.der,
            name=name,
            issuer_der=issuer.der if issuer else None,
            issuer_name=names[issuer.der] if issuer else stubs.get(given.der),
            lifetime=lifetime,
        )
        found.append(Derived(given, name, profile, issuer))
    return tuple(found)


def policy_text(derived: Sequence[Derived]) -> str:
    """The policy as YAML. Raises CeremonyError where no certificate has a profile."""
    profiles = [(entry, entry.profile) for entry in derived if entry.profile is not None]
    if not profiles:
        raise CeremonyError(
            "No profile could be derived.",
            detail="Each certificate that was given is refused.",
            not_done="No policy was written.",
            next_step="Give certificates that this tool can say.",
            code="DERIVE-NONE",
        )
    comments: dict[tuple[str, ...], Sequence[str]] = {("format",): HEAD}
    certificates: dict[str, Any] = {}
    for entry, profile in profiles:
        certificates[entry.name] = profile.profile
        comments["certificates", entry.name] = [
            _comment(line) for line in (f"From {entry.given.source}.", *(f"Note: {note}." for note in profile.notes))
        ]
    for _, profile in profiles:
        name = profile.profile["issuer"]
        if profile.stub is not None and name not in certificates:
            certificates[name] = profile.stub
            comments["certificates", name] = [
                "A stub, because no certificate of this issuer was given that a profile can say: its subject is known,",
                "and the rest is not.",
            ]
    first, root = profiles[0][1].profile, readable(profiles[0][0].given.der)
    keys = sorted({profile["key"] for profile in certificates.values()})
    data = {
        "format": "ceremony-policy/1",
        "ca": {"name": _value(first, "O") or "Not yet named", "country": _country(first)},
        "cp_cps": {
            "title": "Not yet named",
            "version": "0",
            "date": root.not_before.strftime("%Y-%m-%d").rjust(10, "0"),
        },
        "keys": {key: {"algorithm": key} for key in keys},
        "certificates": certificates,
    }
    return yaml_text(data, comments)


def check(derived: Sequence[Derived], policy: Policy) -> tuple[Verdict, ...]:
    """Each profile of the policy built again with its certificate's key, serial number and dates, and compared."""
    return tuple(_verdict(entry, policy) for entry in derived)


def _verdict(entry: Derived, policy: Policy) -> Verdict:
    if entry.refusal is not None:
        return Verdict(entry, False, refusal=entry.refusal)
    profile = policy.certificates[entry.name]
    try:
        rebuilt = rebuild(
            profile,
            entry.given.der,
            issuer_profile=None if profile.issuer == entry.name else policy.certificates[profile.issuer],
            issuer_der=entry.issuer.der if entry.issuer else None,
        )
    except CeremonyError as error:
        return Verdict(entry, False, refusal=error)
    difference = first_difference(readable(entry.given.der).octets, rebuilt.octets)
    return Verdict(entry, difference is None, difference)


def _issuers(certificates: Sequence[Given]) -> dict[bytes, Given]:
    """The issuer of each certificate that another one of them issued; a self-signed one where there is a choice."""
    views = {given.der: readable(given.der) for given in certificates}
    issuers: dict[bytes, Given] = {}
    self_signed = {given.der for given in certificates if signed_by(given.der, given.der)}
    for given in certificates:
        if given.der in self_signed:
            continue
        candidates = [
            other
            for other in sorted(certificates, key=lambda other: other.der not in self_signed)
            if other is not given
            and views[other.der].ca
            and (views[other.der].key_usage is None or "keyCertSign" in (views[other.der].key_usage or ()))
            and signed_by(given.der, other.der)
        ]
        chosen = next((other for other in candidates if not _leads_back(other, given, issuers)), None)
        if chosen is not None:
            issuers[given.der] = chosen
    return issuers


def _leads_back(start: Given, goal: Given, issuers: Mapping[bytes, Given]) -> bool:
    at: Given | None = start
    while at is not None:
        if at.der == goal.der:
            return True
        at = issuers.get(at.der)
    return False


def _stub_names(certificates: Sequence[Given], issuers: Mapping[bytes, Given], taken: set[str]) -> dict[bytes, str]:
    """What the profile of an unknown issuer is called, for each certificate that needs one: the same for the same."""
    stubs: dict[tuple[bytes, str], str] = {}
    names: dict[bytes, str] = {}
    for given in certificates:
        if given.der in issuers or signed_by(given.der, given.der):
            continue
        view = readable(given.der)
        kind = view.issuer.der, fitting_key(signature_of(view))
        if kind not in stubs:
            texts = view.issuer.values(attribute_oid("CN")) or view.issuer.values(attribute_oid("OU"))
            stubs[kind] = _free(_slug(texts[-1] if texts else "") or "issuer", taken)
        names[given.der] = stubs[kind]
    return names


def _names(certificates: Sequence[Given]) -> dict[bytes, str]:
    """A name for each, as a policy takes it, that no other one has."""
    taken: set[str] = set()
    return {
        given.der: _free(_slug(given.stem) or _slug(_common_name(given.der)) or "certificate", taken)
        for given in certificates
    }


def _free(base: str, taken: set[str]) -> str:
    """This name, or the first one with a number that is not taken; it is taken from now on."""
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")


def _common_name(certificate: bytes) -> str:
    try:
        subject = readable(certificate).subject
    except CeremonyError:
        return ""
    texts = subject.values(attribute_oid("CN")) or subject.values(attribute_oid("OU"))
    return texts[-1] if texts else ""


def _value(profile: Mapping[str, Any], kind: str) -> str:
    """The first attribute of this type in the subject, where it is one line of text."""
    for part in profile["subject"]:
        for attribute in part.get("all_of", [part]):
            if attribute["type"] == kind and "value" in attribute:
                return str(attribute["value"])[:200]
    return ""


def _country(profile: Mapping[str, Any]) -> str:
    country = _value(profile, "C")
    return country if re.fullmatch(r"[A-Z]{2}", country) else "XX"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
