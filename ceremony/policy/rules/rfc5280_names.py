"""RFC 5280: names and addresses in a certificate (4.1.2.4, 4.1.2.6, 4.2.1.6, 4.2.1.10, A.1)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import RFC5280, RFC5280_APPENDIX
from ceremony.policy.rules.subtrees import host_of, is_network
from ceremony.policy.rules.view import GeneralNameView, Subject

BOUNDS: dict[str, tuple[str, int]] = {
    facts.COMMON_NAME: ("CN", 64),
    facts.ORGANIZATION: ("O", 64),
    facts.ORGANIZATIONAL_UNIT: ("OU", 64),
    "2.5.4.7": ("L", 128),
    "2.5.4.8": ("ST", 128),
    "2.5.4.5": ("serialNumber", 64),
    "2.5.4.12": ("title", 64),
    "2.5.4.65": ("pseudonym", 128),
    facts.EMAIL_ADDRESS: ("email", 255),
}
"""Upper bounds in characters."""

FIXED_STRINGS: dict[str, tuple[str, str]] = {
    facts.COUNTRY: ("C", "printable"),
    "2.5.4.5": ("serialNumber", "printable"),
    "2.5.4.46": ("dnQualifier", "printable"),
    facts.EMAIL_ADDRESS: ("email", "ia5"),
    facts.DOMAIN_COMPONENT: ("DC", "ia5"),
}
"""Attributes that have one string type only."""

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

DOMAIN = re.compile(
    r"(?:\*\.)?(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)


def name_strings(subject: Subject) -> Iterator[str]:
    """RF-NAME."""
    for attribute in subject.certificate.subject.attributes:
        if attribute.oid in FIXED_STRINGS:
            word, string = FIXED_STRINGS[attribute.oid]
            if attribute.string != string:
                yield f"{word} must be written as {string}, not {attribute.string}"
        elif attribute.string in {"numeric", "visible"} or (attribute.string == "ia5" and attribute.oid in BOUNDS):
            yield f"{attribute.oid} must be written as printable or utf8, not {attribute.string}"
        if not attribute.text:
            yield f"{attribute.oid} is empty"


def name_strings_should(subject: Subject) -> Iterator[str]:
    """RF-NAME-SHOULD: strings of old names are kept only where the name exists already."""
    for attribute in subject.certificate.subject.attributes:
        if attribute.string in {"t61", "bmp", "universal"} and not any(
            known.certificate.subject.der == subject.certificate.subject.der for known in facts.others(subject)
        ):
            yield f"{attribute.oid} of a new name should be written as utf8 or printable, not {attribute.string}"


def name_bounds(subject: Subject) -> Iterator[str]:
    """RF-NAME-BOUNDS."""
    for attribute in subject.certificate.subject.attributes:
        if attribute.oid == facts.COUNTRY and len(attribute.text) != 2:
            yield f"C must have 2 letters, not {len(attribute.text)}"
        word, most = BOUNDS.get(attribute.oid, ("", 0))
        if word and len(attribute.text) > most:
            yield f"{word} has {len(attribute.text)} characters; {most} are the most"


def constraints_form(subject: Subject) -> Iterator[str]:
    """RF-NC."""
    view = subject.certificate
    if view.extension(facts.NAME_CONSTRAINTS) is None:
        return
    if not view.ca:
        yield "name constraints must stand only in a CA certificate"
    subtrees = (*(view.permitted or ()), *(view.excluded or ()))
    if not subtrees:
        yield "name constraints must name a subtree"
    if view.constraints_bounds:
        yield "subtrees of name constraints must have no minimum and no maximum"
    for base in subtrees:
        if base.kind == "ip" and not is_network(base.octets):
            yield f"the subtree {base.octets.hex()} is no network: 8 or 32 octets, address and mask"
        if base.kind == "uri" and (":" in base.text or "/" in base.text):
            yield f"the subtree {base.text} must be a host or a domain, not a URI"


def addresses(subject: Subject) -> Iterator[str]:
    """RF-URI."""
    for word, uri in facts.uris(subject.certificate):
        scheme = uri.partition(":")[0].casefold()
        if not URI.fullmatch(uri):
            yield f"{uri!r} in {word} is no absolute URI"
        elif uri.partition(":")[2].startswith("//") and not host_of(uri) and scheme != "ldap":
            yield f"{uri!r} in {word} has no host"


def alternative_names(subject: Subject) -> Iterator[str]:
    """RF-SAN."""
    view = subject.certificate
    extension = view.extension(facts.SUBJECT_ALTERNATIVE_NAME)
    if not view.subject.attributes and (extension is None or not extension.critical):
        yield "a certificate without a subject must have a critical subject-alternative-name"
    for name in (*(view.subject_names or ()), *(view.issuer_names or ())):
        yield from _alternative_name(name)


def _alternative_name(name: GeneralNameView) -> Iterator[str]:
    match name.kind:
        case "dns" if not DOMAIN.fullmatch(name.text) or len(name.text) > 253:
            yield f"{name.text!r} is no domain name"
        case "email" if not re.fullmatch(r"[^@\s<>()]+@[^@\s]+", name.text) or not DOMAIN.fullmatch(
            name.text.rpartition("@")[2]
        ):
            yield f"{name.text!r} is no mailbox"
        case "ip" if len(name.octets) not in {4, 16}:
            yield f"an IP address must have 4 or 16 octets, not {len(name.octets)}"
        case "directory" if name.name is not None and not name.name.attributes:
            yield "a directory name is empty"


def address_hosts_should_be_full(subject: Subject) -> Iterator[str]:
    """RF-URI-SHOULD: the host is a fully qualified domain name or an IP address."""
    for word, uri in facts.uris(subject.certificate):
        host = host_of(uri)
        if host and "." not in host and not _is_address(host):
            yield f"the host of {uri!r} in {word} is not a full domain name"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_rule = partial(Rule, pack="rfc5280", source=RFC5280)

_must = partial(_rule, severity=Severity.ERROR)

_should = partial(_rule, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _must(
        id="RF-NAME",
        text="Attributes of a name have the string type of their kind, and are not empty.",
        section="RFC 5280 4.1.2.4, 4.1.2.6",
        advice="Write string: printable for C, serialNumber and dnQualifier, ia5 for email and DC, else utf8.",
        check=name_strings,
        part="subject",
    ),
    _should(
        id="RF-NAME-SHOULD",
        text="Teletex, BMP and universal strings are not used in new names.",
        section="RFC 5280 4.1.2.6 (c)",
        advice="Write string: utf8.",
        check=name_strings_should,
        part="subject",
    ),
    _should(
        id="RF-NAME-BOUNDS",
        text="Attributes of a name keep to their upper bounds; a country has two letters.",
        source=RFC5280_APPENDIX,
        section="RFC 5280 A.1",
        advice="Shorten the value.",
        check=name_bounds,
        part="subject",
    ),
    _must(
        id="RF-NC",
        text="Name constraints stand in CA certificates, name a subtree, have no minimum or maximum, and their "
        "subtrees are well formed.",
        section="RFC 5280 4.2.1.10",
        advice="Correct the subtree, or take name-constraints away.",
        check=constraints_form,
        part="name-constraints",
    ),
    _must(
        id="RF-URI",
        text="A URI is absolute, and has a host where it has an authority.",
        section="RFC 5280 4.2.1.6",
        advice="Write the whole URL: http://host.example/file.",
        check=addresses,
    ),
    _should(
        id="RF-URI-SHOULD",
        text="The host of a URI is a fully qualified domain name or an IP address.",
        section="RFC 5280 4.2.1.6",
        advice="Write the full name of the host.",
        check=address_hosts_should_be_full,
    ),
    _must(
        id="RF-SAN",
        text="Alternative names are well formed; where there is no subject, they are critical.",
        section="RFC 5280 4.2.1.6",
        advice="Correct the name, or write critical: true.",
        check=alternative_names,
        part="subject-alternative-name",
    ),
)
