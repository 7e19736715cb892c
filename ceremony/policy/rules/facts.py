"""What several rules ask: what a subject claims to be, whose key it holds, who issued it. And the words they use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ceremony.policy.rules.view import CertificateView, GeneralNameView, Known, Subject

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
CODE_SIGNING = "1.3.6.1.5.5.7.3.3"
EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4"
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
ANY_PURPOSE = "2.5.29.37.0"
PRECERTIFICATE_SIGNING = "1.3.6.1.4.1.11129.2.4.4"
"""Extended key usages (RFC 5280 4.2.1.12, RFC 6960, RFC 6962)."""

COUNTRY = "2.5.4.6"
ORGANIZATION = "2.5.4.10"
ORGANIZATIONAL_UNIT = "2.5.4.11"
COMMON_NAME = "2.5.4.3"
EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25"

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
CERTIFICATE_POLICIES = "2.5.29.32"
POLICY_MAPPINGS = "2.5.29.33"
POLICY_CONSTRAINTS = "2.5.29.36"
INHIBIT_ANY_POLICY = "2.5.29.54"
NAME_CONSTRAINTS = "2.5.29.30"
CRL_POINTS = "2.5.29.31"
FRESHEST_CRL = "2.5.29.46"
AUTHORITY_ACCESS = "1.3.6.1.5.5.7.1.1"
SUBJECT_ACCESS = "1.3.6.1.5.5.7.1.11"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
ISSUER_ALTERNATIVE_NAME = "2.5.29.18"
PRIVATE_KEY_USAGE_PERIOD = "2.5.29.16"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
SIGNED_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2"

EXTENSION_WORDS: dict[str, str] = {
    BASIC_CONSTRAINTS: "basic-constraints",
    KEY_USAGE: "key-usage",
    EXTENDED_KEY_USAGE: "extended-key-usage",
    SUBJECT_KEY_IDENTIFIER: "subject-key-identifier",
    AUTHORITY_KEY_IDENTIFIER: "authority-key-identifier",
    CERTIFICATE_POLICIES: "certificate-policies",
    POLICY_MAPPINGS: "policy-mappings",
    POLICY_CONSTRAINTS: "policy-constraints",
    INHIBIT_ANY_POLICY: "inhibit-any-policy",
    NAME_CONSTRAINTS: "name-constraints",
    CRL_POINTS: "crl-distribution-points",
    FRESHEST_CRL: "freshest-crl",
    AUTHORITY_ACCESS: "authority-information-access",
    SUBJECT_ACCESS: "subject-information-access",
    SUBJECT_ALTERNATIVE_NAME: "subject-alternative-name",
    ISSUER_ALTERNATIVE_NAME: "issuer-alternative-name",
    PRIVATE_KEY_USAGE_PERIOD: "private-key-usage-period",
    OCSP_NO_CHECK: "ocsp-no-check",
}
"""Extensions as a profile calls them."""

ANY_POLICY = "2.5.29.32.0"
DOMAIN_VALIDATED = "2.23.140.1.2.1"
ORGANIZATION_VALIDATED = "2.23.140.1.2.2"
INDIVIDUAL_VALIDATED = "2.23.140.1.2.3"
EXTENDED_VALIDATION = "2.23.140.1.1"
RESERVED_POLICIES = frozenset({DOMAIN_VALIDATED, ORGANIZATION_VALIDATED, INDIVIDUAL_VALIDATED, EXTENDED_VALIDATION})
"""Reserved certificate policy identifiers (BR 7.1.6.1)."""

CPS_QUALIFIER = "1.3.6.1.5.5.7.2.1"
OCSP_ACCESS = "1.3.6.1.5.5.7.48.1"
CA_ISSUERS_ACCESS = "1.3.6.1.5.5.7.48.2"

CROSS_TYPES = frozenset({"internal-cross-ca", "external-cross-ca"})
CONSTRAINED_TLS_TYPES = frozenset({"internal-constrained-tls-ca", "external-constrained-tls-ca"})
TLS_TYPES = CONSTRAINED_TLS_TYPES | {"internal-unconstrained-tls-ca", "external-unconstrained-tls-ca"}
SUB_CA_TYPES = TLS_TYPES | {"non-tls-ca"}
CA_TYPES = SUB_CA_TYPES | CROSS_TYPES | {"root-ca"}
EXTERNAL_TYPES = frozenset({"external-cross-ca", "external-constrained-tls-ca", "external-unconstrained-tls-ca"})
"""Issued to a CA that is no affiliate of the issuer."""

DAY = timedelta(days=1)


def extension_word(oid: str) -> str:
    """An extension as a profile calls it, or its number."""
    return EXTENSION_WORDS.get(oid, oid)


def self_signed(subject: Subject) -> bool:
    """The key inside is the key that signs."""
    return subject.key_name == subject.issuer_key_name


def issuer_of(subject: Subject) -> CertificateView | None:
    """The issuer's certificate: its own where it signs itself, None where it was not given."""
    if subject.issuer is not None:
        return subject.issuer
    return subject.certificate if self_signed(subject) else None


