"""Names as a rule sees them, read from strict DER (RFC 5280 4.1.2.4, 4.2.1.6, 4.2.1.10)."""

from __future__ import annotations

import ipaddress
import re

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.policy.rules.view import AttributeView, GeneralNameView, NameView

SET = 0x31

STRINGS: dict[int, tuple[str, str]] = {
    0x0C: ("utf8", "utf-8"),
    0x12: ("numeric", "ascii"),
    0x13: ("printable", "ascii"),
    0x14: ("t61", "latin-1"),
    0x16: ("ia5", "ascii"),
    0x1A: ("visible", "ascii"),
    0x1C: ("universal", "utf-32-be"),
    0x1E: ("bmp", "utf-16-be"),
}
"""ASN.1 string types by tag: the policy's word for each, and how its octets are read."""

ALPHABETS: dict[int, re.Pattern[str]] = {
    0x12: re.compile(r"[0-9 ]*"),
    0x13: re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*"),
    0x1A: re.compile(r"[ -~]*"),
}
"""The characters that a string type may hold (X.680 41), where not all that its encoding can say."""

KINDS: dict[int, str] = {
    0xA0: "other",
    0x81: "email",
    0x82: "dns",
    0xA3: "x400",
    0xA4: "directory",
    0xA5: "edi",
    0x86: "uri",
    0x87: "ip",
    0x88: "registered-id",
}
"""GeneralName alternatives by identifier octet."""

Faults = list[str]
"""Where sentences about octets that are not DER are gathered."""


def text_of(element: Element, faults: Faults) -> tuple[str, str]:
    """The policy's word for a string's type, and its text; `tag-XX` and hex for what is no string."""
    if element.tag not in STRINGS:
        return f"tag-{element.tag:02x}", element.octets.hex()
    kind, encoding = STRINGS[element.tag]
    try:
        text = element.content.decode(encoding)
    except UnicodeDecodeError:
        faults.append(f"octet {element.offset}: a string of the type {kind} holds octets that it cannot")
        return kind, element.content.decode("latin-1")
    alphabet = ALPHABETS.get(element.tag)
    if alphabet is not None and not alphabet.fullmatch(text):
        faults.append(f"octet {element.offset}: a string of the type {kind} holds a character that it cannot: {text!r}")
    return kind, text


def name_view(element: Element, faults: Faults) -> NameView:
    """A Name (SEQUENCE OF RelativeDistinguishedName). Raises DerError for what has another structure."""
    if element.tag != der.SEQUENCE:
        raise DerError(f"a name is expected at octet {element.offset}")
    attributes: list[AttributeView] = []
    for place, part in enumerate(element.children()):
        members = part.children()
        if part.tag != SET or not members:
            raise DerError(f"a relative distinguished name is expected at octet {part.offset}")
        if [member.octets for member in members] != sorted(member.octets for member in members):
            faults.append(f"octet {part.offset}: the attributes of a SET are not in the order of DER")
        for member in members:
            pair = member.children()
            if member.tag != der.SEQUENCE or len(pair) != 2:
                raise DerError(f"an attribute of a name is expected at octet {member.offset}")
            kind, text = text_of(pair[1], faults)
            attributes.append(AttributeView(der.object_identifier(pair[0]), kind, text, place))
    return NameView(element.octets, tuple(attributes))


def general_names(
    elements: tuple[Element, ...], faults: Faults, *, network: bool = False
) -> tuple[GeneralNameView, ...]:
    """Every GeneralName of a row."""
    return tuple(general_name(element, faults, network=network) for element in elements)


def general_name(element: Element, faults: Faults, *, network: bool = False) -> GeneralNameView:
    """One GeneralName; `network` where an iPAddress is address and mask (name constraints). Raises DerError."""
    kind = KINDS.get(element.tag)
    octets = element.content
    if kind is None:
        raise DerError(f"a general name is expected at octet {element.offset}")
    match kind:
        case "dns" | "email" | "uri":
            if not octets.isascii():
                faults.append(f"octet {element.offset}: a general name of the type {kind} is not ASCII")
            return GeneralNameView(kind, octets.decode("latin-1"), octets)
        case "directory":
            name = name_view(_only_child(element), faults)
            return GeneralNameView(kind, readable(name), octets, name)
        case "ip":
            return GeneralNameView(kind, (_network if network else _address)(octets), octets)
        case "registered-id":
            return GeneralNameView(kind, _registered(element), octets)
        case _:
            return GeneralNameView(kind, octets.hex(), octets)


def readable(name: NameView) -> str:
    """A name in one line, in its order: `2.5.4.6=ID, 2.5.4.3=Root`."""
    return ", ".join(f"{attribute.oid}={attribute.text}" for attribute in name.attributes)


def _only_child(element: Element) -> Element:
    children = element.children()
    if len(children) != 1:
        raise DerError(f"one element is expected inside octet {element.offset}")
    return children[0]


def _registered(element: Element) -> str:
    return der.object_identifier(Element(element.offset, der.OBJECT_IDENTIFIER, element.content, element.octets))


def _address(octets: bytes) -> str:
    return str(ipaddress.ip_address(octets)) if len(octets) in {4, 16} else octets.hex()


def _network(octets: bytes) -> str:
    """An address and its mask as `10.0.0.0/8`; hex where it is no network."""
    half = len(octets) // 2
    mask = int.from_bytes(octets[half:], "big")
    bits = half * 8
    ones = mask.bit_count()
    if len(octets) not in {8, 32} or mask != (1 << bits) - (1 << (bits - ones)):
        return octets.hex()
    try:
        return str(ipaddress.ip_network((octets[:half], ones)))
    except ValueError:  # the address has bits outside the mask
        return octets.hex()
