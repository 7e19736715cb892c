"""Name constraints (RFC 5280 4.2.1.10): whether a name lies in a subtree, and whether a subtree lies in another."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ceremony.policy.rules.facts import EMAIL_ADDRESS, folded
from ceremony.policy.rules.view import AttributeView, CertificateView, GeneralNameView, NameView

JUDGED = frozenset({"dns", "email", "uri", "ip", "directory"})
"""Kinds of name whose subtrees RFC 5280 defines."""


def names_of(view: CertificateView) -> Iterator[GeneralNameView]:
    """Every name of a certificate to which constraints apply: its subject, its alternative names, and the mail
    addresses in its subject where no alternative name is one."""
    if view.subject.attributes:
        text = ", ".join(attribute.text for attribute in view.subject.attributes)
        yield GeneralNameView("directory", text, view.subject.der, view.subject)
    yield from view.subject_names or ()
    if not any(name.kind == "email" for name in view.subject_names or ()):
        for address in view.subject.values(EMAIL_ADDRESS):
            yield GeneralNameView("email", address, address.encode())


def outside(
    name: GeneralNameView, permitted: tuple[GeneralNameView, ...], excluded: tuple[GeneralNameView, ...]
) -> str | None:
    """Why a name is not allowed by these subtrees; None where it is."""
    allowed = [base for base in permitted if base.kind == name.kind]
    barred = [base for base in excluded if base.kind == name.kind]
    if not allowed and not barred:
        return None
    if name.kind not in JUDGED:
        return f"the name {name.text!r} is of a kind ({name.kind}) that is constrained, and no rule says how"
    if name.kind == "uri" and not _is_domain(host_of(name.text)):
        return f"the URI {name.text!r} has no domain name as its host, and URIs are constrained"
    for base in barred:
        if lies_in(name, base):
            return f"the {name.kind} name {name.text!r} lies in an excluded subtree ({_shown(base)})"
    if allowed and not any(lies_in(name, base) for base in allowed):
        subtrees = "; ".join(_shown(base) for base in allowed)
        return f"the {name.kind} name {name.text!r} lies in none of the permitted subtrees ({subtrees})"
    return None


def _shown(base: GeneralNameView) -> str:
    return repr(base.text) if base.text else "everything"


def lies_in(name: GeneralNameView, base: GeneralNameView) -> bool:
    """Whether a name of a judged kind lies in a subtree of the same kind."""
    match name.kind:
        case "dns":
            return _domain_lies_in(name.text, base.text)
        case "email":
            return _mail_lies_in(name.text, base.text)
        case "uri":
            return _host_lies_in(host_of(name.text), base.text)
        case "ip":
            return _address_lies_in(name.octets, base.octets)
        case "directory":
            return _name_lies_in(name.name, base.name)
        case _:
            return False


def subtree_lies_in(inner: GeneralNameView, outer: GeneralNameView) -> bool:
    """Whether everything in one subtree lies in another of the same kind."""
    small, large = inner.text.casefold(), outer.text.casefold()
    match inner.kind:
        case "dns":
            return not large or (bool(small) and _domain_lies_in(small.removeprefix("."), large.removeprefix(".")))
        case "email":
            return inner.text == outer.text or _mail_subtree_lies_in(inner.text, outer.text)
        case "uri":
            return small == large or _host_lies_in(small, large)
        case "ip":
            return _network_lies_in(inner.octets, outer.octets)
        case "directory":
            return _name_lies_in(inner.name, outer.name)
        case _:
            return inner.octets == outer.octets


def is_network(octets: bytes) -> bool:
    """An address and its mask: 8 or 32 octets, the mask's ones first, nothing of the address outside it."""
    if len(octets) not in {8, 32}:
        return False
    half = len(octets) // 2
    address, mask = int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big")
    whole = (1 << 8 * half) - 1
    return (mask ^ whole) & ((mask ^ whole) + 1) == 0 and not address & ~mask


def host_of(uri: str) -> str:
    """The host in a URI's authority, in lower case; empty where it has none."""
    rest = uri.partition(":")[2]
    if not rest.startswith("//"):
        return ""
    authority = rest[2:]
    for end in "/?#":
        authority = authority.partition(end)[0]
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0].casefold()
    return authority.partition(":")[0].casefold()


def _is_domain(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _domain_lies_in(name: str, base: str) -> bool:
    name, base = name.casefold(), base.casefold()
    if not base:
        return True
    if base.startswith("."):  # not a form of RFC 5280, but in use: at least one label more
        return name.endswith(base) and name != base
    return name == base or name.endswith(f".{base}")


def _host_lies_in(host: str, base: str) -> bool:
    host, base = host.casefold(), base.casefold()
    if not base:
        return True
    return host.endswith(base) and host != base if base.startswith(".") else host == base


def _mail_lies_in(address: str, base: str) -> bool:
    local, _, host = address.rpartition("@")
    if "@" in base:
        wanted, _, place = base.rpartition("@")
        return local == wanted and host.casefold() == place.casefold()
    return _host_lies_in(host, base)


def _mail_subtree_lies_in(inner: str, outer: str) -> bool:
    """A mailbox, a host, or a domain with a leading dot, inside another of these."""
    if "@" in outer:
        return False
    place = inner.rpartition("@")[2]
    if place.startswith("."):
        return outer.startswith(".") and place.casefold().endswith(outer.casefold())
    return _host_lies_in(place, outer)


def _address_lies_in(address: bytes, network: bytes) -> bool:
    half = len(network) // 2
    if len(address) != half or len(network) % 2:
        return False
    base, mask = network[:half], network[half:]
    return all(a & m == b & m for a, b, m in zip(address, base, mask, strict=True))


def _network_lies_in(inner: bytes, outer: bytes) -> bool:
    half = len(outer) // 2
    if len(inner) != len(outer) or not _address_lies_in(inner[:half], outer):
        return False
    return all(small & large == large for small, large in zip(inner[half:], outer[half:], strict=True))


def _name_lies_in(name: NameView | None, base: NameView | None) -> bool:
    if name is None or base is None:
        return False
    names, bases = _rdns(name.attributes), _rdns(base.attributes)
    return names[: len(bases)] == bases


def _rdns(attributes: tuple[AttributeView, ...]) -> list[frozenset[tuple[str, str]]]:
    rows: dict[int, set[tuple[str, str]]] = {}
    for attribute in attributes:
        rows.setdefault(attribute.rdn, set()).add((attribute.oid, folded(attribute.text)))
    return [frozenset(rows[place]) for place in sorted(rows)]
