"""What the bytes of an OCSP response say, read back by a parser that had no part in writing them: asn1crypto.

Nothing here knows the builder, a profile or a policy. The fields come in the order of the bytes, in the notation of
`ceremony/pki/notation.py`, with these besides; those marked * stand in a whole response alone:

    Response status *          successful; of an error its word (unauthorized), and nothing else follows
    Version                    1
    Responder key hash         COLONS; where the responder is named, Responder T as Issuer T
    Produced at                2026-11-22T00:00:00Z
    Answers                    how many, where it is not one; each of several begins with `Answer`, `1 of 2`
    Certificate hash           the hash of the two that follow: sha1, sha256, or its OID; `(without NULL)` where its
                               parameters are left out
    Issuer name hash           COLONS
    Issuer key hash            COLONS
    Serial number              COLONS of the magnitude
    Status                     good | revoked | unknown
    Revoked at, Reason         the moment, and the word of the CRLReason where there is one; where revoked
    This update, Next update   the moments; `none` where there is no nextUpdate
    Period                     lifetime_text: both ends are counted, as the Baseline Requirements do
    Answer extension OID       as an extension of a certificate
    Response extension OID     as an extension of a certificate
    Signature algorithm *      as in a certificate
    Certificate *              one for each: `subject (NAME)`, `public key SHA-256 HEX`, `SHA-256 HEX`, joined by `; `
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from ceremony.errors import CeremonyError
from ceremony.pki.describe import Fields
from ceremony.pki.describe_extensions import extension_words, serial_text
from ceremony.pki.describe_names import attribute_value, directory_name
from ceremony.pki.notation import colon_hex, criticality, lifetime_text, utc_text, visible
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS, attribute_name
from ceremony.pki.pieces import Piece, count, identifier, pair, piece, rows, sequence

BASIC = "1.3.6.1.5.5.7.48.1.1"

HASHES: dict[str, str] = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Hashes of a CertID (RFC 6960 4.1.1), by OID."""

STATUSES: dict[int, str] = {
    0: "successful",
    1: "malformedRequest",
    2: "internalError",
    3: "tryLater",
    5: "sigRequired",
    6: "unauthorized",
}
"""OCSPResponseStatus (RFC 6960 4.2.1); 4 is not used."""

REASONS: dict[int, str] = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
"""CRLReason (RFC 5280 5.3.1); 7 is not used."""


def describe_ocsp(octets: bytes) -> Fields:
    """Name and value of every field of an OCSPResponse or a ResponseData (DER), in order.

    A whole response has the fields of its ResponseData, with the status before them, and algorithm and certificates
    after them. Raises CeremonyError DESCRIBE for bytes that are neither, that are not DER, or hold more than they
    should.
    """
    try:
        return tuple(_fields(piece(octets, 0x30)))
    except Exception as error:  # the parser may fail in any way on bytes that somebody made to fail
        words = visible(str(error) or type(error).__name__)[:200]
        raise CeremonyError(
            "These bytes are not a readable OCSP response.",
            detail=f"The parser says: {words}",
            not_done="Nothing was described, so nothing can be approved.",
            next_step="Check that the file is an OCSP response in DER and that it is whole.",
            code="DESCRIBE",
        ) from error


def _fields(outer: Piece) -> Iterator[tuple[str, str]]:
    first, *rest = rows(outer)
    if first.tag != 0x0A:
        yield from _data(outer)
        return
    status = _enumerated(first, STATUSES)
    yield "Response status", status
    if (status == "successful") != bool(rest):
        raise ValueError("a successful response has a body, and an error has none")
    if rest:
        (body,) = rest
        yield from _basic(_body(body))


def _body(element: Piece) -> Piece:
    (inside,) = sequence(element, 0xA0)
    kind, octets = pair(inside)
    if identifier(kind) != BASIC or octets.tag != 0x04:
        raise ValueError("the response is not a basic one")
    return piece(octets.contents)


def _basic(element: Piece) -> Iterator[tuple[str, str]]:
    data, algorithm, signature, *rest = sequence(element)
    if signature.tag != 0x03 or signature.contents[:1] != b"\x00":
        raise ValueError("the signature does not fill whole octets")
    yield from _data(data)
    yield "Signature algorithm", _signature(algorithm)
    if rest:
        (wrapped,) = rest
        (row,) = sequence(wrapped, 0xA0)
        for certificate in sequence(row):
            yield "Certificate", _certificate(certificate)


def _data(element: Piece) -> Iterator[tuple[str, str]]:
    parts = list(sequence(element))
    version = 1
    if parts[0].tag == 0xA0:
        (number,) = parts.pop(0).pieces
        version = count(number) + 1
        if version == 1:
            raise ValueError("version 1 is the default and is not written in DER")
    responder, produced, answers, *rest = parts
    yield "Version", str(version)
    yield from _responder(responder)
    yield "Produced at", _moment(produced)[0]
    singles = sequence(answers)
    if len(singles) != 1:
        yield "Answers", str(len(singles))
    for place, single in enumerate(singles, 1):
        if len(singles) > 1:
            yield "Answer", f"{place} of {len(singles)}"
        yield from _single(single)
    if rest:
        (extensions,) = rest
        yield from _extensions("Response extension", extensions)


