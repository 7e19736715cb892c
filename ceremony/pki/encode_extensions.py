"""The contents of extensions in DER: one function for each kind, values in the order in which the profile has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ceremony.pki import der
from ceremony.pki.encode import (
    CannotEncode,
    bits,
    bits_content,
    explicit,
    generalized,
    implicit,
    moment_of,
    oid,
    one_element,
    string,
)
from ceremony.pki.encode_names import general_name, general_names, relative_name, uri
from ceremony.pki.oids import (
    CPS_QUALIFIER,
    KEY_USAGES,
    NOTICE_QUALIFIER,
    REASON_BITS,
    access_oid,
    purpose_oid,
)
from ceremony.policy import extensions as x
from ceremony.policy.extension_oids import EXTENSIONS

TRUE = bytes.fromhex("0101ff")
NULL_VALUE = bytes.fromhex("0500")


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What extensions take from outside the profile: the key identifiers, and who issued the issuer's certificate.

    `issuer_and_serial` is the DER Name of the issuer's issuer and the issuer's serial number.
    """

    subject: bytes | None = None
    issuer: bytes | None = None
    issuer_and_serial: tuple[bytes, int] | None = None


def encode_extension(extension: x.Extension, identifiers: Identifiers) -> bytes:
    """An Extension (RFC 5280 4.1): its OID, `critical` where it is so, its contents. Raises CannotEncode."""
    if isinstance(extension, x.RawExtension):
        number, contents = extension.oid, bytes.fromhex(extension.der)
    else:
        number, contents = EXTENSIONS[extension.type], contents_of(extension, identifiers)
    critical = TRUE if extension.critical else b""
    return der.encode(der.SEQUENCE, oid(number), critical, der.encode(der.OCTET_STRING, contents))


def contents_of(extension: x.Extension, identifiers: Identifiers) -> bytes:
    """What stands inside extnValue. Raises CannotEncode."""
    if isinstance(extension, x.SubjectKeyIdentifier):
        return der.encode(der.OCTET_STRING, _known(identifiers.subject, "The subject's key identifier"))
    if isinstance(extension, x.AuthorityKeyIdentifier):
        return _authority_key_identifier(extension, identifiers)
    return WRITERS[type(extension)](extension)


def _basic_constraints(extension: x.BasicConstraints) -> bytes:
    limit = b"" if extension.path_length is None else der.encode_integer(extension.path_length)
    return der.encode(der.SEQUENCE, TRUE if extension.ca else b"", limit)


def _key_usage(extension: x.KeyUsage) -> bytes:
    return bits([KEY_USAGES.index(usage) for usage in extension.usages])


def _extended_key_usage(extension: x.ExtendedKeyUsage) -> bytes:
    return der.encode(der.SEQUENCE, *(oid(purpose_oid(purpose)) for purpose in extension.purposes))


def _authority_key_identifier(extension: x.AuthorityKeyIdentifier, identifiers: Identifiers) -> bytes:
    parts = []
    if extension.key_identifier == "issuer":
        octets = _known(identifiers.issuer, "The issuer's key identifier")
        parts.append(implicit(0, der.encode(der.OCTET_STRING, octets)))
    elif extension.key_identifier != "none":
        parts.append(implicit(0, der.encode(der.OCTET_STRING, bytes.fromhex(extension.key_identifier))))
    place = extension.issuer_and_serial
    if isinstance(place, x.LiteralIssuer):
        parts.append(implicit(1, general_names(place.issuer)))
        parts.append(implicit(2, der.encode_integer(int(place.serial, 16))))
    elif place == "issuer":
        if identifiers.issuer_and_serial is None:
            raise CannotEncode("The issuer's own issuer and serial number are not known.")
        name, serial = identifiers.issuer_and_serial
        parts.append(implicit(1, der.encode(der.SEQUENCE, explicit(4, name))))
        parts.append(implicit(2, der.encode_integer(serial)))
    return der.encode(der.SEQUENCE, *parts)


def _certificate_policies(extension: x.CertificatePolicies) -> bytes:
    return der.encode(der.SEQUENCE, *(_policy(policy) for policy in extension.policies))


def _policy(policy: x.PolicyInformation) -> bytes:
    qualifiers = [_qualifier(qualifier) for qualifier in policy.qualifiers]
    rest = der.encode(der.SEQUENCE, *qualifiers) if qualifiers else b""
    return der.encode(der.SEQUENCE, oid(policy.oid), rest)


