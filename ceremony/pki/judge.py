"""The rule packs over to-be-signed bytes; and what a profile promises, against the bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from ceremony.errors import Finding, Severity
from ceremony.pki.der import DerError
from ceremony.pki.holes import Holes
from ceremony.pki.oids import SIGNATURE_IDENTIFIERS
from ceremony.pki.to_be_signed import ToBeSigned
from ceremony.pki.view import certificate_view
from ceremony.policy.extensions import SubjectKeyIdentifier
from ceremony.policy.models import CertificateProfile, PackName
from ceremony.policy.rules import facts
from ceremony.policy.rules.packs import pack
from ceremony.policy.rules.view import CertificateView, Known, Subject

METHODS = ("sha1", "rfc7093-1")
"""The methods behind `KeyView.identifiers`, in its order."""

seen = lru_cache(maxsize=512)(certificate_view)
"""`certificate_view`, remembered: a plan looks at each certificate once for every other."""


def judge(
    to_be_signed: ToBeSigned,
    profile: CertificateProfile,
    issuer_profile: CertificateProfile,
    holes: Holes,
    *,
    packs: Sequence[PackName],
    name: str,
    clock: datetime,
    issuer_certificate: bytes | None,
    known: Sequence[tuple[str, bytes]] = (),
    key_name: str,
    issuer_key_name: str,
    known_keys: Mapping[str, str] | None = None,
    revoked: frozenset[str] = frozenset(),
    placeholders: bool,
    practice: bool,
    ca_country: str = "",
    cp_cps_oid: str = "",
) -> tuple[Finding, ...]:
    """Everything that the packs in force, and the profile itself, have against the bytes of a TBSCertificate.

    `clock` is the agreed time of signing (aware): the day by which rules are in force. `issuer_certificate` is DER of
    the issuer's Certificate or TBSCertificate, None for a self-signed one (for any other, None is itself a finding).
    `known` are the others that exist or come before in the plan, by name; `known_keys` names the key of each, and
    `revoked` those that are. With `placeholders`, keys are told apart by their names and not by their octets. Never
    raises for bad bytes: those that cannot be read are a fatal RF-1; an issuer or a known certificate that cannot be
    read, and a rule that crashes, a fatal CHECK-CRASH.
    """
    try:
        certificate = seen(to_be_signed.octets)
    except DerError as error:
        return (Finding("RF-1", Severity.FATAL, f"The bytes cannot be read: {error}.", name, source="rfc5280"),)
    try:
        issuer = None if issuer_certificate is None else seen(issuer_certificate)
        others = tuple(Known(other, seen(octets), other in revoked) for other, octets in known)
    except DerError as error:
        message = f"The issuer's certificate, or another that is known, cannot be read: {error}."
        return (Finding("CHECK-CRASH", Severity.FATAL, message, name),)
    subject = Subject(
        name=name,
        certificate=certificate,
        lint_as=profile.lint_as,
        purpose=profile.purpose,
        practice=practice,
        clock=clock,
        key_name=key_name,
        issuer_key_name=issuer_key_name,
        issuer=issuer,
        known=others,
        known_keys=dict(known_keys or {}),
        keys_are_placeholders=placeholders,
        issuer_spki=holes.issuer_spki,
        outer_algorithm_der=SIGNATURE_IDENTIFIERS[to_be_signed.algorithm],
        ca_country=ca_country,
        cp_cps_oid=cp_cps_oid,
        rollover=profile.rollover,
    )
    return (
        *(Finding("LINT-TYPE", Severity.ERROR, sentence, name) for sentence in type_faults(subject, packs)),
        *(
            Finding("TBS-HOLES", Severity.ERROR, sentence, name)
            for sentence in hole_faults(certificate, to_be_signed, profile, holes)
        ),
        *(finding for word in dict.fromkeys(packs) for rule in pack(word) for finding in rule.judge(subject)),
    )


def type_faults(subject: Subject, packs: Sequence[str] = ()) -> Iterator[str]:
    """LINT-TYPE: what the profile says that the certificate is contradicts the bytes."""
    lint_as, signs_itself = subject.lint_as, facts.self_signed(subject)
    if lint_as == "pkix" and subject.ca and "cabf-tls-br" in packs:
        yield "The profile says pkix, but the bytes are a CA: under cabf-tls-br say which kind of CA it is."
    if lint_as in facts.CA_TYPES and not subject.ca:
        yield f"The profile says {lint_as}, but the bytes are not a CA (basicConstraints)."
    if lint_as == "ocsp-responder" and subject.ca:
        yield "The profile says ocsp-responder, but the bytes are a CA (basicConstraints)."
    if lint_as == "root-ca" and not signs_itself:
        yield "The profile says root-ca, but another key is to sign the certificate."
    if lint_as in facts.SUB_CA_TYPES | {"ocsp-responder"} and signs_itself:
        yield f"The profile says {lint_as}, but the certificate is self-signed."


def hole_faults(
    view: CertificateView, to_be_signed: ToBeSigned, profile: CertificateProfile, holes: Holes
) -> Iterator[str]:
    """TBS-HOLES: what stands in the bytes is not what was given, or not what the profile says."""
    if view.key.spki != holes.spki:
        yield "The public key in the bytes is not, octet for octet, the key that was given."
    if view.serial_number != holes.serial_number:
        yield "The serial number in the bytes is not the one that was drawn."
    elif view.serial_number.bit_length() > 8 * profile.serial_octets:
        yield f"The serial number is longer than the profile's {profile.serial_octets} octets."
    if (view.not_before, view.not_after) != (holes.not_before, holes.not_after):
        yield "The dates in the bytes are not those that were given."
    if to_be_signed.algorithm != profile.signature:
        yield f"It is to be signed with {to_be_signed.algorithm}; the profile says {profile.signature}."
    elif view.signature_algorithm_der != SIGNATURE_IDENTIFIERS[profile.signature]:
        yield f"The signature algorithm in the bytes is not {profile.signature}."
    for extension in profile.extensions:
        if isinstance(extension, SubjectKeyIdentifier) and extension.method in METHODS:
            wanted = view.key.identifiers[METHODS.index(extension.method)]
            if view.subject_key_identifier != wanted:
                yield f"The subject key identifier is not made from the public key by the method {extension.method}."
