"""The values of extensions, read by asn1crypto from their octets: one reader for each kind, values in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from asn1crypto import core, x509

from ceremony.pki.notation import colon_hex, visible
from ceremony.pki.oids import ACCESS_METHODS, KEY_USAGES, purpose_name

IA5_TAG = 0x16


class _Qualifier(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("oid", core.ObjectIdentifier), ("value", core.Any)]  # noqa: RUF012 - how asn1crypto declares fields


class _Qualifiers(core.SequenceOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = _Qualifier


class _Policy(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [  # noqa: RUF012 - how asn1crypto declares fields
        ("oid", core.ObjectIdentifier),
        ("qualifiers", _Qualifiers, {"optional": True}),
    ]


class _Policies(core.SequenceOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = _Policy


class _Purposes(core.SequenceOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = core.ObjectIdentifier


def whole(value: Any) -> None:
    """Read a value of the lazy parser to its end. Raises ValueError for elements that its type has no place for."""
    if isinstance(value, core.Choice):
        whole(value.chosen)
    elif isinstance(value, core.Sequence):
        names = list(value)
        if len(value) > len(names):
            raise ValueError("an element stands where the type has no place for one")
        for name in names:
            whole(value[name])
    elif isinstance(value, core.SequenceOf | core.SetOf):
        for element in value:
            whole(element)
    elif not isinstance(value, core.Any):
        _ = value.native


def serial_text(contents: bytes) -> str:
    """The content octets of a serial number as hex; says so where it is negative."""
    if contents[0] & 0x80:
        return f"negative, octets {colon_hex(contents)}"
    return colon_hex(contents[1:] if contents[0] == 0 and len(contents) > 1 else contents)


def _strict(spec: Any, octets: bytes) -> Any:
    value = spec.load(octets, strict=True)
    whole(value)
    return value


def _basic_constraints(octets: bytes) -> Iterator[str]:
    value = _strict(x509.BasicConstraints, octets)
    yield "CA" if value["ca"].native else "not a CA"
    limit = value["path_len_constraint"].native
    if limit is not None:
        yield f"path length {limit}"


def _key_usage(octets: bytes) -> Iterator[str]:
    bits = core.BitString.load(octets, strict=True).native
    for place, bit in enumerate(bits):
        if bit:
            yield KEY_USAGES[place] if place < len(KEY_USAGES) else f"bit {place}"
    if not any(bits):
        yield "nothing"
    elif not bits[-1]:
        yield "(not DER: zero bits at the end)"


def _extended_key_usage(octets: bytes) -> Iterator[str]:
    for purpose in _strict(_Purposes, octets):
        yield purpose_name(purpose.dotted)


def _subject_key_identifier(octets: bytes) -> Iterator[str]:
    yield colon_hex(core.OctetString.load(octets, strict=True).native)


def _authority_key_identifier(octets: bytes) -> Iterator[str]:
    value = _strict(x509.AuthorityKeyIdentifier, octets)
    if not isinstance(value["key_identifier"], core.Void):
        yield colon_hex(value["key_identifier"].native)
    if not isinstance(value["authority_cert_issuer"], core.Void):
        yield f"issuer octets {value['authority_cert_issuer'].contents.hex().upper()}"
    if not isinstance(value["authority_cert_serial_number"], core.Void):
        yield f"serial number {serial_text(value['authority_cert_serial_number'].contents)}"


def _certificate_policies(octets: bytes) -> Iterator[str]:
    for policy in _strict(_Policies, octets):
        qualifiers = policy["qualifiers"]
        words = [] if isinstance(qualifiers, core.Void) else [_qualifier(qualifier) for qualifier in qualifiers]
        yield " ".join([policy["oid"].dotted, *words])


def _qualifier(qualifier: Any) -> str:
    octets = qualifier["value"].dump()
    if qualifier["oid"].dotted == "1.3.6.1.5.5.7.2.1" and octets[0] == IA5_TAG:
        return f"cps {_url(core.IA5String.load(octets, strict=True).contents)}"
    return f"qualifier {qualifier['oid'].dotted} octets {octets.hex().upper()}"


def _crl_distribution_points(octets: bytes) -> Iterator[str]:
    for point in _strict(x509.CRLDistributionPoints, octets):
        names = point["distribution_point"]
        simple = (
            not isinstance(names, core.Void)
            and names.name == "full_name"
            and len(names.chosen) == 1
            and isinstance(point["reasons"], core.Void)
            and isinstance(point["crl_issuer"], core.Void)
        )
        yield _general_name(names.chosen[0]) if simple else f"octets {point.dump().hex().upper()}"


def _authority_information_access(octets: bytes) -> Iterator[str]:
    for access in _strict(x509.AuthorityInfoAccessSyntax, octets):
        oid = access["access_method"].dotted
        method = next((name for name, number in ACCESS_METHODS.items() if number == oid), oid)
        yield f"{method} {_general_name(access['access_location'])}"


def _general_name(name: Any) -> str:
    if name.name == "uniform_resource_identifier":
        return _url(name.chosen.contents)
    return f"{name.name} octets {name.dump().hex().upper()}"


def _url(contents: bytes) -> str:
    # A URL has no spaces; written out, none can look like the gap between two values.
    return visible(contents.decode("ascii")).replace(" ", "\\u{20}")


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "basic-constraints": _basic_constraints,
    "key-usage": _key_usage,
    "extended-key-usage": _extended_key_usage,
    "subject-key-identifier": _subject_key_identifier,
    "authority-key-identifier": _authority_key_identifier,
    "certificate-policies": _certificate_policies,
    "crl-distribution-points": _crl_distribution_points,
    "authority-information-access": _authority_information_access,
}
