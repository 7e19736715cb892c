"""What can be put into a certificate at all, refused in plain words before anything is built or signed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ceremony.errors import CeremonyError
from ceremony.pki.holes import Holes
from ceremony.pki.keys import key_algorithm
from ceremony.pki.oids import attribute_oid
from ceremony.policy.models import SIGNATURES_OF_KEY, BasicConstraints, CertificateProfile, KeyUsage, NameAttribute

PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
"""The alphabet of PrintableString (X.680 41.4)."""

LONGEST: dict[str, int] = {"C": 2, "CN": 64, "O": 64, "OU": 64, "L": 128, "ST": 128, "serialNumber": 64}
"""Upper bounds in characters (RFC 5280 appendix A.1)."""

STRING_TYPES: dict[str, str] = {"C": "printable", "serialNumber": "printable", "DC": "ia5"}
"""Attributes whose string type is fixed (RFC 5280 appendix A.1, RFC 4519 2.4)."""

SERIAL_LIMIT = 2**159
"""BR 7.1.2: a serial number is positive and below this."""

EARLIEST = datetime(1950, 1, 1, tzinfo=UTC)
"""UTCTime begins here (RFC 5280 4.1.2.5.1)."""


def refuse(headline: str, detail: str, next_step: str, code: str) -> CeremonyError:
    """The error for something that cannot be put into a certificate."""
    return CeremonyError(headline, detail=detail, not_done="Nothing was signed.", next_step=next_step, code=code)


def require_encodable(profile: CertificateProfile, issuer_profile: CertificateProfile, holes: Holes) -> None:
    """Raises CeremonyError for holes, or a profile, that no certificate can carry. Names: see `require_name`."""
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
    kinds = [extension.type for extension in profile.extensions]
    issuer_kinds = [extension.type for extension in issuer_profile.extensions]
    if "authority-key-identifier" in kinds and "subject-key-identifier" not in issuer_kinds:
        raise refuse(
            "The issuer has no key identifier to point to.",
            "The profile has an authority key identifier, but the issuer's profile has no subject key identifier.",
            "Add subject-key-identifier to the issuer's profile.",
            "BR-C18",
        )
    for extension in profile.extensions:
        if isinstance(extension, BasicConstraints) and extension.path_length is not None and not extension.ca:
            raise refuse(
                "A path length stands where there is no CA.",
                "basic-constraints says ca: false and a path_length (RFC 5280 4.2.1.9).",
                "Remove path_length, or say ca: true.",
                "RF-2",
            )
        only = {"encipherOnly", "decipherOnly"}
        if isinstance(extension, KeyUsage) and only & set(extension.usages) and "keyAgreement" not in extension.usages:
            raise refuse(
                "A key usage needs keyAgreement beside it.",
                "encipherOnly and decipherOnly mean nothing without keyAgreement (RFC 5280 4.2.1.3).",
                "Remove them from key-usage.",
                "RF-2",
            )


def require_name(name: tuple[NameAttribute, ...], *, practice: bool) -> None:
    """Raises CeremonyError for a name that cannot be encoded as its profile says."""
    short = {attribute_oid(kind): kind for kind in LONGEST} | {attribute_oid("DC"): "DC"}
    for attribute in name:
        kind = short.get(attribute_oid(attribute.type), attribute.type)
        fault = _name_fault(kind, attribute, practice=practice)
        if fault is not None:
            raise refuse(
                f"The attribute {kind} of a name cannot be encoded.",
                fault,
                "Correct the profile's subject.",
                "CERT-NAME",
            )


def _name_fault(kind: str, attribute: NameAttribute, *, practice: bool) -> str | None:
    value = attribute.value
    longest = LONGEST.get(kind)
    if longest is not None and len(value) > longest:
        mark = " The mark (PRACTICE) needs 11 characters of them." if practice else ""
        return f"It has {len(value)} characters; {longest} are allowed.{mark} It reads: {value}"
    if kind == "C" and not re.fullmatch(r"[A-Z]{2}", value):
        return f"A country is two capital letters, such as ID. It reads: {value}"
    fixed = STRING_TYPES.get(kind)
    if fixed is not None and attribute.string != fixed:
        return f"It must be written with string: {fixed}; the profile says {attribute.string}."
    if attribute.string == "printable" and not PRINTABLE.fullmatch(value):
        strange = next(character for character in value if not PRINTABLE.fullmatch(character))
        return f"A printable string cannot hold {strange!r}; use string: utf8. It reads: {value}"
    if attribute.string == "ia5" and not value.isascii():
        return f"An IA5 string holds ASCII alone; use string: utf8. It reads: {value}"
    if any(
        character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff" for character in value
    ):
        return "It holds a control character."
    return None


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
