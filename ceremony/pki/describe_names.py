"""Names and strings, read back for people in the words of the table in `notation`."""

from __future__ import annotations

import ipaddress

from ceremony.pki.notation import quoted, visible, word
from ceremony.pki.oids import attribute_name
from ceremony.pki.pieces import Piece, identifier, pair, piece, rows, sequence

STRING_KINDS: dict[int, tuple[str, str]] = {
    0x0C: ("utf8", "utf-8"),
    0x12: ("numeric", "ascii"),
    0x13: ("printable", "ascii"),
    0x14: ("t61", "latin-1"),
    0x16: ("ia5", "ascii"),
    0x1A: ("visible", "ascii"),
    0x1C: ("universal", "utf-32-be"),
    0x1E: ("bmp", "utf-16-be"),
}
"""ASN.1 string types by identifier octet: the policy's word for each, and how its octets are read."""


def octets_text(element: Piece) -> str:
    """The whole element as `octets HEX`."""
    return f"octets {element.octets.hex().upper()}"


def string(element: Piece) -> tuple[str, str] | None:
    """Text and type of a string; None where it is none, or its contents do not decode."""
    if element.tag not in STRING_KINDS:
        return None
    kind, encoding = STRING_KINDS[element.tag]
    try:
        return element.contents.decode(encoding), kind
    except UnicodeDecodeError:
        return None


def attribute_value(octets: bytes) -> str:
    """The value of an attribute as a field of its own: `text (type)`."""
    element = piece(octets)
    read = string(element)
    return octets_text(element) if read is None else f"{visible(read[0])} ({read[1]})"


def general_name(element: Piece) -> str:
    """A GeneralName (RFC 5280 4.2.1.6). Raises ValueError for what is none."""
    match element.tag:
        case 0x81:
            return f"email {ascii_word(element)}"
        case 0x82:
            return f"dns {ascii_word(element)}"
        case 0x86:
            return f"uri {ascii_word(element)}"
        case 0x87:
            return _ip(element)
        case 0x88:
            return f"registered-id {identifier(element, 0x88)}"
        case 0xA0:
            oid, value = pair_of_other(element)
            return f"other {oid} {octets_text(value)}"
        case 0xA4:
            (name,) = element.pieces
            return f"directory ({directory_name(name)})"
        case 0xA3 | 0xA5:
            return octets_text(element)
    raise ValueError("a general name is expected")


def general_names(elements: tuple[Piece, ...]) -> str:
    """Several, parted by commas; at least one. Raises ValueError."""
    if not elements:
        raise ValueError("a general name is expected")
    return ", ".join(general_name(element) for element in elements)


def uri_or_name(element: Piece) -> str:
    """A URI as a word, any other general name with its kind. Raises ValueError."""
    return ascii_word(element) if element.tag == 0x86 else general_name(element)


def ascii_word(element: Piece) -> str:
    """The contents of an IA5String under any tag, as one word. Raises ValueError."""
    return word(element.contents.decode("ascii"))


def directory_name(element: Piece) -> str:
    """A Name in one line. Raises ValueError."""
    return ", ".join(relative_name(part, 0x31) for part in sequence(element))


def relative_name(element: Piece, tag: int) -> str:
    """A RelativeDistinguishedName under this tag, in the order of the bytes. Raises ValueError."""
    return " + ".join(_attribute(part) for part in rows(element, tag))


def pair_of_other(element: Piece) -> tuple[str, Piece]:
    """Type and value of an otherName. Raises ValueError."""
    oid, wrapped = element.pieces
    (value,) = sequence(wrapped, 0xA0)
    return identifier(oid), value


def _attribute(element: Piece) -> str:
    oid, value = pair(element)
    read = string(value)
    words = octets_text(value) if read is None else f"{quoted(read[0])} {read[1]}"
    return f"{attribute_name(identifier(oid))}={words}"


def _ip(element: Piece) -> str:
    octets = element.contents
    if len(octets) in {4, 16}:
        return f"ip {ipaddress.ip_address(octets)}"
    if len(octets) not in {8, 32}:
        return octets_text(element)
    half = len(octets) // 2
    address, mask = octets[:half], int.from_bytes(octets[half:], "big")
    ones = mask.bit_count()
    whole = mask == (1 << 8 * half) - (1 << 8 * half - ones)
    return f"ip {ipaddress.ip_address(address)}/{ones if whole else ipaddress.ip_address(octets[half:])}"
