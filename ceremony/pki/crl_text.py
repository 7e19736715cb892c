"""CRLs as people read them: the TXT artefact, and the dump to review before approving."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.asn1_tree import tree
from ceremony.pki.der import DerError
from ceremony.pki.describe import Fields
from ceremony.pki.describe_crl import describe_crl
from ceremony.pki.notation import colon_hex
from ceremony.pki.pieces import pieces
from ceremony.pki.text import field_lines


def crl_text(crl: bytes) -> str:
    """The TXT artefact of a DER CertificateList: the fields of `describe_crl`, the signature, the fingerprint.

    Of a long list the first `notation_crl.LISTED` entries stand there, and one digest for all others. ASCII, at most
    78 columns, ends with a newline. Raises CeremonyError DESCRIBE where the bytes are no whole CRL.
    """
    fields = describe_crl(crl)
    (outer,) = pieces(crl)
    parts = outer.pieces
    if len(parts) != 3:
        raise _no_crl("they are to-be-signed bytes, without a signature")
    lines = ["Certificate revocation list:", *_lines(fields, "    "), "    Signature value:"]
    signature = parts[2].contents[1:]
    lines += [" " * 8 + colon_hex(signature[at : at + 18]) for at in range(0, len(signature), 18)]
    lines += ["SHA-256 fingerprint:", "    " + hashlib.sha256(crl).hexdigest().upper()]
    return "\n".join(lines) + "\n"


def crl_dump(octets: bytes) -> str:
    """Everything that the bytes of a CertificateList or a TBSCertList hold, to be read before they are approved.

    First the fields as `describe_crl` reads them, then the tree of ASN.1 elements with the offset and size of each and
    every octet of its value; of a list that is too long to be looked through, the SHA-256 of all octets instead. ASCII,
    at most 78 columns. Raises CeremonyError DESCRIBE where the bytes are neither.
    """
    fields = describe_crl(octets)
    return "\n".join([*_lines(fields, ""), "", *_elements(fields, octets)])


def _elements(fields: Fields, octets: bytes) -> Iterator[str]:
    if any(name == "Further revoked" for name, _ in fields):
        yield "The list is too long to be shown octet by octet."
        yield f"It has {len(octets)} octets; their SHA-256:"
        yield hashlib.sha256(octets).hexdigest().upper()
        return
    yield from ("ASN.1, octet by octet: offset, size, type, value", "")
    try:
        yield from tree(octets)
    except (DerError, RecursionError) as error:
        raise _no_crl(str(error)) from error


def _lines(fields: Fields, indent: str) -> Iterator[str]:
    """The fields, with the entries set in under their number."""
    for name, value in fields:
        deeper = "    " if name.startswith(("Revoked ", "Further ")) and name != "Revoked certificates" else ""
        yield from field_lines(((name, value),), indent + deeper)


def _no_crl(why: str) -> CeremonyError:
    return CeremonyError(
        "These bytes are not a CRL in DER.",
        detail=f"The parser says: {why}.",
        not_done="Nothing was written.",
        next_step="Check that the file is a whole CRL in DER.",
        code="DESCRIBE",
    )