def _responder(element: Piece) -> Iterator[tuple[str, str]]:
    (inside,) = element.pieces
    if element.tag == 0xA2 and inside.tag == 0x04:
        yield "Responder key hash", colon_hex(inside.contents)
        return
    parts = sequence(inside)
    if element.tag != 0xA1:
        raise ValueError("the responder's name or the hash of its key is expected")
    if not parts:
        yield "Responder", "(empty)"
    for part in parts:
        for place, attribute in enumerate(rows(part, 0x31)):
            kind, value = pair(attribute)
            joined = "+ " if place else ""  # a further attribute of the same relative name
            yield f"Responder {joined}{attribute_name(identifier(kind))}", attribute_value(value.octets)


def _single(element: Piece) -> Iterator[tuple[str, str]]:
    identity, status, this_update, *rest = sequence(element)
    yield from _identity(identity)
    yield from _status(status)
    written, start = _moment(this_update)
    yield "This update", written
    written, end = "none", None
    if rest and rest[0].tag == 0xA0:
        (moment,) = rest.pop(0).pieces
        written, end = _moment(moment)
    yield "Next update", written
    yield "Period", lifetime_text(start, end) if start and end else "unknown"
    if rest:
        (extensions,) = rest
        yield from _extensions("Answer extension", extensions)


def _identity(element: Piece) -> Iterator[tuple[str, str]]:
    algorithm, name, key, serial = sequence(element)
    oid, *parameters = rows(algorithm)
    digest = HASHES.get(identifier(oid), identifier(oid))
    if [name.tag, key.tag, serial.tag] != [0x04, 0x04, 0x02]:
        raise ValueError("the identity of a certificate is expected")
    if not parameters:
        digest += " (without NULL)"
    elif [part.octets for part in parameters] != [b"\x05\x00"]:
        raise ValueError("the hash of a certificate's identity has parameters")
    yield "Certificate hash", digest
    yield "Issuer name hash", colon_hex(name.contents)
    yield "Issuer key hash", colon_hex(key.contents)
    if len(serial.contents) > 1 and serial.contents[0] == 0 and serial.contents[1] < 0x80:
        raise ValueError("an INTEGER is not in its shortest form")  # two numbers would look alike
    yield "Serial number", serial_text(serial.contents)


def _status(element: Piece) -> Iterator[tuple[str, str]]:
    if element.tag in {0x80, 0x82} and not element.contents:
        yield "Status", "good" if element.tag == 0x80 else "unknown"
        return
    moment, *rest = sequence(element, 0xA1)
    yield "Status", "revoked"
    yield "Revoked at", _moment(moment)[0]
    if rest:
        (wrapped,) = rest
        (reason,) = sequence(wrapped, 0xA0)
        yield "Reason", _enumerated(reason, REASONS)


def _extensions(title: str, element: Piece) -> Iterator[tuple[str, str]]:
    if element.tag != 0xA1:
        raise ValueError("extensions are expected")
    (row,) = element.pieces
    for extension in rows(row):
        kind, *critical, value = sequence(extension)
        if value.tag != 0x04 or [part.octets for part in critical] not in ([], [b"\x01\x01\xff"]):
            raise ValueError("an extension is expected")
        words = [criticality(bool(critical)), *extension_words(identifier(kind), value.contents)]
        yield f"{title} {identifier(kind)}", "; ".join(words)


def _signature(element: Piece) -> str:
    oid = identifier(rows(element)[0])
    known = {octets: name for name, octets in SIGNATURE_IDENTIFIERS.items()}
    return known.get(element.octets) or f"{oid}, octets {element.octets.hex().upper()}"


def _certificate(element: Piece) -> str:
    tbs, _, _ = sequence(element)
    parts = [part for part in sequence(tbs) if part.tag != 0xA0]
    subject, key = parts[4:6]
    digests = (hashlib.sha256(part.octets).hexdigest().upper() for part in (key, element))
    return "subject ({}); public key SHA-256 {}; SHA-256 {}".format(directory_name(subject), *digests)


def _moment(element: Piece) -> tuple[str, datetime | None]:
    if element.tag != 0x18:
        raise ValueError("a GeneralizedTime is expected")
    text = element.contents.decode("ascii", "replace")
    if not re.fullmatch(r"[0-9]{14}Z", text):
        return f"{visible(text)} (not a form of RFC 5280)", None
    try:
        moment = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return f"{visible(text)} (no such moment)", None
    return utc_text(moment), moment


def _enumerated(element: Piece, meanings: dict[int, str]) -> str:
    if element.tag != 0x0A or len(element.contents) != 1:
        raise ValueError("an ENUMERATED is expected")
    if element.contents[0] not in meanings:
        raise ValueError(f"the number {element.contents[0]} has no meaning here")
    return meanings[element.contents[0]]
