"""The tree of ASN.1 elements, line by line, with every octet of every value."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.pki import der
from ceremony.pki.der import Element
from ceremony.pki.notation import colon_hex, plain_ascii
from ceremony.pki.oids import ACCESS_METHODS, ATTRIBUTES, PURPOSES
from ceremony.policy.extension_oids import EXTENSIONS

WIDTH = 78
"""Columns of a dump: fits an 80-column console inside a frame."""

TAG_NAMES: dict[int, str] = {
    0x01: "BOOLEAN",
    0x02: "INTEGER",
    0x03: "BIT STRING",
    0x04: "OCTET STRING",
    0x05: "NULL",
    0x06: "OBJECT",
    0x0A: "ENUMERATED",
    0x0C: "UTF8String",
    0x12: "NumericString",
    0x13: "PrintableString",
    0x14: "TeletexString",
    0x16: "IA5String",
    0x17: "UTCTime",
    0x18: "GeneralizedTime",
    0x1A: "VisibleString",
    0x1C: "UniversalString",
    0x1E: "BMPString",
    0x30: "SEQUENCE",
    0x31: "SET",
}
URI_TAG = 0x86
"""uniformResourceIdentifier of a GeneralName (RFC 5280 4.2.1.6); written as text where it is readable ASCII."""
TEXT_TAGS = {0x0C, 0x12, 0x13, 0x16, 0x17, 0x18, 0x1A}

OID_NAMES: dict[str, str] = {
    number: name for table in (ATTRIBUTES, PURPOSES, ACCESS_METHODS, EXTENSIONS) for name, number in table.items()
}


def tree(octets: bytes) -> Iterator[str]:
    """One line for each element: offset, size of the whole element, type, value; long values go on below.

    ASCII, at most 78 columns. Strings that wrap DER (extensions, public keys) are opened. Raises DerError.
    """
    for element in der.read_all(octets):
        yield from _tree(element, 0)


def _tree(element: Element, depth: int) -> Iterator[str]:
    tag = element.tag
    kind = TAG_NAMES.get(tag) or f"[{tag & 0x1F}]"
    head = f"{element.offset:5} {len(element.octets):5}  {'  ' * min(depth, 12)}{kind}"
    inner = _inner(element)
    if inner is not None:
        yield head
        for child in inner:
            yield from _tree(child, depth + 1)
        return
    value = _value(element)
    if len(head) + 1 + len(value) <= WIDTH:
        yield f"{head} {value}".rstrip()
        return
    yield head
    indent = " " * (15 + 2 * min(depth, 12))
    room = WIDTH - len(indent)
    text = tag in TEXT_TAGS or tag == URI_TAG
    step = room if text else room // 3 * 3  # hex breaks between octets
    for at in range(0, len(value), step):
        line = indent + value[at : at + step]
        yield line if text else line.removesuffix(":")


def _inner(element: Element) -> tuple[Element, ...] | None:
    """The elements inside, also where an extension or a public key wraps them in an octet or bit string."""
    if element.constructed:
        return element.children()
    start = {0x04: 0, 0x03: 1}.get(element.tag)
    if start is None or element.content[start : start + 1] not in {b"\x30", b"\x03", b"\x04"}:
        return None
    if element.tag == 0x03 and element.content[:2] != b"\x00\x30":
        return None
    try:
        inner = der.read_all(
            element.content[start:], base=element.offset + len(element.octets) - len(element.content) + start
        )
        for part in inner:
            if part.constructed:
                part.children()
    except der.DerError:
        return None
    return inner if len(inner) == 1 else None


def _value(element: Element) -> str:
    if element.tag == der.OBJECT_IDENTIFIER:
        oid = der.object_identifier(element)
        return f"{oid} {OID_NAMES[oid]}" if oid in OID_NAMES else oid
    if element.tag in TEXT_TAGS:
        return plain_ascii(element.content.decode("utf-8", "backslashreplace"))
    if element.tag == URI_TAG and all(0x20 < octet < 0x7F for octet in element.content):
        return element.content.decode("ascii")
    if element.tag == der.BOOLEAN and element.content == b"\xff":
        return "TRUE"
    if element.tag == der.INTEGER and len(element.content) <= 4:
        return str(der.integer(element))
    return colon_hex(element.content)
