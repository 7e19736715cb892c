"""CA/Browser Forum TLS Baseline Requirements: names (7.1.4, 7.1.2.10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import Subject

TABLE: tuple[tuple[str, str, int], ...] = (
    (facts.DOMAIN_COMPONENT, "DC", 63),
    (facts.COUNTRY, "C", 2),
    ("2.5.4.8", "ST", 128),
    ("2.5.4.7", "L", 128),
    ("2.5.4.17", "postalCode", 40),
    ("2.5.4.9", "street", 128),
    (facts.ORGANIZATION, "O", 64),
    ("2.5.4.4", "SN", 64),
    ("2.5.4.42", "GN", 64),
    (facts.ORGANIZATIONAL_UNIT, "OU", 64),
    (facts.COMMON_NAME, "CN", 64),
)
"""The attributes in the order in which they must be encoded, and the most characters that each may have."""

ORDER = {oid: place for place, (oid, _, _) in enumerate(TABLE)}
WORDS = {oid: word for oid, word, _ in TABLE}
BOUNDS = {oid: most for oid, _, most in TABLE}
MAY_REPEAT = frozenset({facts.DOMAIN_COMPONENT, "2.5.4.9"})
REQUIRED = (facts.COUNTRY, facts.ORGANIZATION, facts.COMMON_NAME)
ALLOWED = frozenset({*REQUIRED, "2.5.4.8", "2.5.4.7", "2.5.4.17", "2.5.4.9"})
NO_UNIT = facts.TLS_TYPES | {"root-ca"}


@in_scope()
def names_are_the_same_octets(subject: Subject) -> Iterator[str]:
    """BR-N1."""
    view = subject.certificate
    issuer = facts.issuer_of(subject)
    if issuer is not None and view.issuer.der != issuer.subject.der:
        yield "the issuer's name is not, octet for octet, the subject of the issuer's certificate"
    if not view.ca:
        return
    for known in facts.others(subject):
        other = known.certificate
        equal = other.ca and facts.comparable(other) == facts.comparable(view)
        if equal and other.subject.der != view.subject.der:
            yield f"the subject is that of {known.name}, but not the same octets"


@in_scope()
def order(subject: Subject) -> Iterator[str]:
    """BR-N2."""
    attributes = subject.certificate.subject.attributes
    places = [attribute.rdn for attribute in attributes]
    if len(set(places)) != len(places):
        yield "a relative distinguished name holds more than one attribute"
    known = [attribute.oid for attribute in attributes if attribute.oid in ORDER]
    if known != sorted(known, key=lambda oid: ORDER[oid]):
        yield f"the attributes stand in the order {', '.join(WORDS[oid] for oid in known)}; it must be " + ", ".join(
            WORDS[oid] for oid in sorted(known, key=lambda oid: ORDER[oid])
        )
    oids = [attribute.oid for attribute in attributes]
    for oid in sorted({oid for oid in oids if oids.count(oid) > 1} - MAY_REPEAT):
        yield f"{WORDS.get(oid, oid)} stands more than once"


@in_scope()
def strings(subject: Subject) -> Iterator[str]:
    """BR-N3."""
    for attribute in subject.certificate.subject.attributes:
        word = WORDS.get(attribute.oid)
        if word is None:
            continue
        kinds = {"C": {"printable"}, "DC": {"ia5"}}.get(word, {"utf8", "printable"})
        if attribute.string not in kinds:
            yield f"{word} must be written as {' or '.join(sorted(kinds))}, not {attribute.string}"
        if word == "C" and len(attribute.text) != 2:
            yield f"C must have 2 letters, not {len(attribute.text)}"
        elif len(attribute.text) > BOUNDS[attribute.oid]:
            yield f"{word} has {len(attribute.text)} characters; {BOUNDS[attribute.oid]} are the most"


@in_scope(*facts.CA_TYPES, "ocsp-responder")
def attributes(subject: Subject) -> Iterator[str]:
    """BR-N4."""
    name = subject.certificate.subject
    for oid in REQUIRED:
        if not name.values(oid):
            yield f"the subject must have {WORDS[oid]}"
    if subject.lint_as in NO_UNIT and name.values(facts.ORGANIZATIONAL_UNIT):
        yield "the subject must not have OU"


@in_scope(*facts.CA_TYPES, "ocsp-responder")
def attributes_should(subject: Subject) -> Iterator[str]:
    """BR-N4-SHOULD."""
    for attribute in subject.certificate.subject.attributes:
        if attribute.oid == facts.ORGANIZATIONAL_UNIT:
            if subject.lint_as not in NO_UNIT:
                yield "the subject should not have OU"
        elif attribute.oid not in ALLOWED:
            yield f"the attribute {WORDS.get(attribute.oid, attribute.oid)} is not recommended in this subject"


@in_scope()
def name_is_unique(subject: Subject) -> Iterator[str]:
    """BR-N5."""
    view = subject.certificate
    for known in facts.others(subject):
        same_issuer = known.certificate.issuer.der == view.issuer.der
        same_name = facts.comparable(known.certificate) == facts.comparable(view)
        if same_issuer and same_name and not facts.same_key(subject, known):
            yield f"{known.name}, of the same issuer, has the same name; the common name should tell them apart"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR, part="subject")
_should = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.WARNING, part="subject")

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-N1",
        text="The issuer's name is the same octets as the issuer's subject; a CA's subject is the same octets in all "
        "its certificates.",
        section="BR 7.1.4.1",
        advice="Write the subject as the existing certificate has it, string types too.",
        check=names_are_the_same_octets,
    ),
    _rule(
        id="BR-N2",
        text="Attributes stand one in each relative distinguished name, in the order of the table, and do not repeat.",
        section="BR 7.1.4.1, 7.1.4.2",
        advice="Write the subject in the order C, ST, L, postalCode, street, O, OU, CN.",
        check=order,
    ),
    _rule(
        id="BR-N3",
        text="C is a PrintableString of two letters; others are UTF8String or PrintableString within their bounds.",
        section="BR 7.1.4.2",
        advice="Correct the string type or shorten the value.",
        check=strings,
    ),
    _rule(
        id="BR-N4",
        text="The subject of a CA has C, O and CN; that of a root or TLS CA has no OU.",
        section="BR 7.1.2.10.2",
        advice="Add what is missing; take OU away.",
        check=attributes,
    ),
    _should(
        id="BR-N4-SHOULD",
        text="The subject of a CA has no OU and no attributes other than those of the table.",
        section="BR 7.1.2.10.2",
        advice="Take the attribute away.",
        check=attributes_should,
    ),
    _should(
        id="BR-N5",
        text="The common name makes the subject unique among the certificates of its issuer.",
        section="BR 7.1.2.10.2",
        advice="Write a common name that no other certificate of this issuer has.",
        check=name_is_unique,
    ),
)
