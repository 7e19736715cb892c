"""What can be put into a certificate at all, refused in plain words before anything is built or signed.

What no string, time or other type can carry is refused where it is written (encode*.py). What is forbidden, but can be
encoded, is left to the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.holes import Holes
from ceremony.pki.identifiers import issuer_identifier, subject_identifier
from ceremony.pki.keys import key_algorithm
from ceremony.policy.algorithms import SIGNATURES_OF_KEY
from ceremony.policy.extensions import (
    AuthorityKeyIdentifier,
    BasicConstraints,
    Extension,
    KeyUsage,
    SubjectKeyIdentifier,
)
from ceremony.policy.models import CertificateProfile

SERIAL_LIMIT = 2**159
"""BR 7.1.2: a serial number is positive and below this."""

EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)
"""UTCTime begins here (RFC 5280 4.1.2.5.1)."""


def refuse(headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
    """The error for something that cannot be put into a certificate."""
    return CeremonyError(headline, detail=detail, not_done="Nothing was signed.", next_step=next_step, code=code)


def require_encodable(profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes) -> None:
    """Raises CeremonyError for holes, or a profile, that no certificate of this program can carry."""
    if not 0 < holes.serial_number < SERIAL_LIMIT:
        raise refuse(
            "A serial number is out of range.",
            f"It has {holes.serial_number.bit_length()} bits{' and is negative' if holes.serial_number < 0 else ''}. "
            "It must be positive and below 2^159.",
            "Draw another serial number.",
            "BR-C1",
        )
    _require_dates(holes)
    issuer_key = key_algorithm(holes.issuer_spki)
    key_algorithm(holes.spki)
    if profile.signature not in SIGNATURES_OF_KEY[issuer_key]:
        raise refuse(
            "The issuer's key cannot make this signature.",
            f"The key is {issuer_key}; the profile wants {profile.signature}.",
            f"Write one of these in the profile: {', '.join(SIGNATURES_OF_KEY[issuer_key])}.",
            "BR-A4",
        )
    for octets in (holes.issuer_name, (holes.issuer_issuer_and_serial or (None,))[0]):
        if octets is not None:
            _require_name(octets)
    for extension in profile.extensions:
        for headline, detail, next_step, code in _faults(extension, profile, issuer_profile, holes):
            raise refuse(headline, detail, next_step, code)


def _faults(
    extension: Extension, profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes
) -> Iterator[tuple[str, str, str, str]]:
    match extension:
        case BasicConstraints(ca=False, path_length=int()):
            yield (
                "A path length stands where there is no CA.",
                "basic-constraints says ca: false and a path_length (RFC 5280 4.2.1.9).",
                "Remove path_length, or say ca: true.",
                "RF-2",
            )
        case KeyUsage(usages=usages) if {"encipherOnly", "decipherOnly"} & set(usages) and "keyAgreement" not in usages:
            yield (
                "A key usage needs keyAgreement beside it.",
                "encipherOnly and decipherOnly mean nothing without keyAgreement (RFC 5280 4.2.1.3).",
                "Remove them from key-usage.",
                "RF-2",
            )
        case SubjectKeyIdentifier() if subject_identifier(profile, holes) is None:
            yield (
                "There is no key identifier to copy.",
                "The profile copies the one that the key has already, but no certificate of that key is known.",
                "Name the certificate that the key has, or use method sha1 or rfc7093-1 for a new key.",
                "BR-C20",
            )
        case AuthorityKeyIdentifier(key_identifier="issuer") if (
            issuer_identifier(profile, issuer_profile, holes) is None
        ):
            yield (
                "The issuer has no key identifier to point to.",
                "The profile has an authority key identifier, but the issuer has no subject key identifier.",
                "Add subject-key-identifier to the issuer's profile.",
                "BR-C18",
            )
        case AuthorityKeyIdentifier(issuer_and_serial="issuer") if (
            holes.issuer_issuer_and_serial is None and profile != issuer_profile
        ):
            yield (
                "The issuer's certificate is not known.",
                "authority-key-identifier wants its issuer and serial number.",
                "Say issuer_and_serial: none, or literal values.",
                "BR-C18",
            )


def _require_name(octets: bytes) -> None:
    try:
        der.read_one(octets, der.SEQUENCE)
    except der.DerError as error:
        raise refuse(
            "The issuer's name cannot be read.", f"{error}.", "Check the issuer's certificate.", "CERT-NAME"
        ) from error


def _require_dates(holes: Holes) -> None:
    for name, moment in (("notBefore", holes.not_before), ("notAfter", holes.not_after)):
        if moment.utcoffset() is None or moment.utcoffset():
            raise ValueError(f"{name} must be in UTC")
        if moment.microsecond or moment < EARLIEST:
            raise refuse(
                "A date cannot be put into a certificate.",
                f"{name} is {moment.isoformat()}; whole seconds from 1950 on can be written.",
                "Correct the dates of the profile, or the clock.",
                "CERT-VALIDITY",
            )
    if holes.not_after < holes.not_before:
        raise refuse(
            "A certificate would end before it begins.",
            f"notBefore is {holes.not_before.isoformat()}, notAfter is {holes.not_after.isoformat()}.",
            "Correct the dates of the profile, or the clock.",
            "CERT-VALIDITY",
        )
