"""What each person takes home: the receipt as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ceremony.custody.people import Person
from ceremony.custody.receipts import KeyFingerprint, Receipt
from ceremony.errors import CeremonyError
from ceremony.transfer.qr import modules, render

RECEIPTS = "receipts"
"""The folder of a ceremony that keeps a copy of what each person took home."""

CODE = "The same as a QR code, for a camera:"


def receipt_of(
    person: Person,
    *,
    head: str,
    day: str,
    ceremony_id: str,
    title: str,
    mode: Literal["practice", "production"],
    keys: Mapping[str, str],
    steps: int,
    exceptions: int,
) -> Receipt:
    """The receipt of one person; `keys` are the SHA-256 of the SubjectPublicKeyInfo by name."""
    return Receipt(
        ceremony_id=ceremony_id,
        title=title,
        mode=mode,
        date=day,
        person=person.id,
        name=person.name,
        head=head,
        keys=tuple(KeyFingerprint(name=name, sha256=digest) for name, digest in keys.items()),
        steps=steps,
        exceptions=exceptions,
    )


def receipt_paths(receipt: Receipt) -> tuple[str, ...]:
    """Where the files of `receipt_files` are kept; which head the receipt is over makes no difference."""
    path = f"{RECEIPTS}/receipt-{receipt.person}"
    return (f"{path}.txt",) if _code(receipt) is None else (f"{path}.txt", f"{path}.json")


def receipt_files(receipt: Receipt) -> tuple[tuple[str, bytes], ...]:
    """What is kept in the ceremony's folder: the slip to print, and, where one code holds it, the QR code's content."""
    contents = (slip_text(receipt), _code(receipt))
    return tuple(zip(receipt_paths(receipt), (octets for octets in contents if octets is not None), strict=True))


def slip_text(receipt: Receipt) -> bytes:
    """The slip to print: the text, and the QR code in half blocks where one holds it (UTF-8)."""
    content = _code(receipt)
    code = [] if content is None else [CODE, "", *render(modules(content), "half"), ""]
    return "\n".join([receipt.text(), *code]).encode("utf-8")


def _code(receipt: Receipt) -> bytes | None:
    """The QR code's content; None where one code does not hold it."""
    try:
        return receipt.payload()
    except CeremonyError:
        return None
