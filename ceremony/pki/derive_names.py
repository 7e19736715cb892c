"""Names of a certificate as a policy writes them. What a policy cannot say exactly raises ValueError."""

from __future__ import annotations

import ipaddress
from typing import Any

from ceremony.pki.encode import CannotEncode, string
from ceremony.pki.oids import STRING_CODECS, STRING_TAGS, attribute_name
from ceremony.pki.pieces import Piece, identifier, pair, piece, rows, sequence

Data = dict[str, Any]

NAME_STRINGS = ("utf8", "printable", "ia5", "t61", "bmp", "universal", "numeric")
"""The string types that an attribute of a name may have in a policy."""
NOTICE_STRINGS = ("utf8", "visible", "bmp", "ia5")
"""The string types that a user notice may have in a policy."""

SET = 0x31


def name_data(octets: bytes) -> list[Data]:
    """A Name as the list of its relative names. Raises ValueError."""
    return [relative_name_data(part) for part in sequence(piece(octets))]


def relative_name_data(element: Piece, tag: int = SET) -> Data:
    """One RelativeDistinguishedName. Raises ValueError, also for a SET that is not in the order of DER."""
    members = rows(element, tag)
    if [member.octets for member in members] != sorted(member.octets for member in members):
        raise ValueError("the attributes of a relative name are not in the order of DER")
    attributes = [_attribute(member) for member in members]
    return attributes[0] if len(attributes) == 1 else {"all_of": attributes}


def text_of(element: Piece, kinds: tuple[str, ...]) -> tuple[str, str] | None:
    """Text and string type, where one of these types says exactly these octets; otherwise None."""
    kind = next((kind for kind in kinds if STRING_TAGS[kind] == element.tag), None)
    if kind is None:
        return None
    try:
        text = element.contents.decode(STRING_CODECS[kind])
        if not text or not text.isprintable() or string(text, kind) != element.octets:
            return None
    except (UnicodeDecodeError, CannotEncode):
        return None
    return text, kind


def general_name_data(element: Piece) -> Data:
    """One GeneralName. Raises ValueError for x400Address, ediPartyName, and what is not encoded as DER asks."""
    match element.tag:
        case 0x81:
            return {"type": "email", "value": ascii_text(element)}
        case 0x82:
            return {"type": "dns", "value": ascii_text(element)}
        case 0x86:
            return {"type": "uri", "value": ascii_text(element)}
        case 0x87:
            return {"type": "ip", "value": _ip(element.contents)}
        case 0x88:
            return {"type": "registered-id", "value": identifier(element, 0x88)}
        case 0xA0:
            oid, wrapped = element.pieces
            (value,) = sequence(wrapped, 0xA0)
            return {"type": "other", "oid": identifier(oid), "der": value.octets.hex()}
        case 0xA4:
            (name,) = element.pieces
            return {"type": "directory", "name": name_data(name.octets)}
    raise ValueError("the policy has no such general name")


def general_names_data(element: Piece, tag: int) -> list[Data]:
    """GeneralNames under this tag. Raises ValueError."""
    return [general_name_data(part) for part in rows(element, tag)]


def ascii_text(element: Piece) -> str:
    """The contents of an IA5String under any tag. Raises ValueError."""
    return element.contents.decode("ascii")


def _attribute(element: Piece) -> Data:
    oid, value = pair(element)
    data: Data = {"type": attribute_name(identifier(oid))}
    read = text_of(value, NAME_STRINGS)
    if read is None:
        return data | {"der": value.octets.hex()}
    text, kind = read
    return data | {"value": text} | ({} if kind == "utf8" else {"string": kind})


def _ip(octets: bytes) -> str:
    """An address, or a network as address/length, or address/mask where the mask is not one run of ones."""
    if len(octets) in {4, 16}:
        return str(ipaddress.ip_address(octets))
    if len(octets) not in {8, 32}:
        raise ValueError("an IP address has 4 or 16 octets, a network 8 or 32")
    half = len(octets) // 2
    mask = int.from_bytes(octets[half:], "big")
    ones = mask.bit_count()
    if mask == (1 << 8 * half) - (1 << 8 * half - ones):
        return f"{ipaddress.ip_address(octets[:half])}/{ones}"
    return f"{ipaddress.ip_address(octets[:half])}/{ipaddress.ip_address(octets[half:])}"
