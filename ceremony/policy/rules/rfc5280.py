"""RFC 5280: the form, the powers and the extensions of a certificate (4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ceremony.errors import Severity
from ceremony.policy.rules import facts
from ceremony.policy.rules.key_faults import key_faults
from ceremony.policy.rules.rule import Rule
from ceremony.policy.rules.sources import RFC5280, RFC6818, RFC6960, RFC7093
from ceremony.policy.rules.view import Subject

FIRST_GENERALIZED_YEAR = 2050

LONGEST_NOTICE = 200

MUST_BE_CRITICAL = (facts.NAME_CONSTRAINTS, facts.POLICY_CONSTRAINTS, facts.INHIBIT_ANY_POLICY)

MUST_NOT_BE_CRITICAL = (
    facts.AUTHORITY_KEY_IDENTIFIER,
    facts.SUBJECT_KEY_IDENTIFIER,
    facts.FRESHEST_CRL,
    facts.AUTHORITY_ACCESS,
    facts.SUBJECT_ACCESS,
)


def form(subject: Subject) -> Iterator[str]:
    """RF-1."""
    view = subject.certificate
    yield from (f"the bytes are not DER: {fault}" for fault in view.irregularities)
    if view.version != 3 and view.extensions:
        yield f"the version is v{view.version}; a certificate with extensions must be v3"
    if view.serial_number <= 0:
        yield "the serial number must be positive"
    if view.serial_octets > 20:
        yield f"the serial number has {view.serial_octets} octets; 20 are the most"
    oids = [extension.oid for extension in view.extensions]
    for oid in sorted({oid for oid in oids if oids.count(oid) > 1}):
        yield f"the extension {facts.extension_word(oid)} stands twice"
    if view.unique_identifiers:
        yield "unique identifiers must not be made"


def times(subject: Subject) -> Iterator[str]:
    """RF-1-TIME."""
    view = subject.certificate
    rows = (("notBefore", view.not_before, view.not_before_form), ("notAfter", view.not_after, view.not_after_form))
    for name, moment, found in rows:
        wanted = "utc" if moment.year < FIRST_GENERALIZED_YEAR else "generalized"
        if found != wanted:
            word = "UTCTime" if wanted == "utc" else "GeneralizedTime"
            yield f"{name} ({facts.moment(moment)}) must be written as {word}"
    if view.not_after < view.not_before:
        yield "the certificate ends before it begins"


def serial_is_new(subject: Subject) -> Iterator[str]:
    """RF-1-SERIAL. While planning, serial numbers are not drawn yet."""
    if subject.keys_are_placeholders:
        return
    for known in facts.others(subject):
        same = known.certificate.serial_number == subject.certificate.serial_number
        if same and known.certificate.issuer.der == subject.certificate.issuer.der:
            yield f"{known.name}, of the same issuer, has the same serial number"


def ca_needs(subject: Subject) -> Iterator[str]:
    """RF-2."""
    view = subject.certificate
    signs = view.key_usage is not None and "keyCertSign" in view.key_usage
    constraints = view.extension(facts.BASIC_CONSTRAINTS)
    if view.ca:
        if constraints is not None and not constraints.critical:
            yield "basicConstraints of a CA must be critical"
        if view.subject_key_identifier is None:
            yield "a CA must have a subject key identifier"
        if not signs:
            yield "a CA must have the key usage keyCertSign"
        if not view.subject.attributes:
            yield "a CA must have a subject"
    elif signs:
        yield "the key usage keyCertSign stands in a certificate that is not a CA"
    if view.path_length is not None and not (view.ca and signs):
        yield "a path length stands where there is no CA with keyCertSign"
    if view.path_length is not None and view.path_length < 0:
        yield "the path length must not be negative"
    if view.key_usage is not None and not view.key_usage:
        yield "keyUsage has no bit set"
    if not view.issuer.attributes:
        yield "the issuer must have a name"
    if view.authority_key_identifier is None and not facts.self_signed(subject):
        yield "a certificate that is not self-signed must have an authority key identifier with a key identifier"


def key_usage_should_be_critical(subject: Subject) -> Iterator[str]:
    """RF-2-SHOULD."""
    extension = subject.certificate.extension(facts.KEY_USAGE)
    if extension is not None and not extension.critical:
        yield "keyUsage should be critical"


def criticality(subject: Subject) -> Iterator[str]:
    """RF-3."""
    for extension in subject.certificate.extensions:
        word = facts.extension_word(extension.oid)
        if extension.oid in MUST_BE_CRITICAL and not extension.critical:
            yield f"{word} must be critical"
        if extension.oid in MUST_NOT_BE_CRITICAL and extension.critical:
            yield f"{word} must not be critical"


def criticality_should(subject: Subject) -> Iterator[str]:
    """RF-3-SHOULD."""
    view = subject.certificate
    for extension in view.extensions:
        word = facts.extension_word(extension.oid)
        if extension.oid == facts.POLICY_MAPPINGS and not extension.critical:
            yield f"{word} should be critical"
        soft = {facts.CRL_POINTS, facts.ISSUER_ALTERNATIVE_NAME}
        if view.subject.attributes:
            soft.add(facts.SUBJECT_ALTERNATIVE_NAME)
        if facts.ANY_PURPOSE in (view.purposes or ()):
            soft.add(facts.EXTENDED_KEY_USAGE)
        if extension.oid in soft and extension.critical:
            yield f"{word} should not be critical"


def notices(subject: Subject) -> Iterator[str]:
    """RF-3-NOTICE."""
    for policy in subject.certificate.policies or ():
        for string, text in policy.notices:
            if not 0 < len(text) <= LONGEST_NOTICE:
                yield f"the notice of the policy {policy.oid} has {len(text)} characters; 1 to 200 are allowed"
            if string == "ia5":
                yield f"the notice of the policy {policy.oid} is an IA5String"
            elif string != "utf8":
                yield f"the notice of the policy {policy.oid} should be a UTF8String, not {string}"


def responder(subject: Subject) -> Iterator[str]:
    """RF-5."""
    view = subject.certificate
    issuer = facts.issuer_of(subject)
    if view.no_check is not None and view.no_check != b"\x05\x00":
        yield f"the value of ocsp-no-check must be NULL (0500), not {view.no_check.hex()}"
    if subject.lint_as == "ocsp-responder":
        if facts.OCSP_SIGNING not in (view.purposes or ()):
            yield "a delegated OCSP responder must have the extended key usage OCSPSigning"
        if issuer is not None and not issuer.ca:
            yield "a delegated OCSP responder must be certified directly by the CA for which it answers"


def identifier_is_derived(subject: Subject) -> Iterator[str]:
    """RF-8."""
    view = subject.certificate
    if view.subject_key_identifier is None or facts.identifier_method(view) is not None:
        return
    if not any(
        facts.same_key(subject, known) and known.certificate.subject_key_identifier == view.subject_key_identifier
        for known in facts.others(subject)
    ):
        yield "the subject key identifier is made from the key by no known method, and the key had none before"


def key_is_sound(subject: Subject) -> Iterator[str]:
    """RF-KEY."""
    yield from key_faults(subject.certificate.key)


def policies_form(subject: Subject) -> Iterator[str]:
    """RF-POLICY."""
    view = subject.certificate
    oids = [policy.oid for policy in view.policies or ()]
    for oid in sorted({oid for oid in oids if oids.count(oid) > 1}):
        yield f"the policy {oid} stands twice"
    for left, right in view.policy_mappings or ():
        if facts.ANY_POLICY in {left, right}:
            yield "no policy may be mapped to or from anyPolicy"
    constraints = view.extension(facts.POLICY_CONSTRAINTS)
    if constraints is not None and (view.require_explicit_policy, view.inhibit_policy_mapping) == (None, None):
        yield "policy constraints must not be empty"
    for oid in (facts.POLICY_MAPPINGS, facts.POLICY_CONSTRAINTS, facts.INHIBIT_ANY_POLICY):
        if view.extension(oid) is not None and not view.ca:
            yield f"{facts.extension_word(oid)} must stand only in a CA certificate"


def mapped_policies_should_be_asserted(subject: Subject) -> Iterator[str]:
    """RF-POLICY-SHOULD."""
    oids = {policy.oid for policy in subject.certificate.policies or ()}
    for left, _ in subject.certificate.policy_mappings or ():
        if left not in oids:
            yield f"the policy {left}, which is mapped, should stand among the certificate policies"


def points_form(subject: Subject) -> Iterator[str]:
    """RF-POINT."""
    for point in (*(subject.certificate.crl_points or ()), *(subject.certificate.freshest_crl or ())):
        if not point.full_name and not point.relative_name and not point.crl_issuer:
            yield "a distribution point must say where the CRL is or who issues it"
    points = subject.certificate.crl_points
    if points and all(point.reasons for point in points):
        yield "one distribution point must cover every reason"


_rule = partial(Rule, pack="rfc5280", source=RFC5280)

_must = partial(_rule, severity=Severity.ERROR)

_should = partial(_rule, severity=Severity.WARNING)

RULES: tuple[Rule, ...] = (
    _must(
        id="RF-1",
        text="A certificate is DER, v3, with a positive serial number of at most 20 octets, each extension once, and "
        "no unique identifiers.",
        section="RFC 5280 4.1.2, 4.2",
        advice="Let the program encode it; correct any raw extension or raw name value.",
        check=form,
    ),
    _must(
        id="RF-1-TIME",
        text="Dates through 2049 are UTCTime, from 2050 GeneralizedTime, and the last comes after the first.",
        section="RFC 5280 4.1.2.5",
        advice="Leave not_before_form and not_after_form away, or write rule.",
        check=times,
        part="validity",
    ),
    _must(
        id="RF-1-SERIAL",
        text="Issuer and serial number name one certificate only.",
        section="RFC 5280 4.1.2.2",
        advice="Draw another serial number.",
        check=serial_is_new,
        part="serial_octets",
    ),
    _must(
        id="RF-2",
        text="A CA has critical basicConstraints, a name, a subject key identifier and keyCertSign; whoever is no CA "
        "has no such powers; who does not sign himself names his issuer's key.",
        section="RFC 5280 4.2.1.1-4.2.1.3, 4.2.1.9",
        advice="Give the profile basic-constraints (critical), key-usage with keyCertSign, subject-key-identifier and "
        "authority-key-identifier, or take the powers of a CA away.",
        check=ca_needs,
        part="basic-constraints",
    ),
    _should(
        id="RF-2-SHOULD",
        text="Key usage is critical.",
        section="RFC 5280 4.2.1.3",
        advice="Write critical: true at key-usage.",
        check=key_usage_should_be_critical,
        part="key-usage",
    ),
    _must(
        id="RF-3",
        text="Name constraints, policy constraints and inhibitAnyPolicy are critical; key identifiers, information "
        "access and freshest CRL are not.",
        section="RFC 5280 4.2.1, 4.2.2",
        advice="Write critical as the finding says.",
        check=criticality,
    ),
    _should(
        id="RF-3-SHOULD",
        text="Policy mappings are critical; CRL distribution points, alternative names beside a subject, and "
        "anyExtendedKeyUsage are not.",
        section="RFC 5280 4.2.1",
        advice="Write critical as the finding says.",
        check=criticality_should,
    ),
    _should(
        id="RF-3-NOTICE",
        text="The text of a user notice has 1 to 200 characters and is a UTF8String.",
        source=RFC6818,
        section="RFC 5280 4.2.1.4, RFC 6818 3",
        advice="Shorten the text of the user-notice, and write string: utf8.",
        check=notices,
        part="certificate-policies",
    ),
    _must(
        id="RF-5",
        text="A delegated OCSP responder has OCSPSigning, is certified directly by its CA, and its nocheck is NULL.",
        source=RFC6960,
        section="RFC 6960 4.2.2.2",
        advice="Write extended-key-usage with OCSPSigning, ocsp-no-check, and the CA as the issuer.",
        check=responder,
        part="extended-key-usage",
    ),
    _should(
        id="RF-8",
        text="A subject key identifier is made from the key by a known method, or is the one that the key has.",
        source=RFC7093,
        section="RFC 5280 4.2.1.2, RFC 7093 2",
        advice="Write method: rfc7093-1 or sha1; for a key that has one already, method: copy.",
        check=identifier_is_derived,
        part="subject-key-identifier",
    ),
    _must(
        id="RF-KEY",
        text="The public key is sound: an odd RSA modulus without small factors, an odd exponent of at least 3, a "
        "point on its curve.",
        section="RFC 5280 4.1.2.7, RFC 8017 3.1, RFC 5480 2.2",
        advice="Make another key. This one must not be certified.",
        check=key_is_sound,
        part="key",
    ),
    _must(
        id="RF-POLICY",
        text="Each policy stands once; none is mapped to or from anyPolicy; policy constraints are not empty; "
        "mappings and constraints of policies stand in CA certificates.",
        section="RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14",
        advice="Correct the policies as the finding says.",
        check=policies_form,
        part="certificate-policies",
    ),
    _should(
        id="RF-POLICY-SHOULD",
        text="A policy that is mapped is asserted in the same certificate.",
        section="RFC 5280 4.2.1.5",
        advice="Add the policy to certificate-policies.",
        check=mapped_policies_should_be_asserted,
        part="policy-mappings",
    ),
    _must(
        id="RF-POINT",
        text="A distribution point says where the CRL is or who issues it, and one covers every reason.",
        section="RFC 5280 4.2.1.13",
        advice="Write urls, and leave reasons away.",
        check=points_form,
        part="crl-distribution-points",
    ),
)
