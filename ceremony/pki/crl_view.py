"""From the bytes of a CRL to the facts that rules judge, by strict DER and nothing else (RFC 5280 5).

A list can be long: what many entries share octet for octet (dates, entry extensions) is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.view import read_extension, read_time
from ceremony.pki.view_extensions import READERS, number, row
from ceremony.pki.view_names import Faults, general_names, name_view
from ceremony.policy.rules.crl_view import CrlView, EntryView, IssuingPointView
from ceremony.policy.rules.facts import AUTHORITY_KEY_IDENTIFIER
from ceremony.policy.rules.view import ExtensionView

ENUMERATED = 0x0A
TIMES = {der.UTC_TIME, der.GENERALIZED_TIME}
FLAGS = {0x81: "only_users", 0x82: "only_cas", 0x84: "indirect", 0x85: "only_attributes"}

Fields = dict[str, Any]
Reader = Callable[[Element, Faults], Fields]


def crl_view(octets: bytes) -> CrlView:
    """The facts of a CertificateList or TBSCertList. Raises DerError for what is neither.

    `octets` of the result are the TBSCertList. An extension whose value has not the structure of its type is listed
    among the irregularities and leaves its fields as if it were absent: look at the irregularities first.
    """
    outer = der.read_one(octets, der.SEQUENCE)
    parts = outer.children()
    if [part.tag for part in parts] == [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING]:
        faults: Faults = [fault for part in parts[1:] for fault in der.irregularities(part.octets)]
        return _view(der.read_one(parts[0].octets), parts[1].octets, faults)
    return _view(outer, b"", [])


def _view(tbs: Element, outer_algorithm: bytes, faults: Faults) -> CrlView:
    rest = list(tbs.children())
    version = 1
    if rest and rest[0].tag == der.INTEGER:
        version = number(rest.pop(0)) + 1
    if len(rest) < 3 or [rest[0].tag, rest[1].tag] != [der.SEQUENCE] * 2 or rest[2].tag not in TIMES:
        raise DerError("this is not a TBSCertList")
    signature, issuer, this_update = rest[:3]
    rest = rest[3:]
    for part in (signature, issuer):
        faults += der.irregularities(part.octets)
    started, started_form = read_time(this_update, faults)
    ends: datetime | None = None
    ends_form = ""
    if rest and rest[0].tag in TIMES:
        ends, ends_form = read_time(rest.pop(0), faults)
    revoked = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
    entries = () if revoked is None else tuple(_entries(revoked, faults))
    extensions: tuple[ExtensionView, ...] = ()
    if rest and rest[0].tag == 0xA0:
        inside = rest.pop(0)
        faults += der.irregularities(inside.octets)
        (whole,) = _only(inside)
        extensions = tuple(read_extension(element, faults) for element in row(whole))
    if rest:
        raise DerError("something stands after the extensions of the CRL")
    name = name_view(issuer, faults)
    facts = _facts(extensions, CRL_READERS, faults)
    return CrlView(
        octets=tbs.octets,
        version=version,
        signature_algorithm_der=signature.octets,
        outer_algorithm_der=outer_algorithm,
        issuer=name,
        this_update=started,
        this_update_form=started_form,
        next_update=ends,
        next_update_form=ends_form,
        entries=entries,
        list_present=revoked is not None,
        extensions=extensions,
        irregularities=tuple(faults),
        **facts,
    )


def _entries(revoked: Element, faults: Faults) -> Iterator[EntryView]:
    dates: dict[bytes, tuple[datetime, str]] = {}
    kinds: dict[bytes, Fields] = {}
    for element in revoked.children():
        parts = element.children()
        if element.tag != der.SEQUENCE or len(parts) not in {2, 3} or parts[0].tag != der.INTEGER:
            raise DerError(f"an entry of the CRL is expected at octet {element.offset}")
        serial, date = parts[0], parts[1]
        try:
            value = der.integer(serial)
        except DerError as error:
            faults.append(f"octet {serial.offset}: {error}")
            value = number(serial)
        found = dates.get(date.octets)
        if found is None:
            found = dates[date.octets] = read_time(date, faults)
        facts: Fields = {}
        if len(parts) == 3:
            octets = parts[2].octets
            if octets not in kinds:
                kinds[octets] = _entry_extensions(parts[2], faults)
            facts = kinds[octets]
        yield EntryView(value, serial.content, found[0], found[1], **facts)


def _entry_extensions(whole: Element, faults: Faults) -> Fields:
    faults += der.irregularities(whole.octets)
    elements = row(whole)
    if not elements:
        faults.append(f"octet {whole.offset}: the extensions of an entry are empty")
    extensions = tuple(read_extension(element, faults) for element in elements)
    fields = _facts(extensions, ENTRY_READERS, faults)
    critical = any(item.oid == REASON_CODE and item.critical for item in extensions)
    return {**fields, "reason_critical": critical, "extensions": extensions}


def _facts(extensions: tuple[ExtensionView, ...], readers: dict[str, Reader], faults: Faults) -> Fields:
    """What the extensions say; where one stands twice, the first of them."""
    fields: Fields = {}
    for extension in reversed(extensions):
        inner: Faults = list(der.irregularities(extension.value))
        reader = readers.get(extension.oid)
        if reader is not None:
            try:
                fields.update(reader(der.read_one(extension.value), inner))
            except DerError as error:
                inner.append(str(error))
        faults.extend(f"extension {extension.oid}: {fault}" for fault in dict.fromkeys(inner))
    return fields


def _number(element: Element, _: Faults) -> Fields:
    return {"number": number(element), "number_octets": len(element.content)}


def _delta(element: Element, _: Faults) -> Fields:
    return {"delta_base": number(element)}


def _issuing_point(element: Element, faults: Faults) -> Fields:
    fields: Fields = {}
    last = 0
    for part in row(element):
        place = part.tag & 0x1F
        if (part.tag & 0xC0) != der.CONTEXT or place < last or place > 5:
            raise DerError(f"an issuing distribution point has other parts at octet {part.offset}")
        last = place + 1
        if part.tag == 0xA0:
            (choice,) = _only(part)
            fields["relative_name"] = choice.tag == 0xA1
            fields["full_name"] = () if choice.tag == 0xA1 else general_names(row(choice, 0xA0), faults)
        elif part.tag in FLAGS:
            if len(part.content) != 1:
                raise DerError(f"a BOOLEAN is expected at octet {part.offset}")
            if part.content != b"\xff":
                faults.append(f"octet {part.offset}: a BOOLEAN is not FF, the one form that stands there in DER")
            fields[FLAGS[part.tag]] = part.content != b"\x00"
        elif part.tag == 0x83:
            fields["only_some_reasons"] = True
        else:
            raise DerError(f"an issuing distribution point has other parts at octet {part.offset}")
    return {"point": IssuingPointView(**fields)}


def _reason(element: Element, _: Faults) -> Fields:
    return {"reason": number(element, ENUMERATED)}


def _invalid_from(element: Element, faults: Faults) -> Fields:
    moment, form = read_time(element, faults)
    return {"invalid_from": moment, "invalid_from_form": form}


def _certificate_issuer(element: Element, faults: Faults) -> Fields:
    return {"certificate_issuer": general_names(row(element), faults)}


def _only(element: Element) -> tuple[Element]:
    children = element.children()
    if len(children) != 1:
        raise DerError(f"one element is expected inside octet {element.offset}")
    return (children[0],)


REASON_CODE = "2.5.29.21"
CRL_READERS: dict[str, Reader] = {
    AUTHORITY_KEY_IDENTIFIER: READERS[AUTHORITY_KEY_IDENTIFIER],
    "2.5.29.20": _number,
    "2.5.29.27": _delta,
    "2.5.29.28": _issuing_point,
    "2.5.29.46": lambda element, faults: _unkept(READERS["2.5.29.46"](element, faults)),
    "2.5.29.18": lambda element, faults: _unkept(READERS["2.5.29.18"](element, faults)),
}
ENTRY_READERS: dict[str, Reader] = {
    REASON_CODE: _reason,
    "2.5.29.24": _invalid_from,
    "2.5.29.29": _certificate_issuer,
}


def _unkept(_: Fields) -> Fields:
    """Read for its faults only."""
    return {}