def same_key(subject: Subject, known: Known) -> bool:
    """Both certificates are over one key; while keys are placeholders, over keys of one name."""
    if subject.keys_are_placeholders and known.name in subject.known_keys:
        return subject.known_keys[known.name] == subject.key_name
    return known.certificate.key.spki == subject.certificate.key.spki


def others(subject: Subject) -> Iterator[Known]:
    """Every other certificate that is known, its issuer's too.

    The same octets are the same certificate; while keys are placeholders, only under the same name.
    """
    for known in subject.known:
        same = known.certificate.octets == subject.certificate.octets
        if not same or (subject.keys_are_placeholders and known.name != subject.name):
            yield known


def comparable(name: CertificateView, *, issuer: bool = False) -> tuple[tuple[int, str, str], ...]:
    """A subject (or issuer) so that names that compare equal are equal (RFC 5280 7.1: case and spaces count not)."""
    view = name.issuer if issuer else name.subject
    return tuple(sorted((part.rdn, part.oid, folded(part.text)) for part in view.attributes))


def folded(text: str) -> str:
    """A text without the differences that a comparison of names passes over."""
    return " ".join(text.casefold().split())


def identifier_method(view: CertificateView) -> int | None:
    """Which of the known methods gives the subject key identifier; None for none of them."""
    if view.subject_key_identifier in view.key.identifiers:
        return view.key.identifiers.index(view.subject_key_identifier)
    return None


def within_a_day(subject: Subject) -> bool:
    """notBefore lies within the day before the signing, and not after it."""
    return subject.clock - DAY <= subject.certificate.not_before <= subject.clock


def span(view: CertificateView) -> timedelta:
    """How long it lasts, its last second counted (RFC 5280 4.1.2.5)."""
    return view.not_after - view.not_before + timedelta(seconds=1)


def length(duration: timedelta) -> str:
    """A span in words that show a single second: `9132 days and 1 second`."""
    seconds = duration.seconds
    if not seconds:
        return f"{duration.days} days"
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    parts = ((hours, "hour"), (minutes, "minute"), (rest, "second"))
    return f"{duration.days} days and " + " ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in parts if n)


def moment(when: datetime) -> str:
    """A moment as a profile writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def uris(view: CertificateView) -> Iterator[tuple[str, str]]:
    """Every address in the extensions, as (extension word, URI)."""
    rows: list[tuple[str, GeneralNameView]] = []
    for word, points in (("crl-distribution-points", view.crl_points), ("freshest-crl", view.freshest_crl)):
        rows += [(word, name) for point in points or () for name in point.full_name]
    rows += [("authority-information-access", location) for _, location in view.authority_access or ()]
    rows += [("subject-information-access", location) for _, location in view.subject_access or ()]
    rows += [("subject-alternative-name", name) for name in view.subject_names or ()]
    rows += [("issuer-alternative-name", name) for name in view.issuer_names or ()]
    yield from ((word, name.text) for word, name in rows if name.kind == "uri")
    for policy in view.policies or ():
        for oid, text in policy.qualifiers:
            if oid == CPS_QUALIFIER:
                yield "certificate-policies", text
