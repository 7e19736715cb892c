"""Where two encodings of a certificate first differ: at which octet, in which field, and in what."""

from __future__ import annotations

from dataclasses import dataclass

from ceremony.pki import der
from ceremony.pki.asn1_tree import TAG_NAMES
from ceremony.pki.der import DerError, Element
from ceremony.pki.notation import TITLES, plain_ascii
from ceremony.pki.oids import attribute_name
from ceremony.policy.extension_oids import EXTENSION_WORDS

STRING_TAGS = {0x0C, 0x12, 0x13, 0x16, 0x17, 0x18, 0x1A, 0x81, 0x82, 0x86}
ROW = "row"
"""The SEQUENCE around the extensions; it is not named in a path."""
LONGEST = 40
"""Octets of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two encodings differ.

    `octet` counts from 0; `field` is the path of the element by its ASN.1 names; `first` and `second` are what stands
    there in each; `why` is one sentence.
    """

    octet: int
    field: str
    first: str
    second: str
    why: str

    def __str__(self) -> str:
        return f"octet {self.octet}, {self.field}: {self.why}; {self.first} against {self.second}"


def first_difference(first: bytes, second: bytes) -> Difference | None:
    """Where two TBSCertificates (or any two encodings) first differ; None where they are equal."""
    if first == second:
        return None
    shared = min(len(first), len(second))
    octet = next((place for place in range(shared) if first[place] != second[place]), shared)
    try:
        path, one, other, why = _descend(der.read_one(first), der.read_one(second), ())
    except DerError as error:
        return Difference(octet, "encoding", _hex(first[octet:]), _hex(second[octet:]), f"one is not DER: {error}")
    return Difference(octet, " > ".join(part for part in path if part != ROW) or "TBSCertificate", one, other, why)


Place = tuple[tuple[str, ...], str, str, str]


def _descend(first: Element, second: Element, path: tuple[str, ...]) -> Place:
    if first.tag != second.tag:
        return path, _shown(first), _shown(second), "the types differ"
    one, other = _inside(first), _inside(second)
    if one is None or other is None:
        return path, _shown(first), _shown(second), "the values differ"
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a.octets == b.octets:
            continue
        label = _label(path, place, one)
        if label != _label(path, place, other):
            return path, label, _label(path, place, other), "something else stands here, or in another order"
        return _descend(a, b, (*path, label))
    if len(one) == len(other):  # the same elements, whose outer lengths are written in different ways
        return path, _shown(first), _shown(second), "the encodings differ"
    place = min(len(one), len(other))
    names = [_label(path, place, row) if place < len(row) else "nothing" for row in (one, other)]
    return path, names[0], names[1], f"{len(one)} elements against {len(other)}"


def _inside(element: Element) -> tuple[Element, ...] | None:
    """The elements of a constructed one, and of an octet string that wraps an element."""
    try:
        if element.constructed:
            return element.children()
        if element.tag == der.OCTET_STRING:
            return (der.read_one(element.content),)
    except DerError:
        pass
    return None


def _label(path: tuple[str, ...], place: int, row: tuple[Element, ...]) -> str:
    """The name of an element among its neighbours."""
    if not path:
        return _tbs_fields(row)[place]
    last = path[-1]
    if path == ("validity",):
        return ("notBefore", "notAfter")[place] if place < 2 else f"[{place}]"
    if len(path) == 1 and last in {"issuer", "subject"}:
        return f"{place + 1}. {_attributes(row[place])}"
    if last == "subjectPublicKeyInfo":
        return ("algorithm", "subjectPublicKey")[place] if place < 2 else f"[{place}]"
    if path == ("extensions",):
        return ROW
    if path == ("extensions", ROW):
        return f"{place + 1}. {_extension(row[place])}"
    if len(path) == 3 and path[0] == "extensions":
        return "extnID" if place == 0 else "extnValue" if place == len(row) - 1 else "critical"
    return f"[{place}]"


def _tbs_fields(row: tuple[Element, ...]) -> list[str]:
    names = ["serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo"]
    if row and row[0].tag == 0xA0:
        names.insert(0, "version")
    later = {0x81: "issuerUniqueID", 0x82: "subjectUniqueID", 0xA3: "extensions"}
    return [
        names[place] if place < len(names) else later.get(element.tag, f"[{place}]")
        for place, element in enumerate(row)
    ]


def _attributes(element: Element) -> str:
    try:
        return "+".join(attribute_name(der.object_identifier(member.children()[0])) for member in element.children())
    except (DerError, IndexError):
        return "relative name"


def _extension(element: Element) -> str:
    try:
        oid = der.object_identifier(element.children()[0])
    except (DerError, IndexError):
        return "extension"
    kind = EXTENSION_WORDS.get(oid, "")
    return TITLES.get(kind, oid)


def _shown(element: Element) -> str:
    kind = TAG_NAMES.get(element.tag) or f"[{element.tag & 0x1F}]"
    if element.tag in STRING_TAGS:
        text = plain_ascii(element.content.decode("utf-8", "backslashreplace"))
        return f"{kind} {text[: 2 * LONGEST]}"
    return f"{kind} {_hex(element.content)}"


def _hex(octets: bytes) -> str:
    return octets[:LONGEST].hex().upper() + ("..." if len(octets) > LONGEST else "") or "(empty)"
