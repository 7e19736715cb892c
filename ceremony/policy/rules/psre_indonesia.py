"""Indonesia's national hierarchy (PSrE Induk, then PSrE instansi and non-instansi).

The texts of the regulations were not found; these rules are what published certificates, guides and statements show,
so none is more than a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceremony.errors import Severity
from ceremony.policy.rules.facts import ANY_POLICY, COMMON_NAME, COUNTRY, ORGANIZATION, RESERVED_POLICIES
from ceremony.policy.rules.purposes import subordinate
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.view import Subject

CHAIN = Source("Published certificates of the national hierarchy", "2014-2022", date(2022, 11, 21), "secondary")
STATEMENTS = Source("Statements of PSrE under PSrE Induk", "2022", date(2022, 2, 1), "secondary")
GUIDE = Source("BSrE, guide to requesting a TLS certificate", "2022", date(2022, 1, 1), "secondary")

ARC = "2.16.360.1.1.1"
"""Where the national hierarchy's certificate policies stand."""
DESCRIPTION = "2.5.4.13"
STRINGS = frozenset({"utf8", "printable"})
ORDERS = ((COMMON_NAME, ORGANIZATION, COUNTRY), (COUNTRY, ORGANIZATION, COMMON_NAME))
"""The orders of C, O and CN that its certificates show; other attributes may stand between."""


def _policy_arc(subject: Subject) -> Iterator[str]:
    policies = subject.certificate.policies
    own = [policy.oid for policy in policies or () if policy.oid != ANY_POLICY and policy.oid not in RESERVED_POLICIES]
    outside = [oid for oid in own if not oid.startswith(f"{ARC}.")]
    if outside:
        yield f"The policy {', '.join(outside)} stands outside {ARC}, the arc of the national hierarchy"
    elif subordinate(subject) and not own:
        yield f"No certificate policy under {ARC} is named"


def _issued_by_the_root(subject: Subject) -> Iterator[str]:
    issuer = subject.issuer
    beneath_root = issuer is not None and issuer.self_issued and not subject.certificate.self_issued
    if beneath_root and not subject.ca and subject.lint_as != "ocsp-responder":
        yield "PSrE Induk issues to PSrE only; this is neither a CA's certificate nor an OCSP responder's"


def _names(subject: Subject) -> Iterator[str]:
    if not subject.ca:
        return
    name = subject.certificate.subject
    found = tuple(attribute.oid for attribute in name.attributes if attribute.oid in ORDERS[0])
    if sorted(found) != sorted(ORDERS[0]):
        yield "The subject of a CA should hold C, O and CN, each once"
    elif found not in ORDERS:
        yield "C, O and CN should stand in the order CN, O, C (or C, O, CN)"
    for attribute in name.attributes:
        if attribute.oid == COUNTRY and (attribute.text, attribute.string) != ("ID", "printable"):
            yield f"The country should be ID, as PrintableString; it is {attribute.text}, as {attribute.string}"
        elif attribute.oid != COUNTRY and attribute.string not in STRINGS:
            yield f"{attribute.text} should be a UTF8String or PrintableString; it is {attribute.string}"


def _description(subject: Subject) -> Iterator[str]:
    for attribute in subject.certificate.subject.attributes:
        if attribute.oid != DESCRIPTION:
            continue
        identifier, underscore, product = attribute.text.partition("_")
        if not identifier or not underscore or not product:
            yield f"The description {attribute.text!r} should be an identifier and a product, parted by _"
        if attribute.string != "utf8":
            yield f"The description should be a UTF8String; it is {attribute.string}"


RULES = (
    Rule(
        "ID-5",
        "psre-indonesia",
        "PSrE Induk certifies PSrE instansi and non-instansi, and issues no certificates to subscribers.",
        STATEMENTS,
        "hierarchy",
        Severity.WARNING,
        "Let a PSrE beneath the root issue it: name that profile under `issuer`.",
        _issued_by_the_root,
        part="issuer",
    ),
    Rule(
        "ID-7",
        "psre-indonesia",
        f"Certificate policies of the national hierarchy stand under {ARC}.",
        CHAIN,
        "certificate policies",
        Severity.WARNING,
        f"Name a policy under {ARC} in certificate-policies.",
        _policy_arc,
        part="certificate-policies",
    ),
    Rule(
        "ID-8",
        "psre-indonesia",
        "A CA's name holds CN, O and C, in that order or in the reverse, C being ID as PrintableString.",
        CHAIN,
        "names",
        Severity.WARNING,
        "Write CN, O and {type: C, value: ID, string: printable} in the subject, in this order.",
        _names,
        part="subject",
    ),
    Rule(
        "ID-10",
        "psre-indonesia",
        "The attribute description (2.5.4.13) of a name holds an identifier and a product parted by _, as UTF8String.",
        GUIDE,
        "name of the request",
        Severity.WARNING,
        "Write {type: description, value: IDENTIFIER_PRODUCT} in the subject.",
        _description,
        part="subject",
    ),
)
