"""CCADB Policy: what the root programmes ask together of certificates that lead from one hierarchy into another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceremony.errors import Severity
from ceremony.policy.rules.facts import (
    CLIENT_AUTH,
    CODE_SIGNING,
    CROSS_TYPES,
    EMAIL_PROTECTION,
    EXTENDED_VALIDATION,
    SERVER_AUTH,
    TIME_STAMPING,
)
from ceremony.policy.rules.purposes import WORDS, words_of
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.view import Subject

SOURCE = Source("CCADB Policy", "2.0", date(2025, 6, 15))

ROWS: dict[str, tuple[frozenset[str], ...]] = {
    "tls": (frozenset({SERVER_AUTH}),),
    "tls-generic": (frozenset({SERVER_AUTH, CLIENT_AUTH}),),
    "smime": (frozenset({EMAIL_PROTECTION}), frozenset({EMAIL_PROTECTION, CLIENT_AUTH})),
    "code-signing": (frozenset({CODE_SIGNING}),),
    "time-stamping": (frozenset({TIME_STAMPING}),),
}
"""The purposes that a cross-certificate says, by what the subject's hierarchy is dedicated to (6.3)."""


def _purposes_of_the_hierarchy(subject: Subject) -> Iterator[str]:
    if not subject.ca or subject.lint_as not in CROSS_TYPES:
        return
    purposes = subject.certificate.purposes
    rows = ROWS.get(subject.purpose)
    if rows is None:  # nothing is declared: it must fit some row
        rows = (*(row for each in ROWS.values() for row in each), frozenset({CLIENT_AUTH}))
        wanted = "the purposes of one kind of hierarchy (declare which: `purpose: tls`)"
    else:
        wanted = " or ".join(" and ".join(WORDS[oid] for oid in sorted(row)) for row in rows)
        wanted = f"exactly {wanted} for a hierarchy declared as {subject.purpose}"
    if purposes is None or frozenset(purposes) not in rows or len(set(purposes)) != len(purposes):
        yield f"A cross-certificate into a dedicated hierarchy must say {wanted}; {words_of(purposes)}"


def _extended_validation(subject: Subject) -> Iterator[str]:
    """Both hierarchies are seen to issue EV: each has a certificate that says the reserved policy."""
    certificate = subject.certificate
    if not subject.ca or subject.lint_as not in CROSS_TYPES:
        return
    if any(policy.oid == EXTENDED_VALIDATION for policy in certificate.policies or ()):
        return
    issuers = {
        known.certificate.issuer.der
        for known in subject.known
        if any(policy.oid == EXTENDED_VALIDATION for policy in known.certificate.policies or ())
    }
    if certificate.issuer.der in issuers and certificate.subject.der in issuers:
        yield f"Both hierarchies issue EV certificates, but the policy {EXTENDED_VALIDATION} is missing"


RULES = (
    Rule(
        "CC-1",
        "ccadb",
        "A cross-certificate over a key whose hierarchy is dedicated to one use says exactly the extendedKeyUsage of "
        "that use (TLS: serverAuth; TLS generic: serverAuth and clientAuth; S/MIME, code signing, time stamping).",
        SOURCE,
        "6.3",
        Severity.ERROR,
        "Write {type: extended-key-usage, critical: false, purposes: [serverAuth]} and `purpose: tls`, or the row of "
        "the table that fits the hierarchy.",
        _purposes_of_the_hierarchy,
        effective=date(2025, 6, 15),
        part="extended-key-usage",
    ),
    Rule(
        "CC-2",
        "ccadb",
        "Where the issuer's and the subject's hierarchies can both issue EV certificates, a cross-certificate says the "
        "policy 2.23.140.1.1.",
        SOURCE,
        "6.3",
        Severity.ERROR,
        "Add {oid: 2.23.140.1.1} to the certificate-policies.",
        _extended_validation,
        effective=date(2025, 6, 15),
        part="certificate-policies",
    ),
)
