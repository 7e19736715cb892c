"""The values of extensions as the policy wants them described: the notation of `ceremony/pki/notation.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ceremony.pki.holes import Holes, subject_of
from ceremony.pki.identifiers import issuer_identifier, subject_identifier
from ceremony.pki.notation import colon_hex, quoted, word
from ceremony.pki.oids import KEY_USAGES, REASON_BITS, access_name, access_oid, purpose_name, purpose_oid
from ceremony.pki.wanted_names import general_name_text, general_names_text, name_text, relative_name_text
from ceremony.policy import extensions as x
from ceremony.policy.models import CertificateProfile
from ceremony.policy.names import UriName

NO_VALUE = "empty"


def values_of(
    extension: x.Extension,
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    holes: Holes,
    *,
    practice: bool,
) -> list[str]:
    """The values of one extension, in order. A raw extension has none here: its octets are read as they stand."""
    if isinstance(extension, x.SubjectKeyIdentifier):
        return [colon_hex(subject_identifier(profile, holes) or b"")]
    if isinstance(extension, x.AuthorityKeyIdentifier):
        return list(_authority(extension, profile, issuer_profile, holes, practice)) or [NO_VALUE]
    return list(WORDS[type(extension)](extension)) or [NO_VALUE]


def magnitude(number: int) -> bytes:
    """The octets of a positive number, without a sign octet."""
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big")


def _authority(
    extension: x.AuthorityKeyIdentifier,
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    holes: Holes,
    practice: bool,
) -> Iterator[str]:
    if extension.key_identifier == "issuer":
        yield colon_hex(issuer_identifier(profile, issuer_profile, holes) or b"")
    elif extension.key_identifier != "none":
        yield colon_hex(bytes.fromhex(extension.key_identifier))
    place = extension.issuer_and_serial
    if isinstance(place, x.LiteralIssuer):
        yield f"issuer {general_names_text(place.issuer)}"
        yield f"serial number {colon_hex(magnitude(int(place.serial, 16)))}"
    elif place == "issuer":
        if holes.issuer_issuer_and_serial is not None:
            name, serial = holes.issuer_issuer_and_serial
            text = name_text(name)
        else:  # its own issuer: a self-signed certificate
            text = name_text(holes.issuer_name or subject_of(issuer_profile, practice=practice))
            serial = holes.serial_number
        yield f"issuer (directory ({text}))"
        yield f"serial number {colon_hex(magnitude(serial))}"


def _basic_constraints(extension: x.BasicConstraints) -> Iterator[str]:
    yield "CA" if extension.ca else "not a CA"
    if extension.path_length is not None:
        yield f"path length {extension.path_length}"


def _key_usage(extension: x.KeyUsage) -> Iterator[str]:
    yield from (usage for usage in KEY_USAGES if usage in extension.usages)


def _extended_key_usage(extension: x.ExtendedKeyUsage) -> Iterator[str]:
    yield from (purpose_name(purpose_oid(purpose)) for purpose in extension.purposes)


def _certificate_policies(extension: x.CertificatePolicies) -> Iterator[str]:
    for policy in extension.policies:
        yield " ".join([policy.oid, *map(_qualifier, policy.qualifiers)])


def _qualifier(qualifier: x.CpsQualifier | x.UserNotice) -> str:
    if isinstance(qualifier, x.CpsQualifier):
        return f"cps {word(qualifier.uri)}"
    parts = []
    if qualifier.organization is not None:
        numbers = " ".join(map(str, qualifier.numbers)) or "none"
        parts.append(f"organization {quoted(qualifier.organization)} {qualifier.organization_string} numbers {numbers}")
    if qualifier.text is not None:
        parts.append(f"text {quoted(qualifier.text)} {qualifier.string}")
    return f"notice ({', '.join(parts)})"


def _policy_mappings(extension: x.PolicyMappings) -> Iterator[str]:
    yield from (f"{pair.issuer} to {pair.subject}" for pair in extension.mappings)


def _policy_constraints(extension: x.PolicyConstraints) -> Iterator[str]:
    if extension.require_explicit_policy is not None:
        yield f"require explicit policy {extension.require_explicit_policy}"
    if extension.inhibit_policy_mapping is not None:
        yield f"inhibit policy mapping {extension.inhibit_policy_mapping}"


def _inhibit_any_policy(extension: x.InhibitAnyPolicy) -> Iterator[str]:
    yield f"skip {extension.skip_certs}"


def _name_constraints(extension: x.NameConstraints) -> Iterator[str]:
    yield from (f"permitted {general_name_text(name)}" for name in extension.permitted)
    yield from (f"excluded {general_name_text(name)}" for name in extension.excluded)


def _points(extension: x.CrlDistributionPoints | x.FreshestCrl) -> Iterator[str]:
    yield from map(word, extension.urls)
    yield from map(_point, extension.points)


def _point(point: x.DistributionPoint) -> str:
    match point:
        case x.DistributionPoint(full_name=(UriName(value=url),), reasons=(), crl_issuer=()):
            return word(url)
    parts = []
    if point.full_name:
        parts.append(f"full name {general_names_text(point.full_name)}")
    parts += [f"relative name ({relative_name_text(part)})" for part in point.relative_name]
    if point.reasons:
        parts.append(f"reasons ({', '.join(reason for reason in REASON_BITS if reason in point.reasons)})")
    if point.crl_issuer:
        parts.append(f"issuer {general_names_text(point.crl_issuer)}")
    return f"point ({', '.join(parts)})"


def _access(extension: x.AuthorityInformationAccess | x.SubjectInformationAccess) -> Iterator[str]:
    for access in extension.access:
        method = access_name(access_oid(access.method))
        if access.url is not None:
            yield f"{method} {word(access.url)}"
        elif isinstance(access.location, UriName):
            yield f"{method} {word(access.location.value)}"
        elif access.location is not None:
            yield f"{method} {general_name_text(access.location)}"


def _alternative_names(extension: x.SubjectAlternativeName | x.IssuerAlternativeName) -> Iterator[str]:
    yield from map(general_name_text, extension.names)


def _private_key_usage_period(extension: x.PrivateKeyUsagePeriod) -> Iterator[str]:
    if extension.not_before is not None:
        yield f"not before {extension.not_before}"
    if extension.not_after is not None:
        yield f"not after {extension.not_after}"


def _ocsp_no_check(_: x.OcspNoCheck) -> Iterator[str]:
    yield "NULL"


def _qc_statements(extension: x.QcStatements) -> Iterator[str]:
    for statement in extension.statements:
        yield statement.oid if statement.der is None else f"{statement.oid} octets {statement.der.upper()}"


WORDS: dict[type[Any], Callable[[Any], Iterator[str]]] = {
    x.BasicConstraints: _basic_constraints,
    x.KeyUsage: _key_usage,
    x.ExtendedKeyUsage: _extended_key_usage,
    x.CertificatePolicies: _certificate_policies,
    x.PolicyMappings: _policy_mappings,
    x.PolicyConstraints: _policy_constraints,
    x.InhibitAnyPolicy: _inhibit_any_policy,
    x.NameConstraints: _name_constraints,
    x.CrlDistributionPoints: _points,
    x.FreshestCrl: _points,
    x.AuthorityInformationAccess: _access,
    x.SubjectInformationAccess: _access,
    x.SubjectAlternativeName: _alternative_names,
    x.IssuerAlternativeName: _alternative_names,
    x.PrivateKeyUsagePeriod: _private_key_usage_period,
    x.OcspNoCheck: _ocsp_no_check,
    x.QcStatements: _qc_statements,
}
