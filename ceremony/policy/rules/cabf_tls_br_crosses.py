"""CA/Browser Forum TLS Baseline Requirements: cross-certificates (7.1.2.2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.cabf_tls_br_parts import (
    COMMON,
    COMMON_ADVICE,
    OTHER_USES,
    anypolicy_or_reserved,
    banned_purposes,
    criticality_faults,
    missing_extensions,
    qualifier_faults,
    unexpected_extensions,
)
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import CertificateView, Known, Subject

crosses = in_scope(*facts.CROSS_TYPES)


@crosses
def cross_is_of_a_known_ca(subject: Subject) -> Iterator[str]:
    """BR-C5."""
    view = subject.certificate
    named = [
        known
        for known in facts.others(subject)
        if known.certificate.ca and facts.comparable(known.certificate) == facts.comparable(view)
    ]
    if not named:
        yield "no CA certificate with this subject is known; a cross-certificate is over the subject and key of one"
    elif not any(facts.same_key(subject, known) for known in named):
        yield f"the public key is not the one of {', '.join(known.name for known in named)}, which has this subject"


@crosses
def cross_dates(subject: Subject) -> Iterator[str]:
    """BR-C6."""
    view = subject.certificate
    earliest = min((known.certificate.not_before for known in _certified(subject)), default=subject.clock - facts.DAY)
    earliest = min(earliest, subject.clock - facts.DAY)
    if not earliest <= view.not_before <= subject.clock:
        yield (
            f"notBefore of a cross-certificate must lie from {facts.moment(earliest)} (the existing certificate, or a "
            f"day before the signing) to the signing ({facts.moment(subject.clock)})"
        )
    if view.not_after < subject.clock:
        yield "notAfter must not lie before the signing"


@crosses
def cross_extensions(subject: Subject) -> Iterator[str]:
    """BR-C7."""
    view = subject.certificate
    yield from missing_extensions(view, *sorted(COMMON), facts.CERTIFICATE_POLICIES)
    yield from criticality_faults(view)
    if subject.lint_as in facts.EXTERNAL_TYPES:
        yield from missing_extensions(view, facts.EXTENDED_KEY_USAGE)


@crosses
def cross_extensions_should(subject: Subject) -> Iterator[str]:
    """BR-C7-SHOULD."""
    view = subject.certificate
    if view.authority_access is None:
        yield "authority-information-access should be there"
    if view.purposes is None and subject.lint_as not in facts.EXTERNAL_TYPES:
        yield "an extended key usage should be there (root programmes demand it)"
    yield from unexpected_extensions(view)


@crosses
def cross_purposes(subject: Subject) -> Iterator[str]:
    """BR-C8."""
    purposes = subject.certificate.purposes
    if purposes is None:
        return
    if facts.ANY_PURPOSE in purposes:
        if subject.lint_as in facts.EXTERNAL_TYPES:
            yield "anyExtendedKeyUsage must not be given to a CA that is no affiliate"
        if len(purposes) > 1:
            yield "anyExtendedKeyUsage must stand alone"
        return
    banned: tuple[str, ...] = (facts.OCSP_SIGNING, facts.PRECERTIFICATE_SIGNING)
    if facts.SERVER_AUTH in purposes:
        banned += OTHER_USES
    yield from banned_purposes(purposes, banned)


@crosses
def cross_policies(subject: Subject) -> Iterator[str]:
    """BR-C9."""
    view = subject.certificate
    if view.policies is None or _is_not_for_tls(view):
        return
    yield from anypolicy_or_reserved(subject, view.policies)
    reserved = [policy for policy in view.policies if policy.oid in facts.RESERVED_POLICIES]
    if view.path_length == 0 and len(reserved) > 1:
        yield "a CA that issues to subscribers itself must have exactly one reserved policy"
    yield from qualifier_faults(view.policies)


def _certified(subject: Subject) -> Iterator[Known]:
    """The CA certificates that this cross-certificate's subject and key have already."""
    for known in facts.others(subject):
        same_name = facts.comparable(known.certificate) == facts.comparable(subject.certificate)
        if known.certificate.ca and same_name and facts.same_key(subject, known):
            yield known


def _is_not_for_tls(view: CertificateView) -> bool:
    return view.purposes is not None and not {facts.SERVER_AUTH, facts.ANY_PURPOSE} & set(view.purposes)


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

_should = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-C5",
        text="A cross-certificate has the subject and the public key of a CA certificate that exists.",
        section="BR 7.1.2.2",
        advice="Name the key of the existing certificate, write its subject, and give it among the inputs.",
        check=cross_is_of_a_known_ca,
        part="key",
    ),
    _rule(
        id="BR-C6",
        text="A cross-certificate begins no earlier than the certificate that exists (or a day before the signing) and "
        "not after the signing.",
        section="BR 7.1.2.2.1",
        advice="Write a not_before between the two dates, or a lifetime.",
        check=cross_dates,
        part="validity",
    ),
    _rule(
        id="BR-C7",
        text="A cross-certificate has authority key identifier, basicConstraints, policies, CRL distribution points, "
        "key usage and subject key identifier; for a CA that is no affiliate also extended key usage.",
        section="BR 7.1.2.2.3",
        advice=COMMON_ADVICE,
        check=cross_extensions,
        part="extensions",
    ),
    _should(
        id="BR-C7-SHOULD",
        text="A cross-certificate has authority information access and an extended key usage, and no other extensions.",
        section="BR 7.1.2.2.3",
        advice="Add authority-information-access and extended-key-usage.",
        check=cross_extensions_should,
        part="extensions",
    ),
    _rule(
        id="BR-C8",
        text="The extended key usage of a cross-certificate is any alone (for an affiliate), or serverAuth without the "
        "other uses, or uses without TLS.",
        section="BR 7.1.2.2.4, 7.1.2.2.5",
        advice="Take the purpose that is named away.",
        check=cross_purposes,
        part="extended-key-usage",
    ),
    _rule(
        id="BR-C9",
        text="The policies of a cross-certificate are anyPolicy alone (for an affiliate) or reserved ones without it; "
        "qualifiers are CPS pointers.",
        section="BR 7.1.2.2.6",
        advice="Write the reserved policy 2.23.140.1.2.1, or anyPolicy (2.5.29.32.0) alone.",
        check=cross_policies,
        part="certificate-policies",
    ),
)
