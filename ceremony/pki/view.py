"""From the bytes of a certificate to the facts that rules judge, by strict DER and nothing else.

What is no certificate at all raises; what is one, but is not encoded as DER asks, is read and listed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.view_extensions import READERS, number, row
from ceremony.pki.view_keys import key_view
from ceremony.pki.view_names import Faults, name_view
from ceremony.policy.rules.view import CertificateView, ExtensionView

OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"

TIME = re.compile(
    r"(?P<year>\d{2}|\d{4})(?P<month>\d{2})(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?"
    r"(?:[.,]\d+)?(?P<zone>Z|[+-]\d{4})"
)
"""Every form of UTCTime and GeneralizedTime that fixes a moment (X.680 46, 47); RFC 5280 4.1.2.5 allows one of each."""


@lru_cache(maxsize=256)  # rules over an archive ask for the same certificates again and again
def certificate_view(octets: bytes) -> CertificateView:
    """The facts of a Certificate or TBSCertificate (RFC 5280 4.1). Raises DerError for what is neither.

    `octets` of the result are the TBSCertificate. An extension whose value has not the structure of its type is listed
    among the irregularities and leaves its fields None, as if it were absent: look at the irregularities first.
    """
    outer = der.read_one(octets, der.SEQUENCE)
    first = outer.children()[:1]
    tbs = first[0] if first and first[0].tag == der.SEQUENCE else outer
    if tbs is not outer:
        parts = [part.tag for part in outer.children()]
        if parts != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
            raise DerError("a certificate has three parts: TBSCertificate, algorithm, signature")
        tbs = der.read_one(tbs.octets)
    return _view(tbs)


def _view(tbs: Element) -> CertificateView:
    faults: Faults = list(der.irregularities(tbs.octets))
    rest = list(tbs.children())
    version = 1
    if rest and rest[0].tag == 0xA0:
        version = number(*_inside(rest[0])) + 1
        if version == 1:
            faults.append(f"octet {rest[0].offset}: version 1 is the default and is not written in DER")
        rest.pop(0)
    if [element.tag for element in rest[:6]] != [der.INTEGER] + [der.SEQUENCE] * 5:
        raise DerError("this is not a TBSCertificate")
    serial, signature, issuer, validity, subject, spki = rest[:6]
    times = validity.children()
    if len(times) != 2:
        raise DerError("a validity has two times")
    rest = rest[6:]
    unique = False
    while rest and rest[0].tag & ~der.CONSTRUCTED in {0x81, 0x82}:
        unique = True
        rest.pop(0)
    extensions: tuple[ExtensionView, ...] = ()
    if rest and rest[0].tag == 0xA3:
        extensions = tuple(read_extension(element, faults) for element in row(*_inside(rest.pop(0))))
    if rest:
        raise DerError("something stands after the extensions")
    not_before, not_before_form = read_time(times[0], faults)
    not_after, not_after_form = read_time(times[1], faults)
    facts = _facts(extensions, faults)
    return CertificateView(
        octets=tbs.octets,
        version=version,
        serial_number=number(serial),
        serial_octets=len(serial.content),
        signature_algorithm_der=signature.octets,
        issuer=name_view(issuer, faults),
        subject=name_view(subject, faults),
        not_before=not_before,
        not_after=not_after,
        not_before_form=not_before_form,
        not_after_form=not_after_form,
        unique_identifiers=unique,
        key=key_view(spki),
        extensions=extensions,
        irregularities=tuple(faults),
        **facts,
    )


def _inside(element: Element) -> tuple[Element]:
    children = element.children()
    if len(children) != 1:
        raise DerError(f"one element is expected inside octet {element.offset}")
    return (children[0],)


def read_extension(element: Element, faults: Faults) -> ExtensionView:
    """One Extension, of a certificate, a CRL or an entry of one. Raises DerError."""
    parts = list(row(element))
    if len(parts) not in {2, 3} or parts[-1].tag != der.OCTET_STRING:
        raise DerError(f"an extension is expected at octet {element.offset}")
    critical = False
    if len(parts) == 3:
        if parts[1].tag != der.BOOLEAN:
            raise DerError(f"a BOOLEAN is expected at octet {parts[1].offset}")
        critical = parts[1].content != b"\x00"
        if not critical:
            faults.append(f"octet {parts[1].offset}: FALSE is the default and is not written in DER")
    return ExtensionView(der.object_identifier(parts[0]), critical, parts[-1].content)


def _facts(extensions: tuple[ExtensionView, ...], faults: Faults) -> dict[str, Any]:
    """What the extensions say; where one stands twice, the first of them."""
    facts: dict[str, Any] = {}
    for extension in reversed(extensions):
        faults.extend(f"extension {extension.oid}: {fault}" for fault in der.irregularities(extension.value))
        if extension.oid == OCSP_NO_CHECK:
            facts["no_check"] = extension.value
        reader = READERS.get(extension.oid)
        if reader is None:
            continue
        inner: Faults = []
        try:
            facts.update(reader(der.read_one(extension.value), inner))
        except DerError as error:
            inner.append(str(error))
        faults.extend(f"extension {extension.oid}: {fault}" for fault in inner)
    return facts


def read_time(element: Element, faults: Faults) -> tuple[datetime, str]:
    """The moment, and `utc` or `generalized`; a form that RFC 5280 4.1.2.5 does not allow is a fault."""
    text = element.content.decode("ascii", "replace")
    match = TIME.fullmatch(text)
    form = {der.UTC_TIME: "utc", der.GENERALIZED_TIME: "generalized"}.get(element.tag)
    if form is None or match is None or len(match["year"]) != (2 if form == "utc" else 4):
        raise DerError(f"the time {text!r} at octet {element.offset} cannot be read")
    year = int(match["year"])
    if form == "utc":
        year += 2000 if year < 50 else 1900
    zone = match["zone"]
    try:
        month, day, hour, minute = (int(match[part]) for part in ("month", "day", "hour", "minute"))
        moment = datetime(year, month, day, hour, minute, int(match["second"] or 0), tzinfo=UTC)
        if zone != "Z":
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
            moment += offset if zone[0] == "-" else -offset
    except (ValueError, OverflowError) as error:
        raise DerError(f"the time {text!r} at octet {element.offset} does not exist") from error
    if len(text) != len(match["year"]) + 11 or zone != "Z":
        faults.append(f"octet {element.offset}: the time {text!r} is not in the form of RFC 5280")
    return moment, form
