"""A detached CMS signature by one signer (RFC 5652), read strictly: one form is accepted, octet for octet.

Everything outside the signed attributes is put together anew from what was read and compared with the file, so that
no octet of it can differ from the one encoding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ceremony.pki import der
from ceremony.pki.der import DerError, Element

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SET = 0x31
FIRST = 0xA0
"""Context tag 0, constructed: content, certificates and signed attributes."""

DIGESTS = {
    bytes.fromhex("0609608648016503040201"): "sha256",
    bytes.fromhex("0609608648016503040202"): "sha384",
    bytes.fromhex("0609608648016503040203"): "sha512",
}
"""Object identifiers of the permitted digests (RFC 5754 2)."""

OTHER_CONTENT = "the record is not the one that was sealed"

NULL = b"\x05\x00"
RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
RSA_WITH = {"sha256": "0b", "sha384": "0c", "sha512": "0d"}
ECDSA_WITH = {"sha256": "02", "sha384": "03", "sha512": "04"}


@dataclass(frozen=True, slots=True)
class Seal:
    """What a seal says. `attributes` is the SET OF as it is signed (RFC 5652 5.4)."""

    certificate: bytes
    digest: str
    message_digest: bytes
    attributes: bytes
    signature_algorithm: bytes
    signature: bytes


def read_seal(octets: bytes) -> Seal:
    """Take a seal apart. Raises DerError, in words, for any other form."""
    oid, content = _row(der.read_one(octets, der.SEQUENCE), "ContentInfo", der.OBJECT_IDENTIFIER, FIRST)
    if oid.octets != SIGNED_DATA:
        raise DerError("it is not a CMS SignedData")
    _, digests, inner, certificates, signers = _row(
        der.read_one(content.content, der.SEQUENCE), "SignedData", der.INTEGER, SET, der.SEQUENCE, FIRST, SET
    )
    if inner.content != DATA:
        raise DerError("it is not detached, or not over plain data")
    certificate = der.read_one(certificates.content, der.SEQUENCE)
    _, _, algorithm, attributes, signature_algorithm, signature = _row(
        der.read_one(signers.content, der.SEQUENCE),
        "SignerInfo",
        der.INTEGER,
        der.SEQUENCE,
        der.SEQUENCE,
        FIRST,
        der.SEQUENCE,
        der.OCTET_STRING,
    )
    seal = Seal(
        certificate=certificate.octets,
        digest=_digest(algorithm),
        message_digest=_attributes(attributes),
        attributes=der.encode(SET, attributes.content),
        signature_algorithm=signature_algorithm.octets,
        signature=signature.content,
    )
    if _written(seal, digests.content, algorithm.octets) != octets or digests.content != algorithm.octets:
        raise DerError("it is not in the one form of a seal")
    return seal


def verify_seal(seal: Seal, content: Iterable[bytes]) -> str:
    """What is wrong with the seal over this content, given in pieces, as half a sentence; empty where it is valid."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    digest = hashlib.new(seal.digest)
    for piece in content:
        digest.update(piece)
    if digest.digest() != seal.message_digest:
        return OTHER_CONTENT
    chosen: Any = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[seal.digest]
    try:
        key = x509.load_der_x509_certificate(seal.certificate).public_key()
    except Exception:  # the library has many errors for a certificate that is none; each means the same here
        return "its certificate cannot be read"
    rsa_with = der.encode(der.SEQUENCE, bytes.fromhex("06092a864886f70d0101" + RSA_WITH[seal.digest]), NULL)
    ecdsa_with = der.encode(der.SEQUENCE, bytes.fromhex("06082a8648ce3d0403" + ECDSA_WITH[seal.digest]))
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if seal.signature_algorithm not in {der.encode(der.SEQUENCE, RSA_ENCRYPTION, NULL), rsa_with}:
                return "its signature algorithm does not fit its key"
            key.verify(seal.signature, seal.attributes, padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if seal.signature_algorithm != ecdsa_with:
                return "its signature algorithm does not fit its key"
            key.verify(seal.signature, seal.attributes, ec.ECDSA(chosen))
        else:
            return "its key is neither RSA nor on a NIST curve"
    except InvalidSignature:
        return "its signature was not made by the key of its certificate, or it was changed afterwards"
    return ""


def _row(element: Element, name: str, *tags: int) -> tuple[Element, ...]:
    children = element.children()
    if tuple(child.tag for child in children) != tags:
        raise DerError(f"its {name} does not have the parts of a seal by one signer")
    return children


def _digest(algorithm: Element) -> str:
    parts = algorithm.children()
    name = DIGESTS.get(parts[0].octets) if parts else None
    if name is None or [part.octets for part in parts[1:]] not in ([], [NULL]):
        raise DerError("its digest is not SHA-256, SHA-384 or SHA-512")
    return name


def _attributes(attributes: Element) -> bytes:
    """The message digest among the signed attributes; they must be in DER order, each once, content type data."""
    rows = attributes.children()
    if [row.octets for row in rows] != sorted(row.octets for row in rows):
        raise DerError("its signed attributes are not in the order of DER")
    found: dict[bytes, tuple[Element, ...]] = {}
    for row in rows:
        oid, values = _row(row, "attribute", der.OBJECT_IDENTIFIER, SET)
        if oid.octets in found:
            raise DerError("a signed attribute stands twice")
        found[oid.octets] = values.children()
    if [value.octets for value in found.get(CONTENT_TYPE, ())] != [DATA]:
        raise DerError("its content type is not plain data")
    digests = found.get(MESSAGE_DIGEST, ())
    if len(digests) != 1 or digests[0].tag != der.OCTET_STRING:
        raise DerError("it has no message digest")
    return digests[0].content


def _written(seal: Seal, digests: bytes, algorithm: bytes) -> bytes:
    from ceremony.pki.tbs import split_tbs, tbs_of_certificate  # late: start-up reads no seal

    tbs = split_tbs(tbs_of_certificate(seal.certificate))
    signer = der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode(der.SEQUENCE, tbs.issuer, der.encode_integer(tbs.serial_number)),
        algorithm,
        der.encode(FIRST, der.read_one(seal.attributes, SET).content),
        seal.signature_algorithm,
        der.encode(der.OCTET_STRING, seal.signature),
    )
    return der.encode(
        der.SEQUENCE,
        SIGNED_DATA,
        der.encode(
            FIRST,
            der.encode(
                der.SEQUENCE,
                der.encode_integer(1),
                der.encode(SET, digests),
                der.encode(der.SEQUENCE, DATA),
                der.encode(FIRST, seal.certificate),
                der.encode(SET, signer),
            ),
        ),
    )
