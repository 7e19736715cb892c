"""What a witness takes home: a receipt that fixes the record, on paper and as one QR code, and its reading later.

A receipt proves nothing by itself, for anybody can print one. It is worth what its holder's word is worth, that they
got it in the room. With it they find a record that was cut short or replaced afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from ceremony.canonical import canonical_json, parse_canonical, sha256_hex
from ceremony.custody import receipt_text
from ceremony.errors import CeremonyError
from ceremony.policy.primitives import IsoDate, Line, Model, Sha256, Slug
from ceremony.words import head_words, parse_words

FORMAT = "ceremony-receipt/1"

LARGEST_PAYLOAD = 2331
"""Octets that one QR code holds at error correction level M (ISO/IEC 18004, table 7: version 40, byte mode)."""

_LARGEST_READ = 65_536
_MOST_DIGITS = 9
_RULE = "=" * receipt_text.COLUMNS
_ONCE = (
    "Ceremony",
    "Title",
    "Mode",
    "Date",
    "Given to",
    "Name",
    "Steps",
    "Exceptions",
    "Chain head",
    "In words",
    "Check",
)
_NAMES = (*_ONCE, "Key", "SHA-256")

_EXPLANATION = (
    "Keep this slip. The chain head fixes every line of the",
    "record up to the moment at which you were given it, and",
    "the SHA-256 of a key is that of its SubjectPublicKeyInfo.",
    "Whoever shows you the record later: let it be compared",
    "with this slip (ceremony verify --receipt).",
)

Count = Annotated[int, Field(ge=0, lt=10**_MOST_DIGITS)]


class KeyFingerprint(Model):
    """A key by its name in the script, and the SHA-256 of its DER SubjectPublicKeyInfo."""

    name: Slug
    sha256: Sha256


class Receipt(Model):
    """What a person was told of the record at the moment at which its chain head was `head`."""

    ceremony_id: Line
    title: Line
    mode: Literal["practice", "production"]
    date: IsoDate
    person: Slug
    """The person's id in the people file."""
    name: Line
    head: Sha256
    keys: tuple[KeyFingerprint, ...]
    steps: Count
    """Steps done."""
    exceptions: Count

    @model_validator(mode="after")
    def _each_key_once(self) -> Receipt:
        if len({key.name for key in self.keys}) != len(self.keys):
            raise ValueError("a key stands in a receipt once")
        return self

    def text(self) -> str:
        """The slip: printable ASCII, 60 columns, from which `parse_receipt` reads the same receipt again."""
        fields = [
            ("Ceremony", self.ceremony_id),
            ("Title", self.title),
            ("Mode", self.mode),
            ("Date", self.date),
            ("Given to", self.person),
            ("Name", self.name),
            ("Steps", str(self.steps)),
            ("Exceptions", str(self.exceptions)),
            ("Chain head", _grouped(self.head)),
            ("In words", _in_fours(head_words(self.head).split())),
        ]
        for key in self.keys:
            fields += [("Key", key.name), ("SHA-256", _grouped(key.sha256))]
        fields.append(("Check", self.check_digits()))
        title = "CEREMONY RECEIPT"
        banner = f"{title}{self.mode.upper():>{receipt_text.COLUMNS - len(title)}}"
        rehearsal = ["It was a rehearsal: this proves nothing.", ""] if self.mode == "practice" else []
        lines = [_RULE, banner, _RULE, *rehearsal, *receipt_text.render(fields), "", *_EXPLANATION, _RULE]
        return "\n".join(lines) + "\n"

    def payload(self) -> bytes:
        """The same as canonical JSON, for one QR code at error correction level M.

        Raises CeremonyError (RECEIPT-SIZE) where one code does not hold it: with some two dozen keys.
        """
        octets = self._canonical()
        if len(octets) > LARGEST_PAYLOAD:
            raise CeremonyError(
                "The receipt is too large for one QR code.",
                detail=f"It has {len(octets)} bytes; one code holds {LARGEST_PAYLOAD}.",
                not_done="No code was made.",
                next_step="Print the receipt as text.",
                code="RECEIPT-SIZE",
            )
        return octets

    def _canonical(self) -> bytes:
        value = self.model_dump() | {"format": FORMAT, "keys": [[key.name, key.sha256] for key in self.keys]}
        return canonical_json(value)

    def check_digits(self) -> str:
        """8 hex digits that tell a slip of the finger from another record. Anybody can compute them."""
        return sha256_hex(self._canonical())[:8]


