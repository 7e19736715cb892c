"""The practice mark put into what exists: names inside an object as a rehearsal would write them, nothing else changed.

Worked out from the bytes alone, by the rule of `holes.subject_of`: the last common name is marked, or else the last
other text. Signatures stay as they are, and no longer verify.
"""

from __future__ import annotations

from collections.abc import Callable

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.holes import LONGEST_NAME, PRACTICE_MARK

COMMON_NAME = bytes.fromhex("0603550403")
COUNTRY = bytes.fromhex("0603550406")
AUTHORITY_KEY_IDENTIFIER = bytes.fromhex("0603551d23")
ENCODINGS: dict[int, str] = {
    0x0C: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""How the text of each string type is read; a NumericString has no room for a word."""

EXPLICIT_3, EXPLICIT_0, BY_NAME, GENERAL_NAMES, DIRECTORY = 0xA3, 0xA0, 0xA1, 0xA1, 0xA4


def marked_name(octets: bytes, *, twice: bool = False) -> bytes:
    """A Name (DER) with the practice mark. One that is marked already stays as it is, unless `twice` says otherwise.

    Raises DerError where no attribute has room for the mark, or one does not hold the text that its type says.
    """
    parts = [part.children() for part in der.read_one(octets, der.SEQUENCE).children()]
    attributes = [attribute.children() for part in parts for attribute in part]
    texts = [item for item in attributes if item[1].tag in ENCODINGS and item[0].octets != COUNTRY]
    common = [item for item in texts if item[0].octets == COMMON_NAME]
    if not texts:
        raise DerError("a name has no room for the word PRACTICE")
    kind, value = (common or texts)[-1]
    encoding = ENCODINGS[value.tag]
    try:
        text = value.content.decode(encoding)
    except UnicodeDecodeError:
        raise DerError("a name holds a text that cannot be read") from None
    if text.endswith(PRACTICE_MARK) and not twice:
        return octets
    marked = f"{text[: LONGEST_NAME - len(PRACTICE_MARK)]}{PRACTICE_MARK}".encode(encoding)
    instead = der.encode(der.SEQUENCE, kind.octets, der.encode(value.tag, marked))
    rebuilt = []
    for part in parts:
        rows = [instead if attribute.children()[0].offset == kind.offset else attribute.octets for attribute in part]
        rebuilt.append(der.encode(der.SET, *sorted(rows)))
    return der.encode(der.SEQUENCE, *rebuilt)


def marked_certificate(octets: bytes, *, twice: bool = False) -> bytes:
    """A Certificate with issuer and subject marked, and the issuer's issuer where it is named. Raises DerError."""
    parts = whole(octets)
    fields = list(parts[0].children())
    first = 1 if fields[0].tag == EXPLICIT_0 else 0
    pieces = [item.octets for item in fields]
    for place in (first + 2, first + 4):
        pieces[place] = marked_name(pieces[place], twice=twice)
    pieces[-1] = each_extension(fields[-1], lambda oid, value: _marked_extension(oid, value, twice))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *pieces), *(part.octets for part in parts[1:]))


def marked_crl(octets: bytes, *, twice: bool = False) -> bytes:
    """A CertificateList with its issuer marked. Raises DerError."""
    parts = whole(octets)
    fields = list(parts[0].children())
    pieces = [item.octets for item in fields]
    issuer = 2 if fields[0].tag == der.INTEGER else 1
    pieces[issuer] = marked_name(pieces[issuer], twice=twice)
    pieces[-1] = each_extension(fields[-1], lambda oid, value: _marked_extension(oid, value, twice))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *pieces), *(part.octets for part in parts[1:]))


def marked_request(octets: bytes, *, twice: bool = False) -> bytes:
    """A CertificationRequest with its subject marked. Raises DerError."""
    parts = whole(octets)
    version, subject, *rest = parts[0].children()
    info = der.encode(
        der.SEQUENCE, version.octets, marked_name(subject.octets, twice=twice), *(item.octets for item in rest)
    )
    return der.encode(der.SEQUENCE, info, *(part.octets for part in parts[1:]))


def marked_response(octets: bytes, *, twice: bool = False) -> bytes:
    """An OCSPResponse with the names of its responder marked, also in the certificates that it carries.

    The hashes of names inside stay those of the unmarked ones. Raises DerError.
    """
    status, body = der.read_one(octets, der.SEQUENCE).children()
    kind, value = der.read_one(body.content, der.SEQUENCE).children()
    data, *rest = der.read_one(value.content, der.SEQUENCE).children()
    fields = [
        der.encode(BY_NAME, marked_name(item.content, twice=twice))
        if place < 2 and item.tag == BY_NAME
        else item.octets
        for place, item in enumerate(data.children())
    ]
    pieces = [der.encode(der.SEQUENCE, *fields)]
    for item in rest:
        if item.tag != EXPLICIT_0:
            pieces.append(item.octets)
            continue
        carried = der.read_one(item.content, der.SEQUENCE).children()
        again = der.encode(
            der.SEQUENCE, *(marked_certificate(certificate.octets, twice=twice) for certificate in carried)
        )
        pieces.append(der.encode(EXPLICIT_0, again))
    basic = der.encode(der.OCTET_STRING, der.encode(der.SEQUENCE, *pieces))
    return der.encode(der.SEQUENCE, status.octets, der.encode(body.tag, der.encode(der.SEQUENCE, kind.octets, basic)))


def whole(octets: bytes) -> tuple[Element, ...]:
    """What is signed, algorithm, signature. Raises DerError."""
    parts = der.read_one(octets, der.SEQUENCE).children()
    if [part.tag for part in parts] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        raise DerError("three parts are expected: what is signed, algorithm, signature")
    return parts


def each_extension(element: Element, change: Callable[[bytes, bytes], bytes]) -> bytes:
    """Extensions ([3] of a certificate, [0] of a CRL) with each value as `change` (OID in DER, value) makes it.

    An element that is none stays as it is. Raises DerError.
    """
    if element.tag not in {EXPLICIT_0, EXPLICIT_3}:
        return element.octets
    rows = []
    for extension in der.read_one(element.content, der.SEQUENCE).children():
        parts = extension.children()
        value = der.encode(der.OCTET_STRING, change(parts[0].octets, parts[-1].content))
        rows.append(der.encode(der.SEQUENCE, *(part.octets for part in parts[:-1]), value))
    return der.encode(element.tag, der.encode(der.SEQUENCE, *rows))


def _marked_extension(oid: bytes, value: bytes, twice: bool) -> bytes:
    """An authority key identifier may name the issuer's issuer (RFC 5280 4.2.1.1), which is marked too."""
    if oid != AUTHORITY_KEY_IDENTIFIER:
        return value
    parts = der.read_one(value, der.SEQUENCE).children()
    return der.encode(
        der.SEQUENCE, *(_marked_names(part, twice) if part.tag == GENERAL_NAMES else part.octets for part in parts)
    )


def _marked_names(element: Element, twice: bool) -> bytes:
    names = (
        der.encode(DIRECTORY, marked_name(name.content, twice=twice)) if name.tag == DIRECTORY else name.octets
        for name in element.children()
    )
    return der.encode(element.tag, *names)
