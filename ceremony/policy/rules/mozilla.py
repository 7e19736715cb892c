"""Mozilla Root Store Policy: what it asks of CA certificates beyond the Baseline Requirements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ceremony.errors import Severity
from ceremony.policy.rules.calendar import years_after
from ceremony.policy.rules.encodings import BR_KEYS, KEY_ENCODINGS, SIGNATURE_ENCODINGS
from ceremony.policy.rules.facts import (
    ANY_PURPOSE,
    CLIENT_AUTH,
    CROSS_TYPES,
    EMAIL_PROTECTION,
    OCSP_SIGNING,
    SERVER_AUTH,
    TLS_TYPES,
    others,
    same_key,
)
from ceremony.policy.rules.purposes import TLS_PURPOSES, subordinate, words_of
from ceremony.policy.rules.rule import Rule, Source
from ceremony.policy.rules.view import Subject

SOURCE = Source("Mozilla Root Store Policy", "3.1", date(2026, 7, 1))
KEY_AGE = {"tls": 15, "tls-generic": 15, "smime": 18}
"""Years after which a key's trust bits are removed (7.4)."""


def _encodings(subject: Subject) -> Iterator[str]:
    certificate = subject.certificate
    if certificate.key.kind == "rsa-pss":
        yield "The public key says id-RSASSA-PSS, which is not accepted"
    elif KEY_ENCODINGS.get(certificate.key.algorithm_der) not in BR_KEYS and not _eddsa_for_mail(subject):
        yield f"The public key's AlgorithmIdentifier is {certificate.key.algorithm_der.hex()}, which is not on the list"
    _, signer = SIGNATURE_ENCODINGS.get(certificate.signature_algorithm_der, ("", ""))
    if signer not in BR_KEYS and not _eddsa_for_mail(subject):
        found = certificate.signature_algorithm_der.hex()
        yield f"The signature's AlgorithmIdentifier is {found}, which is not on the list"


def _eddsa_for_mail(subject: Subject) -> bool:
    return subject.purpose == "smime" and subject.certificate.key.kind == "ed25519"


def _well_formed(subject: Subject) -> Iterator[str]:
    certificate = subject.certificate
    for irregularity in certificate.irregularities:
        yield f"The bytes are not DER: {irregularity}"
    if subject.lint_as == "ocsp-responder" and certificate.no_check is None:
        yield "An OCSP responder's certificate must have the extension ocsp-no-check"
    for known in others(subject):
        other = known.certificate
        same = (other.issuer.der, other.serial_number) == (certificate.issuer.der, certificate.serial_number)
        if same and not subject.keys_are_placeholders:
            yield f"It has the issuer and the serial number of {known.name}"


def _purposes_stated(subject: Subject) -> Iterator[str]:
    if not subordinate(subject) or _crosses_a_root(subject):
        return
    purposes = subject.certificate.purposes
    if purposes is None:
        yield "An intermediate certificate must have an extendedKeyUsage; it has none"
    elif ANY_PURPOSE in purposes:
        yield "An intermediate certificate must not have anyExtendedKeyUsage"
    elif SERVER_AUTH in purposes and EMAIL_PROTECTION in purposes:
        yield "serverAuth and emailProtection stand in one intermediate certificate"


def _crosses_a_root(subject: Subject) -> bool:
    return subject.lint_as in CROSS_TYPES and any(
        known.certificate.self_issued and same_key(subject, known) for known in subject.known
    )


def _single_purpose(subject: Subject) -> Iterator[str]:
    purposes = subject.certificate.purposes
    if subject.lint_as == "ocsp-responder":
        if purposes != (OCSP_SIGNING,):
            yield f"An OCSP responder's certificate must say OCSPSigning and nothing else; {words_of(purposes)}"
        return
    for_tls = subject.purpose in TLS_PURPOSES or subject.lint_as in TLS_TYPES
    if not for_tls or not subordinate(subject) or purposes is None:  # its absence is for MZ-3 to judge
        return
    if not {SERVER_AUTH} <= set(purposes) <= {SERVER_AUTH, CLIENT_AUTH}:
        yield f"Under a TLS root only serverAuth, with or without clientAuth, may stand; {words_of(purposes)}"


def _key_age(subject: Subject) -> Iterator[str]:
    years = KEY_AGE.get(subject.purpose)
    if not subject.root or years is None:
        return
    limit = years_after(subject.certificate.not_before, years)
    if subject.certificate.not_after > limit:
        yield f"The trust in this key ends {years} years after it was made, by {limit:%Y-%m-%d}, before the root does"


RULES = (
    Rule(
        "MZ-1",
        "mozilla",
        "Keys and signatures carry exactly the AlgorithmIdentifiers that the policy lists: with NULL for RSA, without "
        "parameters for ECDSA; never id-RSASSA-PSS as the kind of a key.",
        SOURCE,
        "5.1",
        Severity.ERROR,
        "Choose a key of kind rsa-2048, rsa-3072, rsa-4096, p-256, p-384 or p-521, and a signature that fits it.",
        _encodings,
        part="signature",
    ),
    Rule(
        "MZ-2",
        "mozilla",
        "A certificate is DER without errors, has a serial number of its own under its issuer, and says ocsp-no-check "
        "where it is for an OCSP responder.",
        SOURCE,
        "5.2",
        Severity.ERROR,
        "Write {type: ocsp-no-check} among the extensions of an OCSP responder; leave encoding and serial numbers to "
        "the program.",
        _well_formed,
        part="ocsp-no-check",
    ),
    Rule(
        "MZ-3",
        "mozilla",
        "An intermediate certificate says what it is for (extendedKeyUsage), never anyExtendedKeyUsage, and never both "
        "serverAuth and emailProtection; a cross-certificate over a root's key is exempt.",
        SOURCE,
        "5.3",
        Severity.ERROR,
        "Write {type: extended-key-usage, critical: false, purposes: [serverAuth]}, or the one purpose that it has.",
        _purposes_stated,
        effective=date(2019, 1, 1),
        part="extended-key-usage",
    ),
    Rule(
        "MZ-5",
        "mozilla",
        "A root's trust for websites ends when its key is 15 years old, for e-mail at 18; the key's age is read from "
        "the report of the ceremony.",
        SOURCE,
        "7.4",
        Severity.NOTICE,
        "Plan the successor before that day, or write a shorter lifetime.",
        _key_age,
        part="validity",
    ),
    Rule(
        "MZ-6",
        "mozilla",
        "New roots serve one purpose: under a TLS root a subordinate says serverAuth, with or without clientAuth; "
        "an OCSP responder says OCSPSigning alone.",
        SOURCE,
        "7.5",
        Severity.ERROR,
        "Write purposes: [serverAuth] for a TLS CA, purposes: [OCSPSigning] for an OCSP responder.",
        _single_purpose,
        effective=date(2025, 3, 15),
        part="extended-key-usage",
    ),
)
