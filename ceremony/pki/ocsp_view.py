"""From the bytes of an OCSP response to the facts that rules judge, by strict DER and nothing else (RFC 6960 4.2.1).

What is no response at all raises; what is one, but is not encoded as DER asks, is read and listed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.view import certificate_view, read_extension, read_time
from ceremony.pki.view_extensions import filled, number, row
from ceremony.pki.view_names import Faults, name_view
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.ocsp_view import BASIC, NONCE, STATUSES, SUCCESSFUL, OcspView, SingleView
from ceremony.policy.rules.view import CertificateView, ExtensionView

ENUMERATED = 0x0A
GOOD, REVOKED, UNKNOWN = 0x80, 0xA1, 0x82
"""CertStatus: a context tag each, implicit."""
BY_NAME, BY_KEY = 0xA1, 0xA2
"""ResponderID: a context tag each, explicit."""


def ocsp_view(octets: bytes) -> OcspView:
    """The facts of an OCSPResponse, a BasicOCSPResponse or a ResponseData. Raises DerError for what is none of them.

    `octets` of the result are the ResponseData. A certificate inside that cannot be read is listed among the
    irregularities and left out.
    """
    outer = der.read_one(octets, der.SEQUENCE)
    faults: Faults = list(der.irregularities(octets))
    parts = filled(outer)
    if parts[0].tag == ENUMERATED:
        return OcspView(**_response(parts, faults))
    if parts[0].tag == der.SEQUENCE:
        return OcspView(**_basic(parts, faults), irregularities=tuple(faults))
    return OcspView(**_data(outer, faults), irregularities=tuple(faults))


def _response(parts: tuple[Element, ...], faults: Faults) -> dict[str, Any]:
    if [part.tag for part in parts] not in ([ENUMERATED], [ENUMERATED, 0xA0]):
        raise DerError("an OCSP response has a status and at most one body")
    status = _enumerated(parts[0], STATUSES)
    if len(parts) == 1:
        if status == SUCCESSFUL:
            raise DerError("a successful OCSP response has no body")
        return {"octets": b"", "response_status": status, "irregularities": tuple(faults)}
    pair = row(_inside(parts[1]))
    if [part.tag for part in pair] != [der.OBJECT_IDENTIFIER, der.OCTET_STRING]:
        raise DerError(f"the type of a response and its octets are expected at octet {parts[1].offset}")
    kind = der.object_identifier(pair[0])
    if kind != BASIC:
        raise DerError(f"a response of the type {kind} cannot be read")
    faults += der.irregularities(pair[1].content)
    fields = _basic(filled(der.read_one(pair[1].content, der.SEQUENCE)), faults)
    return fields | {"response_status": status, "response_type": kind, "irregularities": tuple(faults)}


def _basic(parts: tuple[Element, ...], faults: Faults) -> dict[str, Any]:
    tags = [part.tag for part in parts]
    if tags[:3] != [der.SEQUENCE, der.SEQUENCE, der.BIT_STRING] or tags[3:] not in ([], [0xA0]):
        raise DerError("a basic OCSP response has response data, algorithm, signature, and at most certificates")
    if parts[2].content[:1] != b"\x00":
        raise DerError("the signature does not fill whole octets")
    certificates: list[CertificateView] = []
    for element in row(_inside(parts[3])) if len(parts) == 4 else ():
        try:
            certificates.append(certificate_view(element.octets))
        except DerError as error:
            faults.append(f"octet {element.offset}: a certificate cannot be read: {error}")
    return _data(der.read_one(parts[0].octets), faults) | {
        "signature_algorithm_der": parts[1].octets,
        "signature": parts[2].content[1:],
        "certificates": tuple(certificates),
    }


def _data(data: Element, faults: Faults) -> dict[str, Any]:
    rest = list(row(data))
    version = 1
    if rest and rest[0].tag == 0xA0:
        version = number(_inside(rest[0])) + 1
        if version == 1:
            faults.append(f"octet {rest[0].offset}: version 1 is the default and is not written in DER")
        rest.pop(0)
    tags = [part.tag for part in rest]
    if len(rest) < 3 or tags[0] not in {BY_NAME, BY_KEY} or tags[2] != der.SEQUENCE or tags[3:] not in ([], [0xA1]):
        raise DerError("this is not the data of an OCSP response")
    responder = _inside(rest[0])
    if tags[0] == BY_KEY and responder.tag != der.OCTET_STRING:
        raise DerError(f"the hash of a key is expected at octet {responder.offset}")
    extensions = _extensions(rest[3], faults) if len(rest) == 4 else ()
    return {
        "octets": data.octets,
        "version": version,
        "responder_name": name_view(responder, faults) if tags[0] == BY_NAME else None,
        "responder_key_hash": responder.content if tags[0] == BY_KEY else None,
        "produced_at": _moment(rest[1], faults),
        "responses": tuple(_single(element, faults) for element in rest[2].children()),
        "extensions": extensions,
        "nonce": _nonce(extensions, faults),
    }


def _single(element: Element, faults: Faults) -> SingleView:
    parts = row(element)
    tags = [part.tag for part in parts]
    if len(parts) < 3 or tags[0] != der.SEQUENCE or tags[3:] not in ([], [0xA0], [0xA1], [0xA0, 0xA1]):
        raise DerError(f"the status of a certificate is expected at octet {element.offset}")
    identity = row(parts[0])
    if [part.tag for part in identity] != [der.SEQUENCE, der.OCTET_STRING, der.OCTET_STRING, der.INTEGER]:
        raise DerError(f"the identity of a certificate is expected at octet {parts[0].offset}")
    optional = dict(zip(tags[3:], parts[3:], strict=True))
    return SingleView(
        hash_algorithm=der.object_identifier(filled(identity[0])[0]),
        issuer_name_hash=identity[1].content,
        issuer_key_hash=identity[2].content,
        serial_number=number(identity[3]),
        this_update=_moment(parts[2], faults),
        next_update=_moment(_inside(optional[0xA0]), faults) if 0xA0 in optional else None,
        extensions=_extensions(optional[0xA1], faults) if 0xA1 in optional else (),
        **_status(parts[1], faults),
    )


def _status(element: Element, faults: Faults) -> dict[str, Any]:
    if element.tag in {GOOD, UNKNOWN}:
        if element.content:
            raise DerError(f"a status without contents is expected at octet {element.offset}")
        return {"status": "good" if element.tag == GOOD else "unknown"}
    parts = element.children() if element.tag == REVOKED else ()
    if [part.tag for part in parts[1:]] not in ([], [0xA0]) or not parts:
        raise DerError(f"a status is expected at octet {element.offset}")
    reason = _enumerated(_inside(parts[1]), REASONS) if len(parts) == 2 else None
    return {"status": "revoked", "revoked_at": _moment(parts[0], faults), "reason": reason}


def _extensions(element: Element, faults: Faults) -> tuple[ExtensionView, ...]:
    return tuple(_extension(part, faults) for part in filled(_inside(element)))


def _extension(element: Element, faults: Faults) -> ExtensionView:
    extension = read_extension(element, faults)
    faults.extend(f"extension {extension.oid}: {fault}" for fault in der.irregularities(extension.value))
    return extension


def _nonce(extensions: tuple[ExtensionView, ...], faults: Faults) -> bytes | None:
    value = next((item.value for item in extensions if item.oid == NONCE), None)
    if value is None:
        return None
    try:
        return der.read_one(value, der.OCTET_STRING).content
    except DerError:
        faults.append(f"extension {NONCE}: an OCTET STRING is expected")
        return value


def _moment(element: Element, faults: Faults) -> datetime:
    moment, written = read_time(element, faults)
    if written != "generalized":
        raise DerError(f"a GeneralizedTime is expected at octet {element.offset}")
    return moment


def _enumerated(element: Element, meanings: dict[int, str]) -> int:
    """The value of an ENUMERATED that means something."""
    if element.tag != ENUMERATED or len(element.content) != 1 or element.content[0] not in meanings:
        raise DerError(f"an ENUMERATED with a meaning is expected at octet {element.offset}")
    return element.content[0]


def _inside(element: Element) -> Element:
    children = element.children() if element.constructed else ()
    if len(children) != 1:
        raise DerError(f"one element is expected inside octet {element.offset}")
    return children[0]
