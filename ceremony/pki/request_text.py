"""Certification requests as people read them: the TXT artefact, and the dump to review before approving."""

from __future__ import annotations

import hashlib

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.asn1_tree import tree
from ceremony.pki.der import DerError
from ceremony.pki.describe_request import describe_request
from ceremony.pki.notation import colon_hex
from ceremony.pki.text import field_lines


def request_text(request: bytes) -> str:
    """The TXT artefact of a DER CertificationRequest: the fields of `describe_request`, the signature, the fingerprint.

    ASCII, at most 78 columns, ends with a newline. Raises CeremonyError DESCRIBE where the bytes are no whole request.
    """
    fields = describe_request(request)
    if fields[-1][0] != "Signature algorithm":
        raise _no_request("they are to-be-signed bytes, without a signature")
    signature = der.read_one(request).children()[2].content[1:]
    lines = ["Certification request:", *field_lines(fields, "    "), "    Signature value:"]
    lines += [" " * 8 + colon_hex(signature[at : at + 18]) for at in range(0, len(signature), 18)]
    lines += ["SHA-256 fingerprint:", "    " + hashlib.sha256(request).hexdigest().upper()]
    return "\n".join(lines) + "\n"


def request_dump(octets: bytes) -> str:
    """Everything that the bytes of a whole or a to-be-signed request hold, to be read before they are approved.

    First the fields as `describe_request` reads them, then the tree of ASN.1 elements with the offset and size of each
    and every octet of its value. ASCII, at most 78 columns. Raises CeremonyError DESCRIBE where the bytes are neither.
    """
    fields = field_lines(describe_request(octets), "")
    try:
        elements = list(tree(octets))
    except DerError as error:
        raise _no_request(str(error)) from error
    return "\n".join([*fields, "", "ASN.1, octet by octet: offset, size, type, value", "", *elements])


def _no_request(why: str) -> CeremonyError:
    return CeremonyError(
        "These bytes are not a certification request in DER.",
        detail=f"The parser says: {why}.",
        not_done="Nothing was written.",
        next_step="Check that the file is a whole certification request in DER.",
        code="DESCRIBE",
    )
