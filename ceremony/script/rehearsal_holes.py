"""What the day brings, taken out of a field: what is left must be in production as it was rehearsed.

Each field that may differ has a mask, which writes the field again without what is drawn, counted or dated, but with
its form: how many octets, by which method, from which moment. Where both have the same form, the field may differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ceremony.pki import der
from ceremony.pki.keys import key_identifier
from ceremony.pki.notation import colon_hex
from ceremony.pki.tbs import time_of
from ceremony.room.clock import iso, parse_iso
from ceremony.transcript.kinds import What

_DATE = re.compile(r"\b\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_COLONS = re.compile(r"\b[0-9A-F]{2}(?::[0-9A-F]{2})*\b")
_DIGEST = re.compile(r"\b[0-9A-F]{64}\b")
_NUMBER = re.compile(r"\d+")
_SERIAL = re.compile(r"serial number ([0-9A-F:]+)")
ENTRY = "Revoked "


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two objects: what its fields mean, beside what they say.

    `drawn` are the serial numbers (COLONS) of the certificates of the same ceremony, `updates` the thisUpdate (ISO
    8601) of its lists so far, which is the date of what they revoke. `same_past` says that everything
    else of the past has the serial numbers and dates of the other side: a stand-in keeps them.
    """

    fields: Mapping[str, str]
    spki: bytes | None
    drawn: frozenset[str]
    updates: frozenset[str]
    same_past: bool

    def serial(self, colons: str) -> str:
        """A serial number as the other side would have to say it."""
        if self.same_past and colons not in self.drawn:
            return colons
        return f"({_octets(colons)}, drawn)"


Mask = Callable[[str, Side], str]


def masks_of(what: What, *, own_key: bool, lifetime: bool, asked_certificate: bool) -> dict[str, Mask]:
    """The fields that may differ, each with its mask.

    `own_key`: the key of a certificate is one of the ceremony's or the record's, and not given from outside.
    `lifetime`: its dates are counted from the agreed clock. `asked_certificate`: an OCSP response is about one of the
    record's certificates, and not about a serial number that the script names.
    """
    masks: dict[str, Mask] = {}
    match what:
        case "certificate":
            masks |= {"Serial number": _size, "Authority key identifier": _authority}
            if lifetime:
                masks |= {"Not before": _date, "Not after": _date, "Lifetime": _period("Not before", "Not after")}
            if own_key:
                masks |= {"Public key SHA-256": _size, "Subject key identifier": _identifier}
        case "request":
            masks |= {"Public key SHA-256": _size, "Subject key identifier": _identifier}
        case "crl":
            masks |= {"Authority key identifier": _authority, "CRL number": _number, "Delta CRL indicator": _number}
            masks |= {"This update": _date, "Next update": _date, "Period": _period("This update", "Next update")}
        case "ocsp-response":
            masks |= dict.fromkeys(("Responder key hash", "Issuer name hash", "Issuer key hash"), _size)
            masks |= {"Produced at": _date, "This update": _date, "Next update": _date, "Revoked at": _revoked}
            masks |= {"Period": _period("This update", "Next update"), "Certificate": _carried}
            if asked_certificate:
                masks["Serial number"] = _serial
    return masks


def further_entry(serial: int, entry: bytes, today: frozenset[str], side: Side) -> str:
    """An entry of a CRL that is not written out for people, in one line without what the day brings.

    `entry` is its DER, `today` thisUpdate (ISO 8601) of this list and of others of the same ceremony.
    """
    date, *rest = der.read_one(entry, der.SEQUENCE).children()[1:]
    since = date.octets.hex() if side.same_past else "(date)"
    if iso(time_of(date)) in today:
        since = "(this ceremony)"
    number = colon_hex(serial.to_bytes(max(1, (serial.bit_length() + 7) // 8), "big"))
    return f"{side.serial(number)} {since} {b''.join(item.octets for item in rest).hex()}"


def moment(value: str, side: Side) -> str:
    """Of an entry of a list: the date of this list, or as in a response."""
    if value == side.fields.get("This update"):
        return _DATE.sub("(this ceremony)", value)
    return _revoked(value, side)


def _revoked(value: str, side: Side) -> str:
    """The date of a list of this ceremony; else one of the script, or of what an earlier ceremony did."""
    if any(date in side.updates for date in _DATE.findall(value)):
        return _DATE.sub("(this ceremony)", value)
    return value if side.same_past else _date(value, side)


def _octets(colons: str) -> str:
    count = colons.count(":") + 1
    return "1 octet" if count == 1 else f"{count} octets"


def _size(value: str, side: Side) -> str:
    del side
    return _DIGEST.sub("(32 octets)", value) if ":" not in value else f"({_octets(value)})"


def _date(value: str, side: Side) -> str:
    del side
    return _DATE.sub("(date)", value)


def _number(value: str, side: Side) -> str:
    del side
    return _NUMBER.sub("(number)", value)


def _serial(value: str, side: Side) -> str:
    return side.serial(value)


def _identifier(value: str, side: Side) -> str:
    """By which method it is made of the key; where by none, how long it is."""
    critical, _, colons = value.partition("; ")
    return f"{critical}; {_method(colons, side)}"


def _authority(value: str, side: Side) -> str:
    """Which parts there are. How the issuer's identifier was made is said by the issuer's own certificate."""
    words = []
    for part in value.split("; "):
        if serial := _SERIAL.fullmatch(part):
            words.append(f"serial number {side.serial(serial[1])}")
        else:
            words.append(f"({_octets(part)})" if _COLONS.fullmatch(part) else part)
    return "; ".join(words)


def _method(colons: str, side: Side) -> str:
    if side.spki is not None:
        if colons == colon_hex(key_identifier(side.spki, "sha1")):
            return "(sha1 of its key)"
        if colons == colon_hex(key_identifier(side.spki, "rfc7093-1")):
            return "(rfc7093-1 of its key)"
    return f"({_octets(colons)})"


def _carried(value: str, side: Side) -> str:
    del side
    return _DIGEST.sub("(32 octets)", value)


def _period(start: str, end: str) -> Mask:
    """A span between two fields; whole years are as many days as the day makes them."""

    def mask(value: str, side: Side) -> str:
        begins, ends = (_DATE.match(side.fields.get(name, "")) for name in (start, end))
        if begins is None or ends is None:
            return value
        years = _years(parse_iso(begins[0]), parse_iso(ends[0]))
        return f"({years} years)" if years else value

    return mask


def _years(start: datetime, end: datetime) -> int:
    """How many whole years, both ends inside; 0 where they are not whole."""
    after = end + timedelta(seconds=1)
    years = after.year - start.year
    leap_day = (start.month, start.day) == (2, 29)
    anniversary = (after.month, after.day) in ({(2, 29), (2, 28)} if leap_day else {(start.month, start.day)})
    return years if anniversary and after.time() == start.time() and years > 0 else 0
