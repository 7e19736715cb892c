"""Names as the policy wants them described: the notation of `ceremony/pki/notation.py`, worked out from the policy.

Where a name comes as DER (that of an issuer outside the policy), it is read by the strict reader.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ceremony.pki import der
from ceremony.pki.notation import quoted, visible, word
from ceremony.pki.oids import STRING_CODECS, STRING_TAGS, attribute_name, attribute_oid
from ceremony.policy.names import (
    DirectoryName,
    DnsName,
    EmailName,
    GeneralName,
    IpName,
    MultiValued,
    Name,
    NameAttribute,
    OtherName,
    RegisteredId,
    UriName,
)

Attribute = tuple[str, bytes]
"""OID of an attribute, and its value as DER."""
Relative = tuple[Attribute, ...]


def name_fields(title: str, name: Name | bytes) -> Iterator[tuple[str, str]]:
    """One field for each attribute of a subject or an issuer."""
    parts = _parts(name)
    if not parts:
        yield title, "(empty)"
    for part in parts:
        for place, (oid, value) in enumerate(part):
            text = _text(value)
            joined = "+ " if place else ""  # a further attribute of the same relative name
            shown = f"octets {value.hex().upper()}" if text is None else f"{visible(text[0])} ({text[1]})"
            yield f"{title} {joined}{attribute_name(oid)}", shown


def name_words(name: Name | bytes) -> list[tuple[str, str]]:
    """The short name and the visible text of each attribute that has a text."""
    texts = ((attribute_name(oid), _text(value)) for part in _parts(name) for oid, value in part)
    return [(kind, visible(text[0])) for kind, text in texts if text is not None]


def name_text(name: Name | bytes) -> str:
    """A whole name in one line."""
    return ", ".join(relative_text(part) for part in _parts(name))


def relative_name_text(part: NameAttribute | MultiValued) -> str:
    """One relative name in one line."""
    return relative_text(_relative(part))


def relative_text(part: Relative) -> str:
    """The attributes of one relative name, joined."""
    words = []
    for oid, value in part:
        text = _text(value)
        shown = f"octets {value.hex().upper()}" if text is None else f"{quoted(text[0])} {text[1]}"
        words.append(f"{attribute_name(oid)}={shown}")
    return " + ".join(words)


def general_name_text(name: GeneralName) -> str:
    """One general name."""
    match name:
        case DnsName() | EmailName() | UriName():
            return f"{name.type} {word(name.value)}"
        case IpName():
            return f"ip {_address(name.value)}"
        case DirectoryName():
            return f"directory ({name_text(name.name)})"
        case RegisteredId():
            return f"registered-id {name.value}"
        case OtherName():
            return f"other {name.oid} octets {name.der.upper()}"


def general_names_text(names: tuple[GeneralName, ...]) -> str:
    """General names inside brackets."""
    return f"({', '.join(general_name_text(name) for name in names)})"


def _parts(name: Name | bytes) -> list[Relative]:
    if not isinstance(name, bytes):
        return [_relative(part) for part in name]
    parts = []
    for part in der.read_one(name, der.SEQUENCE).children():
        pairs = (attribute.children() for attribute in part.children())
        parts.append(tuple((der.object_identifier(oid), value.octets) for oid, value in pairs))
    return parts


def _relative(part: NameAttribute | MultiValued) -> Relative:
    attributes = part.all_of if isinstance(part, MultiValued) else (part,)
    return tuple(sorted(((attribute_oid(each.type), _octets(each)) for each in attributes), key=_set_order))


def _octets(attribute: NameAttribute) -> bytes:
    if attribute.der is not None:
        return bytes.fromhex(attribute.der)
    kind = attribute.string
    return der.encode(STRING_TAGS[kind], str(attribute.value).encode(STRING_CODECS[kind], "replace"))


def _set_order(attribute: Attribute) -> bytes:
    """The octets by which DER orders a SET OF (X.690 11.6)."""
    from asn1crypto.core import ObjectIdentifier

    oid: bytes = ObjectIdentifier(attribute[0]).dump()
    return der.encode(der.SEQUENCE, oid, attribute[1])


def _text(value: bytes) -> tuple[str, str] | None:
    """The text and the string type of a value; None where it is no string of a known type."""
    element = der.read_one(value)
    for kind, tag in STRING_TAGS.items():
        if element.tag == tag:
            try:
                return element.content.decode(STRING_CODECS[kind]), kind
            except UnicodeDecodeError:
                return None
    return None


def _address(text: str) -> str:
    first, slash, mask = text.partition("/")
    address = ipaddress.ip_address(first)
    if not slash:
        return str(address)
    if mask.isdecimal():
        return f"{address}/{int(mask)}"
    bits = f"{int(ipaddress.ip_address(mask)):0{address.max_prefixlen}b}"
    length = bits.count("1")
    return f"{address}/{length if bits == '1' * length + '0' * (len(bits) - length) else ipaddress.ip_address(mask)}"
