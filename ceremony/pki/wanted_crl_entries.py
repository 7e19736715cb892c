"""The entries that a CRL is to have, in the words of `describe_crl`: those of the plan, and those that stay.

An entry that stays is known as rules see it; what it says beside serial number and date is read from the octets of its
extensions by strict DER.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from heapq import merge
from typing import TYPE_CHECKING

from ceremony.errors import CeremonyError
from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.notation import colon_hex, utc_text, word
from ceremony.pki.notation_crl import LISTED, NO_LIST, entry_words, further_words, other_extension
from ceremony.pki.wanted_names import name_text
from ceremony.pki.wanted_values import magnitude
from ceremony.policy.rules.crl_facts import CERTIFICATE_ISSUER, INVALIDITY_DATE, REASON_CODE
from ceremony.policy.rules.crl_view import REASONS, EntryView
from ceremony.policy.rules.view import ExtensionView

if TYPE_CHECKING:  # what is wanted needs the shape of the plan, and nothing of the builder
    from ceremony.pki.crl_entries import Revoked

ENUMERATED = 0x0A
UNSPECIFIED = 0
"""CRLReason that is said by leaving the reason out (RFC 5280 5.3.1)."""
LAST_YEAR_OF_UTC_TIME = 2049


def revoked_fields(entries: Iterable[Revoked], kept: Iterable[EntryView]) -> Iterator[tuple[str, str]]:
    """How many certificates are revoked, one field for each of the first `LISTED`, one for all others.

    An iterator is read once and must ascend in serial numbers; a list may come in any order. Raises CeremonyError
    CRL-ORDER where one does not ascend, or a serial number stands twice, on one side or on both.
    """
    rows: list[tuple[str, str]] = []
    further = 0
    digest = hashlib.sha256()
    for entry in _in_order(entries, kept):
        if len(rows) < LISTED:
            rows.append(_row(entry))
        else:
            further += 1
            digest.update(_octets(entry))
    yield "Revoked certificates", str(len(rows) + further) if rows else NO_LIST
    yield from rows
    if further:
        yield "Further revoked", further_words(further, digest.digest())


def kept_entries(previous: bytes, serial_numbers: Collection[int]) -> tuple[EntryView, ...]:
    """The entries of these serial numbers on the previous CRL (DER), as rules see them, in ascending order.

    A serial number that has no entry there is left out, so that the comparison shows it. Raises CeremonyError
    CRL-PREVIOUS for bytes that are no CRL.
    """
    from ceremony.pki.crl_view import crl_view

    try:
        entries = crl_view(previous).entries
    except DerError as error:
        raise CeremonyError(
            "The previous CRL cannot be read.",
            detail=f"{error}.",
            not_done="No CRL was described.",
            next_step="Check that it is the CRL that was last published, whole and as it is.",
            code="CRL-PREVIOUS",
        ) from error
    return tuple(sorted((entry for entry in entries if entry.serial_number in serial_numbers), key=_serial_number))


def _serial_number(entry: Revoked | EntryView) -> int:
    return entry.serial_number


def _in_order(entries: Iterable[Revoked], kept: Iterable[EntryView]) -> Iterator[Revoked | EntryView]:
    last: int | None = None
    sides: list[Iterable[Revoked | EntryView]] = [
        side if isinstance(side, Iterator) else sorted(side, key=_serial_number) for side in (entries, kept)
    ]
    for entry in merge(*sides, key=_serial_number):
        if last is not None and entry.serial_number <= last:
            raise CeremonyError(
                "Revocations are not in order, or one stands twice.",
                detail=f"The serial number {entry.serial_number:x} comes after {last:x}.",
                not_done="No CRL was described.",
                next_step="Sort the revocations by serial number, and leave each of them in once.",
                code="CRL-ORDER",
            )
        last = entry.serial_number
        yield entry


def _row(entry: Revoked | EntryView) -> tuple[str, str]:
    date = utc_text(entry.revoked_at)
    if not isinstance(entry, EntryView):
        return f"Revoked {colon_hex(magnitude(entry.serial_number))}", entry_words(date, list(_new_words(entry)))
    if entry.revoked_at_form == "generalized" and entry.revoked_at.year <= LAST_YEAR_OF_UTC_TIME:
        date += " (GeneralizedTime before 2050)"
    if entry.serial_number < 0:
        serial = f"negative, octets {colon_hex(entry.serial_content)}"
    else:
        serial = colon_hex(magnitude(entry.serial_number))
    return f"Revoked {serial}", entry_words(date, [_kept_words(extension) for extension in entry.extensions])


def _new_words(entry: Revoked) -> Iterator[str]:
    if entry.reason is not None and entry.reason != UNSPECIFIED:
        yield REASONS.get(entry.reason, f"reason {entry.reason}")
    if entry.invalid_from is not None:
        yield f"invalid from {utc_text(entry.invalid_from)}"


def _kept_words(extension: ExtensionView) -> str:
    try:
        words = _value_words(extension.oid, der.read_one(extension.value))
    except ValueError:  # not DER, or text that is no ASCII, or a moment that does not exist
        words = other_extension(extension.oid, extension.value)
    return f"{words} (critical)" if extension.critical else words


def _value_words(oid: str, value: Element) -> str:
    if oid == REASON_CODE and value.tag == ENUMERATED:
        number = der.integer(Element(value.offset, der.INTEGER, value.content, value.octets))
        if number >= 0:
            return REASONS.get(number, f"reason {number}")
    if oid == INVALIDITY_DATE and value.tag == der.GENERALIZED_TIME and len(value.content) == 15:
        moment = datetime.strptime(value.content.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        return f"invalid from {utc_text(moment)}"
    if oid == CERTIFICATE_ISSUER and value.tag == der.SEQUENCE and value.content:
        return f"certificate issuer ({', '.join(_general_name(name) for name in value.children())})"
    raise DerError("there are no words for it")


def _general_name(name: Element) -> str:
    """The general names by which the issuer of a certificate can be told; an entry with another is shown as octets."""
    kind = {0x81: "email", 0x82: "dns", 0x86: "uri"}.get(name.tag)
    if kind is not None:
        return f"{kind} {word(name.content.decode('ascii'))}"
    if name.tag != 0xA4:
        raise DerError("there are no words for it")
    return f"directory ({name_text(name.content)})"


def _octets(entry: Revoked | EntryView) -> bytes:
    """The entry (RFC 5280 5.1.2.6, 5.3) as DER: one of so many is compared by its octets alone."""
    if isinstance(entry, EntryView):
        serial = der.encode(der.INTEGER, entry.serial_content)
        date = _date(entry.revoked_at, entry.revoked_at_form)
        return der.encode(der.SEQUENCE, serial, date, _extensions(entry.extensions))
    form = "utc" if entry.revoked_at.year <= LAST_YEAR_OF_UTC_TIME else "generalized"
    date = _date(entry.revoked_at, form)
    extensions = _new_extensions(entry.reason, entry.invalid_from)
    return der.encode(der.SEQUENCE, der.encode_integer(entry.serial_number), date, extensions)


def _date(moment: datetime, form: str) -> bytes:
    text = moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").rjust(15, "0").encode("ascii")
    return der.encode(der.UTC_TIME, text[2:]) if form == "utc" else der.encode(der.GENERALIZED_TIME, text)


@lru_cache(maxsize=1024)  # thousands of entries share these few octets
def _new_extensions(reason: int | None, invalid_from: datetime | None) -> bytes:
    rows = []
    if reason is not None and reason != UNSPECIFIED:
        rows.append(ExtensionView(REASON_CODE, False, der.encode(ENUMERATED, bytes((reason,)))))
    if invalid_from is not None:
        rows.append(ExtensionView(INVALIDITY_DATE, False, _date(invalid_from, "generalized")))
    return _extensions(tuple(rows))


@lru_cache(maxsize=1024)
def _extensions(extensions: tuple[ExtensionView, ...]) -> bytes:
    from asn1crypto.core import ObjectIdentifier

    rows = []
    for extension in extensions:
        oid: bytes = ObjectIdentifier(extension.oid).dump()
        critical = der.encode(der.BOOLEAN, b"\xff") if extension.critical else b""
        rows.append(der.encode(der.SEQUENCE, oid, critical, der.encode(der.OCTET_STRING, extension.value)))
    return der.encode(der.SEQUENCE, *rows) if rows else b""
