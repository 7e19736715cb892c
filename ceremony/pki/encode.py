"""Values in DER (X.690): object identifiers, strings, bits, times. What a type cannot carry is refused in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ceremony.pki import der
from ceremony.pki.oids import STRING_CODECS, STRING_TAGS

PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
"""The alphabet of PrintableString (X.680 41.4)."""
NUMERIC = re.compile(r"[0-9 ]*")
"""The alphabet of NumericString (X.680 41.2)."""

LAST_YEAR_OF_UTC_TIME = 2049
"""UTCTime ends here (RFC 5280 4.1.2.5.1)."""


class CannotEncode(ValueError):
    """A value has no encoding; the text is a sentence for a person."""


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER (X.690 8.19). Raises CannotEncode for arcs that cannot exist."""
    arcs = [int(arc) for arc in dotted.split(".")]
    if len(arcs) < 2 or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise CannotEncode(f"There is no object identifier {dotted}: below 0 and 1 the second number is at most 39.")
    return der.encode(der.OBJECT_IDENTIFIER, _base128(40 * arcs[0] + arcs[1]), *map(_base128, arcs[2:]))


def string(text: str, kind: str) -> bytes:
    """A string of this type of `oids.STRING_TAGS`. Raises CannotEncode for text that the type cannot carry."""
    fault = string_fault(text, kind)
    if fault is not None:
        raise CannotEncode(fault)
    return der.encode(STRING_TAGS[kind], text.encode(STRING_CODECS[kind]))


def string_fault(text: str, kind: str) -> str | None:
    """Why a string type cannot carry this text, as a sentence; None where it can."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "It holds half a character (a surrogate), which no string can carry."
    match kind:
        case "printable" if not PRINTABLE.fullmatch(text):
            return f"A printable string cannot hold {_strange(text, PRINTABLE)!r}; use string: utf8. It reads: {text}"
        case "numeric" if not NUMERIC.fullmatch(text):
            return f"A numeric string cannot hold {_strange(text, NUMERIC)!r}; use string: utf8. It reads: {text}"
        case "ia5" if not text.isascii():
            return f"An IA5 string holds ASCII alone; use string: utf8. It reads: {text}"
        case "visible" if not all(" " <= character <= "~" for character in text):
            return f"A visible string holds printable ASCII alone; use string: utf8. It reads: {text}"
        case "t61" if any(character > "\xff" for character in text):
            return f"A T61 string is written as Latin-1, which lacks a character; use string: utf8. It reads: {text}"
        case "bmp" if any(character > "\uffff" for character in text):
            return f"A BMP string ends at U+FFFF; use string: utf8. It reads: {text}"
    return None


def bits(places: list[int]) -> bytes:
    """A BIT STRING of named bits: no zero bits at the end (X.690 11.2.2)."""
    return der.encode(der.BIT_STRING, bits_content(places))


def bits_content(places: list[int]) -> bytes:
    """The contents of such a BIT STRING, for implicit tags."""
    if not places:
        return b"\x00"
    size = max(places) // 8 + 1
    value = sum(1 << (8 * size - 1 - place) for place in set(places))
    return bytes([7 - max(places) % 8]) + value.to_bytes(size, "big")


def time(moment: datetime, form: str) -> bytes:
    """A Time (RFC 5280 4.1.2.5) of an aware moment: `utc`, `generalized`, or by `rule`, UTCTime through 2049.

    Raises CannotEncode for UTCTime outside 1950 to 2049.
    """
    text = generalized(moment)
    if form == "generalized" or (form == "rule" and moment.year > LAST_YEAR_OF_UTC_TIME):
        return der.encode(der.GENERALIZED_TIME, text)
    if not 1950 <= moment.year <= LAST_YEAR_OF_UTC_TIME:
        raise CannotEncode(f"UTCTime holds the years 1950 to 2049; this is {moment.year}. Write form: rule.")
    return der.encode(der.UTC_TIME, text[2:])


def generalized(moment: datetime) -> bytes:
    """The contents of a GeneralizedTime, to the second, in UTC."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").rjust(15, "0").encode("ascii")


def moment_of(text: str) -> datetime:
    """The moment that a policy writes as 2026-11-22T00:00:00Z. Raises CannotEncode for a day that does not exist."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise CannotEncode(f"There is no such day: {text}.") from error


def one_element(octets: bytes) -> bytes:
    """Octets that a policy gives as DER, found to be one whole element. Raises CannotEncode."""
    try:
        der.read_one(octets)
    except der.DerError as error:
        raise CannotEncode(f"`der` must be one whole element in DER: {error}.") from error
    return octets


def implicit(number: int, element: bytes) -> bytes:
    """The same element under [number] IMPLICIT."""
    whole = der.read_one(element)
    return der.encode(der.CONTEXT | number | (whole.tag & der.CONSTRUCTED), whole.content)


def explicit(number: int, *elements: bytes) -> bytes:
    """Elements inside [number] EXPLICIT."""
    return der.encode(der.CONTEXT | der.CONSTRUCTED | number, *elements)


def _strange(text: str, alphabet: re.Pattern[str]) -> str:
    return next(character for character in text if not alphabet.fullmatch(character))


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
