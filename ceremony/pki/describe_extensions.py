"""The values of extensions, read by asn1crypto from their octets: one reader for each kind, values in their order.

The words are those of the table in `notation`. A reader raises ValueError for octets that are not what its type says,
or that DER would write in another way: then the octets themselves are shown, so that no two values look alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ceremony.pki.describe_names import (
    ascii_word,
    general_name,
    general_names,
    octets_text,
    relative_name,
    string,
    uri_or_name,
)
from ceremony.pki.notation import colon_hex, quoted, utc_text
from ceremony.pki.oids import KEY_USAGES, access_name, purpose_name
from ceremony.pki.pieces import Piece, count, identifier, optional, pair, piece, rows, sequence
from ceremony.policy.extension_oids import EXTENSION_WORDS

REASONS = (
    "keyCompromise",
    "cACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aACompromise",
)
"""ReasonFlags from bit 1 on (RFC 5280 4.2.1.13); bit 0 is unused."""

NOTICE_TAGS = {0x0C, 0x16, 0x1A, 0x1E}
"""The string types of a DisplayText (RFC 5280 4.2.1.4)."""


def extension_words(oid: str, octets: bytes) -> tuple[str, ...]:
    """The values of an extension in their order; `octets HEX` alone for an unknown one and for one that is not DER."""
    kind = EXTENSION_WORDS.get(oid)
    if kind in READERS:
        try:
            return tuple(READERS[kind](piece(octets))) or ("empty",)
        except (
            ValueError,
            TypeError,
            OverflowError,
            IndexError,
        ):  # what asn1crypto raises for bytes that are not what they should be
            pass
    return (f"octets {octets.hex().upper()}",)


def serial_text(contents: bytes) -> str:
    """The content octets of a serial number as hex; says so where it is negative."""
    if contents[0] & 0x80:
        return f"negative, octets {colon_hex(contents)}"
    return colon_hex(contents[1:] if contents[0] == 0 and len(contents) > 1 else contents)


def _basic_constraints(element: Piece) -> Iterator[str]:
    parts = list(sequence(element))
    is_ca = bool(parts) and parts[0].octets == b"\x01\x01\xff"
    yield "CA" if is_ca else "not a CA"
    rest = parts[1:] if is_ca else parts
    if rest:
        (limit,) = rest
        yield f"path length {count(limit)}"


def _key_usage(element: Piece) -> Iterator[str]:
    for place in _bits(element, 0x03):
        if place >= len(KEY_USAGES):
            raise ValueError("a bit that has no name is set")
        yield KEY_USAGES[place]


def _bits(element: Piece, tag: int) -> tuple[int, ...]:
    """The places of the bits that are set; at least one, and no zero after the last."""
    unused, octets = element.contents[0], element.contents[1:]
    bits = tuple(place for place in range(8 * len(octets)) if octets[place // 8] & 0x80 >> place % 8)
    if element.tag != tag or not bits or bits[-1] + 1 + unused != 8 * len(octets) or unused > 7:
        raise ValueError("the bits are not encoded as DER asks")
    return bits


def _extended_key_usage(element: Piece) -> Iterator[str]:
    for part in rows(element):
        yield purpose_name(identifier(part))


def _subject_key_identifier(element: Piece) -> Iterator[str]:
    yield _octet_string(element, 0x04)


def _octet_string(element: Piece, tag: int) -> str:
    if element.tag != tag or not element.contents:
        raise ValueError("an OCTET STRING is expected")
    return colon_hex(element.contents)


def _authority_key_identifier(element: Piece) -> Iterator[str]:
    parts = optional(element, 0x80, 0xA1, 0x82)
    if 0x80 in parts:
        yield _octet_string(parts[0x80], 0x80)
    if 0xA1 in parts:
        yield f"issuer ({general_names(parts[0xA1].pieces)})"
    if 0x82 in parts:
        serial = count(parts[0x82], 0x82)
        yield f"serial number {colon_hex(serial.to_bytes((serial.bit_length() + 7) // 8 or 1, 'big'))}"


def _certificate_policies(element: Piece) -> Iterator[str]:
    for policy in rows(element):
        oid, *qualifiers = sequence(policy)
        words = [identifier(oid)]
        if qualifiers:
            (row,) = qualifiers
            words += [_qualifier(part) for part in rows(row)]
        yield " ".join(words)


def _qualifier(element: Piece) -> str:
    oid, value = pair(element)
    number = identifier(oid)
    try:
        if number == "1.3.6.1.5.5.7.2.1" and value.tag == 0x16:
            return f"cps {ascii_word(value)}"
        if number == "1.3.6.1.5.5.7.2.2":
            return f"notice ({', '.join(_notice(value))})"
    except ValueError:
        pass  # shown as octets
    return f"qualifier {number} {octets_text(value)}"


def _notice(element: Piece) -> Iterator[str]:
    parts = list(sequence(element))
    if parts and parts[0].tag == 0x30:
        organization, row = pair(parts.pop(0))
        numbers = " ".join(str(count(part)) for part in sequence(row)) or "none"
        yield f"organization {_display_text(organization)} numbers {numbers}"
    if parts:
        (text,) = parts
        yield f"text {_display_text(text)}"


def _display_text(element: Piece) -> str:
    read = string(element)
    if element.tag not in NOTICE_TAGS or read is None:
        raise ValueError("a text for display is expected")
    return f"{quoted(read[0])} {read[1]}"


def _policy_mappings(element: Piece) -> Iterator[str]:
    for part in rows(element):
        issuer, subject = pair(part)
        yield f"{identifier(issuer)} to {identifier(subject)}"


def _policy_constraints(element: Piece) -> Iterator[str]:
    parts = optional(element, 0x80, 0x81)
    if 0x80 in parts:
        yield f"require explicit policy {count(parts[0x80], 0x80)}"
    if 0x81 in parts:
        yield f"inhibit policy mapping {count(parts[0x81], 0x81)}"


def _inhibit_any_policy(element: Piece) -> Iterator[str]:
    yield f"skip {count(element)}"


def _name_constraints(element: Piece) -> Iterator[str]:
    parts = optional(element, 0xA0, 0xA1)
    for tag, word in ((0xA0, "permitted"), (0xA1, "excluded")):
        for subtree in rows(parts[tag], tag) if tag in parts else ():
            base, *bounds = rows(subtree)
            yield f"{word} {octets_text(subtree) if bounds else general_name(base)}"


def _points(element: Piece) -> Iterator[str]:
    for point in rows(element):
        parts = optional(point, 0xA0, 0x81, 0xA2)
        words = []
        if 0xA0 in parts:
            (names,) = parts[0xA0].pieces
            if names.tag == 0xA0 and len(parts) == 1 and [name.tag for name in names.pieces] == [0x86]:
                yield ascii_word(names.pieces[0])
                continue
            if names.tag == 0xA0:
                words.append(f"full name ({general_names(names.pieces)})")
            else:
                words.append(f"relative name ({relative_name(names, 0xA1)})")
        if 0x81 in parts:
            words.append(f"reasons ({', '.join(_reasons(parts[0x81]))})")
        if 0xA2 in parts:
            words.append(f"issuer ({general_names(parts[0xA2].pieces)})")
        yield f"point ({', '.join(words)})"


def _reasons(element: Piece) -> Iterator[str]:
    for place in _bits(element, 0x81):
        if not 0 < place <= len(REASONS):
            raise ValueError("a bit that has no name is set")
        yield REASONS[place - 1]


def _access(element: Piece) -> Iterator[str]:
    for part in rows(element):
        method, location = pair(part)
        yield f"{access_name(identifier(method))} {uri_or_name(location)}"


def _names(element: Piece) -> Iterator[str]:
    for part in rows(element):
        yield general_name(part)


def _private_key_usage_period(element: Piece) -> Iterator[str]:
    parts = optional(element, 0x80, 0x81)
    for tag, words in ((0x80, "not before"), (0x81, "not after")):
        if tag in parts:
            yield f"{words} {_moment(parts[tag])}"


def _moment(element: Piece) -> str:
    text = element.contents.decode("ascii")
    if not re.fullmatch(r"[0-9]{14}Z", text):
        raise ValueError("a time is not in the form of RFC 5280")
    return utc_text(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC))


def _ocsp_no_check(element: Piece) -> Iterator[str]:
    if element.octets != b"\x05\x00":
        raise ValueError("NULL is expected")
    yield "NULL"


def _qc_statements(element: Piece) -> Iterator[str]:
    for statement in rows(element):
        oid, *information = sequence(statement)
        words = [identifier(oid)]
        if information:
            (value,) = information
            words.append(octets_text(value))
        yield " ".join(words)


READERS: dict[str, Callable[[Piece], Iterator[str]]] = {
    "basic-constraints": _basic_constraints,
    "key-usage": _key_usage,
    "extended-key-usage": _extended_key_usage,
    "subject-key-identifier": _subject_key_identifier,
    "authority-key-identifier": _authority_key_identifier,
    "certificate-policies": _certificate_policies,
    "policy-mappings": _policy_mappings,
    "policy-constraints": _policy_constraints,
    "inhibit-any-policy": _inhibit_any_policy,
    "name-constraints": _name_constraints,
    "crl-distribution-points": _points,
    "freshest-crl": _points,
    "authority-information-access": _access,
    "subject-information-access": _access,
    "subject-alternative-name": _names,
    "issuer-alternative-name": _names,
    "private-key-usage-period": _private_key_usage_period,
    "ocsp-no-check": _ocsp_no_check,
    "qc-statements": _qc_statements,
}
