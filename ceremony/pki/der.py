"""Strict DER, read and written octet by octet (X.690 clause 10): what exact-byte checks rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31
CONSTRUCTED = 0x20
CONTEXT = 0x80

DEEPEST = 64
"""No X.509 object nests deeper; a file that does was made to hurt."""


class DerError(ValueError):
    """The octets are not DER, or not the type that was asked for."""


@dataclass(frozen=True, slots=True)
class Element:
    """One encoded value: where it begins, its identifier octet, its content, and its whole encoding."""

    offset: int
    tag: int
    content: bytes
    octets: bytes

    @property
    def constructed(self) -> bool:
        """True where the content is itself a row of elements."""
        return bool(self.tag & CONSTRUCTED)

    def children(self) -> tuple[Element, ...]:
        """The elements inside a constructed one. Raises DerError."""
        return read_all(self.content, base=self.offset + len(self.octets) - len(self.content))


def read_all(octets: bytes, *, base: int = 0) -> tuple[Element, ...]:
    """Every element of a row, with nothing left over. `base` is the offset of the first octet. Raises DerError."""
    elements = []
    position = 0
    while position < len(octets):
        element = _read(octets, position, base)
        elements.append(element)
        position += len(element.octets)
    return tuple(elements)


def read_one(octets: bytes, tag: int | None = None) -> Element:
    """The one element that the octets hold, of this tag where one is given. Raises DerError."""
    elements = read_all(octets)
    if len(elements) != 1:
        raise DerError(f"one element expected, {len(elements)} found")
    if tag is not None and elements[0].tag != tag:
        raise DerError(f"tag {tag:02X} expected, {elements[0].tag:02X} found")
    return elements[0]


def integer(element: Element) -> int:
    """The value of an INTEGER in its shortest form. Raises DerError."""
    content = element.content
    if element.tag != INTEGER or not content:
        raise DerError("INTEGER expected")
    if len(content) > 1 and (content[0], content[1] >> 7) in {(0x00, 0), (0xFF, 1)}:
        raise DerError("an INTEGER is not in its shortest form")
    return int.from_bytes(content, "big", signed=True)


def object_identifier(element: Element) -> str:
    """The dotted form of an OBJECT IDENTIFIER. Raises DerError."""
    content = element.content
    if element.tag != OBJECT_IDENTIFIER or not content or content[-1] & 0x80:
        raise DerError("OBJECT IDENTIFIER expected")
    arcs: list[int] = []
    value = 0
    fresh = True
    for octet in content:
        if fresh and octet == 0x80:
            raise DerError("an arc of an OBJECT IDENTIFIER is not in its shortest form")
        value = value << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def encode(tag: int, *contents: bytes) -> bytes:
    """One element with this identifier octet and the contents joined."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encode_integer(value: int) -> bytes:
    """An INTEGER in its shortest form."""
    bits = (value if value >= 0 else ~value).bit_length()
    return encode(INTEGER, value.to_bytes(bits // 8 + 1, "big", signed=True))


def irregularities(octets: bytes) -> Iterator[str]:
    """Where the octets, taken as one element, break DER: one sentence for each place. Empty for clean DER."""
    try:
        yield from _irregular(read_one(octets), 0)
    except DerError as error:
        yield str(error)


def _irregular(element: Element, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"octet {element.offset}: nested deeper than {DEEPEST}"
        return
    if element.tag == BOOLEAN and element.content not in {b"\x00", b"\xff"}:
        yield f"octet {element.offset}: a BOOLEAN is neither 00 nor FF"
    if element.tag == BIT_STRING and (not element.content or element.content[0] > 7):
        yield f"octet {element.offset}: a BIT STRING has no count of unused bits"
    try:
        if element.tag == INTEGER:
            integer(element)
        if element.tag == OBJECT_IDENTIFIER:
            object_identifier(element)
        children = element.children() if element.constructed else ()
    except DerError as error:
        yield f"octet {element.offset}: {error}"
        return
    for child in children:
        yield from _irregular(child, depth + 1)


def _read(octets: bytes, position: int, base: int) -> Element:
    head = octets[position : position + 2]
    if len(head) < 2:
        raise DerError(f"the octets end inside an element at octet {base + position}")
    tag, length = head
    if tag & 0x1F == 0x1F:
        raise DerError(f"a tag longer than one octet at octet {base + position}")
    start = position + 2
    if length & 0x80:
        count = length & 0x7F
        digits = octets[start : start + count]
        length = int.from_bytes(digits, "big")
        if not count or count > 4 or len(digits) < count or length < 0x80 or not digits[0]:
            raise DerError(f"a length that is not in the form of DER at octet {base + position}")
        start += count
    end = start + length
    if end > len(octets):
        raise DerError(f"the octets end inside an element at octet {base + position}")
    return Element(base + position, tag, octets[start:end], octets[position:end])
