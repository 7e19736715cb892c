"""CA/Browser Forum TLS Baseline Requirements: OCSP responses (4.9.9, 7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_crl import ALLOWED, CA_COMPROMISE
from ceremony.policy.rules.cabf_tls_br_ocsp import NULL
from ceremony.policy.rules.calendar import years_after
from ceremony.policy.rules.crl_view import REASONS
from ceremony.policy.rules.encodings import BR_KEYS, SIGNATURE_ENCODINGS
from ceremony.policy.rules.ocsp_view import REASON_CODE, OcspSubject, SingleView
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR

SECOND = timedelta(seconds=1)
SHORTEST, LONGEST = timedelta(hours=8), timedelta(days=10)
"""Of answers about subscribers' certificates (BR 4.9.9), the last second counted."""


def about_subscriber(subject: OcspSubject, single: SingleView) -> bool:
    """The answer is about a certificate that the record shows to be neither a CA's nor a responder's."""
    certificate = subject.certificate(single.serial_number)
    return certificate is not None and not certificate.ca and facts.OCSP_SIGNING not in (certificate.purposes or ())


def about_ca(subject: OcspSubject, single: SingleView) -> bool:
    """The answer is about a certificate that can issue others, as far as the record shows: in doubt, it can."""
    certificate = subject.certificate(single.serial_number)
    return certificate is None or bool(certificate.ca)


def twelve_months(subject: OcspSubject) -> Iterator[str]:
    """BR-R10."""
    for single in subject.response.responses:
        if about_subscriber(subject, single) or single.next_update is None:
            continue
        if single.next_update > years_after(single.this_update, 1):
            span = facts.length(single.next_update - single.this_update + SECOND)
            yield f"the answer for {single.serial_number:x} holds {span}; twelve months are the most"


def subscribers(subject: OcspSubject) -> Iterator[str]:
    """BR-R10-SUBSCRIBER."""
    for single in subject.response.responses:
        if not about_subscriber(subject, single) or single.next_update is None:
            continue
        span = single.next_update - single.this_update + SECOND
        if not SHORTEST <= span <= LONGEST:
            yield f"the answer for {single.serial_number:x} holds {facts.length(span)}; 8 hours to 10 days are allowed"


def signer(subject: OcspSubject) -> Iterator[str]:
    """BR-R10-SIGNER."""
    view, delegate = subject.signer, subject.delegate
    if delegate is None:
        if "digitalSignature" not in (view.key_usage or ()):
            yield "the CA's key usage has no digitalSignature, so it may not sign responses itself"
        return
    no_check = delegate.extension(facts.OCSP_NO_CHECK)
    if no_check is None or no_check.critical or no_check.value != NULL:
        yield "the responder's certificate has no ocsp-no-check with the value NULL"
    if delegate.purposes != (facts.OCSP_SIGNING,):
        yield "the responder's extended key usage is not OCSPSigning alone"
    if delegate.key_usage != frozenset({"digitalSignature"}):
        yield "the responder's key usage is not digitalSignature alone"


def reasons(subject: OcspSubject) -> Iterator[str]:
    """BR-R11."""
    for single in subject.response.responses:
        serial = f"{single.serial_number:x}"
        if any(extension.oid == REASON_CODE for extension in single.extensions):
            yield f"the answer for {serial} has a reasonCode among its singleExtensions"
        if single.status != "revoked":
            continue
        if single.reason is None and not about_subscriber(subject, single):
            yield f"the CA certificate {serial} is revoked, and the answer gives no revocationReason"
        permitted = ALLOWED | {CA_COMPROMISE} if about_ca(subject, single) else ALLOWED  # what BR-R6 permits in a CRL
        if single.reason is not None and single.reason not in permitted:
            word = REASONS.get(single.reason, single.reason)
            yield f"the revocationReason of {serial} is {word}, which is not allowed"


def reasons_should(subject: OcspSubject) -> Iterator[str]:
    """BR-R11-SHOULD."""
    for single in subject.response.responses:
        if single.reason == CA_COMPROMISE and about_ca(subject, single):
            yield f"cACompromise of {single.serial_number:x} is not in the table of reasons; keyCompromise is"


def encoding(subject: OcspSubject) -> Iterator[str]:
    """BR-A4-OCSP."""
    found = subject.response.signature_algorithm_der or subject.outer_algorithm_der
    if found and SIGNATURE_ENCODINGS.get(found, ("", ""))[1] not in BR_KEYS:
        yield f"the signature algorithm is encoded as {found.hex()}, which is none of those prescribed"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR, kind="ocsp")

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-A4-OCSP",
        text="The AlgorithmIdentifier of the signature of an OCSP response is one of nine, octet for octet.",
        section="BR 7.1.3.2",
        advice="Write a signature that goes with the signer's key: sha256-rsa and its kin, or ecdsa.",
        check=encoding,
    ),
    _rule(
        id="BR-R10",
        text="An answer about a CA certificate holds twelve months at the most.",
        section="BR 4.9.9",
        advice="Let the response hold for 12 months less a day, and plan the next ceremony before that.",
        check=twelve_months,
    ),
    _rule(
        id="BR-R10-SUBSCRIBER",
        text="An answer about a subscriber's certificate holds from 8 hours to 10 days.",
        source=replace(CABF_TLS_BR, read="secondary"),
        section="BR 4.9.9",
        advice="Let an online responder answer for subscribers' certificates.",
        check=subscribers,
    ),
    _rule(
        id="BR-R10-SIGNER",
        text="A response is signed by the CA, with digitalSignature, or by a responder as BR 7.1.2.8 wants it.",
        section="BR 4.9.9, 7.1.2.8, 7.1.2.10.7",
        advice="Certify a responder with lint_as ocsp-responder and sign with it.",
        check=signer,
    ),
    _rule(
        id="BR-R11",
        text="The answer about a revoked CA certificate gives a revocationReason that a CRL may give; no reasonCode "
        "stands among the singleExtensions.",
        section="BR 7.3, 7.3.2",
        advice="Write the reason of the revocation: keyCompromise, affiliationChanged, superseded, "
        "cessationOfOperation or privilegeWithdrawn.",
        check=reasons,
    ),
    _rule(
        id="BR-R11-SHOULD",
        text="The answer about a CA whose key is compromised says keyCompromise, which is in the table, and not "
        "cACompromise, which RFC 5280 allows and the table leaves out.",
        section="BR 7.2.2, 7.3, RFC 5280 5.3.1",
        severity=Severity.WARNING,
        advice="Write keyCompromise in the place of cACompromise, here and in the CRL.",
        check=reasons_should,
    ),
)
