"""The extensions of a CRL and of its entries, read by asn1crypto from their octets, in the words of `notation_crl`.

What is not what its type says, or what DER would write in another way, is shown as octets, so that no two values look
alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ceremony.pki.describe_extensions import REASONS, extension_words
from ceremony.pki.describe_names import general_names, relative_name
from ceremony.pki.notation import utc_text
from ceremony.pki.notation_crl import other_extension
from ceremony.pki.pieces import Piece, count, identifier, optional, piece, rows, sequence
from ceremony.policy.rules.crl_facts import (
    CERTIFICATE_ISSUER,
    CRL_NUMBER,
    DELTA,
    INVALIDITY_DATE,
    ISSUING_POINT,
    REASON_CODE,
)

BOOLEAN, OCTET_STRING, ENUMERATED, GENERALIZED_TIME = 0x01, 0x04, 0x0A, 0x18

CRL_REASONS: dict[int, str] = {
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

FLAGS: dict[int, str] = {
    0x81: "only user certificates",
    0x82: "only CA certificates",
    0x84: "indirect CRL",
    0x85: "only attribute certificates",
}
"""The BOOLEANs of an issuing distribution point (RFC 5280 5.2.5)."""


def extension_parts(element: Piece) -> tuple[str, bool | None, bytes]:
    """OID, `critical` (None where it is not written), and the contents of extnValue. Raises ValueError."""
    oid, *flags, value = sequence(element)
    if value.tag != OCTET_STRING or len(flags) > 1:
        raise ValueError("an extension is expected")
    critical = None
    for flag in flags:
        if flag.tag != BOOLEAN or flag.contents not in {b"\x00", b"\xff"}:
            raise ValueError("a BOOLEAN is not encoded as DER asks")
        critical = flag.contents == b"\xff"
    return identifier(oid), critical, value.contents


def crl_extension_words(oid: str, octets: bytes) -> tuple[str, ...]:
    """The values of an extension of a CRL in their order; `octets HEX` alone for an unknown one and one not in DER."""
    reader = CRL_READERS.get(oid)
    if reader is None:
        return extension_words(oid, octets)
    try:
        return tuple(reader(piece(octets))) or ("empty",)
    except (ValueError, TypeError, OverflowError):  # what asn1crypto raises for bytes that are not what they should be
        return (f"octets {octets.hex().upper()}",)


def entry_extension_words(element: Piece) -> str:
    """One Extension of an entry (RFC 5280 5.3) in words. Raises ValueError for what is no Extension."""
    oid, critical, value = extension_parts(element)
    try:
        words = ENTRY_READERS[oid](piece(value))
    except (KeyError, ValueError, TypeError, OverflowError):  # an unknown one, or as above
        words = other_extension(oid, value)
    return words + {True: " (critical)", False: " (not critical, written out)", None: ""}[critical]


def _number(element: Piece) -> Iterator[str]:
    yield str(count(element))


def _delta_base(element: Piece) -> Iterator[str]:
    yield f"base {count(element)}"


def _issuing_point(element: Piece) -> Iterator[str]:
    for tag, part in optional(element, 0xA0, 0x81, 0x82, 0x83, 0x84, 0x85).items():
        if tag == 0xA0:
            (name,) = part.pieces
            if name.tag == 0xA0:
                yield f"full name ({general_names(name.pieces)})"
            else:
                yield f"relative name ({relative_name(name, 0xA1)})"
        elif tag == 0x83:
            yield f"only the reasons ({', '.join(_reason_flags(part))})"
        elif part.contents == b"\xff":
            yield FLAGS[tag]
        else:
            raise ValueError("a BOOLEAN is not encoded as DER asks")


def _reason_flags(element: Piece) -> Iterator[str]:
    unused, octets = int.from_bytes(element.contents[:1], "big"), element.contents[1:]
    places = [place for place in range(8 * len(octets)) if octets[place // 8] & 0x80 >> place % 8]
    if not places or places[-1] + 1 + unused != 8 * len(octets) or unused > 7:
        raise ValueError("the bits are not encoded as DER asks")
    if places[0] == 0 or places[-1] > len(REASONS):
        raise ValueError("a bit that has no name is set")
    yield from (REASONS[place - 1] for place in places)


def _reason(element: Piece) -> str:
    number = count(element, ENUMERATED)
    return CRL_REASONS.get(number, f"reason {number}")


def _invalid_from(element: Piece) -> str:
    text = element.contents.decode("ascii")
    if element.tag != GENERALIZED_TIME or len(text) != 15 or not text[:14].isdecimal():
        raise ValueError("a time is not in the form of RFC 5280")
    return f"invalid from {utc_text(datetime.strptime(text, '%Y%m%d%H%M%SZ').replace(tzinfo=UTC))}"


def _certificate_issuer(element: Piece) -> str:
    return f"certificate issuer ({general_names(rows(element))})"


CRL_READERS: dict[str, Callable[[Piece], Iterator[str]]] = {
    CRL_NUMBER: _number,
    DELTA: _delta_base,
    ISSUING_POINT: _issuing_point,
}
ENTRY_READERS: dict[str, Callable[[Piece], str]] = {
    REASON_CODE: _reason,
    INVALIDITY_DATE: _invalid_from,
    CERTIFICATE_ISSUER: _certificate_issuer,
}
