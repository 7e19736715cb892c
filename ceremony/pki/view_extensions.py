"""The extensions of a certificate as a rule sees them (RFC 5280 4.2, RFC 6960 4.2.2.2.1): one reader for each.

A reader is given the contents of extnValue as one element and gives the fields of CertificateView that it fills. It
raises DerError for another structure than its type has; what can be read though it is not DER is put into `faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ceremony.pki import der
from ceremony.pki.der import DerError, Element
from ceremony.pki.view_names import Faults, general_name, general_names, text_of
from ceremony.policy.rules.view import GeneralNameView, PointView, PolicyView

KEY_USAGE_BITS = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)
CPS = "1.3.6.1.5.5.7.2.1"
USER_NOTICE = "1.3.6.1.5.5.7.2.2"

Fields = dict[str, Any]
Reader = Callable[[Element, Faults], Fields]


def number(element: Element, tag: int = der.INTEGER) -> int:
    """The value of an INTEGER (or of one with another tag), also where it is not in its shortest form."""
    if element.tag != tag or not element.content:
        raise DerError(f"an INTEGER is expected at octet {element.offset}")
    return int.from_bytes(element.content, "big", signed=True)


def row(element: Element, tag: int = der.SEQUENCE) -> tuple[Element, ...]:
    """The elements of a SEQUENCE (or of one with another tag)."""
    if element.tag != tag:
        raise DerError(f"tag {tag:02X} is expected at octet {element.offset}, {element.tag:02X} found")
    return element.children()


def filled(element: Element) -> tuple[Element, ...]:
    """The elements of a SEQUENCE that may not be empty."""
    elements = row(element)
    if not elements:
        raise DerError(f"a row at octet {element.offset} is empty")
    return elements


def _basic_constraints(element: Element, faults: Faults) -> Fields:
    parts = list(row(element))
    ca = False
    if parts and parts[0].tag == der.BOOLEAN:
        flag = parts.pop(0)
        ca = flag.content != b"\x00"
        if not ca:
            faults.append(f"octet {flag.offset}: FALSE is the default and is not written in DER")
    limit = number(parts.pop(0)) if parts else None
    _nothing_left(parts)
    return {"ca": ca, "path_length": limit}


def _key_usage(element: Element, faults: Faults) -> Fields:
    content = element.content
    if element.tag != der.BIT_STRING or not content or content[0] > 7 or (content[0] and len(content) == 1):
        raise DerError(f"a BIT STRING is expected at octet {element.offset}")
    unused, octets = content[0], content[1:]
    bits = [place for place in range(8 * len(octets)) if octets[place // 8] & 0x80 >> place % 8]
    last = bits[-1] if bits else -1
    if last + 1 != 8 * len(octets) - unused:
        faults.append(f"octet {element.offset}: the bits of a key usage do not end with the last one that is set")
    names = (KEY_USAGE_BITS[bit] if bit < len(KEY_USAGE_BITS) else f"bit {bit}" for bit in bits)
    return {"key_usage": frozenset(names)}


def _extended_key_usage(element: Element, _: Faults) -> Fields:
    return {"purposes": tuple(der.object_identifier(part) for part in filled(element))}


def _subject_key_identifier(element: Element, _: Faults) -> Fields:
    if element.tag != der.OCTET_STRING:
        raise DerError(f"an OCTET STRING is expected at octet {element.offset}")
    return {"subject_key_identifier": element.content}


def _authority_key_identifier(element: Element, faults: Faults) -> Fields:
    fields: Fields = {}
    parts = row(element)
    if [part.tag for part in parts] not in ([], [0x80], [0xA1, 0x82], [0x80, 0xA1, 0x82], [0x80, 0xA1], [0xA1], [0x82]):
        raise DerError(f"an authority key identifier has other parts at octet {element.offset}")
    for part in parts:
        if part.tag == 0x80:
            fields["authority_key_identifier"] = part.content
        else:
            fields["authority_issuer_and_serial"] = True
        if part.tag == 0xA1:
            general_names(part.children(), faults)
    return fields


def _certificate_policies(element: Element, faults: Faults) -> Fields:
    return {"policies": tuple(_policy(part, faults) for part in filled(element))}


def _policy(element: Element, faults: Faults) -> PolicyView:
    parts = row(element)
    if len(parts) not in {1, 2}:
        raise DerError(f"a policy is expected at octet {element.offset}")
    qualifiers: list[tuple[str, str]] = []
    notices: list[tuple[str, str]] = []
    for qualifier in filled(parts[1]) if len(parts) == 2 else ():
        pair = row(qualifier)
        if len(pair) != 2:
            raise DerError(f"a policy qualifier is expected at octet {qualifier.offset}")
        oid = der.object_identifier(pair[0])
        text = ""
        if oid == USER_NOTICE:
            for part in row(pair[1]):
                if part.tag == der.SEQUENCE:
                    _notice_reference(part, faults)
                else:
                    notices.append(text_of(part, faults))
                    text = notices[-1][1]
        else:
            text = text_of(pair[1], faults)[1]
        qualifiers.append((oid, text))
    return PolicyView(der.object_identifier(parts[0]), tuple(qualifiers), tuple(notices))


def _notice_reference(element: Element, faults: Faults) -> None:
    parts = row(element)
    if len(parts) != 2:
        raise DerError(f"a notice reference is expected at octet {element.offset}")
    text_of(parts[0], faults)
    for part in row(parts[1]):
        number(part)


def _policy_mappings(element: Element, _: Faults) -> Fields:
    pairs = []
    for part in filled(element):
        pair = row(part)
        if len(pair) != 2:
            raise DerError(f"a policy mapping is expected at octet {part.offset}")
        pairs.append((der.object_identifier(pair[0]), der.object_identifier(pair[1])))
    return {"policy_mappings": tuple(pairs)}


def _policy_constraints(element: Element, _: Faults) -> Fields:
    parts = {part.tag: part for part in row(element)}
    if set(parts) - {0x80, 0x81}:
        raise DerError(f"policy constraints have other parts at octet {element.offset}")
    return {
        "require_explicit_policy": number(parts[0x80], 0x80) if 0x80 in parts else None,
        "inhibit_policy_mapping": number(parts[0x81], 0x81) if 0x81 in parts else None,
    }


def _inhibit_any_policy(element: Element, _: Faults) -> Fields:
    return {"inhibit_any_policy": number(element)}


def _name_constraints(element: Element, faults: Faults) -> Fields:
    lists: dict[int, tuple[GeneralNameView, ...]] = {}
    bounds = False
    for part in row(element):
        if part.tag not in {0xA0, 0xA1} or part.tag in lists:
            raise DerError(f"permitted or excluded subtrees are expected at octet {part.offset}")
        names = []
        for subtree in part.children():
            base, *rest = filled(subtree)
            names.append(general_name(base, faults, network=True))
            bounds = bounds or bool(rest)
        lists[part.tag] = tuple(names)
    return {"permitted": lists.get(0xA0, ()), "excluded": lists.get(0xA1, ()), "constraints_bounds": bounds}


def _points(element: Element, faults: Faults) -> tuple[PointView, ...]:
    return tuple(_point(part, faults) for part in filled(element))


def _point(element: Element, faults: Faults) -> PointView:
    parts = {part.tag: part for part in row(element)}
    if set(parts) - {0xA0, 0x81, 0xA2}:
        raise DerError(f"a distribution point has other parts at octet {element.offset}")
    full: tuple[GeneralNameView, ...] = ()
    relative = False
    if 0xA0 in parts:
        (choice,) = _one(parts[0xA0])
        relative = choice.tag == 0xA1
        full = () if relative else general_names(row(choice, 0xA0), faults)
    if 0xA2 in parts:
        general_names(parts[0xA2].children(), faults)
    return PointView(full, relative, 0x81 in parts, 0xA2 in parts)


def _one(element: Element) -> tuple[Element]:
    children = element.children()
    if len(children) != 1:
        raise DerError(f"one element is expected inside octet {element.offset}")
    return (children[0],)


def _access(element: Element, faults: Faults) -> tuple[tuple[str, GeneralNameView], ...]:
    rows = []
    for part in filled(element):
        pair = row(part)
        if len(pair) != 2:
            raise DerError(f"an access description is expected at octet {part.offset}")
        rows.append((der.object_identifier(pair[0]), general_name(pair[1], faults)))
    return tuple(rows)


def _nothing_left(parts: list[Element]) -> None:
    if parts:
        raise DerError(f"an element stands where none may, at octet {parts[0].offset}")


READERS: dict[str, Reader] = {
    "2.5.29.19": _basic_constraints,
    "2.5.29.15": _key_usage,
    "2.5.29.37": _extended_key_usage,
    "2.5.29.14": _subject_key_identifier,
    "2.5.29.35": _authority_key_identifier,
    "2.5.29.32": _certificate_policies,
    "2.5.29.33": _policy_mappings,
    "2.5.29.36": _policy_constraints,
    "2.5.29.54": _inhibit_any_policy,
    "2.5.29.30": _name_constraints,
    "2.5.29.31": lambda element, faults: {"crl_points": _points(element, faults)},
    "2.5.29.46": lambda element, faults: {"freshest_crl": _points(element, faults)},
    "1.3.6.1.5.5.7.1.1": lambda element, faults: {"authority_access": _access(element, faults)},
    "1.3.6.1.5.5.7.1.11": lambda element, faults: {"subject_access": _access(element, faults)},
    "2.5.29.17": lambda element, faults: {"subject_names": general_names(filled(element), faults)},
    "2.5.29.18": lambda element, faults: {"issuer_names": general_names(filled(element), faults)},
}
"""By object identifier. ocsp-nocheck has none: its value is kept as it stands."""
