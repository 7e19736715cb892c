"""A certification request taken apart by strict DER (RFC 2986 4): what it says, and whose signature it carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ceremony.canonical import sha256_hex
from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.keys import split_spki
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.request_pem import ASK_AGAIN, PRINTED, refused, request_octets
from ceremony.pki.tbs import RawExtension
from ceremony.pki.view_names import name_view
from ceremony.policy.algorithms import SignatureAlgorithm

ATTRIBUTES_TAG = 0xA0
VERSION_1 = b"\x02\x01\x00"
"""The only version of a request (RFC 2986 4.1); its number is 0."""

EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
"""RFC 2985 5.4.2: the extensions that are asked for."""
CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"  # noqa: S105 - the attribute's number, not a password
"""RFC 2985 5.4.1: a password by which its owner could ask for revocation: a secret in a file for everybody."""

ATTRIBUTE_WORDS: dict[str, str] = {
    EXTENSION_REQUEST: "extensionRequest",
    CHALLENGE_PASSWORD: "challengePassword",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.2.840.113549.1.9.8": "unstructuredAddress",
}
"""Attributes of a request by their names in RFC 2985."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a request: its object identifier, and the DER of each of its values."""

    oid: str
    values: tuple[bytes, ...]

    @property
    def word(self) -> str:
        """Its name in RFC 2985, or its number."""
        return ATTRIBUTE_WORDS.get(self.oid, self.oid)


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The parts of a CertificationRequestInfo (RFC 2986 4.1); `subject` and `spki` are whole DER encodings.

    `extensions` are those of the extensionRequest attribute. `irregularities` are sentences about octets that are not
    DER, but can be understood.
    """

    subject: bytes
    spki: bytes
    attributes: tuple[Attribute, ...]
    extensions: tuple[RawExtension, ...]
    irregularities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A CertificationRequest (RFC 2986 4.2): the DER of the whole, of what is signed, and what that says.

    `name` is what the file is called. `algorithm` is None for a signature algorithm that this program does not know;
    `algorithm_der` is the whole AlgorithmIdentifier. Nothing is checked yet: see `check_request`.
    """

    name: str
    octets: bytes
    info: bytes
    parts: RequestInfo
    algorithm: SignatureAlgorithm | None
    algorithm_der: bytes
    signature: bytes

    @property
    def subject(self) -> bytes:
        """The DER of the name that is asked for."""
        return self.parts.subject

    @property
    def spki(self) -> bytes:
        """The DER SubjectPublicKeyInfo that is to be certified."""
        return self.parts.spki

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every attribute, in the order of the bytes."""
        return self.parts.attributes

    @property
    def extensions(self) -> tuple[RawExtension, ...]:
        """The extensions that are asked for, in the order of the bytes."""
        return self.parts.extensions

    @property
    def sha256(self) -> str:
        """SHA-256 of the DER, 64 hex digits: the same for a PEM and a DER file of one request."""
        return sha256_hex(self.octets)


def read_request(octets: bytes, *, name: str) -> Request:
    """The request in a file, PEM or DER; `name` is what the file is called.

    Raises CeremonyError REQUEST-READ, REQUEST-SIZE or REQ-SECRET, with what to ask the owner for.
    """
    whole = request_octets(octets, name=name)
    try:
        return _split(whole, name)
    except DerError as error:
        next_step = ASK_AGAIN if whole == octets else PRINTED
        raise refused("This file is not a certification request.", f"Read as DER: {error}.", name, next_step) from error


def split_info(octets: bytes) -> RequestInfo:
    """Take a CertificationRequestInfo apart. Raises DerError where it is not one."""
    rest = list(der.read_one(octets, der.SEQUENCE).children())
    if [element.tag for element in rest[:3]] != [der.INTEGER, der.SEQUENCE, der.SEQUENCE]:
        raise DerError("this is not a CertificationRequestInfo")
    version, subject, spki = rest[:3]
    if version.octets != VERSION_1:
        raise DerError("a request has the version 1, which is written as 0")
    faults = list(der.irregularities(octets))
    name_view(subject, faults)
    split_spki(spki.octets)
    attributes: tuple[Attribute, ...] = ()
    extensions: tuple[RawExtension, ...] = ()
    if [element.tag for element in rest[3:]] == [ATTRIBUTES_TAG]:
        rows = rest[3].children()
        _in_order(rows, "attributes", faults)
        attributes = tuple(_attribute(element, faults) for element in rows)
        extensions = tuple(_extensions(attributes, faults))
    elif rest[3:]:
        raise DerError("something stands where the attributes should")
    else:
        faults.append("the attributes are left out, where an empty set is asked for")
    return RequestInfo(subject.octets, spki.octets, attributes, extensions, tuple(faults))


def _split(whole: bytes, name: str) -> Request:
    parts = der.read_one(whole, der.SEQUENCE).children()
    if [part.tag for part in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise DerError("a request has three parts: what is signed, the algorithm, the signature")
    info, algorithm, signature = parts
    if signature.content[:1] != b"\x00":
        raise DerError("the signature does not fill whole octets")
    known = (word for word, octets in SIGNATURE_IDENTIFIERS.items() if octets == algorithm.octets)
    return Request(
        name=name,
        octets=whole,
        info=info.octets,
        parts=split_info(info.octets),
        algorithm=next(known, None),
        algorithm_der=algorithm.octets,
        signature=signature.content[1:],
    )


def _attribute(element: Element, faults: list[str]) -> Attribute:
    parts = element.children() if element.tag == der.SEQUENCE else ()
    if [part.tag for part in parts] != [der.OBJECT_IDENTIFIER, der.SET]:
        raise DerError(f"an attribute is expected at octet {element.offset}")
    values = parts[1].children()
    if not values:
        raise DerError(f"the attribute at octet {element.offset} has no value")
    _in_order(values, "values of an attribute", faults)
    return Attribute(der.object_identifier(parts[0]), tuple(value.octets for value in values))


def _in_order(elements: tuple[Element, ...], what: str, faults: list[str]) -> None:
    if [element.octets for element in elements] != sorted(element.octets for element in elements):
        faults.append(f"the {what} are not in the order of DER")


def _extensions(attributes: tuple[Attribute, ...], faults: list[str]) -> Iterator[RawExtension]:
    asked = [value for attribute in attributes if attribute.oid == EXTENSION_REQUEST for value in attribute.values]
    if len(asked) > 1:
        raise DerError("extensions are asked for in two places (RFC 2985 5.4.2 allows one)")
    rows = der.read_one(asked[0], der.SEQUENCE).children() if asked else ()
    if asked and not rows:
        raise DerError("an extension request asks for nothing")
    found: set[str] = set()
    for row in rows:
        extension = _extension(row, faults)
        if extension.oid in found:
            raise DerError(f"the extension {extension.oid} is asked for twice")
        found.add(extension.oid)
        yield extension


def _extension(element: Element, faults: list[str]) -> RawExtension:
    parts = element.children() if element.tag == der.SEQUENCE else ()
    tags = [part.tag for part in parts]
    if tags not in ([der.OBJECT_IDENTIFIER, der.OCTET_STRING], [der.OBJECT_IDENTIFIER, der.BOOLEAN, der.OCTET_STRING]):
        raise DerError("an extension is expected in the extension request")
    oid = der.object_identifier(parts[0])
    critical = len(parts) == 3 and parts[1].content != b"\x00"
    if len(parts) == 3 and not critical:
        faults.append(f"the extension {oid} writes out that it is not critical")
    return RawExtension(oid, critical, parts[-1].content)
