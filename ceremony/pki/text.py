"""Certificates as people read them: the TXT artefact, and the dump to review before approving."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator

from ceremony.errors import CeremonyError
from ceremony.pki.asn1_tree import WIDTH, tree
from ceremony.pki.der import DerError
from ceremony.pki.describe import describe
from ceremony.pki.notation import colon_hex, plain_ascii
from ceremony.pki.plain_words import plain_words
from ceremony.pki.tbs import certificate_parts

__all__ = ["certificate_text", "dump", "hex_dump", "plain_words"]


def certificate_text(certificate: bytes) -> str:
    """The TXT artefact of a DER Certificate: every field as `describe` reads it, the signature, the fingerprint.

    Ends with a newline. Raises CeremonyError where the bytes are no certificate.
    """
    fields = describe(certificate)
    lines = ["Certificate:", *field_lines(fields, "    ")]
    try:
        _, _, signature = certificate_parts(certificate)
    except DerError as error:
        raise _not_der(error) from error
    lines.append("    Signature value:")
    lines += [" " * 8 + colon_hex(signature[at : at + 18]) for at in range(0, len(signature), 18)]
    lines += ["SHA-256 fingerprint:", "    " + hashlib.sha256(certificate).hexdigest().upper()]
    return "\n".join(lines) + "\n"


def hex_dump(octets: bytes) -> str:
    """Offset, sixteen octets in hex, and the same in ASCII, line by line; 77 columns."""
    lines = []
    for at in range(0, len(octets), 16):
        row = octets[at : at + 16]
        readable = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        lines.append(f"{at:08x}  {row.hex(' '):<47}  |{readable}|")
    return "\n".join(lines)


def dump(octets: bytes) -> str:
    """Everything that the bytes of a Certificate or TBSCertificate hold, to be read before they are approved.

    First the fields as `describe` reads them, then the tree of ASN.1 elements with the offset and size of each and
    every octet of its value. ASCII, at most 78 columns. Raises CeremonyError where the bytes are neither.
    """
    fields = field_lines(describe(octets), "")
    try:
        elements = list(tree(octets))
    except (DerError, RecursionError) as error:
        raise _not_der(error) from error
    return "\n".join([*fields, "", "ASN.1, octet by octet: offset, size, type, value", "", *elements])


def _not_der(error: Exception) -> CeremonyError:
    return CeremonyError(
        "These bytes are not a certificate in DER.",
        detail=f"{error}.",
        not_done="Nothing was written.",
        next_step="Check that the file is a whole certificate in DER.",
        code="DESCRIBE",
    )


def field_lines(fields: tuple[tuple[str, str], ...], indent: str) -> Iterator[str]:
    """Names and values of described fields, in ASCII, wrapped at the width of the text files."""
    for name, value in fields:
        line = f"{indent}{plain_ascii(name)}: {plain_ascii(value)}"
        if len(line) <= WIDTH:
            yield line
            continue
        yield f"{indent}{plain_ascii(name)}:"
        for part in value.split("; "):
            yield from _fold(plain_ascii(part), indent + " " * 4)


def _fold(text: str, indent: str) -> Iterator[str]:
    """The text in lines of at most 78 columns; what folds in the middle of a word loses no character."""
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    ) or [indent]
