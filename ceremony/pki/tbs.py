"""A TBSCertificate taken apart by strict DER (RFC 5280 4.1), for checks that compare exact octets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from ceremony.pki import der
from ceremony.pki.der import DerError, Element


@dataclass(frozen=True, slots=True)
class RawExtension:
    """One extension: its object identifier, whether it is critical, and the octets inside its OCTET STRING."""

    oid: str
    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class TbsParts:
    """The parts of a TBSCertificate; names, keys and algorithm identifiers are whole DER encodings.

    `version` counts as people do (3 for v3); `times` are notBefore and notAfter, not yet read.
    """

    version: int
    serial_number: int
    signature: bytes
    issuer: bytes
    times: tuple[Element, Element]
    subject: bytes
    spki: bytes
    unique_ids: bool
    extensions: tuple[RawExtension, ...]

    def extension(self, oid: str) -> RawExtension | None:
        """The first extension with this object identifier."""
        return next((extension for extension in self.extensions if extension.oid == oid), None)


def tbs_of_certificate(certificate: bytes) -> bytes:
    """The octets of the TBSCertificate inside a Certificate. Raises DerError."""
    return certificate_parts(certificate)[0]


def certificate_parts(certificate: bytes) -> tuple[bytes, bytes, bytes]:
    """TBSCertificate and outer AlgorithmIdentifier as whole encodings, and the signature. Raises DerError."""
    parts = der.read_one(certificate, der.SEQUENCE).children()
    if [part.tag for part in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise DerError("a certificate has three parts: TBSCertificate, algorithm, signature")
    if parts[2].content[:1] != b"\x00":
        raise DerError("the signature does not fill whole octets")
    return parts[0].octets, parts[1].octets, parts[2].content[1:]


def split_tbs(octets: bytes) -> TbsParts:
    """Take a TBSCertificate apart. Raises DerError where it is not one."""
    rest = list(der.read_one(octets, der.SEQUENCE).children())
    version = 1
    if rest and rest[0].tag == 0xA0:
        version = der.integer(der.read_one(rest.pop(0).content, der.INTEGER)) + 1
    wanted = [der.INTEGER] + [der.SEQUENCE] * 5
    if [element.tag for element in rest[:6]] != wanted:
        raise DerError("this is not a TBSCertificate")
    serial, signature, issuer, validity, subject, spki = rest[:6]
    times = validity.children()
    if len(times) != 2:
        raise DerError("a validity has two times")
    rest = rest[6:]
    unique_ids = False
    while rest and rest[0].tag in {0x81, 0x82}:
        unique_ids = True
        rest.pop(0)
    extensions: tuple[RawExtension, ...] = ()
    if rest and rest[0].tag == 0xA3:
        row = der.read_one(rest.pop(0).content, der.SEQUENCE)
        extensions = tuple(_extension(element) for element in row.children())
    if rest:
        raise DerError("something stands after the extensions")
    return TbsParts(
        version=version,
        serial_number=der.integer(serial),
        signature=signature.octets,
        issuer=issuer.octets,
        times=(times[0], times[1]),
        subject=subject.octets,
        spki=spki.octets,
        unique_ids=unique_ids,
        extensions=extensions,
    )


def time_of(element: Element) -> datetime:
    """The moment of a UTCTime or GeneralizedTime in the one form of RFC 5280 4.1.2.5 (seconds, Z). Raises DerError."""
    text = element.content.decode("ascii", "replace")
    if element.tag == der.UTC_TIME and re.fullmatch(r"[0-9]{12}Z", text):
        century = "20" if int(text[:2]) < 50 else "19"
        text = century + text
    elif element.tag != der.GENERALIZED_TIME or not re.fullmatch(r"[0-9]{14}Z", text):
        raise DerError(f"the time {text!r} is not in a form of RFC 5280")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise DerError(f"the time {text!r} does not exist") from error


def _extension(element: Element) -> RawExtension:
    parts = element.children()
    critical = False
    if len(parts) == 3:
        if parts[1].octets != b"\x01\x01\xff":
            raise DerError("an extension writes out that it is not critical, which DER forbids")
        critical = True
    if element.tag != der.SEQUENCE or len(parts) not in {2, 3} or parts[-1].tag != der.OCTET_STRING:
        raise DerError("this is not an extension")
    return RawExtension(der.object_identifier(parts[0]), critical, parts[-1].content)
