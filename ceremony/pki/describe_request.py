"""What the bytes of a certification request say, read back by a parser that had no part in writing them: asn1crypto.

Nothing here knows the builder, a profile or a policy. The fields come in the order of the bytes, in the notation of
`ceremony/pki/notation.py`, with these besides; that marked * stands in a whole request alone:

    Version                    1
    Attributes                 none, where the set is empty; `left out` where there is no set
    an extension               asked for in the extensionRequest attribute: as in a certificate. One that writes out
                               its default is `not critical (written out)`, one whose BOOLEAN is not of DER
                               `critical (octets HEX)`
    Attribute T                any other attribute, T its name in RFC 2985 or OID: `text (STRING)` or `octets HEX` of
                               each value, joined by `; `. Of a challengePassword `present, not shown`: it is a secret
    Signature algorithm *      as in a certificate
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.describe import CURVES, EC, OTHER_KEYS, RSA, Fields
from ceremony.pki.describe_extensions import extension_words
from ceremony.pki.describe_names import attribute_value
from ceremony.pki.notation import TITLES, visible
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, attribute_name
from ceremony.pki.pieces import Piece, count, identifier, pair, piece, rows, sequence
from ceremony.policy.extension_oids import EXTENSION_WORDS

BOOLEAN, BIT_STRING, OCTET_STRING, SEQUENCE, SET = 0x01, 0x03, 0x04, 0x30, 0x31
ATTRIBUTES = 0xA0

ATTRIBUTE_NAMES: dict[str, str] = {
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.7": "challengePassword",
    "1.2.840.113549.1.9.8": "unstructuredAddress",
}
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"


def describe_request(octets: bytes) -> Fields:
    """Name and value of every field of a CertificationRequest or a CertificationRequestInfo (DER), in order.

    A whole request has its signature algorithm as a last field; otherwise both are described alike. Raises
    CeremonyError DESCRIBE for bytes that are neither, that are not DER, or that hold more than they should.
    """
    try:
        return tuple(_fields(piece(octets, SEQUENCE)))
    except Exception as error:  # the parser may fail in any way on bytes that somebody made to fail
        words = visible(str(error) or type(error).__name__)[:200]
        raise CeremonyError(
            "These bytes are not a readable request.",
            detail=f"The parser says: {words}",
            not_done="Nothing was described, so nothing can be approved.",
            next_step="Check that the file is a certification request in DER and that it is whole.",
            code="DESCRIBE",
        ) from error


def _fields(outermost: Piece) -> Iterator[tuple[str, str]]:
    parts = outermost.pieces
    if parts[0].tag != SEQUENCE:
        yield from _info(outermost)
        return
    info, algorithm, signature = parts
    if signature.tag != BIT_STRING or signature.contents[:1] != b"\x00":
        raise ValueError("a signature is expected")
    yield from _info(info)
    yield "Signature algorithm", _signature(algorithm)


def _info(element: Piece) -> Iterator[tuple[str, str]]:
    version, subject, key, *rest = sequence(element)
    yield "Version", str(count(version) + 1)
    yield from _name(subject)
    yield "Public key", _public_key(key)
    yield "Public key SHA-256", hashlib.sha256(key.octets).hexdigest().upper()
    if not rest:
        yield "Attributes", "left out"
        return
    (attributes,) = rest
    found = sequence(attributes, ATTRIBUTES)
    if not found:
        yield "Attributes", "none"
    asked = 0
    for attribute in found:
        kind, values = pair(attribute)
        oid = identifier(kind)
        if oid == EXTENSION_REQUEST:
            asked += 1
            (extensions,) = rows(values, SET)
            for extension in rows(extensions):
                yield _extension(extension)
        else:
            yield f"Attribute {ATTRIBUTE_NAMES.get(oid, oid)}", _values(oid, rows(values, SET))
    if asked > 1:
        raise ValueError("extensions are asked for in two places")


def _values(oid: str, values: tuple[Piece, ...]) -> str:
    if ATTRIBUTE_NAMES.get(oid) == "challengePassword":
        return "present, not shown"
    return "; ".join(attribute_value(value.octets) for value in values)


def _name(name: Piece) -> Iterator[tuple[str, str]]:
    parts = sequence(name)
    if not parts:
        yield "Subject", "(empty)"
    for part in parts:
        for place, attribute in enumerate(rows(part, SET)):
            oid, value = pair(attribute)
            joined = "+ " if place else ""  # a further attribute of the same relative name
            yield f"Subject {joined}{attribute_name(identifier(oid))}", attribute_value(value.octets)


def _public_key(key: Piece) -> str:
    algorithm, bits = pair(key)
    kind, *parameters = sequence(algorithm)
    oid = identifier(kind)
    if bits.tag != BIT_STRING or bits.contents[:1] != b"\x00":
        raise ValueError("the bits of a key are expected")
    if oid == RSA:
        modulus, exponent = map(count, pair(piece(bits.contents[1:])))
        return f"RSA {modulus.bit_length()} bits, exponent {exponent}"
    if oid == EC and parameters:
        curve = identifier(parameters[0]) if parameters[0].tag == 0x06 else "with parameters of its own"
        return CURVES.get(curve, f"EC curve {curve}")
    return OTHER_KEYS.get(oid, f"algorithm {oid}")


def _extension(extension: Piece) -> tuple[str, str]:
    kind, *flag, value = sequence(extension)
    if len(flag) > 1 or value.tag != OCTET_STRING:
        raise ValueError("an extension is expected")
    oid = identifier(kind)
    critical = _critical(flag[0]) if flag else "not critical"
    word = EXTENSION_WORDS.get(oid, "")
    return TITLES.get(word, f"Extension {oid}"), "; ".join([critical, *extension_words(oid, value.contents)])


def _critical(flag: Piece) -> str:
    match flag.octets:
        case b"\x01\x01\xff":
            return "critical"
        case b"\x01\x01\x00":
            return "not critical (written out)"
    if flag.tag != BOOLEAN:
        raise ValueError("an extension is expected")
    return f"critical (octets {flag.octets.hex().upper()})"


def _signature(algorithm: Piece) -> str:
    for name, known in SIGNATURE_IDENTIFIERS.items():
        if algorithm.octets == known:
            return name
    kind, *_ = sequence(algorithm)
    return f"{identifier(kind)}, octets {algorithm.octets.hex().upper()}"