def parse_receipt(received: str | bytes) -> Receipt:
    """A receipt from its QR code or from its slip.

    Raises CeremonyError: RECEIPT-FORM for what is no receipt, RECEIPT-DAMAGED for one that was mistyped or altered.
    """
    if len(received) > _LARGEST_READ:
        raise _no_receipt("It is too large.")
    try:
        text = received.decode("utf-8") if isinstance(received, bytes) else received
        if text.lstrip().startswith("{"):
            return _from_payload(text.strip().encode("utf-8"))
        fields = receipt_text.read(text, _NAMES)
    except (ValueError, RecursionError) as error:  # also what is no UTF-8, and what the model refuses
        reason = "A value is not what a receipt has there." if isinstance(error, ValidationError) else ""
        raise _no_receipt(reason) from None
    if not fields:
        raise _no_receipt("It is neither the content of the QR code nor the text of the slip.")
    return _from_fields(fields)


def _from_payload(octets: bytes) -> Receipt:
    value = parse_canonical(octets)
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise _no_receipt("It is JSON of another kind.")
    return _validated(value)


def _from_fields(fields: receipt_text.Fields) -> Receipt:
    single = {name: value for name, value in fields if name in _ONCE}
    names = [name for name, _ in fields]
    wrong = [name for name in _ONCE if names.count(name) != 1]
    keys = [(name, value) for name, value in fields if name not in _ONCE]
    if wrong or [name for name, _ in keys] != ["Key", "SHA-256"] * (len(keys) // 2):
        raise _damaged(f"Not there once, as it should be: {', '.join(wrong or ['a key with its SHA-256'])}.")
    head = _ungrouped(single["Chain head"])
    if parse_words(single["In words"].split()).hex() != head:
        raise _damaged("The words are not those of the chain head.")
    try:
        receipt = _validated(
            {
                "ceremony_id": single["Ceremony"],
                "title": single["Title"],
                "mode": single["Mode"],
                "date": single["Date"],
                "person": single["Given to"],
                "name": single["Name"],
                "head": head,
                "keys": [[keys[at][1], _ungrouped(keys[at + 1][1])] for at in range(0, len(keys), 2)],
                "steps": _number(single["Steps"]),
                "exceptions": _number(single["Exceptions"]),
            }
        )
    except ValueError:
        raise _damaged("A value is not what a receipt has there.") from None
    if receipt.check_digits() != single["Check"].strip().lower():
        raise _damaged("The check digits are not those of the other lines.")
    return receipt


def _validated(value: dict[str, Any]) -> Receipt:
    """Raises ValueError (ValidationError is one) for values that no receipt has."""
    pairs = value.get("keys")
    if not isinstance(pairs, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in pairs):
        raise ValueError("keys")
    keys = tuple(KeyFingerprint.model_validate({"name": name, "sha256": digest}) for name, digest in pairs)
    return Receipt.model_validate(value | {"keys": keys})


def _grouped(digest: str) -> str:
    return _in_fours([digest[at : at + 8] for at in range(0, len(digest), 8)])


def _in_fours(pieces: Sequence[str]) -> str:
    return "\n".join(" ".join(pieces[at : at + 4]) for at in range(0, len(pieces), 4))


def _ungrouped(groups: str) -> str:
    return "".join(groups.split()).lower()


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError("not a count")
    return int(text)


def _no_receipt(reason: str) -> CeremonyError:
    return CeremonyError(
        "This is not a receipt of a ceremony.",
        detail=reason,
        not_done="Nothing was compared.",
        next_step="Give the content of the QR code, or the whole text of the slip.",
        code="RECEIPT-FORM",
    )


def _damaged(reason: str) -> CeremonyError:
    return CeremonyError(
        "The receipt is damaged or was altered.",
        detail=reason,
        not_done="Nothing was compared.",
        next_step="Compare it with the slip on paper, line by line, or scan its QR code.",
        code="RECEIPT-DAMAGED",
    )
