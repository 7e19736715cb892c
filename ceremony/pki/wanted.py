"""What the policy wants of a certificate, field by field, and how that compares with what the bytes say.

Worked out from the profile and the holes alone: neither the encoder nor the parser of the bytes has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from ceremony.pki.holes import Holes, subject_of
from ceremony.pki.keys import key_algorithm, key_identifier, rsa_numbers, spki_sha256
from ceremony.pki.notation import TITLES, colon_hex, criticality, lifetime_text, utc_text, visible
from ceremony.pki.oids import KEY_USAGES, attribute_name, attribute_oid, purpose_name, purpose_oid
from ceremony.policy.models import (
    AuthorityInformationAccess,
    AuthorityKeyIdentifier,
    BasicConstraints,
    CertificatePolicies,
    CertificateProfile,
    CrlDistributionPoints,
    ExtendedKeyUsage,
    Extension,
    KeyUsage,
    NameAttribute,
    SubjectKeyIdentifier,
)

ABSENT = "(absent)"
"""Stands on the side of a comparison that has no such field."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field: what the policy wants, what the bytes say, whether both are there and the same."""

    name: str
    wanted: str
    found: str
    equal: bool


def wanted_fields(
    profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes, *, practice: bool
) -> tuple[tuple[str, str], ...]:
    """Name and value of every field that the certificate must have, in order, in the words of `describe`.

    Raises CeremonyError for a public key that is not certified here.
    """
    return tuple(_fields(profile, issuer_profile, holes, practice))


def compare(wanted: tuple[tuple[str, str], ...], found: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    """Both lists side by side, in order.

    A field that stands on one side alone, or in another place, is a row that is not equal. All rows are equal only
    when both lists are the same.
    """
    names = ([name for name, _ in wanted], [name for name, _ in found])
    rows: list[Row] = []
    for tag, a, a_end, b, b_end in SequenceMatcher(None, *names, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs = zip(wanted[a:a_end], found[b:b_end], strict=True)
            rows.extend(Row(name, left, right, left == right) for (name, left), (_, right) in pairs)
            continue
        rows.extend(Row(name, value, ABSENT, False) for name, value in wanted[a:a_end])
        rows.extend(Row(name, ABSENT, value, False) for name, value in found[b:b_end])
    return tuple(rows)


def _fields(
    profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes, practice: bool
) -> Iterator[tuple[str, str]]:
    yield "Version", "3"
    octets = holes.serial_number.to_bytes((holes.serial_number.bit_length() + 7) // 8 or 1, "big")
    yield "Serial number", colon_hex(octets)
    yield "Signature algorithm", profile.signature
    yield from _name("Issuer", subject_of(issuer_profile, practice=practice))
    yield "Not before", utc_text(holes.not_before)
    yield "Not after", utc_text(holes.not_after)
    yield "Lifetime", lifetime_text(holes.not_before, holes.not_after)
    yield from _name("Subject", subject_of(profile, practice=practice))
    yield "Public key", public_key_text(holes.spki)
    yield "Public key SHA-256", spki_sha256(holes.spki)
    for extension in profile.extensions:
        values = "; ".join(_values(extension, issuer_profile, holes))
        yield TITLES[extension.type], f"{criticality(extension.critical)}; {values}"


def public_key_text(spki: bytes) -> str:
    """A public key in a few words: `RSA 4096 bits, exponent 65537`, `EC P-384`, `Ed25519`."""
    algorithm = key_algorithm(spki)
    if algorithm.startswith("rsa-"):
        return f"RSA {algorithm.removeprefix('rsa-')} bits, exponent {rsa_numbers(spki)[1]}"
    return "Ed25519" if algorithm == "ed25519" else f"EC {algorithm.upper()}"


def _name(title: str, name: tuple[NameAttribute, ...]) -> Iterator[tuple[str, str]]:
    for attribute in name:
        kind = attribute_name(attribute_oid(attribute.type))
        yield f"{title} {kind}", f"{visible(attribute.value)} ({attribute.string})"


def _values(extension: Extension, issuer_profile: CertificateProfile, holes: Holes) -> Iterator[str]:
    match extension:
        case BasicConstraints():
            yield "CA" if extension.ca else "not a CA"
            if extension.path_length is not None:
                yield f"path length {extension.path_length}"
        case KeyUsage():
            yield from (usage for usage in KEY_USAGES if usage in extension.usages)
        case ExtendedKeyUsage():
            yield from (purpose_name(purpose_oid(purpose)) for purpose in extension.purposes)
        case SubjectKeyIdentifier():
            yield colon_hex(key_identifier(holes.spki, extension.method))
        case AuthorityKeyIdentifier():
            for other in issuer_profile.extensions:
                if isinstance(other, SubjectKeyIdentifier):
                    yield colon_hex(key_identifier(holes.issuer_spki, other.method))
        case CertificatePolicies():
            for policy in extension.policies:
                yield " ".join([policy.oid, *(f"cps {url}" for url in policy.cps)])
        case CrlDistributionPoints():
            yield from extension.urls
        case AuthorityInformationAccess():
            yield from (f"{access.method} {access.url}" for access in extension.access)
