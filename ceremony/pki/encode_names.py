"""Distinguished names and general names in DER (RFC 5280 4.1.2.4, 4.2.1.6), in the order that a policy gives them."""

from __future__ import annotations

import ipaddress

from ceremony.pki import der
from ceremony.pki.encode import CannotEncode, explicit, implicit, oid, one_element, string, string_fault
from ceremony.pki.oids import attribute_oid
from ceremony.policy.names import (
    DirectoryName,
    DnsName,
    EmailName,
    GeneralName,
    IpName,
    MultiValued,
    Name,
    NameAttribute,
    OtherName,
    RegisteredId,
    UriName,
)

EMAIL, DNS, DIRECTORY, URI, IP, REGISTERED_ID, OTHER = 1, 2, 4, 6, 7, 8, 0
"""Tags of the choices of GeneralName."""


def encode_name(name: Name) -> bytes:
    """A Name: its relative names in this order. Raises CannotEncode, naming the attribute."""
    return der.encode(der.SEQUENCE, *(relative_name(part) for part in name))


def relative_name(part: NameAttribute | MultiValued) -> bytes:
    """A RelativeDistinguishedName: a SET of one attribute or more, in the order of DER. Raises CannotEncode."""
    attributes = part.all_of if isinstance(part, MultiValued) else (part,)
    encoded = sorted(_attribute(attribute) for attribute in attributes)
    if len(set(encoded)) < len(encoded):
        raise CannotEncode("An attribute stands twice in one relative name.")
    return der.encode(der.SET, *encoded)


def general_name(name: GeneralName) -> bytes:
    """One GeneralName. Raises CannotEncode."""
    match name:
        case DnsName():
            return _ia5(DNS, name.value)
        case EmailName():
            return _ia5(EMAIL, name.value)
        case UriName():
            return _ia5(URI, name.value)
        case IpName():
            return der.encode(der.CONTEXT | IP, address(name.value))
        case DirectoryName():
            return explicit(DIRECTORY, encode_name(name.name))
        case RegisteredId():
            return implicit(REGISTERED_ID, oid(name.value))
        case OtherName():
            value = explicit(0, one_element(bytes.fromhex(name.der)))
            return implicit(OTHER, der.encode(der.SEQUENCE, oid(name.oid), value))


def general_names(names: tuple[GeneralName, ...]) -> bytes:
    """GeneralNames: a SEQUENCE of them. Raises CannotEncode."""
    return der.encode(der.SEQUENCE, *(general_name(name) for name in names))


def uri(url: str) -> bytes:
    """A uniformResourceIdentifier. Raises CannotEncode."""
    return _ia5(URI, url)


def address(text: str) -> bytes:
    """The octets of an iPAddress: an address, or an address and its mask (`10.0.0.0/8`, `10.0.0.0/255.0.0.0`).

    Raises CannotEncode for what is neither.
    """
    first, slash, rest = text.partition("/")
    try:
        host = ipaddress.ip_address(first)
        if not slash:
            return host.packed
        # Host bits may be set: what stands is written, and whether it should is for the rules.
        mask = ipaddress.ip_network(f"{first}/{rest}", strict=False).netmask if rest.isdecimal() else None
        octets = mask.packed if mask is not None else ipaddress.ip_address(rest).packed
    except ValueError as error:
        raise CannotEncode(f"This is no IP address or network: {text}. Write 10.0.0.0/8 or 2001:db8::/32.") from error
    if len(octets) != len(host.packed):
        raise CannotEncode(f"The mask is not of the address's kind: {text}. Write 10.0.0.0/8 or 2001:db8::/32.")
    return host.packed + octets


def _attribute(attribute: NameAttribute) -> bytes:
    try:
        return der.encode(der.SEQUENCE, oid(attribute_oid(attribute.type)), _value(attribute))
    except CannotEncode as error:
        raise CannotEncode(f"The attribute {attribute.type}: {error}") from error


def _value(attribute: NameAttribute) -> bytes:
    if attribute.der is not None:
        return one_element(bytes.fromhex(attribute.der))
    text = attribute.value or ""
    if string_fault(text, attribute.string) is None and any(c < " " or "\x7f" <= c <= "\x9f" for c in text):
        raise CannotEncode("It holds a control character; what must hold one can be written as `der`.")
    return string(text, attribute.string)


def _ia5(number: int, text: str) -> bytes:
    return implicit(number, string(text, "ia5"))
