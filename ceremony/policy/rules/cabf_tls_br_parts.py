"""What the checks of CA certificates under the Baseline Requirements have in common."""

from __future__ import annotations

from collections.abc import Iterator

from ceremony.policy.rules import facts
from ceremony.policy.rules.subtrees import host_of
from ceremony.policy.rules.view import CertificateView, PolicyView, Subject

NOT_CRITICAL = (facts.EXTENDED_KEY_USAGE, facts.CERTIFICATE_POLICIES, facts.CRL_POINTS, facts.AUTHORITY_ACCESS)
"""Extensions that are never critical in a CA certificate."""

COMMON = frozenset(
    {
        facts.AUTHORITY_KEY_IDENTIFIER,
        facts.BASIC_CONSTRAINTS,
        facts.KEY_USAGE,
        facts.SUBJECT_KEY_IDENTIFIER,
        facts.CRL_POINTS,
    }
)
"""What every CA certificate under another has."""

EXPECTED = COMMON | {
    facts.CERTIFICATE_POLICIES,
    facts.AUTHORITY_ACCESS,
    facts.NAME_CONSTRAINTS,
    facts.EXTENDED_KEY_USAGE,
    facts.SIGNED_TIMESTAMPS,
}
"""What the tables of cross-certificates and subordinate CAs name."""

OTHER_USES = (facts.EMAIL_PROTECTION, facts.CODE_SIGNING, facts.TIME_STAMPING)

PURPOSE_WORDS = {
    facts.SERVER_AUTH: "serverAuth",
    facts.CLIENT_AUTH: "clientAuth",
    facts.CODE_SIGNING: "codeSigning",
    facts.EMAIL_PROTECTION: "emailProtection",
    facts.TIME_STAMPING: "timeStamping",
    facts.OCSP_SIGNING: "OCSPSigning",
    facts.ANY_PURPOSE: "anyExtendedKeyUsage",
    facts.PRECERTIFICATE_SIGNING: "precertificate signing",
}


def missing_extensions(view: CertificateView, *oids: str) -> Iterator[str]:
    """One sentence for each of these extensions that is absent."""
    for oid in oids:
        if view.extension(oid) is None:
            yield f"{facts.extension_word(oid)} is required"


def criticality_faults(view: CertificateView) -> Iterator[str]:
    """What every CA certificate keeps: its powers are critical, what only informs is not."""
    for oid in (facts.BASIC_CONSTRAINTS, facts.KEY_USAGE):
        extension = view.extension(oid)
        if extension is not None and not extension.critical:
            yield f"{facts.extension_word(oid)} must be critical"
    for oid in NOT_CRITICAL:
        extension = view.extension(oid)
        if extension is not None and extension.critical:
            yield f"{facts.extension_word(oid)} must not be critical"


def unexpected_extensions(view: CertificateView) -> Iterator[str]:
    """One sentence for each extension that no table of a CA certificate names."""
    for extension in view.extensions:
        if extension.oid not in EXPECTED:
            yield f"{facts.extension_word(extension.oid)} is not recommended in it"


def banned_purposes(purposes: tuple[str, ...], banned: tuple[str, ...]) -> Iterator[str]:
    """One sentence for each purpose that is banned."""
    for purpose in purposes:
        if purpose in banned:
            yield f"the purpose {PURPOSE_WORDS[purpose]} must not be there"


def anypolicy_or_reserved(subject: Subject, policies: tuple[PolicyView, ...]) -> Iterator[str]:
    """anyPolicy stands alone and for affiliates; without it a reserved policy is there (7.1.2.2.6, 7.1.2.10.5)."""
    oids = [policy.oid for policy in policies]
    if facts.ANY_POLICY in oids:
        if subject.lint_as in facts.EXTERNAL_TYPES:
            yield "anyPolicy must not be given to a CA that is no affiliate"
        if len(oids) > 1:
            yield "anyPolicy must stand alone"
    elif not facts.RESERVED_POLICIES & set(oids):
        yield "a reserved policy (2.23.140.1.2.1 and its kin) must be there"


def qualifier_faults(policies: tuple[PolicyView, ...]) -> Iterator[str]:
    """Qualifiers are pointers to a CPS by http or https, and nothing else."""
    for policy in policies:
        for oid, text in policy.qualifiers:
            scheme = text.partition(":")[0].casefold()
            if oid != facts.CPS_QUALIFIER:
                yield f"the qualifier {oid} must not be there; only cps may"
            elif scheme not in {"http", "https"} or not host_of(text):
                yield f"the CPS pointer {text!r} must be an http or https URL"


COMMON_ADVICE = "Add the extension that is missing; write critical as the finding says."