def _qualifier(qualifier: x.CpsQualifier | x.UserNotice) -> bytes:
    if isinstance(qualifier, x.CpsQualifier):
        return der.encode(der.SEQUENCE, oid(CPS_QUALIFIER), string(qualifier.uri, "ia5"))
    parts = []
    if qualifier.organization is not None:
        numbers = der.encode(der.SEQUENCE, *(der.encode_integer(number) for number in qualifier.numbers))
        organization = string(qualifier.organization, qualifier.organization_string)
        parts.append(der.encode(der.SEQUENCE, organization, numbers))
    elif qualifier.numbers:
        raise CannotEncode("A user notice has numbers, but no organization whose notices they count.")
    if qualifier.text is not None:
        parts.append(string(qualifier.text, qualifier.string))
    return der.encode(der.SEQUENCE, oid(NOTICE_QUALIFIER), der.encode(der.SEQUENCE, *parts))


def _policy_mappings(extension: x.PolicyMappings) -> bytes:
    pairs = (der.encode(der.SEQUENCE, oid(pair.issuer), oid(pair.subject)) for pair in extension.mappings)
    return der.encode(der.SEQUENCE, *pairs)


def _policy_constraints(extension: x.PolicyConstraints) -> bytes:
    limits = (extension.require_explicit_policy, extension.inhibit_policy_mapping)
    parts = (implicit(place, der.encode_integer(limit)) for place, limit in enumerate(limits) if limit is not None)
    return der.encode(der.SEQUENCE, *parts)


def _inhibit_any_policy(extension: x.InhibitAnyPolicy) -> bytes:
    return der.encode_integer(extension.skip_certs)


def _name_constraints(extension: x.NameConstraints) -> bytes:
    parts = []
    for place, names in enumerate((extension.permitted, extension.excluded)):
        if names:
            subtrees = (der.encode(der.SEQUENCE, general_name(name)) for name in names)
            parts.append(explicit(place, *subtrees))
    return der.encode(der.SEQUENCE, *parts)


def _points(extension: x.CrlDistributionPoints | x.FreshestCrl) -> bytes:
    simple = (explicit(0, explicit(0, uri(url))) for url in extension.urls)
    rows = [der.encode(der.SEQUENCE, place) for place in simple]
    return der.encode(der.SEQUENCE, *rows, *(_point(point) for point in extension.points))


def _point(point: x.DistributionPoint) -> bytes:
    parts = []
    if point.full_name and point.relative_name:
        raise CannotEncode("A distribution point has both a full name and a relative name; it can have one of them.")
    if len(point.relative_name) > 1:
        raise CannotEncode("A relative name of a distribution point is one part; write several attributes as all_of.")
    if point.full_name:
        parts.append(explicit(0, implicit(0, general_names(point.full_name))))
    for part in point.relative_name:
        parts.append(explicit(0, implicit(1, relative_name(part))))  # noqa: PERF401 - at most one
    if point.reasons:
        places = [REASON_BITS[reason] for reason in point.reasons]
        parts.append(der.encode(der.CONTEXT | 1, bits_content(places)))
    if point.crl_issuer:
        parts.append(implicit(2, general_names(point.crl_issuer)))
    return der.encode(der.SEQUENCE, *parts)


def _access(extension: x.AuthorityInformationAccess | x.SubjectInformationAccess) -> bytes:
    rows = []
    for access in extension.access:
        location = uri(access.url) if access.url is not None else b""
        if access.location is not None:
            location = general_name(access.location)
        rows.append(der.encode(der.SEQUENCE, oid(access_oid(access.method)), location))
    return der.encode(der.SEQUENCE, *rows)


def _alternative_names(extension: x.SubjectAlternativeName | x.IssuerAlternativeName) -> bytes:
    return general_names(extension.names)


def _private_key_usage_period(extension: x.PrivateKeyUsagePeriod) -> bytes:
    moments = (extension.not_before, extension.not_after)
    parts = (
        der.encode(der.CONTEXT | place, generalized(moment_of(text)))
        for place, text in enumerate(moments)
        if text is not None
    )
    return der.encode(der.SEQUENCE, *parts)


def _ocsp_no_check(_: x.OcspNoCheck) -> bytes:
    return NULL_VALUE


def _qc_statements(extension: x.QcStatements) -> bytes:
    rows = []
    for statement in extension.statements:
        information = b"" if statement.der is None else one_element(bytes.fromhex(statement.der))
        rows.append(der.encode(der.SEQUENCE, oid(statement.oid), information))
    return der.encode(der.SEQUENCE, *rows)


def _known(octets: bytes | None, what: str) -> bytes:
    if octets is None:
        raise CannotEncode(f"{what} is not known.")
    return octets


WRITERS: dict[type[Any], Callable[[Any], bytes]] = {
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
"""The kinds whose contents the profile alone decides."""
