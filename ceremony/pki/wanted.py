"""What the policy wants of a certificate, field by field, and how that compares with what the bytes say.

Worked out from the profile and the holes alone: neither the encoder nor the parser of the bytes has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from ceremony.pki.holes import Holes, subject_of
from ceremony.pki.keys import key_algorithm, rsa_numbers, spki_sha256
from ceremony.pki.notation import TITLES, colon_hex, criticality, lifetime_text, utc_text
from ceremony.pki.wanted_names import name_fields
from ceremony.pki.wanted_values import magnitude, values_of
from ceremony.policy.extension_oids import EXTENSION_WORDS
from ceremony.policy.models import CertificateProfile, TimeForm

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
    yield "Serial number", colon_hex(magnitude(holes.serial_number))
    yield "Signature algorithm", profile.signature
    yield from name_fields("Issuer", holes.issuer_name or subject_of(issuer_profile, practice=practice))
    yield "Not before", _time(holes.not_before, profile.validity.not_before_form)
    yield "Not after", _time(holes.not_after, profile.validity.not_after_form)
    yield "Lifetime", lifetime_text(holes.not_before, holes.not_after)
    yield from name_fields("Subject", subject_of(profile, practice=practice))
    yield "Public key", public_key_text(holes.spki)
    yield "Public key SHA-256", spki_sha256(holes.spki)
    for extension in profile.extensions:
        critical = criticality(extension.critical)
        if extension.type == "raw":
            # The policy says octets, not what they mean: they are read as the bytes of the certificate are.
            from ceremony.pki.describe_extensions import extension_words

            kind = EXTENSION_WORDS.get(extension.oid)
            words = extension_words(extension.oid, bytes.fromhex(extension.der))
            yield TITLES[kind] if kind else f"Extension {extension.oid}", "; ".join([critical, *words])
            continue
        values = values_of(extension, profile, issuer_profile, holes, practice=practice)
        yield TITLES[extension.type], "; ".join([critical, *values])


def _time(moment: datetime, form: TimeForm) -> str:
    early = form == "generalized" and moment.year < 2050
    return utc_text(moment) + (" (GeneralizedTime before 2050)" if early else "")


def public_key_text(spki: bytes) -> str:
    """A public key in a few words: `RSA 4096 bits, exponent 65537`, `EC P-384`, `Ed25519`, `ML-DSA-65`."""
    algorithm = key_algorithm(spki)
    if algorithm.startswith("rsa-"):
        return f"RSA {algorithm.removeprefix('rsa-')} bits, exponent {rsa_numbers(spki)[1]}"
    if algorithm.startswith("ml-dsa-"):
        return algorithm.upper()
    return "Ed25519" if algorithm == "ed25519" else f"EC {algorithm.upper()}"
