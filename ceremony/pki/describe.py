"""What bytes say, read back by a parser that had no part in writing them: asn1crypto, from the octets alone.

Nothing here knows the builder, a profile or a policy. The fields come in the order in which the bytes hold them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from asn1crypto import core, parser

from ceremony.errors import CeremonyError
from ceremony.pki.describe_extensions import extension_words, serial_text
from ceremony.pki.describe_names import attribute_value
from ceremony.pki.notation import TITLES, colon_hex, criticality, lifetime_text, utc_text, visible
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, attribute_name
from ceremony.policy.extension_oids import EXTENSION_WORDS

Fields = tuple[tuple[str, str], ...]

CURVES: dict[str, str] = {
    "1.2.840.10045.3.1.7": "EC P-256",
    "1.3.132.0.34": "EC P-384",
    "1.3.132.0.35": "EC P-521",
}
RSA = "1.2.840.113549.1.1.1"
EC = "1.2.840.10045.2.1"
OTHER_KEYS: dict[str, str] = {
    "1.3.101.112": "Ed25519",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}


class _AttributeTypeAndValue(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]  # noqa: RUF012 - how asn1crypto declares fields


class _RelativeDistinguishedName(core.SetOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = _AttributeTypeAndValue


class _Name(core.SequenceOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = _RelativeDistinguishedName


class _Algorithm(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [  # noqa: RUF012 - how asn1crypto declares fields
        ("algorithm", core.ObjectIdentifier),
        ("parameters", core.Any, {"optional": True}),
    ]


class _PublicKey(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("algorithm", _Algorithm), ("bits", core.OctetBitString)]  # noqa: RUF012 - as above


class _RsaPublicKey(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("modulus", core.Integer), ("exponent", core.Integer)]  # noqa: RUF012 - as above


class _Extension(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [  # noqa: RUF012 - how asn1crypto declares fields
        ("oid", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("value", core.OctetString),
    ]


class _Extensions(core.SequenceOf):  # type: ignore[misc] # asn1crypto ships no types
    _child_spec = _Extension


class _Validity(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [("not_before", core.Any), ("not_after", core.Any)]  # noqa: RUF012 - as above


class _TbsCertificate(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [  # noqa: RUF012 - how asn1crypto declares fields
        ("version", core.Integer, {"explicit": 0, "default": 0}),
        ("serial_number", core.Integer),
        ("signature", _Algorithm),
        ("issuer", _Name),
        ("validity", _Validity),
        ("subject", _Name),
        ("public_key", _PublicKey),
        ("issuer_unique_id", core.OctetBitString, {"implicit": 1, "optional": True}),
        ("subject_unique_id", core.OctetBitString, {"implicit": 2, "optional": True}),
        ("extensions", _Extensions, {"explicit": 3, "optional": True}),
    ]


class _Certificate(core.Sequence):  # type: ignore[misc] # asn1crypto ships no types
    _fields = [  # noqa: RUF012 - how asn1crypto declares fields
        ("tbs", _TbsCertificate),
        ("algorithm", _Algorithm),
        ("signature", core.OctetBitString),
    ]


@lru_cache(maxsize=64)  # the same bytes are reviewed, approved and written
def describe(octets: bytes) -> Fields:
    """Name and value of every field of a Certificate or a TBSCertificate (DER), in order.

    A certificate whose outer signature algorithm differs from the inner one has a last field that says so; otherwise
    a certificate and its to-be-signed bytes are described alike. Raises CeremonyError DESCRIBE for bytes that are
    neither, or that hold more than they should.
    """
    try:
        tbs, outer = _load(octets)
        fields = tuple(_fields(tbs))
        if outer is not None and outer.dump() != tbs["signature"].dump():
            fields += (("Outer signature algorithm", _signature(outer)),)
        return fields
    except Exception as error:  # the parser may fail in any way on bytes that somebody made to fail
        words = visible(str(error) or type(error).__name__)[:200]
        raise CeremonyError(
            "These bytes are not a readable certificate.",
            detail=f"The parser says: {words}",
            not_done="Nothing was described, so nothing can be approved.",
            next_step="Check that the file is a certificate in DER and that it is whole.",
            code="DESCRIBE",
        ) from error


def _load(octets: bytes) -> tuple[Any, Any]:
    outermost = parser.parse(octets, strict=True)
    if outermost[:3] != (0, 1, 16):
        raise ValueError("the bytes are not a SEQUENCE")
    first = parser.parse(outermost[4])
    if first[:3] == (0, 1, 16):
        certificate = _Certificate.load(octets, strict=True)
        whole(certificate)
        return certificate["tbs"], certificate["algorithm"]
    tbs = _TbsCertificate.load(octets, strict=True)
    whole(tbs)
    return tbs, None


def _fields(tbs: Any) -> Iterator[tuple[str, str]]:
    yield "Version", str(tbs["version"].native + 1)
    yield "Serial number", serial_text(tbs["serial_number"].contents)
    yield "Signature algorithm", _signature(tbs["signature"])
    yield from _name("Issuer", tbs["issuer"])
    not_before, start = _time(tbs["validity"]["not_before"])
    not_after, end = _time(tbs["validity"]["not_after"])
    yield "Not before", not_before
    yield "Not after", not_after
    yield "Lifetime", lifetime_text(start, end) if start and end else "unknown"
    yield from _name("Subject", tbs["subject"])
    yield "Public key", _public_key(tbs["public_key"])
    yield "Public key SHA-256", hashlib.sha256(tbs["public_key"].dump()).hexdigest().upper()
    for field, title in (("issuer_unique_id", "Issuer unique id"), ("subject_unique_id", "Subject unique id")):
        if not isinstance(tbs[field], core.Void):
            yield title, colon_hex(tbs[field].contents)
    if not isinstance(tbs["extensions"], core.Void):
        for extension in tbs["extensions"]:
            yield _extension(extension)


def _signature(algorithm: Any) -> str:
    octets = algorithm.dump()
    for name, known in SIGNATURE_IDENTIFIERS.items():
        if octets == known:
            return name
    return f"{algorithm['algorithm'].dotted}, octets {octets.hex().upper()}"


def _name(title: str, name: Any) -> Iterator[tuple[str, str]]:
    if not len(name):
        yield title, "(empty)"
    for part in name:
        for place, attribute in enumerate(part):
            joined = "+ " if place else ""  # a further attribute of the same relative name
            yield (
                f"{title} {joined}{attribute_name(attribute['type'].dotted)}",
                attribute_value(attribute["value"].dump()),
            )


def _time(value: Any) -> tuple[str, datetime | None]:
    tag_class, _, tag, _, contents, _ = parser.parse(value.dump(), strict=True)
    text = contents.decode("ascii", "replace")
    match = re.fullmatch(r"([0-9]{2}|[0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z", text)
    if tag_class or not match or (tag, len(match[1])) not in {(23, 2), (24, 4)}:
        return f"{visible(text)} (not a form of RFC 5280)", None
    year = int(match[1])
    if tag == 23:
        year += 2000 if year < 50 else 1900
    try:
        month, day, hour, minute, second = (int(part) for part in match.groups()[1:])
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return f"{visible(text)} (no such moment)", None
    note = " (GeneralizedTime before 2050)" if tag == 24 and year < 2050 else ""
    return utc_text(moment) + note, moment


def _public_key(key: Any) -> str:
    oid = key["algorithm"]["algorithm"].dotted
    parameters = key["algorithm"]["parameters"]
    bits = key["bits"].native
    if oid == RSA:
        numbers = _RsaPublicKey.load(bits, strict=True)
        whole(numbers)
        return f"RSA {numbers['modulus'].native.bit_length()} bits, exponent {numbers['exponent'].native}"
    if oid == EC and not isinstance(parameters, core.Void):
        curve = parameters.parse(core.ObjectIdentifier).dotted
        return CURVES.get(curve, f"EC curve {curve}")
    return OTHER_KEYS.get(oid, f"algorithm {oid}")


def _extension(extension: Any) -> tuple[str, str]:
    oid = extension["oid"].dotted
    kind = EXTENSION_WORDS.get(oid, "")
    words = [criticality(extension["critical"].native), *extension_words(oid, extension["value"].native)]
    return TITLES.get(kind, f"Extension {oid}"), "; ".join(words)


def whole(value: Any) -> None:
    """Read a value of the lazy parser to its end. Raises ValueError for elements that its type has no place for."""
    if isinstance(value, core.Sequence):
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
