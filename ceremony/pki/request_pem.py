"""The file that a certification request comes in: one PEM block or one DER object, and nothing else (RFC 7468 7).

Whoever sent it is not in the room: each refusal says what to ask them for.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from ceremony.errors import CeremonyError, Where
from ceremony.pki.notation import visible

LARGEST = 64 * 1024
"""Octets of a file. A request with an ML-DSA-87 key and its signature has some 7,400."""

LABELS = ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
"""PEM labels of a request (RFC 7468 7; the second is an old one that some programs still write)."""

BEGIN = re.compile(r"-----BEGIN ([^-\r\n]*)-----")
BLOCK = re.compile(r"-----BEGIN ([^-\r\n]*)-----(.*?)-----END \1-----", re.DOTALL)
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")

ASK_AGAIN = "Ask its owner for the file itself, as their program wrote it."
PRINTED = "Was it printed and scanned, or typed from paper? " + ASK_AGAIN


def request_octets(octets: bytes, *, name: str) -> bytes:
    """The DER inside a file, given whole; `name` is what the file is called.

    Raises CeremonyError: REQUEST-SIZE for more than 64 KiB, before anything is read; REQ-SECRET where a private key is
    in it; REQUEST-READ for anything but one request.
    """
    if len(octets) > LARGEST:
        raise refused(
            "This file is too large for a request.",
            f"It has {len(octets):,} octets; a request has a few thousand, and {LARGEST:,} are read at most.",
            name,
            code="REQUEST-SIZE",
        )
    if octets[:1] == b"\x30":
        return octets
    try:
        text = octets.decode("ascii")
    except UnicodeDecodeError as error:
        raise refused(
            "This file is not a certification request.", "It is neither DER nor PEM, which is plain ASCII.", name
        ) from error
    return _decoded(_only_block(text, name), name)


def refused(
    headline: str, detail: str, where: Where | str, next_step: str = ASK_AGAIN, code: str = "REQUEST-READ"
) -> CeremonyError:
    """The error for a request that is not taken."""
    return CeremonyError(
        headline, detail=detail, where=where, not_done="Nothing of it was used.", next_step=next_step, code=code
    )


def _only_block(text: str, name: str) -> tuple[int, str]:
    """The number of the line in which the base64 of the one block begins, and that text."""
    found = BEGIN.findall(text)
    if any("PRIVATE KEY" in label for label in found):
        raise refused(
            "There is a private key in this file.",
            "A private key is a secret of its owner, and this one has been carried about.",
            name,
            "Do not copy the file. Tell its owner: that key must not be certified, and a new one is needed.",
            "REQ-SECRET",
        )
    labels = [visible(label)[:40] for label in found]  # what a stranger wrote must not act on a terminal
    if not labels:
        raise refused("This file is not a certification request.", "It is neither DER nor a PEM block.", name)
    if len(labels) > 1:
        detail = f"It holds {len(labels)} PEM blocks ({', '.join(labels[:4])}); one request is read from a file."
        raise refused("This file holds more than one object.", detail, name, "Put each request into its own file.")
    if labels[0] not in LABELS:
        raise refused(
            "This file is not a certification request.",
            f"Its PEM label is {labels[0] or 'empty'}; that of a request is {LABELS[0]}.",
            name,
        )
    block = BLOCK.search(text)
    if block is None:
        raise refused("The request in this file has no end.", f"There is no line -----END {labels[0]}-----.", name)
    if text[: block.start()].strip() or text[block.end() :].strip():
        raise refused(
            "Text stands around the request in this file.",
            "Nothing but the PEM block is read, so that nobody takes such text for what the request says.",
            name,
            "Write it again without the text: openssl req -in FILE -out NEW-FILE",
        )
    return text[: block.start(2)].count("\n") + 1, block[2]


def _decoded(block: tuple[int, str], name: str) -> bytes:
    first, text = block
    digits = "".join(text.split())
    try:
        octets = base64.b64decode(digits, validate=True)
    except binascii.Error:
        octets = b""
    if octets and base64.b64encode(octets).decode("ascii") == digits:
        return octets
    line, detail = next(_damage(text, digits))
    raise refused(
        "The base64 text of this request is damaged.",
        detail,
        Where(name, None if line is None else first + line),
        PRINTED,
    )


def _damage(text: str, digits: str) -> Iterator[tuple[int | None, str]]:
    """Where the text is no base64: the line, counted from that of the label, and a sentence. The most telling first."""
    if not digits:
        yield None, "There is nothing between its first and its last line."
    lines = text.split("\n")
    for number, line in enumerate(lines):
        strange = NOT_BASE64.search(line)
        if strange:
            yield number, f"The character {strange[0]!r} is none of base64 (RFC 4648 4)."
    sizes = [(number, len(line.strip())) for number, line in enumerate(lines) if line.strip()]
    for number, size in sizes[1:-1]:
        if size != sizes[0][1]:
            yield (
                number,
                f"This line has {size} characters, the first one {sizes[0][1]}; "
                f"there are {len(digits)} in all, which cannot be base64.",
            )
    yield None, f"Its {len(digits)} characters do not end as base64 ends (RFC 4648 4)."
