"""CA/Browser Forum TLS Baseline Requirements: every certificate, and roots (7.1.2, 7.1.2.1, 7.1.2.10.7, 6.1.7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.cabf_tls_br_parts import (
    COMMON,
    COMMON_ADVICE,
    criticality_faults,
    missing_extensions,
    qualifier_faults,
)
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import Subject

SERIAL_LIMIT = 2**159

RANDOM_BITS = 64

SHORTEST_ROOT = timedelta(days=2922)

LONGEST_ROOT = timedelta(days=9132)
"""Counted with the last second inside (7.1.2.1.1)."""

CA_USAGES = {"keyCertSign", "cRLSign"}

every_ca = in_scope(*facts.CA_TYPES)


@in_scope()
def serial_number(subject: Subject) -> Iterator[str]:
    """BR-C1."""
    view = subject.certificate
    if view.version != 3:
        yield f"the version is v{view.version}; it must be v3"
    if not 0 < view.serial_number < SERIAL_LIMIT:
        yield "the serial number must be positive and below 2^159"
    elif view.serial_number.bit_length() < RANDOM_BITS:
        yield f"the serial number has {view.serial_number.bit_length()} bits; 64 random bits do not fit"
    if view.unique_identifiers:
        yield "unique identifiers must not be there"
    for known in facts.others(subject):
        drawn = not subject.keys_are_placeholders and known.certificate.issuer.der == view.issuer.der
        if drawn and known.certificate.serial_number + 1 == view.serial_number:
            yield f"the serial number follows that of {known.name}; serial numbers must not be sequential"


@in_scope("root-ca")
def root_dates(subject: Subject) -> Iterator[str]:
    """BR-C2."""
    view = subject.certificate
    if not facts.within_a_day(subject):
        yield f"notBefore of a root must lie within the day before the signing ({facts.moment(subject.clock)})"
    span = facts.span(view)
    if not SHORTEST_ROOT <= span <= LONGEST_ROOT:
        yield f"a root must last from 2922 to 9132 days, its last second counted; this one lasts {facts.length(span)}"
    if not view.self_issued:
        yield "issuer and subject of a root must be the same octets"


@in_scope("root-ca")
def root_extensions(subject: Subject) -> Iterator[str]:
    """BR-C3."""
    view = subject.certificate
    yield from missing_extensions(view, facts.BASIC_CONSTRAINTS, facts.KEY_USAGE, facts.SUBJECT_KEY_IDENTIFIER)
    yield from criticality_faults(view)
    if view.authority_issuer_and_serial:
        yield "the authority key identifier of a root must hold a key identifier alone"
    if view.authority_key_identifier not in {None, view.subject_key_identifier}:
        yield "the authority key identifier of a root must be its own subject key identifier"
    if view.purposes is not None:
        yield "a root must not have an extended key usage"
    yield from qualifier_faults(view.policies or ())


@in_scope("root-ca")
def root_extensions_should(subject: Subject) -> Iterator[str]:
    """BR-C3-SHOULD."""
    view = subject.certificate
    if view.authority_key_identifier is None:
        yield "an authority key identifier is recommended in a root"
    if view.path_length is not None:
        yield "a path length is not recommended in a root"
    expected = COMMON - {facts.CRL_POINTS} | {facts.EXTENDED_KEY_USAGE}
    for extension in view.extensions:
        if extension.oid not in expected:
            yield f"{facts.extension_word(extension.oid)} is not recommended in a root"


@every_ca
def key_usage(subject: Subject) -> Iterator[str]:
    """BR-C4."""
    found = subject.certificate.key_usage or frozenset()
    missing = CA_USAGES - found
    extra = found - CA_USAGES - {"digitalSignature"}
    if missing:
        yield f"the key usage of a CA must have {' and '.join(sorted(missing))}"
    if extra:
        yield f"the key usage of a CA must not have {' or '.join(sorted(extra))}"


@in_scope()
def root_signs_only_cas(subject: Subject) -> Iterator[str]:
    """BR-K11."""
    issuer = facts.issuer_of(subject)
    by_root = issuer is not None and issuer.self_issued and issuer.ca
    if by_root and not subject.certificate.ca and subject.lint_as != "ocsp-responder":
        yield "a root's key signs CA certificates and OCSP responders, and nothing else"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

_should = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-C1",
        text="A certificate is v3; its serial number is positive, below 2^159, not sequential, with room for 64 random "
        "bits; it has no unique identifiers.",
        section="BR 7.1.2",
        advice="Write serial_octets: 16 or more, and let the token draw the number.",
        check=serial_number,
        part="serial_octets",
    ),
    _rule(
        id="BR-C2",
        text="A root begins within the day before its signing, lasts 2922 to 9132 days with its last second counted, "
        "and names itself.",
        section="BR 7.1.2.1.1",
        advice="Write lifetime: 25y or less (at most 9132d), or take one second off not_after.",
        check=root_dates,
        part="validity",
    ),
    _rule(
        id="BR-C3",
        text="A root has critical basicConstraints and key usage, a subject key identifier, and no extended key usage; "
        "an authority key identifier is its own.",
        section="BR 7.1.2.1.2",
        advice=COMMON_ADVICE,
        check=root_extensions,
        part="extensions",
    ),
    _should(
        id="BR-C3-SHOULD",
        text="A root has an authority key identifier, no path length, and no other extensions.",
        section="BR 7.1.2.1.2-7.1.2.1.4, 7.1.2.11.2",
        advice="Add authority-key-identifier; take path_length and the extension that is named away.",
        check=root_extensions_should,
        part="extensions",
    ),
    _rule(
        id="BR-C4",
        text="The key usage of a CA is keyCertSign and cRLSign, with digitalSignature where it signs OCSP, and nothing "
        "else.",
        section="BR 7.1.2.10.7",
        advice="Write usages: [keyCertSign, cRLSign], and digitalSignature if the CA signs OCSP responses itself.",
        check=key_usage,
        part="key-usage",
    ),
    _rule(
        id="BR-K11",
        text="A root's key signs itself, CA certificates and OCSP responders, and nothing else.",
        section="BR 6.1.7",
        advice="Let a subordinate CA issue it.",
        check=root_signs_only_cas,
        part="issuer",
    ),
)
