"""CA/Browser Forum TLS Baseline Requirements: certificates of OCSP responders (7.1.2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.cabf_tls_br_keys import in_scope
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import CABF_TLS_BR
from ceremony.policy.rules.view import Subject

NULL = b"\x05\x00"
EMPTY_SEQUENCE = b"\x30\x00"
EXPECTED = frozenset(
    {
        facts.AUTHORITY_KEY_IDENTIFIER,
        facts.EXTENDED_KEY_USAGE,
        facts.OCSP_NO_CHECK,
        facts.KEY_USAGE,
        facts.BASIC_CONSTRAINTS,
        facts.SUBJECT_KEY_IDENTIFIER,
        facts.SIGNED_TIMESTAMPS,
    }
)
FORBIDDEN = (facts.NAME_CONSTRAINTS, facts.SUBJECT_ALTERNATIVE_NAME, facts.CRL_POINTS)

in_scope_of_responders = in_scope("ocsp-responder")


@in_scope_of_responders
def required(subject: Subject) -> Iterator[str]:
    """BR-O1."""
    view = subject.certificate
    issuer = facts.issuer_of(subject)
    if issuer is not None and not issuer.ca:
        yield "an OCSP responder must be certified by the CA for which it answers"
    if view.authority_key_identifier is None:
        yield "an authority key identifier is required"
    if view.purposes != (facts.OCSP_SIGNING,):
        yield "the extended key usage must be OCSPSigning and nothing else"
    extension = view.extension(facts.OCSP_NO_CHECK)
    if extension is None or extension.critical or extension.value != NULL:
        yield "ocsp-no-check is required, not critical, with the value NULL"
    usage = view.extension(facts.KEY_USAGE)
    if usage is None or not usage.critical or view.key_usage != frozenset({"digitalSignature"}):
        yield "a critical key usage of digitalSignature alone is required"


@in_scope_of_responders
def forbidden(subject: Subject) -> Iterator[str]:
    """BR-O2."""
    view = subject.certificate
    constraints = view.extension(facts.BASIC_CONSTRAINTS)
    if constraints is not None and (not constraints.critical or constraints.value != EMPTY_SEQUENCE):
        yield "basicConstraints of an OCSP responder must be critical and exactly 3000 (not a CA)"
    for oid in FORBIDDEN:
        if view.extension(oid) is not None:
            yield f"{facts.extension_word(oid)} must not stand in it"


@in_scope_of_responders
def discouraged(subject: Subject) -> Iterator[str]:
    """BR-O2-SHOULD."""
    view = subject.certificate
    if view.subject_key_identifier is None:
        yield "a subject key identifier should be there"
    for extension in view.extensions:
        if extension.oid not in EXPECTED and extension.oid not in FORBIDDEN:
            yield f"{facts.extension_word(extension.oid)} should not stand in it"


@in_scope_of_responders
def dates(subject: Subject) -> Iterator[str]:
    """BR-O3."""
    if not facts.within_a_day(subject):
        yield f"notBefore must lie within the day before the signing ({facts.moment(subject.clock)})"


_rule = partial(Rule, pack="cabf-tls-br", source=CABF_TLS_BR, severity=Severity.ERROR)

RULES: tuple[Rule, ...] = (
    _rule(
        id="BR-O1",
        text="An OCSP responder is certified by its CA, with authority key identifier, OCSPSigning alone, nocheck, and "
        "a critical digitalSignature alone.",
        section="BR 7.1.2.8",
        advice="Write extended-key-usage [OCSPSigning], ocsp-no-check, key-usage [digitalSignature] critical, and "
        "authority-key-identifier.",
        check=required,
        part="extended-key-usage",
    ),
    _rule(
        id="BR-O2",
        text="An OCSP responder is no CA, and has no name constraints, alternative names or CRL distribution points.",
        section="BR 7.1.2.8.2-7.1.2.8.8",
        advice="Take the extension away; write basic-constraints as ca: false and critical: true, or not at all.",
        check=forbidden,
        part="basic-constraints",
    ),
    _rule(
        id="BR-O2-SHOULD",
        text="An OCSP responder has a subject key identifier, and no extensions beside those of the table.",
        section="BR 7.1.2.8.2",
        severity=Severity.WARNING,
        advice="Add subject-key-identifier; take the extension that is named away.",
        check=discouraged,
    ),
    _rule(
        id="BR-O3",
        text="An OCSP responder's certificate begins within the day before its signing.",
        section="BR 7.1.2.8.1",
        advice="Write lifetime, so that it begins at the agreed clock.",
        check=dates,
        part="validity",
    ),
)
