"""What the bytes of a CRL say, read back by a parser that had no part in writing them: asn1crypto, from the octets.

Nothing here knows the builder, a profile or a policy. The fields come in the order in which the bytes hold them, in the
words of `notation_crl`. A long list is not read entry by entry: what nobody can look through is counted and hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

from ceremony.errors import CeremonyError
from ceremony.pki.describe import Fields
from ceremony.pki.describe_crl_extensions import crl_extension_words, entry_extension_words, extension_parts
from ceremony.pki.describe_extensions import serial_text
from ceremony.pki.describe_names import attribute_value
from ceremony.pki.notation import TITLES, colon_hex, criticality, lifetime_text, utc_text, visible
from ceremony.pki.notation_crl import CRL_TITLES, EMPTY_LIST, LISTED, NO_LIST, entry_words, further_words
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, attribute_name
from ceremony.pki.pieces import Piece, count, identifier, pair, piece, rows, sequence
from ceremony.policy.extension_oids import EXTENSION_WORDS

INTEGER, BIT_STRING, SEQUENCE, SET = 0x02, 0x03, 0x30, 0x31
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
EXTENSIONS = 0xA0


def describe_crl(octets: bytes) -> Fields:
    """Name and value of every field of a CertificateList or a TBSCertList (DER), in order.

    A CRL whose outer signature algorithm differs from the inner one has a last field that says so; otherwise a CRL and
    its to-be-signed bytes are described alike. Entries after the first `LISTED` are one field, by their number and the
    SHA-256 of their octets. Raises CeremonyError DESCRIBE for bytes that are neither, that are not DER, or that hold
    more than they should.
    """
    try:
        tbs, outer = _load(octets)
        return tuple(_fields(tbs, outer))
    except Exception as error:  # the parser may fail in any way on bytes that somebody made to fail
        words = visible(str(error) or type(error).__name__)[:200]
        raise CeremonyError(
            "These bytes are not a readable CRL.",
            detail=f"The parser says: {words}",
            not_done="Nothing was described, so nothing can be approved.",
            next_step="Check that the file is a CRL in DER and that it is whole.",
            code="DESCRIBE",
        ) from error


def _load(octets: bytes) -> tuple[tuple[Piece, ...], Piece | None]:
    parts = rows(piece(octets))
    if [part.tag for part in parts] != [SEQUENCE, SEQUENCE, BIT_STRING]:
        return parts, None
    tbs, algorithm, signature = parts
    if signature.contents[:1] != b"\x00" or len(signature.contents) < 2:
        raise ValueError("the signature does not fill whole octets")
    return rows(tbs), algorithm


def _fields(tbs: tuple[Piece, ...], outer: Piece | None) -> Iterator[tuple[str, str]]:
    rest = list(tbs)
    version = rest.pop(0) if rest and rest[0].tag == INTEGER else None
    if [part.tag for part in rest[:2]] != [SEQUENCE, SEQUENCE] or len(rest) < 3:
        raise ValueError("this is not a TBSCertList")
    signature, issuer, this_update = rest[:3]
    rest = rest[3:]
    next_update = rest.pop(0) if rest and rest[0].tag in {UTC_TIME, GENERALIZED_TIME} else None
    revoked = rest.pop(0) if rest and rest[0].tag == SEQUENCE else None
    extensions = rest.pop(0) if rest and rest[0].tag == EXTENSIONS else None
    if rest:
        raise ValueError("an element stands where the type has no place for one")
    yield "Version", _version(version)
    yield "Signature algorithm", _signature(signature)
    yield from _issuer(issuer)
    yield from _period(this_update, next_update)
    yield from _revoked(revoked)
    if extensions is not None:
        (row,) = extensions.pieces
        for extension in rows(row):
            yield _extension(extension)
    if outer is not None and outer.octets != signature.octets:
        yield "Outer signature algorithm", _signature(outer)


def _version(element: Piece | None) -> str:
    if element is None:
        return "1"
    number = count(element) + 1
    return "1 (written out)" if number == 1 else str(number)


def _signature(element: Piece) -> str:
    for name, known in SIGNATURE_IDENTIFIERS.items():
        if element.octets == known:
            return name
    return f"{identifier(rows(element)[0])}, octets {element.octets.hex().upper()}"


def _issuer(element: Piece) -> Iterator[tuple[str, str]]:
    parts = sequence(element)
    if not parts:
        yield "Issuer", "(empty)"
    for part in parts:
        for place, attribute in enumerate(rows(part, SET)):
            joined = "+ " if place else ""  # a further attribute of the same relative name
            kind, value = pair(attribute)
            yield f"Issuer {joined}{attribute_name(identifier(kind))}", attribute_value(value.octets)


def _period(this_update: Piece, next_update: Piece | None) -> Iterator[tuple[str, str]]:
    written, start = _time(this_update.octets)
    yield "This update", written
    written, end = ("none", None) if next_update is None else _time(next_update.octets)
    yield "Next update", written
    yield "Period", lifetime_text(start, end) if start and end else "unknown"


def _time(octets: bytes) -> tuple[str, datetime | None]:
    element = piece(octets)
    if element.tag not in {UTC_TIME, GENERALIZED_TIME}:
        raise ValueError("a time is expected")
    text = element.contents.decode("ascii", "replace")
    match = re.fullmatch(r"([0-9]{2}|[0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})Z", text)
    if not match or (element.tag, len(match[1])) not in {(UTC_TIME, 2), (GENERALIZED_TIME, 4)}:
        return f"{visible(text)} (not a form of RFC 5280)", None
    year = int(match[1])
    if element.tag == UTC_TIME:
        year += 2000 if year < 50 else 1900
    try:
        month, day, hour, minute, second = (int(part) for part in match.groups()[1:])
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return f"{visible(text)} (no such moment)", None
    note = " (GeneralizedTime before 2050)" if element.tag == GENERALIZED_TIME and year < 2050 else ""
    return utc_text(moment) + note, moment


def _revoked(element: Piece | None) -> Iterator[tuple[str, str]]:
    if element is None:
        yield "Revoked certificates", NO_LIST
        return
    ends = _ends(element.contents)
    yield "Revoked certificates", str(len(ends)) if ends else EMPTY_LIST
    date_words = cache(lambda octets: _time(octets)[0])  # many entries share a date
    at = 0
    for end in ends[:LISTED]:
        yield _entry(piece(element.contents[at:end], SEQUENCE), date_words)
        at = end
    if len(ends) > LISTED:
        digest = hashlib.sha256(memoryview(element.contents)[at:]).digest()
        yield "Further revoked", further_words(len(ends) - LISTED, digest)


def _ends(contents: bytes) -> list[int]:
    """Where each element of a SEQUENCE OF SEQUENCE ends; a hundred thousand of them in a blink. Raises ValueError."""
    ends = []
    at, size = 0, len(contents)
    while at < size:
        tag, length = contents[at : at + 2]  # one octet alone cannot be unpacked: ValueError
        start = at + 2
        if length >= 0x80:
            start += length & 0x7F
            digits = contents[at + 2 : start]
            length = int.from_bytes(digits, "big")
            if len(digits) > 4 or length < 0x80 or not digits[0]:
                raise ValueError("a length is not in the form of DER")
        at = start + length
        if tag != SEQUENCE or at > size:
            raise ValueError("an entry of the list is expected")
        ends.append(at)
    return ends


def _entry(entry: Piece, date_words: Callable[[bytes], str]) -> tuple[str, str]:
    serial, date, *rest = rows(entry)
    words: list[str] = []
    if rest:
        (extensions,) = rest
        words = [entry_extension_words(extension) for extension in rows(extensions)]
    return f"Revoked {_serial(serial)}", entry_words(date_words(date.octets), words)


def _serial(element: Piece) -> str:
    contents = element.contents
    if element.tag != INTEGER or not contents:
        raise ValueError("a serial number is expected")
    if len(contents) > 1 and (contents[0], contents[1] >> 7) in {(0x00, 0), (0xFF, 1)}:
        return f"not in DER, octets {colon_hex(contents)}"
    return serial_text(contents)


def _extension(extension: Piece) -> tuple[str, str]:
    oid, critical, value = extension_parts(extension)
    kind = EXTENSION_WORDS.get(oid, "")
    title = CRL_TITLES.get(oid) or TITLES.get(kind) or f"Extension {oid}"
    first = criticality(bool(critical)) + (" (written out)" if critical is False else "")
    return title, "; ".join([first, *crl_extension_words(oid, value)])
