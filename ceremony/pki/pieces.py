"""Elements as the second parser cuts them, each checked to be DER: by asn1crypto, without any code of the encoder."""

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import core, parser


@dataclass(frozen=True, slots=True)
class Piece:
    """One element: its identifier octet, its contents, the whole of it."""

    tag: int
    contents: bytes
    octets: bytes

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The elements inside. Raises ValueError where the contents are no row of elements."""
        return pieces(self.contents)


def pieces(octets: bytes) -> tuple[Piece, ...]:
    """Every element of a row. Raises ValueError for anything that DER would write in another way."""
    found = []
    while octets:
        tag_class, method, number, header, contents, trailer = parser.parse(octets)
        whole = bytes(header) + bytes(contents) + bytes(trailer)
        if number >= 31 or trailer or parser.emit(tag_class, method, number, contents) != whole:
            raise ValueError("an element is not encoded as DER asks")
        found.append(Piece(whole[0], bytes(contents), whole))
        octets = octets[len(whole) :]
    return tuple(found)


def piece(octets: bytes, tag: int | None = None) -> Piece:
    """The one element that the octets are, with this identifier octet where one is given. Raises ValueError."""
    (only,) = pieces(octets)
    if tag not in {None, only.tag}:
        raise ValueError(f"the identifier octet {tag:02X} is expected")
    return only


def sequence(element: Piece, tag: int = 0x30) -> tuple[Piece, ...]:
    """The elements of a SEQUENCE (or of one with another tag); there may be none. Raises ValueError."""
    if element.tag != tag:
        raise ValueError(f"the identifier octet {tag:02X} is expected")
    return element.pieces


def rows(element: Piece, tag: int = 0x30) -> tuple[Piece, ...]:
    """The same for a SEQUENCE OF with at least one element. Raises ValueError."""
    found = sequence(element, tag)
    if not found:
        raise ValueError("a row is empty")
    return found


def optional(element: Piece, *tags: int) -> dict[int, Piece]:
    """The parts of a SEQUENCE whose members are all optional, by tag, in this order. Raises ValueError."""
    found = {part.tag: part for part in sequence(element)}
    if [part.tag for part in element.pieces] != [tag for tag in tags if tag in found]:
        raise ValueError("a part stands where the type has no place for it")
    return found


def pair(element: Piece) -> tuple[Piece, Piece]:
    """The two elements of a SEQUENCE. Raises ValueError."""
    first, second = sequence(element)
    return first, second


def identifier(element: Piece, tag: int = 0x06) -> str:
    """The dotted form of an OBJECT IDENTIFIER. Raises ValueError."""
    octets = b"\x06" + element.octets[1:]
    if element.tag != tag or not element.contents:
        raise ValueError("an OBJECT IDENTIFIER is expected")
    dotted = str(core.ObjectIdentifier.load(octets, strict=True).dotted)
    if core.ObjectIdentifier(dotted).dump() != octets:
        raise ValueError("an OBJECT IDENTIFIER is not encoded as DER asks")
    return dotted


def count(element: Piece, tag: int = 0x02) -> int:
    """An INTEGER that is not negative (or one with another tag). Raises ValueError."""
    value = int(core.Integer.load(b"\x02" + element.octets[1:], strict=True).native)
    if element.tag != tag or value < 0 or core.Integer(value).contents != element.contents:
        raise ValueError("a whole number is expected")
    return value
