"""CA/Browser Forum TLS Baseline Requirements: subordinate CAs (7.1.2.3 to 7.1.2.6, 7.1.2.10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.cabf_tls_br_parts import (
    COMMON,
    COMMON_ADVICE,
    OTHER_USES,
    PURPOSE_WORDS,
    anypolicy_or_reserved,
    banned_purposes,
    criticality_faults,
    missing_extensions,
    qualifier_faults,
    unexpected_extensions,
)
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import Subject

tls_cas = in_scope(*facts.TLS_TYPES)


@in_scope("non-tls-ca")
def non_tls_ca(subject: Subject) -> Iterator[str]:
    """BR-C10."""
    view = subject.certificate
    yield from missing_extensions(view, *sorted(COMMON), facts.EXTENDED_KEY_USAGE)
    yield from criticality_faults(view)
    banned = (facts.SERVER_AUTH, facts.OCSP_SIGNING, facts.ANY_PURPOSE, facts.PRECERTIFICATE_SIGNING)
    yield from banned_purposes(view.purposes or (), banned)
    for policy in view.policies or ():
        if policy.oid in facts.RESERVED_POLICIES:
            yield f"the policy {policy.oid} is reserved for TLS"


@in_scope()
def no_precertificate_signing(subject: Subject) -> Iterator[str]:
    """BR-C11."""
    if facts.PRECERTIFICATE_SIGNING in (subject.certificate.purposes or ()):
        yield "no CA may be made that signs precertificates"


@in_scope(*facts.CONSTRAINED_TLS_TYPES)
def constrained(subject: Subject) -> Iterator[str]:
    """BR-C12."""
    view = subject.certificate
    permitted, excluded = view.permitted or (), view.excluded or ()
    if not any(base.kind == "directory" for base in permitted):
        yield "name constraints must permit a directory name"
    if not any(base.kind == "dns" for base in permitted) and not any(
        base.kind == "dns" and not base.octets for base in excluded
    ):
        yield 'name constraints must permit a DNS name, or exclude all of them ("")'
    for word, size in (("IPv4", 8), ("IPv6", 32)):
        allowed = any(base.kind == "ip" and len(base.octets) == size for base in permitted)
        if not allowed and not any(base.kind == "ip" and base.octets == bytes(size) for base in excluded):
            yield f"name constraints must permit a network of {word}, or exclude all of it"
    if view.constraints_bounds:
        yield "subtrees must have no minimum and no maximum"


@tls_cas
def tls_ca_extensions(subject: Subject) -> Iterator[str]:
    """BR-C13."""
    view = subject.certificate
    yield from missing_extensions(view, *sorted(COMMON), facts.CERTIFICATE_POLICIES, facts.EXTENDED_KEY_USAGE)
    yield from criticality_faults(view)


@in_scope(*facts.SUB_CA_TYPES)
def sub_ca_extensions_should(subject: Subject) -> Iterator[str]:
    """BR-C13-SHOULD."""
    view = subject.certificate
    if view.authority_access is None:
        yield "authority-information-access should be there"
    constraints = view.extension(facts.NAME_CONSTRAINTS)
    if constraints is not None and not constraints.critical:
        yield "name-constraints should be critical"
    yield from unexpected_extensions(view)


@tls_cas
def tls_ca_purposes(subject: Subject) -> Iterator[str]:
    """BR-C14."""
    purposes = subject.certificate.purposes
    if purposes is None:
        return
    if facts.SERVER_AUTH not in purposes:
        yield "the extended key usage of a TLS CA must have serverAuth"
    yield from banned_purposes(
        purposes, (*OTHER_USES, facts.OCSP_SIGNING, facts.ANY_PURPOSE, facts.PRECERTIFICATE_SIGNING)
    )


@in_scope(*facts.TLS_TYPES, *facts.CROSS_TYPES)
def purposes_should(subject: Subject) -> Iterator[str]:
    """BR-C14-SHOULD."""
    purposes = subject.certificate.purposes or ()
    if facts.SERVER_AUTH in purposes:
        for purpose in purposes:
            if purpose not in PURPOSE_WORDS:
                yield f"the purpose {purpose} is not recommended beside serverAuth"


@tls_cas
def tls_ca_policies(subject: Subject) -> Iterator[str]:
    """BR-C15."""
    policies = subject.certificate.policies
    if policies is None:
        return
    yield from anypolicy_or_reserved(subject, policies)
    reserved = [policy.oid for policy in policies if policy.oid in facts.RESERVED_POLICIES]
    if len(reserved) > 1:
        yield f"exactly one reserved policy must stand in a TLS CA, not {len(reserved)}"
    yield from qualifier_faults(policies)


@in_scope(*facts.TLS_TYPES, *facts.CROSS_TYPES)
def policies_should(subject: Subject) -> Iterator[str]:
    """BR-C15-SHOULD."""
    policies = subject.certificate.policies or ()
    if any(policy.oid in facts.RESERVED_POLICIES for policy in policies[1:]) and (
        policies[0].oid not in facts.RESERVED_POLICIES
    ):
        yield "the reserved policy should stand first"
    for policy in policies:
        if policy.qualifiers:
            yield f"qualifiers are not recommended (policy {policy.oid})"


@in_scope(*facts.SUB_CA_TYPES)
def sub_ca_dates(subject: Subject) -> Iterator[str]:
    """BR-C17."""
    if not facts.within_a_day(subject):
        yield f"notBefore must lie within the day before the signing ({facts.moment(subject.clock)})"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

_should = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-C10",
        text="A CA that is not for TLS has an extended key usage without serverAuth, OCSPSigning, any or "
        "precertificate signing, and no reserved policy.",
        section="BR 7.1.2.3",
        advice="Correct extended-key-usage and certificate-policies; add what is missing.",
        check=non_tls_ca,
        part="extended-key-usage",
    ),
    _rule(
        id="BR-C11",
        text="No CA is made that signs precertificates.",
        section="BR 7.1.2.4",
        advice="Take the purpose 1.3.6.1.4.1.11129.2.4.4 away.",
        check=no_precertificate_signing,
        effective=date(2026, 3, 15),
        part="extended-key-usage",
    ),
    _rule(
        id="BR-C12",
        text="A technically constrained TLS CA permits directory names, and permits or wholly excludes DNS names, IPv4 "
        "and IPv6.",
        section="BR 7.1.2.5.2",
        advice='Write name-constraints; to exclude everything: dns "", ip 0.0.0.0/0 and ip ::/0.',
        check=constrained,
        part="name-constraints",
    ),
    _rule(
        id="BR-C13",
        text="A TLS CA has authority key identifier, basicConstraints, policies, CRL distribution points, key usage, "
        "subject key identifier and extended key usage.",
        section="BR 7.1.2.6.1",
        advice=COMMON_ADVICE,
        check=tls_ca_extensions,
        part="extensions",
    ),
    _should(
        id="BR-C13-SHOULD",
        text="A subordinate CA has authority information access, name constraints only critical, and no other "
        "extensions.",
        section="BR 7.1.2.3.1, 7.1.2.6.1",
        advice="Add authority-information-access; take the extension that is named away.",
        check=sub_ca_extensions_should,
        part="extensions",
    ),
    _rule(
        id="BR-C14",
        text="The extended key usage of a TLS CA is serverAuth, with clientAuth at most; no other use of the table.",
        section="BR 7.1.2.10.6",
        advice="Write purposes: [serverAuth].",
        check=tls_ca_purposes,
        part="extended-key-usage",
    ),
    _should(
        id="BR-C14-SHOULD",
        text="Beside serverAuth stand no purposes that the table does not know.",
        section="BR 7.1.2.10.6",
        advice="Take the purpose away.",
        check=purposes_should,
        part="extended-key-usage",
    ),
    _rule(
        id="BR-C15",
        text="The policies of a TLS CA are anyPolicy alone (for an affiliate) or have exactly one reserved policy; "
        "qualifiers are CPS pointers.",
        section="BR 7.1.2.10.5",
        advice="Write one reserved policy, 2.23.140.1.2.1 for domain validation.",
        check=tls_ca_policies,
        part="certificate-policies",
    ),
    _should(
        id="BR-C15-SHOULD",
        text="The reserved policy stands first, and policies have no qualifiers.",
        section="BR 7.1.2.2.6, 7.1.2.10.5",
        advice="Put the reserved policy first; take the qualifiers away.",
        check=policies_should,
        part="certificate-policies",
    ),
    _rule(
        id="BR-C17",
        text="A subordinate CA begins within the day before its signing.",
        section="BR 7.1.2.10.1",
        advice="Write lifetime, so that it begins at the agreed clock.",
        check=sub_ca_dates,
        part="validity",
    ),
)
